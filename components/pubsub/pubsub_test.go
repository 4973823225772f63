package pubsub_test

import (
	"context"
	"testing"

	"plenum/components/blocking"
	"plenum/components/disco"
	"plenum/components/privatexml"
	"plenum/components/pubsub"
	"plenum/components/vcard"
	"plenum/xmppd"
	"plenum/xmppd/xmpptest"
)

// register puts PEP and what it works with into a server.
func register(t testing.TB) func(*xmppd.Server) {
	return func(s *xmppd.Server) { setUp(t, s) }
}

func setUp(t testing.TB, s *xmppd.Server) *pubsub.Service {
	t.Helper()
	return setUpWith(t, s, pubsub.Config{})
}

func setUpWith(t testing.TB, s *xmppd.Server, cfg pubsub.Config) *pubsub.Service {
	t.Helper()
	ctx := context.Background()
	dc := disco.Config{}
	if err := dc.Validate(); err != nil {
		t.Fatal(err)
	}
	d := disco.Register(s, dc)
	blocks, err := blocking.Register(ctx, s)
	if err != nil {
		t.Fatal(err)
	}
	p, err := pubsub.Register(ctx, s, d, cfg, blocks)
	if err != nil {
		t.Fatal(err)
	}
	private, err := privatexml.Register(ctx, s)
	if err != nil {
		t.Fatal(err)
	}
	private.Mirror, private.Source = p.UnifyBookmarks()
	cards, err := vcard.Register(ctx, s, "Test")
	if err != nil {
		t.Fatal(err)
	}
	photo, changed := p.ConvertAvatars()
	cards.Rewrite = photo
	cards.OnChange(changed)
	return p
}

func TestScripts(t *testing.T) { xmpptest.RunScripts(t, "testdata/*.xmpp", register(t)) }
