package muc

import (
	"maps"
	"slices"

	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/xmlstream"
)

// maxItems is how many entries of the lists one request may change.
const maxItems = 1000

// listed answers who has a role or an affiliation (XEP-0045#modifyvoice, XEP-0045#modifyban, XEP-0045#modifymember).
func (r *Room) listed(q request) {
	b := []byte("<query xmlns='" + NSAdmin + "'>")
	n := 0
	for e := range q.payload.Children() {
		if !e.Is(NSAdmin, "item") {
			continue
		}
		var err error
		if b, err = r.appendList(b, q, e); err != nil {
			r.svc.refuse(q.Stanza, err)
			return
		}
		n++
	}
	if n == 0 {
		r.svc.refuse(q.Stanza, xmppd.Errorf("bad-request", "which role or affiliation?"))
		return
	}
	r.svc.result(q.Stanza, append(b, "</query>"...))
}

func (r *Room) appendList(b []byte, q request, e xmlstream.Element) ([]byte, error) {
	name, isAffiliation := e.Attr("affiliation")
	if isAffiliation {
		a, ok := ParseAffiliation(name)
		if !ok || a == None {
			return nil, xmppd.Errorf("bad-request", "there is no list of %q", name)
		}
		return r.appendAffiliated(b, a), r.mayList(q.From, a).err("you must not see this list")
	}
	role, ok := ParseRole(attr(e, "role"))
	if !ok || role == NoRole {
		return nil, xmppd.Errorf("bad-request", "which role or affiliation?")
	}
	if a, mine := r.actor(q.From); mine != Moderator && a < Admin {
		return nil, xmppd.Errorf("forbidden", "you must not see this list")
	}
	for _, nick := range slices.Sorted(maps.Keys(r.occupants)) {
		o := r.occupants[nick]
		for _, s := range o.sessions {
			if o.role == role {
				b = (&item{affiliation: o.affiliation, role: o.role, nick: o.nick, jid: s.jid.String()}).append(b)
			}
		}
	}
	return b, nil
}

// mayList says who may see the list of an affiliation: those who may change it and, in non-anonymous rooms, members and
// the occupants that the configuration names (XEP-0045#modifymember).
func (r *Room) mayList(who jid.JID, a Affiliation) ruling {
	mine, role := r.actor(who)
	if mine == Owner || mine == Admin && a <= Member {
		return allowed
	}
	if a == Outcast || !r.cfg.NonAnonymous || r.svc.isGuest(who.Bare()) {
		return forbidden
	}
	if mine >= Member || role != NoRole && r.cfg.MemberList.has(role) {
		return allowed
	}
	return forbidden
}

func (r *Room) appendAffiliated(b []byte, a Affiliation) []byte {
	for _, who := range slices.SortedFunc(maps.Keys(r.affs), jid.JID.Compare) {
		if e := r.affs[who]; e.affiliation == a {
			b = (&item{affiliation: a, noRole: true, jid: who.String(), nick: e.nick, reason: e.reason}).append(b)
		}
	}
	return b
}

// administer carries out changes of roles and affiliations, all or none (XEP-0045#modifyban).
func (r *Room) administer(q request) {
	var roles []roleChange
	var affs []affiliationChange
	n := 0
	for e := range q.payload.Children() {
		if !e.Is(NSAdmin, "item") {
			continue
		}
		if n++; n > maxItems {
			r.svc.refuse(q.Stanza, xmppd.Errorf("policy-violation", "no more than %d entries at a time", maxItems))
			return
		}
		if err := r.readChange(q.From, e, &roles, &affs); err != nil {
			r.svc.refuse(q.Stanza, err)
			return
		}
	}
	if n == 0 {
		r.svc.refuse(q.Stanza, xmppd.Errorf("bad-request", "nothing is to be changed"))
		return
	}
	if err := r.checkOwners(affs); err != nil {
		r.svc.refuse(q.Stanza, err)
		return
	}
	r.carryOut(q, roles, affs)
}

// carryOut changes the affiliations first; those who are put out by it need no role any more.
func (r *Room) carryOut(q request, roles []roleChange, affs []affiliationChange) {
	by := r.nickOf(q.From)
	done := func(err error) {
		if err != nil {
			r.svc.refuse(q.Stanza, r.notStored(err))
			return
		}
		r.svc.result(q.Stanza, nil)
	}
	if len(affs) == 0 {
		r.changeRoles(roles, by, done)
		return
	}
	b := new(store.Batch)
	r.saveAffiliations(b, stateOf(r.state, &r.cfg), affs)
	r.change(b, func(err error) {
		if err != nil {
			done(err)
			return
		}
		after := r.applyAffiliations(affs, by)
		if len(roles) == 0 {
			done(nil)
			after.tell(r)
			return
		}
		after.tell(r)
		r.changeRoles(roles, by, done)
	})
}

// readChange reads and checks one <item/>.
func (r *Room) readChange(by jid.JID, e xmlstream.Element, roles *[]roleChange, affs *[]affiliationChange) error {
	affName, hasAff := e.Attr("affiliation")
	roleName, hasRole := e.Attr("role")
	if hasAff == hasRole { // XEP-0045#bizrules-iq
		return xmppd.Errorf("bad-request", "an item changes either the role or the affiliation")
	}
	if hasRole {
		c, err := r.readRole(by, e, roleName)
		if err == nil {
			*roles = append(*roles, c)
		}
		return err
	}
	c, err := r.readAffiliation(by, e, affName)
	if err != nil {
		return err
	}
	for _, other := range *affs {
		if other.who == c.who || c.nick != nil && *c.nick != "" && other.nick != nil && *other.nick == *c.nick {
			return xmppd.Errorf("bad-request", "the same user or nickname stands there twice")
		}
	}
	*affs = append(*affs, c)
	return nil
}

func (r *Room) readRole(by jid.JID, e xmlstream.Element, name string) (c roleChange, err error) {
	role, ok := ParseRole(name)
	if !ok {
		return c, xmppd.Errorf("bad-request", "there is no role %q", name)
	}
	nick, hasNick := e.Attr("nick")
	actor, actorRole := r.actor(by)
	if err := mayChangeRole(actor, actorRole, None, role, role).err("you must not change roles"); err != nil {
		return c, err
	}
	o := r.occupants[nick]
	if j, err := r.jid.WithResource(nick); o == nil && err == nil {
		o = r.occupants[j.Resource()]
	}
	if full, err := jid.Parse(attr(e, "jid")); !hasNick && err == nil { // Compat: clients that name the full JID
		o = r.occupantOf(full)
	}
	if o == nil {
		return c, xmppd.Errorf("item-not-found", "there is nobody of that name in the room")
	}
	self := r.occupantOf(by) == o
	if !self || role != NoRole { // leaving by one's own kick is everybody's right who may kick
		if err := mayChangeRole(actor, actorRole, o.affiliation, o.role, role).err("you must not change the role of " + o.nick); err != nil {
			return c, err
		}
	}
	if o.guest && role == Moderator {
		return c, xmppd.Errorf("not-allowed", "guests cannot be moderators")
	}
	return roleChange{o, role, text(e, NSAdmin, "reason")}, nil
}

func (r *Room) readAffiliation(by jid.JID, e xmlstream.Element, name string) (c affiliationChange, err error) {
	to, ok := ParseAffiliation(name)
	if !ok {
		return c, xmppd.Errorf("bad-request", "there is no affiliation %q", name)
	}
	nick, hasNick := e.Attr("nick")
	who, hasJID := e.Attr("jid")
	c = affiliationChange{to: to, reason: text(e, NSAdmin, "reason")}
	switch {
	case hasJID:
		j, err := jid.Parse(who)
		if err != nil {
			return c, xmppd.Errorf("jid-malformed", "%q is not an address", who)
		}
		c.who = j.Bare().Clone()
	case hasNick && r.occupants[nick] != nil: // Compat: clients that know no JID in a semi-anonymous room
		c.who, hasNick = r.occupants[nick].bare, false
	default:
		return c, xmppd.Errorf("bad-request", "whose affiliation?")
	}
	if err := r.mayAffiliate(by, &c); err != nil {
		return c, err
	}
	if hasNick && to >= Member {
		if nick != "" {
			if nick, err = r.reservable(nick, c.who); err != nil {
				return c, err
			}
		}
		c.nick = &nick
	}
	return c, nil
}

// mayAffiliate says why by must not make a change.
func (r *Room) mayAffiliate(by jid.JID, c *affiliationChange) error {
	actor := r.affiliation(by.Bare())
	from := None
	if a := r.affs[c.who]; a != nil {
		from = a.affiliation
	}
	self := c.who == by.Bare()
	switch {
	case actor >= Admin && c.to == Outcast && (self || c.who == by.DomainJID()):
		return xmppd.Errorf("conflict", "you cannot ban yourself") // XEP-0045#ban
	case actor >= Admin && c.who.Local() == "" && c.to >= Admin:
		return xmppd.Errorf("bad-request", "a whole domain cannot be admin or owner")
	case c.who.Domain() == r.svc.domain.Domain():
		return xmppd.Errorf("bad-request", "that is the address of a room")
	case r.svc.isGuest(c.who) && c.to > None:
		return xmppd.Errorf("not-allowed", "guests cannot be members")
	}
	return mayChangeAffiliation(actor, from, c.to, self).err("you must not change the affiliation of " + c.who.String())
}

// checkOwners refuses changes after which nobody would own the room (XEP-0045#revokeowner), and those that are too many.
func (r *Room) checkOwners(changes []affiliationChange) error {
	owners, more := r.owners, 0
	for _, c := range changes {
		old := r.affs[c.who]
		if old == nil {
			more++
		} else if old.affiliation == Owner {
			owners--
		}
		if c.to == Owner {
			owners++
		}
	}
	if owners < 1 && len(changes) > 0 {
		return xmppd.Errorf("conflict", "a room needs an owner")
	}
	return r.roomFor(more)
}

// notStored is what the asker is told when the store has failed.
func (r *Room) notStored(err error) error {
	r.log.Error("a change of the room could not be stored", "err", err)
	return xmppd.Errorf("resource-constraint", "the change could not be stored")
}
