package codec

import (
	"time"

	"plenum/components/media"
	"plenum/components/media/opus"
)

// Samples is how many samples at [media.Rate] a payload of the codec holds, without decoding it; 0 when it is malformed or of another
// codec.
func Samples(c media.Codec, payload []byte) int {
	n := 0
	switch c.Name {
	case media.Opus.Name:
		n = int(opus.Duration(payload) * media.Rate / time.Second)
	case media.G722.Name, media.PCMA.Name, media.PCMU.Name:
		n = 2 * len(payload)
	}
	if n > media.MaxDecoded {
		return 0
	}
	return n
}
