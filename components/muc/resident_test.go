package muc_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"

	"plenum/components/disco"
	"plenum/components/muc"
	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
	"plenum/xmppd/xmpptest"
)

// tenant is a resident that notes what it is told.
type tenant struct {
	mu       sync.Mutex
	showing  *muc.Showing
	silenced map[jid.JID]bool
	got      []string // kind, type and id of stanzas, and from whom
	seen     []string
}

func (x *tenant) resident() *muc.Resident {
	return &muc.Resident{
		Nick:     "Conference",
		Presence: func(jid.JID) *muc.Showing { x.mu.Lock(); defer x.mu.Unlock(); return x.showing },
		About:    func(jid.JID) disco.Info { return disco.Info{Features: []string{"urn:test:calls"}} },
		Deliver: func(_ jid.JID, in *xmppd.Stanza, from *muc.OccupantInfo) error {
			x.mu.Lock()
			defer x.mu.Unlock()
			x.got = append(x.got, in.Packet.Kind().String()+" "+in.Packet.Type()+" "+in.Packet.ID()+" "+from.Nick)
			if in.Packet.ID() == "bad" {
				return xmppd.Errorf("forbidden", "")
			}
			return nil
		},
		Seen: func(_ jid.JID, o *muc.Occupancy) {
			x.mu.Lock()
			defer x.mu.Unlock()
			s := o.Occupant.Nick + " " + o.Occupant.Role.String()
			if o.Left {
				s += " left"
			}
			x.seen = append(x.seen, s)
		},
		Gone: func(jid.JID) { x.mu.Lock(); defer x.mu.Unlock(); x.seen = append(x.seen, "gone") },
		Silenced: func(jid.JID) func(jid.JID) bool {
			return func(j jid.JID) bool { x.mu.Lock(); defer x.mu.Unlock(); return x.silenced[j] }
		},
	}
}

// took returns what came, and forgets it.
func (x *tenant) took(list *[]string) []string {
	synctest.Wait()
	x.mu.Lock()
	defer x.mu.Unlock()
	got := *list
	*list = nil
	return got
}

func same(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %q instead of %q", what, got, want)
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("%s: %q instead of %q", what, got, want)
		}
	}
}

// hearsStatus reports whether a presence with a text has come, that of the resident apart.
func hearsStatus(c *xmpptest.Client) bool {
	for _, p := range c.Drain() {
		if p.Has(xmppd.NSClient, "status") && p.From() != "coven@chat.example.org/Conference" {
			return true
		}
	}
	return false
}

func TestAResidentIsAnOccupantThatIsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := &tenant{silenced: map[jid.JID]bool{}}
		srv, rooms := start(t, xmpptest.Options{}, muc.Config{}, muc.Doors{
			AdmitGuest: func(_, _ jid.JID, _ int) error { return nil }, Resident: x.resident(),
		})
		crone := enter(srv.Login("crone").Available(), "firstwitch")
		configure(crone, "")
		same(t, "seen", x.took(&x.seen), "firstwitch moderator")

		// Its nickname is nobody else's.
		hag := srv.Login("hag").Available()
		for _, nick := range []string{"Conference", "conference"} {
			hag.Send("<presence to='coven@chat.example.org/" + nick + "' id='n'>" + muckx + "</presence>")
			hag.Find("<presence type='error' id='n'><error type='cancel'><conflict " + stanzas + "/>…</error></presence>")
		}
		enter(hag, "thirdwitch")
		hag.Send("<presence to='coven@chat.example.org/Conference' id='n'/>")
		hag.Find("<presence type='error' id='n'><error type='cancel'><conflict " + stanzas + "/>…</error></presence>")
		same(t, "seen", x.took(&x.seen), "thirdwitch participant")

		// It is shown to those who are there, and to those who come; guests see what is for them.
		x.mu.Lock()
		x.showing = &muc.Showing{ToAll: []byte("<show>chat</show><status>2 wait</status>"), ToGuests: []byte("<show>chat</show>")}
		x.mu.Unlock()
		rooms.ResidentChanged(coven)
		const shown = "<presence from='coven@chat.example.org/Conference'><show>chat</show><status>2 wait</status><occupant-id xmlns='urn:xmpp:occupant-id:0'/><x " +
			mucUser + "><item affiliation='none' role='participant'/></x></presence>"
		crone.Find(shown)
		hag.Find(shown)
		rooms.ResidentChanged(coven) // nothing has changed
		crone.Drain()
		hag.Drain()
		mac := srv.Login("mac").Available()
		mac.Send("<presence to='coven@chat.example.org/mac'>" + muckx + "</presence>")
		mac.Find(shown)
		got := make(chan *xmlstream.Packet, 100)
		guest, err := srv.OpenSession(context.Background(), jid.MustParse("g1@guest.example.org/web"), func(p *xmlstream.Packet) { got <- p })
		if err != nil {
			t.Fatal(err)
		}
		defer guest.Close("", "")
		say := func(stanza string) (answers []*xmlstream.Packet) {
			if err := guest.Submit(xmlstream.MustParse(stanza)); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			for len(got) > 0 {
				answers = append(answers, <-got)
			}
			return answers
		}
		found := false
		for _, p := range say("<presence to='coven@chat.example.org/Guest'>" + muckx + "</presence>") {
			found = found || xmpptest.Match("<presence from='coven@chat.example.org/Conference'><show>chat</show>…</presence>", p, map[string]string{}) == nil &&
				!p.Has(xmppd.NSClient, "status")
		}
		if !found {
			t.Error("the guest does not see the resident as guests do")
		}
		if info, err := rooms.Get(context.Background(), coven); err != nil || len(info.Occupants) != 4 {
			t.Errorf("%d occupants are counted, %v", len(info.Occupants), err)
		}
		crone.Send("<iq type='get' id='d' to='coven@chat.example.org'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>")
		crone.Find("<iq type='result' id='d'><query xmlns='http://jabber.org/protocol/disco#info'>…<feature var='urn:test:calls'/>…</query></iq>")

		// It gets what is sent to it, and calls that go to the room, from those who are there alone.
		x.took(&x.seen)
		crone.Send("<iq type='set' id='q1' to='coven@chat.example.org/Conference'><x xmlns='urn:test'/></iq>")
		synctest.Wait()
		hag.Send("<message type='chat' id='q2' to='coven@chat.example.org'><propose xmlns='urn:xmpp:jingle-message:0' id='a'/></message>")
		synctest.Wait()
		say("<iq type='result' id='q3' to='coven@chat.example.org/Conference'/>")
		srv.Login("banquo").Send("<iq type='set' id='q4' to='coven@chat.example.org/Conference'><x xmlns='urn:test'/></iq>")
		same(t, "got", x.took(&x.got), "iq set q1 firstwitch", "message chat q2 thirdwitch", "iq result q3 Guest")
		crone.Send("<iq type='set' id='bad' to='coven@chat.example.org/Conference'><x xmlns='urn:test'/></iq>")
		crone.Find("<iq type='error' id='bad'><error type='auth'><forbidden " + stanzas + "/></error></iq>")

		// A guest who is silenced neither speaks nor hears.
		x.mu.Lock()
		x.silenced[jid.MustParse("g1@guest.example.org/web")] = true
		x.mu.Unlock()
		crone.Send("<message type='groupchat' to='coven@chat.example.org' id='secret'><body>psst</body></message>")
		hag.Find("<message type='groupchat' id='secret'>…</message>")
		crone.Send("<message type='chat' to='coven@chat.example.org/Guest' id='p'><body>psst</body></message>")
		crone.Find("<message type='error' id='p'><error type='auth'><forbidden " + stanzas + "/>…</error></message>")
		for _, stanza := range []string{
			"<message type='groupchat' to='coven@chat.example.org' id='m'><body>hi</body></message>",
			"<message type='chat' to='coven@chat.example.org/firstwitch' id='m'><body>hi</body></message>",
		} {
			list := say(stanza)
			if len(list) != 1 || list[0].Type() != "error" || list[0].ID() != "m" {
				t.Errorf("%s was answered by %v", stanza, list)
			}
		}
		if say("<presence to='coven@chat.example.org/Guest'><show>away</show><status>psst</status></presence>"); hearsStatus(hag) {
			t.Error("he says something by his presence")
		}
		rooms.TellMembers(coven, []byte("<body>Guest is waiting</body>"))
		crone.Find("<message type='groupchat' from='coven@chat.example.org/Conference'><body>Guest is waiting</body>…</message>")
		synctest.Wait()
		if len(got) > 0 {
			t.Errorf("the guest was told %s", (<-got).Raw())
		}
		x.mu.Lock()
		clear(x.silenced)
		x.mu.Unlock()
		if list := say("<message type='groupchat' to='coven@chat.example.org' id='m'><body>hi</body></message>"); len(list) != 1 || list[0].Type() != "groupchat" {
			t.Errorf("the guest, who may speak again, got %v", list)
		}

		// It learns who is called what, and who leaves; it goes when it is not shown any longer.
		x.took(&x.seen)
		hag.Send("<presence to='coven@chat.example.org/oldhag'/>")
		same(t, "seen", x.took(&x.seen), "oldhag participant")
		crone.Send("<iq type='set' id='v' to='coven@chat.example.org'><query xmlns='http://jabber.org/protocol/muc#admin'><item nick='oldhag' role='visitor'/></query></iq>")
		same(t, "seen", x.took(&x.seen), "oldhag visitor")
		hag.Send("<presence type='unavailable' to='coven@chat.example.org/oldhag'/>")
		same(t, "seen", x.took(&x.seen), "oldhag visitor left")
		x.mu.Lock()
		x.showing = nil
		x.mu.Unlock()
		rooms.ResidentChanged(coven)
		crone.Find("<presence type='unavailable' from='coven@chat.example.org/Conference'>…</presence>")
		if err := rooms.Destroy(context.Background(), coven, jid.JID{}, ""); err != nil {
			t.Fatal(err)
		}
		if list := x.took(&x.seen); len(list) == 0 || list[0] != "gone" {
			t.Errorf("at the end it was told %q", list)
		}
	})
}
