package conference_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/call"
	"plenum/components/conference"
	"plenum/components/media"
	"plenum/components/media/jitter"
	"plenum/components/media/play"
	"plenum/components/media/tone"
	"plenum/components/muc"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// A handset is somebody at a telephone, the other end of whose line the conference has.
type handset struct {
	t    *testing.T
	leg  *call.PipeEnd
	err  error // why the conference did not take the call
	mu   sync.Mutex
	got  []call.Event
	on   *media.Layer
	ears *jitter.Buffer
	ctx  context.Context
	work sync.WaitGroup
	stop context.CancelFunc
}

func (p *handset) Post(e call.Event) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.got = append(p.got, e)
	return true
}

func (p *handset) ended() (call.Reason, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range p.got {
		if e, ok := e.(call.Ended); ok {
			return e.Reason, true
		}
	}
	return 0, false
}

// dial brings a telephone into the conference of sales, as package dialin does.
func (h *hall) dial(who conference.PhoneCaller) *handset {
	h.t.Helper()
	p := &handset{t: h.t}
	p.ctx, p.stop = context.WithCancel(h.t.Context())
	h.t.Cleanup(func() { p.stop(); p.work.Wait() })
	o := call.Offer{ID: "phone", Codecs: []media.Codec{media.PCMA}}
	callee, caller := call.Pipe(o, p)
	p.leg = callee
	sink, err := h.c.IncomingPhone(h.t.Context(), sales, who, caller, o)
	if err != nil {
		p.err = err
		return p
	}
	caller.SetSink(sink)
	synctest.Wait()
	return p
}

// hum lets the telephone publish a tone.
func (p *handset) hum(hz float64) {
	p.t.Helper()
	pcm := make([]int16, media.Rate)
	tone.NewGenerator(tone.Signal{Tone: tone.Tone{Hz: []float64{hz}, Amplitude: 6000}}).Read(pcm)
	player := play.NewPlayer(true, play.NewClip(pcm))
	p.work.Go(func() { _ = player.Run(p.ctx) })
	if err := p.leg.Bind(0, player); err != nil {
		p.t.Fatal(err)
	}
}

func (p *handset) press(keys string) {
	p.leg.Send(call.SendDTMF{Keys: keys})
	synctest.Wait()
}

// listen is what the telephone hears in the next two seconds.
func (p *handset) listen() []int16 {
	p.t.Helper()
	var heard []int16
	frame := make([]int16, media.FrameSamples)
	for range 100 {
		time.Sleep(media.FrameTime)
		for t := range p.leg.Media().Tracks() {
			if l := t.Layers()[0]; l != p.on {
				b, err := jitter.New(t.Codec())
				if err != nil {
					p.t.Fatal(err)
				}
				p.on, p.ears = l, b
				l.Subscribe(b)
			}
		}
		if p.ears != nil {
			p.ears.Frame(frame)
			heard = append(heard, frame...)
		}
	}
	return heard
}

// hears checks which of the tones that there are it hears.
func (p *handset) hears(what string, want map[float64]bool) {
	p.t.Helper()
	pcm := p.listen()
	if len(pcm) > media.Rate {
		pcm = pcm[len(pcm)-media.Rate:]
	}
	for hz, wanted := range want {
		if is := tone.Amplitude(pcm, hz) > 500; is != wanted {
			p.t.Errorf("%s: %v Hz is heard: %v", what, hz, is)
		}
	}
}

func silent(pcm []int16) bool { return media.Measure(pcm) > 60 }

// say notes what callers are told, and gives them a short tone.
func (h *hall) say(lang string, what conference.Announcement) *play.Clip {
	h.told = append(h.told, lang+" "+string(what))
	pcm := make([]int16, media.Rate)
	tone.NewGenerator(tone.Signal{Tone: tone.Tone{Hz: []float64{2000}, Amplitude: 6000}}).Read(pcm)
	return play.NewClip(pcm)
}

var stranger = conference.PhoneCaller{Number: "+498912345678", Language: "de"}
var julietsPhone = conference.PhoneCaller{Number: "100", User: jid.MustParse("juliet@example.org"), Language: "en"}

// who dials in waits with music, takes part when a moderator is there, is heard and hears the others and never himself,
// mutes by *6, raises his hand by *9, and leaves by hanging up.
func TestTelephoneTakesPart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, conference.Rules{})
		page := h.member("romeo", "Romeo")
		page.Send("<iq type='set' id='w' to='" + focus + "'><watch " + nsConf + "/></iq>")
		page.Find("<iq type='result' id='w'><conference " + nsConf + " state='idle'>…</conference></iq>")

		first, second := h.dial(stranger), h.dial(conference.PhoneCaller{Language: "en"})
		if first.err != nil || second.err != nil {
			t.Fatal(first.err, second.err)
		}
		first.hum(500)
		second.hum(900)
		page.Find("<message type='headline'><no-store xmlns='urn:xmpp:hints'/><conference " + nsConf + " state='waiting' people='0' waiting='2'>" +
			"<participant nick='+498912345•••' state='waiting' moderator='false' guest='true' phone='true' audio='on'/>" +
			"<participant nick='Phone' state='waiting' guest='true' phone='true'/></conference></message>")
		first.listen()
		if silent(first.listen()) {
			t.Error("who waits hears no music")
		}
		first.hears("waiting", map[float64]bool{900: false})
		if len(h.told) != 2 || h.told[0] != "de conference-wait" {
			t.Errorf("callers were told %q", h.told)
		}

		boss := h.dial(julietsPhone)
		boss.hum(1300)
		first.listen()
		first.hears("live", map[float64]bool{500: false, 900: true, 1300: true})
		second.hears("live", map[float64]bool{500: true, 900: false, 1300: true})
		boss.hears("live", map[float64]bool{500: true, 900: true, 1300: false})

		second.press("*6")
		second.listen()
		first.hears("after *6", map[float64]bool{900: false, 1300: true})
		page.Find("<message type='headline'><no-store xmlns='urn:xmpp:hints'/><conference " + nsConf + ">…<participant nick='Phone' audio='muted'/>…</conference></message>")
		second.press("*6")
		second.press("*9")
		second.listen()
		first.hears("after another *6", map[float64]bool{900: true})

		second.leg.Send(call.Hangup{Reason: call.Success})
		boss.leg.Send(call.Hangup{Reason: call.Success})
		first.listen()
		first.hears("on hold", map[float64]bool{1300: false, 900: false})
		if got := h.c.Conference(sales); got.State != "hold" || got.Waiting != 1 {
			t.Errorf("the conference is %+v", got)
		}
		first.leg.Send(call.Hangup{Reason: call.Success})
		synctest.Wait()
		time.Sleep(time.Second)
		if n := h.c.Counts().Guests; n != 0 {
			t.Errorf("%d guests are left", n)
		}
	})
}

// whatEnded is the reason for which the line was hung up.
func (p *handset) whatEnded(t *testing.T, want call.Reason) {
	t.Helper()
	if r, ok := p.ended(); !ok || r != want {
		t.Errorf("the call has ended: %v, %v, not for %v", ok, r, want)
	}
}

func (h *hall) wasTold(last string) {
	h.t.Helper()
	if len(h.told) == 0 || h.told[len(h.told)-1] != last {
		h.t.Errorf("callers were told %q, not %s", h.told, last)
	}
}

// a moderator mutes and removes telephones like others; who was removed does not come in again with that number.
func TestModeratorsAndTelephones(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, conference.Rules{})
		host := h.member("romeo", "Romeo")
		h.call(host, page)
		caller := h.dial(stranger)
		caller.hum(500)
		synctest.Wait()
		h.wasTold("de conference-joined")
		h.ask(host, "<mute "+nsConf+" nick='+498912345•••'/>")
		h.wasTold("de conference-muted-by-moderator")
		time.Sleep(2 * time.Second)
		caller.press("*6")
		h.wasTold("de conference-unmuted")
		caller.press("*9")
		host.Find("<message type='headline'><no-store xmlns='urn:xmpp:hints'/><conference " + nsConf + ">…<participant nick='+498912345•••' audio='muted'/>…</conference></message>")
		h.ask(host, "<lower "+nsConf+" nick='+498912345•••'/>")
		h.wasTold("de conference-hand-lowered")

		h.ask(host, "<remove "+nsConf+" nick='+498912345•••'/>")
		h.wasTold("de conference-removed")
		if _, ok := caller.ended(); ok {
			t.Error("the line was hung up before the caller was told why")
		}
		time.Sleep(3 * time.Second)
		caller.whatEnded(t, call.Removed)
		if again := h.dial(stranger); !fault.Is(again.err, fault.Forbidden) {
			t.Errorf("who was removed comes in again: %v", again.err)
		}
		if other := h.dial(conference.PhoneCaller{Number: "+498912345999"}); other.err != nil {
			t.Error(other.err)
		}
		time.Sleep(11 * time.Minute)
		if again := h.dial(stranger); again.err != nil {
			t.Errorf("after the time: %v", again.err)
		}
	})
}

// B16, A-022: when guests are not admitted any more they are told so and put out; the telephone of a member stays, until he is no member.
func TestTelephonesWhenGuestsAreNotAdmitted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, conference.Rules{})
		boss, guest := h.dial(julietsPhone), h.dial(stranger)
		if _, err := h.c.SetGuests(t.Context(), romeo, sales, false); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		h.wasTold("de conference-closed")
		time.Sleep(3 * time.Second)
		guest.whatEnded(t, call.Forbidden)
		if late := h.dial(stranger); !fault.Is(late.err, fault.Forbidden) {
			t.Errorf("a guest is let in: %v", late.err)
		}
		if second := h.dial(julietsPhone); second.err != nil {
			t.Errorf("a member is not: %v", second.err)
		}
		if got := h.c.Conference(sales); got.State != "live" || got.People != 2 {
			t.Errorf("the conference is %+v", got)
		}
		if err := h.c.SetMembers(t.Context(), sales, muc.Affiliated{JID: julietsPhone.User, Affiliation: muc.None}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Second)
		boss.whatEnded(t, call.Removed)
		if late := h.dial(julietsPhone); !fault.Is(late.err, fault.Forbidden) {
			t.Errorf("who is no member any more is let in: %v", late.err)
		}
	})
}

// B16: who has come by a PIN that is worth nothing any more is put out, though guests are admitted by another.
func TestTelephonesWhenThePINChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, conference.Rules{})
		old := h.dial(stranger)
		for _, allowed := range []bool{false, true} {
			if _, err := h.c.SetGuests(t.Context(), romeo, sales, allowed); err != nil {
				t.Fatal(err)
			}
		}
		fresh := h.dial(stranger)
		time.Sleep(3 * time.Second)
		old.whatEnded(t, call.Forbidden)
		if _, over := fresh.ended(); over || fresh.err != nil {
			t.Errorf("who has come by the new one is out: %v", fresh.err)
		}
	})
}

// a guest's browser and his telephone are one participant, who has one place.
func TestPageAndTelephoneAreOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, conference.Rules{})
		visitor, host := h.guest("Sofia"), h.member("romeo", "Romeo")
		browser := h.call(visitor, "cam a0 a1 v0")
		visitor.Drain()
		visitor.Send("<iq type='set' id='p' to='" + focus + "'><phone " + nsConf + "/></iq>")
		got := visitor.Expect("<iq type='result' id='p'><phone " + nsConf + " number='+49991296916' pin='313787136' code='$code'/></iq>")
		code := got["code"]
		synctest.Wait()
		if !h.c.ExpectsCode(sales) {
			t.Error("no code is expected")
		}
		for _, wrong := range []string{"", "1", "99999"} {
			if is, err := h.c.IsCode(t.Context(), sales, wrong); is || err != nil {
				t.Errorf("%q is a code: %v, %v", wrong, is, err)
			}
		}
		if is, err := h.c.IsCode(t.Context(), sales, code); !is || err != nil {
			t.Errorf("the page's code is none: %v", err)
		}
		if n := h.c.Counts().Guests; n != 1 {
			t.Errorf("%d guests", n)
		}
		twin := stranger
		twin.Code = code
		line := h.dial(twin)
		line.hum(500)
		if h.c.ExpectsCode(sales) {
			t.Error("a code is expected still")
		}
		h.call(host, page)
		other := h.dial(conference.PhoneCaller{Language: "en"})
		time.Sleep(time.Second)
		host.Find("<message type='headline'><no-store xmlns='urn:xmpp:hints'/><conference " + nsConf + " state='live' people='3' waiting='0'>" +
			"<participant nick='Sofia' guest='true' phone='true' audio='on' video='on'/><participant nick='Romeo'/><participant nick='Phone'/></conference></message>")
		is(t, "the browser of a telephone", browser.media, nil, nil)
		other.listen()
		other.hears("the twin's voice", map[float64]bool{500: true})
		if n := h.c.Counts().Guests; n != 2 {
			t.Errorf("%d guests", n)
		}
		h.ask(visitor, "<status "+nsConf+" audio='muted' hand='false'/>") // the page's own microphone is off anyway
		other.listen()
		other.hears("the twin's voice still", map[float64]bool{500: true})
		line.press("*9")
		time.Sleep(time.Second)
		host.Find("<message type='headline'><no-store xmlns='urn:xmpp:hints'/><conference " + nsConf + "><participant nick='Sofia' hand='$since'/>…</conference></message>")
		hand := func(what string, up bool) {
			t.Helper()
			host.Send("<iq type='set' id='hand' to='" + focus + "'><watch " + nsConf + "/></iq>")
			state := string(host.Find("<iq type='result' id='hand'>…</iq>").Raw())
			_, sofia, _ := strings.Cut(state, "nick='Sofia'")
			if sofia, _, _ = strings.Cut(sofia, "/>"); strings.Contains(sofia, "hand='2") != up || !up && !strings.Contains(sofia, "hand='false'") {
				t.Errorf("%s: of Sofia is told %s", what, sofia)
			}
		}
		h.ask(visitor, "<status "+nsConf+" video='off' hand='false'/>") // the page does not know yet
		hand("the page has said what it knew", true)
		h.ask(visitor, "<status "+nsConf+" hand='true'/>")
		h.ask(visitor, "<status "+nsConf+" hand='false'/>")
		hand("lowered at the page", false)
		h.ask(visitor, "<status "+nsConf+" hand='true'/>")
		hand("raised at the page", true)
		line.press("*9")
		h.wasTold("de conference-hand-lowered")
		hand("lowered at the telephone", false)
		line.press("*9")
		hand("raised at the telephone", true)
		h.ask(host, "<lower "+nsConf+" nick='Sofia'/>")
		h.wasTold("de conference-hand-lowered")
		hand("lowered by a moderator", false)
		h.ask(host, "<mute "+nsConf+" nick='Sofia'/>")
		h.wasTold("de conference-muted-by-moderator")
		other.listen()
		other.hears("muted by a moderator", map[float64]bool{500: false})

		visitor.Close()
		time.Sleep(2 * time.Minute)
		host.Find("<message type='headline'><no-store xmlns='urn:xmpp:hints'/><conference " + nsConf + " state='live' people='3'>" +
			"<participant nick='+498912345•••' phone='true' guest='true'/><participant nick='Romeo'/>…</conference></message>")
		if n := h.c.Counts().Guests; n != 2 {
			t.Errorf("%d guests when the telephone goes on alone", n)
		}
		line.leg.Send(call.Hangup{Reason: call.Success})
		synctest.Wait()
		if n := h.c.Counts().Guests; n != 1 {
			t.Errorf("%d guests in the end", n)
		}
	})
}

// places are counted for telephones too.
func TestPlacesForTelephones(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, conference.Rules{})
		h.access.limit(sales, 2)
		first, second, third := h.dial(stranger), h.dial(stranger), h.dial(stranger)
		if first.err != nil || second.err != nil || !fault.Is(third.err, fault.Limit) {
			t.Fatal(first.err, second.err, third.err)
		}
		first.leg.Send(call.Hangup{Reason: call.Success})
		synctest.Wait()
		if again := h.dial(stranger); again.err != nil {
			t.Error(again.err)
		}
		if boss := h.dial(julietsPhone); boss.err != nil {
			t.Error(boss.err)
		}
	})
}

// A room in whose conference there are telephones alone stays where it is, and is left when the last has hung up.
func TestRoomOfTelephonesStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, conference.Rules{Wait: 23 * time.Hour})
		caller := h.dial(stranger)
		time.Sleep(time.Hour)
		if r, ok := caller.ended(); ok {
			t.Fatalf("the caller was put out: %v", r)
		}
		if got := h.c.Conference(sales); got.Waiting != 1 {
			t.Errorf("the conference is %+v", got)
		}
		if _, err := h.c.SetGuests(t.Context(), romeo, sales, false); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Second)
		caller.whatEnded(t, call.Forbidden)
	})
}

// A conference that ends for all, or is deleted with its group, says so.
func TestTelephonesHearTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, conference.Rules{})
		host := h.member("romeo", "Romeo")
		h.call(host, page)
		caller := h.dial(stranger)
		h.ask(host, "<end "+nsConf+"/>")
		h.wasTold("de conference-ended")
		time.Sleep(2 * time.Second)
		caller.whatEnded(t, call.Finished)
		time.Sleep(10 * time.Second)
		caller = h.dial(stranger)
		if err := h.c.Delete(t.Context(), sales); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		if _, ok := caller.ended(); !ok {
			t.Error("the line of a group that is gone is still up")
		}
	})
}

func TestHiddenNumbers(t *testing.T) {
	for number, shown := range map[string]string{
		"+498912345678": "+498912345•••", "+49 89 123 45": "+49 89 12• ••", "08912": "Phone", "1234567": "1234•••", "": "Phone", "anonymous": "Phone", "sip:a@b": "Phone",
	} {
		if got := conference.Hidden(number); got != shown {
			t.Errorf("%q is shown as %q, not %q", number, got, shown)
		}
	}
}

// Sound does not go between servers: a call that came to another than the one with the room is refused, and not left in silence.
func TestTelephoneAtAnotherNode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, c, _ := two(t, conference.Config{})
		open(t, c[0])
		enter(srv[0].Login("romeo"), "Romeo")
		_, caller := call.Pipe(call.Offer{ID: "phone"}, nil)
		if _, err := c[1].IncomingPhone(t.Context(), sales, stranger, caller, call.Offer{}); !fault.Is(err, fault.Unavailable) {
			t.Errorf("the call is not refused: %v", err)
		}
	})
}
