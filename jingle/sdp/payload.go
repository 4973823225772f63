package sdp

import (
	"strconv"
	"strings"

	"plenum/components/media"
	"plenum/jingle/wire"
)

// Names of payload types that are no codecs.
const (
	nameRTX    = "rtx"
	nameEvents = "telephone-event"
)

// static are the payload types that need no name (RFC 3551 §6), as far as they are of use here.
var static = map[uint8]media.Codec{0: media.PCMU, 8: media.PCMA, 9: media.G722}

func cutBlank(s string) (before, after string) {
	before, after, _ = strings.Cut(s, " ")
	return before, after
}

// codecOf is the codec of a payload type, with the format as an fmtp line has it.
func codecOf(p *wire.Payload) media.Codec {
	c := media.Codec{Name: p.Name, Clock: int(p.Clock), Channels: int(p.Channels), Format: formatOf(p.Parameters)}
	if known, ok := static[p.ID]; ok {
		if c.Name == "" {
			c.Name = known.Name
		}
		if c.Clock == 0 && strings.EqualFold(c.Name, known.Name) {
			c.Clock = known.Clock
		}
	}
	return c
}

func formatOf(list []wire.Parameter) string {
	var b strings.Builder
	for i, p := range list {
		if i > 0 {
			b.WriteByte(';')
		}
		b.WriteString(p.Name)
		if p.Name != "" && p.Value != "" {
			b.WriteByte('=')
		}
		b.WriteString(p.Value)
	}
	return b.String()
}

func parametersOf(format string) (list []wire.Parameter) {
	for field := range strings.SplitSeq(format, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(field), "=")
		if name != "" {
			list = append(list, wire.Parameter{Name: name, Value: value})
		}
	}
	return list
}

// compatible reports whether what the one sends the other can read.
func compatible(ours, theirs media.Codec) bool {
	if strings.EqualFold(ours.Name, media.Opus.Name) {
		// Opus packets are the same whatever the number of channels, which is always announced as two (RFC 7587 §7).
		// Compat: clients that leave the channels out.
		theirs.Channels = ours.Channels
	}
	if !ours.Is(theirs) {
		return false
	}
	same := func(parameter string) bool {
		return parameterOr(ours, parameter, "0") == parameterOr(theirs, parameter, "0")
	}
	switch {
	case strings.EqualFold(ours.Name, media.VP9.Name):
		return same("profile-id")
	case strings.EqualFold(ours.Name, media.AV1.Name):
		return same("profile")
	}
	return true
}

func parameterOr(c media.Codec, name, otherwise string) string {
	if v, ok := c.Parameter(name); ok {
		return v
	}
	return otherwise
}

// answered is the format in which we answer: that of ours, in H.264 with a level that does not exceed the offered one, where the two
// directions may not differ (RFC 6184 §8.2.2).
func answered(ours, theirs media.Codec) string {
	const parameter = "profile-level-id"
	mine, has := ours.Parameter(parameter)
	if !has || !strings.EqualFold(ours.Name, media.H264.Name) || len(mine) != 6 {
		return ours.Format
	}
	if parameterOr(ours, "level-asymmetry-allowed", "0") == "1" && parameterOr(theirs, "level-asymmetry-allowed", "0") == "1" {
		return ours.Format
	}
	other := parameterOr(theirs, parameter, "42000a")
	a, errA := strconv.ParseUint(mine[4:], 16, 8)
	if len(other) != 6 {
		return ours.Format
	}
	b, errB := strconv.ParseUint(other[4:], 16, 8)
	if errA != nil || errB != nil || a <= b {
		return ours.Format
	}
	return strings.Replace(ours.Format, parameter+"="+mine, parameter+"="+mine[:4]+other[4:], 1)
}

// payloadOf writes a codec as a payload type, with its retransmission.
func payloadOf(c Codec, format string) wire.Payload {
	p := wire.Payload{ID: c.ID, Name: c.Name, Clock: uint32(c.Clock), Parameters: parametersOf(format), Feedback: c.Feedback}
	if c.Channels > 1 {
		p.Channels = uint8(c.Channels)
	}
	return p
}

func rtxOf(c Codec) wire.Payload {
	return wire.Payload{
		ID: c.RTX, Name: nameRTX, Clock: uint32(c.Clock), Parameters: []wire.Parameter{{Name: "apt", Value: strconv.Itoa(int(c.ID))}},
	}
}

func eventsOf(e Events) wire.Payload {
	return wire.Payload{ID: e.ID, Name: nameEvents, Clock: uint32(e.Clock), Parameters: []wire.Parameter{{Value: "0-15"}}}
}
