package sfu

import (
	"encoding/binary"
	"time"
)

// Packet types of RTCP (RFC 3550 §12.1, RFC 4585 §6.1).
const (
	typeSR    = 200
	typeRR    = 201
	typeSDES  = 202
	typeBYE   = 203
	typeRTPFB = 205
	typePSFB  = 206
)

// Feedback message types (RFC 4585 §6.2, §6.3; RFC 5104 §4.3).
const (
	formatNACK = 1  // of RTPFB
	formatTWCC = 15 // of RTPFB
	formatPLI  = 1  // of PSFB
	formatFIR  = 4  // of PSFB
	formatREMB = 15 // of PSFB, "application layer feedback"
)

const (
	reportLen = 24 // of a report block
	maxBlocks = 31 // in one packet
)

// An rtcpPacket is one packet of a compound.
type rtcpPacket struct {
	count uint8 // or format of feedback
	kind  uint8
	body  []byte // behind the header, without padding
}

// nextRTCP takes the first packet off a compound (RFC 3550 §6.4). ok is false at the end, and at what cannot be read.
func nextRTCP(b []byte) (p rtcpPacket, rest []byte, ok bool) {
	if len(b) < 4 || b[0]>>6 != 2 {
		return p, nil, false
	}
	length := 4 * (int(binary.BigEndian.Uint16(b[2:])) + 1)
	if length > len(b) {
		return p, nil, false
	}
	p = rtcpPacket{b[0] & 0x1f, b[1], b[4:length]}
	if b[0]&0x20 != 0 {
		if len(p.body) == 0 {
			return p, nil, false
		}
		padding := int(p.body[len(p.body)-1])
		if padding == 0 || padding > len(p.body) {
			return p, nil, false
		}
		p.body = p.body[:len(p.body)-padding]
	}
	return p, b[length:], true
}

// A senderReport is what a sender says of its stream (RFC 3550 §6.4.1).
type senderReport struct {
	ssrc      uint32
	ntp       uint64
	timestamp uint32
}

// A reportBlock is what a receiver says of a stream.
type reportBlock struct {
	ssrc     uint32
	fraction uint8 // lost since the last one, of 256
	lost     int32 // since the beginning; 24 bits
	highest  uint32
	jitter   uint32
	report   uint32 // middle of the NTP time in the last sender report that came
	delay    uint32 // since it came, in 1/65536 s
}

// reports reads SR and RR. blocks are report blocks one after another.
func (p *rtcpPacket) reports() (sr senderReport, blocks []byte, ok bool) {
	head := 4
	if p.kind == typeSR {
		head = 24
	}
	if len(p.body) < head {
		return sr, nil, false
	}
	if p.kind == typeSR {
		sr = senderReport{binary.BigEndian.Uint32(p.body), binary.BigEndian.Uint64(p.body[4:]), binary.BigEndian.Uint32(p.body[12:])}
	}
	blocks = p.body[head:]
	if len(blocks) < reportLen*int(p.count) {
		return sr, nil, false
	}
	return sr, blocks[:reportLen*int(p.count)], true
}

func parseBlock(b []byte) reportBlock {
	lost := int32(binary.BigEndian.Uint32(b[4:])<<8) >> 8
	return reportBlock{
		binary.BigEndian.Uint32(b), b[4], lost, binary.BigEndian.Uint32(b[8:]), binary.BigEndian.Uint32(b[12:]),
		binary.BigEndian.Uint32(b[16:]), binary.BigEndian.Uint32(b[20:]),
	}
}

// feedback reads who feedback is about, and the rest of it.
func (p *rtcpPacket) feedback() (about uint32, rest []byte, ok bool) {
	if len(p.body) < 8 {
		return 0, nil, false
	}
	return binary.BigEndian.Uint32(p.body[4:]), p.body[8:], true
}

// nacked calls f for each sequence number that a generic NACK names (RFC 4585 §6.2.1), until it returns false.
func nacked(b []byte, f func(uint16) bool) {
	for ; len(b) >= 4; b = b[4:] {
		first, more := binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
		if !f(first) {
			return
		}
		for i := uint16(1); more != 0; i, more = i+1, more>>1 {
			if more&1 != 0 && !f(first+i) {
				return
			}
		}
	}
}

// parseREMB reads a receiver's estimate in bits a second (draft-alvestrand-rmcat-remb-03, section 2.2).
func parseREMB(b []byte) (bits uint64, ok bool) {
	if len(b) < 8 || string(b[:4]) != "REMB" {
		return 0, false
	}
	v := binary.BigEndian.Uint32(b[4:])
	return uint64(v&0x3ffff) << (v >> 18 & 0x3f), true
}

// appendRTCP appends the header of a packet whose body is put behind it; finish writes its length.
func appendRTCP(to []byte, count, kind uint8) []byte { return append(to, 0x80|count, kind, 0, 0) }

// finish pads the packet that begins at start and writes its length.
func finish(b []byte, start int) []byte {
	for (len(b)-start)%4 != 0 {
		b = append(b, 0)
	}
	binary.BigEndian.PutUint16(b[start+2:], uint16((len(b)-start)/4-1))
	return b
}

// appendFeedback appends the head of a feedback message.
func appendFeedback(to []byte, format, kind uint8, from, about uint32) []byte {
	to = appendRTCP(to, format, kind)
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(to, from), about)
}

func appendBlock(to []byte, r reportBlock) []byte {
	to = binary.BigEndian.AppendUint32(to, r.ssrc)
	to = binary.BigEndian.AppendUint32(to, uint32(r.fraction)<<24|uint32(r.lost)&0xffffff)
	to = binary.BigEndian.AppendUint32(to, r.highest)
	to = binary.BigEndian.AppendUint32(to, r.jitter)
	to = binary.BigEndian.AppendUint32(to, r.report)
	return binary.BigEndian.AppendUint32(to, r.delay)
}

// appendNACK asks for packets again, which are in order.
func appendNACK(to []byte, from, about uint32, missing []uint16) []byte {
	start := len(to)
	to = appendFeedback(to, formatNACK, typeRTPFB, from, about)
	for len(missing) > 0 {
		first, more := missing[0], uint16(0)
		for missing = missing[1:]; len(missing) > 0 && missing[0]-first <= 16 && missing[0] != first; missing = missing[1:] {
			more |= 1 << (missing[0] - first - 1)
		}
		to = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(to, first), more)
	}
	return finish(to, start)
}

func appendPLI(to []byte, from, about uint32) []byte {
	start := len(to)
	return finish(appendFeedback(to, formatPLI, typePSFB, from, about), start)
}

// appendFIR asks for a key frame; n tells a new request from one sent again (RFC 5104 §4.3.1).
func appendFIR(to []byte, from, about uint32, n uint8) []byte {
	start := len(to)
	to = appendFeedback(to, formatFIR, typePSFB, from, 0)
	return finish(append(binary.BigEndian.AppendUint32(to, about), n, 0, 0, 0), start)
}

// appendREMB tells a sender how many bits a second its streams may have.
func appendREMB(to []byte, from uint32, bits uint64, ssrcs []uint32) []byte {
	start := len(to)
	to = append(appendFeedback(to, formatREMB, typePSFB, from, 0), "REMB"...)
	exponent := uint32(0)
	for bits >= 1<<18 {
		bits, exponent = bits>>1, exponent+1
	}
	to = binary.BigEndian.AppendUint32(to, uint32(len(ssrcs))<<24|exponent<<18|uint32(bits))
	for _, n := range ssrcs {
		to = binary.BigEndian.AppendUint32(to, n)
	}
	return finish(to, start)
}

// appendCNAME says whose a stream is (RFC 3550 §6.5.1).
func appendCNAME(to []byte, ssrc uint32, cname string) []byte {
	start := len(to)
	to = binary.BigEndian.AppendUint32(appendRTCP(to, 1, typeSDES), ssrc)
	to = append(append(to, 1, uint8(len(cname))), cname...)
	return finish(append(to, 0), start) // at least one octet ends the list
}

// ntpEpoch is when NTP begins to count.
var ntpEpoch = time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC)

// ntpTime is a moment in NTP's form: seconds, and a fraction of 32 bits.
func ntpTime(t time.Time) uint64 {
	past := uint64(t.UnixNano() - ntpEpoch.Unix()*int64(time.Second))
	return past/uint64(time.Second)<<32 | past%uint64(time.Second)<<32/uint64(time.Second)
}

// timeNTP is the reverse.
func timeNTP(n uint64) time.Time {
	return time.Unix(int64(n>>32)+ntpEpoch.Unix(), int64(n&0xffffffff*uint64(time.Second)>>32))
}

func be32(b []byte) uint32 { return binary.BigEndian.Uint32(b) }
