package rtp

import (
	"iter"
	"sync"
	"sync/atomic"
	"time"

	"plenum/components/media"
	"plenum/sipbridge/sdp"
	"plenum/xmppd/fault"
)

// A Session is the media half of a SIP leg.
//
// Offer, Answer and Accept are called by the leg's owner, one at a time. With WebRTC, the first of them waits for a moment until our candidates are
// known. They fail with fault.Invalid for what cannot be agreed on (488), with fault.Limit when there is no port left, and with fault.Unavailable
// when the session is closed.
type Session struct {
	engine  *Engine
	options Options
	name    string // the beginning of its tracks' names
	cname   string

	// terms are nil until an offer was answered.
	terms    atomic.Pointer[terms]
	watching atomic.Bool

	mu         sync.Mutex
	closed     bool
	wire       wire // nil before the first offer or answer
	hold       bool // the peer is to be on hold
	prefer     []media.Codec
	id         uint64 // of our descriptions, and
	version    uint64
	written    []byte        // the last one
	lines      []sdp.Media   // of the last description that both know; what is no sound stands for itself
	audio      int           // the line of sound
	numbers    []sdp.Payload // that we have ever told the peer
	offered    *offer        // the last one that we made, or
	faxOffered *faxOffer     // that of T.38
	image      *sdp.Media    // of the answer to it

	in     incoming
	out    outgoing
	report reporting
}

var _ media.Endpoint = (*Session)(nil)

// Hold says whether the peer is on hold with us: what is offered and answered from now on says that it shall only receive.
func (s *Session) Hold(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hold = on
}

// Prefer says which codecs to use first in what is offered and answered from now on.
func (s *Session) Prefer(codecs []media.Codec) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.prefer = codecs
}

// Insist makes what is offered from now on SRTP alone, for phones that refuse an offer of RTP whatever keys are in it. It reports whether that is
// another offer than before.
func (s *Session) Insist() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.options.Security != SDES {
		return false
	}
	s.options.Security = Secure
	return true
}

// Watch begins to look whether the peer is still there: it is called when the call was answered, since who only rings need not send.
func (s *Session) Watch() {
	if !s.watching.Swap(true) {
		s.in.touch(time.Now())
	}
}

// Tracks implements [media.Endpoint].
func (s *Session) Tracks() iter.Seq[*media.Track] {
	return func(yield func(*media.Track) bool) {
		s.in.mu.Lock()
		t := s.in.track()
		s.in.mu.Unlock()
		if t != nil {
			yield(t)
		}
	}
}

// publishes reports whether a track of this name is the session's.
func (s *Session) publishes(id string) bool {
	s.in.mu.Lock()
	defer s.in.mu.Unlock()
	t := s.in.track()
	return t != nil && t.ID() == id
}

// Slots implements [media.Endpoint]: one of sound, whose codecs are those that both can.
func (s *Session) Slots() []media.Slot {
	t := s.terms.Load()
	if t == nil {
		return nil
	}
	return []media.Slot{{Kind: media.Audio, Codecs: t.codecs}}
}

// Bind implements [media.Endpoint].
func (s *Session) Bind(slot int, src media.Source) error {
	t := s.terms.Load()
	if slot != 0 || t == nil {
		return fault.Newf(fault.NotFound, "there is no slot %d", slot)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errClosed
	}
	return s.out.bind(src, t.codecs)
}

// over reports whether the session was closed.
func (s *Session) over() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// Stats are figures of a session.
type Stats struct {
	Codec          string // that comes in
	Received, Sent uint64 // packets
	Dropped        uint64 // that came and were of no use
	Lost           uint64 // that should have come
	Jitter         time.Duration
	RoundTrip      time.Duration // 0 as long as it is not known
	Encryption     string        // name of the suite, empty for plain RTP
	Remote         string        // where packets go
}

// Stats are the session's figures.
func (s *Session) Stats() Stats {
	var st Stats
	s.mu.Lock()
	w := s.wire
	s.mu.Unlock()
	if w != nil {
		st.Encryption, st.Remote = w.suite(), w.remote()
	}
	s.in.stats(&st)
	s.out.stats(&st)
	s.report.stats(&st)
	return st
}

// Close ends the session and waits until its goroutines have ended. It may be called from no method of [Events].
func (s *Session) Close() {
	s.mu.Lock()
	w, closed := s.wire, s.closed
	s.closed = true
	s.mu.Unlock()
	if !closed {
		s.engine.forget(s)
		s.bye()
	}
	s.out.close()
	if w != nil {
		w.close()
	}
	s.in.close()
}
