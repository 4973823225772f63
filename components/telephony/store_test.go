package telephony

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
)

func TestRecords(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		if err := migrate(ctx, db); err != nil {
			t.Fatal(err)
		}
		s := &Service{db: db, node: "a", log: slog.New(slog.DiscardHandler), cfg: Config{KeepRecords: time.Hour}, ledger: newLedger(db, "a", slog.New(slog.DiscardHandler))}
		base := time.UnixMilli(1_700_000_000_000).UTC()
		romeo := RecordParty{User: jid.MustParse("romeo@example.org"), Number: "10", Name: "Roméo", Device: "d1"}
		for i := range 5 {
			began := base.Add(time.Duration(i) * time.Minute)
			r := Record{ID: recordID(began, 0), Began: began, Caller: romeo, Callee: RecordParty{Number: fmt.Sprint("+4989", i), Name: "Somebody 100%"}, Dialled: "0089", Via: ViaDial}
			r.Chain = r.ID
			s.ledger.put(r)
			s.ledger.write()
			if i > 0 {
				r.Answered = began.Add(3 * time.Second)
				s.ledger.put(r)
				s.ledger.write()
			}
			if i > 1 {
				r.Ended, r.Result, r.Detail, r.Callee.Trunk = began.Add(30*time.Second), ResultHangup, "caller", "t"
				s.ledger.put(r)
				s.ledger.write()
			}
		}
		other := newLedger(db, "b", s.log)
		other.put(Record{ID: recordID(base.Add(time.Hour), 0), Began: base.Add(time.Hour), Via: ViaDial, Callee: RecordParty{User: romeo.User}})
		other.write()

		// A crash leaves two rows of node a open.
		if n, err := interrupted(ctx, db, "a"); n != 2 || err != nil {
			t.Fatalf("%d rows were interrupted: %v", n, err)
		}
		count := func(q RecordQuery, want int) []Record {
			t.Helper()
			got, err := s.Records(ctx, q)
			if err != nil || len(got) != want {
				t.Errorf("%+v: %d records, %v; want %d", q, len(got), err, want)
			}
			return got
		}
		all := count(RecordQuery{}, 6)
		if r := all[len(all)-1]; r.Result != ResultInterrupted || r.Ended != r.Began || r.Caller != romeo || !r.Answered.IsZero() {
			t.Errorf("the first: %+v", r)
		}
		if r := all[len(all)-2]; r.Result != ResultInterrupted || r.Ended != r.Answered || r.Answered != base.Add(63*time.Second) {
			t.Errorf("the second: %+v", r)
		}
		if r := all[1]; r.Result != ResultHangup || r.Callee.Trunk != "t" || r.Ended.Sub(r.Answered) != 27*time.Second || r.Internal() || r.Inbound() {
			t.Errorf("the last: %+v", r)
		}
		if r := all[0]; r.Result != ResultOpen {
			t.Errorf("a call of another node: %+v", r)
		}
		count(RecordQuery{User: romeo.User}, 6)
		count(RecordQuery{User: jid.MustParse("juliet@example.org")}, 0)
		count(RecordQuery{Text: "100%"}, 5)
		count(RecordQuery{Text: "100_"}, 0)
		count(RecordQuery{Text: "89"}, 5)
		count(RecordQuery{From: base.Add(time.Minute), Until: base.Add(3 * time.Minute)}, 2)
		count(RecordQuery{Result: ResultHangup}, 3)
		count(RecordQuery{Chain: all[2].ID}, 1)
		page := count(RecordQuery{Limit: 2}, 2)
		if next := count(RecordQuery{Limit: 2, Before: page[1].ID}, 2); next[0].ID != all[2].ID {
			t.Errorf("the second page begins with %s", next[0].ID)
		}
		if err := s.removeBefore(ctx, base.Add(150*time.Second)); err != nil {
			t.Fatal(err)
		}
		count(RecordQuery{}, 3)
		if !strings.HasPrefix(all[0].ID, recordTime(base.Add(time.Hour))) {
			t.Errorf("an ID without its time: %s", all[0].ID)
		}
	})
}
