// Package g711 codes sound after ITU-T Recommendation G.711: 8000 samples a second in 8 bits each, by the A-law and the µ-law.
package g711

import "math/bits"

// A Law is one of the two companding laws, as tables. It has no state and may be shared.
type Law struct {
	encode [1 << 14]byte // by the upper 14 bits of a sample, which is all that either law looks at
	decode [1 << 8]int16
}

// The two laws: PCMA and PCMU of RFC 3551 §4.5.14.
var (
	ALaw  = newLaw(encodeA, decodeA)
	MuLaw = newLaw(encodeMu, decodeMu)
)

func newLaw(encode func(int) byte, decode func(byte) int) *Law {
	law := new(Law)
	for i := range law.encode {
		law.encode[i] = encode(int(int16(i<<2)) >> 2)
	}
	for i := range law.decode {
		law.decode[i] = int16(decode(byte(i)))
	}
	return law
}

// Encode writes one octet for each sample; dst must be as long as pcm.
func (l *Law) Encode(dst []byte, pcm []int16) {
	dst = dst[:len(pcm)]
	for i, s := range pcm {
		dst[i] = l.encode[uint16(s)>>2]
	}
}

// Decode writes one sample for each octet; pcm must be as long as code.
func (l *Law) Decode(pcm []int16, code []byte) {
	pcm = pcm[:len(code)]
	for i, c := range code {
		pcm[i] = l.decode[c]
	}
}

// The µ-law (G.711 table 2): a magnitude of 13 bits with a bias of 33 lies in one of eight segments of doubling width, of 16 steps
// each. All bits are sent inverted.
const (
	muBias = 33
	muClip = 8191 - muBias
)

func encodeMu(s int) byte {
	sign := byte(0)
	if s < 0 {
		sign, s = 0x80, -s
	}
	s = min(s, muClip) + muBias
	segment := bits.Len(uint(s)) - 6
	step := s >> (segment + 1) & 0x0f
	return ^(sign | byte(segment)<<4 | byte(step))
}

func decodeMu(c byte) int {
	c = ^c
	segment, step := c>>4&0x07, int(c&0x0f)
	s := (step<<1+muBias)<<segment - muBias
	if c&0x80 != 0 {
		s = -s
	}
	return s << 2
}

// The A-law (G.711 table 1): a magnitude of 11 bits here, since it looks at no more, lies in one of eight segments of 16 steps, of
// which the first two have the same width. The sign bit is 1 for positive values, and the even bits are sent inverted.
const aInverted = 0x55

func encodeA(s int) byte {
	sign := byte(0x80)
	if s < 0 {
		sign, s = 0, -s-1
	}
	s >>= 2
	segment := max(bits.Len(uint(s))-4, 0)
	step := s >> max(segment-1, 0) & 0x0f
	return (sign | byte(segment)<<4 | byte(step)) ^ aInverted
}

func decodeA(c byte) int {
	c ^= aInverted
	segment, step := c>>4&0x07, int(c&0x0f)
	s := step<<1 + 1
	if segment > 0 {
		s = (s + 32) << (segment - 1)
	}
	if c&0x80 == 0 {
		s = -s
	}
	return s << 3
}
