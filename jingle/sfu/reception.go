package sfu

import "time"

// Limits of RFC 3550 §A.1 for what still belongs to the stream: farther ahead, or behind, it has begun anew.
const (
	maxDropout  = 3000
	maxMisorder = 100
)

// A reception is what is known of the packets of one stream, for reports to its sender (RFC 3550 §6.4.1).
type reception struct {
	began   bool
	strayed uint32 // sequence number that would follow one far off; above 65535 there is none
	base    uint32 // first sequence number, extended
	highest uint32 // the low 16 bits count, the others how often they wrapped

	received                       uint32
	expectedBefore, receivedBefore uint32 // at the last report
	lost, expected                 uint32 // by the reports since the session was told
	share                          uint8  // lost by the last report, of 256

	clock   int
	transit uint32
	jitter  uint32 // in timestamp units, times 16

	report   uint32 // middle of the NTP time in the sender's last report
	reported time.Duration
}

// restart begins with a packet.
func (r *reception) restart(sequence uint16) {
	clock, report, reported := r.clock, r.report, r.reported
	*r = reception{began: true, strayed: 1 << 16, base: uint32(sequence), highest: uint32(sequence), received: 1,
		clock: clock, report: report, reported: reported}
}

// take counts a packet. ahead is how far it is before all others, 0 or less for one that comes late. ok is false for one that is so far off
// that it is dropped, unless the next follows it; anew says that the stream begins again with this packet.
func (r *reception) take(sequence uint16) (ahead int, anew, ok bool) {
	if !r.began {
		r.restart(sequence)
		return 1, true, true
	}
	delta := int(int16(sequence - uint16(r.highest)))
	if delta > maxDropout || delta < -maxMisorder {
		if r.strayed != uint32(sequence) {
			r.strayed = uint32(sequence + 1)
			return 0, false, false
		}
		r.restart(sequence)
		return 1, true, true
	}
	r.strayed = 1 << 16
	r.received++
	if delta > 0 {
		r.highest += uint32(delta)
	}
	return delta, false, true
}

// time measures jitter with a packet that has come in order (RFC 3550 §A.8).
func (r *reception) time(timestamp uint32, at time.Duration) {
	transit := uint32(int64(at)*int64(r.clock)/int64(time.Second)) - timestamp
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

// block is the report about the stream (RFC 3550 §6.4.1), which counts from the one before.
func (r *reception) block(ssrc uint32, now time.Duration) reportBlock {
	expected := r.highest - r.base + 1
	b := reportBlock{ssrc: ssrc, highest: r.highest, jitter: r.jitter >> 4, report: r.report}
	b.lost = min(max(int32(expected-r.received), -1<<23), 1<<23-1)
	since, got := expected-r.expectedBefore, r.received-r.receivedBefore
	r.expectedBefore, r.receivedBefore = expected, r.received
	r.expected += since
	if missing := int32(since - got); missing > 0 && since > 0 {
		b.fraction = uint8(min(uint32(missing)<<8/since, 255))
		r.lost += uint32(missing)
	}
	r.share = b.fraction
	if r.report != 0 {
		b.delay = uint32((now - r.reported) * 65536 / time.Second)
	}
	return b
}

// delayed is the jitter as time.
func (r *reception) delayed() time.Duration {
	return time.Duration(r.jitter>>4) * time.Second / time.Duration(max(r.clock, 1))
}
