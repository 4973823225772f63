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
