package sfu

import "plenum/components/media"

// pictureHeight is that of the key frame that a payload begins, 0 when it begins none or does not say.
func pictureHeight(c media.Codec, b []byte) int {
	if c.Name != media.VP8.Name || !media.Keyframe(c, b) {
		return 0
	}
	d, ok := parseVP8(b)
	if !ok {
		return 0
	}
	// Frame tag, start code, width, height (RFC 6386 §9.1).
	if b = b[d.length:]; len(b) < 10 || b[3] != 0x9d || b[4] != 0x01 || b[5] != 0x2a {
		return 0
	}
	return int(b[9]&0x3f)<<8 | int(b[8])
}

// A vp8Descriptor is the payload descriptor of VP8 (RFC 7741 §4.2): where its running numbers stand, 0 for those that it has not.
type vp8Descriptor struct {
	length             int // of the descriptor
	picture            int // PictureID, of one or two octets
	long               bool
	tl0, tidKey        int // TL0PICIDX, TID/Y/KEYIDX
	hasKey, first      bool
	temporal           uint8 // layer
	pictureID          uint16
	tl0Index, keyIndex uint8
}

// parseVP8 reads a descriptor. It reports false for one that is cut off.
func parseVP8(b []byte) (d vp8Descriptor, ok bool) {
	if len(b) < 1 {
		return d, false
	}
	d.first = b[0]&0x10 != 0 && b[0]&0x07 == 0
	d.length = 1
	if b[0]&0x80 == 0 {
		return d, true
	}
	if len(b) < 2 {
		return d, false
	}
	control := b[1]
	d.length = 2
	need := func(n int) bool { d.length += n; return len(b) >= d.length }
	if control&0x80 != 0 {
		d.picture = d.length
		if !need(1) {
			return d, false
		}
		d.pictureID = uint16(b[d.picture] & 0x7f)
		if d.long = b[d.picture]&0x80 != 0; d.long {
			if !need(1) {
				return d, false
			}
			d.pictureID = d.pictureID<<8 | uint16(b[d.picture+1])
		}
	}
	if control&0x40 != 0 {
		d.tl0 = d.length
		if !need(1) {
			return d, false
		}
		d.tl0Index = b[d.tl0]
	}
	if control&0x30 != 0 {
		d.tidKey = d.length
		if !need(1) {
			return d, false
		}
		d.temporal = b[d.tidKey] >> 6
		d.hasKey = control&0x10 != 0
		d.keyIndex = b[d.tidKey] & 0x1f
	}
	return d, true
}
