package entitytime_test

import (
	"testing"

	"plenum/components/entitytime"
	"plenum/xmppd/xmpptest"
)

// The scripts begin at the moment at which testing/synctest has its clock begin.
func TestScripts(t *testing.T) { xmpptest.RunScripts(t, "testdata/*.xmpp", entitytime.Register) }
