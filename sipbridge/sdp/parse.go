package sdp

import (
	"net/netip"
	"strconv"
	"strings"

	"plenum/xmppd/fault"
)

// Limits of a description. Browsers that bundle ten kinds of pictures come to a few hundred lines.
const (
	MaxBytes = 64 << 10
	maxMedia = 16
	maxLines = 2000
)

// Parse reads a description. It fails with fault.Invalid, saying which line is wrong.
func Parse(b []byte) (*Description, error) {
	if len(b) > MaxBytes {
		return nil, fault.Newf(fault.Invalid, "a session description has at most %d octets", MaxBytes)
	}
	d := &Description{}
	n := 0
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimRight(line, "\r\n \t"); line == "" {
			continue
		}
		if n++; n > maxLines {
			return nil, fault.Newf(fault.Invalid, "a session description has at most %d lines", maxLines)
		}
		kind, value, ok := strings.Cut(line, "=")
		switch {
		case !ok || len(kind) != 1 || strings.IndexByte(value, 0) >= 0:
			return nil, fault.Newf(fault.Invalid, "line %d of the session description is none", n)
		case n == 1 && (kind != "v" || value != "0"):
			return nil, fault.New(fault.Invalid, "a session description begins with v=0")
		}
		if err := d.take(kind[0], value); err != nil {
			return nil, err
		}
	}
	if n == 0 {
		return nil, fault.New(fault.Invalid, "the session description is empty")
	}
	return d, nil
}

func (d *Description) take(kind byte, value string) error {
	var m *Media
	if len(d.Media) > 0 {
		m = &d.Media[len(d.Media)-1]
	}
	switch kind {
	case 'o':
		if fields := strings.Fields(value); len(fields) == 6 {
			d.Origin.ID, d.Origin.Version = fields[1], fields[2]
			d.Origin.Address, _ = netip.ParseAddr(fields[5])
		}
	case 'c':
		a, err := connection(value)
		if err != nil {
			return err
		}
		if m != nil {
			m.Address = a
		} else {
			d.Address = a
		}
	case 'a':
		name, v, _ := strings.Cut(value, ":")
		a := Attribute{strings.TrimSpace(name), strings.TrimSpace(v)}
		if m != nil {
			m.Attributes = append(m.Attributes, a)
		} else {
			d.Attributes = append(d.Attributes, a)
		}
	case 'm':
		if len(d.Media) == maxMedia {
			return fault.Newf(fault.Invalid, "a session description has at most %d media lines", maxMedia)
		}
		media, err := mediaLine(value)
		if err != nil {
			return err
		}
		d.Media = append(d.Media, media)
	}
	return nil
}

// connection reads the value of a c= line. A name instead of an address gives one that is not valid.
func connection(value string) (netip.Addr, error) {
	fields := strings.Fields(value)
	if len(fields) != 3 || !strings.EqualFold(fields[0], "IN") {
		return netip.Addr{}, fault.Newf(fault.Invalid, "%q is no connection on the internet", value)
	}
	host, _, _ := strings.Cut(fields[2], "/") // of multicast, the time to live
	a, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}, nil
	}
	return a.Unmap().WithZone(""), nil
}

func mediaLine(value string) (m Media, err error) {
	fields := strings.Fields(value)
	if len(fields) < 4 {
		return m, fault.Newf(fault.Invalid, "%q is no media line", value)
	}
	port, _, _ := strings.Cut(fields[1], "/")
	n, ok := number(port, 65535)
	if !ok {
		return m, fault.Newf(fault.Invalid, "%q is no port", fields[1])
	}
	return Media{Kind: strings.ToLower(fields[0]), Port: n, Protocol: fields[2], Formats: fields[3:]}, nil
}

// number reads digits; ok is false for what is more than most.
func number(s string, most int) (int, bool) {
	n, err := strconv.ParseUint(s, 10, 31)
	if err != nil || int(n) > most {
		return 0, false
	}
	return int(n), true
}
