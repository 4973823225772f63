//go:build interop

package interop

import (
	"slices"
	"strings"
	"testing"
)

// isContact matches word of a contact.
func isContact(jid, subscription, name string, groups ...string) func(event) bool {
	return func(e event) bool {
		return e.Is == "contact" && e.From == jid && e.Type == subscription && e.Text == name && slices.Equal(e.Lines, groups)
	}
}

// TestColleaguesAndTeamsAreContacts: when "All" shows nobody, those of a department have each other and their team as contacts in clients of slixmpp. Who is
// in the team sees what goes on there, another one that it is there, in red; both see with whom a colleague talks. Then the department loses the team.
// B9
func TestColleaguesAndTeamsAreContacts(t *testing.T) {
	counted(t)
	needsSlixmpp(t)
	s := startConfigured(t, "[telephony]\nshow_numbers = true\n")
	c := s.console()
	anna, ben, cleo := c.employee("anna", "Anna Berg", "100"), c.employee("ben", "Ben Thal", "101"), c.employee("cleo", "Cleo Tal", "102")
	var all struct{ Revision int64 }
	none := map[string]bool{"users": false, "teams": false, "locations": false, "devices": false}
	everything := map[string]bool{"users": true, "teams": true, "locations": true, "devices": true}
	c.get("/permissions/all", &all)
	c.put("/permissions/all", map[string]any{"name": "All", "description": "", "types": []string{}, "auto": everything, "revision": all.Revision}, nil)

	member := func(who account) map[string]any {
		return map[string]any{"user": who.JID, "dynamic": true, "weight": 0, "priority": 0}
	}
	var team, sales struct{ ID string }
	c.post("/teams", teamOf(map[string]any{"name": "Hotline", "members": []any{member(anna), member(ben)}}), &team)
	c.post("/permissions", map[string]any{"name": "Sales", "description": "", "types": []string{"xmpp.group", "pickup.group"}, "auto": none}, &sales)
	assign := func(kind string, add, remove []string) {
		t.Helper()
		c.post("/permissions/"+sales.ID+"/members", map[string]any{"kind": kind, "add": append([]string{}, add...), "remove": append([]string{}, remove...)}, nil)
	}
	address := team.ID + "@pbx." + domain

	desk, phone := startPhone(t, s, c.phoneOf(anna), phoneConfig{Hz: 440}), startPhone(t, s, c.phoneOf(cleo), phoneConfig{Hz: 880})
	desk.registered()
	phone.registered()
	inside, outside := slixmpp(t, s.as(ben, viaTLS, "")).(*program), slixmpp(t, s.as(cleo, viaTLS, "")).(*program)
	for _, p := range []*program{inside, outside} {
		p.seen().await(t, "the session", func(e event) bool { return e.Is == "online" })
	}
	if n := inside.seen().count(func(e event) bool { return e.Is == "contact" }); n > 0 {
		t.Errorf("Ben has %d contacts though All shows nobody", n)
	}

	// The department: colleagues see each other without adding anybody, and the team.
	assign("user", []string{anna.JID, ben.JID, cleo.JID}, nil)
	inside.seen().await(t, "Anna as a contact", isContact(anna.JID, "both", "Anna Berg", "Sales"))
	inside.seen().await(t, "Cleo's client", isPresence(cleo.JID, "", "", ""))
	inside.seen().await(t, "Anna's telephone", isPresence(anna.JID, "", "", "Telephone: free"))
	assign("team", []string{team.ID}, nil)
	state := func(p *program, what, show, status string) {
		t.Helper()
		p.seen().awaitLatest(t, what, func(e event) bool { return e.Is == "presence" && bare(e.From) == address }, isPresence(address, "", show, status))
	}
	for _, p := range []*program{inside, outside} {
		p.seen().await(t, "the team as a contact", isContact(address, "both", "Hotline", "Sales"))
	}
	state(inside, "a team without agents", "xa", "Nobody is logged in")
	state(outside, "the team in red", "dnd", "")
	inside.tell(order{Do: "disco", To: address + "/sip"})
	found := inside.seen().await(t, "what the team is", func(e event) bool { return e.Is == "disco" })
	if found.Text != "client/phone" || !slices.Contains(found.Lines, "urn:xmpp:jingle:apps:rtp:audio") || !slices.Contains(found.Lines, "urn:plenum:team:0") {
		t.Errorf("the team is %+v", found)
	}

	// Anna logs in by the API, talks, and logs out by her telephone.
	c.put("/teams/"+team.ID+"/members/"+anna.JID, map[string]any{"in": true, "paused": ""}, nil)
	state(inside, "an agent", "", "1 agent free")
	desk.dial("102")
	phone.await("CALL_INCOMING", 1)
	phone.answer()
	desk.established()
	state(inside, "that Anna talks", "dnd", "All agents are busy")
	for _, p := range []*program{inside, outside} {
		p.seen().await(t, "with whom Anna talks", isPresence(anna.JID, "", "dnd", "Telephone: in a call (Cleo Tal, 102)"))
	}
	inside.seen().await(t, "with whom Cleo talks", isPresence(cleo.JID, "", "dnd", "Telephone: in a call (Anna Berg, 100)"))
	desk.hangUp()
	phone.await("CALL_CLOSED", 1)
	state(inside, "that Anna is free", "", "1 agent free")
	desk.dial("*99#100")
	desk.await("CALL_CLOSED", 2)
	state(inside, "that Anna has logged out", "xa", "Nobody is logged in")
	if n := outside.seen().count(func(e event) bool { return e.Is == "presence" && bare(e.From) == address }); n != 1 {
		t.Errorf("who is not in the team was told of it %d times", n)
	}

	assign("team", nil, []string{team.ID})
	for _, p := range []*program{inside, outside} {
		p.seen().await(t, "that the team is no contact any more", isContact(address, "remove", ""))
		p.seen().await(t, "that it is gone", isPresence(address, "unavailable", "", ""))
	}
	if strings.Contains(s.logged(), "level=ERROR") {
		t.Error("the log of the server has errors")
	}
}
