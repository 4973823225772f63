package api_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"plenum/components/directory"
	"plenum/components/telephony"
	"plenum/components/telephony/voicemail"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// madeMessages are the messages of clara, in memory, with their sound in a file.
type madeMessages struct {
	mu    sync.Mutex
	list  []voicemail.Message // the oldest first
	sound string
}

func newMadeMessages(t testing.TB) *madeMessages {
	m := &madeMessages{sound: filepath.Join(t.TempDir(), "message.wav")}
	if err := os.WriteFile(m.sound, []byte("RIFF0123456789"), 0o600); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	m.list = []voicemail.Message{
		{ID: "old", Owner: address("clara"), At: at, Duration: 4 * time.Second, Number: "100", Name: "Jan", Caller: address("jan"), Heard: true},
		{ID: "new", Owner: address("clara"), At: at.Add(time.Hour), Duration: 2500 * time.Millisecond, Number: "+49171234"},
	}
	return m
}

// find is called with the lock held.
func (m *madeMessages) find(owner jid.JID, id string) (int, error) {
	for i, x := range m.list {
		if x.Owner == owner && x.ID == id {
			return i, nil
		}
	}
	return 0, fault.New(fault.NotFound, "there is no such message")
}

func (m *madeMessages) Messages(_ context.Context, owner jid.JID) (list []voicemail.Message, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, x := range m.list {
		if x.Owner == owner {
			list = append(list, x)
		}
	}
	return list, nil
}

func (m *madeMessages) Message(_ context.Context, owner jid.JID, id string) (voicemail.Message, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i, err := m.find(owner, id)
	if err != nil {
		return voicemail.Message{}, err
	}
	return m.list[i], nil
}

func (m *madeMessages) Open(ctx context.Context, owner jid.JID, id string) (*os.File, error) {
	if _, err := m.Message(ctx, owner, id); err != nil {
		return nil, err
	}
	return os.Open(m.sound)
}

func (m *madeMessages) SetHeard(_ context.Context, owner jid.JID, id string, heard bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	i, err := m.find(owner, id)
	if err == nil {
		m.list[i].Heard = heard
	}
	return err
}

func (m *madeMessages) Delete(_ context.Context, owner jid.JID, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	i, err := m.find(owner, id)
	if err == nil {
		m.list = append(m.list[:i:i], m.list[i+1:]...)
	}
	return err
}

// A-091, B12: one listens to what is in one's own box, marks and deletes it, and never reaches another's.
func TestOwnVoicemail(t *testing.T) {
	w := newWorld(t)
	w.user("clara", directory.NoRole)
	w.user("jan", directory.NoRole)
	own := w.inApp("clara")
	list := own.want(http.StatusOK, own.get("/app/voicemail"))
	items := list.json["items"].([]any)
	if list.json["new"] != 1.0 || len(items) != 2 {
		t.Fatalf("a box with a new message and an old one: %s", list)
	}
	if first := items[0].(map[string]any); first["id"] != "new" || first["heard"] != false || first["seconds"] != 2.5 || first["number"] != "+49171234" || first["caller"] != "" {
		t.Errorf("the newest is %v", first)
	}
	sound := own.want(http.StatusOK, own.get("/app/voicemail/new/sound"))
	if sound.text != "RIFF0123456789" || sound.header.Get("Content-Type") != "audio/wav" {
		t.Errorf("its sound: %s, %v", sound, sound.header)
	}
	own.header.Set("Range", "bytes=4-7")
	part := own.want(http.StatusPartialContent, own.get("/app/voicemail/new/sound"))
	own.header.Del("Range")
	if part.text != "0123" {
		t.Errorf("a part of it, as players ask for when somebody moves on: %s", part)
	}
	if heard := own.want(http.StatusOK, own.put("/app/voicemail/new", map[string]any{"heard": true})); heard.json["heard"] != true {
		t.Errorf("listened to: %s", heard)
	}
	if now := own.get("/app/voicemail"); now.json["new"] != 0.0 {
		t.Errorf("then: %s", now)
	}
	other := w.inApp("jan")
	if none := other.want(http.StatusOK, other.get("/app/voicemail")); len(none.json["items"].([]any)) != 0 {
		t.Errorf("of somebody else: %s", none)
	}
	for _, got := range []*answer{other.get("/app/voicemail/old/sound"), other.put("/app/voicemail/old", map[string]any{"heard": false}), other.del("/app/voicemail/old")} {
		if got.status != http.StatusNotFound {
			t.Errorf("somebody else's message: %s", got)
		}
	}
	own.want(http.StatusNoContent, own.del("/app/voicemail/old"))
	own.want(http.StatusNotFound, own.del("/app/voicemail/old"))
}

// leave leaves a message in a box.
func (m *madeMessages) leave(owner jid.JID, id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.list = append(m.list, voicemail.Message{ID: id, Owner: owner, At: time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC), Duration: 3 * time.Second, Number: "+4930"})
}

// B9: members of a team listen to what is in its box and see it settled by each other; nobody else does, nor learns that there is such a team.
func TestVoicemailOfATeam(t *testing.T) {
	w := newWorld(t)
	b := w.admin()
	w.user("jan", directory.NoRole)
	w.user("emre", directory.NoRole)
	pin := "4711"
	made := b.want(http.StatusCreated, b.post("/teams", newTeam(map[string]any{
		"afterTarget": "*103", "boxPin": pin, "boxEmail": "sales@example.org", "boxDiscard": true, "weight": 2, "notify": "available",
	})))
	if made.json["hasBoxPin"] != true || made.json["boxPin"] != nil || made.json["boxEmail"] != "sales@example.org" || made.json["notify"] != "available" || made.json["weight"] != 2.0 {
		t.Errorf("the team is %s", made)
	}
	id := made.json["id"].(string)
	w.messages.leave(telephony.TeamBox("pbx."+host, id), "m1")
	jan, emre := w.inApp("jan"), w.inApp("emre")
	box := "/app/teams/" + id + "/voicemail"
	if list := jan.want(http.StatusOK, jan.get(box)); list.json["new"] != 1.0 || len(list.json["items"].([]any)) != 1 {
		t.Errorf("a member sees %s", list)
	}
	jan.want(http.StatusOK, jan.get(box+"/m1/sound"))
	jan.want(http.StatusNotFound, jan.get("/app/voicemail/m1/sound"))
	for _, got := range []*answer{emre.get(box), emre.get(box + "/m1/sound"), emre.put(box+"/m1", map[string]any{"heard": true}), emre.del(box + "/m1"), jan.get("/app/teams/none/voicemail")} {
		if got.status != http.StatusNotFound {
			t.Errorf("who is no member gets %s", got)
		}
	}
	if heard := jan.want(http.StatusOK, jan.put(box+"/m1", map[string]any{"heard": true})); heard.json["heard"] != true {
		t.Errorf("it is %s", heard)
	}
	jan.want(http.StatusNoContent, jan.del(box+"/m1"))
	if set := b.want(http.StatusOK, b.put(user("jan")+"/mailbox", map[string]any{"discard": false, "monitored": id})); set.json["monitored"] != id || set.json["monitoredName"] != "Sales" {
		t.Errorf("he watches %s", set)
	}
}
