//go:build interop

package interop

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// What people type as their name: either the page says beside the field what is wrong, or the group sees it in its tidy form.
//
func TestInteropGuestNames(t *testing.T) {
	counted(t)
	s := startForChat(t)
	romeo := hosts(t, s)
	guest := visit(t, s, romeo.link, 0, browsing{})
	guest.sees("options")
	const empty, long = "Say who you are", "Use at most 60 characters"
	for _, c := range []struct{ name, told string }{
		{"", empty},
		{strings.Repeat("x", 10_000), long},
		{"   \t ", empty},
		{strings.Repeat("👋", 61), long},
		{"\u202e\u200b\u200f\u2066", empty},
		{"\u202e" + strings.Repeat("x", 61), long},
		{"...", empty},
	} {
		guest.enter(c.name)
		guest.isTold(c.told)
		guest.sees("options")
	}
	for _, c := range []struct{ name, nick string }{
		{"  Sofia \u00a0 Marques ", "Sofia Marques"},
		{"\u202eairegaM\u202c \u2066Ad\u200ba\u2069", "airegaM Ada"},
		{"<b onmouseover=\"alert(1)\">Bob</b> &amp; 'Co'", "<b onmouseover=\"alert(1)\">Bob</b> &amp; 'Co'"},
		{"👩🏽 Ada ❤️", "👩🏽 Ada ❤"},
		{"שלום עולם", "שלום עולם"},
		{"Mu\u0308ller/Lüdenscheid@home", "Müller/Lüdenscheid@home"},
		{"Z\u0316\u0317\u0318\u0319\u031c\u031d", "Z\u0316\u0317\u0318\u0319"},
	} {
		guest.enter(c.name)
		guest.sees("meeting")
		guest.meets("Romeo · Moderator", c.nick+" · You")
		guest.say("I am " + c.nick)
		romeo.hears(c.nick, "I am "+c.nick)
		guest.leave()
		guest.sees("options")
		romeo.events.awaitLatest(t, "leaving", presenceOf(c.nick), func(e event) bool { return e.Type == "unavailable" })
	}
}

// Two guests of the same name: the second one gets a number, and both read each other. A-039
func TestInteropGuestsOfOneName(t *testing.T) {
	counted(t)
	s := startForChat(t)
	romeo := hosts(t, s)
	first := visit(t, s, romeo.link, 0, browsing{})
	first.sees("options")
	first.enter("Sofia")
	first.sees("meeting")
	second := visit(t, s, romeo.link, 0, browsing{Lang: "de"})
	second.sees("options")
	second.enter("Sofia")
	second.sees("meeting")
	second.meets("Romeo · Moderation", "Sofia", "Sofia 2 · Sie")
	first.meets("Romeo · Moderator", "Sofia 2", "Sofia · You")
	second.say("Which of us?")
	first.reads("Sofia 2 has come", "Sofia 2: Which of us?")
	first.say("Both.")
	second.reads("Sofia 2: Which of us?", "Sofia: Both.")
	romeo.hears("Sofia 2", "Which of us?")
	second.leave()
	second.sees("options")
	first.reads("Sofia 2 has come", "Sofia 2: Which of us?", "Sofia: Both.", "Sofia 2 has left")
}

// One place, and two who want it: the second is told so before he enters, and by the server when both press at once. When the
// first one goes, the second gets in. A-004
func TestInteropGuestPlacesAreLimited(t *testing.T) {
	counted(t)
	s := startForChat(t, "[guests]", "per_group = 1")
	romeo := hosts(t, s)
	first, second := visit(t, s, romeo.link, 0, browsing{}), visit(t, s, romeo.link, 0, browsing{})
	first.sees("options")
	second.sees("options")
	first.enter("Sofia")
	first.sees("meeting")
	second.enter("Mara")
	second.isTold("All guest places are taken.")
	third := visit(t, s, romeo.link, 0, browsing{Lang: "de"})
	third.sees("options")
	third.isTold("Alle Plätze für Gäste sind belegt.")
	first.leave()
	first.sees("options")
	romeo.events.awaitLatest(t, "her leaving", presenceOf("Sofia"), func(e event) bool { return e.Type == "unavailable" })
	second.enter("Mara")
	second.sees("meeting")
}

// Who guesses links gets no further answer for a while, and the page says so to everybody from his network.
func TestInteropGuessingLinksIsThrottled(t *testing.T) {
	counted(t)
	s := startForChat(t)
	romeo := hosts(t, s)
	const failures = 100 // from one address, in ten minutes
	for i := range failures + 5 {
		status, _ := s.get(t, fmt.Sprintf("%s%d", romeo.link, i))
		if want := map[bool]int{true: http.StatusNotFound, false: http.StatusTooManyRequests}[i < failures]; status != want {
			t.Fatalf("guess %d: status %d, want %d", i+1, status, want)
		}
	}
	v := visit(t, s, romeo.link, 0, browsing{})
	v.sees("plain")
	v.isTold("Too many attempts")
}
