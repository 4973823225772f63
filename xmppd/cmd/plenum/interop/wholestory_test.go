//go:build interop

package interop

import (
	"fmt"
	"strings"
	"testing"
)

// signIn opens the console in a browser of its own.
func (s *server) signIn(t *testing.T, who account) *chromium {
	t.Helper()
	p := openChromium(t, s, fmt.Sprintf("https://localhost:%d/admin/", s.port(portHTTPS)), how{})
	until(t, p, "the form to sign in", "document.querySelector('#login')")
	p.fill("#login", who.JID)
	p.fill("#password", who.Password)
	p.press("form button.btn--primary")
	until(t, p, "the console", "document.querySelector('nav')")
	return p
}

func (c *chromium) key(name string) {
	c.t.Helper()
	c.ask(order{Do: "key", Body: name})
}

func (c *chromium) open(s *server, path string) {
	c.t.Helper()
	c.ask(order{Do: "go", To: fmt.Sprintf("https://localhost:%d%s", s.port(portHTTPS), path)})
}

// addUser fills in the quick form.
func (c *chromium) addUser(s *server, name, shown, extension string) account {
	c.t.Helper()
	a := account{name + "@" + domain, secret(name + "@" + domain)}
	c.open(s, "/admin/users?add=1")
	until(c.t, c, "the form", "document.querySelector('.drawer [name=extension]')?.value")
	for field, value := range map[string]string{"login": name, "displayName": shown, "extension": extension, "password": a.Password} {
		c.fill(".drawer [name="+field+"]", value)
	}
	c.key("Control+s")
	until(c.t, c, shown+" in the list", "!document.querySelector('.drawer') && document.body.innerText.includes("+fmt.Sprintf("%q", shown)+")")
	return a
}

// seeEachOther makes a permission that all users have, by which they are in each other's contact lists.
func (c *chromium) seeEachOther(s *server) {
	c.t.Helper()
	c.open(s, "/admin/permissions")
	until(c.t, c, "the permissions", "document.querySelector('table, .list')")
	c.press("button:has-text('Add permission') >> nth=0")
	until(c.t, c, "the form", "document.querySelector('[name=name]')")
	c.fill("[name=name]", "Colleagues")
	c.key("Control+s")
	until(c.t, c, "the permission", "document.querySelector('h1')?.innerText === 'Colleagues'")
	c.press("[role=switch]:near(:text('Users')) >> nth=0")
	c.press("[role=tab]:has-text('Types')")
	c.press(".choice:has-text('xmpp.group') input")
	c.key("Control+s")
	until(c.t, c, "the permission to be saved", "document.body.innerText.includes('Nothing to save')")
}

// TestTheWholeStory: an administrator makes users and a permission in the console; colleagues see each other without adding anyone; they chat in a
// group; one of them lets guests in; a customer opens the link in a browser, another dials the number and the PIN; both hear music until a colleague
// joins; then all hear each other, until he leaves.
// ..A-014, A-016, A-018..A-021, A-037, A-053, A-193, A-198
func TestTheWholeStory(t *testing.T) {
	counted(t)
	needsSlixmpp(t)
	s := startServer(t)
	administrator := s.administrator()
	clara := s.signIn(t, administrator)
	anna := clara.addUser(s, "anna", "Anna Berg", "100")
	ben := clara.addUser(s, "ben", "Ben Kraus", "101")
	clara.seeEachOther(s)
	picture(clara, "whole-1-permission")

	a := slixmpp(t, s.as(anna, viaSTARTTLS, "a")).(*program)
	b := slixmpp(t, s.as(ben, viaTLS, "b")).(*program)
	h := &host{program: a}
	a.events.await(t, "Ben's presence without asking", func(e event) bool { return e.Is == "presence" && strings.HasPrefix(e.From, ben.JID) })
	b.events.await(t, "Anna's presence without asking", func(e event) bool { return e.Is == "presence" && strings.HasPrefix(e.From, anna.JID) })

	a.join(salesRoom, "Anna")
	a.events.await(t, "her room", func(e event) bool { return e.Is == "joined" })
	h.configure(map[string]string{"muc#roomconfig_roomname": "Sales", "muc#roomconfig_persistentroom": "1", "muc#roomconfig_membersonly": "1", "muc#roomconfig_whois": "anyone"})
	h.member("ben")
	b.join(salesRoom, "Ben")
	b.events.await(t, "his place in the room", func(e event) bool { return e.Is == "presence" && e.From == salesRoom+"/Ben" })
	b.say(salesRoom, "Shall we ask the customer in?")
	a.events.await(t, "Ben's words", func(e event) bool { return e.Is == "message" && e.Body == "Shall we ask the customer in?" })
	api := s.consoleOf(administrator)
	api.trunk(2)
	api.groupsAt(groupNumber)
	h.allowGuests(true)
	pin := api.pin(salesRoom)

	// A customer opens the link, another dials the number and the PIN; both hear music.
	sofia := openChromium(t, s, h.link, how{Tone: 440})
	until(t, sofia, "the options", atOptions)
	sofia.press("text=Phone audio")
	until(t, sofia, "number and PIN in the phone tab", fmt.Sprintf("((digits) => digits.includes('%s') && digits.includes('%s'))(document.body.innerText.replace(/\\D/g, ''))", groupNumber[1:], pin))
	picture(sofia, "whole-2-phone")
	sofia.press("text=Browser audio")
	comes(t, sofia, "Sofia")
	waits(t, sofia)
	paul := startPhone(t, s, phoneAccount{User: "+4917155501"}, phoneConfig{Hz: 550, Outside: true})
	paul.dial(groupNumber)
	paul.established()
	paul.press(pin)
	paul.hearsMusic(440, 660)
	picture(sofia, "whole-2-waiting")

	// A colleague joins: all hear each other.
	browser := signsInAs(t, s, ben, how{Tone: 660})
	browser.press(".talk-head .btn--ok")
	meets(t, sofia, 1)
	hearsTone(t, sofia, 660)
	hearsTone(t, sofia, 550)
	hearsTone(t, browser, 440)
	hearsTone(t, browser, 550)
	paul.hears("both", 440, 660)
	picture(browser, "whole-3-meeting")

	// He leaves: they wait again.
	browser.press(".tool--leave")
	waits(t, sofia)
	paul.hearsMusic(440, 660)
	paul.hangUp()
}

// groupNumber is the external number of the groups.
const groupNumber = "+498912345699"

// trunk makes a trunk to the telephone network, whose numbers have so many digits for extensions.
func (c *console) trunk(digits int) {
	c.t.Helper()
	c.post("/trunks", map[string]any{
		"name": "Provider", "enabled": true, "kind": "address", "country": "49", "area": "89", "international": "00", "national": "0", "prefix": "0", "format": "e164",
		"accounts": []any{map[string]any{
			"id": "", "title": "Main", "host": provider, "port": 0, "transport": "udp", "proxy": "", "addresses": []string{provider}, "extension": "", "user": "", "register": false,
			"options": false, "clip": "auto", "clir": "auto", "toHeader": false,
		}},
		"inbound": []any{}, "outbound": []any{}, "maxCalls": 0, "fallback": "",
		"policy": map[string]any{"international": false, "premium": false, "prefixes": []string{}, "perHour": 0},
		"block":  map[string]any{"base": "+4989123456", "digits": digits, "central": ""},
	}, nil)
}

// groupsAt sets the number of the groups.
func (c *console) groupsAt(number string) {
	c.t.Helper()
	var now struct{ Revision int64 }
	c.get("/telephony", &now)
	c.put("/telephony", map[string]any{"revision": now.Revision, "externalGroupNumber": number, "emergency": []string{}, "codes": []any{}, "dialPrefix": "0", "defaultCountry": "49"}, nil)
}

// pin is the PIN of a group.
func (c *console) pin(room string) string {
	c.t.Helper()
	var group struct{ Access struct{ PIN, Number string } }
	c.get("/groups/"+room, &group)
	if group.Access.PIN == "" || group.Access.Number != groupNumber {
		c.t.Fatalf("the console shows PIN %q and number %q", group.Access.PIN, group.Access.Number)
	}
	return group.Access.PIN
}
