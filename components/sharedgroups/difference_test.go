package sharedgroups_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"plenum/components/sharedgroups"
	"plenum/xmppd"
	"plenum/xmppd/jid"
)

// world is a random organisation: a few people, some groups with any members.
type world struct {
	groups []sharedgroups.Group
	names  map[jid.JID]string
}

var everybody = []jid.JID{user("a"), user("b"), user("c"), user("d"), user("e"), user("f@second.example"), user("team@pbx.example.org")}

func (w *world) clone() *world {
	c := &world{names: maps.Clone(w.names)}
	for _, g := range w.groups {
		g.Members = slices.Clone(g.Members)
		c.groups = append(c.groups, g)
	}
	return c
}

// mutate changes something.
func (w *world) mutate(r *rand.Rand) {
	who := everybody[r.IntN(len(everybody))]
	if len(w.groups) == 0 || r.IntN(8) == 0 && len(w.groups) < 6 {
		w.groups = append(w.groups, sharedgroups.Group{ID: fmt.Sprint(r.IntN(1_000_000)), Name: string(rune('A' + r.IntN(4)))})
		return
	}
	i := r.IntN(len(w.groups))
	g := &w.groups[i]
	switch n := r.IntN(10); {
	case n == 0:
		w.groups = slices.Delete(w.groups, i, i+1)
	case n == 1:
		g.Name = string(rune('A' + r.IntN(4)))
	case n == 2:
		w.names[who] = fmt.Sprint("Name ", r.IntN(3))
	case n == 3:
		r.Shuffle(len(w.groups), func(i, j int) { w.groups[i], w.groups[j] = w.groups[j], w.groups[i] })
	case slices.Contains(g.Members, who):
		g.Members = slices.DeleteFunc(g.Members, func(m jid.JID) bool { return m == who })
	default:
		g.Members = append(g.Members, who)
	}
}

func (w *world) build() *sharedgroups.Snapshot {
	return sharedgroups.Build(w.groups, func(who jid.JID) string { return w.names[who] })
}

// roster is what somebody sees by definition: a line for each contact.
func (w *world) roster(owner jid.JID) map[jid.JID]string {
	seen := map[jid.JID][]string{}
	for _, g := range w.groups {
		if !slices.Contains(g.Members, owner) {
			continue
		}
		for _, m := range g.Members {
			if m != owner && !slices.Contains(seen[m], g.Name) {
				seen[m] = append(seen[m], g.Name)
			}
		}
	}
	lines := map[jid.JID]string{}
	for m, groups := range seen {
		slices.Sort(groups)
		lines[m] = w.names[m] + ": " + strings.Join(groups, ", ")
	}
	return lines
}

func lines(t *testing.T, items []xmppd.RosterItem) map[jid.JID]string {
	all := map[jid.JID]string{}
	for _, i := range items {
		if _, twice := all[i.Contact]; twice || i.Subscription.String() != "both" {
			t.Fatalf("%s: %s, twice is %v", i.Contact, i.Subscription, twice)
		}
		all[i.Contact] = i.Name + ": " + strings.Join(slices.Sorted(slices.Values(i.Groups)), ", ")
	}
	return all
}

// rosters are what the groups say, and the changes between two moments are just what is different between the rosters.
func TestChangesAreTheDifferenceOfRosters(t *testing.T) {
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 1))
		w := &world{names: map[jid.JID]string{}}
		for range r.IntN(40) {
			w.mutate(r)
		}
		old := w.clone()
		for range 1 + r.IntN(4) {
			w.mutate(r)
		}
		before, after := old.build(), w.build()
		diff := sharedgroups.Compare(before, after)
		for _, owner := range everybody {
			items, oldVersion := before.Roster(owner)
			was := lines(t, items)
			items, newVersion := after.Roster(owner)
			is := lines(t, items)
			if want := old.roster(owner); !maps.Equal(was, want) {
				t.Fatalf("seed %d: %s sees %v, want %v", seed, owner, was, want)
			}
			differs := !maps.Equal(was, is)
			if differs && oldVersion == newVersion {
				t.Fatalf("seed %d: the roster of %s is another one with the same version", seed, owner)
			}
			seen := map[jid.JID]bool{}
			for _, ch := range diff.Changes(owner) {
				_, before := was[ch.Contact]
				_, after := is[ch.Contact]
				switch {
				case seen[ch.Contact]:
					t.Fatalf("seed %d: %s hears of %s twice", seed, owner, ch.Contact)
				case ch.Before.To() != before || ch.After.To() != after:
					t.Fatalf("seed %d: %s: %+v, but was %v and is %v", seed, owner, ch, before, after)
				case was[ch.Contact] == is[ch.Contact]:
					t.Fatalf("seed %d: %s hears of %s, who has not changed", seed, owner, ch.Contact)
				}
				seen[ch.Contact] = true
			}
			for _, contact := range everybody {
				if was[contact] != is[contact] && !seen[contact] {
					t.Fatalf("seed %d: %s does not hear of %s: %q, %q", seed, owner, contact, was[contact], is[contact])
				}
			}
		}
	}
}

func TestVersionsOutliveARestart(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 2))
		w := &world{names: map[jid.JID]string{}}
		for range 30 {
			w.mutate(r)
		}
		a, b := w.build(), w.clone().build()
		for _, owner := range everybody {
			_, v := a.Roster(owner)
			if _, again := b.Roster(owner); v != again || strings.Contains(v, "-") {
				t.Fatalf("the version of %s is %q and then %q", owner, v, again)
			}
		}
	}
}

func TestGuestsAreInNoGroup(t *testing.T) {
	w := &world{names: map[jid.JID]string{}, groups: []sharedgroups.Group{{ID: "1", Name: "All", Members: []jid.JID{user("a"), user("x@guest.example.org"), user("b")}}}}
	s := w.build()
	if items, _ := s.Roster(user("a")); len(items) != 1 || items[0].Contact != user("b") {
		t.Errorf("a sees %v", items)
	}
	if items, _ := s.Roster(user("x@guest.example.org")); len(items) != 0 {
		t.Errorf("the guest sees %v", items)
	}
}

func TestAGroupWithoutNameHasItsID(t *testing.T) {
	w := &world{names: map[jid.JID]string{}, groups: []sharedgroups.Group{{ID: "42", Members: []jid.JID{user("a"), user("b")}}}}
	if items, _ := w.build().Roster(user("a")); len(items) != 1 || !slices.Equal(items[0].Groups, []string{"42"}) {
		t.Errorf("a sees %v", items)
	}
}
