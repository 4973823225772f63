package api_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"plenum/components/directory"
	"plenum/components/telephony"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// madeJournal is a journal that is made up: the same for everybody and every team.
type madeJournal struct {
	list   []telephony.JournalEntry // the newest first
	asked  telephony.JournalFilter
	of     string // whose it was asked for
	missed int
	seen   time.Time
}

func (m *madeJournal) List(_ context.Context, user jid.JID, f telephony.JournalFilter) ([]telephony.JournalEntry, error) {
	m.asked, m.of = f, user.String()
	return m.list[:min(len(m.list), f.Limit)], nil
}

func (m *madeJournal) OfTeam(_ context.Context, team string, f telephony.JournalFilter) ([]telephony.JournalEntry, error) {
	m.asked, m.of = f, team
	return m.list[:min(len(m.list), f.Limit)], nil
}

func (m *madeJournal) Entry(_ context.Context, user jid.JID, id string) (telephony.JournalDetail, error) {
	m.of = user.String()
	for _, e := range m.list {
		if e.ID == id {
			return telephony.JournalDetail{JournalEntry: e, Steps: []telephony.Record{e.Record}, Last: m.list}, nil
		}
	}
	return telephony.JournalDetail{}, fault.New(fault.NotFound, "there is no such entry")
}

func (m *madeJournal) TeamEntry(ctx context.Context, team, id string) (telephony.JournalDetail, error) {
	d, err := m.Entry(ctx, jid.JID{}, id)
	m.of, d.Last = team, nil
	return d, err
}

func (m *madeJournal) Missed(context.Context, jid.JID) (int, error) { return m.missed, nil }

func (m *madeJournal) See(_ context.Context, _ jid.JID, until time.Time) error {
	m.seen = until
	return nil
}

// B10: a user's journal, with its filters, pages and details.
func TestOnesOwnJournal(t *testing.T) {
	w := newWorld(t)
	jan := w.user("jan", directory.NoRole)
	b := w.inApp("jan")
	began := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for i := range 5 {
		w.journal.list = append(w.journal.list, telephony.JournalEntry{Incoming: i > 0, Outcome: telephony.Missed, Record: telephony.Record{
			ID: fmt.Sprintf("%05d", 2000-i), Began: began, Ended: began.Add(90 * time.Second), Result: telephony.ResultNoAnswer, Detail: telephony.DetailAbandon,
			Caller: telephony.RecordParty{Name: "Customer", Number: "+4930901820", Trunk: "t"}, Callee: telephony.RecordParty{User: jan, Number: "104"}, Prefix: "0"}})
	}
	w.journal.missed = 3
	page := b.want(http.StatusOK, b.get("/app/journal?scope=external&side=in&outcome=missed&q=cust&from=2026-03-01T00:00:00Z&before=x&limit=2"))
	want := telephony.JournalFilter{Scope: telephony.External, Side: telephony.Incoming, Outcome: telephony.Missed, Text: "cust", From: began.Add(-12 * time.Hour), Before: "x", Limit: 3}
	if w.journal.asked != want || w.journal.of != jan.String() {
		t.Errorf("asked for %+v of %s", w.journal.asked, w.journal.of)
	}
	items := page.json["items"].([]any)
	if len(items) != 2 || page.json["next"] != "01999" || page.json["missed"] != 3.0 || page.json["asOf"] == nil {
		t.Errorf("a page: %s", page)
	}
	in := items[1].(map[string]any)
	if with, own := in["with"].(map[string]any), in["own"].(map[string]any); with["name"] != "Customer" || own["name"] != "Jan" || in["outcome"] != "missed" || in["internal"] != false || in["prefix"] != "0" {
		t.Errorf("a call: %v", in)
	}
	detail := b.want(http.StatusOK, b.get("/app/journal/01998"))
	if len(detail.json["steps"].([]any)) != 1 || len(detail.json["last"].([]any)) != 5 || detail.json["id"] != "01998" {
		t.Errorf("a detail: %s", detail)
	}
	b.want(http.StatusNotFound, b.get("/app/journal/nothing"))
	b.want(http.StatusNoContent, b.post("/app/journal/seen", map[string]any{"until": page.json["asOf"]}))
	if time.Since(w.journal.seen) > time.Minute {
		t.Errorf("seen until %v", w.journal.seen)
	}
	for _, bad := range []string{"?scope=inbound", "?side=up", "?outcome=busy", "?from=yesterday", "?limit=1000"} {
		b.want(http.StatusUnprocessableEntity, b.get("/app/journal"+bad))
	}
}

// B8, B10: labels of a call are in its records and in the table; in journals are those that are shown to users.
func TestLabelsInRecordsAndJournals(t *testing.T) {
	w := newWorld(t)
	admin := w.admin()
	for name, shown := range map[string]bool{"Customer": true, "rank": false} {
		admin.want(http.StatusCreated, admin.post("/callobjects", map[string]any{"kind": "label", "name": name, "extension": "", "initial": false, "actions": []any{}, "hours": []any{}, "days": []any{},
			"menu":  map[string]any{"prompt": "", "answerDelay": 0, "keyTimeout": 0, "entries": []any{}, "beforeInternal": []any{}, "afterInternal": []any{}, "beforeExternal": []any{}, "afterExternal": []any{}},
			"label": map[string]any{"shown": shown, "value": "", "when": map[string]any{"kind": "", "object": "", "label": "", "value": "", "not": false}}}))
	}
	row := telephony.Record{ID: "1", Chain: "1", Began: time.Now(), Labels: `{"Customer":"ACME","rank":"7","other":"=x"}`}
	w.calls.rows, w.journal.list = []telephony.Record{row}, []telephony.JournalEntry{{Record: row, Incoming: true, Outcome: telephony.Missed}}
	record := admin.want(http.StatusOK, admin.get("/records")).json["items"].([]any)[0].(map[string]any)
	if got := fmt.Sprint(record["labels"]); got != "[map[name:Customer value:ACME] map[name:other value:=x] map[name:rank value:7]]" {
		t.Errorf("the record has %s", got)
	}
	if table := admin.get("/records.csv").text; !strings.Contains(table, ",false,Customer=ACME; other==x; rank=7,\n") || !strings.Contains(table, ",labels,billing\n") {
		t.Errorf("the table is %s", table)
	}
	w.user("jan", directory.NoRole)
	jan := w.inApp("jan")
	detail := jan.want(http.StatusOK, jan.get("/app/journal/1"))
	const want = "[map[name:Customer value:ACME]]"
	if got, step := fmt.Sprint(detail.json["labels"]), fmt.Sprint(detail.json["steps"].([]any)[0].(map[string]any)["labels"]); got != want || step != want {
		t.Errorf("the journal shows %s, and %s", got, step)
	}
}

// B10, B9: the journal of a team is for its members, and for administrators.
func TestTheJournalOfATeam(t *testing.T) {
	w := newWorld(t)
	admin := w.admin()
	w.user("jan", directory.NoRole)
	w.user("eva", directory.NoRole)
	id := admin.want(http.StatusCreated, admin.post("/teams", newTeam(nil))).json["id"].(string)
	w.journal.list = []telephony.JournalEntry{{Record: telephony.Record{ID: "1", Chain: "1", Team: id, Began: time.Now(), Caller: telephony.RecordParty{Number: "+49"}}, Incoming: true, Outcome: telephony.Missed}}
	jan, eva := w.inApp("jan"), w.inApp("eva")
	for _, path := range []string{"/journal", "/journal/1"} {
		for _, got := range []*answer{admin.get("/teams/" + id + path), jan.get("/app/teams/" + id + path)} {
			admin.want(http.StatusOK, got)
			if w.journal.of != id {
				t.Errorf("%s is that of %s", path, w.journal.of)
			}
		}
		eva.want(http.StatusForbidden, eva.get("/app/teams/"+id+path))
		eva.want(http.StatusForbidden, eva.get("/app/teams/none"+path))
		jan.want(http.StatusForbidden, jan.get("/teams/"+id+path))
	}
	one := jan.get("/app/teams/" + id + "/journal").json["items"].([]any)[0].(map[string]any)
	if one["teamName"] != "Sales" || one["with"].(map[string]any)["number"] != "+49" {
		t.Errorf("a call: %v", one)
	}
	admin.want(http.StatusNotFound, admin.get("/teams/none/journal"))
}
