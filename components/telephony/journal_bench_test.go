package telephony

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"plenum/components/call"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
)

// manyRecords is how many rows there are: of some years of a thousand people.
const manyRecords = 1_000_000

// filled is a database with as many rows, of 1,000 users, one of whom has a part in a tenth of them and a team in another.
func filled(b testing.TB, db *store.DB, rows int) *Service {
	b.Helper()
	if err := migrate(b.Context(), db); err != nil {
		b.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	s := &Service{db: db, node: "a", log: log, ledger: newLedger(db, "a", log)}
	user := func(n int) RecordParty {
		if n%10 == 0 {
			n = 0
		}
		n %= 1000
		return RecordParty{User: jid.MustParse(fmt.Sprintf("u%d@example.org", n)), Number: fmt.Sprint(1000 + n), Name: fmt.Sprint("User ", n), Device: "d"}
	}
	began := time.UnixMilli(1_700_000_000_000)
	batch := make([]Record, 0, 10_000)
	for i := range rows {
		began = began.Add(time.Minute)
		r := Record{ID: recordID(began, 0), Began: began, Caller: user(i), Callee: user(i + 1 + i%7), Via: ViaDial, Dialled: "x"}
		if r.Chain = r.ID; i%3 == 0 {
			r.Caller = RecordParty{Number: fmt.Sprintf("+4989%06d", i%300_000), Trunk: "t"}
		}
		if i%10 == 5 {
			r.Team, r.Via, r.By = "sales", ViaQueue, ByAgent
		}
		if i%20 == 1 {
			r.end(began.Add(time.Second), ResultNoAnswer, DetailDst, call.NoAnswer.String(), false)
		} else {
			r.Answered = began
			r.end(began.Add(time.Second), ResultHangup, DetailCaller, "", false)
		}
		if batch = append(batch, r); len(batch) == cap(batch) || i == rows-1 {
			if err := s.ledger.commit(batch); err != nil {
				b.Fatal(err)
			}
			batch = batch[:0]
		}
	}
	return s
}

// looks are what people look at, by name. None reads more than a page, or what one user has.
func looks(s *Service) map[string]func(context.Context) error {
	j, busy, other := s.Journal(), jid.MustParse("u0@example.org"), jid.MustParse("u501@example.org")
	list := func(user jid.JID, f JournalFilter) func(context.Context) error {
		return func(ctx context.Context) error {
			f.Limit = 50
			_, err := j.List(ctx, user, f)
			return err
		}
	}
	records := func(q RecordQuery) func(context.Context) error {
		return func(ctx context.Context) error {
			q.Limit = 50
			_, err := s.Records(ctx, q)
			return err
		}
	}
	return map[string]func(context.Context) error{
		"journal":           list(other, JournalFilter{}),
		"journal busy":      list(busy, JournalFilter{}),
		"journal missed":    list(busy, JournalFilter{Outcome: Missed, Side: Incoming}),
		"journal voicemail": list(busy, JournalFilter{Outcome: OnVoicemail}),
		"journal deep":      list(busy, JournalFilter{Until: time.UnixMilli(1_710_000_000_000)}),
		"journal with":      list(busy, JournalFilter{with: RecordParty{User: other}, Before: "9"}),
		"missed": func(ctx context.Context) error {
			_, err := j.Missed(ctx, busy)
			return err
		},
		"team": func(ctx context.Context) error {
			_, err := j.OfTeam(ctx, "sales", JournalFilter{Outcome: Missed, Limit: 50})
			return err
		},
		"records":                records(RecordQuery{}),
		"records user":           records(RecordQuery{User: busy}),
		"records until":          records(RecordQuery{Until: time.UnixMilli(1_710_000_000_000)}),
		"chain":                  records(RecordQuery{Chain: "none"}),
		"text of nobody":         records(RecordQuery{Text: "nobody"}),
		"text of a number":       records(RecordQuery{Text: "89001503"}),
		"text of many numbers":   records(RecordQuery{Text: "8912"}),
		"text of a name":         records(RecordQuery{Text: "User 501"}),
		"text of half":           records(RecordQuery{Text: "+4989"}),
		"text of all":            records(RecordQuery{Text: "e"}),
		"text of a name, before": records(RecordQuery{Text: "User 501", Until: time.UnixMilli(1_710_000_000_000)}),
		"text in a journal":      list(other, JournalFilter{Text: "89001503"}),
		"text in a busy journal": list(busy, JournalFilter{Text: "89001503"}),
	}
}

// BenchmarkJournal looks at records when there are a million of them.
func BenchmarkJournal(b *testing.B) {
	s := filled(b, storetest.OpenFile(b), manyRecords)
	for name, look := range looks(s) {
		b.Run(strings.NewReplacer(" ", "-", ",", "").Replace(name), func(b *testing.B) {
			for b.Loop() {
				if err := look(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
