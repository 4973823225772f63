package telephony

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
)

// found are the numbers of the calls, in the order of their beginning, in which a text is found.
func (r *records) found(t *testing.T, q RecordQuery) (list []int64) {
	t.Helper()
	for _, x := range must(r.Records(t.Context(), q)) {
		list = append([]int64{int64(x.Began.Sub(r.at) / time.Minute)}, list...)
	}
	return list
}

func (r *records) finds(t *testing.T, text string, want ...int64) {
	t.Helper()
	if got := r.found(t, RecordQuery{Text: text}); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%q is found in %v; want %v", text, got, want)
	}
}

// B10: a text is found in each part of who somebody is, also while the call goes on and when it has come to somebody else, and in nothing that a
// row has been before.
func TestSearch(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := newRecords(t, db)
		r.call(romeo, juliet, nil)
		r.call(paris, nurse, func(x *Record) { x.Dialled = "4989_13" })
		r.call(juliet, RecordParty{}, nil)
		open := Record{ID: recordID(r.at.Add(4*time.Minute), 0), Began: r.at.Add(4 * time.Minute), Caller: paris, Via: ViaDial, Dialled: "12"}
		open.Chain = open.ID
		r.ledger.put(open)
		r.ledger.write()
		r.finds(t, "PARIS", 2, 4)
		r.finds(t, "juliet@", 1, 3)
		open.Callee = juliet
		r.ledger.put(open)
		r.ledger.write()
		r.finds(t, "juliet@", 1, 3, 4)
		open.Callee = nurse
		open.end(open.Began.Add(time.Minute), ResultHangup, DetailCaller, "", false)
		r.ledger.put(open)
		r.ledger.write()
		r.finds(t, "juliet@", 1, 3)
		r.finds(t, "urse", 2, 4)
		r.finds(t, "+4930777", 2, 4)
		r.finds(t, "0777", 2, 4)
		r.finds(t, "9_1", 2)
		r.finds(t, "9%1")
		r.finds(t, "Romeo\n10")
		r.finds(t, "1", 1, 2, 3, 4)
		r.finds(t, "nobody")
		if n := len(r.ledger.found); n != 0 {
			t.Errorf("%d calls go on", n)
		}
		for name, c := range map[string]struct {
			q    RecordQuery
			want string
		}{
			"until":  {RecordQuery{Text: "nurse", Until: r.at.Add(3 * time.Minute)}, "[2]"},
			"from":   {RecordQuery{Text: "nurse", From: r.at.Add(3 * time.Minute)}, "[4]"},
			"before": {RecordQuery{Text: "nurse", Before: open.ID}, "[2]"},
			"user":   {RecordQuery{Text: "10", User: juliet.User}, "[1]"},
			"limit":  {RecordQuery{Text: "nurse", Limit: 1}, "[4]"},
		} {
			if got := fmt.Sprint(r.found(t, c.q)); got != c.want {
				t.Errorf("%s: %s; want %s", name, got, c.want)
			}
		}
		left := func() (n int) {
			if err := db.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM telephony_party) * 100 + (SELECT count(*) FROM telephony_found)`).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		before := left()
		if err := r.removeBefore(t.Context(), r.at.Add(3*time.Minute)); err != nil {
			t.Fatal(err)
		}
		if after := left(); after != 505 || before <= after { // Juliet, who has called, and of the last call Paris and the three whom it has come to
			t.Errorf("%d parties and links are left of %d", after, before)
		}
		r.finds(t, "juliet@", 3)
		r.finds(t, "romeo")
	})
}

// What is found very often is found as well, newest first.
func TestSearchForWhatIsEverywhere(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := filled(t, db, mostFoundOf+500)
		var all []Record
		for q := (RecordQuery{}); ; q.Before = all[len(all)-1].ID {
			page := must(s.Records(t.Context(), q))
			if all = append(all, page...); len(page) < MaxRecords {
				break
			}
		}
		for _, q := range []RecordQuery{
			{Text: "user"}, {Text: "user", Limit: 20}, {Text: "user 0"}, {Text: "user 17"}, {Text: "+4989"}, {Text: "+49890010"}, {Text: "user", User: all[0].Callee.User},
			{Text: "+4989", User: jid.MustParse("u0@example.org")}, {Text: "user 1", Before: all[1000].ID, Limit: 100},
		} {
			var want, got []string
			for _, r := range all {
				has := strings.Contains(strings.ToLower(r.Caller.Name+"\n"+r.Caller.Number+"\n"+r.Callee.Name+"\n"+r.Callee.Number), q.Text)
				if has && (q.User.IsZero() || r.Caller.User == q.User || r.Callee.User == q.User) && (q.Before == "" || r.ID < q.Before) {
					want = append(want, r.ID)
				}
			}
			for _, r := range must(s.Records(t.Context(), q)) {
				got = append(got, r.ID)
			}
			if limit := cmp.Or(q.Limit, MaxRecords); !slices.Equal(got, want[:min(len(want), limit)]) || len(got) == 0 {
				t.Errorf("%+v: %d rows; want %d of %d", q, len(got), limit, len(want))
			}
		}
	})
}

// What was stored before is found after the upgrade.
func TestSearchForOldRecords(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		old := func(dialect string) fs.FS {
			files := fstest.MapFS{}
			for _, name := range []string{"00001_calls.sql", "00002_journal.sql", "00003_journal_filters.sql", "00004_labels.sql"} {
				text, err := migrations.ReadFile("migrations/" + dialect + "/" + name)
				if err != nil {
					t.Fatal(err)
				}
				files[name] = &fstest.MapFile{Data: text}
			}
			return files
		}
		if err := db.Migrate(t.Context(), "telephony", old("sqlite"), old("postgres")); err != nil {
			t.Fatal(err)
		}
		at := time.UnixMilli(1_700_000_000_000).UTC()
		err := db.Commit(context.Background(), func(tx *store.Tx) error {
			for i, callee := range []RecordParty{juliet, nurse} {
				began := at.Add(time.Duration(i+1) * time.Minute)
				_, err := tx.Exec(`INSERT INTO telephony_call (id, chain, parent, began, answered, ended, caller_user, caller_number, caller_name, caller_device, caller_trunk,
					callee_user, callee_number, callee_name, callee_device, callee_trunk, dialled, via, result, detail, node)
					VALUES ($1, '', '', $2, 0, 0, $3, $4, $5, '', '', $6, $7, $8, '', '', '', '', '', '', 'a')`, recordID(began, 0), millis(began),
					romeo.User.String(), romeo.Number, romeo.Name, callee.User.String(), callee.Number, callee.Name)
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		r := newRecords(t, db)
		r.n = 2
		r.call(paris, nurse, nil)
		r.finds(t, "Nurse", 2, 3)
		r.finds(t, "romeo", 1, 2)
	})
}
