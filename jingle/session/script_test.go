package session_test

import (
	"testing"

	"plenum/xmppd/xmpptest"
)

func TestScripts(t *testing.T) { xmpptest.RunScripts(t, "testdata/*.xmpp", register) }
