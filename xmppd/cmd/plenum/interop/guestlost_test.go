//go:build interop

package interop

import (
	"fmt"
	"testing"
)

// A guest's network fails while both sides go on writing. The page says so, stays as it is, and goes on by itself: nothing is
// lost, nothing comes twice, and the others never see him leave.
func TestInteropGuestResumes(t *testing.T) {
	counted(t)
	s := startForChat(t)
	romeo := hosts(t, s)
	network := newProxy(t, s.address(portHTTPS))
	sofia := visit(t, s, romeo.link, network.port(), browsing{})
	sofia.sees("options")
	sofia.enter("Sofia")
	sofia.sees("meeting")

	var lines []string
	talk := func(round int, fail, restore func()) {
		for i := range 9 {
			text := fmt.Sprintf("from romeo %d.%d", round, i)
			romeo.say(salesRoom, text)
			romeo.hears("Romeo", text)
			if i < 3 || i > 5 { // while the network is down she reads nothing
				lines = append(lines, "Romeo: "+text)
				sofia.reads(lines...)
			}
			if i == 2 {
				fail()
				sofia.now("the connection to be lost", "lost", func(e event) bool { return e.Text == "Connection lost." })
				sofia.say(fmt.Sprintf("from sofia %d", round))
				sofia.now("her words to wait", "log", func(e event) bool {
					return e.Lines[len(e.Lines)-1] == fmt.Sprintf("Sofia: from sofia %d [Being sent …]", round)
				})
			}
			if i == 5 {
				restore()
				lines = append(lines, fmt.Sprintf("Sofia: from sofia %d", round))
				for j := 3; j <= 5; j++ {
					lines = append(lines, fmt.Sprintf("Romeo: from romeo %d.%d", round, j))
				}
				sofia.reads(lines...)
				sofia.now("the connection to be back", "lost", func(e event) bool { return e.Text == "" })
				romeo.hears("Sofia", fmt.Sprintf("from sofia %d", round))
			}
		}
	}
	talk(1, network.fail, network.restore)
	talk(2, network.fail, network.restore)
	talk(3, func() { sofia.network("off"); network.fail() }, func() { network.restore(); sofia.network("on") })

	for round := 1; round <= 3; round++ {
		text := fmt.Sprintf("from sofia %d", round)
		once(t, "romeo", romeo.events, func(e event) bool { return e.Is == "message" && e.Body == text })
	}
	if n := romeo.events.count(presenceOf("Sofia")); n != 1 {
		t.Errorf("romeo got %d presences of her, want the one of her coming", n)
	}
}

// The server is killed under a guest, and comes back without his session: he enters again by himself. What he said meanwhile
// waits for him to send it again, and the gap is marked.
func TestInteropGuestOutlivesServer(t *testing.T) {
	counted(t)
	s := startForChat(t)
	romeo := hosts(t, s)
	sofia := visit(t, s, romeo.link, 0, browsing{})
	sofia.sees("options")
	sofia.enter("Sofia")
	sofia.sees("meeting")
	sofia.say("before")
	sofia.reads("Sofia: before")
	s.kill()
	sofia.now("the connection to be lost", "lost", func(e event) bool { return e.Text == "Connection lost." })
	sofia.say("meanwhile")
	sofia.reads("Sofia: before", "Sofia: meanwhile [Being sent …]")
	s.launch()
	sofia.now("the connection to be back", "lost", func(e event) bool { return e.Text == "" })
	const gap = "The connection was interrupted for long. What was written meanwhile is missing here."
	sofia.reads("Sofia: before", "Sofia: meanwhile [Not sent Send again Discard]", gap)
	sofia.press(".msg-state .btn:first-of-type")
	sofia.reads("Sofia: before", gap, "Sofia: meanwhile")
}

// The network is down when a guest wants to enter: the page says so, lets him give it up, and enters by itself when it is back.
func TestInteropGuestEntersLate(t *testing.T) {
	counted(t)
	s := startForChat(t)
	romeo := hosts(t, s)
	network := newProxy(t, s.address(portHTTPS))
	sofia := visit(t, s, romeo.link, network.port(), browsing{})
	sofia.sees("options")
	network.fail()
	sofia.enter("Sofia")
	sofia.isTold("The server does not answer.")
	sofia.press(".front-wait button")
	sofia.now("the attempt to be over", "notice", func(e event) bool { return e.Text == "" })
	sofia.enter("Sofia")
	sofia.isTold("The server does not answer.")
	network.restore()
	sofia.sees("meeting")
	romeo.events.await(t, "her coming", presenceOf("Sofia"))
}
