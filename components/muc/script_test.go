package muc_test

import (
	"testing"

	"plenum/components/muc"
	"plenum/xmppd"
	"plenum/xmppd/xmpptest"
)

func register(s *xmppd.Server) {
	if _, err := muc.Register(s, muc.Config{Domain: "chat.example.org"}, muc.Doors{}); err != nil {
		panic(err)
	}
}

func TestScripts(t *testing.T) { xmpptest.RunScripts(t, "testdata/*.xmpp", register) }
