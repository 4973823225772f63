//go:build interop

package interop

import (
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// shotsEnv names a folder for pictures of the guests' page in each of its states. With it the test shows every look of it.
const shotsEnv = "PLENUM_SHOTS"

// looks are what the page is shown as: with the two of them each theme, language and size is seen once.
func looks() []browsing {
	if os.Getenv(shotsEnv) == "" {
		return []browsing{{Lang: "en"}, {Lang: "de", Dark: true, Phone: true}}
	}
	return []browsing{{Lang: "en"}, {Lang: "de", Dark: true}, {Lang: "de", Phone: true}, {Lang: "en", Dark: true, Phone: true}}
}

func (b browsing) String() string {
	theme, size := "light", "desk"
	if b.Dark {
		theme = "dark"
	}
	if b.Phone {
		size = "phone"
	}
	return size + "-" + theme + "-" + b.Lang
}

// clear checks that nothing at what is seen now keeps people out (WCAG 2.2 AA, as far as axe-core finds it).
func (v visitor) clear(look browsing, state string) {
	v.t.Helper()
	v.tell(order{Do: "axe", Body: state})
	found := v.events.await(v.t, "the findings on "+state, func(e event) bool { return e.Is == "axe" && e.Type == state })
	if passed, _ := strconv.Atoi(found.Text); passed < 20 || len(found.Lines) > 0 {
		v.t.Errorf("%v, %s: %s rules passed, against these it is: %s", look, state, found.Text, strings.Join(found.Lines, "\n  "))
	}
	if folder := os.Getenv(shotsEnv); folder != "" {
		file := filepath.Join(folder, fmt.Sprintf("guest-%s-%v.png", state, look))
		v.tell(order{Do: "shot", Body: file})
		v.events.await(v.t, file, func(e event) bool { return e.Is == "shot" && e.Text == file })
	}
}

// The page in all its states, light and dark, on a desk and a telephone, in both languages, is without findings of axe-core.
func TestInteropGuestPage(t *testing.T) {
	counted(t)
	s := startForChat(t)
	romeo := hosts(t, s)
	network := newProxy(t, s.address(portHTTPS))
	for i, look := range looks() {
		t.Run(look.String(), func(t *testing.T) { showGuestPage(t, s, romeo, network, look, fmt.Sprint("Sofia Marques ", i+1)) })
	}
}

func showGuestPage(t *testing.T, s *server, romeo *host, network *proxy, look browsing, name string) {
	v := visit(t, s, romeo.link, network.port(), look)
	v.sees("options")
	v.clear(look, "options")
	v.enter(strings.Repeat("x", 100))
	v.isTold("60")
	v.clear(look, "fault")

	v.enter(name)
	v.sees("meeting")
	v.clear(look, "empty")
	romeo.groupMessage("m0", "<body>Good morning! The plan is at https://example.org/plan (page 3 is new).</body>")
	romeo.groupMessage("m1", "<body>Who writes the minutes</body>")
	romeo.groupMessage("m2", "<body>Who writes the minutes?</body><replace xmlns='urn:xmpp:message-correct:0' id='m1'/>")
	romeo.groupMessage("m3", "<body>x</body><encryption xmlns='urn:xmpp:eme:0' namespace='eu.siacs.conversations.axolotl' name='OMEMO'/>")
	v.now("the chat", "log", func(e event) bool { return len(e.Lines) == 3 })
	v.say("I do.\nAs always.")
	romeo.groupMessage("m4", "<composing xmlns='http://jabber.org/protocol/chatstates'/>")
	v.now("the chat", "log", func(e event) bool { return len(e.Lines) == 4 && e.Lines[3] == name+": I do.\nAs always." })
	v.now("somebody to be writing", "people", func(e event) bool { return look.Phone || strings.Contains(e.Lines[0], "…") })
	v.clear(look, "chat")
	if look.Phone {
		v.press("[data-panel=people]")
		v.now("the people", "people", func(e event) bool { return len(e.Lines) == 2 })
		v.clear(look, "people")
		v.press("[data-panel=people]")
	} else {
		v.press("[data-panel=chat]")
	}
	v.clear(look, "stage")
	v.press("[data-panel=chat]")

	network.fail()
	v.now("the connection to be lost", "lost", func(e event) bool { return e.Text != "" })
	v.say("Are you still there?")
	v.clear(look, "lost")
	network.restore()
	v.now("the connection to be back", "lost", func(e event) bool { return e.Text == "" })

	romeo.remove(name, "Wrong meeting")
	v.sees("options")
	v.isTold("Wrong meeting")
	v.clear(look, "removed")

	off := visit(t, s, strings.Replace(romeo.link, "/g/", "/g/x", 1), 0, look)
	off.sees("plain")
	off.clear(look, "unknown")
	off.quit()
}

// A guest comes, writes, looks around and goes without a mouse.
func TestInteropGuestKeyboard(t *testing.T) {
	counted(t)
	s := startForChat(t)
	romeo := hosts(t, s)
	v := visit(t, s, romeo.link, 0, browsing{})
	v.sees("options")
	press := func(keys, focus string) {
		t.Helper()
		typed := func(e event) bool { return e.Is == "focus" }
		before := v.events.count(typed)
		v.tell(order{Do: "type", Body: keys})
		if at := v.events.awaitAll(t, keys, before+1, typed)[before].Text; at != focus {
			t.Fatalf("after %s the focus is on %q, want %q", keys, at, focus)
		}
	}
	press("[Enter]", "") // no name: the field keeps the focus, and says what it wants
	v.isTold("Say who you are")
	v.tell(order{Do: "type", Body: "Sofia[Enter]"})
	v.sees("meeting")
	press("First[Shift+Enter]second[Enter]", "Message to everyone")
	romeo.hears("Sofia", "First\nsecond")
	v.tell(order{Do: "say", Body: strings.Repeat("x", 1501)})
	v.now("the count of characters", "count", func(e event) bool {
		return e.Text == "1,501 of 1,500 characters · Shorten it by 1 character."
	})
	press("[Backspace][Enter]", "Message to everyone") // now it is short enough
	romeo.hears("Sofia", strings.Repeat("x", 1500))
	v.now("no count", "count", func(e event) bool { return e.Text == "" })
	press("[Escape]", "Chat") // closed, and the focus is where it can be opened again
	romeo.say(salesRoom, "Hello Sofia")
	v.now("the count of what is new", "title", func(e event) bool { return e.Text == "(1) Sales · Plenum" })
	press("[Enter]", "Message to everyone")
	v.reads("Sofia: First\nsecond", "Sofia: "+strings.Repeat("x", 1500), "Romeo: Hello Sofia")
	v.now("that to be read", "title", func(e event) bool { return e.Text == "Sales · Plenum" })
	for _, next := range []string{"Send", "Hide participants", "Chat", "Full screen (F)", "Leave", "Participants"} {
		press("[Tab]", next)
	}
	press("[Space]", "Participants")
	v.now("no list", "people", func(e event) bool { return len(e.Lines) == 0 })
	press("[Shift+Tab]", "Leave")
	v.tell(order{Do: "type", Body: "[Enter]"})
	v.sees("options")
}

// Whatever people call themselves, their group, what they say and why: it is text, and nothing of it runs or loads.
func TestInteropGuestPageIsInert(t *testing.T) {
	counted(t)
	s := startForChat(t)
	romeo := hosts(t, s)
	const evil = `"'><img src=x onerror=alert(1)><script>alert(2)</script><style>*{display:none}</style>`
	romeo.configure(map[string]string{"muc#roomconfig_roomname": evil})
	v := visit(t, s, romeo.link, 0, browsing{})
	inert := func() {
		t.Helper()
		looked := func(e event) bool { return e.Is == "inert" }
		before := v.events.count(looked)
		v.tell(order{Do: "inert"})
		if found := v.events.awaitAll(t, "a look at the page", before+1, looked)[before].Lines; len(found) > 0 {
			t.Errorf("this is in the page: %q", found)
		}
	}
	v.sees("options")
	v.now("the group's name", "title", func(e event) bool { return strings.Contains(e.Text, "<script>") })
	inert()
	v.enter(evil[:60])
	v.sees("meeting")
	v.meets("Romeo · Moderator", evil[:60]+" · You")
	text := xmlText(evil)
	romeo.groupMessage("s", "<subject>"+text+"</subject>")
	romeo.groupMessage("b", "<body>"+text+" javascript:alert(3) https://example.org/"+text+"</body>")
	romeo.groupMessage("p", "<body>x</body><parsererror xmlns='http://www.w3.org/1999/xhtml'/>")
	v.reads("Romeo: "+evil+" javascript:alert(3) https://example.org/"+evil, "Romeo: x")
	inert()
	romeo.remove(evil[:60], evil)
	v.isTold("Reason: " + evil)
	inert()
}

func xmlText(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s))
	return b.String()
}

// guestPageBytes is how much a guest may have to load before he sees the page, as it comes over the wire.
const guestPageBytes = 80 << 10

func TestInteropGuestPageIsSmall(t *testing.T) {
	counted(t)
	s := startForChat(t)
	romeo := hosts(t, s)
	v := visit(t, s, romeo.link, 0, browsing{})
	v.sees("options")
	v.tell(order{Do: "bytes"})
	loaded := v.events.await(t, "the sizes", func(e event) bool { return e.Is == "bytes" })
	n, err := strconv.Atoi(loaded.Text)
	if err != nil || n < 10<<10 || n > guestPageBytes || len(loaded.Lines) < 4 {
		t.Errorf("the page takes %s bytes, want at most %d: %v", loaded.Text, guestPageBytes, loaded.Lines)
	}
	t.Logf("first load: %d bytes in %d files", n, len(loaded.Lines))
}
