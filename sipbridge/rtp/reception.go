package rtp

import (
	"time"

	"github.com/pion/rtcp"
)

// Limits of RFC 3550 §A.1 for what still belongs to the stream: farther ahead, or behind, it has begun anew.
const (
	maxDropout  = 3000
	maxMisorder = 100
)

// A reception is what is known of the packets that come in, for reports to the peer (RFC 3550 §6.4.1).
type reception struct {
	ssrc     uint32
	began    bool
	strayed  uint32 // sequence number that would follow one far off; above 65535 there is none
	base     uint32 // first sequence number, extended
	highest  uint32 // the low 16 bits count, the others how often they wrapped
	received uint32

	expectedBefore, receivedBefore uint32 // at the last report
	lost                           uint64 // by the reports of all streams

	clock   int
	transit uint32
	jitter  uint32 // in timestamp units, times 16

	report   uint32 // middle of the NTP time in the peer's last report
	reported time.Time
}

func (r *reception) restart(ssrc uint32, sequence uint16) {
	*r = reception{began: true, ssrc: ssrc, strayed: 1 << 16, base: uint32(sequence), highest: uint32(sequence), received: 1, clock: r.clock, lost: r.lost}
}

// take counts a packet. ahead is how far it is before all others, 0 or less for one that comes late. ok is false for one that is so far off that it
// is dropped, unless the next follows it; anew says that a stream begins with this packet.
func (r *reception) take(ssrc uint32, sequence uint16) (ahead int, anew, ok bool) {
	if !r.began || ssrc != r.ssrc {
		r.restart(ssrc, sequence)
		return 1, true, true
	}
	delta := int(int16(sequence - uint16(r.highest)))
	if delta > maxDropout || delta < -maxMisorder {
		if r.strayed != uint32(sequence) {
			r.strayed = uint32(sequence + 1)
			return 0, false, false
		}
		r.restart(ssrc, sequence)
		return 1, true, true
	}
	r.strayed = 1 << 16
	r.received++
	if delta > 0 {
		r.highest += uint32(delta)
	}
	return delta, false, true
}

// time measures jitter with a packet that has come in order (RFC 3550 §A.8). at is when it came, on any clock.
func (r *reception) time(timestamp uint32, at time.Time) {
	transit := uint32(at.UnixMicro()*int64(r.clock)/1e6) - timestamp
	if r.transit != 0 {
		d := int32(transit - r.transit)
		if d < 0 {
			d = -d
		}
		if int(d) < r.clock*10 { // else the sender has changed its clock
			r.jitter += uint32(d) - (r.jitter+8)>>4
		}
	}
	r.transit = transit
}

// block is the report about the stream, which counts from the one before.
func (r *reception) block(now time.Time) rtcp.ReceptionReport {
	expected := r.highest - r.base + 1
	since, got := expected-r.expectedBefore, r.received-r.receivedBefore
	r.expectedBefore, r.receivedBefore = expected, r.received
	b := rtcp.ReceptionReport{SSRC: r.ssrc, LastSequenceNumber: r.highest, Jitter: r.jitter >> 4, LastSenderReport: r.report}
	b.TotalLost = uint32(min(max(int32(expected-r.received), 0), 1<<23-1))
	if missing := int32(since - got); missing > 0 && since > 0 {
		b.FractionLost = uint8(min(uint32(missing)<<8/since, 255))
		r.lost += uint64(missing)
	}
	if r.report != 0 {
		b.Delay = uint32(now.Sub(r.reported) * 65536 / time.Second)
	}
	return b
}

// delayed is the jitter as time.
func (r *reception) delayed() time.Duration {
	return time.Duration(r.jitter>>4) * time.Second / time.Duration(max(r.clock, 1))
}
