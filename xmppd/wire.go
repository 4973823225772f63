package xmppd

import (
	"crypto/rand"
	"errors"
	"net/netip"
	"os"
	"time"

	"plenum/xmppd/xmlstream"
)

// wire is a client's connection: what the writer of a session needs of it (transport), and what the negotiation and the
// reader need. One goroutine reads; during the negotiation the same one writes, too.
type wire interface {
	transport
	peer() netip.AddrPort // zero when the connection has no IP address
	// security is nil while the connection is not encrypted.
	security() *secured
	// browser is the log-in of the browser that the connection comes from; nil where there is none.
	browser() BrowserLogin

	// readHeader waits for the client's stream header. An *xmlstream.Error says what is wrong with it; any other error
	// means that the connection is lost.
	readHeader() (*xmlstream.Header, error)
	// readPacket waits for the next first-level element; errEnded is the end of the stream. A deadline that patience set may
	// pass in the middle of an element; the next call goes on with it.
	readPacket() (*xmlstream.Packet, error)
	// reuse gives a packet back of which nobody has kept anything; its memory may be that of the next one.
	reuse(p *xmlstream.Packet)
	// appendHeader adds our own stream header.
	appendHeader(dst []byte, from, id string) []byte
	// restart makes the next thing on the connection a stream header (RFC 6120 §4.3.3).
	restart(l xmlstream.Limits)

	// interrupt makes the negotiation end with a stream error. Anybody may call it; it has no effect after settle.
	interrupt(condition string)
	// settle says that the negotiation is over.
	settle()
	// patience sets how long readPacket waits; it then fails with os.ErrDeadlineExceeded.
	patience(d time.Duration)
	// silent is how long nothing has come, not even a space.
	silent() time.Duration
	// park lets the connection of a quiet session wait without the goroutine that reads it; a new one goes on when there is something
	// to read. False means that this goroutine has to. It is called after readPacket has failed for want of patience.
	park(x *Session, turn uint32) bool
	// received is how many bytes came since the last call.
	received() int
	// linger waits a little, after finish, until the peer has seen the end: closing at once would make the kernel throw
	// away what the peer has not read yet if it is still sending.
	linger()
}

// errEnded is the orderly end of the client's stream: </stream:stream> or <close/>.
var errEnded = errors.New("the client has closed its stream")

const (
	lingerTime  = 2 * time.Second
	lingerBytes = 8 << 20
)

// newStreamID is unpredictable (RFC 6120 §4.7.3, §13.10).
func newStreamID() string { return rand.Text() }

func isTimeout(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }
