package media

import (
	"math"
	"sync/atomic"
	"time"
)

// A Level is loudness as RFC 6464 §3 has it: decibels below the loudest possible signal, without the sign. 0 is the loudest.
type Level uint8

const (
	Silence Level = 127 // digital silence, or nothing heard
	// Quiet is where speech begins for senders that state no voice flag. Rooms are mostly below −55, voices above −40.
	Quiet Level = 50
)

// staleLevel is the age after which a level says nothing any more: a sender that has fallen silent may send no packets (DTX).
const staleLevel = 120 * time.Millisecond

// Measure returns the level of sound as the root of its mean square.
func Measure(pcm []int16) Level {
	if len(pcm) == 0 {
		return Silence
	}
	var sum int64
	for _, s := range pcm {
		sum += int64(s) * int64(s)
	}
	if sum == 0 {
		return Silence
	}
	db := -10 * math.Log10(float64(sum)/float64(len(pcm))/(32768*32768))
	return Level(min(max(db+0.5, 0), float64(Silence)))
}

// A levelGauge holds the last level of a track for readers on other goroutines: milliseconds of its time, voice flag and level
// in one word.
type levelGauge struct{ packed atomic.Uint64 }

func (g *levelGauge) set(l Level, voice bool, now time.Time) {
	word := uint64(now.UnixMilli())<<8 | uint64(l&0x7f)
	if voice {
		word |= 0x80
	}
	g.packed.Store(word)
}

func (g *levelGauge) get(now time.Time) (Level, bool) {
	word := g.packed.Load()
	age := now.UnixMilli() - int64(word>>8)
	if word == 0 || age > staleLevel.Milliseconds() {
		return Silence, false
	}
	return Level(word & 0x7f), word&0x80 != 0
}
