package conference_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/call"
	"plenum/components/conference"
	"plenum/components/media"
	"plenum/components/media/wav"
	"plenum/components/muc"
	"plenum/xmppd"
	"plenum/xmppd/cluster"
	"plenum/xmppd/store"
	"plenum/xmppd/xmpptest"
)

const (
	focus   = "sales@groups.example.org/Conference"
	nsConf  = "xmlns='urn:plenum:conference:0'"
	page    = "mic cam a0 a1 a2 v0 v1"
	channel = "voice" // of a telephone, or a client with one slot
)

// a hall is a server with the public group sales, in whose conference a test takes part.
type hall struct {
	t      *testing.T
	srv    *xmpptest.Server
	c      *conference.Service
	calls  *exchange
	token  string
	access *access
	told   []string // what telephones were told
}

func newHall(t *testing.T, rules conference.Rules) *hall {
	t.Helper()
	h := &hall{t: t}
	a := newAccess()
	h.access = a
	h.srv = xmpptest.StartWith(t, xmpptest.Options{Register: func(s *xmppd.Server) {
		h.calls = newExchange(s)
		h.calls.say, h.calls.number = h.say, "+49991296916"
		var err error
		if h.c, err = registerWith(s, conference.Config{}, muc.Config{}, a, h.calls, rules); err != nil {
			t.Fatal(err)
		}
	}})
	h.token = open(t, h.c)
	return h
}

func (h *hall) member(user, nick string) *xmpptest.Client { return enter(h.srv.Login(user), nick) }
func (h *hall) guest(nick string) *xmpptest.Client        { return enter(h.srv.Visit(h.token), nick) }

// call has a client call the conference, with the contents named.
func (h *hall) call(c *xmpptest.Client, contents string) *leg {
	h.t.Helper()
	c.Send(initiate("j", contents))
	c.Find("<iq type='result' id='j'/>")
	return h.calls.leg(h.t, c.JID)
}

func initiate(id, contents string) string {
	var b strings.Builder
	for _, name := range strings.Fields(contents) {
		fmt.Fprintf(&b, "<content name='%s'/>", name)
	}
	return "<iq type='set' id='" + id + "' to='" + focus + "'><jingle xmlns='urn:xmpp:jingle:1' action='session-initiate' sid='s'>" + b.String() + "</jingle></iq>"
}

// ask sends a request and takes its result.
func (h *hall) ask(c *xmpptest.Client, payload string) {
	h.t.Helper()
	c.Send("<iq type='set' id='a' to='" + focus + "'>" + payload + "</iq>")
	c.Find("<iq type='result' id='a'/>")
	synctest.Wait()
}

// anything is what is not looked at by is.
type anything struct{}

// is checks what comes in slots: a track, or one of that name, or nothing.
func is(t *testing.T, what string, e *endpoint, want ...any) {
	t.Helper()
	for i, w := range want {
		got := e.hears(i)
		switch w := w.(type) {
		case anything:
		case nil:
			if got != nil {
				t.Errorf("%s: slot %d has %s", what, i, got.ID())
			}
		case string:
			if got == nil || got.ID() != w {
				t.Errorf("%s: slot %d has %v instead of %s", what, i, got, w)
			}
		case *media.Track:
			if got != w {
				t.Errorf("%s: slot %d has %v", what, i, got)
			}
		}
	}
}

// who waits hears music and nobody, and nobody hears him; when it begins, and after a break, all is different.
func TestWhoWaitsHearsMusic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, conference.Rules{})
		first, second := h.call(h.guest("First"), page), h.call(h.guest("Second"), page)
		for _, l := range []*leg{first, second} {
			is(t, "waiting", l.media, "player", nil, nil, nil, nil)
			for _, name := range []string{"mic", "cam"} {
				if !l.media.track(name).Blocked() {
					t.Errorf("%s of somebody who waits is open", name)
				}
			}
		}
		if a, b := first.media.hears(0), second.media.hears(0); a != b {
			t.Error("music is played for each of those who wait")
		}
		before := first.media.received(0)
		time.Sleep(10 * time.Second)
		if n := first.media.received(0) - before; n < 490 || n > 510 {
			t.Errorf("%d packets of music in ten seconds", n)
		}
		music := first.media.hears(0)
		first.media.speak("mic", time.Second, 20)
		host := h.member("romeo", "Romeo")
		r := h.call(host, page)
		is(t, "live", first.media, second.media.track("mic"), r.media.track("mic"), nil, second.media.track("cam"), r.media.track("cam"))
		is(t, "live", r.media, first.media.track("mic"), second.media.track("mic"), nil, first.media.track("cam"), second.media.track("cam"))
		if music.Layers()[0].Wanted() {
			t.Error("music is played to nobody")
		}
		first.media.speak("mic", time.Second, 20)
		if n := r.media.received(0); n < 49 || n > 51 {
			t.Errorf("the moderator has heard %d packets", n)
		}
		// A break.
		host.Send("<iq type='set' id='t' to='" + focus + "'><jingle xmlns='urn:xmpp:jingle:1' action='session-terminate' sid='s'/></iq>")
		host.Find("<iq type='result' id='t'/>")
		is(t, "hold", first.media, "player", nil, nil, nil, nil)
		heard := second.media.received(0)
		first.media.speak("mic", time.Second, 20)
		if n := second.media.received(0) - heard; n > 51 || !first.media.track("mic").Blocked() {
			t.Errorf("%d packets have come to somebody who hears music, in a second", n)
		}
		h.call(host, page)
		is(t, "live again", first.media, second.media.track("mic"))
	})
}

// Who speaks is heard and shown; who is shown stays where he is. Slots are told when they change, and not otherwise.
func TestWhoSpeaksIsHeardAndShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, conference.Rules{})
		host := h.member("romeo", "Romeo")
		r := h.call(host, page)
		guests := make([]*leg, 6)
		for i := range guests {
			guests[i] = h.call(h.guest(fmt.Sprintf("G%d", i)), page)
		}
		is(t, "at first", r.media, guests[0].media.track("mic"), guests[1].media.track("mic"), guests[2].media.track("mic"), guests[0].media.track("cam"), guests[1].media.track("cam"))
		host.Drain()
		guests[5].media.speak("mic", 2*time.Second, 20)
		is(t, "the last one speaks", r.media, guests[0].media.track("mic"), guests[1].media.track("mic"), guests[5].media.track("mic"), guests[5].media.track("cam"), guests[0].media.track("cam"))
		is(t, "himself", guests[5].media, r.media.track("mic"), guests[0].media.track("mic"), guests[1].media.track("mic"), r.media.track("cam"), guests[0].media.track("cam"))
		host.Find("<message type='headline'><no-store xmlns='urn:xmpp:hints'/><slots " + nsConf + " dominant='G5'><slot n='0' nick='G0' media='mic'/><slot n='1' nick='G1' media='mic'/><slot n='2' nick='G5' media='mic'/><slot n='3' nick='G5' media='camera'/><slot n='4' nick='G0' media='camera'/></slots></message>")
		if n := r.media.received(2); n < 85 { // since it is known that he speaks
			t.Errorf("%d packets of two seconds were heard", n)
		}
		host.Drain()
		binds := r.media.binds
		guests[5].media.speak("mic", 5*time.Second, 20)
		time.Sleep(5 * time.Second)
		if list := host.Drain(); len(list) > 0 || r.media.binds != binds {
			t.Errorf("nothing has changed, and %d slots were bound, %v was told", r.media.binds-binds, list)
		}
		// Of those who say nothing nobody takes his place; who mutes himself is not heard.
		guests[4].media.speak("mic", time.Second, 20)
		is(t, "another one", r.media, anything{}, anything{}, guests[5].media.track("mic"))
		if got := r.media.hears(1); got != guests[4].media.track("mic") && r.media.hears(0) != guests[4].media.track("mic") {
			t.Error("the fifth one is not heard")
		}
	})
}

// Clients with one slot, and telephones, get a mix and one picture; whose packets state no level is found out to speak all the same.
func TestOneSlotGetsTheMix(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, conference.Rules{})
		host := h.member("romeo", "Romeo")
		r := h.call(host, page)
		phone := h.call(h.guest("Phone"), channel+" v0")
		old := h.call(h.guest("Old"), channel+" v264")
		is(t, "the phone", phone.media, "mix", r.media.track("cam"))
		is(t, "who cannot decode the picture", old.media, "mix", nil)
		is(t, "the page", r.media, phone.media.track("voice"), old.media.track("voice"), nil, nil)
		before := phone.media.received(0)
		r.media.speak("mic", time.Second, 20)
		if n := phone.media.received(0) - before; n < 48 || n > 52 {
			t.Errorf("%d packets of the mix in a second", n)
		}
		host.Drain()
		phone.media.speak("voice", 4*time.Second, 0)
		host.Find("<message type='headline'><no-store xmlns='urn:xmpp:hints'/><slots " + nsConf + " dominant='Phone'>…</slots></message>")
		// When only pages are left, nothing is mixed.
		phone.end(call.Success)
		old.end(call.Success)
		time.Sleep(time.Second)
		is(t, "alone", r.media, nil, nil, nil, nil)
	})
}

// A page whose packets state no level makes a mixer listen to it, and to nobody else.
func TestAVoiceWithoutLevelIsDecoded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, conference.Rules{})
		host := h.member("romeo", "Romeo")
		h.call(host, page)
		guest := h.call(h.guest("Visitor"), page)
		host.Drain()
		guest.media.speak("mic", 4*time.Second, 0)
		host.Find("<message type='headline'><no-store xmlns='urn:xmpp:hints'/><slots " + nsConf + " dominant='Visitor'>…</slots></message>")
	})
}

// what is shown, how large, and what is pinned; slots that have no bandwidth are told.
func TestView(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, conference.Rules{})
		host := h.member("romeo", "Romeo")
		r := h.call(host, page+" v2")
		g := []*leg{h.call(h.guest("Anna"), page), h.call(h.guest("Ben"), page), h.call(h.guest("Carl"), page)}
		cam := func(i int) *media.Track { return g[i].media.track("cam") }
		is(t, "at first", r.media, anything{}, anything{}, anything{}, cam(0), cam(1), cam(2))
		h.ask(host, "<view "+nsConf+"><slot n='3' height='720'/><slot n='4' height='180'/><pin nick='Carl' media='camera'/></view>")
		is(t, "pinned", r.media, anything{}, anything{}, anything{}, cam(2), cam(0), nil)
		if r.media.heights[3] != 720 || r.media.heights[4] != 180 || r.media.heights[5] != 0 {
			t.Errorf("heights are %v", r.media.heights)
		}
		g[0].media.speak("mic", 2*time.Second, 20)
		is(t, "the stage stays", r.media, anything{}, anything{}, anything{}, cam(2), cam(0), nil)
		host.Drain()
		r.media.pause(4, true)
		time.Sleep(2 * time.Second)
		host.Find("<message type='headline'><no-store xmlns='urn:xmpp:hints'/><slots " + nsConf + ">…<slot n='3' nick='Carl' media='camera'/><slot n='4' nick='Anna' media='camera' paused='true'/></slots></message>")
		h.ask(host, "<view "+nsConf+"><slot n='3' height='360'/></view>")
		is(t, "the stage alone", r.media, anything{}, anything{}, anything{}, cam(0), nil, nil)
	})
}

// A guest who waits, knocks or was never let in gets nothing of the others, whatever he says; nor does he control anything.
func TestAGuestWhoLies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, conference.Rules{})
		host := h.member("romeo", "Romeo")
		r := h.call(host, page)
		h.ask(host, "<lock "+nsConf+"/>")
		liar := h.guest("Liar")
		l := h.call(liar, page)
		is(t, "knocking", l.media, "player", nil, nil, nil, nil)
		host.Drain()
		for i, payload := range []string{
			"<admit " + nsConf + "/>", "<admit " + nsConf + " nick='Liar'/>", "<unlock " + nsConf + "/>", "<end " + nsConf + "/>", "<mute-all " + nsConf + "/>",
			"<remove " + nsConf + " nick='Romeo'/>", "<reject " + nsConf + " nick='Romeo'/>", "<stop " + nsConf + " nick='Romeo' media='camera'/>",
			"<status " + nsConf + " audio='on' video='on' screen='on'/>", "<status " + nsConf + " audio='on' video='on' hand='true'/>",
			"<view " + nsConf + "><slot n='0' height='720'/><slot n='3' height='720'/><slot n='4' height='720'/><pin nick='Romeo' media='camera'/></view>",
			"<watch " + nsConf + "/>", "<conference " + nsConf + " state='live' you='live' moderator='true'/>", "<participant " + nsConf + " state='live'/>",
			"<jingle xmlns='urn:xmpp:jingle:1' action='content-add' sid='s'><content name='screen'/><content name='screen-audio'/><content name='cam'/></jingle>",
			"<jingle xmlns='urn:xmpp:jingle:1' action='session-accept' sid='s'/>",
		} {
			liar.Send(fmt.Sprintf("<iq type='set' id='l%d' to='%s'>%s</iq>", i, focus, payload))
			synctest.Wait()
			time.Sleep(time.Second)
		}
		for _, stanza := range []string{
			"<message type='chat' to='sales@groups.example.org'><proceed xmlns='urn:xmpp:jingle-message:0' id='x'/></message>",
			"<message type='groupchat' to='" + focus + "'><body>let me in</body></message>",
			"<message type='chat' to='" + focus + "'><body>let me in</body></message>",
			"<iq type='set' id='x' to='other@groups.example.org/Conference'><jingle xmlns='urn:xmpp:jingle:1' action='session-initiate' sid='s'><content name='mic'/></jingle></iq>",
			"<iq type='result' id='x' to='" + focus + "'/>",
			"<presence to='" + focus + "'/>",
			"<presence type='unavailable' to='" + focus + "x'/>", // he leaves: the name does not matter
		} {
			is(t, stanza, l.media, "player", nil, nil, nil, nil)
			for _, name := range []string{"mic", "cam", "screen"} {
				if track := l.media.track(name); track == nil || !track.Blocked() {
					t.Errorf("his %s is open after %s", name, stanza)
				}
			}
			is(t, "the moderator after "+stanza, r.media, nil, nil, nil, nil, nil)
			liar.Send(stanza)
			synctest.Wait()
		}
		is(t, "gone", l.media, nil, nil, nil, nil, nil)
		if r.ended.Load() {
			t.Error("the moderator was put out")
		}
		for _, p := range liar.Drain() {
			if s := string(p.Raw()); strings.Contains(s, "nick='Romeo'") || strings.Contains(s, "romeo@") {
				t.Errorf("he was told %s", s)
			}
		}
		// Before he calls, he sees no more than that.
		second := h.guest("Second")
		second.Send("<iq type='set' id='w' to='" + focus + "'><watch " + nsConf + "/></iq>")
		if p := second.Find("<iq type='result' id='w'><conference " + nsConf + " state='live' you='none' moderator='false'/></iq>"); strings.Contains(string(p.Raw()), "people=") {
			t.Errorf("a guest who watches learns %s", p.Raw())
		}
	})
}

// What everybody is told about somebody does not change as fast as he likes.
func TestStatusesAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, conference.Rules{})
		visitor := h.guest("Visitor")
		h.call(visitor, page)
		hand := func(i int) string {
			return "<status " + nsConf + " hand='" + [...]string{"true", "false"}[i%2] + "'/>"
		}
		for i := range 60 {
			h.ask(visitor, hand(i))
		}
		visitor.Send("<iq type='set' id='b' to='" + focus + "'>" + hand(0) + "</iq>")
		visitor.Find("<iq type='error' id='b'><error type='wait'><policy-violation " + stanzas + "/>…</error></iq>")
		time.Sleep(2 * time.Second)
		h.ask(visitor, hand(0))
	})
}

// A conference has places, and is full when they are taken.
func TestAConferenceIsFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, conference.Rules{People: 2})
		first := h.guest("First")
		h.call(first, page)
		h.call(h.guest("Second"), page)
		third := h.guest("Third")
		third.Send(initiate("j", page))
		third.Find("<iq type='error' id='j'><error type='wait'><resource-constraint " + stanzas + "/>…</error></iq>")
		// A moderator finds a place, or nobody could begin.
		r := h.call(h.member("romeo", "Romeo"), page)
		if r.ended.Load() {
			t.Error("no moderator can begin")
		}
		r.end(call.Success)
		h.calls.leg(t, first.JID).end(call.Success)
		synctest.Wait()
		h.call(third, page)
	})
}

// who is in the conference is in its room as well, and takes one place. The console sees how many there are, and who has a link
// whether it is under way.
func TestCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, conference.Rules{})
		guest := h.guest("Visitor")
		h.guest("Other")
		want := func(n conference.Counts) {
			t.Helper()
			synctest.Wait()
			if got := h.c.Counts(); got != n {
				t.Errorf("%+v instead of %+v", got, n)
			}
		}
		isLive := func(yes bool) {
			t.Helper()
			if d, err := h.c.Door(context.Background(), h.token, netip.Addr{}); err != nil || d.Live != yes {
				t.Errorf("who has a link is told %+v, %v", d, err)
			}
		}
		want(conference.Counts{Public: 1, Guests: 2, Places: 500})
		isLive(false)
		h.call(guest, page)
		want(conference.Counts{Public: 1, Guests: 2, Places: 500, Conferences: conference.Meetings{Running: 1, Waiting: 1}})
		r := h.call(h.member("romeo", "Romeo"), page)
		want(conference.Counts{Public: 1, Guests: 2, Places: 500, Conferences: conference.Meetings{Running: 1, People: 2}})
		isLive(true)
		r.end(call.Success)
		want(conference.Counts{Public: 1, Guests: 2, Places: 500, Conferences: conference.Meetings{Running: 1, Waiting: 1}})
		isLive(false)
		h.calls.leg(t, guest.JID).end(call.Success)
		want(conference.Counts{Public: 1, Guests: 2, Places: 500})
	})
}

// Guests whose conference was cut off by the end of the server wait, and are told why.
func TestAfterARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, err := store.OpenMemory()
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		a, users := newAccess(), xmpptest.NewUsers()
		h := &hall{t: t}
		begin := func() {
			a.tell = nil
			h.srv = xmpptest.StartWith(t, xmpptest.Options{Store: db, Users: users, Register: func(s *xmppd.Server) {
				h.calls = newExchange(s)
				if h.c, err = registerWith(s, conference.Config{}, muc.Config{}, a, h.calls, conference.Rules{}); err != nil {
					t.Fatal(err)
				}
			}})
		}
		begin()
		h.token = open(t, h.c)
		visitor := h.guest("Visitor")
		h.call(h.member("romeo", "Romeo"), page)
		l := h.call(visitor, page)
		h.srv.Stop()
		if !l.ended.Load() {
			t.Error("a call outlives its server")
		}
		begin()
		visitor = h.guest("Visitor")
		h.call(visitor, page)
		visitor.Find("<message type='headline'><no-store xmlns='urn:xmpp:hints'/><conference " + nsConf + " state='waiting' you='waiting' reason='restarted'>…</conference></message>")
		// That is said once.
		h.calls.leg(t, visitor.JID).end(call.Success)
		time.Sleep(time.Second)
		visitor.Drain()
		h.call(visitor, page)
		visitor.Find("<message type='headline'><no-store xmlns='urn:xmpp:hints'/><conference " + nsConf + " state='waiting' you='waiting' reason='no-moderator'>…</conference></message>")
	})
}

// When the server dies on which a conference is, those who come back find it on another, and are told why they wait.
func TestAfterTheDeathOfAServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, err := store.OpenMemory()
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		a := newAccess()
		o := xmpptest.Options{Store: db, World: cluster.NewLocal(), Users: xmpptest.NewUsers()}
		var halls [2]*hall
		for i := range halls {
			h := &hall{t: t}
			halls[i] = h
			o.Node = cluster.NodeID(rune('a' + i))
			o.Register = func(s *xmppd.Server) {
				h.calls = newExchange(s)
				if h.c, err = registerWith(s, conference.Config{}, muc.Config{}, a, h.calls, conference.Rules{}); err != nil {
					t.Fatal(err)
				}
			}
			h.srv = xmpptest.StartWith(t, o)
		}
		halls[0].token = open(t, halls[0].c)
		halls[1].token = halls[0].token
		halls[0].call(halls[0].member("romeo", "Romeo"), page)
		visitor := halls[1].guest("Visitor")
		visitor.Send(initiate("j", page))
		visitor.Find("<iq type='result' id='j'/>")
		halls[0].calls.leg(t, visitor.JID) // it is where the room is
		time.Sleep(time.Second)
		if n := halls[1].c.Counts().Conferences; n != (conference.Meetings{Running: 1, People: 2}) {
			t.Errorf("the other server counts %+v", n)
		}
		for i, h := range halls {
			if x := h.c.Conference(sales); x != (conference.Conference{State: "live", People: 2}) {
				t.Errorf("server %d knows %+v", i, x)
			}
		}
		visitor.Drain()
		halls[0].srv.Kill()
		time.Sleep(2 * time.Minute)
		visitor.Find("<presence from='" + focus + "'><show>away</show>…<conference " + nsConf + " state='idle' public='true'/>…</presence>")
		halls[1].call(visitor, page)
		visitor.Find("<message type='headline'><no-store xmlns='urn:xmpp:hints'/><conference " + nsConf + " state='waiting' you='waiting' reason='restarted'>…</conference></message>")
	})
}

// Ordinary clients mute by signalling, telephones by keys; a moderator's mute holds until they take it back themselves.
func TestMutesOfOrdinaryClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, conference.Rules{})
		host := h.member("romeo", "Romeo")
		h.call(host, page)
		guest := h.call(h.guest("Visitor"), channel)
		track := guest.media.track("voice")
		h.ask(host, "<mute "+nsConf+" nick='Visitor'/>")
		if !track.Blocked() || guest.muted() != 1 {
			t.Errorf("blocked %v, asked to mute %d times", track.Blocked(), guest.muted())
		}
		press := func(keys string) {
			for _, key := range keys {
				guest.sink.Post(call.DTMF{Key: byte(key)})
			}
			synctest.Wait()
		}
		press("6*5*9")
		time.Sleep(time.Second)
		if !track.Blocked() {
			t.Error("keys that mean nothing have unmuted him")
		}
		host.Find("<message type='headline'><no-store xmlns='urn:xmpp:hints'/><conference " + nsConf + " state='live'>…<participant nick='Visitor' audio='muted' hand='$since'/></conference></message>")
		press("*6*9")
		if track.Blocked() {
			t.Error("*6 does not unmute")
		}
		press("*6")
		time.Sleep(time.Second)
		host.Find("<message type='headline'><no-store xmlns='urn:xmpp:hints'/><conference " + nsConf + " state='live'>…<participant nick='Visitor' audio='muted' hand='false'/></conference></message>")
		press("*6")
		h.ask(host, "<mute "+nsConf+" nick='Visitor'/>")
		track.SetMuted(true)
		guest.sink.Post(call.TrackChanged{Track: track})
		synctest.Wait()
		track.SetMuted(false)
		guest.sink.Post(call.TrackChanged{Track: track})
		synctest.Wait()
		if track.Blocked() {
			t.Error("unmuting at the device does not unmute")
		}
	})
}

// A page that says "on" because it has not heard yet that a moderator has muted it does not undo that.
func TestAMuteIsNotUndoneByWhatCrossesIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, conference.Rules{})
		host, visitor := h.member("romeo", "Romeo"), h.guest("Visitor")
		h.call(host, page)
		guest := h.call(visitor, page)
		track := guest.media.track("mic")
		h.ask(visitor, "<status "+nsConf+" audio='on'/>")
		h.ask(host, "<mute "+nsConf+" nick='Visitor'/>")
		h.ask(visitor, "<status "+nsConf+" audio='on' hand='true'/>")
		if !track.Blocked() {
			t.Error("what crosses a mute undoes it")
		}
		if guest.muted() != 0 {
			t.Error("a page is told twice")
		}
		h.ask(visitor, "<status "+nsConf+" audio='muted'/>")
		h.ask(visitor, "<status "+nsConf+" audio='on'/>")
		if track.Blocked() {
			t.Error("he cannot unmute himself")
		}
		h.ask(host, "<mute "+nsConf+" nick='Visitor'/>")
		time.Sleep(3 * time.Second)
		h.ask(visitor, "<status "+nsConf+" audio='on'/>")
		if track.Blocked() {
			t.Error("he cannot unmute himself later")
		}
	})
}

// Who has no voice in the room is neither heard nor seen, and shares no screen.
func TestTheAudience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, conference.Rules{})
		host, visitor := h.member("romeo", "Romeo"), h.guest("Visitor")
		r, g := h.call(host, page), h.call(visitor, page)
		role := func(role string) {
			host.Send("<iq type='set' id='r' to='sales@groups.example.org'><query xmlns='http://jabber.org/protocol/muc#admin'><item nick='Visitor' role='" + role + "'/></query></iq>")
			host.Find("<iq type='result' id='r'/>")
			synctest.Wait()
		}
		role("visitor")
		is(t, "the moderator", r.media, nil, nil, nil, nil, nil)
		is(t, "the audience", g.media, r.media.track("mic"), nil, nil, r.media.track("cam"), nil)
		h.ask(visitor, "<status "+nsConf+" audio='on' video='on'/>")
		visitor.Send("<iq type='set' id='s' to='" + focus + "'><status " + nsConf + " screen='on'/></iq>")
		visitor.Find("<iq type='error' id='s'><error type='auth'><forbidden " + stanzas + "/>…</error></iq>")
		if !g.media.track("mic").Blocked() || !g.media.track("cam").Blocked() {
			t.Error("the audience is heard or seen")
		}
		role("participant")
		is(t, "with voice", r.media, g.media.track("mic"), nil, nil, g.media.track("cam"), nil)
		if g.media.track("mic").Blocked() {
			t.Error("who has voice again is not heard")
		}
	})
}

// the music is the operator's own, where he has some.
func TestMusicOfTheOperator(t *testing.T) {
	file := filepath.Join(t.TempDir(), "music.wav")
	write := func(samples int) {
		f, err := os.Create(file)
		if err != nil {
			t.Fatal(err)
		}
		w, err := wav.NewWriter(f, 1)
		if err == nil {
			err = w.Write(make([]int16, samples))
		}
		if err = errors.Join(err, w.Close(), f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ rules, want string }{{file + ".gone", "no such file"}, {file, "shorter"}} {
		write(media.Rate / 2)
		synctest.Test(t, func(t *testing.T) {
			xmpptest.StartWith(t, xmpptest.Options{Register: func(s *xmppd.Server) {
				_, err := registerWith(s, conference.Config{}, muc.Config{}, newAccess(), newExchange(s), conference.Rules{Music: c.rules})
				if err == nil || !strings.Contains(err.Error(), "conferences: music: ") || !strings.Contains(err.Error(), c.want) {
					t.Errorf("%v instead of %q", err, c.want)
				}
			}})
		})
	}
	write(2 * media.Rate)
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, conference.Rules{Music: file})
		guest := h.call(h.guest("Visitor"), page)
		time.Sleep(5 * time.Second) // it begins anew
		if n := guest.media.received(0); n < 240 || n > 260 {
			t.Errorf("%d packets of music in five seconds", n)
		}
	})
}

// settings of the group can be changed meanwhile. Guests are put out of the conference with the group when they are no longer let in.
func TestGuestsAreNoLongerLetIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, conference.Rules{})
		host, visitor := h.member("romeo", "Romeo"), h.guest("Visitor")
		r, g := h.call(host, page), h.call(visitor, page)
		if _, err := h.c.SetGuests(ctx, romeo, sales, false); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if !g.ended.Load() || r.ended.Load() {
			t.Errorf("the guest's call has ended: %v, the member's: %v", g.ended.Load(), r.ended.Load())
		}
		is(t, "alone", r.media, nil, nil, nil, nil, nil)
		if err := h.c.Delete(ctx, sales); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if !r.ended.Load() {
			t.Error("the conference outlives its group")
		}
	})
}
