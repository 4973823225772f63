package transport

import "encoding/binary"

// A protocol is what a datagram belongs to, told by its first octet (RFC 7983 §7).
type protocol int

const (
	protocolNone protocol = iota
	protocolSTUN
	protocolDTLS
	protocolRTP // and RTCP
)

func protocolOf(b []byte) protocol {
	switch {
	case len(b) == 0:
		return protocolNone
	case b[0] <= 3:
		return protocolSTUN
	case b[0] >= 20 && b[0] <= 63:
		return protocolDTLS
	case b[0] >= 128 && b[0] <= 191:
		return protocolRTP
	}
	return protocolNone
}

// STUN message types and what else the ports read of a message (RFC 8489 §5, §14.3). The ICE agent reads the rest.
const (
	stunHeader      = 20
	stunCookie      = 0x2112A442
	bindingRequest  = 0x0001
	bindingSuccess  = 0x0101
	attributeUser   = 0x0006
	maxUserFragment = 256 // RFC 8839 §5.4
)

// stunType returns the type of a STUN message whose length and cookie are right, 0 for anything else.
func stunType(b []byte) uint16 {
	if len(b) < stunHeader || binary.BigEndian.Uint32(b[4:]) != stunCookie {
		return 0
	}
	if length := int(binary.BigEndian.Uint16(b[2:])); length%4 != 0 || stunHeader+length != len(b) {
		return 0
	}
	return binary.BigEndian.Uint16(b)
}

// stunUfrag returns whom a connectivity check is for: the part of its USERNAME before the colon (RFC 8445 §7.2.2), nil when it has none.
// b must have a type by [stunType].
func stunUfrag(b []byte) []byte {
	for rest := b[stunHeader:]; len(rest) >= 4; {
		kind, length := binary.BigEndian.Uint16(rest), int(binary.BigEndian.Uint16(rest[2:]))
		padded := (length + 3) &^ 3
		if rest = rest[4:]; padded > len(rest) {
			return nil
		}
		if kind == attributeUser {
			for i, c := range rest[:length] {
				if c == ':' {
					if i == 0 || i > maxUserFragment {
						return nil
					}
					return rest[:i]
				}
			}
			return nil
		}
		rest = rest[padded:]
	}
	return nil
}
