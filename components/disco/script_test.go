package disco_test

import (
	"context"
	"testing"

	"plenum/components/disco"
	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmpptest"
)

// silent is a component that answers nothing.
type silent struct{}

func (silent) Deliver(context.Context, *xmppd.Stanza) {}

func TestScripts(t *testing.T) {
	xmpptest.RunScripts(t, "testdata/*.xmpp", func(s *xmppd.Server) {
		d := disco.Register(s, disco.Config{Name: "Verona", Contacts: map[string][]string{
			"admin": {"mailto:a@example.org", "xmpp:a@example.org"},
			"abuse": {"mailto:abuse@example.org"},
		}})
		s.AddComponent("groups.example.org", silent{})
		shared := &disco.Info{Features: []string{"urn:known"}} // sources may give the same value again and again
		d.AddNodes(xmppd.ToServer, func(_ context.Context, _, _ jid.JID, node string) (*disco.Info, error) {
			if node != "known" {
				return nil, nil
			}
			return shared, nil
		}, func(_ context.Context, _, to jid.JID, node string) ([]disco.Item, error) {
			if node != "known" {
				return nil, nil
			}
			return []disco.Item{{JID: to.String(), Node: "below", Name: "Below"}}, nil
		})
		d.AddItems(xmppd.ToAccount, func(_ context.Context, from, to jid.JID) ([]disco.Item, error) {
			return []disco.Item{{JID: to.String(), Node: "node", Name: "for " + from.Bare().String()}}, nil
		})
	})
}

func TestConfig(t *testing.T) {
	for name, c := range map[string]struct {
		cfg disco.Config
		ok  bool
	}{
		"nothing said":             {disco.Config{}, true},
		"addresses are URIs":       {disco.Config{Contacts: map[string][]string{"admin": {"mailto:a@example.org"}}}, true},
		"a mail address is no URI": {disco.Config{Contacts: map[string][]string{"admin": {"a@example.org"}}}, false},
		"an unknown purpose":       {disco.Config{Contacts: map[string][]string{"fun": {"mailto:a@example.org"}}}, false},
	} {
		if err := c.cfg.Validate(); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
		if c.cfg.Name != "Plenum" {
			t.Errorf("%s: the name is %q", name, c.cfg.Name)
		}
	}
}
