//go:build interop

package interop

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// A helpdesk is a team at 500: Ben is always in, Cleo is out. With Emil, who is no member, both are in the team's pickup group; Fred is in another one.
type helpdesk struct {
	*crew
	ben, cleo, emil, fred          account
	benPhone, emilPhone, fredPhone *phone
	group, night                   string // the two permissions
}

func newHelpdesk(t *testing.T, s *server) *helpdesk {
	t.Helper()
	c := s.console()
	h := &helpdesk{crew: &crew{t: t, c: c}}
	h.caller = startPhone(t, s, c.phoneOf(c.employee("dora", "Dora Fels", "100")), phoneConfig{Hz: 440})
	h.ben, h.cleo, h.emil, h.fred = c.employee("ben", "Ben Thal", "101"), c.employee("cleo", "Cleo Tal", "102"), c.employee("emil", "Emil Au", "103"), c.employee("fred", "Fred See", "104")
	h.benPhone = startPhone(t, s, c.phoneOf(h.ben), phoneConfig{Hz: 550})
	h.emilPhone = startPhone(t, s, c.phoneOf(h.emil), phoneConfig{Hz: 660})
	h.fredPhone = startPhone(t, s, c.phoneOf(h.fred), phoneConfig{Hz: 880})
	h.phones = []*phone{h.benPhone}
	for _, p := range []*phone{h.caller, h.benPhone, h.emilPhone, h.fredPhone} {
		p.registered()
	}
	member := func(who account, dynamic bool) map[string]any {
		return map[string]any{"user": who.JID, "dynamic": dynamic, "weight": 0, "priority": 0}
	}
	h.form = teamOf(map[string]any{"joinEmpty": true, "memberTimeout": 120, "members": []any{member(h.ben, false), member(h.cleo, true)}})
	c.post("/teams", h.form, &h.team)
	group := func(name string, users ...account) string {
		var p struct{ ID string }
		c.post("/permissions", map[string]any{
			"name": name, "description": "", "types": []string{"pickup.group"}, "auto": map[string]bool{"users": false, "teams": false, "locations": false, "devices": false},
		}, &p)
		var list []string
		for _, u := range users {
			list = append(list, u.JID)
		}
		c.post("/permissions/"+p.ID+"/members", map[string]any{"kind": "user", "add": list, "remove": []string{}}, nil)
		return p.ID
	}
	h.group, h.night = group("Sales and friends", h.ben, h.cleo, h.emil), group("Night", h.fred)
	h.has(h.group)
	return h
}

// has puts the team into a permission.
func (h *helpdesk) has(permission string) {
	h.t.Helper()
	h.c.post("/permissions/"+permission+"/members", map[string]any{"kind": "team", "add": []string{h.team.ID}, "remove": []string{}}, nil)
}

// pauses lets Ben pause, or go on.
func (h *helpdesk) pauses(reason string) {
	h.t.Helper()
	h.c.put("/teams/"+h.team.ID+"/members/"+h.ben.JID, map[string]any{"in": true, "paused": reason}, nil)
}

// TestWhoHearsOfWaitingCallers: for each choice of a team the XMPP clients of those who are meant hear of its caller, and of nobody else's. He is picked up while he
// rings at Ben or waits for whoever comes, by each code and from a client; who may not is told so.
func TestWhoHearsOfWaitingCallers(t *testing.T) {
	counted(t)
	needsSlixmpp(t)
	s := startServer(t)
	h := newHelpdesk(t, s)
	accounts := map[string]account{"ben": h.ben, "cleo": h.cleo, "emil": h.emil, "fred": h.fred}
	clients, want := map[string]client{}, map[string][]string{}
	for name, who := range accounts {
		clients[name] = slixmpp(t, s.as(who, viaSTARTTLS, ""))
		clients[name].seen().await(t, "the login", outcome)
	}
	app := appOf(t, s, h.emil)
	code := func(p *phone, number string) func() {
		return func() { p.dial(number) }
	}
	isHeadline := func(e event) bool { return e.Is == "message" && e.Type == "headline" }

	for _, row := range []struct {
		row, notify, group string
		hear               string
		taker              *phone
		take               func()
		waits              bool // nobody is rung
	}{
		{row: "A-211 nobody", notify: "", taker: h.emilPhone, take: code(h.emilPhone, "*8500")},
		{row: "A-211 available", notify: "available", hear: "ben emil", taker: h.emilPhone},                                                   // from the client
		{row: "A-211 unavailable", notify: "unavailable", hear: "cleo emil", taker: h.emilPhone, take: code(h.emilPhone, "*8")},
		{row: "A-211 nonmembers", notify: "nonmembers", hear: "emil", taker: h.emilPhone, take: code(h.emilPhone, "*8101")},
		{row: "A-211 group", notify: "group", hear: "ben cleo emil", taker: h.emilPhone, take: code(h.emilPhone, "*8500"), waits: true},
		{row: "A-212", notify: "group", group: h.night, hear: "fred", taker: h.fredPhone, take: code(h.fredPhone, "*8500"), waits: true},
		{row: "A-212 available", notify: "available", group: h.night, hear: "ben fred", taker: h.fredPhone, take: code(h.fredPhone, "*8101")},
	} {
		t.Run(row.row, func(t *testing.T) {
			counted(t)
			h.pauses("")
			if row.waits {
				h.pauses("1")
			}
			if row.group != "" {
				h.has(row.group)
			}
			h.form["notify"], h.form["pickupGroup"] = row.notify, row.group
			h.change("name", "Team "+row.row)
			rings, stops, closed := h.benPhone.next("CALL_INCOMING"), h.benPhone.next("CALL_CLOSED"), h.caller.next("CALL_CLOSED")
			answered := h.caller.next("CALL_ESTABLISHED")
			h.caller.dial("500")
			answered()
			if !row.waits {
				rings()
			}
			text := fmt.Sprintf("Dora Fels (100) waits for Team %s. Dial *8500 to take the call.", row.row)
			for name := range strings.FieldsSeq(row.hear) {
				want[name] = append(want[name], text)
				clients[name].seen().await(t, "the caller", func(e event) bool { return isHeadline(e) && e.Body == text })
			}
			if row.notify == "" { // Fred is in no group with the team
				refused := h.fredPhone.next("CALL_CLOSED")
				h.fredPhone.dial("*8500")
				h.fredPhone.hearsMusic(440) // it is speech
				refused()
				h.fredPhone.logs("the refusal", `SIP/2\.0 403`)
			}
			taken, ended := row.taker.next("CALL_ESTABLISHED"), row.taker.next("CALL_CLOSED")
			if row.take != nil {
				row.take()
			} else {
				incoming := row.taker.next("CALL_INCOMING")
				app.tell(order{Do: "set", Body: "<pickup xmlns='urn:plenum:app:0' from='500'/>"})
				incoming()
				row.taker.answer()
			}
			taken()
			if !row.waits {
				stops()
			}
			h.caller.hears("who has picked the call up", map[*phone]float64{h.emilPhone: 660, h.fredPhone: 880}[row.taker])
			row.taker.hears("the caller", 440)
			h.caller.hangUp()
			closed()
			ended()
			h.settled()
		})
	}
	for name, who := range accounts {
		clients["ben"].chat(who.JID, "that was all")
		clients[name].seen().await(t, "the last message", func(e event) bool { return e.Is == "message" && e.Body == "that was all" })
		got, _ := clients[name].seen().find(isHeadline)
		var texts []string
		for _, e := range got {
			texts = append(texts, e.Body)
		}
		if !slices.Equal(texts, want[name]) {
			t.Errorf("%s heard\n%s\nwant\n%s", name, strings.Join(texts, "\n"), strings.Join(want[name], "\n"))
		}
	}
}

// TestAMessageForATeam: when nobody of the team is there its box has the caller. The lamp of who watches the box shows the message, apps of members count it, and not
// those of others; it is listened to by the team's PIN, by *104 and in the app, and what one has heard is so for all.
//
func TestAMessageForATeam(t *testing.T) {
	counted(t)
	s := startServer(t)
	h := newHelpdesk(t, s)
	c := h.c
	h.pauses("1")
	h.form["joinEmpty"], h.form["boxPin"] = false, "4712"
	h.change("afterTarget", "*103")
	c.put("/users/"+h.ben.JID+"/mailbox", map[string]any{"discard": false, "monitored": h.team.ID}, nil)
	lamp := s.deskPhone(c.phoneOf(h.ben))
	lamp.subscribe("101", "message-summary")
	lamp.notified("that there are no messages", `Messages-Waiting: no[\s\S]*Voice-Message: 0/0`)
	ben, emil := appOf(t, s, h.ben), appOf(t, s, h.emil)
	for _, app := range []*program{ben, emil} {
		app.tell(order{Do: "watch", To: "own"})
		app.events.await(t, "the snapshot", func(e event) bool { return e.Is == "snapshot" })
	}

	closed := h.caller.next("CALL_CLOSED")
	h.caller.dial("500")
	h.caller.established()
	h.caller.hearsMusic(440) // the greeting
	h.caller.press("1")      // is skipped
	spoken := time.NewTimer(3 * time.Second)
	<-spoken.C // the message takes as long as it takes
	h.caller.hangUp()
	closed()
	lamp.notified("that there is a message", `Messages-Waiting: yes[\s\S]*Voice-Message: 1/0`)
	ben.sees("voicemail", "own 0/0, Sales 1/0")
	var list struct {
		New   int
		Items []struct {
			ID    string
			Heard bool
		}
	}
	ofBen := s.appOf(h.ben)
	ofBen.get("/app/teams/"+h.team.ID+"/voicemail", &list)
	if list.New != 1 || len(list.Items) != 1 {
		t.Fatalf("in the box are %+v", list)
	}

	established, ended := h.fredPhone.next("CALL_ESTABLISHED"), h.fredPhone.next("CALL_CLOSED")
	h.fredPhone.dial("*101")
	established()
	h.fredPhone.hearsMusic(440)
	h.fredPhone.press("500#")
	h.fredPhone.press("4712#")
	h.fredPhone.press("1")
	h.fredPhone.hears("the message", 440)
	h.fredPhone.press("2")
	lamp.notified("that the message was heard", `Messages-Waiting: no[\s\S]*Voice-Message: 0/1`)
	ben.sees("voicemail", "own 0/0, Sales 0/1")
	h.fredPhone.hangUp()
	ended()

	ofBen.put("/app/teams/"+h.team.ID+"/voicemail/"+list.Items[0].ID, map[string]any{"heard": false}, nil)
	lamp.notified("that the message is new again", `Messages-Waiting: yes[\s\S]*Voice-Message: 1/0`)
	established, ended = h.benPhone.next("CALL_ESTABLISHED"), h.benPhone.next("CALL_CLOSED")
	h.benPhone.dial("*104")
	established()
	h.benPhone.hearsMusic(440)
	h.benPhone.press("1")
	h.benPhone.hears("the message", 440)
	h.benPhone.press("2")
	lamp.notified("that the message was heard", `Messages-Waiting: no[\s\S]*Voice-Message: 0/1`)
	h.benPhone.hangUp()
	ended()
	if n := emil.events.count(func(e event) bool { return e.Is == "voicemail" }); n > 0 {
		t.Error("Emil is told of messages of a team that he is not in")
	}
}
