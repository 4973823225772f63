package sfu

import (
	"encoding/binary"
	"time"

	"plenum/components/media"
)

// reports is what a slot's receiver and we tell each other. The sender's mutex guards it.
type reports struct {
	reportedHighest uint32
	hasReported     bool
}

// reported takes a receiver's report about the slot's stream.
func (s *sender) reported(b reportBlock, now time.Time) {
	s.mu.Lock()
	link := s.link
	s.known = true
	var expected uint32
	if d := b.highest - s.reportedHighest; s.hasReported && d < maxDropout*10 {
		expected = d
	}
	s.reportedHighest, s.hasReported = b.highest, true
	l := s.current
	clock := uint32(90000)
	if e := s.epoch(); e.codec != nil {
		clock = uint32(e.codec.Clock)
	}
	s.mu.Unlock()
	if link == nil {
		return
	}
	if b.report != 0 {
		link.measure(uint32(ntpTime(now)>>16) - b.report - b.delay)
	}
	if expected > 0 {
		link.lossOf(b.fraction)
	}
	if l != nil {
		l.ReportLoss(int(b.fraction) * 100 / 256)
	}
	link.lossSeen(expected, expected*uint32(b.fraction)/256, s.kind, time.Duration(b.jitter)*time.Second/time.Duration(clock))
}

// measure takes a round trip in 1/65536 s.
func (l *link) measure(trip uint32) {
	if trip > 10<<16 { // the peer's arithmetic, or a clock that was set
		return
	}
	d := time.Duration(trip) * time.Second / 65536
	if before := l.roundTrip(); before != 0 {
		d = (7*before + d) / 8
	}
	l.rtt.Store(int64(max(d, time.Millisecond)))
}

func (l *link) lossSeen(expected, lost uint32, kind media.Kind, jitter time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.loss.expected += expected
	l.loss.lost += lost
	if kind.Sound() {
		l.loss.jitter = max(l.loss.jitter, jitter)
	}
}

// appendReport appends a sender report with the moment for which a timestamp of the stream stands (RFC 3550 §6.4.1): that of the person's clock,
// which is the same for sound and pictures. It appends nothing when there is nothing to report of, or the time has not come and the receiver
// knows which moment the packets of this run are of.
func (s *sender) appendReport(to []byte, now time.Time, due bool) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.epoch()
	if s.packets == 0 || e.layer == nil || !due && s.told || now.Sub(s.arrived) > 2*reportBeats*beatInterval {
		return to
	}
	s.told = true
	at, timestamp, ok := e.layer.Timing()
	if timestamp += e.timestamp; !ok {
		at, timestamp = s.arrived, s.newest
	}
	timestamp += uint32(int64(now.Sub(at)) * int64(e.codec.Clock) / int64(time.Second))
	start := len(to)
	to = appendHead(to, 0, typeSR, s.own.ssrc)
	to = binary.BigEndian.AppendUint64(to, ntpTime(now))
	to = binary.BigEndian.AppendUint32(to, timestamp)
	to = binary.BigEndian.AppendUint32(to, s.packets)
	to = binary.BigEndian.AppendUint32(to, s.octets)
	return appendCNAME(finish(to, start), s.own.ssrc, s.peer.cname)
}
