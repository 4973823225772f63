//go:build interop

package interop

import (
	"fmt"
	"testing"
)

// What the guests' page shows.
const (
	atOptions = "document.querySelector('.front-card #name')"
	atWaiting = "document.querySelector('.wait')"
	atMeeting = "document.querySelector('.meet')"
)

// comes enters the guests' page under a name.
func comes(t *testing.T, p page, name string) {
	t.Helper()
	until(t, p, "the options", atOptions)
	p.fill("#name", name)
	p.press("button.btn--xl")
}

// waits says that a guest is in the waiting area, and hears music.
func waits(t *testing.T, p page) {
	t.Helper()
	until(t, p, "the waiting area", atWaiting)
	grows(t, p, "music", func(was, is carried) bool { return is.Energy > was.Energy && is.Packets > was.Packets+50 })
}

// meets says that the page sends and gets sound and pictures of so many others.
func meets(t *testing.T, p page, pictures int) {
	t.Helper()
	until(t, p, "the meeting", atMeeting)
	grows(t, p, fmt.Sprintf("the pictures of %d", pictures), func(was, is carried) bool {
		return is.Frames > was.Frames+10 && is.Pictures >= pictures && is.Packets > was.Packets && is.SentAudio > was.SentAudio
	})
}

// member lets an account into the host's group.
func (h *host) member(name string) {
	h.t.Helper()
	h.tell(order{Do: "admit", To: salesRoom, Nick: name + "@" + domain})
	h.events.await(h.t, "the new member", func(e event) bool { return e.Is == "admitted" })
}

// TestAClientThatIsNotOursCallsTheRoom: a colleague calls the room with a client made of slixmpp and aiortc, which has one slot of sound and
// one of pictures. A guest at the page waits with music until then, and they hear and see each other.
//
func TestAClientThatIsNotOursCallsTheRoom(t *testing.T) {
	counted(t)
	s := startServer(t)
	juliet := callerFor(t, s, "juliet")
	romeo := hosts(t, s)
	romeo.member("juliet")
	juliet.tell(order{Do: "join", To: salesRoom, Nick: "Juliet"})
	juliet.awaits("the room", 1, func(e event) bool { return e.Is == "occupant" && e.Text == "Juliet" })

	sofia := openChromium(t, s, romeo.link, how{Tone: 440})
	comes(t, sofia, "Sofia")
	waits(t, sofia)
	romeo.events.await(t, "the room to show that a guest waits", func(e event) bool {
		return e.Is == "presence" && e.From == salesRoom+"/Conference" && e.Show == "chat"
	})

	juliet.tell(order{Do: "call", To: salesRoom + "/Conference", Form: map[string]string{"tone": "660", "video": "1"}})
	juliet.hears("440")
	hearsTone(t, sofia, 660)
	juliet.sees(1)
	meets(t, sofia, 1)
	picture(sofia, "story-client-guest")

	juliet.tell(order{Do: "hang up"})
	waits(t, sofia)
}

// signsIn opens the users' app in a browser of its own, and the group in it.
func signsIn(t *testing.T, s *server, name string, h how) *chromium {
	t.Helper()
	return signsInAs(t, s, account{name, secret(name + "@" + domain)}, h)
}

func signsInAs(t *testing.T, s *server, who account, h how) *chromium {
	t.Helper()
	app := openChromium(t, s, fmt.Sprintf("https://localhost:%d/app/", s.port(portHTTPS)), h)
	until(t, app, "the form to sign in", "document.querySelector('#login')")
	app.fill("#login", who.JID)
	app.fill("#password", who.Password)
	app.press("form button.btn--primary")
	until(t, app, "the list", "document.querySelector('.contacts')")
	app.press(".contacts >> text=Sales")
	until(t, app, "the group", "document.querySelector('.talk-head .btn--ok')")
	return app
}

// TestTheStory is what the product is for: guests open the link, wait with music, and see and hear everybody as soon as a colleague joins in
// the browser; he leaves and comes back, a guest shows his screen, and is put out.
// A-036 (in the browser), A-038, A-039, A-043, A-044, A-045, A-047, A-048, A-051, A-052
func TestTheStory(t *testing.T) {
	counted(t)
	s := startServer(t)
	romeo := hosts(t, s)
	s.user("juliet", "--name", "Juliet Capulet")
	romeo.member("juliet")

	sofia := openChromium(t, s, romeo.link, how{Tone: 440})
	picture(sofia, "story-1-options")
	comes(t, sofia, "Sofia")
	waits(t, sofia)
	picture(sofia, "story-2-waiting")
	jonas := openChromium(t, s, romeo.link, how{Tone: 550})
	comes(t, jonas, "Jonas")
	waits(t, jonas)
	if c := carries(t, sofia); c.Pictures != 0 {
		t.Errorf("a guest who waits gets pictures: %+v", c)
	}

	juliet := signsIn(t, s, "juliet", how{Tone: 660})
	until(t, juliet, "the sign that guests wait", "document.querySelector('.contacts').innerText.includes('2 guests are waiting')")
	picture(juliet, "story-3-app")
	juliet.press(".talk-head .btn--ok")
	for _, p := range []page{sofia, jonas} {
		meets(t, p, 2)
	}
	grows(t, juliet, "the guests", func(was, is carried) bool { return is.Frames > was.Frames+10 && is.Pictures >= 2 })
	for _, heard := range []struct {
		by page
		hz []int
	}{{sofia, []int{550, 660}}, {jonas, []int{440, 660}}, {juliet, []int{440, 550}}} {
		for _, hz := range heard.hz {
			hearsTone(t, heard.by, hz)
		}
	}
	picture(sofia, "story-4-meeting")
	picture(juliet, "story-4-app")

	juliet.press(".tool--leave")
	for _, p := range []page{sofia, jonas} {
		waits(t, p)
	}
	picture(sofia, "story-5-hold")
	juliet.press(".talk-head .btn--ok")
	for _, p := range []page{sofia, jonas} {
		meets(t, p, 2)
	}

	sofia.press("[data-tool=share]")
	until(t, jonas, "Sofia's screen", "document.querySelector('.meet').innerText.includes('Sofia') && [...document.querySelectorAll('[data-tile]')].some((e) => /screen/i.test(e.dataset.tile))")
	grows(t, jonas, "three pictures", func(was, is carried) bool { return is.Frames > was.Frames+5 && is.Pictures >= 3 })
	picture(jonas, "story-6-screen")
	picture(sofia, "story-6-sharer")
	picture(juliet, "story-6-app")

	juliet.press(".person-row:has-text('Sofia') button[aria-haspopup]")
	juliet.press(".menu-item.bad")
	juliet.press("dialog .btn--danger")
	until(t, sofia, "the options again", atOptions)
	until(t, sofia, "the word that she was removed", "/removed/i.test(document.body.innerText)")
	picture(sofia, "story-7-removed")
	grows(t, jonas, "Juliet, after that", func(was, is carried) bool { return is.Frames > was.Frames+10 })
}

// TestTheStoryInFirefox: the same with a guest in Debian's Firefox, until they see and hear each other. A-002
func TestTheStoryInFirefox(t *testing.T) {
	counted(t)
	s := startServer(t)
	romeo := hosts(t, s)
	s.user("juliet")
	romeo.member("juliet")

	sofia := openFirefox(t, romeo.link)
	comes(t, sofia, "Sofia")
	waits(t, sofia)
	picture(sofia, "firefox-1-waiting")
	juliet := signsIn(t, s, "juliet", how{Tone: 660})
	juliet.press(".talk-head .btn--ok")
	meets(t, sofia, 1)
	// Without a sound device Firefox renders nothing that a page could look at; what it decodes it counts.
	grows(t, sofia, "sound", func(was, is carried) bool { return is.Energy > was.Energy+0.01 })
	hearsTone(t, juliet, 1000) // the sound that Firefox makes
	grows(t, juliet, "the guest in Firefox", func(was, is carried) bool { return is.Frames > was.Frames+10 && is.Pictures >= 1 })
	picture(sofia, "firefox-2-meeting")
	picture(juliet, "firefox-2-app")
	juliet.press(".tool--leave")
	waits(t, sofia)
}
