package sfu

import (
	"encoding/binary"
	"time"
)

// readArrivals reads a message about when packets arrived, behind its head (section 3.1): it calls f for each, with the time by the receiver's
// clock. It reports false for a message that cannot be read; what stands before the fault was told.
func readArrivals(b []byte, f func(sequence uint16, at time.Duration, received bool)) bool {
	if len(b) < 8 {
		return false
	}
	first, count := binary.BigEndian.Uint16(b), int(binary.BigEndian.Uint16(b[2:]))
	at := time.Duration(binary.BigEndian.Uint32(b[4:])>>8) * referenceUnit
	chunks := b[8:]
	length := chunksLength(chunks, count)
	if length < 0 {
		return false
	}
	deltas := chunks[length:]
	for n := 0; n < count; {
		chunk := binary.BigEndian.Uint16(chunks)
		chunks = chunks[2:]
		symbols, width := chunkShape(chunk)
		for i := 0; i < symbols && n < count; i, n = i+1, n+1 {
			switch chunkSymbol(chunk, width, i) {
			case smallDelta:
				if len(deltas) < 1 {
					return false
				}
				at += time.Duration(deltas[0]) * deltaUnit
				deltas = deltas[1:]
			case largeDelta:
				if len(deltas) < 2 {
					return false
				}
				at += time.Duration(int16(binary.BigEndian.Uint16(deltas))) * deltaUnit
				deltas = deltas[2:]
			case notReceived:
				f(first+uint16(n), 0, false)
				continue
			default:
				return false
			}
			f(first+uint16(n), at, true)
		}
	}
	return true
}

// chunkShape is how many packets a chunk is about, and the bits for each; 0 of a run.
func chunkShape(chunk uint16) (symbols, width int) {
	switch chunk >> 14 {
	case 2:
		return 14, 1
	case 3:
		return 7, 2
	}
	return int(chunk & 0x1fff), 0
}

func chunkSymbol(chunk uint16, width, i int) uint16 {
	if width == 0 {
		return chunk >> 13 & 3
	}
	return chunk >> (14 - width*(i+1)) & (1<<width - 1)
}

// chunksLength is how many octets the chunks about so many packets take, -1 when they are not all there.
func chunksLength(b []byte, count int) (length int) {
	for count > 0 {
		if len(b) < length+2 {
			return -1
		}
		symbols, _ := chunkShape(binary.BigEndian.Uint16(b[length:]))
		if symbols == 0 {
			return -1
		}
		count -= symbols
		length += 2
	}
	return length
}
