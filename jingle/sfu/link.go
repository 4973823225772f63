package sfu

import (
	"slices"
	"sync"
	"sync/atomic"

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
	place     atomic.Int32 // of the transport in the description
	keys      []wire.Key   // of its contents; guarded by the peer's mutex

	mu        sync.Mutex // guards what is known of incoming streams
	receivers []*receiver
}

var _ transport.Handler = (*link)(nil)

func (p *Peer) newLink() (l *link, err error) {
	l = &link{peer: p}
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

func (l *link) Candidate(c transport.Candidate)    { l.peer.events.Candidate(int(l.place.Load()), c) }
func (l *link) Gathered()                          { l.peer.events.Gathered(int(l.place.Load())) }
func (l *link) State(s transport.State, err error) { l.peer.events.State(int(l.place.Load()), s, err) }

// RTP implements transport.Handler.
func (l *link) RTP(p *media.Packet) bool {
	p.Release()
	return false
}

// RTCP implements transport.Handler.
func (l *link) RTCP([]byte) {}

func (l *link) addStats(s *Stats) {
	c := l.transport.Counters()
	in, _ := c.Received()
	out, _ := c.Sent()
	s.Received, s.Sent = s.Received+in, s.Sent+out
	for _, d := range transport.Drops() {
		s.Dropped += c.Dropped(d)
	}
}
