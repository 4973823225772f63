package conference_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/conference"
	"plenum/xmppd/xmpptest"
)

// told is what a client was told of the state lately, one string for each time.
func told(c *xmpptest.Client) (list []string) {
	synctest.Wait()
	for _, p := range c.Drain() {
		if raw := string(p.Raw()); strings.Contains(raw, "<conference ") && strings.Contains(raw, "headline") {
			list = append(list, raw)
		}
	}
	return list
}

// In a conference of many a change costs each what has changed, and not the whole of it.
func TestManyAreToldWhatHasChanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, conference.Rules{})
		host := h.member("romeo", "Romeo")
		h.call(host, page)
		var guests []*xmpptest.Client
		for n := range 35 {
			g := h.guest(fmt.Sprintf("Guest %d", n))
			h.call(g, page)
			guests = append(guests, g)
		}
		time.Sleep(5 * time.Second)
		told(host)
		told(guests[0])
		h.ask(guests[7], "<status "+nsConf+" audio='on' hand='true'/>")
		time.Sleep(time.Second)
		for _, c := range []*xmpptest.Client{host, guests[0]} {
			list := told(c)
			if len(list) != 1 || !strings.Contains(list[0], "part='true'") || strings.Count(list[0], "<participant ") != 1 || !strings.Contains(list[0], "nick='Guest 7'") {
				t.Errorf("of a hand that was raised is told %q", list)
			}
		}
		h.ask(host, "<remove "+nsConf+" nick='Guest 7'/>")
		h.ask(guests[8], "<status "+nsConf+" audio='on' hand='false'/>")
		time.Sleep(time.Second)
		list := told(host)
		if len(list) != 1 || !strings.Contains(list[0], "<participant nick='Guest 7' state='gone'/>") || !strings.Contains(list[0], "people='35'") {
			t.Errorf("of somebody who has gone is told %q", list)
		}
		h.ask(host, "<lock "+nsConf+"/>")
		time.Sleep(time.Second)
		if list = told(host); len(list) != 1 || !strings.Contains(list[0], "locked='true'") || strings.Contains(list[0], "<participant ") {
			t.Errorf("of a locked conference is told %q", list)
		}
		host.Send("<iq type='set' id='w' to='" + focus + "'><watch " + nsConf + "/></iq>")
		whole := string(host.Find("<iq type='result' id='w'>…</iq>").Raw())
		if strings.Contains(whole, "part=") || strings.Count(whole, "<participant ") != 35 {
			t.Errorf("who asks learns %s", whole)
		}
		time.Sleep(time.Second)
		if list = told(host); len(list) != 0 {
			t.Errorf("nothing has changed, and is told %q", list)
		}
	})
}
