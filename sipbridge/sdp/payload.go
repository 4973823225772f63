package sdp

import (
	"strconv"
	"strings"

	"plenum/components/media"
)

// What payloads may be besides a codec: the keys of the phone (RFC 4733), and noise for pauses (RFC 3389).
const (
	Events = "telephone-event"
	Noise  = "CN"
)

// A Payload is a payload type number and what it stands for.
type Payload struct {
	ID    uint8
	Codec media.Codec
}

// static are the payload types that need no rtpmap (RFC 3551 §6), as far as anything is done with them.
var static = map[uint8]media.Codec{
	0: media.PCMU, 8: media.PCMA, 9: media.G722, 13: {Name: Noise, Clock: 8000, Channels: 1},
}

// Payloads are the formats of a line of RTP, in their order. Those that nothing is known of are left out.
func (m *Media) Payloads() []Payload {
	list := make([]Payload, 0, len(m.Formats))
	for _, f := range m.Formats {
		id, ok := number(f, 127)
		if !ok {
			continue
		}
		c, ok := m.rtpmap(f)
		if !ok {
			if c, ok = static[uint8(id)]; !ok {
				continue
			}
		}
		c.Format = m.mapped("fmtp", f)
		list = append(list, Payload{uint8(id), c})
	}
	return list
}

// mapped is the value of the attribute of this name that is for a format.
func (m *Media) mapped(name, format string) string {
	for _, a := range m.Attributes {
		if strings.EqualFold(a.Name, name) {
			if f, v, _ := strings.Cut(a.Value, " "); f == format {
				return strings.TrimSpace(v)
			}
		}
	}
	return ""
}

func (m *Media) rtpmap(format string) (c media.Codec, ok bool) {
	parts := strings.Split(m.mapped("rtpmap", format), "/")
	if len(parts) < 2 {
		return c, false
	}
	clock, ok := number(parts[1], 1<<20)
	if !ok || clock == 0 {
		return c, false
	}
	c = media.Codec{Name: parts[0], Clock: clock, Channels: 1}
	if len(parts) > 2 {
		if c.Channels, ok = number(parts[2], 255); !ok {
			return c, false
		}
	}
	switch {
	case strings.EqualFold(c.Name, media.G722.Name) && c.Clock == 16000:
		// Compat: phones that state the rate of its samples. The clock of G.722 is 8000 by definition (RFC 3551 §4.5.2).
		c.Clock = 8000
	case strings.EqualFold(c.Name, media.Opus.Name):
		c.Channels = media.Opus.Channels // Compat: "opus/48000"; there is only one Opus (RFC 7587 §7)
	}
	return c, true
}

// AddPayload appends a format to the line.
func (m *Media) AddPayload(p Payload) {
	id := strconv.Itoa(int(p.ID))
	m.Formats = append(m.Formats, id)
	name := p.Codec.Name + "/" + strconv.Itoa(p.Codec.Clock)
	if p.Codec.Channels > 1 {
		name += "/" + strconv.Itoa(p.Codec.Channels)
	}
	m.Add("rtpmap", id+" "+name)
	if p.Codec.Format != "" {
		m.Add("fmtp", id+" "+p.Codec.Format)
	}
}
