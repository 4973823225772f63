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
