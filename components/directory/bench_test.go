package directory_test

import (
	"fmt"
	"log/slog"
	"runtime"
	"testing"

	"plenum/components/directory"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
)

const (
	manyUsers       = 10000
	manyPermissions = 200
)

// organisation opens a directory of 10,000 users with a device each and 200 permissions, of which each user has 20, 2 of them
// groups of contact lists.
func organisation(b testing.TB, db *store.DB) *directory.Directory {
	b.Helper()
	d, err := directory.Open(ctx, db, domains, cheap, key, slog.New(slog.DiscardHandler))
	must(b, err)
	b.Cleanup(d.Close)
	must(b, d.Fill(ctx, "capulet.lit", manyUsers))
	for p := range manyPermissions {
		in := directory.PermissionInput{Name: fmt.Sprintf("Department %d", p), Types: []directory.PermissionType{directory.PickupGroup}}
		if p%10 == 0 {
			in.Types = append(in.Types, directory.XMPPGroup)
		}
		made, err := d.Permissions.Create(ctx, jid.JID{}, in)
		must(b, err)
		members := make([]string, 0, manyUsers/10)
		for i := p / 2 % 10; i < manyUsers; i += 10 {
			members = append(members, fmt.Sprintf("user%05d@capulet.lit", i))
		}
		must(b, d.Permissions.Assign(ctx, jid.JID{}, made.ID, directory.Users, members, nil))
	}
	return d
}

func BenchmarkOrganisation(b *testing.B) {
	db := storetest.Open(b)
	d := organisation(b, db)
	user := jid.MustParse("user07777@capulet.lit")
	all := d.Permissions.List()
	last := all[len(all)-1]

	for name, q := range map[string]directory.UserQuery{
		"first page":             {Limit: 50},
		"one word":               {Text: "müll", Limit: 50},
		"two words, by number":   {Text: "clara 77", Sort: directory.SortExtension, Limit: 50},
		"no match":               {Text: "nobody at all", Limit: 50},
		"of a permission, later": {Permission: last.ID, Sort: directory.SortLogin, Desc: true, Offset: 4000, Limit: 50},
	} {
		b.Run("Search/"+name, func(b *testing.B) {
			for b.Loop() {
				if _, err := d.Accounts.Search(q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("Holds", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			d.Permissions.Holds(user, directory.Supervisor)
			if !d.Permissions.Holds(user, directory.PickupGroup) {
				b.Fatal("he does not")
			}
		}
	})
	b.Run("MayPickUp", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if d.Permissions.MayPickUp(user, directory.Users, "user00000@capulet.lit") {
				b.Fatal("he may")
			}
		}
	})
	b.Run("PermissionPage", func(b *testing.B) {
		for b.Loop() {
			for _, p := range d.Permissions.List() {
				for _, kind := range directory.Kinds() {
					d.Permissions.Count(p.ID, kind)
				}
			}
		}
	})
	b.Run("Of", func(b *testing.B) {
		for b.Loop() {
			d.Permissions.Of(directory.Users, user.String())
		}
	})
	b.Run("Assigned", func(b *testing.B) {
		for b.Loop() {
			page, err := d.Permissions.Assigned(last.ID, directory.AssigneeQuery{Kind: directory.Users, Text: "weiss", Limit: 50})
			if err != nil || page.Total == 0 {
				b.Fatal(page.Total, err)
			}
		}
	})
	b.Run("Rename", func(b *testing.B) {
		for b.Loop() {
			must(b, d.Accounts.SetDisplayName(ctx, user, fmt.Sprint("Clara ", b.N, b.Elapsed())))
			if _, err := d.Accounts.Search(directory.UserQuery{Limit: 50}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("AssignOne", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			add, remove := []string{"user07777@capulet.lit"}, []string{"user07776@capulet.lit"}
			if i%2 == 0 {
				add, remove = remove, add
			}
			must(b, d.Permissions.Assign(ctx, jid.JID{}, last.ID, directory.Users, add, remove))
			d.Permissions.Groups()
		}
	})
	b.Run("Assign2000", func(b *testing.B) {
		objects := make([]string, 2000)
		for i := range objects {
			objects[i] = fmt.Sprintf("user%05d@capulet.lit", 3*i)
		}
		for i := 0; b.Loop(); i++ {
			if i%2 == 0 {
				must(b, d.Permissions.Assign(ctx, jid.JID{}, all[1].ID, directory.Users, nil, objects))
			} else {
				must(b, d.Permissions.Assign(ctx, jid.JID{}, all[1].ID, directory.Users, objects, nil))
			}
			d.Permissions.Groups()
		}
	})
	b.Run("Start", func(b *testing.B) {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		for b.Loop() {
			fresh, err := directory.Open(ctx, db, domains, cheap, key, slog.New(slog.DiscardHandler))
			must(b, err)
			fresh.Permissions.Groups()
			runtime.GC()
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "MB")
			fresh.Close()
			runtime.KeepAlive(fresh)
		}
	})
}
