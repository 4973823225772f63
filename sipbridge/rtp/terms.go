package rtp

import (
	"net/netip"
	"slices"

	"plenum/components/media"
	"plenum/sipbridge/sdp"
)

// use is what an incoming payload type stands for.
type use uint8

const (
	unknown use = iota
	sound
	events
	noise
)

// A meaning is a payload type of what comes in.
type meaning struct {
	use   use
	codec media.Codec
}

// terms are what both sides have agreed on. They are never changed, only replaced.
type terms struct {
	wire      wire
	fax       *Session      // whose fax passes in place of sound, nil when none does
	direction sdp.Direction // as we say it
	peerHolds bool
	send      []sdp.Payload // codecs that the peer takes, by its numbers, best first
	keys      []sdp.Payload // events that it takes
	receive   [128]uint8    // by our numbers, and by the peer's where these are free: which of
	meanings  []meaning     // of which the first is unknown
	codecs    []media.Codec // of send
	inband    bool          // keys come as tones, if at all
	mux       bool
	to        netip.AddrPort // for RTP and RTCP, as the description says
	toRTCP    netip.AddrPort
}

// agree fills in the payload types: theirs are what the peer takes, ours what we do. Both are of codecs in common.
func (t *terms) agree(theirs, ours []sdp.Payload) {
	for _, p := range theirs {
		switch p.Codec.Name {
		case sdp.Events:
			t.keys = append(t.keys, p)
		default:
			t.send = append(t.send, p)
			t.codecs = append(t.codecs, p.Codec)
		}
	}
	t.meanings = make([]meaning, 1, 2+len(ours)+len(theirs))
	for _, list := range [][]sdp.Payload{ours, theirs} {
		for _, p := range list {
			t.mean(p.ID, meaningOf(p.Codec))
		}
	}
	t.mean(13, meaning{use: noise})
	t.inband = len(t.keys) == 0
}

// mean gives a payload type its meaning, if it has none.
func (t *terms) mean(id uint8, m meaning) {
	if t.receive[id] == 0 {
		t.meanings = append(t.meanings, m)
		t.receive[id] = uint8(len(t.meanings) - 1)
	}
}

// meaning is what a payload type of the peer's stands for.
func (t *terms) meaning(id uint8) *meaning { return &t.meanings[t.receive[id]] }

func meaningOf(c media.Codec) meaning {
	if c.Name == sdp.Events {
		return meaning{events, c}
	}
	return meaning{sound, c}
}

// payload is the number to send a codec with.
func (t *terms) payload(c media.Codec) (sdp.Payload, bool) {
	i := slices.IndexFunc(t.send, func(p sdp.Payload) bool { return p.Codec.Is(c) })
	if i < 0 {
		return sdp.Payload{}, false
	}
	return t.send[i], true
}

// events is the payload for keys in a stream with this clock. Events are to have the clock of the sound (RFC 4733 §2.1); phones that have them
// with 8000 only, whatever they talk, are sent these.
func (t *terms) events(clock int) (sdp.Payload, bool) {
	if len(t.keys) == 0 {
		return sdp.Payload{}, false
	}
	i := slices.IndexFunc(t.keys, func(p sdp.Payload) bool { return p.Codec.Clock == clock })
	return t.keys[max(i, 0)], true
}
