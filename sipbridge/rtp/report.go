package rtp

import (
	"encoding/binary"
	"sync"
	"time"

	"github.com/pion/rtcp"

	"plenum/components/call"
)

// A reporting is what both sides tell each other of how well packets get through, by RTCP.
type reporting struct {
	mu        sync.Mutex
	next      time.Time // when the next report is due
	lost      bool      // was told
	loss      float64   // share of what we send, by the peer's last report
	jitter    time.Duration
	roundTrip time.Duration
	heard     bool // a report has come since the last quality
}

// beat looks after the session.
func (s *Session) beat(now time.Time) {
	t := s.terms.Load()
	if t == nil || t.fax != nil { // a fax has pauses, and no reports
		return
	}
	s.in.mu.Lock()
	s.in.release(s, now)
	silent := now.Sub(s.in.heard)
	s.in.mu.Unlock()
	s.missing(t, silent)
	s.report.mu.Lock()
	due := !now.Before(s.report.next)
	if due {
		s.report.next = now.Add(s.engine.config.Reports)
	}
	s.report.mu.Unlock()
	if due {
		s.reportTo(t, now)
	}
	if !t.mux { // else the reports do it
		s.out.keepAlive(t, now)
	}
}

// missing tells when nothing has come for too long, once.
func (s *Session) missing(t *terms, silent time.Duration) {
	expected := s.watching.Load() && t.direction.Receives() && !t.peerHolds
	lost := expected && silent >= s.engine.config.Silence
	s.report.mu.Lock()
	told := s.report.lost
	s.report.lost = lost
	s.report.mu.Unlock()
	if lost && !told {
		s.options.Events.Lost()
	}
}

// reportTo sends a report to the peer, and tells the quality.
func (s *Session) reportTo(t *terms, now time.Time) {
	var blocks []rtcp.ReceptionReport
	var share float64
	s.in.mu.Lock()
	if s.in.began {
		b := s.in.block(now)
		blocks, share = append(blocks, b), float64(b.FractionLost)/256
	}
	jitter := s.in.delayed()
	s.in.mu.Unlock()
	if b, err := rtcp.Marshal(s.compound(blocks, now)); err == nil {
		t.wire.sendRTCP(b)
	}
	s.report.mu.Lock()
	r := &s.report
	q := call.Quality{Loss: max(share, r.loss), RoundTrip: r.roundTrip, Jitter: max(jitter, r.jitter)}
	tell := r.heard || len(blocks) > 0
	r.heard = false
	s.report.mu.Unlock()
	if tell {
		s.options.Events.Quality(q)
	}
}

// compound is a report of what was sent, if anything was, and of what has come (RFC 3550 §6.1).
func (s *Session) compound(blocks []rtcp.ReceptionReport, now time.Time) []rtcp.Packet {
	o := &s.out
	o.mu.Lock()
	defer o.mu.Unlock()
	first := rtcp.Packet(&rtcp.ReceiverReport{SSRC: o.ssrc, Reports: blocks})
	if o.packets > 0 && o.run.clock > 0 {
		past := min(now.Sub(o.sent), time.Hour)
		first = &rtcp.SenderReport{
			SSRC: o.ssrc, NTPTime: ntpTime(now), RTPTime: o.newest + uint32(past*time.Duration(o.run.clock)/time.Second),
			PacketCount: o.packets, OctetCount: o.octets, Reports: blocks,
		}
	}
	return []rtcp.Packet{first, rtcp.NewCNAMESourceDescription(o.ssrc, s.cname)}
}

// bye tells the peer that nothing more comes (RFC 3550 §6.6).
func (s *Session) bye() {
	t := s.terms.Load()
	if t == nil {
		return
	}
	list := append(s.compound(nil, time.Now()), &rtcp.Goodbye{Sources: []uint32{s.out.ssrc}})
	if b, err := rtcp.Marshal(list); err == nil {
		t.wire.sendRTCP(b)
	}
}

// receiveRTCP takes a compound that is opened.
func (s *Session) receiveRTCP(b []byte) {
	list, err := rtcp.Unmarshal(b)
	if err != nil {
		s.in.drop()
		return
	}
	now := time.Now()
	s.in.touch(now)
	for _, p := range list {
		switch p := p.(type) {
		case *rtcp.SenderReport:
			s.in.mu.Lock()
			if p.SSRC == s.in.ssrc {
				s.in.reception.report, s.in.reported = uint32(p.NTPTime>>16), now
			}
			s.in.mu.Unlock()
			s.reported(p.Reports, now)
		case *rtcp.ReceiverReport:
			s.reported(p.Reports, now)
		}
	}
}

// maxTrip is more than any round trip: what comes out greater is the peer's arithmetic, or a clock that was set.
const maxTrip = 10 * time.Second

// reported takes what the peer says of our stream.
func (s *Session) reported(blocks []rtcp.ReceptionReport, now time.Time) {
	o := &s.out
	for _, b := range blocks {
		o.mu.Lock()
		ours, clock, layer := b.SSRC == o.ssrc, o.run.clock, o.layer
		o.mu.Unlock()
		if !ours {
			continue
		}
		s.report.mu.Lock()
		r := &s.report
		r.heard, r.loss = true, float64(b.FractionLost)/256
		if clock > 0 {
			r.jitter = time.Duration(b.Jitter) * time.Second / time.Duration(clock)
		}
		if b.LastSenderReport != 0 {
			trip := uint32(ntpTime(now)>>16) - b.LastSenderReport - b.Delay
			if d := time.Duration(trip) * time.Second / 65536; d < maxTrip {
				r.roundTrip = max(d, time.Microsecond)
			}
		}
		s.report.mu.Unlock()
		if layer != nil {
			layer.ReportLoss(int(b.FractionLost) * 100 / 256)
		}
	}
}

func (r *reporting) stats(st *Stats) {
	r.mu.Lock()
	defer r.mu.Unlock()
	st.RoundTrip = r.roundTrip
}

// ntpEpoch is when NTP begins to count.
var ntpEpoch = time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC)

// ntpTime is a moment in NTP's form: seconds, and a fraction of 32 bits.
func ntpTime(t time.Time) uint64 {
	past := uint64(t.UnixNano() - ntpEpoch.Unix()*int64(time.Second))
	return past/uint64(time.Second)<<32 | past%uint64(time.Second)<<32/uint64(time.Second)
}

func be32(b []byte) uint32 { return binary.BigEndian.Uint32(b) }
