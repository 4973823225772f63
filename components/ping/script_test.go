package ping_test

import (
	"testing"

	"plenum/components/ping"
	"plenum/xmppd/xmpptest"
)

func TestScripts(t *testing.T) { xmpptest.RunScripts(t, "testdata/*.xmpp", ping.Register) }
