// Package dtmf is about the keys of telephones: as events in RTP (RFC 4733) both ways, and as tones in the sound itself.
package dtmf

import (
	"encoding/binary"
	"errors"
	"strings"
)

// Keys are all that there are; the index of a key is its event number (RFC 4733 §3.2).
const Keys = "0123456789*#ABCD"

// ErrEvent is what a malformed payload is refused with.
var ErrEvent = errors.New("malformed telephone event")

// eventLen is the length of a payload; some senders append more of it for redundancy, which is not looked at.
const eventLen = 4

// An Event is a payload: the state of a key that is or was pressed (RFC 4733 §2.3).
type Event struct {
	Code     uint8 // below 16 for a key, else something else that a line can say
	End      bool
	Volume   uint8  // decibels below the loudest, 0 to 63
	Duration uint16 // so far, in timestamp units
}

// ParseEvent reads a payload.
func ParseEvent(payload []byte) (Event, error) {
	if len(payload) < eventLen {
		return Event{}, ErrEvent
	}
	return Event{payload[0], payload[1]&0x80 != 0, payload[1] & 0x3f, binary.BigEndian.Uint16(payload[2:])}, nil
}

// AppendEvent appends the payload of e to dst.
func AppendEvent(dst []byte, e Event) []byte {
	second := min(e.Volume, 63)
	if e.End {
		second |= 0x80
	}
	return binary.BigEndian.AppendUint16(append(dst, e.Code, second), e.Duration)
}

// Key is the key of the event, 0 when it is none.
func (e Event) Key() byte {
	if int(e.Code) < len(Keys) {
		return Keys[e.Code]
	}
	return 0
}

// code is the event number of a key, in either case.
func code(key byte) (uint8, bool) {
	if key >= 'a' && key <= 'd' {
		key -= 'a' - 'A'
	}
	i := strings.IndexByte(Keys, key)
	return uint8(i), i >= 0
}

// Valid reports whether keys has none but [Keys], in either case.
func Valid(keys string) bool {
	for i := range len(keys) {
		if _, ok := code(keys[i]); !ok {
			return false
		}
	}
	return true
}
