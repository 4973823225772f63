package sessions_test

import (
	"testing"

	"plenum/components/adhoc"
	"plenum/components/disco"
	"plenum/components/sessions"
	"plenum/xmppd"
	"plenum/xmppd/xmpptest"
)

func TestScripts(t *testing.T) {
	xmpptest.RunScripts(t, "testdata/*.xmpp", func(s *xmppd.Server) {
		d := disco.Register(s, disco.Config{})
		sessions.Register(s, d, adhoc.Register(s, d))
	})
}
