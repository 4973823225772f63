//go:build interop

package interop

import (
	"fmt"
	"testing"

	"plenum/components/media"
)

// Two calls in the users' app at once, with a telephone at the other end of each: keys reach a telephone, a second caller knocks and is taken while the first
// hears music, one goes to and fro, three hear each other, and both are connected with each other.
// A-110, B10
func TestInteropAppTwoCalls(t *testing.T) {
	counted(t)
	s := startServer(t)
	c := s.console()
	accounts := c.threePhones()
	ben := startPhone(t, s, accounts[1], phoneConfig{Hz: 660, Answers: true})
	clemens := startPhone(t, s, accounts[2], phoneConfig{Hz: 880, Answers: true})
	juliet := c.employee("juliet", "Juliet Capulet", "103")
	app := openChromium(t, s, fmt.Sprintf("https://localhost:%d/app/keypad", s.port(portHTTPS)), how{Tone: 440})
	until(t, app, "the form to sign in", "document.querySelector('#login')")
	app.fill("#login", juliet.JID)
	app.fill("#password", juliet.Password)
	app.press("form button.btn--primary")
	ben.registered()
	clemens.registered()
	card := func(name string) string { return fmt.Sprintf("section.call[aria-label=%q] ", name) }

	until(t, app, "the keypad", "document.querySelector('#number')")
	app.fill("#number", "101")
	app.press("form.keypad button[type=submit]")
	ben.hears("Juliet", 440)
	hearsTone(t, app, 660)
	app.press(card("Ben Kraus") + "button[aria-expanded]:not([aria-haspopup])")
	until(t, app, "the keys", "document.activeElement?.classList.contains('keypad-key')")
	before := ben.events.count(pressed)
	for _, key := range []string{"1", "7", "*", "#"} {
		app.ask(order{Do: "key", Body: key})
	}
	app.press(card("Ben Kraus") + ".keypad-key:text-is('5')")
	for i, e := range ben.events.awaitAll(t, "five keys", before+5, pressed)[before:] {
		if e.Text != "17*#5"[i:i+1] {
			t.Fatalf("key %d at the telephone is %q", i, e.Text)
		}
	}

	toBen := ben.tapped(media.PCMA) // baresip is deaf while it is on hold
	clemens.dial("103")
	app.press(card("Call from Clemens Ott") + "button:has-text('Answer')")
	clemens.hears("Juliet", 440)
	toBen.music(t, 440, 880)
	hearsTone(t, app, 880)
	toClemens := clemens.tapped(media.PCMA)
	app.press(card("Ben Kraus") + "button:has-text('Switch to')")
	toBen.tone(t, 440)
	toClemens.music(t, 440, 660)
	app.press(card("Ben Kraus") + "button:has-text('Three-way')")
	toBen.tones(t, 440, 880)
	toClemens.tones(t, 440, 660)
	app.press(card("Clemens Ott") + "button:has-text('Hold Clemens Ott again')")
	toClemens.music(t, 440, 660)
	toBen.tone(t, 440)
	app.press(card("Clemens Ott") + "button:has-text('Connect with')")
	toBen.tone(t, 880)
	toClemens.tone(t, 660)
	until(t, app, "the end of both calls", "![...document.querySelectorAll('section.call')].some((c) => c.querySelector('.call-foot, .call-acts'))")
	clemens.hangUp()
	ben.await("CALL_CLOSED", 1)
}
