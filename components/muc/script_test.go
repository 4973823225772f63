package muc_test

import (
	"testing"

	"plenum/components/archive"
	"plenum/components/muc"
	"plenum/xmppd"
	"plenum/xmppd/xmpptest"
)

func register(s *xmppd.Server) {
	history, err := archive.OpenEngine(s.Context(), s.Store())
	if err == nil {
		_, err = muc.Register(s, muc.Config{Domain: "chat.example.org"}, history)
	}
	if err != nil {
		panic(err)
	}
}

func TestScripts(t *testing.T) { xmpptest.RunScripts(t, "testdata/*.xmpp", register) }
