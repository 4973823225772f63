package directory_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/directory"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
)

func TestWhatOneNodeChangesTheOtherShows(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		here, there := open(t, db), open(t, db)
		here.OnAnnounce(func(text []byte) {
			if err := there.Heard(text); err != nil {
				t.Error(err)
			}
		})
		members(t, here, "juliet", "nurse", "paris")
		team := place(t, here, directory.Teams, "Sales")
		p := permit(t, here, "P", directory.XMPPGroup, "user:juliet", "user:nurse", "team:"+team)
		q := permit(t, here, "Q", directory.Supervisor, "user:paris")
		must(t, there.Sync(ctx))
		if got, want := snapshot(t, there), snapshot(t, here); got != want {
			t.Errorf("the other node shows\n%s\nwant\n%s", got, want)
		}
		must(t, here.Permissions.Assign(ctx, operator, p.ID, directory.Users, []string{address("paris")}, []string{address("nurse")}))
		must(t, here.Permissions.Delete(ctx, operator, q.ID))
		must(t, here.Objects.Delete(ctx, operator, directory.Teams, team))
		must(t, here.Accounts.Delete(ctx, juliet))
		must(t, here.Accounts.SetDisplayName(ctx, jid.MustParse(address("paris")), "Count Paris"))
		must(t, there.Sync(ctx))
		if got, want := snapshot(t, there), snapshot(t, here); got != want {
			t.Errorf("the other node shows\n%s\nwant\n%s", got, want)
		}
		if !slices.EqualFunc(here.Permissions.List(), there.Permissions.List(), func(a, b directory.Permission) bool { return a.ID == b.ID }) {
			t.Error("the lists differ")
		}
	})
}

func TestNewsIsReadInTheBackground(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, err := store.OpenMemory()
		must(t, err)
		defer db.Close()
		nodes := make([]*directory.Directory, 3)
		for i := range nodes {
			nodes[i], err = directory.Open(ctx, db, domains, cheap, key, quiet)
			must(t, err)
			defer nodes[i].Close()
		}
		nodes[0].OnAnnounce(func(text []byte) { must(t, nodes[1].Heard(text)) })
		heard := changesOf(nodes[1])
		members(t, nodes[0], "juliet")
		synctest.Wait()
		exists(t, nodes[1].Accounts, juliet, true)
		if got := heard(); len(got) != 1 || !got[0].Remote || got[0].Kind != directory.AccountCreated {
			t.Errorf("heard %+v", got)
		}
		// The third node was not told. It looks by itself after a while.
		exists(t, nodes[2].Accounts, juliet, false)
		running, stop := context.WithCancel(ctx)
		go nodes[2].Run(running)
		time.Sleep(31 * time.Second)
		synctest.Wait()
		exists(t, nodes[2].Accounts, juliet, true)
		stop()
		synctest.Wait()
		if err := nodes[1].Heard([]byte("nonsense")); err == nil {
			t.Error("nonsense is taken as news")
		}
	})
}

func TestANodeThatWasAwayForLongReadsEverything(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		here, there := open(t, db), open(t, db)
		heard := changesOf(there)
		members(t, here, "juliet", "nurse")
		p := permit(t, here, "P", directory.XMPPGroup, "user:nurse")
		must(t, here.Accounts.Delete(ctx, juliet))
		must(t, db.Commit(ctx, func(tx *store.Tx) error {
			_, err := tx.Exec("DELETE FROM directory_change WHERE revision <= 3")
			return err
		}))
		must(t, there.Sync(ctx))
		if got, want := snapshot(t, there), snapshot(t, here); got != want {
			t.Errorf("the node shows\n%s\nwant\n%s", got, want)
		}
		if got := heard(); len(got) != 1 || got[0].Kind != directory.Missed {
			t.Errorf("heard %+v", got)
		}
		edit(t, here, p.ID, func(in *directory.PermissionInput) { in.Description = "after it" })
		must(t, there.Sync(ctx))
		if got := heard(); len(got) != 1 || got[0].Kind != directory.PermissionEdited {
			t.Errorf("heard %+v", got)
		}
	})
}

func TestThousandsOfChangesAreToldOneByOne(t *testing.T) {
	db := storetest.Open(t)
	here, there := open(t, db), open(t, db)
	var told, missed atomic.Int64
	last := int64(1)
	there.OnChange(func(c directory.Change) {
		told.Add(1)
		if c.Kind == directory.Missed || c.Revision != last+1 {
			missed.Add(1)
		}
		last = c.Revision
	})
	must(t, here.Fill(ctx, "capulet.lit", 600))
	must(t, there.Sync(ctx))
	if told.Load() != 1200 || missed.Load() != 0 { // a user and a device each
		t.Errorf("%d were told, %d missed", told.Load(), missed.Load())
	}
	if got, want := there.Accounts.Count(), 600; got != want {
		t.Errorf("there are %d users", got)
	}
}

// While two nodes change at the same time, each hears of every change once, in order, and both show the same in the end.
func TestNodesThatChangeTogetherAgree(t *testing.T) {
	dsn := postgres(t)
	var nodes [2]*directory.Directory
	var heard [2]func() []directory.Change
	for i := range nodes {
		db, err := store.Open(ctx, store.Config{DSN: dsn}, "", quiet)
		must(t, err)
		t.Cleanup(func() { must(t, db.Close()) })
		nodes[i] = open(t, db)
		heard[i] = changesOf(nodes[i])
	}
	nodes[0].OnAnnounce(func(text []byte) { _ = nodes[1].Heard(text) })
	nodes[1].OnAnnounce(func(text []byte) { _ = nodes[0].Heard(text) })
	p := permit(t, nodes[0], "P", directory.XMPPGroup)
	must(t, nodes[1].Sync(ctx))
	var wg sync.WaitGroup
	for i, d := range nodes {
		wg.Go(func() {
			for j := range 20 {
				user := member(t, d, fmt.Sprintf("n%d-%d", i, j), directory.NoRole)
				if err := d.Permissions.Assign(ctx, operator, p.ID, directory.Users, []string{user.String()}, nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for _, d := range nodes {
		must(t, d.Sync(ctx))
	}
	if got, want := snapshot(t, nodes[0]), snapshot(t, nodes[1]); got != want || len(nodes[0].Permissions.Groups()[1].Members) != 40 {
		t.Errorf("one shows\n%s\nthe other\n%s", got, want)
	}
	for i := range nodes {
		revision := int64(1)
		for _, c := range heard[i]() {
			if revision++; c.Revision != revision {
				t.Fatalf("node %d heard of %d after %d", i, c.Revision, revision-1)
			}
		}
		if revision != 82 {
			t.Errorf("node %d heard up to %d", i, revision)
		}
	}
}

func TestListenersMayRead(t *testing.T) {
	d := open(t, storetest.Open(t))
	var names []string
	d.OnChange(func(c directory.Change) {
		names = append(names, d.Accounts.Name(c.JID))
		d.Permissions.Groups()
		d.Permissions.Of(directory.Users, c.JID.String())
		if _, err := d.Accounts.Search(directory.UserQuery{}); err != nil {
			t.Error(err)
		}
	})
	members(t, d, "juliet")
	if !slices.Equal(names, []string{"juliet"}) {
		t.Errorf("a listener read %q: reads must show the change", names)
	}
}

func TestAChangeThatCannotBeReadIsNotLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, err := store.OpenMemory()
		must(t, err)
		d, err := directory.Open(ctx, db, domains, cheap, key, quiet)
		must(t, err)
		defer d.Close()
		must(t, db.Close())
		must(t, d.Heard([]byte(`{"revision":99}`)))
		time.Sleep(10 * time.Second) // it is tried again and again, until Close
		if err := d.Sync(ctx); !errors.Is(err, store.ErrClosed) {
			t.Errorf("error is %v", err)
		}
	})
}
