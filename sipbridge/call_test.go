package sipbridge_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emiago/sipgo/sip"

	"plenum/components/call"
	"plenum/sipbridge"
	"plenum/sipbridge/stack"
	"plenum/xmppd/fault"
)

//
func TestPhoneCalls(t *testing.T) {
	play(t, func(w *world) {
		p := w.phone("ann", 10)
		c := p.Dial("*42%231", []byte("offer of ann"), sip.NewHeader("Accept-Language", "de-DE, en;q=0.5"))
		a := w.incoming()
		if a.Device != "ann" || a.Owner.String() != "ann@example.com" || a.Dialled != "*42#1" || a.Language != "de-DE" || a.To.Number != "*42#1" {
			t.Errorf("%+v", a.Incoming)
		}
		a.Send(call.Ring{})
		a.Send(call.Ring{}) // said once
		c.Hears("180 INVITE")
		a.Send(call.Answer{})
		res := c.Hears("200 INVITE")
		w.body(res, "answer to offer of ann")
		w.has(res, "content-type", "application/sdp")
		a.says(call.MediaReady{}, call.Resumed{})
		a.quiet() // it is answered when that was acknowledged
		c.Ack(nil)
		a.says(call.Answered{})
		if !w.half().watching {
			t.Error("nobody looks whether the phone is still there")
		}
		c.Bye(sip.NewHeader("Reason", "Q.850;cause=16"))
		a.says(call.Ended{Reason: call.Success})
		a.Send(call.Hangup{}) // has crossed
		p.Silent(time.Minute)
		a.quiet()
	})
}

func TestWeHangUp(t *testing.T) {
	play(t, func(w *world) {
		c, a := w.talk(w.phone("ann", 10), "100")
		a.Send(call.Hangup{Reason: call.Removed})
		a.says(call.Ended{Reason: call.Removed})
		w.has(c.Byed(), "reason", `Q.850;cause=21;text="removed"`)
	})
}

func TestBothHangUpAtOnce(t *testing.T) {
	play(t, func(w *world) {
		c, a := w.talk(w.phone("ann", 10), "100")
		a.Send(call.Hangup{Reason: call.Success})
		bye := c.Request(sip.BYE)
		c.Bye()
		c.Reply(bye, 200, nil)
		a.says(call.Ended{Reason: call.Success})
		a.quiet()
	})
}

func TestCallerGivesUp(t *testing.T) {
	for reason, want := range map[string]call.Reason{"": call.Cancelled, `SIP;cause=200;text="Call completed elsewhere"`: call.Elsewhere, "Q.850;cause=17": call.Cancelled} {
		play(t, func(w *world) {
			c := w.phone("ann", 10).Dial("100", []byte("offer"))
			a := w.incoming()
			a.Send(call.Ring{})
			c.Hears("180 INVITE")
			if reason == "" {
				c.Cancel()
			} else {
				c.Cancel(sip.NewHeader("Reason", reason))
			}
			c.Response("200 CANCEL")
			c.Ends("487 INVITE")
			a.says(call.Ended{Reason: want})
		})
	}
}

// What refuses a call, and with which status.
func TestCallIsRefused(t *testing.T) {
	for kind, status := range map[fault.Kind]string{
		fault.NotFound: "404", fault.Busy: "486", fault.Forbidden: "403", fault.Limit: "503", fault.Unavailable: "480", fault.Internal: "500",
	} {
		play(t, func(w *world) {
			w.refuse = fault.New(kind, "so it is")
			w.phone("ann", 10).Dial("100", []byte("offer")).Ends(status + " INVITE")
		})
	}
	play(t, func(w *world) {
		c := w.phone("ann", 10).Dial("100", []byte("offer"))
		a := w.incoming()
		a.Send(call.Hangup{Reason: call.Busy})
		w.has(c.Ends("486 INVITE"), "reason", `Q.850;cause=17;text="busy"`)
		a.says(call.Ended{Reason: call.Busy})
	})
}

func TestNothingInCommon(t *testing.T) {
	play(t, func(w *world) {
		res := w.phone("ann", 10).Dial("100", []byte("nothing in common")).Ends("488 INVITE")
		w.has(res, "warning", `399 plenum "nothing \"in\" common"`)
		synctest.Wait()
		if len(w.came) != 0 {
			t.Error("somebody is rung for it")
		}
	})
}

func TestNothingInCommonAnyMore(t *testing.T) {
	play(t, func(w *world) {
		c, a := w.talk(w.phone("ann", 10), "100")
		for _, method := range []sip.RequestMethod{sip.INVITE, sip.UPDATE} {
			c.Do(method, []byte("nothing in common"))
			w.has(c.Response("488 "+string(method)), "warning", `399 plenum "nothing in common"`)
			if method == sip.INVITE {
				c.Send(c.In(sip.ACK, nil))
			}
		}
		c.Bye()
		a.says(call.Ended{Reason: call.Success})
	})
}

func TestInvitesThatCannotBe(t *testing.T) {
	play(t, func(w *world) {
		p := w.phone("ann", 10)
		c := p.Dial("100", []byte("x"), sip.NewHeader("Content-Type", "text/plain"))
		w.has(c.Ends("415 INVITE"), "accept", "application/sdp, multipart/mixed")
		p.Dial("100", []byte("x"), sip.NewHeader("Session-Expires", "20"), sip.NewHeader("Supported", "timer")).Ends("422 INVITE")
		p.Dial("100", []byte("x"), sip.NewHeader("Replaces", "nobody;to-tag=a;from-tag=b")).Ends("481 INVITE")
		p.Dial("100", []byte("x"), sip.NewHeader("Replaces", "nobody")).Ends("400 INVITE")
		p.Dial("100", []byte("x"), sip.NewHeader("Diversion", "<sip:1@example.com>;counter=6")).Ends("482 INVITE")
		stranger := w.phone("eve", 11)
		delete(w.bindings, "eve")
		stranger.Dial("100", []byte("x")).Ends("403 INVITE")
	})
}

func TestOfferInOurAnswer(t *testing.T) {
	play(t, func(w *world) {
		c := w.phone("ann", 10).Dial("100", nil)
		a := w.incoming()
		a.Send(call.Ring{Early: true}) // there is nothing to hear it with
		c.Hears("180 INVITE")
		a.Send(call.Answer{})
		w.body(c.Hears("200 INVITE"), "offer 1")
		c.Ack([]byte("answer of ann"))
		a.says(call.MediaReady{}, call.Resumed{}, call.Answered{})
		if got := w.half().accepted; len(got) != 1 || got[0] != "answer of ann" {
			t.Errorf("accepted %q", got)
		}
		c.Bye()
		a.says(call.Ended{Reason: call.Success})

		c = c.Dial("100", nil)
		a = w.incoming()
		a.Send(call.Answer{})
		c.Hears("200 INVITE")
		c.Ack(nil) // without an answer there is no call
		a.says(call.Ended{Reason: call.Incompatible})
		c.Byed()
	})
}

func TestAnswerIsRepeatedUntilAcknowledged(t *testing.T) {
	play(t, func(w *world) {
		p := w.phone("ann", 10)
		c := p.Dial("100", []byte("offer"))
		a := w.incoming()
		a.Send(call.Answer{})
		c.Hears("200 INVITE")
		time.Sleep(8 * time.Second) // after 0.5, 1.5, 3.5, 7.5 s
		if n := p.Repeats("200 INVITE"); n != 4 {
			t.Errorf("repeated %d times", n)
		}
		c.Ack(nil)
		a.says(call.MediaReady{}, call.Resumed{}, call.Answered{})
		time.Sleep(10 * time.Second)
		if n := p.Repeats("200 INVITE"); n != 4 {
			t.Errorf("repeated %d times after the ACK", n)
		}
		c.Bye()
		a.says(call.Ended{Reason: call.Success})
	})
}

func TestAnswerIsNeverAcknowledged(t *testing.T) {
	play(t, func(w *world) {
		p := w.phone("ann", 10)
		c := p.Dial("100", []byte("offer"))
		a := w.incoming()
		a.Send(call.Answer{})
		c.Hears("200 INVITE")
		a.says(call.MediaReady{}, call.Resumed{})
		time.Sleep(33 * time.Second)
		c.Byed()
		a.says(call.Ended{Reason: call.Unavailable})
		if n := p.Repeats("200 INVITE"); n != 10 { // 0.5, 1.5, 3.5, 7.5, then each 4 s until 32 s
			t.Errorf("repeated %d times", n)
		}
	})
}

func TestHungUpBeforeTheACK(t *testing.T) {
	play(t, func(w *world) {
		p := w.phone("ann", 10)
		c := p.Dial("100", []byte("offer"))
		a := w.incoming()
		a.Send(call.Answer{})
		c.Hears("200 INVITE")
		a.Send(call.Hangup{Reason: call.Finished})
		a.says(call.MediaReady{}, call.Resumed{}, call.Ended{Reason: call.Finished})
		p.Silent(300 * time.Millisecond) // RFC 3261 §15: no BYE before the ACK
		c.Ack(nil)
		c.Byed()
	})
}

func TestEarlyMediaForTheCaller(t *testing.T) {
	play(t, func(w *world) {
		c := w.phone("ann", 10).Dial("100", []byte("offer"))
		a := w.incoming()
		a.Send(call.Ring{Early: true})
		w.body(c.Hears("183 INVITE"), "answer to offer")
		a.says(call.MediaReady{}, call.Resumed{})
		a.Send(call.Answer{})
		w.body(c.Hears("200 INVITE"), "answer to offer") // the same again (RFC 3261 §13.2.1)
		c.Ack(nil)
		a.says(call.Answered{})
		c.Bye()
		a.says(call.Ended{Reason: call.Success})
	})
}

// what a phone that is busy says reaches the caller.
func TestPhoneIsCalled(t *testing.T) {
	play(t, func(w *world) {
		p := w.phone("ben", 20)
		l := w.dial("ben")
		c := p.Rung()
		w.body(c.Invite, "offer 1")
		w.has(c.Invite, "from", `"Ann \"A\" Other" <sip:+4930123@example.com>;tag=`+c.Remote)
		w.has(c.Invite, "p-asserted-identity", `"Ann \"A\" Other" <sip:+4930123@example.com>`)
		c.Say(100, nil)
		c.Say(180, nil)
		l.says(call.Ringing{})
		c.Say(200, []byte("answer of ben"))
		p.Request(sip.ACK)
		l.says(call.MediaReady{}, call.Resumed{}, call.Answered{})
		c.Say(200, []byte("answer of ben")) // the ACK was lost
		p.Request(sip.ACK)
		c.Bye()
		l.says(call.Ended{Reason: call.Success})
		l.quiet()
	})
}

func TestPhoneRefuses(t *testing.T) {
	for status, want := range map[int]call.Reason{
		486: call.Busy, 600: call.Busy, 603: call.Declined, 404: call.NotFound, 480: call.Unavailable, 488: call.Incompatible, 302: call.Unavailable,
		500: call.Failed, 503: call.Congestion, 499: call.Failed, 699: call.Declined,
	} {
		play(t, func(w *world) {
			p := w.phone("ben", 20)
			l := w.dial("ben")
			p.Rung().Say(status, nil)
			p.Request(sip.ACK)
			l.says(call.Ended{Reason: want})
		})
	}
}

func TestPhoneIsNotThere(t *testing.T) {
	play(t, func(w *world) {
		if _, err := w.service.DialDevice(w.Context(), "nobody", call.Offer{}, nil); fault.KindOf(err) != fault.Unavailable {
			t.Errorf("got %v", err)
		}
		p := w.phone("ben", 20)
		w.wire.Lose(func(_, to netip.AddrPort, _ []byte) bool { return to == p.Address() })
		l := w.dial("ben")
		time.Sleep(32 * time.Second)
		l.says(call.Ended{Reason: call.Unavailable})
	})
}

func TestPhoneRingsTooLong(t *testing.T) {
	playWith(t, sipbridge.Config{Ring: 20 * time.Second}, func(w *world) {
		p := w.phone("ben", 20)
		l := w.dial("ben")
		c := p.Rung()
		c.Say(180, nil)
		time.Sleep(21 * time.Second)
		c.Reply(p.Request(sip.CANCEL), 200, nil)
		c.Say(487, nil)
		p.Request(sip.ACK)
		l.says(call.Ringing{}, call.Ended{Reason: call.NoAnswer})
	})
}

// all places of a device ring; one answers, the others learn that the call was taken elsewhere.
func TestFirstPlaceThatAnswersHasTheCall(t *testing.T) {
	play(t, func(w *world) {
		desk, door, cellar := w.phone("ben", 20), w.phone("ben", 21), w.phone("ben", 22)
		l := w.dial("ben")
		a, b, c := desk.Rung(), door.Rung(), cellar.Rung()
		if a.ID != b.ID || a.Remote != c.Remote {
			t.Error("a phone with two places would ring twice")
		}
		for _, each := range []interface {
			Say(int, []byte, ...sip.Header) *sip.Response
		}{a, b, c} {
			each.Say(180, nil)
		}
		l.says(call.Ringing{}, call.Ringing{}, call.Ringing{})
		b.Say(200, []byte("answer of door"))
		door.Request(sip.ACK)
		l.says(call.MediaReady{}, call.Resumed{}, call.Answered{})
		cancel := desk.Request(sip.CANCEL)
		w.has(cancel, "reason", `SIP;cause=200;text="Call completed elsewhere"`)
		a.Reply(cancel, 200, nil)
		a.Say(487, nil)
		desk.Request(sip.ACK)
		cellar.Request(sip.CANCEL)
		c.Say(200, []byte("answer of cellar")) // has crossed the CANCEL
		cellar.Request(sip.ACK)
		c.Byed()
		b.Bye()
		l.says(call.Ended{Reason: call.Success})
	})
}

func TestAnswerCrossesOurCancel(t *testing.T) {
	play(t, func(w *world) {
		p := w.phone("ben", 20)
		l := w.dial("ben")
		c := p.Rung()
		c.Say(180, nil)
		l.says(call.Ringing{})
		l.Send(call.Hangup{Reason: call.Elsewhere})
		l.says(call.Ended{Reason: call.Elsewhere})
		w.has(p.Request(sip.CANCEL), "reason", `SIP;cause=200;text="Call completed elsewhere"`)
		c.Say(200, []byte("too late"))
		p.Request(sip.ACK)
		c.Byed()
		l.quiet()
	})
}

func TestOneDeclinesForAll(t *testing.T) {
	play(t, func(w *world) {
		desk, door := w.phone("ben", 20), w.phone("ben", 21)
		l := w.dial("ben")
		a, b := desk.Rung(), door.Rung()
		b.Say(180, nil)
		a.Say(603, nil)
		desk.Request(sip.ACK)
		l.says(call.Ringing{}, call.Ended{Reason: call.Declined})
		door.Request(sip.CANCEL)
		b.Say(487, nil)
		door.Request(sip.ACK)
	})
}

func TestBusyPlaceDoesNotEndTheOthers(t *testing.T) {
	play(t, func(w *world) {
		desk, door := w.phone("ben", 20), w.phone("ben", 21)
		l := w.dial("ben")
		a, b := desk.Rung(), door.Rung()
		a.Say(486, nil)
		desk.Request(sip.ACK)
		l.quiet()
		b.Say(480, nil)
		door.Request(sip.ACK)
		l.says(call.Ended{Reason: call.Busy})
	})
}

// Where a phone sends its caller nobody is called: its user's other place rings on, and what is told is as if the phone were not there. A-129
func TestARedirectIsNotFollowed(t *testing.T) {
	for _, code := range []int{300, 301, 302, 305, 380, 399} {
		play(t, func(w *world) {
			desk, door, elsewhere := w.phone("ben", 20), w.phone("ben", 21), w.phone("eve", 22)
			l := w.dial("ben")
			a, b := desk.Rung(), door.Rung()
			there := elsewhere.Contact()
			a.Say(code, nil, sip.NewHeader("Contact", "<"+there.String()+">"), sip.NewHeader("Contact", "<sip:+4990012345@example.com;user=phone>"), sip.NewHeader("Contact", "<tel:110>"))
			desk.Request(sip.ACK)
			l.quiet()
			elsewhere.Silent(5 * time.Second)
			b.Say(180, nil)
			l.says(call.Ringing{})
			b.Say(code, nil, sip.NewHeader("Contact", "<sip:ben@example.com>"))
			door.Request(sip.ACK)
			l.says(call.Ended{Reason: call.Unavailable})
			desk.Silent(time.Second)
		})
	}
}

func TestEarlyMediaOfThePhone(t *testing.T) {
	play(t, func(w *world) {
		p := w.phone("ben", 20)
		l := w.dial("ben")
		c := p.Rung()
		c.Say(183, []byte("early"))
		l.says(call.MediaReady{}, call.Resumed{}, call.Ringing{Early: true})
		l.Send(call.SendDTMF{Keys: "1"})
		c.Say(200, nil) // the answer was given already
		p.Request(sip.ACK)
		l.says(call.Answered{})
		if w.half().keys != "1" {
			t.Error("who is heard early takes keys")
		}
		c.Bye()
		l.says(call.Ended{Reason: call.Success})
	})
}

// A provider has several phones rung for us: one is heard early, another answers, a third too late.
func TestForksBehindTheProvider(t *testing.T) {
	play(t, func(w *world) {
		p := w.phone("ben", 20)
		l := w.dial("ben")
		c := p.Rung()
		for i := range 20 {
			p.Answer(c.Invite, 183, fmt.Sprint("fork", i), fmt.Append(nil, "early ", i))
		}
		l.says(call.MediaReady{}, call.Resumed{}, call.Ringing{Early: true})
		for range 7 {
			l.says(call.Resumed{}, call.Ringing{Early: true})
		}
		l.quiet() // of the others nothing is kept
		p.Answer(c.Invite, 200, "fork2", []byte("answer"))
		p.Request(sip.ACK)
		l.says(call.Resumed{}, call.Answered{})
		p.Answer(c.Invite, 200, "fork3", []byte("too late"))
		if to, _ := p.Request(sip.ACK).To().Params.Get("tag"); to != "fork3" {
			t.Errorf("acknowledged to %s", to)
		}
		bye := p.Request(sip.BYE)
		if to, _ := bye.To().Params.Get("tag"); to != "fork3" {
			t.Errorf("BYE to %s", to)
		}
		p.Answer(bye, 200, "", nil)
		c.Local = "fork2"
		c.Bye()
		l.says(call.Ended{Reason: call.Success})
	})
}

func TestPhoneVanishes(t *testing.T) {
	play(t, func(w *world) {
		c, l := w.reach(w.phone("ben", 20))
		w.half().Events.Lost()
		l.says(call.Ended{Reason: call.MediaLost})
		c.Byed()
	})
}

func TestServerEnds(t *testing.T) {
	play(t, func(w *world) {
		c, a := w.talk(w.phone("ann", 10), "100")
		ben := w.phone("ben", 20)
		l := w.dial("ben")
		b := ben.Rung()
		b.Say(180, nil)
		l.says(call.Ringing{})
		done := make(chan error, 1)
		go func() { done <- w.service.Close(w.Context()) }()
		c.Byed()
		b.Reply(ben.Request(sip.CANCEL), 200, nil)
		synctest.Wait()
		select {
		case <-done:
			t.Error("does not wait for the phones")
		default:
		}
		b.Say(487, nil)
		ben.Request(sip.ACK)
		if err := <-done; err != nil {
			t.Error(err)
		}
		a.says(call.Ended{Reason: call.Unavailable})
		l.says(call.Ended{Reason: call.Unavailable})
		c.Dial("100", []byte("offer")).Ends("480 INVITE")
	})
}

func TestTooManyCalls(t *testing.T) {
	playWith(t, sipbridge.Config{Calls: 1}, func(w *world) {
		c, a := w.talk(w.phone("ann", 10), "100")
		ben := w.phone("ben", 20)
		w.has(ben.Dial("100", []byte("offer")).Ends("503 INVITE"), "retry-after", "10")
		if _, err := w.service.DialDevice(w.Context(), "ben", call.Offer{}, nil); fault.KindOf(err) != fault.Limit {
			t.Errorf("got %v", err)
		}
		c.Bye()
		a.says(call.Ended{Reason: call.Success})
	})
}

func TestRequestsOfNoDialog(t *testing.T) {
	play(t, func(w *world) {
		p := w.phone("ann", 10)
		p.Send(p.Make(sip.REFER, "100", sip.NewHeader("Refer-To", "<sip:200@example.com>")))
		p.Response("403 REFER")
		p.Send(p.Make(sip.OPTIONS, "100"))
		w.has(p.Response("200 OPTIONS"), "allow", "INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE, PRACK, INFO, REFER")
		p.Send(p.Make(sip.MESSAGE, "100"))
		p.Response("405 MESSAGE")
		p.Send(p.Make(sip.BYE, "100"))
		p.Response("481 BYE")
		c, a := w.talk(p, "100")
		c.Do(sip.OPTIONS, nil)
		c.Response("200 OPTIONS")
		old := c.In(sip.INFO, nil)
		old.CSeq().SeqNo = 1
		c.Send(old)
		c.Response("500 INFO")
		c.Remote = "somebody else"
		c.Do(sip.OPTIONS, nil)
		c.Response("481 OPTIONS")
		a.Send(call.Hangup{Reason: call.Success})
		a.says(call.Ended{Reason: call.Success})
		c.Byed()
	})
}

//
func TestTrunkCallsAndIsCalled(t *testing.T) {
	play(t, func(w *world) {
		p := w.phone("provider", 30)
		w.trunks[p.Address()] = "uplink"
		c := p.Dial("+493012345", []byte("offer"), sip.NewHeader("P-Asserted-Identity", `"Max" <sip:+491701@provider.example>`),
			sip.NewHeader("Diversion", "<sip:+4940@provider.example>;reason=unconditional"))
		a := w.incoming()
		if a.Trunk != "uplink" || a.Device != "" || a.From.Number != "+491701" || a.From.Name != "Max" || a.Forwards != 1 || strings.Join(a.Diverted, " ") != "+4940" {
			t.Errorf("%+v %+v", a.Incoming, a.Offer)
		}
		a.Send(call.Answer{})
		c.Hears("200 INVITE")
		c.Ack(nil)
		a.says(call.MediaReady{}, call.Resumed{}, call.Answered{})
		c.Do(sip.REFER, nil, sip.NewHeader("Refer-To", "<sip:+1900@example.com>"))
		c.Response("403 REFER")
		a.Send(call.Identify{Party: call.Party{Number: "100"}}) // it does not want to know
		c.Bye()
		a.says(call.Ended{Reason: call.Success})

		c = p.Dial("+493012345", []byte("offer"), sip.NewHeader("Privacy", "id"), sip.NewHeader("P-Asserted-Identity", "<sip:+491701@provider.example>"))
		a = w.incoming()
		if !a.Anonymous || a.From.Number != "" {
			t.Errorf("%+v %+v", a.Incoming, a.From)
		}
		a.Send(call.Hangup{Reason: call.NotFound})
		c.Ends("404 INVITE")
		a.says(call.Ended{Reason: call.NotFound})
	})
}

func (w *world) dialTrunk() *leg {
	w.Helper()
	l := &leg{t: w.T, events: make(chan call.Event, 100)}
	var err error
	l.Leg, err = w.service.DialTrunk(w.Context(), sipbridge.TrunkTarget{Trunk: "uplink", Account: "main", Number: "+4989"}, call.Offer{ID: "out", Forwards: 2}, l)
	if err != nil {
		w.Fatal(err)
	}
	return l
}

func TestTrunkAsksForThePassword(t *testing.T) {
	play(t, func(w *world) {
		p := w.phone("provider", 30)
		w.line = sipbridge.Line{
			Flows: []stack.Flow{{Transport: stack.UDP, Remote: netip.MustParseAddrPort("192.0.2.99:5060")}, w.bindings["provider"][0].Flow},
			URI:   sip.Uri{Scheme: "sip", User: "+4989", Host: "provider.example"}, From: sip.Uri{Scheme: "sip", User: "us", Host: "provider.example"},
			To: sip.Uri{Scheme: "sip", User: "+4989", Host: "provider.example"}, User: "us", Password: "secret",
			Headers: []sip.Header{sip.NewHeader("P-Preferred-Identity", "<sip:+4930@provider.example>")},
		}
		l := w.dialTrunk()
		time.Sleep(5 * time.Second) // the first address does not answer
		c := p.Rung()
		w.has(c.Invite, "p-preferred-identity", "<sip:+4930@provider.example>")
		w.has(c.Invite, "diversion", "<sip:us@provider.example>;counter=2")
		challenge := sip.NewHeader("WWW-Authenticate", `Digest realm="provider.example", nonce="n", algorithm=MD5, qop="auth"`)
		c.Say(401, nil, challenge)
		p.Request(sip.ACK)
		again := p.Rung()
		if again.Invite.CSeq().SeqNo <= c.Invite.CSeq().SeqNo || again.Invite.GetHeader("Authorization") == nil {
			t.Errorf("not a proper second try:\n%s", again.Invite)
		}
		again.Say(200, []byte("answer"))
		if p.Request(sip.ACK).GetHeader("Authorization") == nil {
			t.Error("the ACK has not the credentials of its INVITE")
		}
		l.says(call.MediaReady{}, call.Resumed{}, call.Answered{})
		l.Send(call.Hangup{Reason: call.Success})
		bye := p.Request(sip.BYE)
		again.Reply(bye, 407, nil, sip.NewHeader("Proxy-Authenticate", `Digest realm="proxy.example", nonce="m", algorithm=MD5, qop="auth"`))
		bye = p.Request(sip.BYE)
		if bye.GetHeader("Proxy-Authorization") == nil {
			t.Errorf("BYE without credentials:\n%s", bye)
		}
		again.Reply(bye, 200, nil)
		l.says(call.Ended{Reason: call.Success})
	})
}

func TestTrunkRefusesThePassword(t *testing.T) {
	play(t, func(w *world) {
		p := w.phone("provider", 30)
		w.line = sipbridge.Line{Flows: []stack.Flow{w.bindings["provider"][0].Flow}, User: "us", Password: "wrong",
			URI: sip.Uri{Scheme: "sip", User: "1", Host: "provider.example"}, From: sip.Uri{Scheme: "sip", User: "us", Host: "provider.example"},
			To: sip.Uri{Scheme: "sip", User: "1", Host: "provider.example"}}
		l := w.dialTrunk()
		challenge := sip.NewHeader("WWW-Authenticate", `Digest realm="provider.example", nonce="n"`)
		for range 2 {
			p.Rung().Say(401, nil, challenge)
			p.Request(sip.ACK)
		}
		l.says(call.Ended{Reason: call.Forbidden})

		w.line.Flows = nil
		w.dialTrunk().says(call.Ended{Reason: call.Unavailable})
	})
}

// TestTrunkThatAnswersTooLate: who was given up for his silence and takes the call nevertheless is told that it is over; who says that he tries is
// given his time.
func TestTrunkThatAnswersTooLate(t *testing.T) {
	play(t, func(w *world) {
		first, second := w.phone("first", 30), w.phone("second", 31)
		uri := sip.Uri{Scheme: "sip", User: "+4989", Host: "provider.example"}
		w.line = sipbridge.Line{Flows: []stack.Flow{w.bindings["first"][0].Flow, w.bindings["second"][0].Flow}, URI: uri, From: uri, To: uri}
		l := w.dialTrunk()
		late := first.Rung()
		time.Sleep(5 * time.Second)
		c := second.Rung()
		if c.Invite.CSeq().SeqNo <= late.Invite.CSeq().SeqNo || c.Invite.Via().String() == late.Invite.Via().String() {
			t.Errorf("not a proper second try:\n%s", c.Invite)
		}
		c.Say(100, nil)
		time.Sleep(20 * time.Second)
		late.Say(200, []byte("answer"))
		first.Request(sip.ACK)
		late.Byed()
		l.quiet()
		c.Say(200, []byte("answer"))
		second.Request(sip.ACK)
		l.says(call.MediaReady{}, call.Resumed{}, call.Answered{})
		l.Send(call.Hangup{Reason: call.Success})
		c.Byed()
		l.says(call.Ended{Reason: call.Success})
	})
}
