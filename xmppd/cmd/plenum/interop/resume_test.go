//go:build interop

package interop

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mellium.im/sasl"
)

// The connection of a client is cut while messages are under way in both directions: the client resumes its session, and
// no message is lost or comes twice.
func TestInteropResumption(t *testing.T) {
	counted(t)
	for _, kind := range []struct {
		name, via string
		port      int
		needs     func(*testing.T)
		open      func(testing.TB, login) client
		resends   bool // the client sends again what was not acknowledged
	}{
		// slixmpp 1.8.3 empties its queue when it asks to resume, before the server can say what it has; libstrophe 0.12.2,
		// which profanity uses, does not send again what <resumed/> leaves out.
		{"slixmpp", viaSTARTTLS, portSTARTTLS, needsSlixmpp, slixmpp, false},
		{"profanity", viaTLS, portTLS, needsProfanity, openProfanity, false},
		{"xmppjs", viaWebSocket, portHTTPS, needsXMPPJS, xmppjs, true},
	} {
		t.Run(kind.name, func(t *testing.T) {
			kind.needs(t)
			s := startServer(t)
			juliet := s.user("juliet")
			friend := melliumClient(sasl.ScramSha256)(t, s.as(juliet, viaTLS, ""))
			network := newProxy(t, s.address(kind.port))
			who := s.login("romeo", kind.via)
			who.Port = network.port()
			device := kind.open(t, who)
			online(t, friend, device)

			var toDevice, toFriend []string
			for round := range 3 {
				for i := range 10 {
					text := fmt.Sprintf("to device %d.%d", round, i)
					friend.chat(who.JID, text)
					toDevice = append(toDevice, text)
					if kind.resends && i > 2 && i < 6 {
						text := fmt.Sprintf("to friend %d.%d", round, i)
						device.chat(juliet.JID, text)
						device.seen().await(t, text, func(e event) bool { return e.Is == "sent" && e.Body == text })
						toFriend = append(toFriend, text)
					}
					if i == 5 { // what was just sent is still on its way
						network.cut()
					}
				}
				device.seen().awaitAll(t, "resumption", round+1, func(e event) bool { return e.Is == "resumed" })
			}
			arrive(t, device, toDevice, "to device")
			arrive(t, friend, toFriend, "to friend")
		})
	}
}

// arrive waits for messages with a prefix and checks that they are the wanted ones, each once, in order.
func arrive(t *testing.T, c client, want []string, prefix string) {
	t.Helper()
	match := func(e event) bool { return e.Is == "message" && strings.HasPrefix(e.Body, prefix) }
	if len(want) > 0 {
		c.seen().awaitAll(t, "all messages", len(want), match)
	}
	found, _ := c.seen().find(match)
	var got []string
	for _, e := range found {
		got = append(got, e.Body)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s got\n%q, want\n%q", c.seen().who, got, want)
	}
}
