package media

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// keyframeInterval is the least time between two requests for a key frame of a layer. A key frame is many times as long as
// other pictures, and a room of people who join at once would make the sender produce nothing else.
const keyframeInterval = 500 * time.Millisecond

// bitrateWindow is how long octets are counted for one reading of a layer's bit rate.
const bitrateWindow = 500 * time.Millisecond

// A Receiver is given the packets of the layers it has subscribed to.
type Receiver interface {
	// Receive is called by the goroutine that publishes, in the order in which packets came, and must not block. The packet is the
	// receiver's to read until it returns, and longer when it retains it. Packets may arrive after [Layer.Unsubscribe] has returned.
	Receive(*Layer, *Packet)
}

// A Layer is one stream of a track: all of it, or one resolution of a simulcast.
type Layer struct {
	track  *Track
	rid    string
	height atomic.Int32
	ring   ring

	mu        sync.Mutex // orders changes of receivers
	receivers atomic.Pointer[[]Receiver]

	keyframeWanted atomic.Bool
	keyframeAsked  atomic.Int64 // Unix nanoseconds of the last request

	timing  atomic.Pointer[timing]
	arrival atomic.Int64 // Unix nanoseconds of the last packet
	bitrate atomic.Int64 // bits a second
	octets  int          // since windowStart, of the publishing goroutine
	window  time.Time
}

func (l *Layer) Track() *Track { return l.track }
func (l *Layer) RID() string   { return l.rid }

// Height is that of the picture in pixels, 0 when it is not known.
func (l *Layer) Height() int        { return int(l.height.Load()) }
func (l *Layer) SetHeight(h int)    { l.height.Store(int32(h)) }
func (l *Layer) Bitrate() int       { return int(l.bitrate.Load()) } // bits a second of packets, over the last half second
func (l *Layer) Arrival() time.Time { return time.Unix(0, l.arrival.Load()) }

// timing is a moment and the timestamp that stands for it.
type timing struct {
	at        time.Time
	timestamp uint32
}

// SetTiming says which moment a timestamp of the layer's stands for, by the clock that all layers of the endpoint share: so that those who forward
// several of them can keep them in step.
func (l *Layer) SetTiming(at time.Time, timestamp uint32) { l.timing.Store(&timing{at, timestamp}) }

// Timing is the last that was said, ok is false as long as nothing was.
func (l *Layer) Timing() (at time.Time, timestamp uint32, ok bool) {
	if t := l.timing.Load(); t != nil {
		return t.at, t.timestamp, true
	}
	return time.Time{}, 0, false
}

// Publish takes over the caller's reference to a parsed packet, keeps it for retransmission and gives it to every receiver. A packet that was
// published before is dropped, and so is everything of a track that is closed or blocked. It reports whether the packet was new.
func (l *Layer) Publish(p *Packet) bool {
	if l.track.closed.Load() || l.track.blocked.Load() || l.ring.has(p) {
		p.Release()
		return false
	}
	l.count(p)
	if l.track.kind.Sound() {
		if p.HasLevel {
			l.track.level.set(p.Level, p.Voice, p.Arrival)
		}
	} else {
		p.Keyframe = Keyframe(l.track.codec, p.Payload)
		l.chaseKeyframe(p)
	}
	p.Retain() // for the receivers: with a ring that wraps, the slot's reference alone may go
	l.ring.put(p)
	for _, r := range *l.receivers.Load() {
		r.Receive(l, p)
	}
	p.Release()
	return true
}

// count keeps the layer's figures.
func (l *Layer) count(p *Packet) {
	l.arrival.Store(p.Arrival.UnixNano())
	l.octets += headerLen + len(p.Payload)
	if past := p.Arrival.Sub(l.window); past >= bitrateWindow {
		if past < 4*bitrateWindow { // else the layer had paused, and the window says nothing
			l.bitrate.Store(int64(float64(8*l.octets) / past.Seconds()))
		}
		l.window, l.octets = p.Arrival, 0
	}
}

// Subscribe adds a receiver; one that is there already is not added again.
func (l *Layer) Subscribe(r Receiver) {
	l.change(func(list []Receiver) []Receiver {
		if slices.Contains(list, r) {
			return list
		}
		return append(slices.Clone(list), r)
	})
}

// Unsubscribe takes a receiver away.
func (l *Layer) Unsubscribe(r Receiver) {
	l.change(func(list []Receiver) []Receiver {
		return slices.DeleteFunc(slices.Clone(list), func(other Receiver) bool { return other == r })
	})
}

func (l *Layer) change(edit func([]Receiver) []Receiver) {
	l.mu.Lock()
	before := *l.receivers.Load()
	after := edit(before)
	l.receivers.Store(&after)
	l.mu.Unlock()
	if publisher := l.track.publisher; publisher != nil && (len(before) == 0) != (len(after) == 0) {
		publisher.DemandChanged(l)
	}
}

// Wanted reports whether the layer has a receiver.
func (l *Layer) Wanted() bool { return len(*l.receivers.Load()) > 0 }

// Packet returns a packet that was published, for sending it again, or nil when it is not kept any more. The caller releases it.
func (l *Layer) Packet(sequence uint16) *Packet { return l.ring.get(sequence) }

// ReportLoss says how many packets in a hundred of what is sent of this layer do not reach a receiver, for publishers that are a [LossFollower].
func (l *Layer) ReportLoss(percent int) {
	if f, ok := l.track.publisher.(LossFollower); ok {
		f.FollowLoss(l, percent)
	}
}

// RequestKeyframe asks the sender for a key frame: at once, or as soon as the last request is half a second old, and again until one has come.
// Who switches to a layer subscribes first and asks then.
func (l *Layer) RequestKeyframe() {
	l.keyframeWanted.Store(true)
	l.askKeyframe(time.Now())
}

func (l *Layer) chaseKeyframe(p *Packet) {
	switch {
	case p.Keyframe:
		l.keyframeWanted.Store(false)
	case l.keyframeWanted.Load():
		l.askKeyframe(p.Arrival)
	}
}

func (l *Layer) askKeyframe(now time.Time) {
	last := l.keyframeAsked.Load()
	if l.track.publisher == nil || now.UnixNano()-last < int64(keyframeInterval) {
		return
	}
	if l.keyframeAsked.CompareAndSwap(last, now.UnixNano()) {
		l.track.publisher.RequestKeyframe(l)
	}
}
