package api_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"plenum/components/telephony"
	"plenum/xmppd/fault"
)

// madeCalls are calls that are made up.
type madeCalls struct {
	mu    sync.Mutex
	live  []telephony.LiveCall
	ended []string
	rows  []telephony.Record // the newest first
	asked telephony.RecordQuery

	portions int // that were read
}

// failsAfter is how many portions the database gives.
const failsAfter = 100

func (m *madeCalls) Calls() []telephony.LiveCall {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.live
}

func (m *madeCalls) HangUp(id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range m.live {
		if c.ID == id {
			m.ended = append(m.ended, id)
			return nil
		}
	}
	return fault.New(fault.NotFound, "this call is over")
}

func (m *madeCalls) Records(_ context.Context, q telephony.RecordQuery) ([]telephony.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked = q
	if m.portions++; m.portions > failsAfter+1 {
		return nil, fault.New(fault.Unavailable, "the database is gone")
	}
	if q.Limit == 0 || q.Limit > telephony.MaxRecords {
		q.Limit = telephony.MaxRecords
	}
	var list []telephony.Record
	for _, r := range m.rows {
		if (q.Before == "" || r.ID < q.Before) && len(list) < q.Limit {
			list = append(list, r)
		}
	}
	return list, nil
}

// Who talks is named as the directory names him now; a call can be ended.
func TestCallsInTheAPI(t *testing.T) {
	w := newWorld(t)
	b := w.admin()
	b.want(http.StatusCreated, b.post("/users", newUser("jan", map[string]any{"displayName": "Jan"})))
	desk := b.want(http.StatusCreated, b.post("/devices", newDevice("Desk", map[string]any{"owner": "jan@" + host}))).json["id"].(string)
	trunk := b.want(http.StatusCreated, b.post("/trunks", newTrunk(nil))).json["id"].(string)
	began := time.Now().UTC().Truncate(time.Second)
	w.calls.live = []telephony.LiveCall{
		{ID: "a", Began: began, Answered: began, Caller: telephony.RecordParty{User: address("jan"), Number: "104", Device: desk}, Callee: telephony.RecordParty{Number: "+4930901820", Trunk: trunk}},
		{ID: "b", Began: began, Caller: telephony.RecordParty{Name: "Somebody", Number: "+441", Trunk: trunk}, Dialled: "104"},
	}
	got := b.want(http.StatusOK, b.get("/calls"))
	first := got.json["items"].([]any)[0].(map[string]any)
	if c := first["caller"].(map[string]any); c["name"] != "Jan" || c["device"] != "Desk" || first["callee"].(map[string]any)["trunk"] != "VoIP" || first["answered"] == nil {
		t.Errorf("a call: %v", first)
	}
	if second := got.json["items"].([]any)[1].(map[string]any); second["answered"] != nil || second["dialled"] != "104" || got.json["total"] != 2.0 {
		t.Errorf("a call that rings: %v", second)
	}
	if found := b.get("/calls?q=somebody"); found.json["total"] != 1.0 {
		t.Errorf("found: %s", found)
	}
	b.want(http.StatusNoContent, b.del("/calls/b"))
	if fmt.Sprint(w.calls.ended) != "[b]" {
		t.Errorf("ended: %v", w.calls.ended)
	}
	if over := b.del("/calls/none"); over.status != http.StatusNotFound {
		t.Errorf("a call that is over: %s", over)
	}
}

func TestRecordsInTheAPI(t *testing.T) {
	w := newWorld(t)
	b := w.admin()
	began := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for i := range 1201 {
		w.calls.rows = append(w.calls.rows, telephony.Record{
			ID: fmt.Sprintf("%05d", 2000-i), Began: began, Answered: began, Ended: began.Add(90 * time.Second), Result: telephony.ResultHangup,
			Caller: telephony.RecordParty{Name: "=cmd|x", Number: "+4930901820", Trunk: "t"}, Callee: telephony.RecordParty{Number: "104"}})
	}
	w.calls.rows[0].Caller.Trunk, w.calls.rows[0].Answered = "", time.Time{}
	w.calls.rows[1].Caller.Trunk, w.calls.rows[1].Callee.Trunk = "", "t"
	w.calls.rows[2].Billing = `["=Sales","Support"]`
	page := b.want(http.StatusOK, b.get("/records?limit=3&q=anna&user=jan@"+host+"&direction=outbound&outcome=missed&billing=Sales&from=2026-03-01T00:00:00Z&until=2026-04-01T00:00:00Z&chain=x"))
	if q := w.calls.asked; q.Text != "anna" || q.User != address("jan") || q.Direction != telephony.Outbound || q.Answered == nil || *q.Answered || q.Chain != "x" || q.Billing != "Sales" ||
		!q.From.Equal(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)) || !q.Until.Equal(time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("asked for %+v", q)
	}
	items := page.json["items"].([]any)
	said := ""
	for _, item := range items {
		r := item.(map[string]any)
		said += fmt.Sprintf("%v %v %v; ", r["id"], r["direction"], r["seconds"])
	}
	if said != "02000 internal 0; 01999 outbound 90; 01998 inbound 90; " || page.json["next"] != "01998" {
		t.Errorf("records: %s next %v", said, page.json["next"])
	}
	if billed := fmt.Sprint(items[1].(map[string]any)["billing"], items[2].(map[string]any)["billing"]); billed != "[] [=Sales Support]" {
		t.Errorf("billed: %s", billed)
	}
	if older := b.get("/records?limit=3&before=01998"); older.json["items"].([]any)[0].(map[string]any)["id"] != "01997" {
		t.Errorf("older: %s", older)
	}
	for query, field := range map[string]string{"from=yesterday": "from", "user=@": "user", "direction=up": "direction", "outcome=bad": "outcome", "limit=0": "limit"} {
		if got := b.get("/records?" + query); got.status != http.StatusUnprocessableEntity || got.fields()[field] == "" {
			t.Errorf("%s: %s", query, got)
		}
	}

	w.calls.portions = 0
	table := b.want(http.StatusOK, b.get("/records.csv?direction=internal"))
	if kind, disposition := table.header.Get("Content-Type"), table.header.Get("Content-Disposition"); kind != "text/csv; charset=utf-8" || !strings.Contains(disposition, "attachment; filename=calls-") {
		t.Errorf("the file is %s, %s", kind, disposition)
	}
	rows, err := csv.NewReader(strings.NewReader(table.text)).ReadAll()
	if err != nil || len(rows) != 1202 || rows[1201][0] != "00800" {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if got := strings.Join(rows[3], ","); !strings.Contains(got, ",90,inbound,,'=cmd|x,+4930901820,") || !strings.HasSuffix(got, ",'=Sales; Support") {
		t.Errorf("a row: %s", got)
	}
	if !table.flushed || w.calls.portions != 3 {
		t.Errorf("the table came in %d portions", w.calls.portions)
	}
	w.calls.portions = failsAfter
	defer func() {
		if broken := recover(); broken != http.ErrAbortHandler {
			t.Errorf("a table that cannot be finished ends with %v", broken)
		}
	}()
	b.get("/records.csv")
}

func TestPromptsInTheAPI(t *testing.T) {
	w := newWorld(t)
	b := w.admin()
	list := b.want(http.StatusOK, b.get("/prompts")).json["items"].([]any)
	first := list[0].(map[string]any)
	path := fmt.Sprintf("/prompts/%v/%v", first["language"], first["id"])
	sound := b.want(http.StatusOK, b.get(path))
	if sound.header.Get("Content-Type") != "audio/wav" || !strings.HasPrefix(sound.text, "RIFF") || first["own"] != false || first["text"] == "" {
		t.Errorf("a prompt: %v; %.20q", first, sound.text)
	}
	put := func(kind, body string) *answer {
		b.header["Content-Type"] = []string{kind}
		defer delete(b.header, "Content-Type")
		return b.put(path, body)
	}
	if got := put("application/json", "{}"); got.status != http.StatusUnsupportedMediaType {
		t.Errorf("JSON in the place of sound: %s", got)
	}
	if got := put("audio/wav", "RIFF this is none"); got.status != http.StatusUnprocessableEntity {
		t.Errorf("no sound: %s", got)
	}
	if got := put("audio/wav", strings.Repeat("x", 25<<20)); got.status != http.StatusRequestEntityTooLarge {
		t.Errorf("a film: %d", got.status)
	}
	if got := b.want(http.StatusOK, put("audio/wav", sound.text)); got.json["own"] != true || got.json["since"] == nil {
		t.Errorf("replaced: %s", got)
	}
	b.want(http.StatusNoContent, b.del(path))
	if now := b.get("/prompts").json["items"].([]any)[0].(map[string]any); now["own"] != false {
		t.Errorf("reset: %v", now)
	}
	shared := b.want(http.StatusOK, b.put(path+"/number", nil)).json["number"].(string)
	if now := b.get("/prompts").json["items"].([]any)[0].(map[string]any); len(shared) != 6 || now["number"] != shared {
		t.Errorf("shared as %s: %v", shared, now)
	}
	b.want(http.StatusNoContent, b.del(path+"/number"))
	if now := b.get("/prompts").json["items"].([]any)[0].(map[string]any); now["number"] != "" {
		t.Errorf("shared still: %v", now)
	}
	b.want(http.StatusNotFound, b.put("/prompts/en/own-none/number", nil))
	for _, path := range []string{"/prompts/en/none", "/prompts/fr/greeting"} {
		if got := b.get(path); got.status != http.StatusNotFound && got.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %s", path, got)
		}
	}
}
