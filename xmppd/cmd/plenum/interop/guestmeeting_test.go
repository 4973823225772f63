//go:build interop

package interop

import "testing"

// hangUp is the button with which a colleague leaves, large or small as the meeting is shown to him.
const hangUp = ".call-foot .btn--danger, .tool--leave"

// The way of a guest through waiting area, meeting and hold, and out by both doors, with all of it usable by everybody: light and dark, on a
// desk and a telephone, in both languages.
func TestInteropGuestMeets(t *testing.T) {
	counted(t)
	s := startServer(t)
	romeo := hosts(t, s)
	s.user("juliet")
	romeo.member("juliet")
	juliet := signsIn(t, s, "juliet", how{})
	for _, look := range looks() {
		t.Run(look.String(), func(t *testing.T) { meetAsGuest(t, s, romeo, juliet, look) })
	}
}

func meetAsGuest(t *testing.T, s *server, romeo *host, juliet *chromium, look browsing) {
	say := func(en, de string) string { return map[string]string{"en": en, "de": de}[look.Lang] }
	v := visit(t, s, romeo.link, 0, look)
	v.sees("options")
	v.enter("Sofia Marques")
	v.sees("waiting")
	v.isTold(say("The meeting has not started yet", "Die Besprechung hat noch nicht begonnen"))
	v.clear(look, "waiting")
	v.press("[data-tool=door]")
	v.sees("options")
	v.isTold(say("You have left the meeting", "Sie haben die Besprechung verlassen"))
	v.enter("Sofia Marques")
	v.sees("waiting")

	juliet.press(".talk-head .btn--ok")
	v.sees("meeting")
	v.now("two tiles", "tiles", func(e event) bool { return len(e.Lines) == 2 })
	v.clear(look, "meeting")
	v.press("button.tile")
	v.now("a large tile", "tiles", func(e event) bool { return len(e.Lines) == 2 && e.Text == "large" })
	v.clear(look, "large")
	v.press("button.tile.is-large")
	v.now("tiles alike", "tiles", func(e event) bool { return e.Text == "" })
	if !look.Phone {
		v.press(".tool-join .tool:last-of-type")
		v.clear(look, "devices")
		v.tell(order{Do: "type", Body: "[Escape]"})
	}
	v.press("[data-tool=hand]")
	v.press("[data-tool=microphone]")
	if look.Phone {
		v.press("[data-panel=people]")
	}
	v.now("what one sees of her", "people", func(e event) bool { return len(e.Lines) == 3 })
	v.clear(look, "list")

	juliet.press(hangUp)
	v.sees("waiting")
	v.isTold(say("The meeting is paused", "Die Besprechung macht Pause"))
	v.clear(look, "hold")
	juliet.press(".talk-head .btn--ok")
	v.sees("meeting")
	v.leave()
	v.sees("options")
	juliet.press(hangUp)
	until(t, juliet, "the button to begin", "document.querySelector('.talk-head .btn--ok')")
	v.quit()
}

// Who loads the page anew is in the meeting again, and the keys do what the buttons do.
func TestInteropGuestComesBackAndUsesKeys(t *testing.T) {
	counted(t)
	s := startServer(t)
	romeo := hosts(t, s)
	s.user("juliet")
	romeo.member("juliet")
	juliet := signsIn(t, s, "juliet", how{})
	juliet.press(".talk-head .btn--ok")
	v := visit(t, s, romeo.link, 0, browsing{})
	v.sees("options")
	v.enter("Sofia")
	v.sees("meeting")
	tool := func(name string) {
		t.Helper()
		v.now("the button "+name, "tools", func(e event) bool {
			for _, line := range e.Lines {
				if line == name {
					return true
				}
			}
			return false
		})
	}
	key := func(keys string) { v.tell(order{Do: "type", Body: keys}) }
	tool("Microphone on, mute (M)")
	key("m")
	tool("Microphone off, turn on (M)")
	v.tell(order{Do: "hold", Body: "Space"})
	tool("Microphone on, mute (M)")
	v.tell(order{Do: "release", Body: "Space"})
	tool("Microphone off, turn on (M)")
	key("v")
	tool("Camera off, turn on (V)")
	key("h")
	tool("Hand raised, lower it (H)")
	v.say("m, v and h are letters here")
	romeo.hears("Sofia", "m, v and h are letters here")
	tool("Microphone off, turn on (M)")

	meets := func(e event) bool { return e.Is == "screen" && e.Type == "meeting" }
	before := v.events.count(meets)
	v.tell(order{Do: "reload"})
	v.events.awaitAll(t, "the meeting again", before+1, meets)
	v.now("both", "tiles", func(e event) bool { return len(e.Lines) == 2 })
}
