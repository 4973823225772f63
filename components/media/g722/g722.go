// Package g722 codes wideband sound after ITU-T Recommendation G.722 at 64 kbit/s: 16000 samples a second, one octet for two of them.
// A pair of quadrature mirror filters splits the sound at 4 kHz; the lower band gets six bits by adaptive differential coding, the
// higher two.
//
// Names of variables and blocks are those of the Recommendation, section 6.
package g722

// An Encoder holds the state of one direction. The zero value is not ready: use [NewEncoder].
type Encoder struct {
	low, high band
	line      [qmfTaps - 2 + chunk]int // the filter's past, then samples
}

// A Decoder holds the state of one direction. The zero value is not ready: use [NewDecoder].
type Decoder struct {
	low, high band
	sum, diff [qmfTaps/2 - 1 + chunk/2]int // past and present of both bands, added and subtracted
}

// chunk is the number of samples that are worked on at a time: a frame.
const chunk = 320

// NewEncoder returns an encoder in its reset state.
func NewEncoder() *Encoder {
	return &Encoder{low: band{det: 32}, high: band{det: 8}}
}

// NewDecoder returns a decoder in its reset state.
func NewDecoder() *Decoder {
	return &Decoder{low: band{det: 32}, high: band{det: 8}}
}

// Encode writes an octet for each two samples, of which an odd last one is dropped; code must have room. It returns how many it wrote.
func (e *Encoder) Encode(code []byte, pcm []int16) int {
	n := 0
	for len(pcm) >= 2 {
		part := pcm[:min(len(pcm)&^1, chunk)]
		n += e.encodeChunk(code[n:], part)
		pcm = pcm[len(part):]
	}
	return n
}

func (e *Encoder) encodeChunk(code []byte, pcm []int16) int {
	const past = qmfTaps - 2
	for i, s := range pcm {
		e.line[past+i] = int(s)
	}
	n := len(pcm) / 2
	code = code[:n]
	for i := range code {
		odd, even := transmitQMF((*[qmfTaps]int)(e.line[2*i:]))
		code[i] = byte(e.high.encodeHigh((even-odd)>>14)<<6 | e.low.encodeLow((even+odd)>>14))
	}
	copy(e.line[:past], e.line[len(pcm):len(pcm)+past])
	return n
}

// Decode writes two samples for each octet; pcm must have room. It returns how many it wrote.
func (d *Decoder) Decode(pcm []int16, code []byte) int {
	n := 0
	for len(code) > 0 {
		part := code[:min(len(code), chunk/2)]
		d.decodeChunk(pcm[n:], part)
		n += 2 * len(part)
		code = code[len(part):]
	}
	return n
}

func (d *Decoder) decodeChunk(pcm []int16, code []byte) {
	const past = qmfTaps/2 - 1
	pcm = pcm[:2*len(code)]
	for i, c := range code {
		rl := d.low.decodeLow(int(c & 0x3f))
		rh := d.high.decodeHigh(int(c >> 6))
		d.sum[past+i], d.diff[past+i] = rl+rh, rl-rh
		xd, xs := receiveQMF((*[qmfTaps / 2]int)(d.sum[i:]), (*[qmfTaps / 2]int)(d.diff[i:]))
		pcm[2*i], pcm[2*i+1] = int16(saturate(xd>>11)), int16(saturate(xs>>11))
	}
	copy(d.sum[:past], d.sum[len(code):len(code)+past])
	copy(d.diff[:past], d.diff[len(code):len(code)+past])
}

// qmfTaps is the length of the mirror filter, whose coefficients (table 11) are symmetric: coefficients has the even ones, which read
// backwards are the odd ones.
const qmfTaps = 24

var coefficients = [qmfTaps / 2]int{3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11}

// transmitQMF splits the band: its two sums added and subtracted are the lower and the higher one.
func transmitQMF(x *[qmfTaps]int) (odd, even int) {
	for i, c := range coefficients {
		odd += x[2*i] * c
		even += x[qmfTaps-1-2*i] * c
	}
	return odd, even
}

// receiveQMF joins the bands to two samples.
func receiveQMF(sum, diff *[qmfTaps / 2]int) (first, second int) {
	for i, c := range coefficients {
		first += diff[qmfTaps/2-1-i] * c
		second += sum[i] * c
	}
	return first, second
}
