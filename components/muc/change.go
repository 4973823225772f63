package muc

import (
	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/xmlstream"
)

// roleChange gives an occupant another role; NoRole puts him out.
type roleChange struct {
	o      *occupant
	to     Role
	reason string
}

// affiliationChange gives a user another affiliation.
type affiliationChange struct {
	who    jid.JID // bare, or a domain
	to     Affiliation
	nick   *string // the nickname to reserve, "" for none; nil keeps what is
	reason string
	quiet  bool // somebody else invites the new member
}

// entry is what the lists are to say about c.who.
func (c *affiliationChange) entry(old *affiliated) *affiliated {
	a := &affiliated{affiliation: c.to}
	if old != nil {
		a.nick = old.nick
		if old.affiliation == c.to {
			a.role = old.role
		}
	}
	if c.nick != nil {
		a.nick = *c.nick
	}
	if c.to < Member {
		a.nick = "" // XEP-0045#ban; without membership nothing is reserved
	}
	if c.to == Outcast {
		a.reason = c.reason
	}
	return a
}

// passes reports whether the lists keep nothing of somebody: a guest comes back under another address.
func (m *Service) passes(who jid.JID) bool { return m.isGuest(who) && who.Local() != "" }

// roomFor says when the lists would become too long.
func (r *Room) roomFor(more int) error {
	if more > 0 && len(r.affs)+more > r.svc.cfg.MaxAffiliations {
		return xmppd.Errorf("resource-constraint", "the room's lists have %d entries, which is the limit", len(r.affs))
	}
	return nil
}

// saveAffiliations adds the changes to b. After is what the room will be.
func (r *Room) saveAffiliations(b *store.Batch, after State, changes []affiliationChange) {
	r.write(b)
	r.changed(b, after, changes)
	for i := range changes {
		c := &changes[i]
		if r.svc.passes(c.who) {
			continue
		}
		r.svc.store.saveAffiliated(b, r.addr, c.who.String(), c.entry(r.affs[c.who]))
	}
}

// aftermath is what the room has to be told after those concerned and the asker know.
type aftermath struct {
	gone    []func()
	changed []*occupant
	seeing  []*occupant // see real JIDs now
	why     item
	absent  []affiliationChange
	invited []jid.JID
}

func (a *aftermath) tell(r *Room) {
	for _, fn := range a.gone {
		fn()
	}
	for _, o := range a.changed {
		if r.occupants[o.nick] == o {
			r.publishAll(o, a.why)
		}
	}
	for _, o := range a.seeing {
		for _, s := range o.sessions {
			r.introduce(s)
		}
	}
	for _, c := range a.absent {
		r.tellAbsent(c)
	}
	for _, who := range a.invited {
		r.route(r.invitation(jid.JID{}, invitation{to: who}, newStanzaID()))
	}
}

// applyAffiliations carries out stored changes. By is the nickname of who made them, if he is in the room.
func (r *Room) applyAffiliations(changes []affiliationChange, by string) *aftermath {
	after := &aftermath{why: item{actor: by}}
	for _, c := range changes {
		before := None
		if a := r.affs[c.who]; a != nil {
			before = a.affiliation
		}
		r.setAffiliated(c.who, c.entry(r.affs[c.who]))
		if r.svc.passes(c.who) {
			defer r.setAffiliated(c.who, &affiliated{})
		}
		present := false
		for _, o := range r.occupants {
			if o.bare == c.who || c.who.Local() == "" && o.bare.Domain() == c.who.Domain() {
				present = true
				r.reaffiliate(o, c, by, after)
			}
		}
		if present || before == c.to {
			continue
		}
		after.absent = append(after.absent, c)
		if r.cfg.MembersOnly && before == None && c.to == Member && !c.quiet && c.who.Local() != "" {
			after.invited = append(after.invited, c.who) // XEP-0045#modifymember
		}
	}
	return after
}

// reaffiliate does to an occupant what his new affiliation means.
func (r *Room) reaffiliate(o *occupant, c affiliationChange, by string, after *aftermath) {
	a := r.affiliation(o.bare)
	if a == o.affiliation {
		return
	}
	why := removal{affiliation: a, actor: by, reason: c.reason}
	switch {
	case a == Outcast:
		why.codes = []int{codeBanned}
		after.gone = append(after.gone, r.expel(o, why))
		return
	case a == None && r.cfg.MembersOnly && !o.guest:
		why.codes = []int{codeAffiliation} // XEP-0045#revokemember
		after.gone = append(after.gone, r.expel(o, why))
		return
	}
	saw := r.sees(o)
	o.role, o.affiliation = roleAfter(o, a, r.cfg.Moderated), a
	if r.public && r.svc.isColleague(o.bare) {
		o.role = Moderator
	}
	after.changed = append(after.changed, o)
	after.why.reason = c.reason
	if !saw && r.sees(o) {
		after.seeing = append(after.seeing, o)
	}
}

// roleAfter is the role of an occupant whose affiliation becomes a (XEP-0045#roles-change).
func roleAfter(o *occupant, a Affiliation, moderated bool) Role {
	switch {
	case a >= Admin:
		return Moderator
	case o.affiliation >= Admin:
		return defaultRole(a, moderated)
	case a == Member && o.role == Visitor:
		return Participant
	case a == None && moderated && o.role == Participant:
		return Visitor
	}
	return o.role
}

// tellAbsent tells those who see real JIDs about the new affiliation of somebody who is not in the room
// (XEP-0045#grantowner).
func (r *Room) tellAbsent(c affiliationChange) {
	to := r.scratch[0][:0]
	for i, s := range r.all {
		if r.sees(s.occupant) {
			to = append(to, r.recipients[i])
		}
	}
	r.scratch[0] = to
	if len(to) == 0 {
		return
	}
	i := item{affiliation: c.to, jid: c.who.String()}
	p := xmlstream.NewBuilder().Start("message", "", "from", r.addr, "id", newStanzaID()).Raw(appendUser(nil, &i, nil)).Packet()
	r.send(p, "", nil, to)
}

// changeRoles carries out changes that are allowed. By is the moderator's nickname. Done, which may be nil, is called when
// those who are put out know it, and before the others do (XEP-0045#kick).
func (r *Room) changeRoles(changes []roleChange, by string, done func(error)) {
	b := new(store.Batch)
	if r.cfg.Moderated {
		for _, c := range changes {
			r.saveRole(b, c)
		}
	}
	finish := func(err error) {
		if err != nil {
			if done != nil {
				done(err)
			}
			return
		}
		r.applyRoles(changes, by, done)
	}
	if b.Empty() {
		finish(nil)
		return
	}
	r.change(b, finish)
}

func (r *Room) applyRoles(changes []roleChange, by string, done func(error)) {
	after := &aftermath{}
	var changed []roleChange
	for _, c := range changes {
		if r.occupants[c.o.nick] != c.o {
			continue
		}
		if c.to == NoRole {
			after.gone = append(after.gone, r.expel(c.o, removal{affiliation: c.o.affiliation, actor: by, reason: c.reason, codes: []int{codeKicked}}))
			continue
		}
		r.keepRole(c)
		saw := r.sees(c.o)
		c.o.role = c.to
		changed = append(changed, c)
		if !saw && r.sees(c.o) {
			after.seeing = append(after.seeing, c.o)
		}
	}
	if done != nil {
		done(nil)
	}
	for _, c := range changed {
		r.publishAll(c.o, item{actor: by, reason: c.reason})
	}
	after.tell(r)
}

// savedRole is what the room's lists say about the user after a role change: voice that was given or taken lasts for his
// next visits (XEP-0045#roles).
func (r *Room) savedRole(c roleChange) *affiliated {
	a := affiliated{affiliation: None}
	if old := r.affs[c.o.bare]; old != nil {
		a = *old
	}
	a.role = NoRole
	if (c.to == Visitor || c.to == Participant) && c.to != defaultRole(a.affiliation, true) {
		a.role = c.to
	}
	return &a
}

func (r *Room) saveRole(b *store.Batch, c roleChange) {
	if c.to == NoRole || c.o.guest {
		return
	}
	a := r.savedRole(c)
	old := r.affs[c.o.bare]
	if old == nil && a.empty() || old != nil && old.role == a.role {
		return
	}
	r.write(b)
	r.svc.store.saveAffiliated(b, r.addr, c.o.bare.String(), a)
}

func (r *Room) keepRole(c roleChange) {
	if r.cfg.Moderated && !c.o.guest {
		r.setAffiliated(c.o.bare, r.savedRole(c))
	}
}
