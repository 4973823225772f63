package stack

import (
	"net/netip"

	"github.com/emiago/sipgo/sip"
)

// The transports, as Via and Flow name them.
const (
	UDP = "UDP"
	TCP = "TCP"
	TLS = "TLS"
	WS  = "WS"
	WSS = "WSS"
)

// A Flow is a way to one peer: what a request came by, and what requests to that peer are sent by (RFC 5626 §1).
type Flow struct {
	Transport string         // UDP, TCP, TLS, WS or WSS
	Remote    netip.AddrPort // the peer
	Local     netip.AddrPort // our end of it; its address may be unspecified, or absent in a flow that is not open yet
	Conn      uint64         // the connection, a number within this process; 0 for UDP, and for a connection that is to be opened
	Name      string         // the name that the peer's certificate must have when we open the connection
}

// Reliable says that the transport itself repeats what is lost.
func (f Flow) Reliable() bool { return f.Transport != UDP }

// Secure says that nobody between the ends can read.
func (f Flow) Secure() bool { return f.Transport == TLS || f.Transport == WSS }

// In is a request that came in.
type In struct {
	Request *sip.Request
	Tx      *ServerTx // nil for ACK, which is never answered
	Flow    Flow
}
