//go:build interop

package interop

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// row is an expression for what a page's list of participants has of somebody: the words of his signs.
func row(nick string) string {
	return fmt.Sprintf("[...document.querySelectorAll('.person-row')].filter((r) => r.querySelector('.person-who b')?.title === %q)", nick)
}

// shows waits until somebody is in a page's list once, with some signs and without others.
func shows(t *testing.T, p page, nick string, signs ...string) {
	t.Helper()
	want := make([]string, len(signs))
	for i, sign := range signs {
		not := strings.HasPrefix(sign, "!")
		want[i] = fmt.Sprintf("words.includes(%q) !== %v", strings.TrimPrefix(sign, "!"), not)
	}
	until(t, p, fmt.Sprintf("%s with %s", nick, strings.Join(signs, ", ")), fmt.Sprintf(
		"((rows) => rows.length === 1 && ((words) => %s)([...rows[0].querySelectorAll('.sym .sr, small')].map((e) => e.textContent)))(%s)", strings.Join(want, " && "), row(nick)))
}

// TestAGuestsPageAndHisTelephone: a guest takes part in a browser, and lets his telephone carry the sound: he dials the number that his page shows, and enters
// PIN and code. From then on the two are one participant, at his page and at a colleague's; his keys mute him and raise his hand, which both see, and
// when he hangs up his page goes on without sound.
//
func TestAGuestsPageAndHisTelephone(t *testing.T) {
	for _, look := range []browsing{{Lang: "en"}, {Lang: "en", Dark: true, Phone: true}} {
		t.Run(look.String(), func(t *testing.T) { meetsByPageAndTelephone(t, look) })
	}
}

func meetsByPageAndTelephone(t *testing.T, look browsing) {
	counted(t)
	s := startServer(t)
	api := s.consoleOf(s.administrator())
	api.trunk(2)
	api.groupsAt(groupNumber)
	romeo := hosts(t, s)
	anna := api.employee("anna", "Anna Berg", "100")
	romeo.member("anna")
	colleague := signsInAs(t, s, anna, how{Tone: 660})
	colleague.press(".talk-head .btn--ok")

	sofia := openChromium(t, s, romeo.link, how{Tone: 440, browsing: look})
	until(t, sofia, "the options", atOptions)
	sofia.press("text=Phone audio")
	comes(t, sofia, "Sofia")
	until(t, sofia, "the meeting", atMeeting)
	until(t, sofia, "number, PIN and code", "document.querySelector('.phone-code b')")
	picture(sofia, "phone-code-shown-"+look.String())
	var shown string
	if err := json.Unmarshal(sofia.eval("document.querySelector('.phone-code').innerText"), &shown); err != nil {
		t.Fatal(err)
	}
	said := regexp.MustCompile(`(\+\d+).* PIN ([\d ]+\d),.*:\s*(\d{4})$`).FindStringSubmatch(strings.Join(strings.Fields(shown), " "))
	if said == nil {
		t.Fatalf("the page shows %q", shown)
	}
	number, pin, code := said[1], strings.ReplaceAll(said[2], " ", ""), said[3]
	if number != groupNumber || pin != api.pin(salesRoom) {
		t.Fatalf("the page shows number %q and PIN %q", number, pin)
	}

	telephone := startPhone(t, s, phoneAccount{User: "+4917155501"}, phoneConfig{Hz: 550, Outside: true})
	telephone.dial(number)
	telephone.established()
	telephone.press(pin)
	telephone.press(code)
	telephone.hears("the colleague", 660)
	hearsTone(t, colleague, 550)

	if look.Phone {
		sofia.press("[data-panel=people]")
	}
	if string(colleague.eval("!document.querySelector('.person-row')")) == "true" {
		colleague.press("[data-panel=people]")
	}
	for _, p := range []*chromium{colleague, sofia} {
		shows(t, p, "Sofia", "Sound by telephone", "!microphone off", "!no microphone", "!hand raised")
		until(t, p, "two people", "document.querySelectorAll('.person-row').length === 3") // Romeo is in the chat alone
	}
	for _, step := range []struct {
		keys  string
		signs []string
	}{
		{"*6", []string{"microphone off", "!hand raised"}},
		{"*9", []string{"microphone off", "hand raised"}},
		{"*6", []string{"!microphone off", "hand raised"}},
		{"*9", []string{"!microphone off", "!hand raised"}},
		{"*9", []string{"hand raised"}},
	} {
		telephone.press(step.keys)
		for _, p := range []*chromium{colleague, sofia} {
			shows(t, p, "Sofia", append(step.signs, "Sound by telephone")...)
		}
		if step.keys == "*6" && step.signs[0] == "microphone off" {
			picture(sofia, "phone-code-muted-"+look.String())
			picture(colleague, "phone-code-muted-colleague-"+look.String())
		}
	}
	// The one hand is taken down at the page.
	until(t, sofia, "her hand at the button", "document.querySelector('[data-tool=hand]')?.getAttribute('aria-pressed') === 'true'")
	sofia.press("[data-tool=hand]")
	for _, p := range []*chromium{colleague, sofia} {
		shows(t, p, "Sofia", "!hand raised")
	}
	hearsTone(t, colleague, 550)

	telephone.hangUp()
	for _, p := range []*chromium{colleague, sofia} {
		shows(t, p, "Sofia", "!Sound by telephone")
	}
	until(t, sofia, "the code again", "document.querySelector('.phone-code b')")
}
