package sipbridge

import (
	"github.com/emiago/sipgo/sip"

	"plenum/components/call"
)

// identify tells a phone whom it talks to now (RFC 3325 §9.1, RFC 5876 §4). Trunks are not told: their caller has called a number.
func (l *Leg) identify(p call.Party) {
	if l.device == "" || p.Number == "" {
		return
	}
	switch l.state {
	case called:
		l.invite.identity = &p
	case answered, active:
		l.wants.identity = &p
		l.next()
	}
}

// appendIdentity adds who the party is to a message.
func (l *Leg) appendIdentity(m interface{ AppendHeader(sip.Header) }, p *call.Party) {
	if p == nil {
		return
	}
	address := sip.Uri{Scheme: "sip", User: userPart(p.Number), Host: l.service.Domain}
	m.AppendHeader(sip.NewHeader("P-Asserted-Identity", quoted(escape(p.Name))+"<"+address.String()+">"))
}
