package version_test

import (
	"testing"

	"plenum/components/disco"
	"plenum/components/version"
	"plenum/xmppd"
	"plenum/xmppd/xmpptest"
)

func register(cfg version.Config) func(*xmppd.Server) {
	return func(s *xmppd.Server) {
		version.Register(s, disco.Register(s, disco.Config{}), cfg, version.Software{Name: "Plenum", Version: "1.2 <3>", OS: "linux"})
	}
}

func TestScripts(t *testing.T) {
	xmpptest.RunScripts(t, "testdata/*.xmpp", register(version.Config{}))
}

func TestOperatorsDecideWhetherTheOSIsShown(t *testing.T) {
	srv := xmpptest.Start(t, register(version.Config{ShowOS: true}))
	romeo := srv.Login("romeo")
	romeo.Send("<iq type='get' id='1' to='example.org'><query xmlns='jabber:iq:version'/></iq>")
	romeo.Expect("<iq type='result' id='1'><query xmlns='jabber:iq:version'>…<os>linux</os></query></iq>")
}
