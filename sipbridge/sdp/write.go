package sdp

import (
	"net/netip"
	"strconv"
	"strings"
)

// Bytes writes the description.
func (d *Description) Bytes() []byte {
	var b []byte
	line := func(kind byte, parts ...string) {
		b = append(b, kind, '=')
		b = append(b, strings.Join(parts, " ")...)
		b = append(b, '\r', '\n')
	}
	line('v', "0")
	line('o', "-", d.Origin.ID, d.Origin.Version, "IN", family(d.Origin.Address), d.Origin.Address.String())
	line('s', "-")
	if d.Address.IsValid() {
		line('c', "IN", family(d.Address), d.Address.String())
	}
	line('t', "0", "0")
	attributes := func(list []Attribute) {
		for _, a := range list {
			if a.Value == "" {
				line('a', a.Name)
			} else {
				line('a', a.Name+":"+a.Value)
			}
		}
	}
	attributes(d.Attributes)
	for i := range d.Media {
		m := &d.Media[i]
		line('m', append([]string{m.Kind, strconv.Itoa(m.Port), m.Protocol}, m.Formats...)...)
		if m.Address.IsValid() {
			line('c', "IN", family(m.Address), m.Address.String())
		}
		attributes(m.Attributes)
	}
	return b
}

func family(a netip.Addr) string {
	if a.Is4() || a.Is4In6() {
		return "IP4"
	}
	return "IP6"
}

// Refuse is the answer to a media line that nothing comes of (RFC 3264 §6).
func (m *Media) Refuse() Media {
	return Media{Kind: m.Kind, Protocol: m.Protocol, Formats: m.Formats[:1]}
}
