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
// group; one of them lets guests in.
//
func TestTheWholeStory(t *testing.T) {
	counted(t)
	needsSlixmpp(t)
	s := startServer(t)
	clara := s.signIn(t, s.administrator())
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
	h.allowGuests(true)
}
