package sipbridge

import (
	"github.com/emiago/sipgo/sip"

	"plenum/sipbridge/rtp"
	"plenum/sipbridge/stack"
)

// A faxer is a media half through which a fax can pass to that of another leg by T.38, as [rtp.Session] has it.
type faxer interface {
	Partner() rtp.Events
	OfferFax(offer []byte) ([]byte, error)
	Faxing() bool
}

// faxed takes an INVITE that wants T.38 in place of sound, or sound again: the peer of the leg at the other end is asked first. It returns false for
// other changes, and where there is nobody to ask.
func (l *Leg) faxed(d *dialog, in *stack.In, offer []byte) bool {
	h := l.media.Load()
	f, ok := h.Media.(faxer)
	if !ok || offer == nil {
		return false
	}
	wants := rtp.OffersFax(offer)
	if !wants && !f.Faxing() {
		return false
	}
	partner, ok := f.Partner().(*half)
	if !ok || partner.leg == l {
		return false
	}
	if !wants { // the other end goes back by itself
		partner.leg.post(partner.leg.soundAgain)
		return false
	}
	waiting := &exchange{} // nothing else is changed meanwhile
	l.exchange = waiting
	answer := func() {
		if l.exchange == waiting {
			l.exchange = nil
		}
		if l.state != active {
			l.service.answer(in, sip.StatusCallTransactionDoesNotExists)
			return
		}
		l.changeBy(d, in, offer)
		l.next()
	}
	if !partner.leg.post(func() { partner.leg.askFax(offer, func() { l.post(answer) }) }) {
		l.exchange = nil
		return false
	}
	return true
}

// askFax offers the peer what the partner's has offered, and says when that was answered, in whatever way.
func (l *Leg) askFax(offer []byte, then func()) {
	h := l.media.Load()
	if l.state != active || l.exchange != nil || l.unacked != nil || l.wants.timer != nil || h == nil {
		then()
		return
	}
	f, ok := h.Media.(faxer)
	if !ok {
		then()
		return
	}
	body, err := f.OfferFax(offer)
	if err != nil {
		l.log.Info("a fax cannot be offered", "err", err)
		then()
		return
	}
	l.reinvite(&exchange{body: body, hold: l.wants.told, identity: l.wants.identity, then: then})
}

// soundAgain offers sound after a fax.
func (l *Leg) soundAgain() {
	if h := l.media.Load(); h != nil && h.Media.(faxer).Faxing() {
		l.wants.told = !l.wants.hold
		l.next()
	}
}
