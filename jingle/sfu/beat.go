package sfu

import (
	"encoding/binary"
	"sync/atomic"
	"time"

	"plenum/components/call"
)

const (
	// beatInterval is how often a peer does what no packet brings about.
	beatInterval = 250 * time.Millisecond
	// reportBeats is how many beats there are from one report to the next (RFC 3550 §6.2 reckons with one in 5 s; browsers send one a second).
	reportBeats = 4
	// qualityBeats is the same for the session.
	qualityBeats = 8
)

// beat is the body of the peer's one goroutine.
func (p *Peer) beat() {
	tick := time.NewTicker(beatInterval)
	defer tick.Stop()
	for n := 1; ; n++ {
		select {
		case <-p.stop:
			return
		case <-p.kick:
		case <-tick.C:
			p.mu.Lock()
			links, receivers, senders := p.links, p.receivers, p.senders
			p.mu.Unlock()
			now := time.Now()
			for _, l := range links {
				l.beat(now, n%reportBeats == 0)
			}
			for _, r := range receivers {
				if t := r.current(); t != nil && len(t.Layers()) > 1 {
					r.demand.update(r, t, true)
				}
			}
			_ = senders
			if n%qualityBeats == 0 {
				p.events.Quality(p.quality(links))
			}
		}
	}
}

// beat does for a link what packets did not bring about: feedback that waits, and reports.
func (l *link) beat(now time.Time, report bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := now.Sub(l.peer.start)
	var about uint32
	for _, s := range l.streams {
		about = s.ssrc
		if s.receiver.nack && !s.repairs {
			l.ask(s, at)
		}
	}
	l.tell(about)
	for _, r := range l.receivers {
		r.released(now)
	}
	if report {
		l.report(now, at)
	}
}

// report sends a compound of reports of what we send and have received (RFC 3550 §6.4).
func (l *link) report(now time.Time, at time.Duration) {
	var room [maxBlocks]reportBlock
	blocks := room[:0]
	for _, s := range l.streams {
		if s.began && at-s.heard < 2*reportBeats*beatInterval && len(blocks) < maxBlocks {
			b := s.block(s.ssrc, at)
			l.loss.in(s, b)
			blocks = append(blocks, b)
		}
	}
	b := l.scratch[:0]
	head := appendHead(b, uint8(len(blocks)), typeRR, l.own)
	for _, r := range blocks {
		head = appendBlock(head, r)
	}
	l.scratch = appendCNAME(finish(head, 0), l.own, l.peer.cname)
	l.out.SendRTCP(l.scratch)
	l.restrain()
}

func appendHead(to []byte, count, kind uint8, ssrc uint32) []byte {
	return binary.BigEndian.AppendUint32(appendRTCP(to, count, kind), ssrc)
}

// lossCount sums what was lost on a link, either way, since the session was told last.
type lossCount struct {
	expected, lost uint32
	jitter         time.Duration
}

func (c *lossCount) in(s *stream, _ reportBlock) {
	if s.repairs {
		s.expected, s.lost = 0, 0
		return
	}
	c.expected, c.lost = c.expected+s.expected, c.lost+s.lost
	s.expected, s.lost = 0, 0
	if s.receiver.kind.Sound() {
		c.jitter = max(c.jitter, s.delayed())
	}
}

// quality says how media got through since it was asked last.
func (p *Peer) quality(links []*link) (q call.Quality) {
	var sum lossCount
	for _, l := range links {
		l.mu.Lock()
		c := l.loss
		l.loss = lossCount{}
		l.mu.Unlock()
		sum = lossCount{sum.expected + c.expected, sum.lost + c.lost, max(sum.jitter, c.jitter)}
		q.RoundTrip = max(q.RoundTrip, l.roundTrip())
	}
	if sum.expected > 0 {
		q.Loss = float64(sum.lost) / float64(sum.expected)
	}
	q.Jitter = sum.jitter
	return q
}

// figures are what Stats shows.
type figures struct {
	malformed, nacksSent, repaired, keyframesAsked atomic.Uint64
}

// Stats is what has happened at a peer since it was made.
type Stats struct {
	Received, Sent uint64 // packets of RTP and RTCP
	Dropped        uint64 // of the transports', for whatever reason
	Malformed      uint64 // packets of RTCP, and events, that could not be read or are about nothing
	NACKsSent      uint64 // messages that ask for lost packets
	Repaired       uint64 // packets that came as retransmissions
	KeyframesAsked uint64
}

// Stats reads the figures.
func (p *Peer) Stats() (s Stats) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range p.links {
		l.addStats(&s)
	}
	f := &p.figures
	s.Malformed, s.NACKsSent, s.Repaired, s.KeyframesAsked = f.malformed.Load(), f.nacksSent.Load(), f.repaired.Load(), f.keyframesAsked.Load()
	return s
}
