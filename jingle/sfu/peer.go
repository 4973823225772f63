package sfu

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"iter"
	"log/slog"
	"slices"
	"sync"
	"time"

	"plenum/components/call"
	"plenum/components/media"
	"plenum/jingle/sdp"
	"plenum/jingle/transport"
	"plenum/jingle/wire"
	"plenum/xmppd/fault"
)

// Events is who is told what happens at a peer: its session. The methods are called by the goroutines of transports, on the packet path too, and
// by those that call methods of any peer of the same conference. They do not block and do not call methods of a Peer.
type Events interface {
	// Candidate, Gathered and State are those of transport.Handler; i is the place of the transport in the description.
	Candidate(i int, c transport.Candidate)
	Gathered(i int)
	State(i int, s transport.State, err error)
	// TrackAdded and TrackRemoved tell of tracks that come and go, both as the description says and when the peer sends in another codec than before.
	TrackAdded(*media.Track)
	TrackRemoved(*media.Track)
	// DTMF is told each key once, when it was released.
	DTMF(key byte, d time.Duration)
	// Quality is told how media gets through, some seconds apart.
	Quality(call.Quality)
	// Layers says which layers of a simulcast somebody shows: the others need not be sent. It is called for contents with several layers alone.
	Layers(k wire.Key, wanted []string)
}

// Options are what a peer is made with. All but Log must be given.
type Options struct {
	Engine      *transport.Engine
	Controlling bool // we made the offer (RFC 8445 §6.1.1)
	Events      Events
	Log         *slog.Logger // nil discards
}

// A Peer is the media half of one session. It implements [media.Endpoint]; its methods may be called from any goroutine and do not wait for the
// network, but Close and Describe wait for goroutines of transports that they close.
type Peer struct {
	engine      *transport.Engine
	controlling bool
	events      Events
	log         *slog.Logger
	cname       string // of all that we send (RFC 3550 §6.5.1)

	start   time.Time
	clock   peerClock
	figures figures

	kick    chan struct{}   // the beat has something to do
	life    context.Context // ends when the peer is closed
	die     context.CancelFunc
	ended   chan struct{}
	running sync.WaitGroup

	mu        sync.Mutex
	closed    bool
	links     []*link     // in the order of the description
	receivers []*receiver // those whose content is in the description
	senders   []*sender   // by number of the slot; they stay when their content goes
	own       map[wire.Key]own
	used      map[uint32]bool // SSRCs of either side
}

var _ media.Endpoint = (*Peer)(nil)

// New makes a peer without transports.
func New(o Options) *Peer {
	p := &Peer{
		engine: o.Engine, controlling: o.Controlling, events: o.Events, log: o.Log, start: time.Now(), kick: make(chan struct{}, 1),
		ended: make(chan struct{}), own: make(map[wire.Key]own), used: make(map[uint32]bool),
	}
	p.life, p.die = context.WithCancel(context.Background())
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	var b [12]byte
	_, _ = rand.Read(b[:])
	p.cname = hex.EncodeToString(b[:])
	p.running.Go(p.beat)
	return p
}

// ssrc makes a number for a stream of ours that neither we nor the peer use (RFC 3550 §8.1).
func (p *Peer) ssrc() uint32 {
	for {
		var b [4]byte
		_, _ = rand.Read(b[:])
		if n := binary.BigEndian.Uint32(b[:]); n != 0 && !p.used[n] {
			p.used[n] = true
			return n
		}
	}
}

// Describe takes over what was agreed, or what is offered: it makes the transports, tracks and slots that are new, ends those that are gone, and
// leaves the others as they are. Our streams are added to the contents' Local. It is called first with what stands in the description
// of the session, and again whenever that has changed.
func (p *Peer) Describe(d *sdp.Description) error {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return fault.New(fault.Unavailable, "the session has ended")
	}
	for i := range d.Transports {
		for _, c := range d.Transports[i].Contents {
			for _, s := range c.Sources {
				p.used[s.SSRC], p.used[s.Repair] = true, true
			}
		}
	}
	gone, err := p.describeLinks(d)
	var removed, added []*media.Track
	if err == nil {
		removed, added = p.describeReceivers(d)
		p.describeSenders(d)
	}
	p.mu.Unlock()
	for _, l := range gone {
		l.transport.Close()
	}
	for _, t := range removed {
		t.Close()
		p.events.TrackRemoved(t)
	}
	for _, t := range added {
		p.events.TrackAdded(t)
	}
	return err
}

// describeLinks finds the link of each transport by the contents on it. It returns those that have none any more.
func (p *Peer) describeLinks(d *sdp.Description) (gone []*link, err error) {
	before := p.links
	var after []*link
	for i := range d.Transports {
		t := &d.Transports[i]
		at := slices.IndexFunc(before, func(l *link) bool { return l != nil && l.has(t) })
		var l *link
		if at >= 0 {
			l, before = before[at], slices.Delete(slices.Clone(before), at, at+1)
		} else if l, err = p.newLink(); err != nil {
			for _, made := range after {
				if !slices.Contains(p.links, made) {
					gone = append(gone, made)
				}
			}
			return gone, err
		}
		l.place.Store(int32(i))
		l.describe(t)
		after = append(after, l)
	}
	p.links = after
	return before, nil
}

// Transport is that at this place of the description, for the session to describe to the peer; nil when there is none.
func (p *Peer) Transport(i int) *transport.Transport {
	p.mu.Lock()
	defer p.mu.Unlock()
	if i < 0 || i >= len(p.links) {
		return nil
	}
	return p.links[i].transport
}

// Tracks yields what the peer publishes, in the order of the description.
func (p *Peer) Tracks() iter.Seq[*media.Track] {
	p.mu.Lock()
	var list []*media.Track
	for _, r := range p.receivers {
		if t := r.current(); t != nil {
			list = append(list, t)
		}
	}
	p.mu.Unlock()
	return slices.Values(list)
}

// Slots are the contents in which we send, in the order in which they came into the session. One that was removed keeps its number and takes no codec any
// more.
func (p *Peer) Slots() []media.Slot {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make([]media.Slot, len(p.senders))
	for i, s := range p.senders {
		out[i] = s.slot()
	}
	return out
}

// sender finds that of a slot.
func (p *Peer) sender(slot int) (*sender, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, fault.New(fault.Unavailable, "the session has ended")
	}
	if slot < 0 || slot >= len(p.senders) {
		return nil, fault.Newf(fault.NotFound, "there is no slot %d", slot)
	}
	return p.senders[slot], nil
}

// Bind implements [media.Endpoint]. Of a source in pictures, the one before is shown until there is a key frame of the new one, for two seconds at most.
func (p *Peer) Bind(slot int, src media.Source) error {
	s, err := p.sender(slot)
	if err != nil {
		return err
	}
	return s.bind(src)
}

// SetHeight says how high the picture of a slot is shown, in pixels; 0 is not at all. A slot shows everything until something is said.
func (p *Peer) SetHeight(slot, height int) {
	if s, err := p.sender(slot); err == nil {
		s.setHeight(max(height, 0))
	}
}

// Paused reports whether a slot that has a source is sent nothing because there is not enough bandwidth.
func (p *Peer) Paused(slot int) bool {
	s, err := p.sender(slot)
	return err == nil && s.paused()
}

// Close ends all transports and tracks and empties the slots. It waits until everything is gone.
func (p *Peer) Close() {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		<-p.ended
		return
	}
	defer close(p.ended)
	p.closed = true
	p.die()
	links, receivers, senders := p.links, p.receivers, p.senders
	p.mu.Unlock()
	for _, s := range senders {
		s.suspend(true)
	}
	for _, r := range receivers {
		if t := r.link.detach(r); t != nil {
			t.Close()
		}
	}
	for _, l := range links {
		l.transport.Close()
	}
	p.running.Wait()
}
