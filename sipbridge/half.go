package sipbridge

import (
	"net/netip"
	"sync"
	"time"

	"plenum/components/call"
	"plenum/components/media"
	"plenum/sipbridge/rtp"
	"plenum/sipbridge/stack"
)

// A half is a media half, with what it reports on its way to the mailbox. A leg that rings several phones has one for each.
type half struct {
	Media
	leg *Leg

	mu    sync.Mutex
	queue []call.Event
	lost  bool

	closed bool // of the mailbox
}

var _ rtp.Events = (*half)(nil)

// newHalf makes the media half of a leg whose peer is reached by a flow.
func (l *Leg) newHalf(f stack.Flow, encrypt bool) (*half, error) {
	h := &half{leg: l}
	o := rtp.Options{Events: h, Remote: f.Remote, Local: f.Local.Addr(), Log: l.log}
	switch {
	case f.Transport == stack.WS || f.Transport == stack.WSS:
		o.Security = rtp.WebRTC
	case encrypt || l.encrypt:
		o.Security = rtp.Secure
	case f.Secure():
		o.Security = rtp.SDES
	}
	if o.Local.IsUnspecified() {
		o.Local = netip.Addr{}
	}
	if peer := f.Remote.Addr(); !peer.IsPrivate() && !peer.IsLoopback() && !peer.IsLinkLocalUnicast() {
		for _, ip := range l.service.External {
			if ip.Is4() == peer.Is4() {
				o.External = ip
			}
		}
	}
	m, err := l.service.Parts.Media(o)
	if err != nil {
		return nil, err
	}
	h.Media = m
	if l.prefer != nil {
		m.Prefer(l.prefer)
	}
	return h, nil
}

// Close ends the media half; it may be called more than once.
func (h *half) Close() {
	if !h.closed {
		h.closed = true
		h.Media.Close()
	}
}

// use makes a half, whose media is agreed, the leg's, and reports what it has said so far.
func (l *Leg) use(h *half) {
	if before := l.media.Load(); before != h {
		l.media.Store(h)
		h.mu.Lock()
		kept := h.queue[:0]
		for _, e := range h.queue {
			switch e.(type) {
			case call.MediaReady, call.TrackAdded, call.TrackRemoved: // said by what follows
			default:
				kept = append(kept, e)
			}
		}
		h.queue = kept
		h.mu.Unlock()
		l.tell(call.MediaReady{})
	}
	h.drain()
}

// report queues an event. It may be called by the goroutine of the mailbox, within a method of the session, or by any other.
func (h *half) report(e call.Event) {
	h.mu.Lock()
	h.queue = append(h.queue, e)
	h.mu.Unlock()
	h.leg.post(h.drain)
}

// drain hands on what the media half has reported, when it is the leg's.
func (h *half) drain() {
	if h.leg.media.Load() != h {
		return
	}
	h.mu.Lock()
	queue, lost := h.queue, h.lost
	h.queue = nil
	h.mu.Unlock()
	for _, e := range queue {
		h.leg.tell(e)
	}
	if lost {
		h.leg.hangUp(call.MediaLost)
	}
}

// MediaReady implements [rtp.Events].
func (h *half) MediaReady() { h.report(call.MediaReady{}) }

// TrackAdded implements [rtp.Events].
func (h *half) TrackAdded(t *media.Track) { h.report(call.TrackAdded{Track: t}) }

// TrackRemoved implements [rtp.Events].
func (h *half) TrackRemoved(t *media.Track) { h.report(call.TrackRemoved{Track: t}) }

// DTMF implements [rtp.Events].
func (h *half) DTMF(key byte, d time.Duration) { h.report(call.DTMF{Key: key, Duration: d}) }

// Held implements [rtp.Events].
func (h *half) Held(on bool) {
	if on {
		h.report(call.Held{})
	} else {
		h.report(call.Resumed{})
	}
}

// Quality implements [rtp.Events].
func (h *half) Quality(q call.Quality) { h.report(q) }

// Lost implements [rtp.Events].
func (h *half) Lost() {
	h.mu.Lock()
	h.lost = true
	h.mu.Unlock()
	h.leg.post(h.drain)
}
