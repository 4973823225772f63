package sipbridge_test

import (
	"testing"

	"github.com/emiago/sipgo/sip"

	"plenum/components/call"
)

// a phone that is set to encrypt refuses an offer that leaves it the choice, and gets another.
func TestAPhoneThatRefusesTheOfferIsOfferedEncryptionAlone(t *testing.T) {
	play(t, func(w *world) {
		p := w.phone("ben", 11)
		l := w.dial("ben")
		first := p.Rung()
		w.halves[0].insists = 1
		first.Say(488, nil)
		p.Request(sip.ACK)
		again := p.Rung()
		w.body(again.Invite, "offer 2")
		again.Say(488, nil)
		p.Request(sip.ACK)
		l.says(call.Ended{Reason: call.Incompatible})
	})
}
