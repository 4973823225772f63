package media

import (
	"encoding/binary"
	"errors"
)

// ErrPacket is what every malformed RTP packet is refused with. It carries no detail: strangers send garbage at the packet
// rate, and it is only counted.
var ErrPacket = errors.New("malformed RTP packet")

// headerLen is the length of the fixed header (RFC 3550 §5.1).
const headerLen = 12

// Profiles of the header extension (RFC 8285 §4.2, §4.3).
const (
	profileOneByte     = 0xBEDE
	profileTwoByte     = 0x1000 // the low four bits are free
	profileTwoByteMask = 0xFFF0
)

// A Header is what the fixed part of an RTP header says.
type Header struct {
	Marker      bool
	PayloadType uint8
	Sequence    uint16
	Timestamp   uint32
	SSRC        uint32
}

// Extensions holds the numbers that a session gave to header extensions (RFC 8285 §5); 0 is one that it does not have.
type Extensions struct {
	AudioLevel        uint8 // RFC 6464
	TransportSequence uint8 // transport-wide congestion control
	MID               uint8 // RFC 9143
	RID, RepairedRID  uint8 // RFC 8852
}

// An Extension is one element of a header extension.
type Extension struct {
	ID   uint8 // 1 to 14 fit the short form
	Data []byte
}

// IsRTCP reports whether a packet on a transport for RTP and RTCP is of the latter (RFC 5761 §4).
func IsRTCP(b []byte) bool {
	return len(b) >= 2 && b[1] >= 192 && b[1] <= 223
}

// layout is where the parts of a packet lie.
type layout struct {
	profile              uint16
	extensions           []byte // body of the header extension
	payload, afterHeader []byte // without and with padding
}

// parseHeader reads b (RFC 3550 §5.1, §5.3.1).
func parseHeader(b []byte, h *Header) (layout, error) {
	var l layout
	if len(b) < headerLen || b[0]>>6 != 2 {
		return l, ErrPacket
	}
	h.Marker = b[1]&0x80 != 0
	h.PayloadType = b[1] & 0x7f
	h.Sequence = binary.BigEndian.Uint16(b[2:])
	h.Timestamp = binary.BigEndian.Uint32(b[4:])
	h.SSRC = binary.BigEndian.Uint32(b[8:])
	rest := b[headerLen:]
	if csrcs := 4 * int(b[0]&0x0f); csrcs > 0 {
		if len(rest) < csrcs {
			return l, ErrPacket
		}
		rest = rest[csrcs:]
	}
	if b[0]&0x10 != 0 {
		if len(rest) < 4 {
			return l, ErrPacket
		}
		l.profile = binary.BigEndian.Uint16(rest)
		length := 4 * int(binary.BigEndian.Uint16(rest[2:]))
		if rest = rest[4:]; len(rest) < length {
			return l, ErrPacket
		}
		l.extensions, rest = rest[:length], rest[length:]
	}
	l.payload, l.afterHeader = rest, rest
	if b[0]&0x20 != 0 {
		if len(rest) == 0 {
			return l, ErrPacket
		}
		padding := int(rest[len(rest)-1])
		if padding == 0 || padding > len(rest) {
			return l, ErrPacket
		}
		l.payload = rest[:len(rest)-padding]
	}
	return l, nil
}

// nextExtension takes the first element off the body of a header extension. ok is false at its end, and where the rest
// is malformed: a receiver ignores what it cannot read (RFC 8285 §4.1.2).
func nextExtension(profile uint16, body []byte) (e Extension, rest []byte, ok bool) {
	for len(body) > 0 && body[0] == 0 { // padding
		body = body[1:]
	}
	var length int
	switch {
	case len(body) == 0:
		return e, nil, false
	case profile == profileOneByte:
		e.ID, length, body = body[0]>>4, int(body[0]&0x0f)+1, body[1:]
		if e.ID == 15 || e.ID == 0 {
			return e, nil, false
		}
	case profile&profileTwoByteMask == profileTwoByte:
		if len(body) < 2 {
			return e, nil, false
		}
		e.ID, length, body = body[0], int(body[1]), body[2:]
	default:
		return e, nil, false
	}
	if length > len(body) {
		return e, nil, false
	}
	e.Data = body[:length:length]
	return e, body[length:], true
}

// AppendPacket appends an RTP packet to dst. Extensions are written in the short form where all of them fit it, else in the long
// one; an element has 255 octets at most.
func AppendPacket(dst []byte, h Header, extensions []Extension, payload []byte) []byte {
	first, second := byte(0x80), h.PayloadType&0x7f
	if len(extensions) > 0 {
		first |= 0x10
	}
	if h.Marker {
		second |= 0x80
	}
	dst = append(dst, first, second)
	dst = binary.BigEndian.AppendUint16(dst, h.Sequence)
	dst = binary.BigEndian.AppendUint32(dst, h.Timestamp)
	dst = binary.BigEndian.AppendUint32(dst, h.SSRC)
	if len(extensions) > 0 {
		dst = appendExtensions(dst, extensions)
	}
	return append(dst, payload...)
}

func appendExtensions(dst []byte, extensions []Extension) []byte {
	profile := uint16(profileOneByte)
	for _, e := range extensions {
		if e.ID > 14 || len(e.Data) == 0 || len(e.Data) > 16 {
			profile = profileTwoByte
		}
	}
	dst = binary.BigEndian.AppendUint16(dst, profile)
	dst = append(dst, 0, 0)
	start := len(dst)
	for _, e := range extensions {
		if profile == profileOneByte {
			dst = append(dst, e.ID<<4|byte(len(e.Data)-1))
		} else {
			dst = append(dst, e.ID, byte(len(e.Data)))
		}
		dst = append(dst, e.Data...)
	}
	for (len(dst)-start)%4 != 0 {
		dst = append(dst, 0)
	}
	binary.BigEndian.PutUint16(dst[start-2:], uint16((len(dst)-start)/4))
	return dst
}
