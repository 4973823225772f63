// Package mix joins the voices of a conference, or of a call that is recorded or crosses codecs, into what each party shall hear: all
// who speak but itself.
//
// Of all inputs only those of the few who speak are decoded; their levels and the encoder's own flags tell who that is. All who listen
// hear the same, which is encoded once for each codec and handed out as one packet; only who speaks and takes a mix as well needs one of
// his own. So a conference costs as much as it has speakers and codecs, not as it has listeners.
//
// All streams of a mixer count frames together: a port that changes from the common packets to its own and back goes on with the next
// number and timestamp.
package mix

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"plenum/components/media"
	"plenum/components/media/codec"
	"plenum/components/media/speakers"
)

// Speakers is how many are heard at a time: more talk at once only when nobody listens.
const Speakers = 3

// lossInterval is how many frames pass between two looks at what the receivers report.
const lossInterval = 50

// A Mixer mixes for its ports. [Mixer.Run], or whoever calls [Mixer.Tick], does the work; the other methods may be called by any goroutine.
type Mixer struct {
	mu    sync.Mutex // orders changes of ports
	ports atomic.Pointer[[]*Port]
	tap   atomic.Pointer[Tap]

	dominant atomic.Pointer[Port]

	// Of the goroutine that ticks.
	known    []*Port // the ports as of the last tick
	detector *speakers.Detector
	speaking []*Port // that are in the mix of this frame
	sum      [media.FrameSamples]int32
	whole    voice // what all who listen hear
	shared   map[string]*stream
	ssrc     uint32
	sequence uint16
}

// A Tap is given each frame of what listeners hear: a recorder. It must not block and must not keep the slice.
type Tap interface {
	Write(pcm []int16)
}

// New makes a mixer without ports.
func New() *Mixer {
	m := &Mixer{detector: speakers.New(Speakers), shared: make(map[string]*stream), ssrc: rand.Uint32(), sequence: uint16(rand.Uint32())}
	m.ports.Store(new([]*Port))
	return m
}

// Join adds a party that publishes nothing yet and hears nothing yet.
func (m *Mixer) Join() *Port {
	p := &Port{mixer: m}
	p.outputs.Store(new([]*output))
	m.change(func(list []*Port) []*Port { return append(list, p) })
	return p
}

func (m *Mixer) change(edit func([]*Port) []*Port) {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := edit(slices.Clone(*m.ports.Load()))
	m.ports.Store(&list)
}

// SetTap lets t have what listeners hear; nil takes it away.
func (m *Mixer) SetTap(t Tap) {
	if t == nil {
		m.tap.Store(nil)
		return
	}
	m.tap.Store(&t)
}

// Dominant is the port of who speaks, or has spoken last: the one whose picture a party with room for one is shown. nil when nobody has.
func (m *Mixer) Dominant() *Port { return m.dominant.Load() }

// Run mixes until ctx is done.
func (m *Mixer) Run(ctx context.Context) {
	media.Beat(ctx, func(n uint32) { m.Tick(n, time.Now()) })
}

// Tick mixes the n-th frame and publishes it.
func (m *Mixer) Tick(n uint32, now time.Time) {
	m.admit()
	m.listen(now)
	m.gather()
	m.publish(n, now)
	if n%lossInterval == 0 {
		m.followLoss()
	}
}

// admit takes note of ports that have joined or left.
func (m *Mixer) admit() {
	list := *m.ports.Load()
	if slices.Equal(list, m.known) {
		return
	}
	for _, p := range m.known {
		if !slices.Contains(list, p) {
			m.detector.Leave(p.speaker)
		}
	}
	for _, p := range list {
		if p.speaker == nil {
			p.speaker = m.detector.Join()
		}
	}
	m.known = list
}

// listen finds out who speaks.
func (m *Mixer) listen(now time.Time) {
	for _, p := range m.known {
		p.listen(now)
	}
	m.detector.Tick()
	dominant := m.detector.Dominant()
	for _, p := range m.known {
		if p.speaker == dominant && dominant != nil && m.dominant.Load() != p {
			m.dominant.Store(p)
		}
	}
}

// gather adds up the voices of those who speak.
func (m *Mixer) gather() {
	m.speaking = m.speaking[:0]
	clear(m.sum[:])
	for _, p := range m.known {
		if !p.fetch() {
			continue
		}
		m.speaking = append(m.speaking, p)
		for i, s := range p.frame {
			m.sum[i] += int32(s)
		}
	}
}

// publish encodes what is heard, for those codecs in which somebody hears it, and hands it out.
func (m *Mixer) publish(n uint32, now time.Time) {
	m.sequence++
	m.whole.set(&m.sum, nil)
	if t := m.tap.Load(); t != nil {
		(*t).Write(m.whole.pcm[:])
	}
	for _, p := range m.known {
		for _, o := range *p.outputs.Load() {
			if !o.layer.Wanted() {
				continue
			}
			var packet *media.Packet
			if p.audible {
				packet = p.encode(m, o, n, now)
			} else if packet = m.common(o.codec, n, now); packet != nil {
				packet.Retain()
			}
			if packet != nil {
				o.layer.Publish(packet)
			}
		}
	}
	for _, s := range m.shared {
		s.done()
	}
}

// common is the packet of this frame for all who listen in a codec.
func (m *Mixer) common(c media.Codec, n uint32, now time.Time) *media.Packet {
	s := m.shared[c.Name]
	if s == nil {
		var err error
		if s, err = newStream(c); err != nil {
			return nil // For has refused codecs that cannot be encoded
		}
		m.shared[c.Name] = s
	}
	if s.packet == nil {
		s.packet = s.encode(&m.whole, m.header(c, n), now)
	}
	return s.packet
}

func (m *Mixer) header(c media.Codec, n uint32) media.Header {
	return media.Header{Sequence: m.sequence, Timestamp: n * c.FrameUnits(), SSRC: m.ssrc}
}

// followLoss tells encoders how much of what they make gets lost.
func (m *Mixer) followLoss() {
	worst := 0
	for _, p := range m.known {
		loss := int(p.loss.Load())
		worst = max(worst, loss)
		for _, o := range *p.outputs.Load() {
			if o.own != nil {
				o.own.setLoss(loss)
			}
		}
	}
	for _, s := range m.shared {
		s.setLoss(worst)
	}
}

// Codecs are those in which a port can be heard, best first.
func Codecs() []media.Codec { return slices.Clone(codec.All) }
