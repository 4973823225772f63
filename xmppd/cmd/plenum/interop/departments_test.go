//go:build interop

package interop

import (
	"slices"
	"testing"
)

// TestDepartments: the permission All is emptied, and each department has one of its own. Colleagues of a department see each other and pick up from each other;
// those of another one are not seen, and their calls not taken. The records of calls say in which departments they are billed, and are found by them.
//
func TestDepartments(t *testing.T) {
	counted(t)
	needsSlixmpp(t)
	s := startServer(t)
	c := s.console()
	annaAccount, benAccount := c.employee("anna", "Anna Berg", "100"), c.employee("ben", "Ben Thal", "101")
	cleoAccount, doraAccount := c.employee("cleo", "Cleo Tal", "102"), c.employee("dora", "Dora Au", "103")
	var all struct {
		Items []struct {
			ID, Name, Description string
			Revision              int64
			Auto                  map[string]bool
		}
	}
	c.get("/permissions", &all)
	c.put("/permissions/"+all.Items[0].ID, map[string]any{"revision": all.Items[0].Revision, "name": all.Items[0].Name, "description": all.Items[0].Description, "types": []string{}, "auto": all.Items[0].Auto}, nil)
	for name, users := range map[string][]string{"Sales": {annaAccount.JID, benAccount.JID}, "Support": {cleoAccount.JID, doraAccount.JID}} {
		var p struct{ ID string }
		c.post("/permissions", map[string]any{
			"name": name, "description": "", "types": []string{"xmpp.group", "pickup.group", "billing.group"}, "auto": map[string]bool{"users": false, "teams": false, "locations": false, "devices": false},
		}, &p)
		c.post("/permissions/"+p.ID+"/members", map[string]any{"kind": "user", "add": users, "remove": []string{}}, nil)
	}
	at := func(who account) client {
		t.Helper()
		x := slixmpp(t, s.as(who, viaSTARTTLS, ""))
		x.seen().await(t, "the login", outcome)
		return x
	}
	anna, ben, cleo := at(annaAccount), at(benAccount), at(cleoAccount)
	ben.show("away", "out for lunch")
	anna.seen().await(t, "her colleague", isPresence(benAccount.JID, "", "away", "out for lunch"))
	cleo.show("away", "out for lunch")
	cleo.chat(annaAccount.JID, "do you see me?")
	anna.seen().await(t, "the message", isMessage("do you see me?", ""))
	if n := anna.seen().count(func(e event) bool { return e.Is == "presence" && bare(e.From) == cleoAccount.JID }); n > 0 {
		t.Error("Anna sees somebody of another department")
	}

	annaPhone := startPhone(t, s, c.phoneOf(annaAccount), phoneConfig{Hz: 440})
	benPhone := startPhone(t, s, c.phoneOf(benAccount), phoneConfig{Hz: 550})
	cleoPhone := startPhone(t, s, c.phoneOf(cleoAccount), phoneConfig{Hz: 660})
	doraPhone := startPhone(t, s, c.phoneOf(doraAccount), phoneConfig{Hz: 880})
	for _, p := range []*phone{annaPhone, benPhone, cleoPhone, doraPhone} {
		p.registered()
	}
	doraPhone.dial("101")
	benPhone.await("CALL_INCOMING", 1)
	cleoPhone.dial("*8101")
	cleoPhone.await("CALL_PROGRESS", 1)
	cleoPhone.hearsMusic(880) // it is speech
	cleoPhone.logs("the refusal", `SIP/2\.0 403`)
	annaPhone.dial("*8101")
	annaPhone.established()
	benPhone.await("CALL_CLOSED", 1)
	doraPhone.hears("Anna", 440)
	doraPhone.hangUp()
	annaPhone.await("CALL_CLOSED", 1)

	billed := func(in string) (callers []string) {
		var page struct {
			Items []struct {
				Caller  struct{ User string }
				Billing []string
			}
		}
		c.get("/records?billing="+in, &page)
		for _, r := range page.Items {
			if !slices.Contains(r.Billing, in) {
				t.Errorf("a record billed in %v is one of %s", r.Billing, in)
			}
			callers = append(callers, bare(r.Caller.User))
		}
		slices.Sort(callers)
		return slices.Compact(callers)
	}
	if got := billed("Sales"); !slices.Equal(got, []string{doraAccount.JID}) {
		t.Errorf("who had calls with Sales: %v", got)
	}
	if got := billed("Support"); !slices.Contains(got, doraAccount.JID) || slices.Contains(got, annaAccount.JID) {
		t.Errorf("who had calls with Support: %v", got)
	}
	if got := billed("Nobody"); len(got) > 0 {
		t.Errorf("billed in no group that there is: %v", got)
	}
}
