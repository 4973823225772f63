package g722

// A band is the state of the adaptive differential coder of one of the two: quantizer scale and predictor.
type band struct {
	nb, det int // logarithm of the scale factor; the scale factor

	s, sz int    // prediction, and its part by the zeros
	r     [2]int // reconstructed signal, the newest first
	p     [2]int // the same without the poles' part
	a     [2]int // coefficients of the poles
	b     [6]int // coefficients of the zeros
	d     [6]int // quantized differences, the newest first
}

// encodeLow codes a sample of the lower band in six bits (blocks 1L to 4L).
func (b *band) encodeLow(xl int) int {
	el := saturate(xl - b.s)
	wd := el
	if el < 0 {
		wd = -(el + 1)
	}
	// Decision levels are compared from below; wd ≥ q6·det/4096 at each step, by bisection.
	low, high := 1, len(q6)-2
	for low < high {
		if mid := (low + high) / 2; wd < q6[mid]*b.det>>12 {
			high = mid
		} else {
			low = mid + 1
		}
	}
	il := ilp[low]
	if el < 0 {
		il = iln[low]
	}
	b.adaptLow(il >> 2)
	return il
}

// decodeLow returns the sample of the lower band for a code of six bits (blocks 5L and 2L to 4L).
func (b *band) decodeLow(il int) int {
	yl := b.s + b.det*qm6[il]>>15
	b.adaptLow(il >> 2)
	return min(max(yl, -16384), 16383)
}

// adaptLow takes the four bits that scale and prediction of the lower band follow (blocks 2L to 4L).
func (b *band) adaptLow(ilr int) {
	d := b.det * qm4[ilr] >> 15
	b.scale(wl[rl42[ilr]], 18432, 8)
	b.predict(d)
}

// encodeHigh codes a sample of the higher band in two bits (blocks 1H to 4H).
func (b *band) encodeHigh(xh int) int {
	eh := saturate(xh - b.s)
	wd := eh
	if eh < 0 {
		wd = -(eh + 1)
	}
	far := wd >= 564*b.det>>12
	var ih int
	switch {
	case eh < 0 && far:
		ih = 0
	case eh < 0:
		ih = 1
	case far:
		ih = 2
	default:
		ih = 3
	}
	b.decodeHigh(ih)
	return ih
}

// decodeHigh returns the sample of the higher band for a code of two bits (blocks 2H to 4H).
func (b *band) decodeHigh(ih int) int {
	d := b.det * qm2[ih] >> 15
	y := min(max(b.s+d, -16384), 16383)
	b.scale(wh[ih], 22528, 10)
	b.predict(d)
	return y
}

// scale adapts the scale factor of the quantizer (blocks 3L and 3H).
func (b *band) scale(step, limit, shift int) {
	b.nb = min(max(b.nb*127>>7+step, 0), limit)
	base, exponent := ilb[b.nb>>6&31], shift-b.nb>>11
	if exponent < 0 {
		b.det = base << -exponent << 2
	} else {
		b.det = base >> exponent << 2
	}
}

// predict takes the quantized difference and makes the next prediction (blocks 4L and 4H).
func (b *band) predict(d int) {
	r := saturate(b.s + d)
	p := saturate(b.sz + d)
	b.adaptPoles(p)
	b.adaptZeros(d)

	b.r[1], b.r[0] = b.r[0], r
	b.p[1], b.p[0] = b.p[0], p
	copy(b.d[1:], b.d[:5])
	b.d[0] = d

	sp := saturate(b.a[0]*saturate(2*b.r[0])>>15 + b.a[1]*saturate(2*b.r[1])>>15)
	b.sz = 0
	for i, c := range b.b {
		b.sz += c * saturate(2*b.d[i]) >> 15
	}
	b.sz = saturate(b.sz)
	b.s = saturate(sp + b.sz)
}

// adaptPoles updates both coefficients of the poles by the signs of the newest signal and those before (UPPOL1, UPPOL2).
func (b *band) adaptPoles(p int) {
	same0, same1 := p>>15 == b.p[0]>>15, p>>15 == b.p[1]>>15

	wd := saturate(4 * b.a[0])
	if same0 {
		wd = min(-wd, 32767)
	}
	a2 := wd>>7 - 128
	if same1 {
		a2 = wd>>7 + 128
	}
	a2 = min(max(a2+b.a[1]*32512>>15, -12288), 12288)

	a1 := b.a[0] * 32640 >> 15
	if same0 {
		a1 += 192
	} else {
		a1 -= 192
	}
	limit := 15360 - a2
	b.a[0] = min(max(saturate(a1), -limit), limit)
	b.a[1] = a2
}

// adaptZeros updates the coefficients of the zeros by the signs of the differences (UPZERO).
func (b *band) adaptZeros(d int) {
	step := 128
	if d == 0 {
		step = 0
	}
	for i := range b.b {
		wd := b.b[i] * 32640 >> 15
		if d>>15 == b.d[i]>>15 {
			b.b[i] = saturate(wd + step)
		} else {
			b.b[i] = saturate(wd - step)
		}
	}
}

func saturate(x int) int { return min(max(x, -32768), 32767) }
