//go:build interop

package interop

import "testing"

// TestForwardsByCode: who has no permission is refused a forward for Ben, with words; who has it sets one, and calls for Ben go there. The boss
// goes through.
//
func TestForwardsByCode(t *testing.T) {
	counted(t)
	s := startServer(t)
	c := s.console()
	boss, ben, cleo := c.employee("boss", "Boss", "100"), c.employee("ben", "Ben Thal", "15"), c.employee("cleo", "Cleo Tal", "102")
	a := startPhone(t, s, c.phoneOf(boss), phoneConfig{Hz: 440})
	b := startPhone(t, s, c.phoneOf(ben), phoneConfig{Hz: 660})
	d := startPhone(t, s, c.phoneOf(cleo), phoneConfig{Hz: 880})
	for _, p := range []*phone{a, b, d} {
		p.registered()
	}
	permit := func(name string, who account, kind string) {
		t.Helper()
		var p struct{ ID string }
		c.post("/permissions", map[string]any{
			"name": name, "description": "", "types": []string{kind},
			"auto": map[string]bool{"users": false, "teams": false, "locations": false, "devices": false},
		}, &p)
		c.post("/permissions/"+p.ID+"/members", map[string]any{"kind": "user", "add": []string{who.JID}, "remove": []string{}}, nil)
	}
	type forward struct{ User, Target string }
	forwards := func() []forward {
		t.Helper()
		var page struct{ Items []forward }
		c.get("/forwards?state=active", &page)
		return page.Items
	}

	d.dial("*7415#100")
	d.established()
	d.hearsMusic(440, 660) // it is speech
	d.await("CALL_CLOSED", 1)
	if got := forwards(); len(got) > 0 {
		t.Errorf("without redirect.group, %+v was set", got)
	}

	permit("Secretaries", cleo, "redirect.group")
	d.dial("*7415#102")
	d.established()
	d.hearsMusic(440, 660)
	d.await("CALL_CLOSED", 2)
	if got := forwards(); len(got) != 1 || got[0] != (forward{ben.JID, "102"}) {
		t.Errorf("with redirect.group, the forwards are %+v", got)
	}
	a.dial("15")
	d.await("CALL_INCOMING", 1)
	d.answer()
	a.hears("Cleo", 880)
	a.hangUp()
	d.await("CALL_CLOSED", 3)

	permit("Bosses", boss, "redirect.choice")
	a.dial("15")
	b.await("CALL_INCOMING", 1)
	b.answer()
	a.hears("Ben", 660)
}
