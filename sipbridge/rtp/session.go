package rtp

import (
	"iter"
	"time"

	"plenum/components/media"
)

// A Session is the media half of a SIP leg.
//
// Offer, Answer and Accept are called by the leg's owner, one at a time. With WebRTC, the first of them waits for a moment until our candidates are
// known. They fail with fault.Invalid for what cannot be agreed on (488), with fault.Limit when there is no port left, and with fault.Unavailable
// when the session is closed.
type Session struct {
	engine  *Engine
	options Options
}

var _ media.Endpoint = (*Session)(nil)

// Offer makes the first offer, or a new one with the present direction and codecs. An offer that is not accepted changes nothing.
func (s *Session) Offer() ([]byte, error) { return nil, errUnavailable }

// Answer takes the peer's offer, the first or a new one, and answers it.
func (s *Session) Answer(offer []byte) ([]byte, error) { return nil, errUnavailable }

// Accept takes the peer's answer to our last offer. Where several devices answer the same offer, it is called for each, and the last one counts.
func (s *Session) Accept(answer []byte) error { return errUnavailable }

// Hold says whether the peer is on hold with us: what is offered and answered from now on says that it shall only receive.
func (s *Session) Hold(on bool) {}

// Prefer says which codecs to use first in what is offered and answered from now on.
func (s *Session) Prefer(codecs []media.Codec) {}

// SendDTMF presses keys, each for the duration; 0 means 100 ms. It fails with fault.Unavailable when the peer does not take events, and with
// fault.Invalid and fault.Limit as [dtmf.Sender.Press].
func (s *Session) SendDTMF(keys string, d time.Duration) error { return errUnavailable }

// Watch begins to look whether the peer is still there: it is called when the call was answered, since who only rings need not send.
func (s *Session) Watch() {}

// Tracks implements [media.Endpoint].
func (s *Session) Tracks() iter.Seq[*media.Track] { return func(func(*media.Track) bool) {} }

// Slots implements [media.Endpoint]: one of sound, whose codecs are those that both can.
func (s *Session) Slots() []media.Slot { return nil }

// Bind implements [media.Endpoint].
func (s *Session) Bind(slot int, src media.Source) error { return errUnavailable }

// Stats are the session's figures.
func (s *Session) Stats() Stats { return Stats{} }

// Close ends the session and waits until its goroutines have ended. It may be called from no method of [Events].
func (s *Session) Close() {}

// Stats are figures of a session.
type Stats struct {
	Codec             string // that comes in
	Received, Sent    uint64 // packets
	Dropped           uint64 // that came and were of no use
	Lost              uint64 // that should have come
	Jitter, RoundTrip time.Duration
	Encryption        string // name of the suite, empty for plain RTP
}

// OfferCodecs is what the party that sent the offer can take of the codecs that there are, best first; nil when nothing can be read.
func OfferCodecs(offer []byte) []media.Codec { return nil }
