package profiles_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"plenum/components/adhoc"
	"plenum/components/directory"
	"plenum/components/disco"
	"plenum/components/profiles"
	"plenum/components/pubsub"
	"plenum/xmppd"
	"plenum/xmppd/cluster"
	"plenum/xmppd/jid"
	"plenum/xmppd/sasl"
	"plenum/xmppd/store"
	"plenum/xmppd/xmpptest"
)

// The scripts show what XMPP clients see. Besides the profiles that are built in there is Lunch, which shows its icon and begins every day at five past
// midnight, for two minutes, with three actions of which one fails, and Meeting, which is sticky and for Juliet alone. The clock of a script begins at midnight.
func TestScripts(t *testing.T) {
	xmpptest.RunScripts(t, "testdata/*.xmpp", func(s *xmppd.Server) { register(t, s) })
}

var operator jid.JID

func register(t *testing.T, s *xmppd.Server) *directory.Directory {
	t.Helper()
	org, _ := registered(t, s)
	return org
}

func registered(t *testing.T, s *xmppd.Server) (*directory.Directory, *profiles.Service) {
	t.Helper()
	ctx, log := context.Background(), slog.New(slog.DiscardHandler)
	key := func(bool) (*directory.Sealer, error) { return directory.NewSealer(make([]byte, directory.KeySize)) }
	org, err := directory.Open(ctx, s.Store(), []string{xmpptest.Domain}, directory.Config{Iterations: sasl.MinIterations}, key, log)
	if err != nil {
		t.Fatal(err)
	}
	s.Hooks.Stop.Add(func(context.Context) { org.Close() })
	org.OnAnnounce(func(text []byte) { s.Announce("directory", text) })
	s.OnNode("directory", func(_ cluster.NodeID, text []byte) { _ = org.Heard(text) })
	info := disco.Register(s, disco.Config{})
	nodes, err := pubsub.Register(ctx, s, info, pubsub.Config{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	do, err := profiles.NewEngine(ctx, s.Store(), org, log)
	if err != nil {
		t.Fatal(err)
	}
	p, err := profiles.Register(s, profiles.Config{TimeZone: "UTC"}, org, do, adhoc.Register(s, info), nodes, log)
	if err != nil {
		t.Fatal(err)
	}
	people(t, org)
	return org, p
}

// people makes those that the scripts need, unless another server has.
func people(t *testing.T, org *directory.Directory) {
	t.Helper()
	ctx := context.Background()
	if org.Accounts.Count() > 0 {
		return
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"romeo", "juliet", "nurse"} {
		_, err := org.Accounts.Create(ctx, directory.NewAccount{JID: jid.MustParse(name + "@" + xmpptest.Domain), Password: "Wherefore4"})
		must(err)
	}
	permission, err := org.Permissions.Create(ctx, operator, directory.PermissionInput{Name: "Capulets"})
	must(err)
	must(org.Permissions.Assign(ctx, operator, permission.ID, directory.Users, []string{"juliet@" + xmpptest.Domain}, nil))
	days := []time.Weekday{0, 1, 2, 3, 4, 5, 6}
	for _, in := range []directory.ProfileInput{
		{Name: "Lunch", Icon: "coffee", ShowIcon: true, Show: directory.ShowAway, Triggers: []directory.ProfileTrigger{{At: "00:05", Until: "00:07", Days: days}},
			Enter: []directory.ProfileAction{{Kind: directory.ActForwardUnset}, {Kind: directory.ActForwardSet, Target: "999"}, {Kind: directory.ActForwardSet, Target: directory.ForwardToBox}}},
		{Name: "Meeting", Sticky: true, Permissions: []string{permission.ID}},
	} {
		_, err := org.Profiles.Create(ctx, operator, in)
		must(err)
	}
}

func id(t *testing.T, org *directory.Directory, name string) string {
	t.Helper()
	for _, p := range org.Profiles.List() {
		if strings.EqualFold(p.Name, name) {
			return p.ID
		}
	}
	t.Fatalf("there is no profile %s", name)
	return ""
}

func memory(t *testing.T) *store.DB {
	t.Helper()
	db, err := store.OpenMemory()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}
