package stack

import (
	"encoding/binary"
	"net/netip"
)

// The parts of a STUN message that matter here (RFC 8489 §5, §14).
const (
	stunHeader    = 20
	stunRequest   = 0x0001
	stunSuccess   = 0x0101
	stunCookie    = 0x2112A442
	stunXORMapped = 0x0020
)

// isSTUN says whether a datagram is a STUN binding request: a phone that keeps its flow open sends one now and then (RFC 5626 §4.4.2, §8).
func isSTUN(b []byte) bool {
	return len(b) >= stunHeader && binary.BigEndian.Uint16(b) == stunRequest && binary.BigEndian.Uint32(b[4:]) == stunCookie &&
		int(binary.BigEndian.Uint16(b[2:])) == len(b)-stunHeader
}

// stunAnswer tells the phone the address that its request came from.
func stunAnswer(request []byte, from netip.AddrPort) []byte {
	ip := from.Addr().AsSlice()
	family := byte(1)
	if from.Addr().Is6() {
		family = 2
	}
	out := make([]byte, 0, stunHeader+8+len(ip))
	out = binary.BigEndian.AppendUint16(out, stunSuccess)
	out = binary.BigEndian.AppendUint16(out, uint16(8+len(ip)))
	out = append(out, request[4:stunHeader]...) // cookie and transaction
	out = binary.BigEndian.AppendUint16(out, stunXORMapped)
	out = binary.BigEndian.AppendUint16(out, uint16(4+len(ip)))
	out = append(out, 0, family)
	out = binary.BigEndian.AppendUint16(out, from.Port()^stunCookie>>16)
	for i, b := range ip {
		out = append(out, b^request[4+i])
	}
	return out
}
