package conference_test

import (
	"testing"

	"plenum/components/conference"
	"plenum/components/muc"
	"plenum/xmppd"
	"plenum/xmppd/xmpptest"
)

func TestScripts(t *testing.T) {
	var a *access // of the servers of one script; RunScripts registers the first of them on node "a"
	xmpptest.RunScripts(t, "testdata/*.xmpp", func(s *xmppd.Server) {
		if s.Node().ID == "a" {
			a = newAccess()
		}
		if _, err := register(s, conference.Config{}, muc.Config{}, a); err != nil {
			panic(err)
		}
	})
}
