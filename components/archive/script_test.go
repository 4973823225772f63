package archive_test

import (
	"testing"

	"plenum/components/archive"
	"plenum/components/blocking"
	"plenum/components/carbons"
	"plenum/components/disco"
	"plenum/xmppd"
	"plenum/xmppd/xmpptest"
)

// register puts the archive into s, with those it has to do with.
func register(t testing.TB, s *xmppd.Server, cfg archive.Config) (*archive.Service, *archive.Engine) {
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	e, err := archive.OpenEngine(s.Context(), s.Store())
	if err != nil {
		t.Fatal(err)
	}
	disco.Register(s, disco.Config{})
	carbons.Register(s)
	if _, err := blocking.Register(s.Context(), s); err != nil {
		t.Fatal(err)
	}
	return archive.Register(s, cfg, e), e
}

func TestScripts(t *testing.T) {
	xmpptest.RunScripts(t, "testdata/*.xmpp", func(s *xmppd.Server) { register(t, s, archive.Config{}) })
}
