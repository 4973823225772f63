package xmppd_test

import (
	"testing"

	"plenum/xmppd"
	"plenum/xmppd/xmpptest"
)

func TestRosterScripts(t *testing.T) { xmpptest.RunScripts(t, "testdata/roster/*.xmpp", nothing) }
func TestSubscriptionScripts(t *testing.T) {
	xmpptest.RunScripts(t, "testdata/subscription/*.xmpp", nothing)
}
func TestPresenceScripts(t *testing.T) { xmpptest.RunScripts(t, "testdata/presence/*.xmpp", nothing) }
func TestOfflineScripts(t *testing.T)  { xmpptest.RunScripts(t, "testdata/offline/*.xmpp", nothing) }

func TestErrorScripts(t *testing.T) { xmpptest.RunScripts(t, "testdata/errors/*.xmpp", nothing) }

func nothing(*xmppd.Server) {}
