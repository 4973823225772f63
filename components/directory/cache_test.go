package directory_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/directory"
	"plenum/xmppd/jid"
	"plenum/xmppd/store/storetest"
)

// countingStore counts reads of accounts, and can do something in the middle of one.
type countingStore struct {
	directory.Store
	reads  atomic.Int64
	during func()
}

func (s *countingStore) Get(ctx context.Context, bare jid.JID) (directory.Record, error) {
	s.reads.Add(1)
	record, err := s.Store.Get(ctx, bare)
	if s.during != nil {
		s.during()
	}
	return record, err
}

func counted(t testing.TB, cfg directory.Config) (*directory.Accounts, *countingStore) {
	t.Helper()
	st, err := directory.NewStore(ctx, storetest.OpenMemory(t))
	must(t, err)
	counting := &countingStore{Store: st}
	a, err := directory.NewAccounts(ctx, counting, domains, cfg)
	must(t, err)
	return a, counting
}

func wantReads(t *testing.T, st *countingStore, want int64, sentence string) {
	t.Helper()
	if got := st.reads.Swap(0); got != want {
		t.Errorf("%s: %d reads, want %d", sentence, got, want)
	}
}

func exists(t *testing.T, a *directory.Accounts, address jid.JID, want bool) {
	t.Helper()
	if got, err := a.Exists(ctx, address); got != want || err != nil {
		t.Errorf("%s exists: %v, %v", address, got, err)
	}
}

func TestReadsAreCached(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, st := counted(t, cheap)
		create(t, a, juliet, directory.NoRole)
		st.reads.Store(0)
		for range 10 {
			exists(t, a, juliet, true)
		}
		wantReads(t, st, 0, "an account that was just made is known")
		for range 10 {
			fits(t, a, juliet, password)
		}
		wantReads(t, st, 10, "keys are read for each login")
		for range 10 {
			exists(t, a, nobody, false)
		}
		wantReads(t, st, 1, "that there is no account is known after one read")
		exists(t, a, jid.MustParse("juliet@elsewhere.lit"), false)
		wantReads(t, st, 0, "another domain is not looked up")
		create(t, a, nobody, directory.NoRole)
		exists(t, a, nobody, true)
		wantReads(t, st, 1, "a new account is read once")
		time.Sleep(6 * time.Minute)
		exists(t, a, juliet, true)
		wantReads(t, st, 1, "an answer does not last for ever")
	})
}

func TestUnknownNamesDoNotPushOutUsers(t *testing.T) {
	cfg := cheap
	cfg.Cached = 2
	a, st := counted(t, cfg)
	create(t, a, juliet, directory.NoRole)
	for i := range 5000 {
		exists(t, a, jid.MustParse(fmt.Sprintf("x%d@capulet.lit", i)), false)
	}
	st.reads.Store(0)
	exists(t, a, juliet, true)
	wantReads(t, st, 0, "the user is still in memory")
}

func TestReadThatAChangeOvertakesIsNotKept(t *testing.T) {
	a, st := counted(t, cheap)
	create(t, a, juliet, directory.NoRole)
	a.Heard([]directory.Change{{Revision: 1, JID: juliet}}) // empties the cache for her
	st.during = func() {
		st.during = nil
		must(t, a.Disable(ctx, juliet))
	}
	before, err := a.Get(ctx, juliet)
	must(t, err)
	after, err := a.Get(ctx, juliet)
	must(t, err)
	if before.Disabled {
		t.Error("the read saw what came after it")
	}
	if !after.Disabled {
		t.Error("an answer from before the change was kept")
	}
}

func BenchmarkExists(b *testing.B) {
	a, _ := counted(b, cheap)
	create(b, a, juliet, directory.NoRole)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if ok, err := a.Exists(ctx, juliet); !ok || err != nil {
				b.Error(ok, err)
			}
		}
	})
}
