package xmppd

import (
	"context"

	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// maxRequestBytes is how much of a subscription request is kept until it is answered. Of a larger one the request alone is
// kept, without its extensions.
const maxRequestBytes = 8 << 10

// sessionSubscription carries out a presence stanza with which a client manages a subscription (RFC 6121 §3).
func (s *Server) sessionSubscription(x *Session, ev subEvent, p *xmlstream.Packet, to jid.JID) error {
	owner, contact := x.jid.Bare(), to.Bare()
	switch {
	case to.IsZero():
		return Errorf("bad-request", "a subscription needs 'to'")
	case owner == contact:
		return nil // everybody sees their own presence anyway
	case !s.hasRoster(owner):
		return Errorf("not-allowed", "guests have no contacts")
	case !s.local(contact):
		return Errorf("remote-server-not-found", "")
	}
	pr := &Presence{Context: s.ctx, Side: Outbound, Owner: owner, From: x.jid, To: to, Packet: p, Origin: x}
	if err := runHooks(s, &s.Hooks.Presence, Authorize, pr); err != nil {
		return err
	}
	_ = runHooks(s, &s.Hooks.Presence, Rewrite, pr)
	if other, _ := s.rosterItemFrom(s.rosters[1:], owner, contact); ev == evSubscribe && other.Subscription.To() {
		// Granted, and nothing is written: a subscription of their own would be left when the two are colleagues no more.
		s.SendAccount(owner, Attentive, subscriptionPacket(evSubscribed, contact, owner), jid.JID{})
		s.showOnline(contact, owner)
		return nil
	}
	bare := xmlstream.Rewrite{From: xmlstream.Set(owner.String()), To: xmlstream.Set(contact.String())} // RFC 6121 §3.1.2
	return s.subscriptionOut(owner, contact, ev, pr.Packet.Rewrite(bare))
}

// subscriptionOut changes the owner's side by RFC 6121 §A.2 and passes the stanza on. If the contact is an account of this server, its
// side changes in the same transaction: stanzas that cross each other are carried out one after the other on both sides, so that these
// agree in the end.
func (s *Server) subscriptionOut(owner, contact jid.JID, ev subEvent, p *xmlstream.Packet) error {
	in, here := s.arriving(contact, owner, ev, p)
	pass := false
	mine, theirs, err := s.contacts.changeBoth(s.ctx, owner, contact, here, func(r, other *record) error {
		if pass = r.send(ev); pass && here {
			in.change(other)
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.contactChanged(&mine)
	switch {
	case pass && here:
		in.tell(&theirs)
	case pass && !s.hosts[contact.Domain()]:
		s.toDomain(p, owner, contact, nil)
	}
	s.presenceAfter(&mine)
	return nil
}

// send is what a stanza of the owner does; it reports whether the contact gets it.
func (r *record) send(ev subEvent) (pass bool) {
	t := outboundStates[ev][r.state]
	_, early := preapproved[r.state]
	switch {
	case ev == evSubscribe:
		r.listed = true
	case ev == evSubscribed && early: // RFC 6121 §3.4.2
		r.listed, r.approved = true, true
	case ev == evSubscribed && t.pass:
		r.listed = true
	case ev == evUnsubscribed:
		r.approved = false
	}
	r.move(t.next)
	return t.pass
}

// move changes the state; a request is forgotten once it is no longer pending.
func (r *record) move(next subState) {
	r.state = next
	if !next.pendingIn() {
		r.request = nil
	}
}

// passSubscription gives a subscription stanza with bare addresses to the contact's side; the sender has no roster any more.
func (s *Server) passSubscription(p *xmlstream.Packet, from, to jid.JID, ev subEvent) {
	if s.hosts[to.Domain()] {
		s.subscriptionIn(to, from, ev, p)
		return
	}
	s.toDomain(p, from, to, nil)
}

// subscriptionIn changes the side of the owner, who is addressed, alone: the contact has no roster here.
func (s *Server) subscriptionIn(owner, contact jid.JID, ev subEvent, p *xmlstream.Packet) {
	in, ok := s.arriving(owner, contact, ev, p)
	if !ok {
		return
	}
	ch, err := s.contacts.change(s.ctx, owner, contact, func(r *record) error {
		in.change(r)
		return nil
	})
	if err != nil {
		s.subscriptionDropped(in, err)
		return
	}
	in.tell(&ch)
}

func (s *Server) subscriptionDropped(in *arrival, err error) {
	s.log.Warn("a subscription stanza was dropped", "type", in.p.Type(), "account", in.owner, "contact", in.contact, "err", err)
}

// arrival is a subscription stanza on its way to the owner, who is addressed.
type arrival struct {
	srv            *Server
	owner, contact jid.JID
	ev             subEvent
	p              *xmlstream.Packet
	granted        bool // by a source other than the owner's own contacts

	pass   bool // the owner's clients get it
	answer bool // the request is granted already, or was approved beforehand
}

// arriving reports whether a stanza may change anything at its addressee. Nothing tells the sender whether the account exists: for one
// that does not, stanzas are ignored (RFC 6121 §8.5.1).
func (s *Server) arriving(owner, contact jid.JID, ev subEvent, p *xmlstream.Packet) (*arrival, bool) {
	if owner == contact || !s.hasRoster(owner) || !s.AccountExists(owner) {
		return nil, false
	}
	in := &Presence{Context: s.ctx, Side: Inbound, Owner: owner, From: contact, To: owner, Packet: p}
	if runHooks(s, &s.Hooks.Presence, Authorize, in) != nil {
		return nil, false
	}
	others, _ := s.rosterItemFrom(s.rosters[1:], owner, contact)
	return &arrival{srv: s, owner: owner, contact: contact, ev: ev, p: p, granted: others.Subscription.From()}, true
}

// change is RFC 6121 §A.3. It may run more than once.
func (a *arrival) change(r *record) {
	t := inboundStates[a.ev][r.state]
	next, early := preapproved[r.state]
	a.pass, a.answer = false, false
	switch {
	case a.ev == evSubscribe && (a.granted || r.state.subscription().From()):
		a.answer = true
		return
	case a.ev == evSubscribe && r.approved && early: // RFC 6121 §3.4.2; it is used up by this
		a.answer = true
		r.approved = false
		r.move(next)
		return
	case a.ev == evSubscribe && t.pass:
		r.request = storedRequest(a.p, a.contact, a.owner)
	}
	a.pass = t.pass
	r.move(t.next)
}

// deliver gives the stanza to the owner's clients.
func (a *arrival) deliver() {
	switch {
	case a.pass && a.ev == evSubscribe:
		a.srv.SendAccount(a.owner, Available, a.p, jid.JID{}) // RFC 6121 §3.1.3
	case a.pass:
		// Before the roster push (§3.1.6, §3.2.3, §3.3.3); clients that show presence but no roster like to know as well.
		a.srv.SendAccount(a.owner, Attentive, a.p, jid.JID{})
	}
}

// tell makes known what has come of it.
func (a *arrival) tell(ch *contactChange) {
	a.deliver()
	a.srv.contactChanged(ch)
	if a.answer {
		a.srv.answerSubscribe(a.owner, a.contact)
		return
	}
	a.srv.presenceAfter(ch)
}

// storedRequest is what is kept of a request (RFC 6121 §3.1.3: the complete stanza, extended content included).
func storedRequest(p *xmlstream.Packet, from, to jid.JID) []byte {
	if p.Size() <= maxRequestBytes {
		return p.Raw()
	}
	return subscriptionPacket(evSubscribe, from, to).Raw()
}

func subscriptionPacket(ev subEvent, from, to jid.JID) *xmlstream.Packet {
	return mustOwn(append(appendHead(nil, "presence", subEventNames[ev], "", from.String(), to.String()), "/>"...))
}

// answerSubscribe grants a request in the owner's name, who has done so before, unless that is not true any more.
func (s *Server) answerSubscribe(owner, contact jid.JID) {
	p := subscriptionPacket(evSubscribed, owner, contact)
	if !s.hosts[contact.Domain()] {
		s.toDomain(p, owner, contact, nil)
		s.showOnline(owner, contact)
	} else if s.tellIf(contact, owner, evSubscribed, p, true) {
		s.showOnline(owner, contact)
	}
}

// tellIf carries out a stanza of the contact's account, as long as the owner may see the contact's presence, or may not. It reports
// whether that was so.
func (s *Server) tellIf(owner, contact jid.JID, ev subEvent, p *xmlstream.Packet, sees bool) (was bool) {
	in, ok := s.arriving(owner, contact, ev, p)
	if !ok {
		return false
	}
	others, _ := s.rosterItemFrom(s.rosters[1:], contact, owner)
	ch, _, err := s.contacts.changeBoth(s.ctx, owner, contact, true, func(r, other *record) error {
		in.pass = false
		was = sees == (others.Subscription.From() || other.state.subscription().From())
		if was {
			in.change(r)
		}
		return nil
	})
	if err != nil {
		s.subscriptionDropped(in, err)
		return false
	}
	in.tell(&ch)
	return was
}

// contactChanged tells clients and components of a change that is committed.
func (s *Server) contactChanged(ch *contactChange) {
	if !ch.before.sameItem(&ch.after) {
		s.pushItem(ch.owner, ch.contact)
	}
	sc := &SubscriptionChange{Owner: ch.owner, Contact: ch.contact, Before: ch.before.subscriptionName(), After: ch.after.subscriptionName()}
	if sc.Before == sc.After {
		return
	}
	for _, f := range s.Hooks.Subscription.list {
		f(sc)
	}
}

func (r *record) subscriptionName() string {
	if !r.listed {
		return ""
	}
	return r.state.subscription().String()
}

// presenceAfter sends the owner's presence to a contact who may see it from now on (RFC 6121 §3.1.5), and unavailable presence to
// one who no longer may (§3.2.2, §3.3.3).
func (s *Server) presenceAfter(ch *contactChange) {
	before, after := ch.before.state.subscription().From(), ch.after.state.subscription().From()
	if before == after {
		return
	}
	if after {
		s.showOnline(ch.owner, ch.contact)
		return
	}
	if sum, _ := s.RosterItem(ch.owner, ch.contact); !sum.Subscription.From() {
		s.showOffline(ch.owner, ch.contact)
	}
}

// pendingRequests delivers what waits for an answer, at each login until one is given (RFC 6121 §3.1.3).
func (s *Server) pendingRequests(x *Session) {
	list, err := s.contacts.requests(s.ctx, x.jid.Bare())
	if err != nil {
		x.Log().Error("subscription requests cannot be read", "err", err)
		return
	}
	for _, raw := range list {
		p, err := xmlstream.Parse(raw, NSClient, xmlstream.S2S)
		if err != nil {
			x.Log().Error("a stored subscription request is not well-formed", "err", err)
			continue
		}
		x.Send(p)
	}
}

// ForgetAccount removes what the core keeps of a deleted account: contacts, with their subscriptions ended on both sides, and
// offline messages. The account must not exist any more for Accounts, and have no session.
func (s *Server) ForgetAccount(ctx context.Context, bare jid.JID) error {
	list, err := s.contacts.removeAll(ctx, bare)
	if err != nil {
		return err
	}
	for _, k := range list {
		s.endSubscriptions(bare, k.contact, k.state)
	}
	return s.offline.deleteOwner(ctx, bare)
}

// endSubscriptions tells a contact that neither side sees the other any more (RFC 6121 §2.5.2).
func (s *Server) endSubscriptions(owner, contact jid.JID, state subState) {
	if !s.local(contact) {
		return
	}
	for _, ev := range state.endings() {
		s.passSubscription(subscriptionPacket(ev, owner, contact), owner, contact, ev)
	}
}

// endings are the stanzas by which the owner ends what there is in a state.
func (s subState) endings() (list []subEvent) {
	if s.subscription().To() || s.pendingOut() {
		list = append(list, evUnsubscribe)
	}
	if s.subscription().From() || s.pendingIn() {
		list = append(list, evUnsubscribed)
	}
	return list
}
