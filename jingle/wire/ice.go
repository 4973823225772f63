package wire

import (
	"math"
	"slices"
	"strings"

	"plenum/xmppd/xmlstream"
)

// Transport is the ICE-UDP <transport/> of a content (XEP-0176#protocol-syntax).
type Transport struct {
	Ufrag, Pwd   string
	Fingerprints []Fingerprint
	Candidates   []Candidate
	Remote       []RemoteCandidate // the pairs in use, as the controlling party names them
	Complete     bool              // there will be no more candidates (XEP-0371#info)
	Options      []string          // "trickle", "renomination"
	Verified     []Raw             // fingerprints encrypted for the peer alone (NSVerified)
}

// Restarts reports whether the transport has new credentials beside those of old. Without candidates it is an offer to restart ICE,
// which the peer answers with its own new credentials; so says no XEP, and Conversations does it.
func (t *Transport) Restarts(old *Transport) bool {
	return t.Ufrag != "" && (t.Ufrag != old.Ufrag || t.Pwd != old.Pwd)
}

// Candidate is a <candidate/>.
type Candidate struct {
	Component  uint8 // 1 is RTP, 2 is RTCP
	Foundation string
	Generation uint8
	ID         string
	Address    string // IP address, or a name in .local (mDNS)
	Port       uint16
	Priority   uint32
	Protocol   string // "udp", "tcp"
	Type       string // "host", "prflx", "relay", "srflx"
	RelAddr    string
	RelPort    uint16
	Network    uint8
	TCPType    string // "active", "passive", "so" (RFC 6544 §4.5)
}

// RemoteCandidate is a <remote-candidate/>.
type RemoteCandidate struct {
	Component uint8
	Address   string
	Port      uint16
}

// Lengths of credentials (RFC 8839 §5.4).
const (
	minUfrag      = 4
	minPwd        = 22
	maxCredential = 256
	maxFoundation = 32 // RFC 8839 §5.1
)

var candidateTypes = []string{"host", "prflx", "relay", "srflx"}

func parseTransport(e xmlstream.Element) (*Transport, error) {
	r := reader{e: e}
	t := &Transport{Ufrag: r.credential("ufrag", minUfrag), Pwd: r.credential("pwd", minPwd)}
	if (t.Ufrag == "") != (t.Pwd == "") {
		r.fail("ufrag and pwd go together")
	}
	for c := range e.Children() {
		if r.err != nil {
			return nil, r.err
		}
		r.err = t.child(c)
	}
	if r.err != nil {
		return nil, r.err
	}
	return t, nil
}

func (t *Transport) child(e xmlstream.Element) (err error) {
	switch {
	case e.Is(NSICE, "candidate"):
		c, known, err := parseCandidate(e)
		if err == nil && known && more(&err, len(t.Candidates), MaxCandidates, "candidates") {
			t.Candidates = append(t.Candidates, c)
		}
		return err
	case e.Is(NSICE, "remote-candidate"):
		r := reader{e: e}
		c := RemoteCandidate{uint8(r.needNumber("component", 1, 255)), r.address("ip"), uint16(r.needNumber("port", 0, math.MaxUint16))}
		if more(&r.err, len(t.Remote), MaxCandidates, "candidates") {
			t.Remote = append(t.Remote, c)
		}
		return r.err
	case e.Is(NSICE, "gathering-complete"), e.Is(NSICETCP, "gathering-complete"):
		t.Complete = true
	case e.Is(NSDTLS, "fingerprint"):
		var f Fingerprint
		if f, err = parseFingerprint(e); err == nil && more(&err, len(t.Fingerprints), MaxFingerprints, "fingerprints") {
			t.Fingerprints = append(t.Fingerprints, f)
		}
	case e.Space() == NSICEOption:
		if name := clone(e.Local()); len(name) <= maxName && more(&err, len(t.Options), MaxOptions, "options") {
			t.Options = append(t.Options, name)
		}
	case e.Is(NSVerified, "fingerprint"):
		t.Verified = keep(t.Verified, e, &err)
	}
	return err
}

// credential reads ufrag or pwd; "" when it is not there.
func (r *reader) credential(name string, least int) string {
	v := r.limited(name, maxCredential)
	if v != "" && (len(v) < least || strings.ContainsFunc(v, notICE)) {
		r.fail("the %s has %d to %d letters, digits, + or /", name, least, maxCredential)
	}
	return v
}

// notICE is everything but ice-char (RFC 8839 §5.1).
func notICE(c rune) bool {
	return (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '+' && c != '/'
}

// address reads an IP address or a host name; what it stands for is found out by who uses it.
func (r *reader) address(name string) string {
	v := r.required(name)
	if strings.ContainsFunc(v, func(c rune) bool {
		return notICE(c) && c != '.' && c != ':' && c != '-' && c != '_' && c != '%'
	}) {
		r.fail("the %s of <%s/> is no address", name, r.e.Local())
	}
	return v
}

// parseCandidate reads a candidate. One of a type or protocol that is not known is not used (RFC 8839 §5.1).
func parseCandidate(e xmlstream.Element) (c Candidate, known bool, err error) {
	r := reader{e: e}
	c = Candidate{
		Component: uint8(r.needNumber("component", 1, 255)), Foundation: r.limited("foundation", maxFoundation),
		Generation: uint8(r.number("generation", 0, 255, 0)), ID: r.short("id"), Address: r.address("ip"),
		Port: uint16(r.needNumber("port", 0, math.MaxUint16)), Priority: uint32(r.needNumber("priority", 0, math.MaxUint32)),
		Protocol: strings.ToLower(r.required("protocol")), Type: r.short("type"),
		RelPort: uint16(r.number("rel-port", 0, math.MaxUint16, 0)), Network: uint8(r.number("network", 0, 255, 0)),
		TCPType: strings.ToLower(r.short("tcptype")),
	}
	if v, _ := e.Attr("rel-addr"); v != "" {
		c.RelAddr = r.address("rel-addr")
	}
	known = slices.Contains(candidateTypes, c.Type) && (c.Protocol == "udp" || c.Protocol == "tcp" || c.Protocol == "ssltcp")
	return c, known, r.err
}

func (t *Transport) build(b *xmlstream.Builder) {
	b.Start("transport", NSICE, "ufrag", t.Ufrag, "pwd", t.Pwd)
	for _, f := range t.Fingerprints {
		f.build(b)
	}
	buildRaw(b, t.Verified)
	for i := range t.Candidates {
		t.Candidates[i].build(b)
	}
	for _, c := range t.Remote {
		b.Element("remote-candidate", "", "", "component", dec(c.Component), "ip", c.Address, "port", dec(c.Port))
	}
	for _, name := range t.Options {
		b.Element(name, NSICEOption, "")
	}
	if t.Complete {
		b.Element("gathering-complete", "", "")
	}
	b.End()
}

func (c *Candidate) build(b *xmlstream.Builder) {
	b.Element("candidate", "", "", "component", dec(c.Component), "foundation", c.Foundation, "generation", dec(c.Generation), "id", c.ID,
		"ip", c.Address, "network", dec(c.Network), "port", dec(c.Port), "priority", dec(c.Priority), "protocol", c.Protocol,
		"rel-addr", c.RelAddr, "rel-port", num(c.RelPort), "tcptype", c.TCPType, "type", c.Type)
}
