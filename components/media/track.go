package media

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// A Publisher is who feeds a track: the transport whose packets it carries. Both methods may be called from any goroutine, on the packet path
// too, and must not block.
type Publisher interface {
	// RequestKeyframe asks the sender of the layer for a picture that can be decoded by itself. The track calls it as often as the
	// sender should be asked, however many receivers want one.
	RequestKeyframe(*Layer)
	// DemandChanged says that [Layer.Wanted] has changed: what nobody wants the sender need not send.
	DemandChanged(*Layer)
}

// A LossFollower is a publisher that can encode so that lost packets do less harm. FollowLoss is called like the methods of [Publisher].
type LossFollower interface {
	FollowLoss(l *Layer, percent int)
}

// TrackConfig is what does not change in the life of a track.
type TrackConfig struct {
	ID        string // unique at its endpoint
	Kind      Kind
	Codec     Codec
	Publisher Publisher // nil when there is nobody to ask
	// Ring is how many packets of each layer are kept for retransmission, a power of two; 0 means 512 of video and 128 of sound. A transport
	// without retransmission needs 8, to know packets that come twice.
	Ring int
}

// A Track is one thing that an endpoint sends. All methods may be called from any goroutine, [Layer.Publish] from one at a time.
type Track struct {
	id        string
	kind      Kind
	codec     Codec
	publisher Publisher
	ring      int

	level   levelGauge
	muted   atomic.Bool
	blocked atomic.Bool
	closed  atomic.Bool

	mu     sync.Mutex // orders changes of layers
	layers atomic.Pointer[[]*Layer]
}

// NewTrack makes a track without layers.
func NewTrack(c TrackConfig) *Track {
	if c.Ring == 0 {
		c.Ring = videoRing
		if c.Kind.Sound() {
			c.Ring = audioRing
		}
	}
	if c.Ring < 0 || c.Ring&(c.Ring-1) != 0 || c.Ring > 1<<15 {
		panic("media: the size of a ring is a power of two of at most 32768")
	}
	t := &Track{id: c.ID, kind: c.Kind, codec: c.Codec.canonical(), publisher: c.Publisher, ring: c.Ring}
	t.layers.Store(new([]*Layer))
	return t
}

func (t *Track) ID() string   { return t.id }
func (t *Track) Kind() Kind   { return t.kind }
func (t *Track) Codec() Codec { return t.codec }

// AddLayer adds a layer, whose rid is empty when the track has one only. height is that of the picture in pixels as far as it is
// known, 0 otherwise and for sound.
func (t *Track) AddLayer(rid string, height int) *Layer {
	l := &Layer{track: t, rid: rid, ring: newRing(t.ring)}
	l.height.Store(int32(height))
	l.receivers.Store(new([]Receiver))
	t.mu.Lock()
	defer t.mu.Unlock()
	layers := append(slices.Clone(t.Layers()), l)
	t.layers.Store(&layers)
	return l
}

// RemoveLayer takes a layer away that is not sent any more.
func (t *Track) RemoveLayer(l *Layer) {
	t.mu.Lock()
	layers := slices.DeleteFunc(slices.Clone(t.Layers()), func(other *Layer) bool { return other == l })
	t.layers.Store(&layers)
	t.mu.Unlock()
	l.ring.clear()
}

// Layers returns the layers in the order in which they were added. The list must not be changed.
func (t *Track) Layers() []*Layer { return *t.layers.Load() }

// Layer returns the layer with this rid, nil when there is none.
func (t *Track) Layer(rid string) *Layer {
	for _, l := range t.Layers() {
		if l.rid == rid {
			return l
		}
	}
	return nil
}

// Level is how loud the track is now and whether that is speech. It is [Silence] when nothing was heard for a moment and while the
// track is blocked.
func (t *Track) Level(now time.Time) (l Level, voice bool) {
	if t.blocked.Load() {
		return Silence, false
	}
	return t.level.get(now)
}

// SetLevel states the level of a track whose packets do not; who decodes it measures it.
func (t *Track) SetLevel(l Level, voice bool, now time.Time) { t.level.set(l, voice, now) }

// Muted reports whether the party says that it sends nothing worth hearing or seeing, which others are shown.
func (t *Track) Muted() bool     { return t.muted.Load() }
func (t *Track) SetMuted(m bool) { t.muted.Store(m) }

// Blocked reports whether the track's packets are dropped as they are published: a moderator has muted the party, or nobody may hear it yet.
func (t *Track) Blocked() bool     { return t.blocked.Load() }
func (t *Track) SetBlocked(b bool) { t.blocked.Store(b) }

// Close ends the track: what is published afterwards is dropped, and the packets kept are given back.
func (t *Track) Close() {
	t.closed.Store(true)
	for _, l := range t.Layers() {
		l.ring.clear()
	}
}

// Closed reports whether the track has ended.
func (t *Track) Closed() bool { return t.closed.Load() }
