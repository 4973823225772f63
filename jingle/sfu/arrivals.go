package sfu

import (
	"encoding/binary"
	"slices"
	"time"
)

// How often a sender is told when its packets came (draft-holmer-rmcat-transport-wide-cc-extensions-01, section 3): after so long, or so many.
const (
	feedbackEvery = 50 * time.Millisecond
	feedbackAfter = 64
	// keptArrivals is how many packets one message can be about. What comes later than so many others is not told.
	keptArrivals = 256
)

const (
	deltaUnit     = 250 * time.Microsecond
	referenceUnit = 64 * time.Millisecond
)

// What a message says of a packet.
const (
	notReceived = iota
	smallDelta  // one octet
	largeDelta  // two
)

// arrivals are when packets came on one transport, of which its sender has not been told yet.
type arrivals struct {
	began   bool
	next    int64 // number of the first packet to tell of, extended
	end     int64 // of the one after the last
	waiting int
	since   time.Duration // when the first of those came
	count   uint8         // of messages
	at      [keptArrivals]time.Duration
}

// come notes a packet. It reports whether it is time to tell.
func (a *arrivals) come(sequence uint16, now time.Duration) bool {
	if !a.began {
		a.began, a.next, a.end = true, int64(sequence), int64(sequence)
	}
	n := a.end + int64(int16(sequence-uint16(a.end)))
	switch {
	case n < a.next: // told to be lost already
		return false
	case n-a.end > keptArrivals: // it has begun anew
		*a = arrivals{began: true, next: n, end: n, count: a.count}
	}
	for ; a.end <= n; a.end++ {
		a.at[a.end%keptArrivals] = -1
		if a.end-a.next >= keptArrivals {
			if a.at[a.next%keptArrivals] >= 0 {
				a.waiting--
			}
			a.next++
		}
	}
	if a.at[n%keptArrivals] >= 0 {
		return false
	}
	a.at[n%keptArrivals] = now
	if a.waiting++; a.waiting == 1 {
		a.since = now
	}
	return now-a.since >= feedbackEvery || a.waiting >= feedbackAfter
}

// append appends a message about as many packets as fit one, and forgets them. There may be more: it is called until waiting is 0.
func (a *arrivals) append(to []byte, from, about uint32) []byte {
	for a.next < a.end && a.at[a.next%keptArrivals] < 0 {
		a.next++ // lost before the first that came: nobody needs to know from us
	}
	if a.next == a.end {
		a.waiting = 0
		return to
	}
	var symbols [keptArrivals]uint8
	reference := a.at[a.next%keptArrivals] / referenceUnit
	n := a.measure(&symbols, reference)
	start := len(to)
	to = appendFeedback(to, formatTWCC, typeRTPFB, from, about)
	to = binary.BigEndian.AppendUint16(to, uint16(a.next))
	to = binary.BigEndian.AppendUint16(to, uint16(n))
	to = binary.BigEndian.AppendUint32(to, uint32(reference)<<8|uint32(a.count))
	a.count++
	to = appendChunks(to, symbols[:n])
	last := reference * referenceUnit
	for i := range n {
		if symbols[i] == notReceived {
			continue
		}
		delta := (a.at[(a.next+int64(i))%keptArrivals] - last) / deltaUnit
		last += delta * deltaUnit
		if symbols[i] == smallDelta {
			to = append(to, uint8(delta))
		} else {
			to = binary.BigEndian.AppendUint16(to, uint16(int16(delta)))
		}
		a.waiting--
	}
	a.next += int64(n)
	if a.next == a.end {
		a.waiting = 0
	}
	return finish(to, start)
}

// measure finds what is to be said of each packet, up to one whose distance in time cannot be written.
func (a *arrivals) measure(symbols *[keptArrivals]uint8, reference time.Duration) (n int) {
	last, end := reference*referenceUnit, 0
	for ; a.next+int64(n) < a.end; n++ {
		at := a.at[(a.next+int64(n))%keptArrivals]
		if at < 0 {
			symbols[n] = notReceived
			continue
		}
		delta := (at - last) / deltaUnit
		switch {
		case delta >= 0 && delta <= 255:
			symbols[n] = smallDelta
		case delta >= -1<<15 && delta < 1<<15:
			symbols[n] = largeDelta
		default:
			return end
		}
		last += delta * deltaUnit
		end = n + 1
	}
	return end
}

// appendChunks writes the symbols as runs where that is short, else as lists (section 3.1).
func appendChunks(to []byte, symbols []uint8) []byte {
	for len(symbols) > 0 {
		run := 1
		for run < len(symbols) && symbols[run] == symbols[0] {
			run++
		}
		if run >= 14 || run == len(symbols) {
			to = binary.BigEndian.AppendUint16(to, uint16(symbols[0])<<13|uint16(run))
			symbols = symbols[run:]
			continue
		}
		width, chunk, n := 1, uint16(0x8000), min(14, len(symbols))
		if slices.Contains(symbols[:n], largeDelta) {
			width, chunk, n = 2, 0xc000, min(7, len(symbols))
		}
		for i := range n {
			chunk |= uint16(symbols[i]) << (14 - width*(i+1))
		}
		to = binary.BigEndian.AppendUint16(to, chunk)
		symbols = symbols[n:]
	}
	return to
}
