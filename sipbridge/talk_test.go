package sipbridge_test

import (
	"testing"

	"github.com/emiago/sipgo/sip"

	"plenum/components/call"
)

func TestPhoneIsToldToAnswer(t *testing.T) {
	play(t, func(w *world) {
		p := w.phone("ben", 20)
		l := w.dial("ben")
		c := p.Rung()
		l.Send(call.Answer{}) // it has not said that it rings: there is no dialog
		c.Say(180, nil)
		l.says(call.Ringing{})
		l.Send(call.Answer{})
		talk := p.Request(sip.NOTIFY)
		w.has(talk, "event", "talk")
		if tag, _ := talk.To().Params.Get("tag"); tag == "" {
			t.Error("the NOTIFY is in no dialog")
		}
		c.Reply(talk, 200, nil)
		c.Say(200, []byte("answer of ben"))
		p.Request(sip.ACK)
		l.says(call.MediaReady{}, call.Resumed{}, call.Answered{})
		l.Send(call.Answer{}) // is known
		c.Bye()
		l.says(call.Ended{Reason: call.Success})
	})
}

// A telephone that does not know the event rings on.
func TestPhoneDoesNotKnowHowToAnswer(t *testing.T) {
	play(t, func(w *world) {
		p := w.phone("ben", 20)
		l := w.dial("ben")
		c := p.Rung()
		c.Say(180, nil)
		l.says(call.Ringing{})
		l.Send(call.Answer{})
		c.Reply(p.Request(sip.NOTIFY), 489, nil)
		l.quiet()
		c.Say(486, nil)
		p.Request(sip.ACK)
		l.says(call.Ended{Reason: call.Busy})
	})
}

func TestPhoneIsAskedToAnswerByItself(t *testing.T) {
	play(t, func(w *world) {
		p := w.phone("ben", 20)
		if _, err := w.service.DialDevice(w.Context(), "ben", call.Offer{ID: "out", Wanted: true, To: call.Party{Number: "10"}}, &leg{t: t, events: make(chan call.Event, 10)}); err != nil {
			t.Fatal(err)
		}
		c := p.Rung()
		w.has(c.Invite, "answer-mode", "Auto")
		w.has(c.Invite, "call-info", "<sip:example.com>;answer-after=0")
		w.has(c.Invite, "alert-info", "<http://example.com>;info=alert-autoanswer")
		c.Say(486, nil)
		p.Request(sip.ACK)
	})
}
