// Package ping answers pings to the server and to accounts.
//
// Spec: XEP-0199 2.0.1 complete
package ping

import (
	"context"
	"time"

	"plenum/components/adhoc"
	"plenum/xmppd"
)

// NS is the namespace of <ping/>.
const NS = "urn:xmpp:ping"

// Register puts the answer into s. Those who do not get an account's presence learn nothing about it.
func Register(s *xmppd.Server) {
	s.HandleIQ(xmppd.ToServer, xmppd.Get, NS, "ping", func(context.Context, *xmppd.IQ) (any, error) { return nil, nil })
	s.HandleIQ(xmppd.ToAccount, xmppd.Get, NS, "ping", func(ctx context.Context, iq *xmppd.IQ) (any, error) {
		if !iq.Own() && !s.SharesPresence(ctx, iq.To.Bare(), iq.From.Bare()) {
			return nil, xmppd.Errorf("service-unavailable", "")
		}
		return nil, nil
	})
}

// Node is the node of Command.
const Node = "ping"

// Command pings the server on behalf of people whose client has no ping of its own.
func Command() adhoc.Command {
	return adhoc.Command{Node: Node, Name: "Ping the server", Target: xmppd.ToServer,
		Start: func(context.Context, *adhoc.Request) (*adhoc.Step, error) {
			return adhoc.Done("Pong. The server's time is %s.", time.Now().UTC().Format(time.DateTime+" MST")), nil
		}}
}
