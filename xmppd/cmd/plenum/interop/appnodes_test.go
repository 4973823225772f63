//go:build interop

package interop

import (
	"strings"
	"testing"
	"time"
)

// TestAppsOfAnotherServer: the telephones are at one of two servers, and apps and an XMPP client at the other. The apps see and control all calls, the
// client calls a telephone and is called by one, and when the server with the telephones dies its calls are over for everybody.
//
func TestAppsOfAnotherServer(t *testing.T) {
	counted(t)
	pair := startPair(t, "[ports]", "sip = -1", "sips = -1")
	c := pair[0].console()
	annaAccount, benAccount, cleoAccount := c.employee("anna", "Anna Berg", "100"), c.employee("ben", "Ben Thal", "101"), c.employee("cleo", "Cleo Tal", "102")
	boss, client := c.employee("dora", "Dora Fels", "103"), c.employee("juliet", "Juliet Capulet", "104")
	c.permit("Supervisors", "xmpp.supervisor", boss)
	anna := startPhone(t, pair[0], c.phoneOf(annaAccount), phoneConfig{Hz: 440})
	ben := startPhone(t, pair[0], c.phoneOf(benAccount), phoneConfig{Hz: 660})
	cleo := startPhone(t, pair[0], c.phoneOf(cleoAccount), phoneConfig{Hz: 880})
	for _, p := range []*phone{anna, ben, cleo} {
		p.registered()
	}
	dora, bens := appOf(t, pair[1], boss), appOf(t, pair[1], benAccount)
	dora.tell(order{Do: "watch", To: "all"})
	dora.sees("snapshot", "Dora Fels")
	bens.tell(order{Do: "watch", To: "own"})
	bens.sees("snapshot", "Ben Thal")

	anna.dial("101")
	call := dora.sees("call", "anna calling, ben ringing").ID
	bens.sees("call", "anna calling, ben ringing")
	ben.await("CALL_INCOMING", 1)
	ben.answer()
	dora.sees("call", "anna talking, ben talking")
	bens.tell(order{Do: "set", Body: "<hold xmlns='urn:plenum:app:0' call='" + call + "'/>"})
	bens.sees("done", "set")
	dora.tell(order{Do: "move", ID: call, Nick: "ben", To: "102"})
	dora.sees("done", "move")
	cleo.await("CALL_INCOMING", 1)
	cleo.answer()
	dora.sees("call", "anna talking, cleo talking")
	dora.tell(order{Do: "end", ID: call})
	dora.sees("call", "over")
	anna.await("CALL_CLOSED", 1)

	// Ben's app has his telephone call, which is at the other server.
	bens.tell(order{Do: "set", Body: "<dial xmlns='urn:plenum:app:0' number='102'/>"})
	ben.await("CALL_INCOMING", 2)
	ben.answer()
	cleo.await("CALL_INCOMING", 2)
	cleo.answer()
	bens.sees("call", "ben talking, cleo talking")
	bens.tell(order{Do: "set", Body: "<hangup xmlns='urn:plenum:app:0'/>"})
	cleo.await("CALL_CLOSED", 2)

	// an XMPP client and a telephone, both ways
	juliet := callerAs(t, pair[1], client)
	juliet.tell(order{Do: "answering", Form: map[string]string{"tone": "550", "rings": "1"}})
	juliet.tell(order{Do: "propose", To: "100@pbx." + domain, Form: map[string]string{"tone": "550"}})
	anna.await("CALL_INCOMING", 1)
	anna.answer()
	anna.hears("Juliet", 550)
	juliet.hears("440")
	dora.sees("call", "juliet talking, anna talking")
	juliet.tell(order{Do: "hang up"})
	anna.await("CALL_CLOSED", 2)
	anna.dial("104")
	juliet.awaits("the proposal", 1, func(e event) bool { return e.Is == "propose" })
	juliet.tell(order{Do: "accept"})
	anna.hears("Juliet", 550)

	var overview struct {
		Health []struct{ Name, State, Text string }
	}
	c.get("/overview", &overview)
	for _, h := range overview.Health {
		if h.Name == "telephony" && (h.State != "ok" || !strings.Contains(h.Text, "node0")) {
			t.Errorf("the health of telephony: %+v", h)
		}
	}
	begun := time.Now()
	dora.sees("call", "anna talking, juliet talking")
	pair[0].kill()
	dora.events.awaitAll(t, "the calls to be over", 4, func(e event) bool { return e.Is == "call" && e.Text == "over" })
	t.Logf("the calls of a server that was killed are over after %v", time.Since(begun).Round(100*time.Millisecond))
	if n := dora.events.count(func(e event) bool { return e.Is == "gap" }); n > 0 {
		t.Errorf("%d events have other numbers than those before let expect", n)
	}
}
