package rtp

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"plenum/components/media"
	"plenum/components/media/dtmf"
	"plenum/sipbridge/sdp"
	"plenum/xmppd/fault"
)

// longest is the most that one packet of sound lasts, as far as it is believed.
const longest = 120 * time.Millisecond

// An outgoing is the one stream that the peer is sent, whatever is bound to the slot: numbers and timestamps go on over changes of the
// source. It is the receiver of the layer that it sends on.
type outgoing struct {
	session *Session

	binding sync.Mutex // orders changes of what is subscribed to
	source  media.Source
	track   *media.Track

	mu     sync.Mutex
	closed bool
	layer  *media.Layer // that is sent on; nil when nothing is bound

	run     run
	anew    bool // the next packet begins a run
	ssrc    uint32
	highest uint16 // sequence number that was sent
	newest  uint32 // timestamp of the packet that came last in order
	step    uint32 // from the one before, in the same run
	sent    time.Time
	packets uint32
	octets  uint32

	keys     *dtmf.Sender
	pressing bool
	finished sync.WaitGroup
	stop     context.Context
	cancel   context.CancelFunc
}

// A run is packets from one stream of one source: all of them are renumbered alike. Numbers are added to the source's.
type run struct {
	ssrc      uint32
	id        uint8 // payload type
	clock     int
	first     uint16 // that came
	last      uint16
	sequence  uint16
	timestamp uint32
}

func (o *outgoing) init(s *Session, now time.Time) {
	o.session, o.ssrc, o.sent = s, rand.Uint32(), now
	o.highest, o.newest = uint16(rand.Uint32()>>17), rand.Uint32()
	o.anew = true
	o.stop, o.cancel = context.WithCancel(context.Background())
}

// bind puts a source into the slot.
func (o *outgoing) bind(src media.Source, codecs []media.Codec) error {
	var track *media.Track
	if src != nil {
		var err error
		if track, err = src.For(codecs); err != nil {
			return err
		}
	}
	o.attach(src, track)
	return nil
}

// rebind asks the source again, after other codecs were agreed on.
func (o *outgoing) rebind(codecs []media.Codec) {
	o.binding.Lock()
	src := o.source
	o.binding.Unlock()
	if src == nil {
		return
	}
	if err := o.bind(src, codecs); err != nil {
		o.session.options.Log.Info("the source has no codec that the peer takes now", "error", err)
		o.attach(src, nil)
	}
}

func (o *outgoing) attach(src media.Source, track *media.Track) {
	o.binding.Lock()
	defer o.binding.Unlock()
	before := o.track
	o.source, o.track = src, track
	if before == track {
		return
	}
	var layer *media.Layer
	if track != nil {
		if layers := track.Layers(); len(layers) > 0 {
			layer = layers[0]
		} else {
			layer = track.AddLayer("", 0)
		}
	}
	o.mu.Lock()
	old := o.layer
	o.layer, o.anew = layer, true
	if o.closed {
		layer = nil
		o.layer = nil
	}
	o.mu.Unlock()
	if layer != nil {
		layer.Subscribe(o)
	}
	if old != nil && old != layer {
		old.Unsubscribe(o)
	}
}

// renew begins a run, after something else was agreed on.
func (o *outgoing) renew() {
	o.mu.Lock()
	o.anew = true
	o.mu.Unlock()
}

// Receive implements [media.Receiver].
func (o *outgoing) Receive(l *media.Layer, p *media.Packet) {
	t := o.session.terms.Load()
	o.mu.Lock()
	defer o.mu.Unlock()
	if l != o.layer || o.pressing || o.closed || t == nil || !t.direction.Sends() || len(p.Payload) == 0 {
		return
	}
	r := &o.run
	far := int16(p.Sequence - r.last)
	marker := p.Marker
	if o.anew || p.SSRC != r.ssrc || far > maxDropout || far < -maxDropout {
		if !o.begin(t, l.Track().Codec(), p) {
			return
		}
		marker, far = true, 1
	}
	if int16(p.Sequence-r.first) < 0 && far < 0 {
		return // from before the change
	}
	h := media.Header{Marker: marker, PayloadType: r.id, Sequence: p.Sequence + r.sequence, Timestamp: p.Timestamp + r.timestamp, SSRC: o.ssrc}
	if far > 0 {
		if d := h.Timestamp - o.newest; d > 0 && int64(d) <= int64(longest)*int64(r.clock)/int64(time.Second) {
			o.step = d
		}
		r.last, o.highest, o.newest, o.sent = p.Sequence, h.Sequence, h.Timestamp, p.Arrival
		if p.Sequence-r.first > 1<<14 { // numbers wrap: what is farther back than half of them would be ahead
			r.first += 1 << 13
		}
	}
	o.write(t, h, p.Payload)
}

// begin starts a run with a packet, so that for the peer the stream goes on: the next sequence number, and a timestamp as much later as the packet
// is, but not before the end of the last one.
func (o *outgoing) begin(t *terms, c media.Codec, p *media.Packet) bool {
	payload, ok := t.payload(c)
	if !ok {
		return false
	}
	clock := payload.Codec.Clock
	o.run = run{ssrc: p.SSRC, id: payload.ID, clock: clock, first: p.Sequence, last: p.Sequence - 1, sequence: o.highest + 1 - p.Sequence,
		timestamp: o.newest + o.elapsed(p.Arrival, clock) - p.Timestamp}
	o.anew = false
	return true
}

// elapsed is how much later than the last packet one that comes now is, in units of the clock.
func (o *outgoing) elapsed(now time.Time, clock int) uint32 {
	past := uint32(min(max(now.Sub(o.sent), 0), time.Hour) * time.Duration(clock) / time.Second)
	if o.step == 0 || o.run.clock != clock {
		o.step = uint32(clock / int(time.Second/media.FrameTime))
	}
	return max(past, o.step)
}

func (o *outgoing) write(t *terms, h media.Header, payload []byte) {
	if t.wire.send(h, payload) {
		o.packets++
		o.octets += uint32(len(payload))
	}
}

// SendDTMF presses keys, each for the duration; 0 means 100 ms. It fails with fault.Unavailable when the peer does not take events, and with
// fault.Invalid and fault.Limit as [dtmf.Sender.Press].
func (s *Session) SendDTMF(keys string, d time.Duration) error {
	t := s.terms.Load()
	if t == nil || len(t.keys) == 0 || !t.direction.Sends() {
		return fault.New(fault.Unavailable, "the peer takes no telephone events")
	}
	o := &s.out
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return errClosed
	}
	clock := o.run.clock
	if clock == 0 {
		clock = t.send[0].Codec.Clock
	}
	payload, _ := t.events(clock)
	if o.keys == nil || !o.pressing {
		o.keys = dtmf.NewSender(payload.Codec.Clock)
	}
	if err := o.keys.Press(keys, d); err != nil || o.pressing || keys == "" {
		return err
	}
	o.pressing, o.anew = true, true
	start := o.newest + o.elapsed(time.Now(), clock)
	ctx, done := context.WithCancel(o.stop)
	o.finished.Go(func() {
		media.Beat(ctx, func(n uint32) {
			if ctx.Err() == nil && !o.press(payload, start+n*uint32(clock/int(time.Second/media.FrameTime))) {
				done()
			}
		})
	})
	return nil
}

// press sends what is due of the keys in place of a frame of sound. It returns false after the last one.
func (o *outgoing) press(payload sdp.Payload, timestamp uint32) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	p, ok := o.keys.Next(timestamp)
	o.newest, o.sent = timestamp, time.Now()
	if ok {
		o.highest++
		o.write(o.session.terms.Load(), media.Header{Marker: p.Marker, PayloadType: payload.ID, Sequence: o.highest, Timestamp: p.Timestamp, SSRC: o.ssrc}, p.Payload[:])
	}
	o.pressing = o.keys.Busy()
	return o.pressing
}

func (o *outgoing) stats(st *Stats) {
	o.mu.Lock()
	defer o.mu.Unlock()
	st.Sent = uint64(o.packets)
}

// close unbinds the slot and waits until no key is pressed.
func (o *outgoing) close() {
	o.mu.Lock()
	o.closed = true
	o.mu.Unlock()
	o.attach(nil, nil)
	o.cancel()
	o.finished.Wait()
}
