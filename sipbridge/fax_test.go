package sipbridge_test

import (
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"plenum/components/call"
	"plenum/sipbridge/siptest"
)

const t38 = "v=0\r\nm=image 4000 udptl t38\r\n"

// partners are two calls whose ends talk to each other.
func (w *world) partners() (ann, bob *siptest.Call, end func()) {
	a, in := w.talk(w.phone("ann", 10), "100")
	b, out := w.reach(w.phone("bob", 11))
	w.halves[0].partner, w.halves[1].partner = w.halves[1], w.halves[0]
	return a, b, func() {
		a.Bye()
		b.Bye()
		for _, l := range []*leg{in.leg, out} {
			for ended := false; !ended; {
				_, ended = (<-l.events).(call.Ended)
			}
		}
	}
}

func TestAFaxIsOfferedToTheOtherEndBeforeItIsAnswered(t *testing.T) {
	play(t, func(w *world) {
		ann, bob, end := w.partners()
		ann.Do(sip.INVITE, []byte(t38))
		ask := bob.Request(sip.INVITE)
		w.body(ask, "as "+t38)
		ann.Silent(5 * time.Second) // as long as the other phone thinks about it
		bob.Reply(ask, 200, []byte("fax, yes"))
		bob.Request(sip.ACK)
		w.body(ann.Response("200 INVITE"), "fax answer")
		ann.Ack(nil)
		ann.Do(sip.INVITE, []byte("sound"))
		back := bob.Request(sip.INVITE)
		w.body(back, "offer 2")
		w.body(ann.Response("200 INVITE"), "answer to sound")
		ann.Ack(nil)
		bob.Reply(back, 200, []byte("answer"))
		bob.Request(sip.ACK)
		end()
	})
}

func TestAFaxThatTheOtherEndRefusesIsRefused(t *testing.T) {
	play(t, func(w *world) {
		ann, bob, end := w.partners()
		for _, code := range []int{488, 491} {
			ann.Do(sip.INVITE, []byte(t38))
			ask := bob.Request(sip.INVITE)
			bob.Reply(ask, code, nil)
			bob.Request(sip.ACK)
			res := ann.Response("488 INVITE")
			ann.Send(ann.In(sip.ACK, nil))
			if res.CSeq().MethodName != sip.INVITE {
				t.Error("answered something else")
			}
			time.Sleep(10 * time.Second)
		}
		w.halves[0].partner = nil // talks to a conference
		ann.Do(sip.INVITE, []byte(t38))
		ann.Response("488 INVITE")
		ann.Send(ann.In(sip.ACK, nil))
		bob.Silent(time.Second)
		end()
	})
}
