package sfu

import (
	"slices"
	"sync"
	"sync/atomic"

	"plenum/components/media"
	"plenum/components/media/dtmf"
	"plenum/jingle/sdp"
	"plenum/jingle/wire"
	"plenum/xmppd/fault"
)

// unlimited is the height of a slot of which nothing was said.
const unlimited = 1 << 30

// A sender is a slot of the peer's: a content in which we send. It is the receiver of the layers that it sends on.
type sender struct {
	peer *Peer
	key  wire.Key
	kind media.Kind
	own  own
	mid  []byte // the name of the content in packets

	// What is subscribed to follows what the slot wants without a lock that is held while others are called: who finds
	// subscribing locked leaves it to the one who has locked it.
	subscribing sync.Mutex
	stale       atomic.Bool
	subscribed  []*media.Layer

	mu       sync.Mutex
	link     *link       // nil when the content was removed
	codecs   []sdp.Codec // none then
	events   []sdp.Events
	keys     *dtmf.Sender // what is pressed for the peer
	pressing bool
	numbers  media.Extensions
	sending  bool // as the description says
	named    bool // the receiver has several slots for pictures, and shows whose each is
	height   int
	choice
	output
	repairs
	reports
}

// own are the numbers of our streams in one content.
type own struct{ ssrc, repair uint32 }

// describeSenders makes senders as the description says, and adds our streams to it.
func (p *Peer) describeSenders(d *sdp.Description) {
	found := make(map[*sender]bool)
	sounds := 0
	for i := range d.Transports {
		for j := range d.Transports[i].Contents {
			if c := &d.Transports[i].Contents[j]; c.Send && c.Kind.Sound() {
				sounds++
			}
		}
	}
	for i := range d.Transports {
		t := &d.Transports[i]
		for j := range t.Contents {
			c := &t.Contents[j]
			if !c.Send || len(c.Codecs) == 0 {
				continue
			}
			p.announce(c, sounds == 1)
			if t.Remote.Ufrag == "" { // an offer: what there will be to send to is not known
				continue
			}
			at := slices.IndexFunc(p.senders, func(s *sender) bool { return s.key == c.Key })
			if at < 0 {
				at = len(p.senders)
				p.senders = append(p.senders, &sender{
					peer: p, key: c.Key, kind: c.Kind, own: p.own[c.Key], mid: []byte(c.Name), height: unlimited,
					repairs: repairs{budget: repairBurst, keyframes: keyframeBurst},
				})
			}
			p.senders[at].describe(p.links[i], c)
			found[p.senders[at]] = true
		}
	}
	pictures := 0
	for s := range found {
		if !s.kind.Sound() {
			pictures++
		}
	}
	for _, s := range p.senders {
		s.mu.Lock()
		s.named = pictures > 1
		s.mu.Unlock()
		if _, c := d.Content(s.key); !found[s] {
			s.suspend(c == nil)
		}
	}
	for _, l := range p.links {
		var list []*sender
		for _, s := range p.senders {
			if found[s] && s.link == l {
				list = append(list, s)
			}
		}
		l.senders.Store(&list)
	}
}

// announce adds our streams to what is said of a content (XEP-0339). In a call of two, sound and pictures are of one stream, whose parts
// the receiver plays in sync; slots that show somebody else each moment are a stream each.
func (p *Peer) announce(c *sdp.Content, together bool) {
	o, ok := p.own[c.Key]
	if !ok {
		o.ssrc = p.ssrc()
		if slices.ContainsFunc(c.Codecs, func(c sdp.Codec) bool { return c.RTX != 0 }) {
			o.repair = p.ssrc()
		}
		p.own[c.Key] = o
	}
	if slices.ContainsFunc(c.Local.Sources, func(s wire.Source) bool { return s.SSRC == o.ssrc }) {
		return
	}
	stream := p.cname
	if !together {
		stream += "-" + c.Name
	}
	about := []wire.Parameter{{Name: "cname", Value: p.cname}, {Name: "msid", Value: stream + " " + c.Name}}
	c.Local.Sources = append(c.Local.Sources, wire.Source{SSRC: o.ssrc, Parameters: about})
	if o.repair != 0 {
		c.Local.Sources = append(c.Local.Sources, wire.Source{SSRC: o.repair, Parameters: about})
		c.Local.SourceGroups = append(c.Local.SourceGroups, wire.SourceGroup{Semantics: "FID", SSRCs: []uint32{o.ssrc, o.repair}})
	}
}

// describe takes over what was agreed.
func (s *sender) describe(l *link, c *sdp.Content) {
	s.mu.Lock()
	s.link, s.codecs, s.events, s.numbers = l, c.Codecs, c.Events, c.Numbers()
	if !s.sending {
		s.sending = true
		s.choose()
	}
	s.mu.Unlock()
	s.subscribe()
}

// suspend stops sending: the peer wants nothing now, or the content was removed.
func (s *sender) suspend(removed bool) {
	s.mu.Lock()
	s.sending = false
	if removed {
		s.codecs, s.track, s.link = nil, nil, nil
	}
	s.choose()
	s.mu.Unlock()
	s.subscribe()
}

func (s *sender) slot() media.Slot {
	s.mu.Lock()
	defer s.mu.Unlock()
	codecs := make([]media.Codec, len(s.codecs))
	for i := range s.codecs {
		codecs[i] = s.codecs[i].Codec
	}
	return media.Slot{Kind: s.kind, Codecs: codecs}
}

// bind gives the slot a source, or none.
func (s *sender) bind(src media.Source) (err error) {
	var track *media.Track
	if src != nil {
		slot := s.slot()
		if len(slot.Codecs) == 0 {
			return fault.New(fault.Invalid, "the slot's content was removed")
		}
		if track, err = src.For(slot.Codecs); err != nil {
			return err
		}
	}
	s.mu.Lock()
	if s.track != track && (track == nil || s.link != nil) {
		s.track, s.bound, s.limit, s.starved = track, s.peer.now(), 0, false
		s.choose()
		if s.named && !s.kind.Sound() && s.current != nil && s.current.Track() != track { // nobody is shown under another's name, not for a moment
			s.show(nil)
		}
	}
	s.mu.Unlock()
	s.changed()
	return nil
}

func (s *sender) setHeight(h int) {
	s.mu.Lock()
	if s.height != h {
		s.height = h
		s.choose()
	}
	s.mu.Unlock()
	s.changed()
}

// changed divides the bandwidth anew, since the slot needs more or less than before.
func (s *sender) changed() {
	s.mu.Lock()
	l := s.link
	s.mu.Unlock()
	if l != nil {
		l.allocate()
	}
	s.subscribe()
}

// subscribe brings what is subscribed to in line with what is wanted.
func (s *sender) subscribe() {
	for s.stale.Store(true); s.stale.Load() && s.subscribing.TryLock(); s.subscribing.Unlock() {
		s.stale.Store(false)
		wanted := s.wants()
		for _, l := range wanted {
			if !slices.Contains(s.subscribed, l) {
				l.Subscribe(s)
				if !s.kind.Sound() {
					l.RequestKeyframe()
				}
			}
		}
		for _, l := range s.subscribed {
			if !slices.Contains(wanted, l) {
				l.Unsubscribe(s)
			}
		}
		s.subscribed = wanted
	}
}

// later leaves subscribing to the beat: the packet path may hold what publishers lock.
func (s *sender) later() {
	s.stale.Store(true)
	s.peer.wake()
}
