//go:build interop

package interop

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestManyMeetByTelephone: five telephones and two browsers are in one conference, four of the telephones from inside and one from outside. Each
// sounds its own tone in turn, then three do at once: everybody hears all others who sound, and never himself.
//
func TestManyMeetByTelephone(t *testing.T) {
	counted(t)
	s := startServer(t)
	administrator := s.administrator()
	api := s.consoleOf(administrator)
	api.trunk(2)
	api.groupsAt(groupNumber)
	romeo := hosts(t, s)
	pin := api.pin(salesRoom)
	ben := account{"ben@" + domain, secret("ben@" + domain)}
	var phones []*phone
	tones := []float64{385, 495, 605, 715, 825}
	for i, name := range []string{"anna", "ben", "clemens", "doris"} {
		phones = append(phones, startPhone(t, s, api.phoneOf(api.employee(name, strings.ToUpper(name[:1])+name[1:], fmt.Sprint(100+i))), phoneConfig{Hz: tones[i], Codec: []string{"PCMA", "PCMU", "G722", "PCMU"}[i]}))
		romeo.member(name)
	}
	phones = append(phones, startPhone(t, s, phoneAccount{User: "+4917155501"}, phoneConfig{Hz: tones[4], Outside: true}))

	sofia := openChromium(t, s, romeo.link, how{Tone: 440})
	comes(t, sofia, "Sofia")
	waits(t, sofia)
	browser := signsInAs(t, s, ben, how{Tone: 660})
	browser.press(".talk-head .btn--ok")
	meets(t, sofia, 1)

	var group struct{ Number string }
	api.get("/groups/"+salesRoom, &group)
	for i, p := range phones {
		if i == 4 {
			p.dial(groupNumber)
			p.established()
			p.press(pin)
		} else {
			p.registered()
			p.dial(group.Number)
			p.established()
		}
	}
	for _, p := range phones {
		p.hears("the browsers", 440, 660)
	}
	// The browsers are muted, and so are all telephones but those whose turn it is.
	for _, page := range []*chromium{sofia, browser} {
		page.press("[data-tool=microphone]")
	}
	for _, p := range phones {
		p.press("*6")
	}
	silent := func(why string) {
		t.Helper()
		for i, p := range phones {
			p.hearsNone(fmt.Sprintf("%s, at phone %d", why, i), append([]float64{440, 660}, tones...)...)
		}
	}
	silent("all are muted")
	for i, p := range phones {
		p.press("*6")
		for j, other := range phones {
			if j != i {
				other.hears(fmt.Sprintf("phone %d at phone %d", i, j), tones[i])
			}
		}
		p.hearsNone(fmt.Sprintf("itself, phone %d", i), tones...)
		p.press("*6")
		silent(fmt.Sprintf("phone %d is muted again", i))
	}
	for _, i := range []int{0, 2, 4} {
		phones[i].press("*6")
	}
	for j, other := range phones {
		var heard []float64
		for _, i := range []int{0, 2, 4} {
			if i != j {
				heard = append(heard, tones[i])
			}
		}
		other.hears(fmt.Sprintf("the others at phone %d", j), heard...)
		if j%2 == 0 {
			other.hearsNone("itself", tones[j])
		}
	}
	picture(browser, "many-phones")
}

// TestAPhoneThatVanishes: a telephone whose battery is empty in a call does not keep the other one in it.
func TestAPhoneThatVanishes(t *testing.T) {
	counted(t)
	s := startServer(t)
	accounts := s.console().threePhones()
	anna := startPhone(t, s, accounts[0], phoneConfig{Hz: 440})
	ben := startPhone(t, s, accounts[1], phoneConfig{Hz: 660})
	anna.registered()
	ben.registered()
	anna.dial("101")
	ben.await("CALL_INCOMING", 1)
	ben.answer()
	ben.established()
	ben.hears("Anna", 440)
	anna.dies()
	from := time.Now()
	for deadline := from.Add(2 * patience); ben.events.count(func(e event) bool { return e.Is == "CALL_CLOSED" }) == 0; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the call goes on")
		}
	}
	t.Logf("the call has ended after %s", time.Since(from).Round(time.Second/10))
}
