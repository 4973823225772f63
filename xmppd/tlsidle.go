package xmppd

import (
	"bytes"
	"crypto/tls"
	"reflect"
	"unsafe"
)

// A tls.Conn keeps its input buffers as large as they have ever been: for the largest record, up to 16 KiB, and for the client's first
// handshake message. That is 3.5 KiB after a usual handshake, for as long as the connection lives, and there is no call to give it back.
// So they are emptied from outside, where crypto/tls has the fields as they are known here, and left alone where it has not.
var (
	tlsRawInput = tlsField[bytes.Buffer]("rawInput")
	tlsHand     = tlsField[bytes.Buffer]("hand")
	tlsInput    = tlsField[bytes.Reader]("input") // reads what lies in rawInput
)

// tlsField is where a field of tls.Conn lies; negative when there is none of this name and type.
func tlsField[T any](name string) int {
	f, ok := reflect.TypeFor[tls.Conn]().FieldByName(name)
	if !ok || f.Type != reflect.TypeFor[T]() {
		return -1
	}
	return int(f.Offset)
}

// restTLS gives back the input buffers of a connection that nobody reads. Those that hold something stay.
func restTLS(c *tls.Conn) {
	if tlsRawInput < 0 || tlsHand < 0 || tlsInput < 0 {
		return
	}
	at := unsafe.Pointer(c)
	raw, hand := (*bytes.Buffer)(unsafe.Add(at, tlsRawInput)), (*bytes.Buffer)(unsafe.Add(at, tlsHand))
	input := (*bytes.Reader)(unsafe.Add(at, tlsInput))
	if raw.Len() == 0 && input.Len() == 0 {
		*raw, *input = bytes.Buffer{}, bytes.Reader{}
	}
	if hand.Len() == 0 {
		*hand = bytes.Buffer{}
	}
}
