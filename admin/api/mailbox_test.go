package api_test

import (
	"context"
	"net/http"
	"sync"
	"testing"

	"plenum/components/directory"
	"plenum/components/telephony/voicemail"
	"plenum/xmppd/jid"
)

// madeMailboxes are boxes in memory, each with two messages, of which one is new.
type madeMailboxes struct {
	mu  sync.Mutex
	set map[jid.JID]voicemail.Settings
}

func (m *madeMailboxes) Settings(_ context.Context, owner jid.JID) (voicemail.Settings, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.set[owner], nil
}

func (m *madeMailboxes) SetSettings(_ context.Context, owner jid.JID, x voicemail.Settings) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.set == nil {
		m.set = map[jid.JID]voicemail.Settings{}
	}
	m.set[owner] = x
	return nil
}

func (m *madeMailboxes) Count(context.Context, jid.JID) (voicemail.Counts, error) {
	return voicemail.Counts{New: 1, Old: 1}, nil
}

// every user has a box; the one that he listens to is his own until another's is set.
func TestMailboxOfAUser(t *testing.T) {
	w := newWorld(t)
	b := w.admin()
	w.user("jan", directory.NoRole)
	w.user("emre", directory.NoRole)
	first := b.want(http.StatusOK, b.get(user("jan")+"/mailbox"))
	if first.json["monitored"] != "" || first.json["discard"] != false || first.json["new"] != 1.0 || first.json["old"] != 1.0 || first.json["mails"] != true {
		t.Errorf("a box that nobody has touched: %s", first)
	}
	set := b.want(http.StatusOK, b.put(user("jan")+"/mailbox", map[string]any{"discard": true, "monitored": "emre@" + host}))
	if set.json["monitored"] != "emre@"+host || set.json["monitoredName"] != "Emre" || set.json["discard"] != true {
		t.Errorf("set: %s", set)
	}
	if own := b.want(http.StatusOK, b.put(user("jan")+"/mailbox", map[string]any{"discard": false, "monitored": "jan@" + host})); own.json["monitored"] != "" {
		t.Errorf("his own: %s", own)
	}
	for monitored, code := range map[string]string{"ghost@" + host: "unknown", "@": "malformed"} {
		if got := b.put(user("jan")+"/mailbox", map[string]any{"discard": false, "monitored": monitored}); got.fields()["monitored"] != code {
			t.Errorf("%s: %s", monitored, got)
		}
	}
	if got := b.get(user("ghost") + "/mailbox"); got.status != http.StatusNotFound {
		t.Errorf("of nobody: %s", got)
	}
	w.user("pbx", directory.PBXManager)
	if got := w.loggedIn("pbx").put(user("clara")+"/mailbox", map[string]any{"discard": true, "monitored": ""}); got.status != http.StatusForbidden {
		t.Errorf("of somebody of a higher level: %s", got)
	}
}
