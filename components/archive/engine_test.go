package archive_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"plenum/components/archive"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/rsm"
	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
)

func open(t testing.TB, db *store.DB) *archive.Engine {
	t.Helper()
	e, err := archive.OpenEngine(context.Background(), db)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// day is where the archives of these tests begin.
var day = time.Date(2026, 2, 28, 0, 0, 0, 0, time.UTC)

func idAt(t time.Time, n int64) archive.ID { return archive.ID(t.UnixMilli()<<20 | n) }

// kept is a message as the tests know it.
type kept struct {
	id     archive.ID
	peer   jid.JID
	stanza []byte
}

// fill puts n messages into an archive, with several in one millisecond.
func fill(t testing.TB, db *store.DB, e *archive.Engine, owner jid.JID, n int) []kept {
	t.Helper()
	peers := []jid.JID{jid.MustParse("a@x.org/1"), jid.MustParse("a@x.org/2"), jid.MustParse("a@x.org"), jid.MustParse("b@x.org/1"), jid.MustParse("x.org"), owner}
	var list []kept
	b := new(store.Batch)
	for i := range n {
		k := kept{id: idAt(day.Add(time.Duration(i/3)*time.Second), int64(i%3)*7), peer: peers[i*i%len(peers)], stanza: fmt.Appendf(nil, "<message id='%d'/>", i)}
		list = append(list, k)
		e.Add(b, owner, k.id, k.peer, k.stanza)
	}
	done := make(chan error, 1)
	b.OnCommit(func(err error) { done <- err })
	if err := db.Submit(b); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	return list
}

// model does what Query is to do, the simple way.
func model(list []kept, q archive.Query) archive.Page {
	var match []kept
	for _, k := range list {
		switch at := k.id.Time(); {
		case !q.With.IsZero() && q.With.IsFull() && k.peer != q.With,
			!q.With.IsZero() && k.peer.Bare() != q.With.Bare(),
			!q.Start.IsZero() && at.Before(q.Start), !q.End.IsZero() && at.After(q.End),
			q.AfterID != "" && k.id <= parsed(q.AfterID), q.BeforeID != "" && k.id >= parsed(q.BeforeID),
			len(q.IDs) > 0 && !slices.Contains(q.IDs, k.id.String()):
		default:
			match = append(match, k)
		}
	}
	p := archive.Page{Count: -1}
	if q.RSM.Max == 0 {
		p.Count = len(match)
		p.Complete = p.Count == 0
		return p
	}
	match = slices.DeleteFunc(match, func(k kept) bool {
		return q.RSM.After != "" && k.id <= parsed(q.RSM.After) || q.RSM.Before != "" && k.id >= parsed(q.RSM.Before)
	})
	limit := archive.PageDefault
	if q.RSM.Max > 0 {
		limit = min(q.RSM.Max, archive.PageMax)
	}
	p.Complete = len(match) <= limit
	if q.RSM.Last || q.RSM.Before != "" {
		match = match[max(0, len(match)-limit):]
	} else {
		match = match[:min(len(match), limit)]
	}
	for _, k := range match {
		p.Rows = append(p.Rows, archive.Row{ID: k.id, Stanza: k.stanza})
	}
	return p
}

func parsed(s string) archive.ID { id, _ := archive.ParseID(s); return id }

func samePage(a, b archive.Page) bool {
	return a.Complete == b.Complete && a.Count == b.Count && slices.EqualFunc(a.Rows, b.Rows, func(x, y archive.Row) bool {
		return x.ID == y.ID && bytes.Equal(x.Stanza, y.Stanza)
	})
}

func TestQueryDoesWhatTheModelDoes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		e, owner := open(t, db), jid.MustParse("romeo@example.org")
		list := fill(t, db, e, owner, 300)
		fill(t, db, e, jid.MustParse("juliet@example.org"), 50)
		rnd := rand.New(rand.NewPCG(1, 2))
		some := func(s string) string {
			if rnd.IntN(4) > 0 {
				return ""
			}
			return s
		}
		id := func() string { return some(list[rnd.IntN(len(list))].id.String()) }
		instant := func() (at time.Time) {
			if rnd.IntN(3) == 0 {
				at = day.Add(time.Duration(rnd.IntN(110_000)) * time.Millisecond)
			}
			return at
		}
		peers := []jid.JID{{}, {}, {}, list[0].peer, list[0].peer.Bare(), list[1].peer, jid.MustParse("x.org"), owner, jid.MustParse("c@x.org")}
		for range 500 {
			q := archive.Query{With: peers[rnd.IntN(len(peers))], Start: instant(), End: instant(), AfterID: id(), BeforeID: id()}
			q.RSM = rsm.Request{Max: []int{-1, 0, 1, 2, 10, 100, 1000}[rnd.IntN(7)], After: id(), Before: id(), Index: -1}
			q.RSM.Last = q.RSM.Before == "" && rnd.IntN(3) == 0
			for rnd.IntN(5) == 0 {
				q.IDs = append(q.IDs, list[rnd.IntN(len(list))].id.String())
			}
			got, err := e.Query(context.Background(), owner, q)
			if want := model(list, q); err != nil || !samePage(got, want) {
				t.Fatalf("%+v:\ngot  %d rows %v %d, %v\nwant %d rows %v %d", q, len(got.Rows), got.Complete, got.Count, err, len(want.Rows), want.Complete, want.Count)
			}
		}
	})
}

func TestTimesThatNoArchiveKnows(t *testing.T) {
	db := storetest.Open(t)
	e, owner := open(t, db), jid.MustParse("romeo@example.org")
	list := fill(t, db, e, owner, 9)
	for name, c := range map[string]struct {
		start, end string
		want       int
	}{
		"until long after us":         {"", "9999-12-31T23:59:59Z", 9},
		"from long after us":          {"9999-12-31T23:59:59Z", "", 0},
		"from long before us":         {"0001-01-01T00:00:01Z", "", 9},
		"until long before us":        {"", "1066-10-14T00:00:00Z", 0},
		"from within a millisecond":   {"2026-02-28T00:00:01.0001Z", "", 3},
		"until within a millisecond":  {"", "2026-02-28T00:00:01.0009Z", 6},
		"nothing between two moments": {"2026-02-28T00:00:01.0001Z", "2026-02-28T00:00:01.0009Z", 0},
	} {
		q := archive.Query{RSM: rsm.Request{Max: -1, Index: -1}}
		for s, at := range map[string]*time.Time{c.start: &q.Start, c.end: &q.End} {
			if s != "" {
				var err error
				if *at, err = time.Parse(time.RFC3339Nano, s); err != nil {
					t.Fatal(err)
				}
			}
		}
		page, err := e.Query(context.Background(), owner, q)
		if err != nil || len(page.Rows) != c.want {
			t.Errorf("%s: got %d of %d rows, %v; want %d", name, len(page.Rows), len(list), err, c.want)
		}
	}
}

func TestUnknownIDs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		e, owner := open(t, db), jid.MustParse("romeo@example.org")
		list := fill(t, db, e, owner, 3)
		known, unknown := list[1].id.String(), (list[1].id + 1).String()
		for name, q := range map[string]archive.Query{
			"after":     {RSM: rsm.Request{Max: -1, After: unknown, Index: -1}},
			"before":    {RSM: rsm.Request{Max: -1, Before: unknown, Index: -1}},
			"after-id":  {AfterID: unknown, RSM: rsm.Request{Max: -1, Index: -1}},
			"before-id": {BeforeID: "x", RSM: rsm.Request{Max: -1, Index: -1}},
			"ids":       {IDs: []string{known, unknown}, RSM: rsm.Request{Max: -1, Index: -1}},
			"the count": {RSM: rsm.Request{Max: 0, After: unknown, Index: -1}},
		} {
			if _, err := e.Query(context.Background(), owner, q); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s: got %v", name, err)
			}
			if _, err := e.Query(context.Background(), jid.MustParse("juliet@example.org"), archive.Query{IDs: []string{known}, RSM: q.RSM}); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s in another archive: got %v", name, err)
			}
		}
	})
}

func TestAPageEndsBeforeItIsTooLarge(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		e, owner := open(t, db), jid.MustParse("romeo@example.org")
		b := new(store.Batch)
		size := archive.PageBytes * 2 / 5
		for i := range 6 {
			e.Add(b, owner, archive.ID(i+1)<<20, owner, bytes.Repeat([]byte{'a' + byte(i)}, size))
		}
		e.Add(b, owner, archive.ID(7)<<20, owner, bytes.Repeat([]byte{'z'}, archive.PageBytes+1))
		done := make(chan error, 1)
		b.OnCommit(func(err error) { done <- err })
		if err := db.Submit(b); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		var pages []int
		q := archive.Query{RSM: rsm.Request{Max: -1, Index: -1}}
		for {
			page, err := e.Query(context.Background(), owner, q)
			if err != nil {
				t.Fatal(err)
			}
			pages = append(pages, len(page.Rows))
			if page.Complete {
				break
			}
			q.RSM.After = page.Rows[len(page.Rows)-1].ID.String()
		}
		if !slices.Equal(pages, []int{2, 2, 2, 1}) { // one that is too large alone is a page of its own
			t.Errorf("pages of %v rows", pages)
		}
	})
}

func TestEnds(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		e, owner := open(t, db), jid.MustParse("romeo@example.org")
		if _, _, ok, err := e.Ends(context.Background(), owner); ok || err != nil {
			t.Errorf("an empty archive: %v, %v", ok, err)
		}
		list := fill(t, db, e, owner, 5)
		first, last, ok, err := e.Ends(context.Background(), owner)
		if !ok || err != nil || first != list[0].id || last != list[4].id {
			t.Errorf("got %v, %v, %v, %v", first, last, ok, err)
		}
	})
}

func TestEdit(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		e, owner := open(t, db), jid.MustParse("romeo@example.org")
		list := fill(t, db, e, owner, 2)
		edit := func(id archive.ID, to string) (peer jid.JID, had string) {
			b := new(store.Batch)
			e.Edit(b, owner, id, func(p jid.JID, stanza []byte) ([]byte, error) {
				peer, had = p, string(stanza)
				if to == "" {
					return nil, nil
				}
				return []byte(to), nil
			})
			done := make(chan error, 1)
			b.OnCommit(func(err error) { done <- err })
			if err := db.Submit(b); err != nil {
				t.Fatal(err)
			}
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			return peer, had
		}
		if peer, had := edit(list[0].id, "<message>gone</message>"); peer != list[0].peer || had != "<message id='0'/>" {
			t.Errorf("got %v %q", peer, had)
		}
		if _, had := edit(list[0].id, ""); had != "<message>gone</message>" {
			t.Errorf("after the change: %q", had)
		}
		if _, had := edit(list[1].id, ""); had != "<message id='1'/>" {
			t.Errorf("another one: %q", had)
		}
		if peer, had := edit(1, "<message>new</message>"); !peer.IsZero() || had != "" {
			t.Errorf("one that is not there: %v %q", peer, had)
		}
	})
}

func TestRetention(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, e := context.Background(), open(t, db)
		romeo, juliet, nurse := jid.MustParse("romeo@example.org"), jid.MustParse("juliet@example.org"), jid.MustParse("nurse@example.org")
		fill(t, db, e, romeo, 1500) // 500 s
		fill(t, db, e, juliet, 30)  // 10 s
		fill(t, db, e, nurse, 1300)
		count := func(owner jid.JID) int {
			page, err := e.Query(ctx, owner, archive.Query{RSM: rsm.Request{Max: 0, Index: -1}})
			if err != nil {
				t.Fatal(err)
			}
			return page.Count
		}
		if n, err := e.SweepOnce(ctx, day); n != 0 || err != nil {
			t.Errorf("before the first message: %d, %v", n, err)
		}
		if n, err := e.SweepOnce(ctx, day.Add(400*time.Second)); n != 1200+30+1200 || err != nil {
			t.Errorf("removed %d, %v", n, err)
		}
		if a, b, c := count(romeo), count(juliet), count(nurse); a != 300 || b != 0 || c != 100 {
			t.Errorf("%d, %d and %d are left", a, b, c)
		}
		for range 2 {
			if err := e.Purge(ctx, romeo); err != nil {
				t.Fatal(err)
			}
		}
		if a, c := count(romeo), count(nurse); a != 0 || c != 100 {
			t.Errorf("after Purge %d and %d are left", a, c)
		}
	})
}

func BenchmarkPage(b *testing.B) {
	for _, kind := range []struct {
		name string
		open func(testing.TB) *store.DB
	}{{"memory", storetest.OpenMemory}, {"file", storetest.OpenFile}} {
		b.Run(kind.name, func(b *testing.B) {
			db := kind.open(b)
			e, owner := open(b, db), jid.MustParse("romeo@example.org")
			list := fill(b, db, e, owner, 20_000)
			with := archive.Query{With: list[0].peer.Bare(), RSM: rsm.Request{Max: 100, Last: true, Index: -1}}
			for _, c := range []struct {
				name string
				q    archive.Query
			}{
				{"last", archive.Query{RSM: rsm.Request{Max: 100, Last: true, Index: -1}}},
				{"middle", archive.Query{RSM: rsm.Request{Max: 100, After: list[10_000].id.String(), Index: -1}}},
				{"with", with},
			} {
				b.Run(c.name, func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						page, err := e.Query(context.Background(), owner, c.q)
						if err != nil || len(page.Rows) != 100 {
							b.Fatal(len(page.Rows), err)
						}
					}
				})
			}
		})
	}
}
