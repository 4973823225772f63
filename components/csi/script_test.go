package csi_test

import (
	"testing"

	"plenum/components/csi"
	"plenum/xmppd/xmpptest"
)

func TestScripts(t *testing.T) { xmpptest.RunScripts(t, "testdata/*.xmpp", csi.Register) }
