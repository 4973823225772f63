//go:build interop

package interop

import (
	"testing"
	"time"
)

// workplace is a location as administrators see it.
type workplace struct{ ID, User string }

func (c *console) workplace(name string) workplace {
	c.t.Helper()
	var page struct{ Items []workplace }
	c.get("/locations?q="+name, &page)
	if len(page.Items) != 1 {
		c.t.Fatalf("of locations %s there are %d", name, len(page.Items))
	}
	return page.Items[0]
}

// works says where a user is logged in, by the ID of the location.
func (c *console) works(who account) string {
	c.t.Helper()
	var at struct{ Location string }
	c.get("/users/"+who.JID+"/location", &at)
	return at.Location
}

// TestWorkplaces: the telephones at two places are nobody's until somebody logs in there, by telephone, by his XMPP client or in the console; then they ring for him,
// and call as he. Who comes next has them. A permission says who may where.
func TestWorkplaces(t *testing.T) {
	counted(t)
	s := startServer(t)
	c := s.console()
	annaAccount, benAccount, cleoAccount := c.employee("anna", "Anna Berg", "100"), c.employee("ben", "Ben Thal", "101"), c.employee("cleo", "Cleo Tal", "102")
	anna := startPhone(t, s, c.phoneOf(annaAccount), phoneConfig{Hz: 440})
	place := func(name string, hz float64) (string, *phone) {
		var made struct{ ID string }
		c.post("/locations", map[string]any{"name": name}, &made)
		id, login := c.telephone("Telephone at " + name)
		c.put("/locations/"+made.ID+"/devices", map[string]any{"assign": []string{id}, "unassign": []string{}}, nil)
		return made.ID, startPhone(t, s, login, phoneConfig{Hz: hz})
	}
	deskID, desk := place("Desk", 550)
	homeID, home := place("Home", 660)
	for _, p := range []*phone{anna, desk, home} {
		p.registered()
	}
	at := func(id string, want *account) {
		t.Helper()
		jid := ""
		if want != nil {
			jid = want.JID
		}
		for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
			var page struct{ Items []workplace }
			c.get("/locations", &page)
			for _, w := range page.Items {
				if w.ID == id && w.User == jid {
					return
				}
			}
			if time.Now().After(deadline) {
				t.Fatalf("at the locations are %+v, and at %s %q should be", page.Items, id, jid)
			}
		}
	}
	// reaches has somebody call an extension, and waits until one of the telephones rings.
	reaches := func(number string, rings *phone, hz float64) {
		t.Helper()
		incoming, closed, ended := rings.next("CALL_INCOMING"), anna.next("CALL_CLOSED"), rings.next("CALL_CLOSED")
		anna.dial(number)
		incoming()
		rings.answer()
		anna.hears("the place", hz)
		anna.hangUp()
		closed()
		ended()
	}
	app := appOf(t, s, cleoAccount)

	t.Run("A-118: locations are made, and a telephone at one where nobody is calls nobody", func(t *testing.T) {
		//
		counted(t)
		if w := c.workplace("Desk"); w.ID != deskID || w.User != "" {
			t.Errorf("the location is %+v", w)
		}
		closed := desk.next("CALL_CLOSED")
		desk.dial("100")
		closed()
		desk.logs("that it is nobody's", `SIP/2\.0 403`)
		if n := anna.count("CALL_INCOMING"); n > 0 {
			t.Error("it has called Anna")
		}
	})
	t.Run("A-120: a location is given to a user, and he is seen there", func(t *testing.T) {
		//
		counted(t)
		c.put("/users/"+benAccount.JID+"/location", map[string]any{"location": deskID}, nil)
		if got := c.works(benAccount); got != deskID {
			t.Errorf("Ben is at %q", got)
		}
		at(deskID, &benAccount)
		reaches("101", desk, 550)
		c.put("/users/"+benAccount.JID+"/location", map[string]any{"location": ""}, nil)
		at(deskID, nil)
	})
	t.Run("A-124: who comes logs in at the telephone with extension and PIN, and logs out", func(t *testing.T) {
		//
		counted(t)
		established := desk.next("CALL_ESTABLISHED")
		desk.forgets()
		desk.dial("*44101")
		established()
		desk.hearsMusic(440) // he is asked for the PIN
		closed := desk.next("CALL_CLOSED")
		desk.press("0000#")
		closed()
		if got := c.works(benAccount); got != "" {
			t.Fatalf("with a wrong PIN Ben is at %q", got)
		}
		established = desk.next("CALL_ESTABLISHED")
		desk.forgets()
		desk.dial("*44101")
		established()
		desk.hearsMusic(440)
		closed = desk.next("CALL_CLOSED")
		desk.press("4711#")
		closed()
		at(deskID, &benAccount)
		reaches("101", desk, 550)
		//
		desk.saysTo("*44", 440)
		at(deskID, nil)
	})
	t.Run("A-216: the telephones of a place are those of who is there", func(t *testing.T) {
		//
		counted(t)
		desk.saysTo("*44101#4711", 440)
		at(deskID, &benAccount)
		incoming, closed := anna.next("CALL_INCOMING"), anna.next("CALL_CLOSED")
		desk.dial("100")
		if e := incoming(); e.Body != "Ben Thal" {
			t.Errorf("Anna is called by %q", e.Body)
		}
		desk.hangUp()
		closed()

		app.tell(order{Do: "set", Body: "<location xmlns='urn:plenum:app:0' id='" + deskID + "'/>"}) // Cleo expels him
		app.sees("done", "set")
		at(deskID, &cleoAccount)
		if got := c.works(benAccount); got != "" {
			t.Errorf("Ben is still at %q", got)
		}
		reaches("102", desk, 550)
		home.saysTo("*44102#4711", 440) // and goes on
		at(homeID, &cleoAccount)
		at(deskID, nil)
		reaches("102", home, 660)
		app.tell(order{Do: "set", Body: "<location xmlns='urn:plenum:app:0'/>"})
		at(homeID, nil)
	})
	t.Run("A-217: a permission says who may log in where", func(t *testing.T) {
		//
		counted(t)
		refused := func(p *phone, code string) {
			t.Helper()
			p.saysTo(code, 440)
			at(deskID, nil)
			at(homeID, nil)
		}
		var roam struct{ ID string }
		c.post("/permissions", map[string]any{
			"name": "Roaming", "description": "", "types": []string{"location.group"}, "auto": map[string]bool{"users": false, "teams": false, "locations": false, "devices": false},
		}, &roam)
		refused(desk, "*44101#4711") // from now on nobody may anywhere
		for kind, member := range map[string]string{"user": benAccount.JID, "location": homeID} {
			c.post("/permissions/"+roam.ID+"/members", map[string]any{"kind": kind, "add": []string{member}, "remove": []string{}}, nil)
		}
		refused(desk, "*44101#4711") // not at this one
		refused(home, "*44102#4711") // not she
		app.tell(order{Do: "set", Body: "<location xmlns='urn:plenum:app:0' id='" + homeID + "'/>"})
		app.sees("error", "forbidden")
		home.saysTo("*44101#4711", 440)
		at(homeID, &benAccount)
		reaches("101", home, 660)
	})
}
