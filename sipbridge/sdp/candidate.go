package sdp

import (
	"net/netip"
	"strconv"
	"strings"

	"plenum/jingle/transport"
)

// AddCandidate appends one address of ours to the line (RFC 8839 §5.1).
func (m *Media) AddCandidate(c transport.Candidate) {
	parts := []string{
		c.Foundation, strconv.Itoa(c.Component), c.Protocol, strconv.FormatUint(uint64(c.Priority), 10), c.Address.Addr().String(),
		strconv.Itoa(int(c.Address.Port())), "typ", c.Type,
	}
	if c.Related.IsValid() {
		parts = append(parts, "raddr", c.Related.Addr().String(), "rport", strconv.Itoa(int(c.Related.Port())))
	}
	if c.TCPType != "" {
		parts = append(parts, "tcptype", c.TCPType)
	}
	m.Add("candidate", strings.Join(parts, " "))
}

// Candidates are those of a line that are addresses; names, behind which browsers hide theirs, are left out.
func (m *Media) Candidates() []transport.Candidate {
	var list []transport.Candidate
	for _, a := range m.Attributes {
		if strings.EqualFold(a.Name, "candidate") {
			if c, ok := parseCandidate(a.Value); ok {
				list = append(list, c)
			}
		}
	}
	return list
}

func parseCandidate(value string) (c transport.Candidate, ok bool) {
	f := strings.Fields(value)
	if len(f) < 8 || f[6] != "typ" {
		return c, false
	}
	component, okComponent := number(f[1], 256)
	priority, err := strconv.ParseUint(f[3], 10, 32)
	address, okAddress := addrPort(f[4], f[5])
	if !okComponent || err != nil || !okAddress {
		return c, false
	}
	c = transport.Candidate{
		Foundation: f[0], Component: component, Protocol: strings.ToLower(f[2]), Priority: uint32(priority), Address: address, Type: f[7],
	}
	var raddr, rport string
	for i := 8; i+1 < len(f); i += 2 {
		switch f[i] {
		case "raddr":
			raddr = f[i+1]
		case "rport":
			rport = f[i+1]
		case "tcptype":
			c.TCPType = f[i+1]
		}
	}
	c.Related, _ = addrPort(raddr, rport)
	return c, true
}

func addrPort(host, port string) (netip.AddrPort, bool) {
	a, err := netip.ParseAddr(host)
	n, ok := number(port, 65535)
	if err != nil || !ok {
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(a.Unmap().WithZone(""), uint16(n)), true
}

// AddTransport appends what the peer must know of our ICE and DTLS (RFC 8839 §5.4, RFC 8122 §5, RFC 8842 §5.2).
func (m *Media) AddTransport(d transport.Description) {
	m.Add("ice-ufrag", d.Ufrag)
	m.Add("ice-pwd", d.Pwd)
	for _, f := range d.Fingerprints {
		m.Add("fingerprint", f.Hash+" "+f.Value)
	}
	m.Add("setup", string(d.Setup))
}

// Transport is what a line says of its ICE and DTLS; ok is false when it has none.
func (d *Description) Transport(m *Media) (t transport.Description, ok bool) {
	t.Ufrag, _ = d.Value(m, "ice-ufrag")
	t.Pwd, _ = d.Value(m, "ice-pwd")
	setup, _ := d.Value(m, "setup")
	t.Setup = transport.Setup(strings.ToLower(setup))
	lists := [][]Attribute{m.Attributes, d.Attributes}
	for _, list := range lists {
		for _, a := range list {
			if hash, value, found := strings.Cut(a.Value, " "); found && strings.EqualFold(a.Name, "fingerprint") {
				t.Fingerprints = append(t.Fingerprints, transport.Fingerprint{Hash: strings.ToLower(hash), Value: strings.TrimSpace(value)})
			}
		}
		if len(t.Fingerprints) > 0 {
			break
		}
	}
	return t, t.Ufrag != "" && len(t.Fingerprints) > 0
}
