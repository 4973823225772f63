package muc

import (
	"slices"

	"plenum/xmppd"
	"plenum/xmppd/xmlstream"
)

// exit is unavailable presence: somebody leaves (XEP-0045#exit). The nickname in 'to' does not matter, since a client that
// has changed it meanwhile wants to leave all the same.
type exit struct{ stanza }

func (e exit) apply(r *Room) {
	s := r.sessions[e.From]
	if s == nil {
		return // XEP-0045#bizrules-presence: silently
	}
	r.exit(s, clean(e.Packet, s.occupant.guest))
}

// exit takes one session out of the room. Base is the unavailable presence, with the client's own words if any.
func (r *Room) exit(s *session, base *xmlstream.Packet, codes ...int) {
	o := s.occupant
	wasPrimary := o.primary() == s
	last := r.drop(s)
	n := notice{base: base, from: o.addr, id: o.mark, jid: s.jid, item: item{affiliation: o.affiliation}, codes: codes}
	r.tellSelf(&n, []*xmppd.Recipient{s.to})
	r.unmirror(s)
	switch {
	case last:
		r.departed(o, &n)
	case wasPrimary:
		r.publish(o.primary(), item{})
	}
}

// departed tells the others that o has left, and ends a room that nobody needs any longer.
func (r *Room) departed(o *occupant, n *notice) {
	r.publishGone(o, n)
	r.cancelRelays(o)
	if len(r.all) == 0 {
		r.empty()
	}
}

// removal says how and why an occupant is put out.
type removal struct {
	affiliation   Affiliation
	actor, reason string
	codes         []int
	more          []byte // further content of <x/>
}

// expel puts all sessions of o out of the room and tells them. It returns what tells it to the others, who are to learn it
// later than the one who asked for it (XEP-0045#kick).
func (r *Room) expel(o *occupant, why removal) (tellOthers func()) {
	n := notice{
		base: goneBase, from: o.addr, id: o.mark, jid: o.primary().jid, more: why.more, codes: why.codes,
		item: item{affiliation: why.affiliation, actor: why.actor, reason: why.reason},
	}
	o.affiliation = why.affiliation
	for len(o.sessions) > 0 {
		s := o.sessions[0]
		r.drop(s)
		own := n
		own.jid = s.jid
		r.tellSelf(&own, []*xmppd.Recipient{s.to})
		r.removed(s, slices.Contains(why.codes, codeKicked) || slices.Contains(why.codes, codeBanned))
		r.unmirror(s)
	}
	return func() { r.departed(o, &n) }
}

// deliveryErrors are what a bounced stanza says when its addressee is gone (XEP-0045#impl-service-ghosts).
var deliveryErrors = map[string]bool{
	"gone": true, "item-not-found": true, "recipient-unavailable": true, "redirect": true, "remote-server-not-found": true,
	"remote-server-timeout": true,
}

// bounced is an error that came back for something the room has sent.
type bounced struct{ stanza }

func (b bounced) apply(r *Room) {
	private := b.passOn(r)
	s := r.sessions[b.From]
	if s == nil {
		return
	}
	// A client that answers presence with an error, of whatever kind, does not know any more who is in the room. A message
	// to all that finds no session comes back as service-unavailable (RFC 6121 §8.5.3.2.1).
	why, presence := condition(b.Packet), b.Packet.Kind() == xmlstream.Presence
	if presence || deliveryErrors[why] || !private && why == "service-unavailable" {
		r.exit(s, goneBase, codeError) // XEP-0045#service-error-kick
	}
}

// condition is the defined condition of an error stanza.
func condition(p *xmlstream.Packet) string {
	e, ok := p.Child(xmppd.NSClient, "error")
	if !ok {
		return ""
	}
	for c := range e.Children() {
		if c.Space() == xmppd.NSStanzas && c.Local() != "text" {
			return c.Local()
		}
	}
	return ""
}

// dismiss tells everybody that he is not in the room any longer: because the service goes down
// (XEP-0045#service-shutdown-kick), or for some technical reason.
func (r *Room) dismiss(code int) {
	for _, s := range r.all {
		o := s.occupant
		r.seen(o, true, s)
		n := notice{base: goneBase, from: o.addr, id: o.mark, jid: s.jid, item: item{affiliation: o.affiliation}, codes: []int{code}}
		r.tellSelf(&n, []*xmppd.Recipient{s.to})
	}
	r.all, r.recipients, r.sessions, r.occupants = nil, nil, nil, nil
	r.guests = 0
	r.count()
}

// removed tells the door of a guest who was put out, after he himself knows.
func (r *Room) removed(s *session, kicked bool) {
	if s.occupant.guest && r.svc.doors.GuestRemoved != nil {
		r.svc.doors.GuestRemoved(s.jid, r.jid, s.occupant.nick, kicked)
	}
}
