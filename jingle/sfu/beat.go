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
		case <-p.life.Done():
			return
		case <-p.kick:
			links, _, senders := p.parts()
			for _, l := range links {
				l.allocate()
			}
			for _, s := range senders {
				if s.stale.Load() {
					s.subscribe()
				}
			}
			n--
		case <-tick.C:
			links, receivers, senders := p.parts()
			now := time.Now()
			for _, s := range senders {
				s.settle(now)
			}
			for _, l := range links {
				l.allocate()
			}
			for _, l := range links {
				l.beat(now, n%reportBeats == 0)
			}
			for _, r := range receivers {
				if t := r.current(); t != nil && len(t.Layers()) > 1 {
					r.demand.update(r, t, true)
				}
			}
			if n%qualityBeats == 0 {
				p.events.Quality(p.quality(links))
			}
		}
	}
}

// wake lets the beat look what there is to do. It does not block.
func (p *Peer) wake() {
	select {
	case p.kick <- struct{}{}:
	default:
	}
}

func (p *Peer) parts() ([]*link, []*receiver, []*sender) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.links, p.receivers, p.senders
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
		l.report(at)
		l.restrain()
	}
	b := l.scratch[:0]
	for _, s := range *l.senders.Load() {
		if b = s.appendReport(b, now, report); len(b) > cap(b)-maxReport {
			l.out.SendRTCP(b)
			b = b[:0]
		}
	}
	if len(b) > 0 {
		l.out.SendRTCP(b)
	}
}

// maxReport is more than the report about one stream, with its name.
const maxReport = 100

// report tells the peer how its streams are received (RFC 3550 §6.4.2).
func (l *link) report(at time.Duration) {
	var room [maxBlocks]reportBlock
	blocks := room[:0]
	for _, s := range l.streams {
		if s.began && at-s.heard < 2*reportBeats*beatInterval && len(blocks) < maxBlocks {
			blocks = append(blocks, s.block(s.ssrc, at))
			l.loss.in(s)
		}
	}
	b := appendHead(l.scratch[:0], uint8(len(blocks)), typeRR, l.own)
	for _, r := range blocks {
		b = appendBlock(b, r)
	}
	l.scratch = appendCNAME(finish(b, 0), l.own, l.peer.cname)
	l.out.SendRTCP(l.scratch)
}

func appendHead(to []byte, count, kind uint8, ssrc uint32) []byte {
	return binary.BigEndian.AppendUint32(appendRTCP(to, count, kind), ssrc)
}

// lossCount sums what was lost on a link, either way, since the session was told last.
type lossCount struct {
	expected, lost uint32
	jitter         time.Duration
}

func (c *lossCount) in(s *stream) {
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
	malformed, nacksSent, repaired, keyframesAsked, resent, refused, broken, oversized atomic.Uint64
}

// Stats is what has happened at a peer since it was made.
type Stats struct {
	Received, Sent uint64 // packets of RTP and RTCP
	Dropped        uint64 // of the transports', for whatever reason
	Malformed      uint64 // packets of RTCP, and events, that could not be read or are about nothing
	NACKsSent      uint64 // messages that ask for lost packets
	Repaired       uint64 // packets that came as retransmissions
	KeyframesAsked uint64
	Resent         uint64 // packets that were sent again
	Refused        uint64 // requests of the peer's for packets or key frames that were more than we follow
	Broken         uint64 // pictures that were stopped until the next key frame
	Bandwidth      int    // bits a second that may be sent, on all transports; 0 when nothing is known
	Oversized      uint64 // packets that did not fit with the headers of this session
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
	s.Resent, s.Refused, s.Broken, s.Oversized = f.resent.Load(), f.refused.Load(), f.broken.Load(), f.oversized.Load()
	return s
}
