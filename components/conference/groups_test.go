package conference_test

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/conference"
	"plenum/components/muc"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmpptest"
)

var juliet = jid.MustParse("juliet@example.org")

// TestTheConsoleKeepsGroups on two servers, of which the one has the room and the other is asked.
func TestTheConsoleKeepsGroups(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, both, _ := two(t, conference.Config{PerGroup: 7})
		owner, member := srv[0].Login("romeo"), srv[1].Login("juliet")
		c := both[1]
		g, err := both[0].Create(ctx, conference.New{Name: " Köln & Büro: Sales! ", Description: "Numbers", Owners: []jid.JID{romeo}, Members: []jid.JID{juliet, romeo}})
		if err != nil {
			t.Fatal(err)
		}
		room := jid.MustParse("köln-büro-sales@groups.example.org")
		want := conference.Group{Room: room, Name: "Köln & Büro: Sales!", Description: "Numbers", Members: 2, MembersOnly: true, Revision: g.Revision}
		if g != want {
			t.Errorf("%+v", g)
		}
		in := func(x *xmpptest.Client, nick string) {
			x.Send("<presence to='" + room.String() + "/" + nick + "'>" + muckx + "</presence>")
			x.Find("<presence from='" + room.String() + "/" + nick + "'>…<x xmlns='http://jabber.org/protocol/muc#user'>…<status code='110'/>…</x></presence>")
		}
		in(owner, "Romeo")
		in(member, "Juliet")

		// Guests.
		if got := c.Guests(room); got != (conference.Guests{}) {
			t.Errorf("%+v", got)
		}
		if _, err := c.Invitation(ctx, room, "en"); !fault.Is(err, fault.NotFound) {
			t.Errorf("an invitation to a private group: %v", err)
		}
		access, err := c.SetGuests(ctx, juliet, room, true)
		if err != nil || !access.Allowed || access.Link != "https://chat.example.org/g/token-1" || access.Places != 7 || access.Access.By != juliet || access.Access.PIN == "" {
			t.Errorf("%+v, %v", access, err)
		}
		if again, err := c.SetGuests(ctx, romeo, room, true); err != nil || again != access {
			t.Errorf("switched on again: %+v, %v", again, err)
		}
		guest := srv[1].Visit("token-1")
		in(guest, "Visitor")
		if g, err = c.Get(ctx, room); err != nil || !g.Public || g.Occupants != 3 || g.Guests != 1 {
			t.Errorf("%+v, %v", g, err)
		}
		present, err := c.Occupants(ctx, room)
		if err != nil || len(present) != 3 || present[0].Nick != "Juliet" || present[0].Guest || present[0].Role != muc.Moderator || !present[2].Guest {
			t.Errorf("%+v, %v", present, err)
		}
		if err := c.RemoveGuest(ctx, room, "Juliet"); !fault.Is(err, fault.NotFound) {
			t.Errorf("a member removed as a guest: %v", err)
		}
		if err := c.RemoveGuest(ctx, room, "Visitor"); err != nil {
			t.Error(err)
		}
		guest.Find("<presence type='unavailable' from='" + room.String() + "/Visitor'>…<x xmlns='http://jabber.org/protocol/muc#user'>…<status code='110'/><status code='307'/></x></presence>")
		if got := guest.Ended(); got != "policy-violation" {
			t.Errorf("the guest's session ended by %q", got)
		}
		if d, err := c.Door(ctx, "token-1", netip.Addr{}); err != nil || d != (conference.Door{Room: room, Name: "Köln & Büro: Sales!"}) {
			t.Errorf("%+v, %v", d, err)
		}

		// Name and description, seen by two administrators.
		renamed, err := c.Update(ctx, room, g.Revision, "Sales", "")
		if err != nil || renamed.Name != "Sales" || renamed.Revision == g.Revision {
			t.Errorf("%+v, %v", renamed, err)
		}
		if _, err := both[0].Update(ctx, room, g.Revision, "Mine", ""); !fault.Is(err, fault.Conflict) {
			t.Errorf("changed by two: %v", err)
		}
		for name, err := range map[string]error{
			"no name":             second(c.Update(ctx, room, renamed.Revision, "  ", "")),
			"no owner":            second(c.Create(ctx, conference.New{Name: "X"})),
			"no name at first":    second(c.Create(ctx, conference.New{Owners: []jid.JID{romeo}})),
			"a guest as member":   second(c.Create(ctx, conference.New{Name: "X", Owners: []jid.JID{romeo}, Members: []jid.JID{guest.JID}})),
			"a room as member":    c.SetMembers(ctx, room, muc.Affiliated{JID: room, Affiliation: muc.Member}),
			"a domain as member":  c.SetMembers(ctx, room, muc.Affiliated{JID: jid.MustParse("example.org"), Affiliation: muc.Member}),
			"no address":          second(c.Create(ctx, conference.New{Name: "X", Local: "a b", Owners: []jid.JID{romeo}})),
			"a name of 300 bytes": second(c.Create(ctx, conference.New{Name: string(make([]byte, 300)), Owners: []jid.JID{romeo}})),
		} {
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}

		// Members.
		if err := c.SetMembers(ctx, room, muc.Affiliated{JID: romeo, Affiliation: muc.Member}); !fault.Is(err, fault.Conflict) {
			t.Errorf("without an owner: %v", err)
		}
		err = c.SetMembers(ctx, room, muc.Affiliated{JID: jid.MustParse("mercutio@example.org"), Affiliation: muc.Admin}, muc.Affiliated{JID: juliet, Affiliation: muc.None})
		if err != nil {
			t.Error(err)
		}
		member.Find("<presence type='unavailable' from='" + room.String() + "/Juliet'>…<x xmlns='http://jabber.org/protocol/muc#user'>…<status code='110'/><status code='321'/></x></presence>")
		list, err := c.Members(ctx, room)
		if err != nil || len(list) != 2 || list[0].Affiliation != muc.Admin || list[1].JID != romeo {
			t.Errorf("%+v, %v", list, err)
		}

		// The end.
		if err := c.Delete(ctx, room); err != nil {
			t.Error(err)
		}
		owner.Find("<presence type='unavailable' from='" + room.String() + "/Romeo'>…</presence>")
		synctest.Wait()
		if c.Guests(room).Allowed {
			t.Error("guests are still let in")
		}
		for name, err := range map[string]error{
			"get": second(c.Get(ctx, room)), "update": second(c.Update(ctx, room, "", "x", "")), "members": second(c.Members(ctx, room)), "delete": c.Delete(ctx, room),
			"guests": second(c.SetGuests(ctx, romeo, room, true)), "remove": c.RemoveGuest(ctx, room, "x"), "set": c.SetMembers(ctx, room, muc.Affiliated{JID: romeo, Affiliation: muc.Owner}),
			"door": second(c.Door(ctx, "token-1", netip.Addr{})),
		} {
			if !fault.Is(err, fault.NotFound) {
				t.Errorf("%s of a group that is no more: %v", name, err)
			}
		}
	})
}

func second[T any](_ T, err error) error { return err }

// TestGroupsAreListed with search, filter and pages; counting who is there loads none of them.
func TestGroupsAreListed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, c, _ := two(t, conference.Config{})
		for _, name := range []string{"Zeta", "alpha", "Beta 100%", "Sales", "Sales", "Sales"} {
			if _, err := c[0].Create(ctx, conference.New{Name: name, Owners: []jid.JID{romeo}}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := c[1].SetGuests(ctx, romeo, sales, true); err != nil {
			t.Fatal(err)
		}
		yes, no := true, false
		for name, x := range map[string]struct {
			q     conference.Query
			want  []string
			total int
		}{
			"all":             {conference.Query{Limit: 10}, []string{"alpha", "beta-100", "sales-2", "sales-3", "sales", "zeta"}, 6},
			"a page":          {conference.Query{Offset: 2, Limit: 2}, []string{"sales-2", "sales-3"}, 6},
			"none":            {conference.Query{Text: "gamma", Limit: 10}, nil, 0},
			"in any case":     {conference.Query{Text: "SAL", Limit: 2}, []string{"sales-2", "sales-3"}, 3},
			"by address":      {conference.Query{Text: "sales-3@", Limit: 10}, []string{"sales-3"}, 1},
			"no wildcards":    {conference.Query{Text: "0%", Limit: 10}, []string{"beta-100"}, 1},
			"nor this one":    {conference.Query{Text: "_", Limit: 10}, nil, 0},
			"the public ones": {conference.Query{Public: &yes, Limit: 10}, []string{"sales"}, 1},
			"the others":      {conference.Query{Public: &no, Text: "sales", Limit: 10}, []string{"sales-2", "sales-3"}, 2},
		} {
			p, err := c[1].List(ctx, x.q)
			var got []string
			for _, g := range p.Groups {
				got = append(got, g.Room.Local())
			}
			if err != nil || !slices.Equal(got, x.want) || p.Total != x.total {
				t.Errorf("%s: %v of %d, %v", name, got, p.Total, err)
			}
		}
		enter(srv[0].Login("romeo"), "Romeo")
		enter(srv[1].Visit("token-1"), "Visitor")
		for i := range c {
			p, err := c[i].List(ctx, conference.Query{Text: "sales@", Limit: 1})
			if err != nil || p.Groups[0].Occupants != 2 || p.Groups[0].Guests != 1 || !p.Groups[0].Public {
				t.Errorf("server %d: %+v, %v", i, p, err)
			}
		}
	})
}

// TestGuestsOffEndsSessionsOnAllServers, also of those who have not entered.
func TestGuestsOffEndsSessionsOnAllServers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, c, _ := two(t, conference.Config{})
		token := open(t, c[0])
		enter(srv[0].Login("romeo"), "Romeo")
		var guests []*xmpptest.Client
		for _, s := range srv {
			guests = append(guests, enter(s.Visit(token), "In "+string(s.Node().ID)), s.Visit(token))
		}
		if _, err := c[1].SetGuests(ctx, romeo, sales, false); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		for i, g := range guests {
			if got := g.Ended(); got != "policy-violation" {
				t.Errorf("guest %d: %q", i, got)
			}
		}
		for i, s := range srv {
			if _, failure := s.Anonymous(token); failure == nil {
				t.Errorf("server %d lets him in again", i)
			}
			if n := c[i].Counts().Guests; n != 0 {
				t.Errorf("server %d counts %d guests", i, n)
			}
		}
	})
}

// TestAGuestOfOneGroupEntersNoOther, be it as public as his.
func TestAGuestOfOneGroupEntersNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, c, a := start(t, conference.Config{}, muc.Config{})
		token := open(t, c)
		other, err := c.Create(ctx, conference.New{Name: "Other", Owners: []jid.JID{romeo}})
		if err == nil {
			_, err = c.SetGuests(ctx, romeo, other.Room, true)
		}
		if err != nil {
			t.Fatal(err)
		}
		guest := srv.Visit(token)
		guest.Send("<presence id='1' to='other@groups.example.org/X'>" + muckx + "</presence>")
		guest.Find("<presence type='error' id='1'><error type='cancel'><not-allowed " + stanzas + "/>…</error></presence>")
		// A link made anew is another one, even when nobody has told the server about the change.
		a.mu.Lock()
		x := a.byRoom[sales]
		x.Token = "token-9"
		a.byRoom[sales] = x
		a.mu.Unlock()
		guest.Send("<presence id='2' to='sales@groups.example.org/X'>" + muckx + "</presence>")
		guest.Find("<presence type='error' id='2'><error type='cancel'><not-allowed " + stanzas + "/>…</error></presence>")
		time.Sleep(5 * time.Second)
		if got := guest.Ended(); got != "policy-violation" {
			t.Errorf("his session ended by %q", got)
		}
	})
}

// TestARoomWithGuestsMovesToAnotherServer with them.
func TestARoomWithGuestsMovesToAnotherServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, c, _ := two(t, conference.Config{})
		token := open(t, c[0]) // the room is on the first one
		member := enter(srv[1].Login("juliet"), "Juliet")
		guest := enter(srv[1].Visit(token), "Visitor")
		synctest.Wait()
		member.Drain()
		srv[0].Stop()
		synctest.Wait()
		guest.Send("<message type='groupchat' to='sales@groups.example.org' id='1'><body>Still here</body></message>")
		member.Find("<message type='groupchat' id='1' from='sales@groups.example.org/Visitor'>…</message>")
		guest.Drain()
		// She is a moderator there as well, and he a guest.
		member.Send("<iq type='get' id='2' to='sales@groups.example.org'><query xmlns='http://jabber.org/protocol/muc#admin'><item role='moderator'/></query></iq>")
		member.Find("<iq type='result' id='2'><query xmlns='http://jabber.org/protocol/muc#admin'><item nick='Juliet' role='moderator'/></query></iq>")
		member.Send("<message type='groupchat' to='sales@groups.example.org' id='3'><body>Yes</body><x xmlns='urn:test'/></message>")
		guest.Find("<message type='groupchat' id='3'><body>Yes</body><occupant-id xmlns='urn:xmpp:occupant-id:0'/><stanza-id xmlns='urn:xmpp:sid:0'/></message>")
		if _, err := c[1].SetGuests(ctx, romeo, sales, false); err != nil {
			t.Fatal(err)
		}
		guest.Find("<presence type='unavailable' from='sales@groups.example.org/Visitor'>…</presence>")
	})
}

// TestGroupsHaveNoLimit: the limit on rooms that a user makes from his client, 100, is not one on groups.
func TestGroupsHaveNoLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, both, _ := two(t, conference.Config{})
		const many = 130
		for i := range many {
			if _, err := both[i%2].Create(ctx, conference.New{Name: fmt.Sprintf("Group %d", i), Owners: []jid.JID{romeo}}); err != nil {
				t.Fatalf("group %d: %v", i, err)
			}
		}
		synctest.Wait()
		if p, err := both[0].List(ctx, conference.Query{Limit: 1}); err != nil || p.Total != many {
			t.Errorf("%d groups, %v", p.Total, err)
		}
	})
}
