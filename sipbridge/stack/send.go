package stack

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// write sends a message by a flow that is open.
func (s *Stack) write(f Flow, b []byte) error {
	if f.Transport != UDP {
		if c := s.conn(f.Conn); c != nil {
			return c.write(b)
		}
		return ErrFlowLost
	}
	k := s.socketFor(f)
	if k == nil {
		return errors.New("SIP over UDP is switched off")
	}
	return k.write(b, f.Remote)
}

// sentBy is how we name ourselves to the peer of a flow: what it can reach us by, as far as we know.
func (s *Stack) sentBy(f Flow) (host string, port int, err error) {
	local := f.Local
	if f.Transport != UDP {
		s.mu.Lock()
		port := s.ports[f.Transport] // that of a connection we opened leads nowhere
		s.mu.Unlock()
		if port != 0 || f.Conn == 0 {
			local = netip.AddrPortFrom(local.Addr(), port)
		}
	} else {
		k := s.socketFor(f)
		if k == nil {
			return "", 0, errors.New("SIP over UDP is switched off")
		}
		local = k.local
	}
	ip, err := s.address(local.Addr(), f.Remote)
	if err != nil {
		return "", 0, err
	}
	return ip.String(), int(local.Port()), nil
}

// address is our own towards a peer: the external one towards the internet, else the one that the peer's packets come from or go to.
func (s *Stack) address(local netip.Addr, remote netip.AddrPort) (netip.Addr, error) {
	peer := remote.Addr()
	if !peer.IsValid() {
		return netip.Addr{}, errors.New("the peer has no address")
	}
	if !peer.IsPrivate() && !peer.IsLoopback() && !peer.IsLinkLocalUnicast() {
		for _, ip := range s.parts.External {
			if ip.Is4() == peer.Is4() {
				return ip, nil
			}
		}
	}
	if local.IsValid() && !local.IsUnspecified() {
		return local, nil
	}
	// No packet is sent: the system only looks up its route.
	probe, err := net.Dial("udp", remote.String())
	if err != nil {
		return netip.Addr{}, fmt.Errorf("find a way to %s: %w", remote, err)
	}
	defer probe.Close()
	own, err := addrPort(probe.LocalAddr())
	return own.Addr(), err
}

// Contact is where the peer of a flow reaches us with requests within a dialog.
func (s *Stack) Contact(f Flow, user string) sip.ContactHeader {
	host, port, err := s.sentBy(f)
	if err != nil {
		host, port = s.parts.Domains[0], 0 // the peer finds it as any other would
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	uri := sip.Uri{Scheme: "sip", User: user, Host: host, Port: port}
	if f.Transport != UDP {
		uri.UriParams = sip.HeaderParams{{K: "transport", V: strings.ToLower(f.Transport)}}
	}
	return sip.ContactHeader{Address: uri}
}
