//go:build interop

package interop

import (
	"strconv"
	"testing"
)

// TestATelephoneThatRedirects: a forward that was set at a telephone is not followed, neither to a number outside nor to a colleague. The user's other
// telephone rings on, and where there is none who calls is told that nobody can be reached.
//
func TestATelephoneThatRedirects(t *testing.T) {
	counted(t)
	s := startConfigured(t, "[phones]\nmd5_only = true\n")
	api := s.console()
	api.trunk(2)
	bens := api.employee("ben", "Ben Kraus", "101")
	first, second := api.phoneOf(bens), api.phoneOf(bens)
	anna := startPhone(t, s, api.phoneOf(api.employee("anna", "Anna Berg", "100")), phoneConfig{Hz: 440})
	clemens := startPhone(t, s, api.phoneOf(api.employee("clemens", "Clemens Ott", "102")), phoneConfig{Hz: 880, Answers: true})
	outside := startPhone(t, s, phoneAccount{User: "+4917155502"}, phoneConfig{Hz: 770, Outside: true, Answers: true})
	anna.registered()
	clemens.registered()

	port := strconv.Itoa(freePhonePort(t))
	sipp(t, "register", s.address(portSIP), "-inf", injected(t, credentials(first)), "-m", "1", "-p", port)
	redirects := startSIPp(t, "redirect", "-i", "127.0.0.1", "-p", port, "-m", "2", s.address(portSIP))
	anna.dial("101")
	anna.await("CALL_CLOSED", 1)
	if anna.events.count(func(e event) bool { return e.Is == "CALL_ESTABLISHED" }) != 0 {
		t.Error("the call was established")
	}
	anna.logs("that he cannot be reached", `SIP/2\.0 480`)

	desk := startPhone(t, s, second, phoneConfig{Hz: 660})
	desk.registered()
	anna.dial("101")
	desk.await("CALL_INCOMING", 1)
	redirects.succeeds()
	desk.answer()
	anna.await("CALL_ESTABLISHED", 1)
	anna.hears("Ben", 660)
	for _, p := range []*phone{clemens, outside} {
		if n := p.events.count(func(e event) bool { return e.Is == "CALL_INCOMING" }); n != 0 {
			t.Errorf("%s was called", p.name)
		}
	}
}
