// Package entitytime tells the server's time.
//
// Spec: XEP-0202 2.0 complete
// Spec: XEP-0082 1.1.1 complete
package entitytime

import (
	"context"
	"time"

	"plenum/xmppd"
)

// NS is the namespace of <time/>.
const NS = "urn:xmpp:time"

// Register puts the answer into s.
func Register(s *xmppd.Server) {
	s.HandleIQ(xmppd.ToServer, xmppd.Get, NS, "time", func(context.Context, *xmppd.IQ) (any, error) {
		now := time.Now()
		return "<time xmlns='" + NS + "'><tzo>" + now.Format("-07:00") + "</tzo><utc>" + now.UTC().Format("2006-01-02T15:04:05.000Z") + "</utc></time>", nil
	})
}
