package conference_test

import (
	"testing"
	"time"

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

// TestConferenceScripts runs what clients and conferences say to each other; the calls themselves are those of exchange.
func TestConferenceScripts(t *testing.T) {
	var a *access
	xmpptest.RunScripts(t, "testdata/conference/*.xmpp", func(s *xmppd.Server) {
		if s.Node().ID == "a" {
			a = newAccess()
		}
		if _, err := registerWith(s, conference.Config{}, muc.Config{}, a, newExchange(s), conference.Rules{Wait: 3 * time.Minute}); err != nil {
			panic(err)
		}
	})
}
