package sharedgroups_test

import (
	"fmt"
	"log/slog"
	"testing"

	"plenum/components/sharedgroups"
	"plenum/xmppd"
	"plenum/xmppd/cluster"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/xmpptest"
)

// company has 10,000 users in 200 groups: one of 2,000, the others of 100.
func company() *org {
	o := &org{names: map[jid.JID]string{}}
	who := func(i int) jid.JID { return jid.MustParse(fmt.Sprintf("user%d@example.org", i%10_000)) }
	big := sharedgroups.Group{ID: "big", Name: "Everybody in Sales"}
	for i := range 2000 {
		big.Members = append(big.Members, who(i))
	}
	o.groups = append(o.groups, big)
	for n := range 199 {
		g := sharedgroups.Group{ID: fmt.Sprint("g", n), Name: fmt.Sprint("Department ", n)}
		for i := range 100 {
			g.Members = append(g.Members, who(n*50+i))
		}
		o.groups = append(o.groups, g)
	}
	for i := range 10_000 {
		o.names[who(i)] = fmt.Sprint("Given Surname ", i)
	}
	return o
}

func service(b *testing.B, o *org) *sharedgroups.Service {
	db, err := store.OpenMemory()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	s, err := xmppd.New(xmppd.Config{Domains: []string{"example.org"}},
		xmppd.Deps{Log: slog.New(slog.DiscardHandler), Store: db, Node: cluster.NewLocal().Join("a"), Accounts: xmpptest.NewUsers()})
	if err != nil {
		b.Fatal(err)
	}
	return sharedgroups.Register(s, o)
}

// BenchmarkRosterItem is asked for each presence that is sent, and more often.
func BenchmarkRosterItem(b *testing.B) {
	g := service(b, company())
	owner := user("user7")
	for name, contact := range map[string]jid.JID{"two groups": user("user8"), "one group": user("user1999"), "none": user("user9999")} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				g.RosterItem(b.Context(), owner, contact)
			}
		})
	}
}

func BenchmarkRosterItemsOf2000(b *testing.B) {
	g := service(b, company())
	owner := user("user7")
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		items, _ := g.RosterItems(b.Context(), owner)
		for range items {
			n++
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/item")
}

func BenchmarkSnapshot(b *testing.B) {
	o := company()
	b.ReportAllocs()
	for b.Loop() {
		sharedgroups.Build(o.Groups(), o.Name)
	}
}

// BenchmarkDifference is what a change costs for all who are in a group of 2,000: when one comes in, and when the group is new.
func BenchmarkDifference(b *testing.B) {
	o := company()
	whole := sharedgroups.Build(o.Groups(), o.Name)
	members := o.groups[0].Members
	for name, change := range map[string]func(){
		"one comes": func() {
			o.set("big", o.groups[0].Name, "")
			o.groups = append(o.groups, sharedgroups.Group{ID: "big", Name: "Everybody in Sales", Members: append(members[:2000:2000], user("user9999"))})
		},
		"all come": func() { o.set("big", "", "") },
	} {
		change()
		other := sharedgroups.Build(o.Groups(), o.Name)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				d := sharedgroups.Compare(other, whole)
				for _, m := range members {
					n += d.Count(m)
				}
			}
			b.ReportMetric(float64(n)/float64(b.N), "changes")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/change")
		})
	}
}
