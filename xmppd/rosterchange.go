package xmppd

import (
	"context"
	"iter"
	"time"

	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// RosterChange is a change of one of an owner's items in a source other than the users' own contacts.
type RosterChange struct {
	Contact       jid.JID
	Before, After Subscription // what the source said, and says now
}

// RosterChanged makes a change of a source known to the clients of this node: they get roster pushes, the presence of those whom
// they see from now on, and unavailable presence of those whom they see no longer. The source calls it on each node, after it has
// changed there. changes yields what is different for an owner, each contact once; of two people who see each other it tells both
// owners.
//
// It may be about millions of items. They are queued one owner after the other, not faster than clients take them, and RosterChanged
// returns when that is done, or ctx ends. Clients that do not keep up are not waited for.
func (s *Server) RosterChanged(ctx context.Context, changes func(owner jid.JID) iter.Seq[RosterChange]) error {
	t := &telling{srv: s, changes: changes, pushes: map[jid.JID]itemPush{}, gone: map[*Session]*parcel{}}
	for _, owner := range s.users.accounts() {
		sessions := s.users.get(owner)
		answered := answersOf(sessions)
		pushes := t.tell(owner, sessions)
		if err := t.pace(ctx, sessions, answered, pushes); err != nil {
			return err
		}
	}
	if len(s.node.Peers()) == 0 {
		return nil
	}
	if err := t.wait(ctx, nil, time.Now().Add(pushesFirst)); err != nil {
		return err
	}
	for _, owner := range s.users.accounts() {
		if err := ctx.Err(); err != nil {
			return err
		}
		t.tellFar(owner)
	}
	return nil
}

// Changing is what a RosterSource also implements that calls RosterChanged.
type Changing interface {
	// FormerContacts are those who saw the owner's presence until a change that RosterChanged has not told all of yet. When a session
	// ends meanwhile, they hear of it too: nobody would tell them later.
	FormerContacts(ctx context.Context, owner jid.JID) iter.Seq[jid.JID]
}

func (s *Server) formerContacts(owner jid.JID) iter.Seq[jid.JID] {
	return func(yield func(jid.JID) bool) {
		for _, src := range s.rosters {
			if c, ok := src.(Changing); ok {
				for contact := range c.FormerContacts(s.ctx, owner) {
					if !yield(contact) {
						return
					}
				}
			}
		}
	}
}

const (
	// tellingAtOnce is how many sessions are busy at the same time with what a change has brought them: writing it, or reading the
	// clients' answers. More would not make it faster, and have everybody else's stanzas wait for a processor.
	tellingAtOnce = 4
	// tellingPatience is how long a session is waited for. One that takes longer waits for its network, and needs no processor.
	tellingPatience = 10 * time.Millisecond
	// tellingPause is after how many pushes others get the processor.
	tellingPause = 64
	// pushesFirst is how long presence for other nodes is held back, so that those have pushed the contacts: clients ignore the
	// presence of people whom they do not know.
	pushesFirst = 250 * time.Millisecond
)

// telling is a change of a source on its way to the clients of this node. If both are here, presence goes to one recipient after the
// other, who so gets much in few system calls; between nodes it goes by sender, in one envelope for all recipients.
type telling struct {
	srv     *Server
	changes func(owner jid.JID) iter.Seq[RosterChange]
	pushes  map[jid.JID]itemPush // by contact, as the last owner saw it: mostly all see the same
	gone    map[*Session]*parcel // unavailable presences
	busy    []busySession        // oldest first

	own       *ownRoster // of the owner who is being told
	met, left []jid.JID  // room for the contacts whom an owner sees from now on, or no longer
}

// busySession is a session that has something to write, or answers to read.
type busySession struct {
	done  <-chan struct{}
	until time.Time
}

// tell brings an owner's sessions up to date, as far as this node can, and returns how many contacts it has pushed.
func (t *telling) tell(owner jid.JID, sessions []*Session) (pushes int) {
	others, err := t.srv.othersVersion(t.srv.ctx, owner) // before the items, which may be newer
	if err != nil {
		t.srv.rosterUnread(owner, err)
		return 0
	}
	var last itemPush
	met, left := t.met[:0], t.left[:0]
	var entities []RosterChange // of components
	for ch := range t.changes(owner) {
		if last.parcel != nil {
			last.to(sessions)
		} else if t.own, err = t.srv.contacts.roster(t.srv.ctx, owner); err != nil {
			t.srv.rosterUnread(owner, err)
			return 0
		}
		last = t.push(owner, ch.Contact)
		t.breathe(pushes)
		pushes++
		switch sees := last.item.Subscription.To(); {
		case sees && !ch.Before.To():
			met = append(met, ch.Contact)
		case !sees && ch.Before.To():
			left = append(left, ch.Contact)
		}
		if t.srv.components[ch.Contact.Domain()] != nil {
			ch.After = last.item.Subscription // of all sources
			entities = append(entities, ch)
		}
	}
	if pushes == 0 {
		return 0
	}
	last.finally(sessions, t.own.versionText(), others)
	if now, err := t.srv.contacts.roster(t.srv.ctx, owner); err == nil && now.serial != t.own.serial {
		return pushes + t.tell(owner, sessions) // an own contact was changed, and perhaps pushed, meanwhile
	}
	t.met, t.left = met, left
	for i, contact := range met {
		t.meet(owner, contact)
		t.breathe(i)
	}
	for i, contact := range left {
		t.part(owner, contact)
		t.breathe(i)
	}
	if len(met) > 0 {
		for _, f := range t.srv.Hooks.Met.list {
			f(owner, met)
		}
	}
	for i := range entities {
		t.showComponent(sessions, &entities[i])
	}
	return pushes
}

// breathe is called for each of many.
func (t *telling) breathe(i int) {
	if i%tellingPause == tellingPause-1 {
		t.srv.breaks.pass()
	}
}

// push renders the push for one contact, once for all owners who see the same.
func (t *telling) push(owner, contact jid.JID) itemPush {
	item, known := t.srv.rosterItemFrom(t.srv.rosters[1:], owner, contact)
	if i, mine := t.own.find(contact); mine && known {
		item = mergeItems(t.own.item(i), item)
	} else if mine {
		item, known = t.own.item(i), true
	}
	item.Contact = contact
	p, rendered := t.pushes[contact]
	if rendered && p.known == known && p.item.equal(&item) {
		return p
	}
	p = itemPush{item: item, known: known}
	p.parcel = pushParcel(contact, "", p.append(nil))
	t.pushes[contact] = p
	return p
}

func (p *itemPush) to(sessions []*Session) {
	for _, x := range sessions {
		if x.Presence().Interested {
			x.pushLater(entry{parcel: p.parcel, to: x.jid.String()})
		}
	}
}

// finally is to for the last contact: it tells the version that is reached with it.
func (p *itemPush) finally(sessions []*Session, own, others string) {
	for _, x := range sessions {
		if !x.Presence().Interested {
			continue
		}
		to := x.jid.String()
		x.pushRoster(entry{parcel: p.parcel, to: to}, entry{parcel: pushParcel(p.item.Contact, own+others, p.append(nil)), to: to})
		x.told.Store(&others)
	}
}

// meet gives the owner the presence of a contact's sessions on this node. Other nodes send theirs.
func (t *telling) meet(owner, contact jid.JID) {
	s := t.srv
	for _, y := range s.users.get(contact) {
		s.sendCurrent(y, func(p *xmlstream.Packet) {
			if out := s.newPresenceOut(y.jid, p, y); out.sendable(owner) {
				out.here(owner)
			}
		})
	}
}

// part takes the presence of a contact's sessions on this node away from the owner.
func (t *telling) part(owner, contact jid.JID) {
	for _, y := range t.srv.users.get(contact) {
		if !y.Presence().Available {
			continue
		}
		c := t.gone[y]
		if c == nil {
			c = presenceParcel(unavailableFrom(y.jid), y.jid)
			t.gone[y] = c
		}
		out := t.srv.newPresenceOut(y.jid, c.pkt, nil)
		out.parcel = c
		out.here(owner)
	}
}

// showComponent asks a component for the presence of its address, and tells it of the owner's sessions.
func (t *telling) showComponent(sessions []*Session, ch *RosterChange) {
	s, now := t.srv, ch.After
	send := func(out *presenceOut) { out.to(ch.Contact) }
	for _, x := range sessions {
		if !x.Presence().Available {
			continue
		}
		if now.To() && !ch.Before.To() {
			s.probeComponent(s.components[ch.Contact.Domain()], x, ch.Contact)
		}
		switch {
		case now.From() && !ch.Before.From():
			t.show(x, send)
		case !now.From() && ch.Before.From():
			t.hide(x, send)
		}
	}
}

// tellFar shows the owner's sessions on this node to contacts on other nodes, or hides them.
func (t *telling) tellFar(owner jid.JID) {
	var met, left []jid.JID
	for ch := range t.changes(owner) {
		if len(t.srv.availableNodes(ch.Contact)) == 0 {
			continue
		}
		item, _ := t.srv.RosterItem(owner, ch.Contact)
		switch shows := item.Subscription.From(); {
		case shows && !ch.Before.From():
			met = append(met, ch.Contact)
		case !shows && ch.Before.From():
			left = append(left, ch.Contact)
		}
	}
	to := func(contacts []jid.JID) func(*presenceOut) {
		return func(out *presenceOut) {
			for _, contact := range contacts {
				out.elsewhere(contact)
			}
		}
	}
	for _, x := range t.srv.users.get(owner) {
		if len(met) > 0 {
			t.show(x, to(met))
		}
		if len(left) > 0 && x.Presence().Available {
			t.hide(x, to(left))
		}
	}
}

func (t *telling) show(x *Session, send func(*presenceOut)) {
	t.srv.sendCurrent(x, func(p *xmlstream.Packet) {
		out := t.srv.newPresenceOut(x.jid, p, x)
		send(&out)
		out.flush()
	})
}

func (t *telling) hide(x *Session, send func(*presenceOut)) {
	out := t.srv.newPresenceOut(x.jid, unavailableFrom(x.jid), nil)
	send(&out)
	out.flush()
}

// answersOf counts the answers that came from each session until now.
func answersOf(sessions []*Session) []uint32 {
	n := make([]uint32, len(sessions))
	for i, x := range sessions {
		n[i] = x.answers.count.Load()
	}
	return n
}

// pace waits until not too many sessions are busy with what they have got. Few pushes are only written; the answers to many are to be
// read as well, which is as much work.
func (t *telling) pace(ctx context.Context, sessions []*Session, answered []uint32, pushes int) error {
	for i, x := range sessions {
		done := x.resting()
		if pushes >= tellingPause && x.Presence().Interested {
			done = x.answers.reach(answered[i] + uint32(pushes))
		}
		if done != nil {
			t.busy = append(t.busy, busySession{done, time.Now().Add(tellingPatience)})
		}
	}
	for len(t.busy) > tellingAtOnce {
		first := t.busy[0]
		t.busy = t.busy[1:]
		if err := t.wait(ctx, first.done, first.until); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// wait returns when done is closed or the time has come; the error is that of ctx, when that ends before.
func (t *telling) wait(ctx context.Context, done <-chan struct{}, until time.Time) error {
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	case <-ctx.Done():
	}
	return ctx.Err()
}
