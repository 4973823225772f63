//go:build interop

package interop

import "testing"

// TestACallIsPickedUp: Cleo takes a call that rings at Ben by a code, and is refused with words while she may not.
//
func TestACallIsPickedUp(t *testing.T) {
	counted(t)
	s := startServer(t)
	c := s.console()
	anna := startPhone(t, s, c.phoneOf(c.employee("anna", "Anna Berg", "100")), phoneConfig{Hz: 440})
	ben := startPhone(t, s, c.phoneOf(c.employee("ben", "Ben Thal", "101")), phoneConfig{Hz: 660})
	cleo := startPhone(t, s, c.phoneOf(c.employee("cleo", "Cleo Tal", "102")), phoneConfig{Hz: 880})
	for _, p := range []*phone{anna, ben, cleo} {
		p.registered()
	}
	anna.dial("101")
	ben.await("CALL_INCOMING", 1)
	anna.await("CALL_RINGING", 1)
	cleo.dial("*8101")
	cleo.established()
	anna.established()
	ben.await("CALL_CLOSED", 1)
	anna.hears("Cleo", 880)
	cleo.hears("Anna", 440)
	anna.hangUp()
	cleo.await("CALL_CLOSED", 1)

	c.post("/permissions", map[string]any{
		"name": "Reception", "description": "", "types": []string{"pickup.group"},
		"auto": map[string]bool{"users": false, "teams": false, "locations": false, "devices": false},
	}, nil)
	anna.dial("101")
	ben.await("CALL_INCOMING", 2)
	anna.await("CALL_RINGING", 2)
	cleo.dial("*8101")
	cleo.await("CALL_PROGRESS", 1)
	cleo.hearsMusic(440, 660) // it is speech
	cleo.logs("the refusal", `SIP/2\.0 403`)
	ben.answer()
	anna.hears("Ben", 660)
}
