package media

import (
	"iter"

	"plenum/xmppd/fault"
)

// An Endpoint is the media half of one party: what it publishes and what it can be given. Its methods may be called from any
// goroutine and do not block.
type Endpoint interface {
	// Tracks yields what the party publishes now; tracks that come or go are reported by the leg's events.
	Tracks() iter.Seq[*Track]
	// Slots says what the party can be given at the same time; the index in the list is the slot's number. A telephone has one slot
	// of audio, a browser a stage, tiles and several of audio. The list is fixed once media is agreed.
	Slots() []Slot
	// Bind gives the slot a source, in place of the one it had; nil empties it. It fails with fault.NotFound for a slot that does not
	// exist, and with fault.Invalid when the source cannot give any of the slot's codecs.
	Bind(slot int, src Source) error
}

// A Slot is one place for a source at an endpoint.
type Slot struct {
	Kind   Kind    // a slot of Video also takes a Screen, one of Audio a ScreenAudio
	Codecs []Codec // what the party can decode, best first
}

// A Source is what may fill a slot: a track that is forwarded, a port of a mixer, a player, a transcoder.
type Source interface {
	// For returns the track to subscribe to for a receiver that can take the codecs, best first. It fails with fault.Invalid when the
	// source has none of them. What a source has to compute it computes while its track has subscribers.
	For(codecs []Codec) (*Track, error)
}

// For implements [Source]: a track is forwarded as it is.
func (t *Track) For(codecs []Codec) (*Track, error) {
	if _, ok := t.codec.Find(codecs); !ok {
		return nil, fault.Newf(fault.Invalid, "the receiver does not take %s", t.codec)
	}
	return t, nil
}
