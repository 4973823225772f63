package mix

import "plenum/components/media"

const (
	// ceiling is as loud as a mix may be; above it, it is made quieter as a whole, and not cut.
	ceiling = 32000
	// recovery is by how much of the missing the loudness comes back with each frame: in about half a second.
	recovery = 0.05
	// ramp is how long a voice fades in and out, and a change of loudness takes.
	ramp = media.Rate / 100
)

// A voice is what somebody hears: the sum of others, with a loudness that is kept below the ceiling.
type voice struct {
	pcm    [media.FrameSamples]int16
	silent bool
	gain   float64 // at the end of the last frame; 0 in the zero value stands for 1
}

// set makes the voice of a sum, less one of those in it.
func (v *voice) set(sum *[media.FrameSamples]int32, less *[media.FrameSamples]int16) {
	var peak int32
	if less == nil {
		for _, s := range sum {
			peak = max(peak, s, -s)
		}
	} else {
		for i, s := range sum {
			s -= int32(less[i])
			peak = max(peak, s, -s)
		}
	}
	if v.silent = peak == 0; v.silent {
		clear(v.pcm[:])
		return
	}
	from := v.gain
	if from == 0 {
		from = 1
	}
	to := from + (1-from)*recovery
	if float64(peak)*to > ceiling {
		to = ceiling / float64(peak)
	}
	v.gain = to
	for i, s := range sum {
		if less != nil {
			s -= int32(less[i])
		}
		if to < 1 || from < 1 {
			g := to
			if i < ramp {
				g = from + (to-from)*float64(i)/ramp
			}
			s = int32(float64(s) * g)
		}
		v.pcm[i] = int16(min(max(s, -32768), 32767))
	}
}

// fade changes the loudness of a frame from what it was at the end of the last one.
func fade(pcm []int16, from, to float64) {
	if from == 1 && to == 1 {
		return
	}
	for i := range pcm {
		g := to
		if i < ramp {
			g = from + (to-from)*float64(i)/ramp
		}
		pcm[i] = int16(float64(pcm[i]) * g)
	}
}
