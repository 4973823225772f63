package sipbridge

import (
	"github.com/emiago/sipgo/sip"
)

// answerBySelf asks a telephone to take the call at once, whose user has asked for it elsewhere (RFC 5373 §5.3). Telephones that do not know
// that go by one of the others.
//
// Compat: Snom, Yealink, Grandstream, answer-after and info
func answerBySelf(domain string) []sip.Header {
	return []sip.Header{
		sip.NewHeader("Answer-Mode", "Auto"),
		sip.NewHeader("Call-Info", "<sip:"+domain+">;answer-after=0"),
		sip.NewHeader("Alert-Info", "<http://"+domain+">;info=alert-autoanswer"),
	}
}

// talk asks a telephone that rings to take the call, in the dialog that its 180 has made.
//
// Compat: Snom, Yealink, Polycom, event talk
func (l *Leg) talk() {
	if l.state != calling {
		return
	}
	for _, b := range l.branches {
		if b.ended || b.gone || b.trunk {
			continue
		}
		for _, d := range b.early {
			d.seq = max(d.seq, b.base.seq)
			l.busy++
			l.ask(d, d.request(sip.NOTIFY, l.contact(d), sip.NewHeader("Event", "talk"), sip.NewHeader("Subscription-State", "active")), func(res *sip.Response, err error) {
				l.log.Info("a telephone was told to answer", "response", statusOf(res), "err", err)
				l.done()
			})
		}
	}
}

// statusOf is the status of a response; 0 when there is none.
func statusOf(res *sip.Response) int {
	if res == nil {
		return 0
	}
	return res.StatusCode
}
