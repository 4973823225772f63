// Package ping answers pings to the server and to accounts.
//
// Spec: XEP-0199 2.0.1 complete
package ping

import (
	"context"

	"plenum/xmppd"
)

// NS is the namespace of <ping/>.
const NS = "urn:xmpp:ping"

// Register puts the answer into s.
func Register(s *xmppd.Server) {
	pong := func(context.Context, *xmppd.IQ) (any, error) { return nil, nil }
	s.HandleIQ(xmppd.ToServer, xmppd.Get, NS, "ping", pong)
	s.HandleIQ(xmppd.ToAccount, xmppd.Get, NS, "ping", pong)
}
