package telephony

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"

	"plenum/components/call"
	"plenum/components/directory"
	"plenum/xmppd/jid"
	"plenum/xmppd/sasl"
	"plenum/xmppd/store/storetest"
)

// allRegistered are telephones that have all registered.
type allRegistered struct{ Phones }

func (allRegistered) Registered(string) bool { return true }

// BenchmarkRoute decides who rings for a call to a user with twenty telephones, each with times of its own, among 100 others: from what
// was dialled to the branches that are placed.
func BenchmarkRoute(b *testing.B) {
	ctx := context.Background()
	org, err := directory.Open(ctx, storetest.Open(b), []string{"example.org"}, directory.Config{Iterations: sasl.MinIterations},
		directory.KeyFile(filepath.Join(b.TempDir(), "key")), slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	defer org.Close()
	user, caller := jid.MustParse("u0@example.org"), jid.MustParse("u1@example.org")
	for i := range 100 {
		_, err := org.Accounts.CreateUser(ctx, jid.JID{}, directory.UserInput{
			Login: fmt.Sprint("u", i), Password: "Correct-horse-5", Extension: fmt.Sprint(200 + i),
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	for i := range 20 {
		d, err := org.Objects.CreateDevice(ctx, jid.JID{}, directory.DeviceInput{Device: directory.PhoneDevice, Name: fmt.Sprint("Phone ", i), Owner: user})
		if err != nil {
			b.Fatal(err)
		}
		t := directory.Timer{Enabled: true, Delay: i, Timeout: 20}
		in := directory.FollowMeInput{Internal: t, External: t, Queue: t}
		if _, err := org.FollowMe.Set(ctx, jid.JID{}, user.String(), d.ID, 0, in); err != nil {
			b.Fatal(err)
		}
	}
	people := Directory{Directory: org}
	plan := &dialPlan{people: people, phones: allRegistered{}, forwards: org.Forwards, teams: org.Teams, busy: func(jid.JID) bool { return false }}
	m := &machine{plan: plan, legs: newLegs(), live: &liveCall{mine: map[call.LegID]bool{}}, newLeg: newLeg}
	b.ReportAllocs()
	for b.Loop() {
		p := plan.resolve(plan.dialler(Caller{User: caller}), "200")
		if m.steps = p.steps; len(m.steps) == 0 || len(m.next()) < 20 {
			b.Fatalf("%d steps", len(p.steps))
		}
		m.legs.end(m.live)
		m.live = &liveCall{mine: map[call.LegID]bool{}}
	}
}
