package lastactivity_test

import (
	"context"
	"testing"

	"plenum/components/lastactivity"
	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
	"plenum/xmppd/xmpptest"
)

func TestScripts(t *testing.T) {
	xmpptest.RunScripts(t, "testdata/*.xmpp", func(s *xmppd.Server) {
		if _, err := lastactivity.Register(s.Context(), s); err != nil {
			t.Fatal(err)
		}
	})
}

func TestStore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var l *lastactivity.Service
		ended := make(chan struct{}, 2)
		srv := xmpptest.StartWith(t, xmpptest.Options{Store: db, Register: func(s *xmppd.Server) {
			var err error
			if l, err = lastactivity.Register(s.Context(), s); err != nil {
				t.Fatal(err)
			}
			s.Hooks.SessionEnd.Add(func(*xmppd.Session) { ended <- struct{}{} })
		}})
		ctx, owner := context.Background(), jid.MustParse("romeo@example.org")
		rows := func() (n int) {
			if err := db.QueryRow(ctx, `SELECT count(*) FROM last_activity WHERE owner = $1`, owner.String()).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		for range 2 { // the second time overwrites
			srv.Login("romeo").Available().Close()
			<-ended
		}
		if err := db.Commit(ctx, func(*store.Tx) error { return nil }); err != nil { // behind what was submitted
			t.Fatal(err)
		}
		if n := rows(); n != 1 {
			t.Errorf("%d rows after two sessions", n)
		}
		for range 2 {
			if err := l.ForgetAccount(ctx, owner); err != nil {
				t.Fatal(err)
			}
		}
		if n := rows(); n != 0 {
			t.Errorf("after ForgetAccount: %d rows", n)
		}
	})
}
