//go:build interop

package interop

import (
	"fmt"
	"slices"
	"testing"

	"mellium.im/sasl"
)

// A person is a user at a client.
type person struct {
	client
	who  login
	nick string
}

// everybody opens one client of each kind and way of connecting, each with an account of its own.
func everybody(t *testing.T, s *server) []person {
	t.Helper()
	mellium := melliumClient(sasl.ScramSha256)
	var all []person
	for _, kind := range []struct {
		name, via string
		open      func(testing.TB, login) client
	}{
		{"slixmpp", viaSTARTTLS, slixmpp}, {"slixmpp", viaTLS, slixmpp},
		{"profanity", viaSTARTTLS, openProfanity}, {"profanity", viaTLS, openProfanity},
		{"mellium", viaSTARTTLS, mellium}, {"mellium", viaTLS, mellium},
		{"xmppjs", viaWebSocket, xmppjs},
	} {
		name := kind.name + "-" + kind.via
		who := s.login(name, kind.via)
		all = append(all, person{kind.open(t, who), who, "nick-" + name})
	}
	for _, p := range all {
		online := p.seen().await(t, "login", outcome)
		if online.Is != "online" {
			t.Fatalf("%s: %+v", p.who.JID, online)
		}
		ran(online.Client)
	}
	return all
}

// pairs calls f with each two of them, in both orders.
func pairs(all []person, f func(a, b person)) {
	for i, a := range all {
		for j, b := range all {
			if i != j {
				f(a, b)
			}
		}
	}
}

// Every client adds every other, sees it come, change and go, and they talk to each other and in a room one of them made.
func TestInteropEverybodyMeets(t *testing.T) {
	counted(t)
	needsSlixmpp(t)
	needsProfanity(t)
	needsXMPPJS(t)
	all := everybody(t, startServer(t))

	for i, a := range all {
		for _, b := range all[i+1:] {
			a.add(b.who.JID)
		}
	}
	pairs(all, func(a, b person) {
		a.seen().await(t, "presence of "+b.who.JID, isPresence(b.who.JID, "", "", ""))
	})
	for _, p := range all {
		p.show("away", "gone to lunch")
	}
	pairs(all, func(a, b person) {
		a.seen().await(t, "absence of "+b.who.JID, isPresence(b.who.JID, "", "away", "gone to lunch"))
	})

	pairs(all, func(a, b person) { a.chat(b.who.JID, letter(a, b)) })
	pairs(all, func(a, b person) {
		got := b.seen().await(t, "a letter of "+a.who.JID, isMessage(letter(a, b), ""))
		if bare(got.From) != a.who.JID || got.Type != "chat" {
			t.Errorf("%s got %+v", b.who.JID, got)
		}
	})

	for i := 0; i < len(all); i += 2 { // one of each kind
		meetInRoom(t, all[i], slices.Delete(slices.Clone(all), i, i+1))
	}

	last := all[0]
	last.quit()
	for _, p := range all[1:] {
		p.seen().await(t, "that "+last.who.JID+" is gone", func(e event) bool {
			return e.Is == "presence" && bare(e.From) == last.who.JID && e.Type == "unavailable"
		})
	}
	pairs(all, func(a, b person) {
		if n := b.seen().count(isMessage(letter(a, b), "")); n != 1 {
			t.Errorf("%s got its letter of %s %d times", b.who.JID, a.who.JID, n)
		}
	})
}

// A letter has something of everything that is hard to carry: markup, quotes, letters beyond the basic plane.
func letter(a, b person) string {
	return fmt.Sprintf("%s to %s: <b>5 > 4 & 'so'</b> \"äöü ‰ 漢字 🌹\"", a.nick, b.nick)
}

// meetInRoom lets one make a room, the others enter, and everybody speak.
func meetInRoom(t *testing.T, owner person, others []person) {
	t.Helper()
	room := "room-of-" + owner.nick + "@groups." + domain
	all := append([]person{owner}, others...)
	owner.join(room, owner.nick)
	owner.seen().await(t, "the room it made", isOccupant(room, owner.nick))
	owner.seen().await(t, "the room to open", func(e event) bool { return e.Is == "joined" && e.From == room })
	owner.say(room, "welcome")
	owner.seen().await(t, "its own words from the room", said(room, owner.nick, "welcome", ""))
	for _, p := range others {
		p.join(room, p.nick)
	}
	pairs(all, func(a, b person) { a.seen().await(t, b.nick+" in the room", isOccupant(room, b.nick)) })
	for _, p := range others {
		p.seen().await(t, "the history of the room", said(room, owner.nick, "welcome", "delayed"))
	}
	for _, p := range all {
		p.say(room, "I am "+p.nick)
	}
	for _, a := range all {
		for _, b := range all {
			a.seen().await(t, "words of "+b.nick, said(room, b.nick, "I am "+b.nick, ""))
		}
	}
}

func isOccupant(room, nick string) func(event) bool {
	return func(e event) bool { return e.Is == "presence" && e.Type == "" && e.From == room+"/"+nick }
}

func said(room, nick, body, how string) func(event) bool {
	return func(e event) bool {
		return isMessage(body, how)(e) && e.Type == "groupchat" && e.From == room+"/"+nick
	}
}
