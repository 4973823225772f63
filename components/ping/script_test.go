package ping_test

import (
	"testing"

	"plenum/components/adhoc"
	"plenum/components/disco"
	"plenum/components/ping"
	"plenum/xmppd"
	"plenum/xmppd/xmpptest"
)

func TestScripts(t *testing.T) {
	xmpptest.RunScripts(t, "testdata/*.xmpp", func(s *xmppd.Server) {
		ping.Register(s)
		adhoc.Register(s, disco.Register(s, disco.Config{})).Add(ping.Command())
	})
}
