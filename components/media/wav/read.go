// Package wav reads and writes RIFF/WAVE files: prompts and music that are uploaded, and recordings.
package wav

import (
	"encoding/binary"
	"io"
	"time"

	"plenum/components/media"
	"plenum/components/media/g711"
	"plenum/components/media/resample"
	"plenum/xmppd/fault"
)

// Formats of samples (the registered wave form types).
const (
	formatPCM        = 1
	formatALaw       = 6
	formatMuLaw      = 7
	formatExtensible = 0xfffe // the format is in the extension
)

const (
	maxChannels = 8
	minRate     = 4000
	maxRate     = 192_000
)

// format is the "fmt " chunk.
type format struct {
	code, channels, bits int
	rate                 int
	block                int // octets of a sample of all channels
}

// Read reads a file and returns its sound, channels mixed to one and at [media.Rate]. It takes PCM of 8, 16, 24 and 32 bits, A-law and µ-law. It
// fails with fault.Invalid for what is no such file, and with fault.Limit when it is longer than longest.
func Read(r io.Reader, longest time.Duration) ([]int16, error) {
	var head [12]byte
	if _, err := io.ReadFull(r, head[:]); err != nil || string(head[:4]) != "RIFF" || string(head[8:]) != "WAVE" {
		return nil, fault.New(fault.Invalid, "this is no WAV file")
	}
	var f format
	for {
		var chunk [8]byte
		if _, err := io.ReadFull(r, chunk[:]); err != nil {
			return nil, fault.New(fault.Invalid, "the WAV file has no sound in it, or is cut off")
		}
		size := int64(binary.LittleEndian.Uint32(chunk[4:]))
		switch string(chunk[:4]) {
		case "fmt ":
			if err := f.read(r, size); err != nil {
				return nil, err
			}
		case "data":
			if f.block == 0 {
				return nil, fault.New(fault.Invalid, "the WAV file does not say its format")
			}
			return f.sound(r, size, longest)
		default:
			if _, err := io.CopyN(io.Discard, r, size+size&1); err != nil {
				return nil, fault.New(fault.Invalid, "the WAV file is cut off")
			}
		}
	}
}

func (f *format) read(r io.Reader, size int64) error {
	if size < 16 || size > 1024 {
		return fault.New(fault.Invalid, "the WAV file has a broken format")
	}
	b := make([]byte, size+size&1)
	if _, err := io.ReadFull(r, b); err != nil {
		return fault.New(fault.Invalid, "the WAV file is cut off")
	}
	f.code = int(binary.LittleEndian.Uint16(b))
	f.channels = int(binary.LittleEndian.Uint16(b[2:]))
	rate := binary.LittleEndian.Uint32(b[4:])
	f.bits = int(binary.LittleEndian.Uint16(b[14:]))
	if f.code == formatExtensible && size >= 26 {
		f.code = int(binary.LittleEndian.Uint16(b[24:]))
	}
	switch {
	case f.channels < 1 || f.channels > maxChannels:
		return fault.Newf(fault.Invalid, "the WAV file has %d channels; it may have 1 to %d", f.channels, maxChannels)
	case rate < minRate || rate > maxRate:
		return fault.Newf(fault.Invalid, "the WAV file has %d samples a second; it may have %d to %d", rate, minRate, maxRate)
	case f.code == formatPCM && (f.bits == 8 || f.bits == 16 || f.bits == 24 || f.bits == 32),
		(f.code == formatALaw || f.code == formatMuLaw) && f.bits == 8:
	default:
		return fault.Newf(fault.Invalid, "the WAV file has samples of %d bits in format %d; take PCM of 16 bits", f.bits, f.code)
	}
	f.rate = int(rate)
	f.block = f.channels * f.bits / 8
	return nil
}

// sound reads the samples. A size of zero or beyond the end, as programs leave it that write to a pipe, means all there is.
func (f *format) sound(r io.Reader, size int64, longest time.Duration) ([]int16, error) {
	limit := int64(longest.Seconds()*float64(f.rate)) * int64(f.block)
	if size == 0 || size == 0xffffffff {
		size = limit + 1
	}
	b, err := io.ReadAll(io.LimitReader(r, min(size, limit+1)))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > limit {
		return nil, fault.Newf(fault.Limit, "the WAV file is longer than %v", longest)
	}
	mono := f.mono(b)
	if f.rate == media.Rate {
		return mono, nil
	}
	r16, err := resample.New(f.rate, media.Rate)
	if err != nil {
		return nil, fault.Newf(fault.Invalid, "the WAV file has an odd rate of %d samples a second; take 8000, 16000, 44100 or 48000", f.rate)
	}
	out := make([]int16, r16.Room(len(mono)))
	return out[:r16.Process(out, mono)], nil
}

// mono is the mean of the channels.
func (f *format) mono(b []byte) []int16 {
	out := make([]int16, len(b)/f.block)
	for i := range out {
		sum := 0
		for c := range f.channels {
			sum += f.sample(b[i*f.block+c*f.bits/8:])
		}
		out[i] = int16(sum / f.channels)
	}
	return out
}

// sample is the first sample of b in 16 bits.
func (f *format) sample(b []byte) int {
	var one [1]int16
	switch {
	case f.code == formatALaw:
		g711.ALaw.Decode(one[:], b[:1])
		return int(one[0])
	case f.code == formatMuLaw:
		g711.MuLaw.Decode(one[:], b[:1])
		return int(one[0])
	case f.bits == 8: // the only size without a sign
		return (int(b[0]) - 128) << 8
	}
	return int(int16(binary.LittleEndian.Uint16(b[f.bits/8-2:])))
}
