package xmppd_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
	"plenum/xmppd/xmpptest"
)

func theSession(s *xmpptest.Server, bare string) *xmppd.Session {
	return s.Sessions(jid.MustParse(bare))[0]
}

func presenceOf(x *xmppd.Session, from, children string) *xmlstream.Packet {
	p, err := xmlstream.Parse([]byte("<presence from='"+from+"' to='"+x.JID().String()+"'>"+children+"</presence>"), xmppd.NSClient, xmlstream.S2S)
	if err != nil {
		panic(err)
	}
	return p
}

func TestNotTooMuchWaitsForAnInactiveClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := xmpptest.Start(t)
		c := s.Login("juliet")
		x := theSession(s, "juliet@example.org")
		x.SetInactive(true)
		synctest.Wait() // until nothing is being written
		for i := range 100 {
			x.Send(presenceOf(x, fmt.Sprintf("a@example.org/%d", i), ""))
		}
		c.Silent()
		x.Send(presenceOf(x, "a@example.org/last", ""))
		synctest.Wait()
		got := c.Drain()
		if len(got) != 101 || got[100].From() != "a@example.org/last" {
			t.Errorf("%d stanzas", len(got))
		}
	})
}

func TestPresenceInRoomsIsKeptOneByOneForAnInactiveClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := xmpptest.Start(t)
		c := s.Login("juliet")
		x := theSession(s, "juliet@example.org")
		x.SetInactive(true)
		synctest.Wait() // until nothing is being written
		const inRoom = "<x xmlns='http://jabber.org/protocol/muc#user'/>"
		x.Send(presenceOf(x, "room@muc.example.org/a", inRoom))
		x.Send(presenceOf(x, "room@muc.example.org/a", inRoom))
		x.SendAs(presenceOf(x, "room@muc.example.org/a", ""), "", "", []byte(inRoom))
		x.Send(presenceOf(x, "a@example.org/r", ""))
		x.Send(presenceOf(x, "a@example.org/r", "<show>away</show>"))
		c.Silent()
		x.SetInactive(false)
		synctest.Wait()
		var got []string
		for _, p := range c.Drain() {
			got = append(got, p.From())
		}
		if want := "room@muc.example.org/a room@muc.example.org/a room@muc.example.org/a a@example.org/r"; strings.Join(got, " ") != want {
			t.Error(got)
		}
	})
}

// XEP-0352#stream-resumption, and stream management counts what waits.
func TestAResumedSessionIsActive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, xmpptest.Options{})
		first := dial(t, s)
		previd := resumable(first)
		x := theSession(s, "juliet@example.org")
		x.SetInactive(true)
		synctest.Wait() // until nothing is being written
		x.Send(presenceOf(x, "a@example.org/r", ""))
		x.Send(presenceOf(x, "a@example.org/r", "<show>away</show>"))
		x.Send(presenceOf(x, "b@example.org/r", ""))
		synctest.Wait()
		first.conn.Close()
		synctest.Wait()
		second := dial(t, s)
		second.send(loginJuliet + resume(previd, 0))
		second.expect("<resumed .*<show>away</show>.*from='b@example.org/r'")
		second.send("<a xmlns='urn:xmpp:sm:3' h='2'/>")
		x.Send(presenceOf(x, "c@example.org/r", ""))
		second.expect("from='c@example.org/r'")
	})
}
