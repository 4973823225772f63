package muc

import (
	"strings"

	"plenum/xmppd"
	"plenum/xmppd/xmlstream"
)

// update is available presence without <x/>: an occupant changes his availability (XEP-0045#changepres) or, when it is
// addressed to another nickname, his name (XEP-0045#changenick).
type update struct{ stanza }

func (u update) apply(r *Room) {
	s := r.sessions[u.From]
	if s == nil {
		u.kick(r)
		return
	}
	o := s.occupant
	if err := r.throttle(o); err != nil {
		r.svc.refuse(u.Stanza, err)
		return
	}
	nick := u.To.Resource()
	if nick == o.nick {
		s.show(r.clean(u.Packet, o, u.From))
		o.latest(s)
		r.publish(s, item{})
		return
	}
	if invisible(nick) {
		r.svc.refuse(u.Stanza, xmppd.Errorf("jid-malformed", "a nickname is needed"))
		return
	}
	if err := r.mayBeCalled(u.From, nick); err != nil {
		r.svc.refuse(u.Stanza, err)
		return
	}
	s.show(r.clean(u.Packet, o, u.From))
	o.latest(s)
	r.rename(o, strings.Clone(nick), s)
	r.publish(s, item{}, u.codes()...)
}

func (u update) codes() []int {
	if _, sent, ok := strings.Cut(u.Packet.To(), "/"); ok && sent != u.To.Resource() {
		return []int{codeNickChanged}
	}
	return nil
}

// kick tells somebody who thinks that he is in the room that he is not (XEP-0045#enter-gc).
func (u update) kick(r *Room) {
	i := item{reason: "You are not in the room."}
	b := xmlstream.NewBuilder().Start("presence", "", "type", "unavailable", "from", r.nickAddr(u.To.Resource()), "to", u.From.String())
	b.Raw(appendUser(nil, &i, nil, codeSelf, codeKicked, codeError))
	r.svc.reply(u.Stanza, b.Packet())
}

// rename gives an occupant, with all his sessions, another nickname. When he is there under that name already, with other
// sessions, the two become one. The new presence of the session that asked for it is published by the caller; those of the
// others are published here.
func (r *Room) rename(o *occupant, nick string, asked *session) {
	n := notice{base: goneBase, from: o.addr, id: o.mark, item: item{affiliation: o.affiliation, role: o.role, nick: nick}, codes: []int{codeNewNick}}
	n.jid = o.primary().jid
	r.publishGone(o, &n)
	r.tellSelf(&n, r.own(o, nil))
	delete(r.occupants, o.nick)
	if same := r.occupants[nick]; same != nil {
		for _, s := range same.sessions {
			s.occupant = o
		}
		o.sessions = append(same.sessions, o.sessions...)
		o.role = max(o.role, same.role)
	}
	o.nick, o.addr, o.shown = nick, r.nickAddr(nick), false
	o.forget()
	r.occupants[nick] = o
	r.seen(o, false, o.sessions...)
	for _, s := range o.sessions {
		if s != asked {
			r.publish(s, item{})
		}
	}
}
