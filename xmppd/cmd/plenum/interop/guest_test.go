//go:build interop

package interop

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"mellium.im/sasl"
)

// web is where the front end and the programs that drive it in a browser live.
const web = "../../../../admin/web"

func needsBrowser(t *testing.T) {
	t.Helper()
	for _, program := range []string{"node", "chromium"} {
		_, err := exec.LookPath(program)
		needs(t, program, err)
	}
	_, err := os.Stat(web + "/node_modules/playwright-core")
	needs(t, "playwright-core (npm ci in admin/web)", err)
}

// A visitor is somebody at the guests' page.
type visitor struct{ *program }

func (v visitor) enter(name string)   { v.tell(order{Do: "enter", Nick: name}) }
func (v visitor) say(text string)     { v.tell(order{Do: "say", Body: text}) }
func (v visitor) leave()              { v.press(".tool--leave") }
func (v visitor) press(what string)   { v.tell(order{Do: "press", Body: what}) }
func (v visitor) network(show string) { v.tell(order{Do: "network", Show: show}) }

// visit opens a link in a browser and waits for the page. A port other than 0 takes the place of the link's.
func visit(t *testing.T, s *server, link string, port int, how browsing) visitor {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	if port != 0 {
		u.Host = fmt.Sprintf("%s:%d", u.Hostname(), port)
	}
	how.URL = u.String()
	v := visitor{run(t, login{account: account{JID: "the guest"}, CA: s.certificate(), browsing: how}, "node", web+"/e2e/guest.mjs")}
	ran(v.events.await(t, "the page", func(e event) bool { return e.Is == "online" }).Client)
	t.Cleanup(func() {
		for _, e := range must(v.events.find(func(e event) bool { return e.Is == "fault" })) {
			t.Errorf("the page reports a fault: %s", e.Text)
		}
	})
	return v
}

func must[T any](found T, _ <-chan struct{}) T { return found }

// now waits until the latest event of a kind is as wanted.
func (v visitor) now(what string, is string, wanted func(event) bool) event {
	v.t.Helper()
	return v.events.awaitLatest(v.t, what, func(e event) bool { return e.Is == is }, wanted)
}

func (v visitor) sees(screen string) {
	v.t.Helper()
	v.now("the screen "+screen, "screen", func(e event) bool { return e.Type == screen })
}

func (v visitor) isTold(text string) {
	v.t.Helper()
	v.now("the word "+text, "notice", func(e event) bool { return strings.Contains(e.Text, text) })
}

func (v visitor) reads(lines ...string) {
	v.t.Helper()
	v.now("the chat "+strings.Join(lines, " | "), "log", func(e event) bool { return slices.Equal(e.Lines, lines) })
}

func (v visitor) meets(people ...string) {
	v.t.Helper()
	v.now("the people "+strings.Join(people, ", "), "people", func(e event) bool { return slices.Equal(e.Lines, people) })
}

// startForChat runs a server that carries no media: whoever enters a group is in its chat at once, with nobody in a conference first.
func startForChat(t *testing.T, settings ...string) *server {
	t.Helper()
	return startConfigured(t, "media = -1\n"+strings.Join(settings, "\n")+"\n")
}

const salesRoom = "sales@groups." + domain

// A host is an XMPP user who has made a group with his client, and let guests in by its configuration form.
type host struct {
	*program
	link string
}

// hosts makes the group and takes the link from the form.
func hosts(t *testing.T, s *server) *host {
	t.Helper()
	needsSlixmpp(t)
	needsBrowser(t)
	return hostOf(t, s)
}

func hostOf(t testing.TB, s *server) *host {
	t.Helper()
	h := &host{program: slixmpp(t, s.login("romeo", viaSTARTTLS)).(*program)}
	h.events.await(t, "login", func(e event) bool { return e.Is == "online" })
	h.join(salesRoom, "Romeo")
	h.events.await(t, "his room", func(e event) bool { return e.Is == "joined" })
	h.configure(map[string]string{
		"muc#roomconfig_roomname": "Sales", "muc#roomconfig_persistentroom": "1", "muc#roomconfig_membersonly": "1",
		"muc#roomconfig_whois": "anyone",
	})
	h.allowGuests(true)
	return h
}

func (h *host) configure(form map[string]string) {
	h.t.Helper()
	done := func(e event) bool { return e.Is == "configured" }
	before := h.events.count(done)
	h.tell(order{Do: "configure", To: salesRoom, Form: form})
	h.events.awaitAll(h.t, "the new configuration", before+1, done)
}

// allowGuests throws the switch, and reads the link.
func (h *host) allowGuests(on bool) {
	h.t.Helper()
	value := map[bool]string{true: "1", false: "0"}[on]
	h.configure(map[string]string{"{urn:plenum:group:0}allow_guests": value})
	shown := func(e event) bool { return e.Is == "form" }
	before := h.events.count(shown)
	h.tell(order{Do: "form", To: salesRoom})
	forms := h.events.awaitAll(h.t, "the form", before+1, shown)
	var fields map[string]string
	if err := json.Unmarshal([]byte(forms[before].Text), &fields); err != nil {
		h.t.Fatal(err)
	}
	if fields["{urn:plenum:group:0}allow_guests"] != value {
		h.t.Fatalf("the form says %v", fields)
	}
	h.link = fields["{urn:plenum:group:0}guest_link"]
}

func (h *host) remove(nick, reason string) {
	h.tell(order{Do: "remove", To: salesRoom, Nick: nick, Body: reason})
}

// groupMessage is what the host's client sends besides plain text.
func (h *host) groupMessage(id, content string) {
	h.tell(order{Do: "raw", Body: fmt.Sprintf("<message type='groupchat' id='%s' to='%s'>%s</message>", id, salesRoom, content)})
}

func (h *host) hears(nick, text string) event {
	h.t.Helper()
	return h.events.await(h.t, text, func(e event) bool {
		return e.Is == "message" && e.From == salesRoom+"/"+nick && e.Body == text
	})
}

// A group made by one of two XMPP users, guests let in there by its form, and a guest at the page in a browser: all read each
// other. A moderator puts him out, he comes back, and guests off ends his visit.
//
func TestInteropGuest(t *testing.T) {
	counted(t)
	s := startForChat(t)
	romeo := hosts(t, s)
	juliet := melliumClient(sasl.ScramSha256)(t, s.login("juliet", viaTLS))
	romeo.tell(order{Do: "admit", To: salesRoom, Nick: "juliet@" + domain})
	romeo.events.await(t, "the new member", func(e event) bool { return e.Is == "admitted" })
	juliet.join(salesRoom, "Juliet")
	juliet.seen().await(t, "the room", func(e event) bool { return e.Is == "joined" })

	sofia := visit(t, s, romeo.link, 0, browsing{})
	sofia.sees("options")
	sofia.now("the title", "title", func(e event) bool { return e.Text == "Join Sales · Plenum" })
	sofia.enter("Sofia Marques")
	sofia.sees("meeting")
	sofia.meets("Juliet · Moderator", "Romeo · Moderator", "Sofia Marques · You")

	romeo.say(salesRoom, "Good morning <b>everybody</b>")
	sofia.reads("Romeo: Good morning <b>everybody</b>")
	sofia.say("Hello & welcome\nto both")
	romeo.hears("Sofia Marques", "Hello & welcome\nto both")
	juliet.seen().await(t, "the guest's words", isMessage("Hello & welcome\nto both", ""))
	juliet.say(salesRoom, "See https://example.org/plan.")
	sofia.reads("Romeo: Good morning <b>everybody</b>", "Sofia Marques: Hello & welcome\nto both", "Juliet: See https://example.org/plan.")

	// What the clients of others can do to messages: correct, take back, encrypt.
	romeo.groupMessage("c1", "<body>At nien</body>")
	spoken := romeo.hears("Romeo", "At nien")
	romeo.groupMessage("c2", "<body>At nine</body><replace xmlns='urn:xmpp:message-correct:0' id='c1'/>")
	romeo.hears("Romeo", "At nine")
	romeo.groupMessage("c3", "<body>secret</body><encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='1'/></encrypted>"+
		"<encryption xmlns='urn:xmpp:eme:0' namespace='eu.siacs.conversations.axolotl' name='OMEMO'/>")
	chat := []string{"Romeo: Good morning <b>everybody</b>", "Sofia Marques: Hello & welcome\nto both", "Juliet: See https://example.org/plan."}
	sealed := "Romeo: An encrypted message that guests cannot read. Ask for it to be sent without OMEMO encryption."
	sofia.reads(append(chat, "Romeo: At nine (edited)", sealed)...)
	romeo.groupMessage("c4", "<retract xmlns='urn:xmpp:message-retract:1' id='"+spoken.ID+"'/>")
	sofia.reads(append(chat, "Romeo: Message taken back", sealed)...)

	// Out, with the reason; and in again under another name only.
	romeo.remove("Sofia Marques", "Wrong meeting")
	sofia.sees("options")
	sofia.isTold("Romeo has removed you from the meeting. Reason: Wrong meeting")
	sofia.enter("sofia marques")
	sofia.isTold("A moderator has removed you. You can ask to be let in again in 10 minutes.")
	sofia.enter("Somebody else in her office")
	sofia.sees("meeting")
	sofia.leave()
	sofia.sees("options")
	sofia.isTold("You have left the meeting.")
	romeo.events.awaitLatest(t, "her leaving", presenceOf("Somebody else in her office"), func(e event) bool { return e.Type == "unavailable" })
	sofia.enter("Somebody else in her office")
	sofia.sees("meeting")

	old := romeo.link
	romeo.allowGuests(false)
	sofia.sees("plain")
	sofia.isTold("Guests are no longer allowed in this group")
	if status, text := s.get(t, old); status != http.StatusNotFound || !strings.Contains(text, "<div id=\"app\">") {
		t.Errorf("the link that was switched off: status %d, %q", status, text)
	}
	romeo.allowGuests(true)
	if romeo.link == old {
		t.Error("guests on again has not made a new link")
	}
	late := visit(t, s, old, 0, browsing{Lang: "de"})
	late.sees("plain")
	late.isTold("Dieser Link führt nirgendwohin")
}

func presenceOf(nick string) func(event) bool {
	return func(e event) bool { return e.Is == "presence" && e.From == salesRoom+"/"+nick }
}

// get asks for a page as a browser does.
func (s *server) get(t *testing.T, address string) (int, string) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: trusting(t, s.certificate())}, Timeout: patience}
	defer client.CloseIdleConnections()
	answer, err := client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text := make([]byte, 64<<10)
	n, _ := answer.Body.Read(text)
	return answer.StatusCode, string(text[:n])
}
