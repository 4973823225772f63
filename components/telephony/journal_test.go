package telephony

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"plenum/components/call"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
)

var (
	romeo  = RecordParty{User: jid.MustParse("romeo@example.org"), Number: "10", Name: "Romeo", Device: "d1", Location: "balcony"}
	juliet = RecordParty{User: jid.MustParse("juliet@example.org"), Number: "12", Name: "Juliet", Device: "d2"}
	nurse  = RecordParty{User: jid.MustParse("nurse@example.org"), Number: "13", Name: "Nurse", Device: "d3"}
	paris  = RecordParty{Number: "+4930777", Name: "Paris", Trunk: "t"}
)

// records stores rows.
type records struct {
	*Service
	at time.Time
	n  int
}

func newRecords(t *testing.T, db *store.DB) *records {
	t.Helper()
	if err := migrate(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	s := &Service{db: db, node: "a", log: log, cfg: Config{KeepRecords: time.Hour, Longest: 2 * time.Hour}, ledger: newLedger(db, "a", log)}
	return &records{Service: s, at: time.UnixMilli(1_700_000_000_000).UTC()}
}

// call is a row of ten seconds, a minute after the last; change says what became of it.
func (r *records) call(caller, callee RecordParty, change func(*Record)) Record {
	r.n++
	began := r.at.Add(time.Duration(r.n) * time.Minute)
	x := Record{ID: recordID(began, 0), Began: began, Caller: caller, Callee: callee, Via: ViaDial}
	x.Chain = x.ID
	if change != nil {
		change(&x)
	}
	if x.Result == ResultOpen {
		x.Answered = began.Add(time.Second)
		x.end(began.Add(10*time.Second), ResultHangup, DetailCaller, "", false)
	}
	r.ledger.put(x)
	r.ledger.write()
	return x
}

// ends closes a row as one that was not answered.
func ends(d Detail, reason string, goesOn bool) func(*Record) {
	return func(x *Record) { x.end(x.Began.Add(10*time.Second), ResultNoAnswer, d, reason, goesOn) }
}

// B10: each call is one entry of each who had a part in it, as he sees it; filters choose among them, pages follow each other.
func TestJournalsOfUsers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := newRecords(t, db)
		j := r.Journal()
		r.call(romeo, juliet, nil)                                      // 1
		r.call(paris, juliet, ends(DetailAbandon, "", false))           // 2
		r.call(juliet, paris, ends(DetailDst, "busy", false))           // 3
		r.call(paris, juliet, ends(DetailElsewhere, "", true))          // 4
		r.call(romeo, juliet, ends(DetailVoicemail, "no answer", true)) // 5, and the row that follows it
		left := r.call(romeo, juliet, func(x *Record) { x.Via = ViaVoicemail })
		r.call(romeo, juliet, ends(DetailDst, call.Declined.String(), false)) // 7
		r.call(RecordParty{User: romeo.User, Device: "d1"}, juliet, nil)      // 8: anonymous
		open := r.call(romeo, juliet, nil)                                    // 9
		r.call(juliet, juliet, nil)                                           // 10: herself
		ids := map[string]string{}
		for i, x := range must(r.Records(t.Context(), RecordQuery{})) {
			ids[x.ID] = fmt.Sprint(r.n - i)
		}
		told := func(list []JournalEntry) string {
			var words []string
			for _, e := range list {
				way := "to"
				if e.Incoming {
					way = "from"
				}
				with := e.With()
				words = append(words, fmt.Sprintf("%s %s %s %s", ids[e.ID], e.Outcome, way, with.Name))
			}
			return strings.Join(words, ", ")
		}
		for _, c := range []struct {
			user   RecordParty
			filter JournalFilter
			want   string
		}{
			{juliet, JournalFilter{}, "10 accepted to Juliet, 9 accepted from Romeo, 8 accepted from , 7 refused from Romeo, 6 voicemail from Romeo, 4 elsewhere from Paris, 3 missed to Paris, 2 missed from Paris, 1 accepted from Romeo"},
			{romeo, JournalFilter{}, "9 accepted to Juliet, 8 accepted to Juliet, 7 missed to Juliet, 6 voicemail to Juliet, 1 accepted to Juliet"},
			{nurse, JournalFilter{}, ""},
			{juliet, JournalFilter{Side: Outgoing}, "10 accepted to Juliet, 3 missed to Paris"},
			{juliet, JournalFilter{Side: Incoming, Scope: External}, "4 elsewhere from Paris, 2 missed from Paris"},
			{juliet, JournalFilter{Scope: Internal, Outcome: Accepted}, "10 accepted to Juliet, 9 accepted from Romeo, 8 accepted from , 1 accepted from Romeo"},
			{juliet, JournalFilter{Outcome: Missed}, "6 voicemail from Romeo, 3 missed to Paris, 2 missed from Paris"},
			{juliet, JournalFilter{Outcome: OnVoicemail}, "6 voicemail from Romeo"},
			{juliet, JournalFilter{Text: "paris"}, "4 elsewhere from Paris, 3 missed to Paris, 2 missed from Paris"},
			{juliet, JournalFilter{From: r.at.Add(2 * time.Minute), Until: r.at.Add(4 * time.Minute)}, "3 missed to Paris, 2 missed from Paris"},
			{juliet, JournalFilter{Limit: 2}, "10 accepted to Juliet, 9 accepted from Romeo"},
			{juliet, JournalFilter{Limit: 2, Before: open.ID}, "8 accepted from , 7 refused from Romeo"},
		} {
			list, err := j.List(t.Context(), c.user.User, c.filter)
			if got := told(list); got != c.want || err != nil {
				t.Errorf("%s, %+v: %s, %v; want %s", c.user.Name, c.filter, got, err, c.want)
			}
		}

		for _, e := range must(j.List(t.Context(), juliet.User, JournalFilter{})) {
			if from := e.Caller; e.Incoming && (from.Device != "" || from.Location != "" || from.Name == "" && !from.User.IsZero()) {
				t.Errorf("Juliet is told too much: %+v", from)
			}
		}
		d, err := j.Entry(t.Context(), juliet.User, left.ID)
		if err != nil || len(d.Steps) != 1 || d.Steps[0].ID != left.ID || d.Steps[0].Caller.Device != "" || d.Steps[0].Callee.Device != "d2" || told(d.Last) != "1 accepted from Romeo" {
			t.Errorf("the entry is %+v, %v", d, err)
		}
		if d, _ := j.Entry(t.Context(), juliet.User, idOf(ids, "4")); told(d.Last) != "3 missed to Paris, 2 missed from Paris" {
			t.Errorf("the last ones with Paris: %s", told(d.Last))
		}
		for _, id := range []string{left.ID, "nothing"} {
			if _, err := j.Entry(t.Context(), nurse.User, id); !fault.Is(err, fault.NotFound) {
				t.Errorf("the nurse's entry %s: %v", id, err)
			}
		}
	})
}

func idOf(ids map[string]string, n string) string {
	for id, number := range ids {
		if number == n {
			return id
		}
	}
	return ""
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// What was missed counts until it is seen; a call that still rang then counts afterwards.
func TestMissedCallsAreCounted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := newRecords(t, db)
		j, ctx := r.Journal(), t.Context()
		count := func(want int) {
			t.Helper()
			if n, err := j.Missed(ctx, juliet.User); n != want || err != nil {
				t.Errorf("%d are missed, %v; want %d", n, err, want)
			}
		}
		count(0)
		long := r.call(romeo, juliet, func(x *Record) { x.end(x.Began.Add(time.Hour), ResultNoAnswer, DetailAbandon, "", false) })
		last := r.call(paris, juliet, ends(DetailDst, "no answer", false))
		r.call(paris, juliet, ends(DetailElsewhere, "", true))
		r.call(paris, juliet, ends(DetailDst, "declined", false))
		r.call(juliet, paris, ends(DetailDst, "busy", false))
		count(2)
		for _, until := range []time.Time{last.Ended, last.Began} { // not back
			if err := j.See(ctx, juliet.User, until); err != nil {
				t.Fatal(err)
			}
			count(1)
		}
		if err := j.See(ctx, juliet.User, long.Ended); err != nil {
			t.Fatal(err)
		}
		count(0)
		if err := j.See(ctx, juliet.User, time.Now().Add(time.Hour)); err != nil { // nobody has seen what is to come
			t.Fatal(err)
		}
		r.at = time.Now()
		r.call(romeo, juliet, ends(DetailAbandon, "", false))
		count(1)
		if err := j.ForgetAccount(ctx, juliet.User); err != nil {
			t.Fatal(err)
		}
		count(3)
	})
}

// B9: a call of a team is one entry of its journal.
func TestJournalsOfTeams(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := newRecords(t, db)
		j, ctx := r.Journal(), t.Context()
		sales := RecordParty{Number: "50", Name: "Sales"}
		forSales := func(x *Record) { x.Team = "sales" }
		forMember := func(x *Record) { x.Team, x.Via, x.By = "sales", ViaQueue, ByAgent }
		r.call(paris, sales, func(x *Record) {
			forSales(x)
			x.Answered = x.Began
			x.end(x.Began, ResultTransfer, DetailDst, "", true)
		})
		taken := r.call(paris, juliet, forMember)
		r.call(paris, nurse, func(x *Record) { forMember(x); ends(DetailElsewhere, "", true)(x) })
		missed := r.call(paris, sales, func(x *Record) { forSales(x); ends(DetailAbandon, "", false)(x) })
		r.call(paris, nurse, func(x *Record) { forMember(x); ends(DetailAbandon, "", true)(x) })
		r.call(paris, nurse, nil)
		for outcome, want := range map[Outcome]string{AnyOutcome: missed.ID + " " + taken.ID, Accepted: taken.ID, Missed: missed.ID} {
			var ids []string
			for _, e := range must(j.OfTeam(ctx, "sales", JournalFilter{Outcome: outcome})) {
				ids = append(ids, e.ID)
				if !e.Incoming || e.Caller != paris && e.Caller.Trunk == "" || e.Callee.Device != "" {
					t.Errorf("an entry: %+v", e)
				}
			}
			if got := strings.Join(ids, " "); got != want {
				t.Errorf("%s: %s; want %s", outcome, got, want)
			}
		}
		if d, err := j.TeamEntry(ctx, "sales", taken.ID); err != nil || d.Outcome != Accepted || len(d.Last) != 0 {
			t.Errorf("an entry: %+v, %v", d, err)
		}
		if _, err := j.TeamEntry(ctx, "other", taken.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("another team's: %v", err)
		}
	})
}

// Who watches is told of a row once it can be read, and again when a message was left in it, whichever comes first.
func TestEntriesAreAnnounced(t *testing.T) {
	r := newRecords(t, storetest.OpenMemory(t))
	var told []string
	r.Journal().OnEntry(func(user jid.JID, e JournalEntry) {
		var n int
		if err := r.db.QueryRow(context.Background(), `SELECT count(*) FROM telephony_call WHERE id = $1 AND ended > 0`, e.ID).Scan(&n); err != nil || n != 1 {
			t.Errorf("%s is told of what is not there: %v", user, err)
		}
		told = append(told, fmt.Sprintf("%s %s %v %s", user.Local(), e.Outcome, e.Incoming, e.Voicemail))
	})
	x := Record{ID: recordID(r.at, 0), Began: r.at, Caller: romeo, Callee: juliet, Via: ViaVoicemail}
	r.ledger.put(x)
	r.ledger.write()
	x.Answered = r.at
	x.end(r.at.Add(time.Second), ResultHangup, DetailCaller, "", false)
	r.MessageLeft(x.ID, "m1")
	r.ledger.put(x)
	r.ledger.write()
	want := "romeo voicemail false , juliet voicemail true , romeo voicemail false m1, juliet voicemail true m1"
	if got := strings.Join(told, ", "); got != want {
		t.Errorf("told: %s; want %s", got, want)
	}
	r.ledger.put(x) // a row that is written again keeps the message
	r.ledger.write()
	if rows := must(r.read(t.Context(), conditions{}, 1, "")); rows[0].Voicemail != "m1" {
		t.Errorf("the row is %+v", rows[0])
	}
	r.MessageLeft("removed", "m2") // whose row is no more
	r.ledger.write()
	if len(told) != 6 {
		t.Errorf("told: %v", told)
	}
}

// Whatever is looked at, an index leads there: nothing reads the whole table, nor sorts all that a user has.
func TestIndexesLeadToRecords(t *testing.T) {
	r := newRecords(t, storetest.OpenMemory(t))
	for _, c := range []struct {
		name    string
		filter  JournalFilter
		indexes []string
	}{
		{"all", JournalFilter{}, []string{"telephony_call_callee", "telephony_call_caller"}},
		{"missed", JournalFilter{Outcome: Missed}, []string{"telephony_call_missed", "telephony_call_unreached"}},
		{"voicemail", JournalFilter{Outcome: OnVoicemail}, []string{"telephony_call_voicemail_of", "telephony_call_voicemail_by"}},
	} {
		conditions, parts := c.filter.of(romeo.User)
		rows := must(r.db.Query(t.Context(), "EXPLAIN QUERY PLAN "+conditions.sql(50, parts), conditions.args...))
		plan := ""
		for rows.Next() {
			var id, parent, unused int64
			var detail string
			if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
				t.Fatal(err)
			}
			plan += detail + "\n"
		}
		for _, index := range c.indexes {
			if !strings.Contains(plan, "USING INDEX "+index+" ") {
				t.Errorf("%s: %s is not used:\n%s", c.name, index, plan)
			}
		}
		if strings.Contains(plan, "SCAN telephony_call") {
			t.Errorf("%s: the table is read:\n%s", c.name, plan)
		}
	}
}
