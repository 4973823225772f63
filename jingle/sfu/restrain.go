package sfu

import "time"

// Bit rates that a sender is held to which knows no better feedback than REMB (draft-alvestrand-rmcat-remb-03): from below what loses much, up by little
// while nothing is lost.
const (
	mostAllowed  = 2_500_000 // a camera of 720p at its best
	leastAllowed = 150_000
	firstAllowed = 1_000_000
	lossyShare   = 26 // of 256: a tenth
	cleanShare   = 5  // 2 %
)

// restrain tells senders of pictures how much they may send. It is called with each report.
func (l *link) restrain() {
	for _, r := range l.receivers {
		if !r.remb {
			continue
		}
		var ssrcs [maxLayers]uint32
		list, share, rate := ssrcs[:0], uint8(0), 0
		for _, at := range r.layers {
			if s := at.stream; s != nil && s.began && len(list) < maxLayers {
				list = append(list, s.ssrc)
				share = max(share, s.share)
				rate += at.out.Bitrate()
			}
		}
		if len(list) == 0 {
			continue
		}
		switch {
		case r.allowed == 0:
			r.allowed = firstAllowed
		case share > lossyShare:
			r.allowed = max(min(r.allowed, uint64(rate))*(512-uint64(share))/512, leastAllowed)
		case share < cleanShare:
			r.allowed = min(r.allowed+r.allowed/12+1000, mostAllowed)
		}
		l.scratch = appendREMB(l.scratch[:0], l.own, r.allowed, list)
		l.out.SendRTCP(l.scratch)
	}
}

// now is the time since the peer was made.
func (p *Peer) now() time.Duration { return time.Since(p.start) }
