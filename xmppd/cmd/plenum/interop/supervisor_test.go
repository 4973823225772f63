//go:build interop

package interop

import (
	"encoding/json"
	"slices"
	"testing"
)

// appOf starts a script that knows docs/apps.md and nothing else.
func appOf(t *testing.T, s *server, who account) *program {
	t.Helper()
	needsSlixmpp(t)
	p := run(t, s.as(who, viaTLS, ""), python, "testdata/app_client.py")
	p.events.await(t, "the session", func(e event) bool { return e.Is == "online" })
	return p
}

func (p *program) sees(what, text string) event {
	p.t.Helper()
	return p.events.await(p.t, what+" "+text, func(e event) bool { return e.Is == what && e.Text == text })
}

// permit gives somebody a permission of one type.
func (c *console) permit(name, kind string, who account) {
	c.t.Helper()
	var p struct{ ID string }
	c.post("/permissions", map[string]any{
		"name": name, "description": "", "types": []string{kind},
		"auto": map[string]bool{"users": false, "teams": false, "locations": false, "devices": false},
	}, &p)
	c.post("/permissions/"+p.ID+"/members", map[string]any{"kind": "user", "add": []string{who.JID}, "remove": []string{}}, nil)
}

// TestSupervisorsScript: a script by the documented namespace alone watches all calls, moves one and ends one; without the permission it is refused.
//
func TestSupervisorsScript(t *testing.T) {
	counted(t)
	s := startServer(t)
	c := s.console()
	annaAccount, benAccount, cleoAccount := c.employee("anna", "Anna Berg", "100"), c.employee("ben", "Ben Thal", "101"), c.employee("cleo", "Cleo Tal", "102")
	boss := c.employee("dora", "Dora Fels", "103")
	c.permit("Supervisors", "xmpp.supervisor", boss)
	anna := startPhone(t, s, c.phoneOf(annaAccount), phoneConfig{Hz: 440})
	ben := startPhone(t, s, c.phoneOf(benAccount), phoneConfig{Hz: 660})
	cleo := startPhone(t, s, c.phoneOf(cleoAccount), phoneConfig{Hz: 880})
	for _, p := range []*phone{anna, ben, cleo} {
		p.registered()
	}
	dora, other := appOf(t, s, boss), appOf(t, s, cleoAccount)

	other.tell(order{Do: "watch", To: "all"})
	other.sees("error", "forbidden")
	dora.tell(order{Do: "watch", To: "all"})
	dora.sees("snapshot", "Dora Fels")

	anna.dial("101")
	call := dora.sees("call", "anna calling, ben ringing").ID
	ben.await("CALL_INCOMING", 1)
	ben.answer()
	dora.sees("call", "anna talking, ben talking")

	other.tell(order{Do: "end", ID: call})
	other.events.awaitAll(t, "the refusal", 2, func(e event) bool { return e.Is == "error" && e.Text == "forbidden" })

	dora.tell(order{Do: "move", ID: call, Nick: "ben", To: "102"})
	dora.sees("done", "move")
	ben.await("CALL_CLOSED", 1)
	cleo.await("CALL_INCOMING", 1)
	cleo.answer()
	dora.sees("call", "anna talking, cleo talking")
	anna.hears("Cleo", 880)
	cleo.hears("Anna", 440)

	dora.tell(order{Do: "end", ID: call})
	dora.sees("done", "end")
	dora.sees("call", "over")
	anna.await("CALL_CLOSED", 1)
	cleo.await("CALL_CLOSED", 1)

	// On behalf of another: Ben's telephone rings, and he calls Anna.
	dora.tell(order{Do: "set", Body: "<dial xmlns='urn:plenum:app:0' for='" + benAccount.JID + "' number='100'/>"})
	ben.await("CALL_INCOMING", 2)
	ben.answer()
	anna.await("CALL_INCOMING", 1)
	anna.answer()
	dora.sees("call", "ben talking, anna talking")
	ben.hears("Anna", 440)
	anna.hears("Ben", 660)
	if n := dora.events.count(func(e event) bool { return e.Is == "gap" }); n > 0 {
		t.Errorf("%d events have other numbers than those before let expect", n)
	}
}

// TestFormsFromAnyClient: profile, forward, location and FollowMe are set by the forms that every client with ad-hoc commands shows.
//
func TestFormsFromAnyClient(t *testing.T) {
	counted(t)
	s := startServer(t)
	c := s.console()
	annaAccount, benAccount := c.employee("anna", "Anna Berg", "100"), c.employee("ben", "Ben Thal", "101")
	c.post("/locations", map[string]any{"name": "Window"}, nil)
	anna := startPhone(t, s, c.phoneOf(annaAccount), phoneConfig{Hz: 440})
	ben := startPhone(t, s, c.phoneOf(benAccount), phoneConfig{Hz: 660})
	anna.registered()
	ben.registered()
	app := appOf(t, s, benAccount)
	app.tell(order{Do: "watch", To: "own"})
	app.sees("snapshot", "Ben Thal")
	fill := func(node, note string, forms ...map[string]string) {
		t.Helper()
		body, err := json.Marshal(forms)
		if err != nil {
			t.Fatal(err)
		}
		app.tell(order{Do: "command", To: node, Body: string(body)})
		app.events.await(t, note, func(e event) bool {
			return e.Is == "command" && e.ID == node && e.How == "completed" && slices.Contains(e.Lines, note)
		})
	}

	fill("urn:plenum:app:0#forward", "Your calls are forwarded to 100 now", map[string]string{"active": "1", "target": "100"})
	app.sees("forward", "100 true")
	fill("urn:plenum:app:0#forward", "Your calls are not forwarded", map[string]string{"active": "0"})
	app.sees("forward", "100 false")

	fill("urn:plenum:app:0#location", "You are logged in at Window now", map[string]string{"location": "Window"})
	fill("urn:plenum:app:0#location", "You are logged in nowhere now", map[string]string{"location": "None (roaming)"})

	fill("urn:plenum:app:0#followme", "When XMPP clients rings is saved", map[string]string{"device": "XMPP clients"}, map[string]string{"internal_delay": "9"})

	anna.dial("101")
	ben.await("CALL_INCOMING", 1)
	fill("urn:plenum:profile:0", "Your profile is DND now", map[string]string{"profile": "dnd"})
	app.sees("profile", "dnd")
	ben.await("CALL_CLOSED", 1) // what rings stops
	anna.await("CALL_CLOSED", 1)
	app.events.await(t, "the call in the journal", func(e event) bool { return e.Is == "entry" && e.Text == "in 100 dial noanswer" })
}
