package sfu

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"plenum/components/media"
	"plenum/jingle/sdp"
	"plenum/jingle/transport"
	"plenum/jingle/wire"
)

// An outlet is where a link's packets go: a transport.
type outlet interface {
	Send(*transport.Buffer, transport.Class) bool
	SendRTCP([]byte) bool
}

// A link is one transport and the streams on it. It is the transport's handler.
type link struct {
	peer      *Peer
	transport *transport.Transport
	out       outlet
	own       uint32       // our SSRC in feedback
	place     atomic.Int32 // of the transport in the description
	keys      []wire.Key   // of its contents; guarded by the peer's mutex
	rtt       atomic.Int64 // nanoseconds; 0 is not known
	up        atomic.Bool  // packets can pass
	senders   atomic.Pointer[[]*sender]
	departures
	sharing sync.Mutex // one allocates at a time

	mu        sync.Mutex // guards what is known of incoming streams
	receivers []*receiver
	streams   map[uint32]*stream
	tells     bool // the sender is told when its packets come
	arrivals  arrivals
	missing   [maxGaps]uint16
	scratch   []byte
	loss      lossCount
}

var _ transport.Handler = (*link)(nil)

// newLink makes a transport. The peer is locked.
func (p *Peer) newLink() (l *link, err error) {
	l = &link{peer: p, own: p.ssrc(), streams: make(map[uint32]*stream), scratch: make([]byte, 0, 1200)}
	l.senders.Store(new([]*sender))
	l.transport, err = p.engine.NewTransport(transport.Options{Controlling: p.controlling, Handler: l})
	l.out = l.transport
	return l, err
}

// has reports whether a content of the transport was on this link before.
func (l *link) has(t *sdp.Transport) bool {
	return slices.ContainsFunc(t.Contents, func(c sdp.Content) bool { return slices.Contains(l.keys, c.Key) })
}

// describe takes over which contents are on the link, and what header extensions are called there.
func (l *link) describe(t *sdp.Transport) {
	l.keys = l.keys[:0]
	var known media.Extensions
	for i := range t.Contents {
		l.keys = append(l.keys, t.Contents[i].Key)
		merge(&known, t.Contents[i].Numbers())
	}
	l.transport.SetExtensions(known)
}

// merge adds the numbers that b has and a has not: contents on one transport agree on what each number means.
func merge(a *media.Extensions, b media.Extensions) {
	for _, n := range [...]struct{ to, from *uint8 }{
		{&a.AudioLevel, &b.AudioLevel}, {&a.TransportSequence, &b.TransportSequence}, {&a.MID, &b.MID}, {&a.RID, &b.RID},
		{&a.RepairedRID, &b.RepairedRID},
	} {
		if *n.to == 0 {
			*n.to = *n.from
		}
	}
}

func (l *link) Candidate(c transport.Candidate) { l.peer.events.Candidate(int(l.place.Load()), c) }
func (l *link) Gathered()                       { l.peer.events.Gathered(int(l.place.Load())) }

// State implements transport.Handler. Pictures begin, or begin anew, with a key frame as soon as packets can pass.
func (l *link) State(s transport.State, err error) {
	l.up.Store(s == transport.Connected || s == transport.Lost)
	l.peer.events.State(int(l.place.Load()), s, err)
	if s == transport.Connected {
		for _, slot := range *l.senders.Load() {
			slot.refresh()
		}
	}
}

// roundTrip is the time to the peer and back, 0 while it is not known.
func (l *link) roundTrip() time.Duration { return time.Duration(l.rtt.Load()) }

// RTP implements transport.Handler.
func (l *link) RTP(p *media.Packet) bool {
	now := p.Arrival.Sub(l.peer.start)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.tells && p.HasTransportSequence && l.arrivals.come(p.TransportSequence, now) {
		l.tell(p.SSRC)
	}
	s := l.streams[p.SSRC]
	if s == nil {
		if s = l.learn(p, now); s == nil {
			p.Release()
			return false
		}
	}
	return l.receive(s, p, now)
}

// tell tells the sender when its packets came.
func (l *link) tell(about uint32) {
	for l.arrivals.waiting > 0 {
		l.scratch = l.arrivals.append(l.scratch[:0], l.own, about)
		if len(l.scratch) > 0 {
			l.out.SendRTCP(l.scratch)
		}
	}
}

// RTCP implements transport.Handler. What cannot be read ends the compound; what is about nothing of ours is counted.
func (l *link) RTCP(b []byte) {
	now := time.Now()
	for p, rest, ok := nextRTCP(b); ok; p, rest, ok = nextRTCP(rest) {
		if !l.control(&p, now) {
			l.peer.figures.malformed.Add(1)
		}
	}
}

// control takes one packet of RTCP. It reports false for one that is of no use.
func (l *link) control(p *rtcpPacket, now time.Time) bool {
	switch p.kind {
	case typeSR, typeRR:
		sr, blocks, ok := p.reports()
		if ok && p.kind == typeSR {
			l.reported(sr, now)
		}
		for ; len(blocks) > 0; blocks = blocks[reportLen:] {
			b := parseBlock(blocks)
			if s := l.sender(b.ssrc); s != nil {
				s.reported(b, now)
			}
		}
		return ok
	case typeRTPFB, typePSFB:
		return l.feedback(p, now)
	case typeSDES, typeBYE:
		return true // the description says whose streams they are, and silence that they have ended
	}
	return true // of a kind that is not used here
}

// feedback takes what a receiver says of what we send.
func (l *link) feedback(p *rtcpPacket, now time.Time) bool {
	about, rest, ok := p.feedback()
	if !ok {
		return false
	}
	switch {
	case p.kind == typeRTPFB && p.count == formatTWCC:
		return l.arrived(rest)
	case p.kind == typePSFB && p.count == formatREMB:
		bits, ok := parseREMB(rest)
		if ok {
			l.limit(bits)
		}
		return ok
	case p.kind == typePSFB && p.count == formatFIR && len(rest) >= 8:
		for ; len(rest) >= 8; rest = rest[8:] {
			if s := l.sender(be32(rest)); s != nil {
				s.keyframeAsked(now)
			}
		}
		return true
	}
	s := l.sender(about)
	switch {
	case s == nil:
		return false
	case p.kind == typePSFB && p.count == formatPLI:
		s.keyframeAsked(now)
	case p.kind == typeRTPFB && p.count == formatNACK:
		s.nacked(rest, now)
	}
	return true
}

// sender finds who sends with an SSRC.
func (l *link) sender(ssrc uint32) *sender {
	for _, s := range *l.senders.Load() {
		if s.own.ssrc == ssrc {
			return s
		}
	}
	return nil
}

// reported takes a sender's report: which moment its timestamps stand for.
func (l *link) reported(r senderReport, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.streams[r.ssrc]
	if s == nil || r.ntp == 0 {
		return
	}
	s.report, s.reported = uint32(r.ntp>>16), now.Sub(l.peer.start)
	if !s.repairs {
		s.layer.out.SetTiming(l.peer.clock.moment(r.ntp, now), r.timestamp)
	}
}

func (l *link) addStats(s *Stats) {
	c := l.transport.Counters()
	in, _ := c.Received()
	out, _ := c.Sent()
	s.Received, s.Sent = s.Received+in, s.Sent+out
	bits, _ := l.bandwidth()
	s.Bandwidth += bits
	for _, d := range transport.Drops() {
		s.Dropped += c.Dropped(d)
	}
}
