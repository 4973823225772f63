//go:build interop

package interop

import "testing"

// TestNonsenseAtTelephones: whatever somebody dials is answered in words or refused, nothing is set by it, and calls go on working. Forwards to oneself and in circles
// are among it.
//
func TestNonsenseAtTelephones(t *testing.T) {
	counted(t)
	s := startServer(t)
	c := s.console()
	accounts := c.threePhones()
	anna := startPhone(t, s, accounts[0], phoneConfig{Hz: 440})
	ben := startPhone(t, s, accounts[1], phoneConfig{Hz: 660})
	anna.registered()
	ben.registered()
	c.put("/users/ben@"+domain+"/forward", map[string]any{"revision": 0, "target": "102", "active": false}, nil)
	c.put("/users/clemens@"+domain+"/forward", map[string]any{"revision": 0, "target": "100", "active": true}, nil)
	forwards := func() (n int) {
		t.Helper()
		var page struct{ Items []struct{ User string } }
		c.get("/forwards?state=active", &page)
		return len(page.Items)
	}
	for _, row := range []struct{ why, dial string }{
		{"no extension and no target", "*74#"},
		{"a forward to oneself", "*74#100"},
		{"a forward in a circle, of which Clemens is the other half", "*74#102"},
		{"a forward to a code", "*74#*80"},
		{"a forward to the emergency services", "*74#112"},
		{"an extension that nobody has", "*74999#101"},
		{"a target that is no number", "*74#1#2"},
		{"a forward of nobody", "*71999"},
		{"nobody's call", "*8999"},
		{"no call", "*8101"},
		{"a place that the telephone does not belong to", "*44101#4711"},
		{"a team that there is not", "*99999#100"},
		{"no member", "*99#"},
		{"a code without an end", "*74" + "12345678901234567890123456789012345678901234567890"},
		{"no code", "*12345"},
		{"a group that there is not", "*42#99999"},
		{"stars", "**"},
		{"too long", "9999999999999999999999999999999999999999999999999999999999999999"},
	} {
		t.Run(row.dial[:min(12, len(row.dial))]+" "+row.why, func(t *testing.T) {
			counted(t)
			closed := anna.next("CALL_CLOSED")
			anna.forgets()
			anna.dial(row.dial)
			anna.hearsMusic(440) // it is speech
			anna.hangUp()
			closed()
			if n := forwards(); n != 1 {
				t.Errorf("%d forwards are set", n)
			}
		})
	}
	anna.dial("101")
	ben.await("CALL_INCOMING", 1)
	ben.answer()
	anna.hears("Ben", 660)
}

// TestWhatIsTakenAwayDuringCalls: a device, a user and a team are deleted while they ring or talk, and an agent's telephone has its battery empty while it rings.
// Calls that go on are not touched, what rings stops, and callers are told or go on.
func TestWhatIsTakenAwayDuringCalls(t *testing.T) {
	counted(t)
	s := startServer(t)
	c := s.console()
	anna := startPhone(t, s, c.phoneOf(c.employee("anna", "Anna Berg", "100")), phoneConfig{Hz: 440})
	benAccount, cleoAccount, doraAccount := c.employee("ben", "Ben Thal", "101"), c.employee("cleo", "Cleo Tal", "102"), c.employee("dora", "Dora Au", "103")
	id, login := c.telephone("Ben's")
	c.owned(id, benAccount)
	ben := startPhone(t, s, login, phoneConfig{Hz: 550})
	cleo := startPhone(t, s, c.phoneOf(cleoAccount), phoneConfig{Hz: 660})
	dora := startPhone(t, s, c.phoneOf(doraAccount), phoneConfig{Hz: 880})
	for _, p := range []*phone{anna, ben, cleo, dora} {
		p.registered()
	}
	var team struct {
		ID       string
		Revision int64
	}
	member := func(who account) map[string]any {
		return map[string]any{"user": who.JID, "dynamic": false, "weight": 0, "priority": 0}
	}
	c.post("/teams", teamOf(map[string]any{"strategy": "inorder", "memberTimeout": 3, "members": []any{member(benAccount), member(cleoAccount), member(doraAccount)}}), &team)

	t.Run("an agent vanishes while he is rung", func(t *testing.T) {
		counted(t)
		closed, ended := anna.next("CALL_CLOSED"), cleo.next("CALL_CLOSED")
		incoming, next := ben.next("CALL_INCOMING"), cleo.next("CALL_INCOMING")
		anna.dial("500")
		incoming()
		ben.dies()
		next()
		cleo.answer()
		anna.hears("the next one", 660)
		anna.hangUp()
		closed()
		ended()
	})
	t.Run("a device is deleted in a call", func(t *testing.T) {
		counted(t)
		id, login := c.telephone("Ben's next")
		c.owned(id, benAccount)
		next := startPhone(t, s, login, phoneConfig{Hz: 770})
		next.registered()
		closed := anna.next("CALL_CLOSED")
		anna.dial("101")
		next.await("CALL_INCOMING", 1)
		next.answer()
		anna.hears("Ben", 770)
		c.do("DELETE", "/devices/"+id, nil, nil)
		next.hears("Anna still", 440)
		next.hangUp()
		closed()
	})
	t.Run("a user is deleted while she is rung", func(t *testing.T) {
		counted(t)
		closed, ended := anna.next("CALL_CLOSED"), dora.next("CALL_CLOSED")
		incoming := dora.next("CALL_INCOMING")
		anna.dial("103")
		incoming()
		c.do("DELETE", "/users/"+doraAccount.JID, nil, nil)
		ended()
		closed()
	})
	t.Run("a team is deleted while somebody waits", func(t *testing.T) {
		counted(t)
		c.put("/teams/"+team.ID+"/members/"+benAccount.JID, map[string]any{"in": true, "paused": "1"}, nil)
		incoming, ended, closed := cleo.next("CALL_INCOMING"), cleo.next("CALL_CLOSED"), anna.next("CALL_CLOSED")
		anna.dial("500")
		incoming()
		c.do("DELETE", "/teams/"+team.ID, nil, nil)
		ended()
		closed() // after having been told
	})
	t.Run("a user is deleted while she talks", func(t *testing.T) {
		counted(t)
		incoming, ended, closed := cleo.next("CALL_INCOMING"), cleo.next("CALL_CLOSED"), anna.next("CALL_CLOSED")
		anna.dial("102")
		incoming()
		cleo.answer()
		anna.hears("Cleo", 660)
		c.do("DELETE", "/users/"+cleoAccount.JID, nil, nil)
		cleo.hears("Anna still", 440)
		anna.hangUp()
		closed()
		ended()
	})
}
