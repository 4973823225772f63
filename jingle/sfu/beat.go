package sfu

import "time"

// beatInterval is how often a peer does what no packet brings about.
const beatInterval = 250 * time.Millisecond

// beat is the body of the peer's one goroutine.
func (p *Peer) beat() {
	tick := time.NewTicker(beatInterval)
	defer tick.Stop()
	for {
		select {
		case <-p.stop:
			return
		case <-tick.C:
		}
	}
}

// Stats is what has happened at a peer since it was made.
type Stats struct {
	Received, Sent uint64 // packets of RTP and RTCP
	Dropped        uint64 // of the transports', for whatever reason
}

// Stats reads the figures.
func (p *Peer) Stats() (s Stats) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range p.links {
		l.addStats(&s)
	}
	return s
}
