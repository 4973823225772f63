package sipbridge_test

import (
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"plenum/components/call"
	"plenum/components/media"
	"plenum/sipbridge"
	"plenum/xmppd/fault"
)

func TestPhoneHolds(t *testing.T) {
	play(t, func(w *world) {
		c, a := w.talk(w.phone("ann", 10), "100")
		c.Do(sip.INVITE, []byte("again a=sendonly"))
		w.body(c.Response("200 INVITE"), "answer to again")
		c.Ack(nil)
		a.says(call.Held{})
		c.Do(sip.INVITE, []byte("again"))
		c.Response("200 INVITE")
		c.Ack(nil)
		a.says(call.Resumed{})
		c.Do(sip.UPDATE, []byte("by update a=sendonly"))
		w.body(c.Response("200 UPDATE"), "answer to by update")
		a.says(call.Held{})
		c.Do(sip.INVITE, []byte("nothing in common"))
		res := c.Response("488 INVITE") // and the call goes on as it was
		c.Send(c.In(sip.ACK, nil))
		if res.CSeq().MethodName != sip.INVITE {
			t.Error("answered something else")
		}
		c.Bye()
		a.says(call.Ended{Reason: call.Success})
	})
}

func TestWeHold(t *testing.T) {
	play(t, func(w *world) {
		c, a := w.talk(w.phone("ann", 10), "100")
		a.Send(call.Hold{})
		again := c.Request(sip.INVITE)
		w.body(again, "offer 1 a=sendonly")
		c.Reply(again, 200, []byte("answer a=recvonly"))
		c.Request(sip.ACK)
		c.Reply(again, 200, []byte("answer a=recvonly")) // the ACK was lost
		c.Request(sip.ACK)
		a.Send(call.Hold{}) // is known
		c.Silent(time.Second)
		a.Send(call.Resume{})
		again = c.Request(sip.INVITE)
		w.body(again, "offer 2")
		c.Reply(again, 488, nil) // the call goes on
		c.Request(sip.ACK)
		c.Silent(time.Second)
		c.Bye()
		a.says(call.Resumed{}, call.Ended{Reason: call.Success})
	})
}

func TestHoldAndResumeBeforeThePhoneAnswers(t *testing.T) {
	play(t, func(w *world) {
		c, a := w.talk(w.phone("ann", 10), "100")
		a.Send(call.Hold{})
		again := c.Request(sip.INVITE)
		a.Send(call.Resume{})
		c.Reply(again, 200, []byte("answer"))
		c.Request(sip.ACK)
		again = c.Request(sip.INVITE)
		w.body(again, "offer 2")
		c.Reply(again, 200, []byte("answer"))
		c.Request(sip.ACK)
		a.says(call.Resumed{}, call.Resumed{})
		c.Bye()
		a.says(call.Ended{Reason: call.Success})
	})
}

func TestOfferAskedForWithinTheCall(t *testing.T) {
	play(t, func(w *world) {
		c, a := w.talk(w.phone("ann", 10), "100")
		c.Do(sip.INVITE, nil)
		w.body(c.Response("200 INVITE"), "offer 1")
		c.Do(sip.UPDATE, []byte("in between"))
		w.has(c.Response("500 UPDATE"), "retry-after", "5")
		c.Seq--
		c.Ack([]byte("answer"))
		a.says(call.Resumed{})
		if got := w.half().accepted; len(got) != 1 || got[0] != "answer" {
			t.Errorf("accepted %q", got)
		}
		c.Seq++
		c.Bye()
		a.says(call.Ended{Reason: call.Success})
	})
}

// Both change the call at the same time (RFC 3261 §14.1).
func TestGlare(t *testing.T) {
	play(t, func(w *world) {
		c, a := w.talk(w.phone("ann", 10), "100")
		begun := time.Now()
		a.Send(call.Hold{})
		ours := c.Request(sip.INVITE)
		c.Do(sip.INVITE, []byte("mine"))
		theirs := c.Response("491 INVITE")
		_ = theirs
		c.Send(c.In(sip.ACK, nil))
		c.Do(sip.UPDATE, []byte("mine"))
		c.Response("491 UPDATE")
		c.Reply(ours, 491, nil)
		c.Request(sip.ACK)
		again := c.Request(sip.INVITE)
		if waited := time.Since(begun); waited > 2*time.Second {
			t.Errorf("who has not made the Call-ID waits two seconds at most, not %s", waited)
		}
		c.Reply(again, 200, []byte("answer"))
		c.Request(sip.ACK)
		c.Bye()
		a.says(call.Resumed{}, call.Ended{Reason: call.Success})

		c, l := w.reach(w.phone("ben", 20))
		l.Send(call.Hold{})
		ours = c.Request(sip.INVITE)
		begun = time.Now()
		c.Reply(ours, 491, nil)
		c.Request(sip.ACK)
		again = c.Request(sip.INVITE)
		if waited := time.Since(begun); waited < 2100*time.Millisecond || waited > 4*time.Second {
			t.Errorf("who has made the Call-ID waits between 2.1 and 4 seconds, not %s", waited)
		}
		c.Reply(again, 481, nil) // the phone knows nothing of the call
		c.Request(sip.ACK)
		l.says(call.Ended{Reason: call.MediaLost})
		c.Byed()
	})
}

func TestReliableResponsesToTheCaller(t *testing.T) {
	play(t, func(w *world) {
		p := w.phone("ann", 10)
		c := p.Dial("100", []byte("offer"), sip.NewHeader("Require", "100rel"))
		a := w.incoming()
		a.Send(call.Ring{})
		ringing := c.Hears("180 INVITE")
		w.has(ringing, "require", "100rel")
		a.Send(call.Ring{Early: true}) // waits
		time.Sleep(1700 * time.Millisecond)
		if n := p.Repeats("180 INVITE"); n != 2 { // 0.5, 1.5 s
			t.Errorf("repeated %d times", n)
		}
		c.Do(sip.PRACK, nil, sip.NewHeader("RAck", "77 1 INVITE"))
		c.Response("481 PRACK")
		c.Do(sip.PRACK, nil, sip.NewHeader("RAck", ringing.GetHeader("RSeq").Value()+" 1 INVITE"))
		c.Response("200 PRACK")
		early := c.Response("183 INVITE")
		w.body(early, "answer to offer")
		a.Send(call.Answer{})
		p.Silent(400 * time.Millisecond) // RFC 3262 §3: the answer is in what was not confirmed
		c.Do(sip.PRACK, []byte("new offer"), sip.NewHeader("RAck", early.GetHeader("RSeq").Value()+" 1 INVITE"))
		w.body(c.Response("200 PRACK"), "answer to new offer")
		c.Hears("200 INVITE")
		ack := c.In(sip.ACK, nil)
		ack.CSeq().SeqNo = 1
		c.Send(ack)
		a.says(call.MediaReady{}, call.Resumed{}, call.Resumed{}, call.Answered{})
		c.Bye()
		a.says(call.Ended{Reason: call.Success})
	})
}

func TestReliableResponseIsNeverConfirmed(t *testing.T) {
	play(t, func(w *world) {
		c := w.phone("ann", 10).Dial("100", []byte("offer"), sip.NewHeader("Require", "100rel"))
		a := w.incoming()
		a.Send(call.Ring{})
		c.Hears("180 INVITE")
		time.Sleep(32 * time.Second)
		c.Ends("504 INVITE")
		a.says(call.Ended{Reason: call.Unavailable})
	})
}

func TestReliableResponsesOfThePhone(t *testing.T) {
	play(t, func(w *world) {
		p := w.phone("ben", 20)
		l := w.dial("ben")
		c := p.Rung()
		if !strings.Contains(c.Invite.GetHeader("Supported").Value(), "100rel") {
			t.Error("we do not say that we can")
		}
		reliable := func(rseq string) []sip.Header {
			return []sip.Header{sip.NewHeader("Require", "100rel"), sip.NewHeader("RSeq", rseq)}
		}
		c.Say(180, nil, reliable("9")...)
		prack := p.Request(sip.PRACK)
		w.has(prack, "rack", "9 1 INVITE")
		c.Reply(prack, 200, nil)
		l.says(call.Ringing{})
		c.Say(180, nil, reliable("9")...) // repeated
		c.Say(183, []byte("too soon"), reliable("11")...)
		p.Silent(time.Second)
		l.quiet()
		c.Say(183, []byte("early"), reliable("10")...)
		prack = p.Request(sip.PRACK)
		w.has(prack, "rack", "10 1 INVITE")
		c.Reply(prack, 200, nil)
		l.says(call.MediaReady{}, call.Resumed{}, call.Ringing{Early: true})
		c.Say(200, nil)
		p.Request(sip.ACK)
		l.says(call.Answered{})
		l.Send(call.Hangup{Reason: call.Success})
		if bye := c.Byed(); bye.CSeq().SeqNo <= prack.CSeq().SeqNo {
			t.Errorf("BYE has number %d after %d", bye.CSeq().SeqNo, prack.CSeq().SeqNo)
		}
		l.says(call.Ended{Reason: call.Success})
	})
}

func TestWeRefreshTheSession(t *testing.T) {
	play(t, func(w *world) {
		c, a := w.talk(w.phone("ann", 10), "100")
		time.Sleep(15 * time.Minute)
		update := c.Request(sip.UPDATE)
		w.has(update, "session-expires", "1800;refresher=uac")
		c.Reply(update, 200, nil, sip.NewHeader("Session-Expires", "600;refresher=uac"))
		time.Sleep(5 * time.Minute)
		c.Reply(c.Request(sip.UPDATE), 200, nil, sip.NewHeader("Session-Expires", "600;refresher=uac"))
		time.Sleep(5 * time.Minute)
		c.Request(sip.UPDATE) // the phone has no current any more
		time.Sleep(32 * time.Second)
		a.says(call.Ended{Reason: call.MediaLost})
	})
}

func TestPhoneRefreshesTheSession(t *testing.T) {
	play(t, func(w *world) {
		p := w.phone("ann", 10)
		c := p.Dial("100", []byte("offer"), sip.NewHeader("Supported", "timer"), sip.NewHeader("Session-Expires", "90;refresher=uac"))
		a := w.incoming()
		a.Send(call.Answer{})
		res := c.Hears("200 INVITE")
		w.has(res, "session-expires", "90;refresher=uac")
		w.has(res, "require", "timer")
		c.Ack(nil)
		a.says(call.MediaReady{}, call.Resumed{}, call.Answered{})
		time.Sleep(50 * time.Second)
		c.Do(sip.UPDATE, nil, sip.NewHeader("Session-Expires", "90;refresher=uac"), sip.NewHeader("Supported", "timer"))
		w.has(c.Response("200 UPDATE"), "session-expires", "90;refresher=uac")
		time.Sleep(59 * time.Second) // 90 s less a third
		a.quiet()
		time.Sleep(2 * time.Second)
		a.says(call.Ended{Reason: call.MediaLost})
		c.Byed()
	})
}

func TestPhoneWantsALongerSession(t *testing.T) {
	playWith(t, sipbridge.Config{Session: 2 * time.Minute}, func(w *world) {
		p := w.phone("ben", 20)
		l := w.dial("ben")
		c := p.Rung()
		w.has(c.Invite, "session-expires", "120")
		c.Say(422, nil, sip.NewHeader("Min-SE", "600"))
		p.Request(sip.ACK)
		c = p.Rung()
		w.has(c.Invite, "session-expires", "600")
		w.has(c.Invite, "min-se", "600")
		c.Say(200, []byte("answer"))
		p.Request(sip.ACK)
		l.says(call.MediaReady{}, call.Resumed{}, call.Answered{})
		time.Sleep(5 * time.Minute)
		again := p.Request(sip.INVITE) // it has not said that it takes UPDATE
		c.Reply(again, 200, []byte("answer"))
		p.Request(sip.ACK)
		l.says(call.Resumed{})
		c.Bye()
		l.says(call.Ended{Reason: call.Success})
	})
}

func TestBlindTransfer(t *testing.T) {
	play(t, func(w *world) {
		c, a := w.talk(w.phone("ann", 10), "100")
		refer := c.Do(sip.REFER, nil, sip.NewHeader("Refer-To", "<sip:*42%231@example.com>"))
		c.Response("202 REFER")
		notify := c.Request(sip.NOTIFY)
		w.body(notify, "SIP/2.0 100 Trying\r\n")
		w.has(notify, "subscription-state", "active;expires=60")
		w.has(notify, "event", "refer;id="+strings.Fields(refer.CSeq().Value())[0])
		c.Reply(notify, 200, nil)
		a.says(call.TransferAsked{To: call.Party{Number: "*42#1"}})
		c.Do(sip.REFER, nil, sip.NewHeader("Refer-To", "<sip:200@example.com>"))
		c.Response("491 REFER")
		a.Send(call.TransferResult{Reason: call.NotFound})
		notify = c.Request(sip.NOTIFY)
		w.body(notify, "SIP/2.0 404 Not Found\r\n")
		w.has(notify, "subscription-state", "terminated;reason=noresource")
		c.Reply(notify, 200, nil)

		c.Do(sip.REFER, nil, sip.NewHeader("Refer-To", "<tel:+4930;phone-context=x>"), sip.NewHeader("Refer-Sub", "false"))
		w.has(c.Response("202 REFER"), "refer-sub", "false")
		a.says(call.TransferAsked{To: call.Party{Number: "+4930"}})
		a.Send(call.TransferResult{Done: true})
		a.Send(call.Hangup{Reason: call.Transferred})
		c.Byed()
		a.says(call.Ended{Reason: call.Transferred})
	})
}

func TestReferThatCannotBe(t *testing.T) {
	play(t, func(w *world) {
		c, a := w.talk(w.phone("ann", 10), "100")
		for _, to := range []string{"", "<sip:example.com>", "<sip:200@example.com;method=BYE>", "<<<", "<sip:1@x>, <sip:2@x>"} {
			var headers []sip.Header
			if to != "" {
				headers = append(headers, sip.NewHeader("Refer-To", to))
			}
			c.Do(sip.REFER, nil, headers...)
			c.Response("400 REFER")
		}
		c.Do(sip.REFER, nil, sip.NewHeader("Refer-To", "<sip:200@example.com?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc>"))
		c.Response("202 REFER")
		c.Reply(c.Request(sip.NOTIFY), 200, nil)
		notify := c.Request(sip.NOTIFY)
		w.body(notify, "SIP/2.0 481 Call/Transaction Does Not Exist\r\n")
		c.Reply(notify, 200, nil)
		a.quiet()
		c.Bye()
		a.says(call.Ended{Reason: call.Success})
	})
}

func TestAttendedTransfer(t *testing.T) {
	play(t, func(w *world) {
		p := w.phone("ann", 10)
		first, a := w.talk(p, "100")
		second, b := w.talk(p, "200")
		replaces := strings.NewReplacer(";", "%3B", "=", "%3D", "@", "%40").Replace(second.Replaces())
		first.Do(sip.REFER, nil, sip.NewHeader("Refer-To", "<sip:200@example.com?Replaces="+replaces+">"))
		first.Response("202 REFER")
		first.Reply(first.Request(sip.NOTIFY), 200, nil)
		a.says(call.TransferAsked{To: call.Party{Number: "200"}, Replaces: b.leg.ID()})
		a.Send(call.TransferResult{Done: true})
		a.Send(call.Hangup{Reason: call.Transferred})
		notify := first.Request(sip.NOTIFY)
		w.body(notify, "SIP/2.0 200 OK\r\n")
		first.Reply(notify, 200, nil)
		first.Byed()
		b.Send(call.Hangup{Reason: call.Transferred})
		second.Byed()
		a.says(call.Ended{Reason: call.Transferred})
		b.says(call.Ended{Reason: call.Transferred})
	})
}

func TestInviteWithReplaces(t *testing.T) {
	play(t, func(w *world) {
		ann, ben, eve := w.phone("ann", 10), w.phone("ben", 20), w.phone("eve", 30)
		c, a := w.talk(ann, "100")
		// Eve picks up what rings at Ben's: the dialog is early, and we have begun it.
		l := w.dial("ben")
		ringing := ben.Rung()
		ringing.Say(180, nil)
		l.says(call.Ringing{})
		taken := eve.Dial("100", []byte("offer"), sip.NewHeader("Replaces", ringing.Replaces()+";early-only"))
		pickup := w.incoming()
		if pickup.Replaces != l.ID() {
			t.Errorf("replaces %q", pickup.Replaces)
		}
		pickup.Send(call.Hangup{Reason: call.Forbidden})
		taken.Ends("403 INVITE")
		pickup.says(call.Ended{Reason: call.Forbidden})
		l.Send(call.Hangup{Reason: call.Cancelled})
		l.says(call.Ended{Reason: call.Cancelled})
		ringing.Reply(ben.Request(sip.CANCEL), 200, nil)
		ringing.Say(487, nil)
		ben.Request(sip.ACK)
		eve.Dial("100", []byte("offer"), sip.NewHeader("Replaces", ringing.Replaces())).Ends("481 INVITE")

		// A leg may be named by what its owner has told of it.
		id, tag := sipbridge.NameOf("x")
		named := eve.Dial("100", []byte("offer"), sip.NewHeader("Replaces", id+";to-tag="+tag+";from-tag="+tag+";early-only"))
		if pickup = w.incoming(); pickup.Replaces != "x" {
			t.Errorf("replaces %q", pickup.Replaces)
		}
		pickup.Send(call.Hangup{Reason: call.Cancelled})
		named.Ends("487 INVITE")
		pickup.says(call.Ended{Reason: call.Cancelled})
		w.refuse = fault.New(fault.NotFound, "it is over")
		eve.Dial("100", []byte("offer"), sip.NewHeader("Replaces", id+";to-tag="+tag+";from-tag="+tag)).Ends("481 INVITE")
		w.refuse = nil

		eve.Dial("100", []byte("offer"), sip.NewHeader("Replaces", c.Replaces()+";early-only")).Ends("486 INVITE")
		other := eve.Dial("100", []byte("offer"), sip.NewHeader("Replaces", c.Replaces()))
		adopted := w.incoming()
		if adopted.Replaces != a.leg.ID() {
			t.Errorf("replaces %q, want %q", adopted.Replaces, a.leg.ID())
		}
		adopted.Send(call.Answer{})
		other.Hears("200 INVITE")
		other.Ack(nil)
		a.Send(call.Hangup{Reason: call.Transferred})
		c.Byed()
		adopted.says(call.MediaReady{}, call.Resumed{}, call.Answered{})
		a.says(call.Ended{Reason: call.Transferred})
		other.Bye()
		adopted.says(call.Ended{Reason: call.Success})
	})
}

func TestKeysByInfo(t *testing.T) {
	play(t, func(w *world) {
		c, a := w.talk(w.phone("ann", 10), "100")
		for _, info := range []struct {
			kind, body, status string
			key                byte
			d                  time.Duration
		}{
			{"application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", "200 INFO", '5', 160 * time.Millisecond},
			{"application/dtmf-relay", "Signal= #\nDuration= 99999", "200 INFO", '#', 10 * time.Second},
			{"application/dtmf-relay", "signal=10", "200 INFO", '*', 100 * time.Millisecond},
			{"application/dtmf", "d", "200 INFO", 'D', 100 * time.Millisecond},
			{"application/dtmf", "hello", "400 INFO", 0, 0},
			{"application/dtmf-relay", "Duration=100", "400 INFO", 0, 0},
			{"application/media_control+xml", "<x/>", "415 INFO", 0, 0},
			{"", "", "200 INFO", 0, 0},
		} {
			var body []byte
			var headers []sip.Header
			if info.kind != "" {
				body, headers = []byte(info.body), []sip.Header{sip.NewHeader("Content-Type", info.kind)}
			}
			c.Do(sip.INFO, body, headers...)
			c.Response(info.status)
			if info.key != 0 {
				a.says(call.DTMF{Key: info.key, Duration: info.d})
			}
			a.quiet()
		}
		c.Do(sip.INFO, nil, sip.NewHeader("Info-Package", "x"))
		c.Response("469 INFO")
		c.Bye()
		a.says(call.Ended{Reason: call.Success})
	})
}

func TestKeysToThePhone(t *testing.T) {
	play(t, func(w *world) {
		c, a := w.talk(w.phone("ann", 10), "100")
		a.Send(call.SendDTMF{Keys: "12"})
		a.Send(call.Hold{})
		c.Reply(c.Request(sip.INVITE), 200, []byte("answer"))
		c.Request(sip.ACK)
		if w.half().keys != "12" {
			t.Errorf("pressed %q", w.half().keys)
		}
		w.half().noKeys = true
		a.Send(call.SendDTMF{Keys: "3#", Duration: 200 * time.Millisecond})
		for _, want := range []string{"Signal=3\r\nDuration=200\r\n", "Signal=#\r\nDuration=200\r\n"} {
			info := c.Request(sip.INFO)
			w.body(info, want)
			c.Reply(info, 200, nil)
		}
		c.Bye()
		a.says(call.Resumed{}, call.Ended{Reason: call.Success})
	})
}

// the phone shows whom it talks to.
func TestPhoneLearnsWhomItTalksTo(t *testing.T) {
	play(t, func(w *world) {
		p := w.phone("ann", 10)
		c := p.Dial("100", []byte("offer"), sip.NewHeader("Allow", "INVITE, UPDATE"))
		a := w.incoming()
		a.Send(call.Identify{Party: call.Party{Number: "100", Name: "Ben"}})
		a.Send(call.Prefer{Codecs: []media.Codec{media.G722}})
		a.Send(call.Answer{})
		w.has(c.Hears("200 INVITE"), "p-asserted-identity", `"Ben" <sip:100@example.com>`)
		if got := w.half().prefer; len(got) != 1 || got[0] != media.G722 {
			t.Errorf("prefers %v", got)
		}
		c.Ack(nil)
		a.says(call.MediaReady{}, call.Resumed{}, call.Answered{})
		a.Send(call.Identify{Party: call.Party{Number: "200", Name: "Zoë\r\nVia: x"}})
		update := c.Request(sip.UPDATE)
		w.has(update, "p-asserted-identity", `"ZoëVia: x" <sip:200@example.com>`)
		c.Reply(update, 200, nil)
		c.Silent(time.Second)
		c.Bye()
		a.says(call.Ended{Reason: call.Success})
	})
}
