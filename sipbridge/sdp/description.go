package sdp

import (
	"net/netip"
	"strings"
)

// A Description is one session description.
type Description struct {
	Origin     Origin
	Address    netip.Addr // of the connection; not valid when there is none, or a name that we do not look up
	Attributes []Attribute
	Media      []Media
}

// An Origin names a description and says how often it has changed (RFC 8866 §5.2).
type Origin struct {
	ID, Version string
	Address     netip.Addr
}

// A Media is one m= line with what belongs to it.
type Media struct {
	Kind       string // "audio", "image", "video", …
	Port       int    // 0 for what is refused, or not wanted any more
	Protocol   string // "RTP/AVP", "udptl", …
	Formats    []string
	Address    netip.Addr // own one; not valid when the session's counts
	Attributes []Attribute
}

// An Attribute is an a= line.
type Attribute struct{ Name, Value string }

// Direction is who sends, as the one says it who has written the description.
type Direction uint8

const (
	Inactive Direction = 0
	SendOnly Direction = 1
	RecvOnly Direction = 2
	SendRecv Direction = SendOnly | RecvOnly
)

var directions = [...]string{Inactive: "inactive", SendOnly: "sendonly", RecvOnly: "recvonly", SendRecv: "sendrecv"}

// String is the direction as an attribute.
func (d Direction) String() string { return directions[d&SendRecv] }

// Sends reports whether the writer sends, Receives whether he wants to be sent to.
func (d Direction) Sends() bool    { return d&SendOnly != 0 }
func (d Direction) Receives() bool { return d&RecvOnly != 0 }

// Reverse is the direction as the other side would say it (RFC 3264 §6.1).
func (d Direction) Reverse() Direction { return d&SendOnly<<1 | d&RecvOnly>>1 }

// Value returns the first attribute of this name of a media line, else of the session.
func (d *Description) Value(m *Media, name string) (string, bool) {
	if v, ok := m.Value(name); ok {
		return v, true
	}
	return value(d.Attributes, name)
}

// Value returns the first attribute of this name of the line itself.
func (m *Media) Value(name string) (string, bool) { return value(m.Attributes, name) }

func value(list []Attribute, name string) (string, bool) {
	for _, a := range list {
		if strings.EqualFold(a.Name, name) {
			return a.Value, true
		}
	}
	return "", false
}

// Add appends an attribute.
func (m *Media) Add(name, value string) {
	m.Attributes = append(m.Attributes, Attribute{name, value})
}

// AddressOf is where the media of a line is to be sent.
func (d *Description) AddressOf(m *Media) netip.Addr {
	if m.Address.IsValid() {
		return m.Address
	}
	return d.Address
}

// Direction is that of a media line. An address of zeros is how holding was said before there were directions (RFC 3264 §8.4): nothing is to be sent
// there. With ICE it says that there is no candidate yet to put there (RFC 8840).
func (d *Description) Direction(m *Media) Direction {
	direction := SendRecv
	for _, list := range [][]Attribute{d.Attributes, m.Attributes} {
		for _, a := range list {
			for i, name := range directions {
				if strings.EqualFold(a.Name, name) {
					direction = Direction(i)
				}
			}
		}
	}
	_, ice := d.Value(m, "ice-ufrag")
	if a := d.AddressOf(m); a.IsValid() && a.IsUnspecified() && !ice {
		direction &^= RecvOnly
	}
	return direction
}

// RTCP is where RTCP of a line goes: the port after the media's when nothing else is said (RFC 3605). The address is not valid when it is the
// media's.
func (m *Media) RTCP() (netip.Addr, int) {
	v, ok := m.Value("rtcp")
	if !ok {
		return netip.Addr{}, m.Port + 1
	}
	fields := strings.Fields(v)
	if len(fields) == 0 {
		return netip.Addr{}, m.Port + 1
	}
	port, ok := number(fields[0], 65535)
	if !ok || port == 0 {
		return netip.Addr{}, m.Port + 1
	}
	if len(fields) < 4 {
		return netip.Addr{}, port
	}
	a, _ := netip.ParseAddr(fields[3])
	return a.Unmap(), port
}
