package media

import "encoding/binary"

// Keyframe reports whether the payload of an RTP packet is the start of a picture that can be decoded without those before. It
// knows VP8, VP9, H.264 and AV1; of other codecs, and of payloads that it cannot read, it says false.
func Keyframe(c Codec, payload []byte) bool {
	switch c.Name {
	case VP8.Name:
		return keyframeVP8(payload)
	case VP9.Name:
		return keyframeVP9(payload)
	case H264.Name:
		return keyframeH264(payload)
	case AV1.Name:
		return keyframeAV1(payload)
	}
	return false
}

// keyframeVP8 reads the payload descriptor (RFC 7741 §4.2) and the frame tag behind it (RFC 6386 §9.1), whose lowest bit is 0 for
// a key frame.
func keyframeVP8(b []byte) bool {
	if len(b) < 1 {
		return false
	}
	first, b := b[0], b[1:]
	if first&0x10 == 0 || first&0x07 != 0 { // not the start of the first partition
		return false
	}
	if first&0x80 != 0 { // extended control bits
		if len(b) < 1 {
			return false
		}
		control := b[0]
		length := 1
		if control&0x80 != 0 { // picture number of one or two octets
			if len(b) < 2 {
				return false
			}
			length += 1 + int(b[1]>>7)
		}
		if control&0x40 != 0 { // TL0PICIDX
			length++
		}
		if control&0x30 != 0 { // TID or KEYIDX
			length++
		}
		if len(b) < length {
			return false
		}
		b = b[length:]
	}
	return len(b) > 0 && b[0]&1 == 0
}

// keyframeVP9 looks for the beginning of a frame that refers to no other, in the lowest spatial layer (RFC 9628 §4.2).
func keyframeVP9(b []byte) bool {
	if len(b) < 1 || b[0]&0x48 != 0x08 { // B: start of a frame; P: refers to pictures before
		return false
	}
	first, b := b[0], b[1:]
	if first&0x80 != 0 { // picture number
		if len(b) < 1 {
			return false
		}
		length := 1 + int(b[0]>>7)
		if len(b) < length {
			return false
		}
		b = b[length:]
	}
	return first&0x20 == 0 || len(b) > 0 && b[0]>>1&0x07 == 0 // spatial layer 0
}

// NAL unit types of H.264 that matter here (RFC 6184 §5.2, §5.4).
const (
	nalIDR   = 5
	nalSPS   = 7
	nalSTAPA = 24
	nalFUA   = 28
)

// keyframeH264 takes a sequence parameter set as the start of a key frame, since senders put one before each, and an IDR slice.
func keyframeH264(b []byte) bool {
	if len(b) < 2 {
		return false
	}
	switch b[0] & 0x1f {
	case nalIDR, nalSPS:
		return true
	case nalSTAPA:
		for b = b[1:]; len(b) > 2; {
			size := int(binary.BigEndian.Uint16(b))
			if b = b[2:]; size == 0 || size > len(b) {
				return false
			}
			if t := b[0] & 0x1f; t == nalIDR || t == nalSPS {
				return true
			}
			b = b[size:]
		}
	case nalFUA:
		return b[1]&0x80 != 0 && b[1]&0x1f == nalIDR // its first fragment
	}
	return false
}

// keyframeAV1 reads the aggregation header, whose N bit marks the first packet of a coded video sequence, which begins with a key
// frame (RTP Payload Format For AV1, section 4.4).
func keyframeAV1(b []byte) bool {
	return len(b) > 1 && b[0]&0x88 == 0x08 // N, and Z not: the first OBU is no continuation
}
