//go:build interop

package interop

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mellium.im/sasl"
)

// Two devices of one user are two clients with one account.
func TestInteropTwoDevicesGetCarbons(t *testing.T) {
	counted(t)
	needsSlixmpp(t)
	needsProfanity(t)
	needsXMPPJS(t)
	s := startServer(t)
	romeo, juliet := s.user("romeo"), s.user("juliet")
	devices := []person{
		{client: slixmpp(t, s.as(romeo, viaTLS, "desk")), nick: "desk"},
		{client: openProfanity(t, s.as(romeo, viaSTARTTLS, "terminal")), nick: "terminal"},
		{client: xmppjs(t, s.as(romeo, viaWebSocket, "web")), nick: "web"},
	}
	friend := melliumClient(sasl.ScramSha256)(t, s.as(juliet, viaTLS, "balcony"))
	online(t, friend, devices[0], devices[1], devices[2])

	friend.chat(romeo.JID, "to all")
	for _, d := range devices {
		d.seen().await(t, "a message to all devices", isMessage("to all", ""))
	}
	for _, d := range devices {
		friend.chat(romeo.JID+"/"+d.nick, "to "+d.nick)
		d.chat(juliet.JID, "from "+d.nick)
	}
	for _, d := range devices {
		friend.seen().await(t, "a message of "+d.nick, isMessage("from "+d.nick, ""))
		for _, other := range devices {
			if other.nick == d.nick {
				d.seen().await(t, "its message", isMessage("to "+d.nick, ""))
				continue
			}
			other.seen().await(t, "a copy of what "+d.nick+" got", isMessage("to "+d.nick, "received"))
			other.seen().await(t, "a copy of what "+d.nick+" sent", isMessage("from "+d.nick, "sent"))
		}
	}
	friend.chat(romeo.JID, "the last")
	for _, d := range devices {
		d.seen().await(t, "the last message", isMessage("the last", ""))
		once(t, d.nick, d.seen(), func(e event) bool { return strings.HasPrefix(e.Body, "to ") || strings.HasPrefix(e.Body, "from ") })
	}
	once(t, "friend", friend.seen(), func(e event) bool { return strings.HasPrefix(e.Body, "from ") })
}

func online(t *testing.T, clients ...client) {
	t.Helper()
	for _, c := range clients {
		e := c.seen().await(t, "login", outcome)
		if e.Is != "online" {
			t.Fatalf("%s: %+v", c.seen().who, e)
		}
		ran(e.Client)
	}
}

// once checks that no message that matches came twice.
func once(t *testing.T, who string, d *diary, want func(event) bool) {
	t.Helper()
	messages, _ := d.find(func(e event) bool { return e.Is == "message" && want(e) })
	times := map[string]int{}
	for _, m := range messages {
		if times[m.Body]++; times[m.Body] == 2 {
			t.Errorf("%s: came twice: %+v", who, m)
		}
	}
}

// A device that was away asks the archive for all after the last message it knows.
func TestInteropDeviceCatchesUp(t *testing.T) {
	counted(t)
	for _, kind := range []struct {
		name, via string
		needs     func(*testing.T)
		open      func(testing.TB, login) client
	}{
		{"slixmpp", viaSTARTTLS, needsSlixmpp, slixmpp},
		{"xmppjs", viaWebSocket, needsXMPPJS, xmppjs},
	} {
		t.Run(kind.name, func(t *testing.T) {
			kind.needs(t)
			s := startServer(t)
			romeo, juliet := s.user("romeo"), s.user("juliet")
			mellium := melliumClient(sasl.ScramSha256)
			stays, friend := mellium(t, s.as(romeo, viaTLS, "stays")), mellium(t, s.as(juliet, viaTLS, ""))
			leaves := kind.open(t, s.as(romeo, kind.via, "leaves"))
			online(t, stays, friend, leaves)
			friend.chat(romeo.JID, "before")
			last := leaves.seen().await(t, "a message", isMessage("before", ""))
			if last.ID == "" {
				t.Fatalf("the message has no archive id: %+v", last)
			}
			leaves.quit()
			missed := talk(t, stays, friend, romeo, juliet)

			again := kind.open(t, s.as(romeo, kind.via, "leaves"))
			online(t, again)
			again.history("", last.ID)
			again.seen().await(t, "the end of the archive", func(e event) bool { return e.Is == "history" })
			if got := bodies(again.seen(), "archive"); !slices.Equal(got, missed) {
				t.Errorf("the archive gives\n%q, want\n%q", got, missed)
			}
			if live := bodies(again.seen(), "delayed"); len(live) > 0 {
				t.Errorf("what the other device got came again: %q", live)
			}
		})
	}
}

// talk lets the two exchange more messages than fit on one page, and returns them in order.
func talk(t *testing.T, stays, friend client, romeo, juliet account) (said []string) {
	t.Helper()
	for i := range 25 {
		text := fmt.Sprintf("message %d", i)
		from, to, toJID := friend, stays, romeo.JID
		if i%4 == 3 {
			from, to, toJID = stays, friend, juliet.JID
		}
		from.chat(toJID, text)
		to.seen().await(t, text, isMessage(text, ""))
		said = append(said, text)
	}
	return said
}

func bodies(d *diary, how string) (texts []string) {
	found, _ := d.find(func(e event) bool { return e.Is == "message" && e.How == how })
	for _, e := range found {
		texts = append(texts, e.Body)
	}
	return texts
}

// Messages that come for an account without any device wait for it, and are in the archive under the id they carry.
func TestInteropOfflineMessagesAreTheArchives(t *testing.T) {
	counted(t)
	needsSlixmpp(t)
	s := startServer(t)
	romeo, juliet := s.user("romeo"), s.user("juliet")
	friend := melliumClient(sasl.ScramSha256)(t, s.as(juliet, viaTLS, ""))
	online(t, friend)
	var want []string
	for i := range 12 {
		want = append(want, fmt.Sprintf("letter %d", i))
		friend.chat(romeo.JID, want[i])
	}
	device := slixmpp(t, s.as(romeo, viaTLS, ""))
	online(t, device)
	device.seen().awaitAll(t, "letters", len(want), func(e event) bool { return e.Is == "message" && e.How == "delayed" })
	device.history("", "")
	device.seen().await(t, "the end of the archive", func(e event) bool { return e.Is == "history" })
	if got := bodies(device.seen(), "delayed"); !slices.Equal(got, want) {
		t.Errorf("offline messages: %q", got)
	}
	if got := bodies(device.seen(), "archive"); !slices.Equal(got, want) {
		t.Errorf("archive: %q", got)
	}
	ids := map[string]string{}
	found, _ := device.seen().find(func(e event) bool { return e.Is == "message" })
	for _, e := range found {
		if known := ids[e.Body]; e.ID == "" || known != "" && known != e.ID {
			t.Errorf("%q has the ids %q and %q", e.Body, known, e.ID)
		}
		ids[e.Body] = e.ID
	}
}
