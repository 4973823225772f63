package pubsub

import (
	"context"

	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

// subscribe gives who a subscription, or a pending one (XEP-0060#subscriber-subscribe). Address is what is subscribed, bare or full.
func (e *engine) subscribe(ctx context.Context, service jid.JID, name string, address jid.JID, base Relation) (state Subscription, err error) {
	known, err := e.node(ctx, service, name)
	if err != nil {
		return state, err
	}
	if known == nil {
		return state, noNode()
	}
	err = e.change(service, name, func(tx *store.Tx, o *outcome) error {
		before, err := e.lockNode(tx, service, name, known)
		if err != nil {
			return err
		}
		if before == nil {
			return noNode()
		}
		r := before.relation(address, base)
		if err := before.config.MaySubscribe(r); err != nil {
			return err
		}
		switch state = before.subscription(address); state {
		case Pending:
			return fail("not-authorized", "pending-subscription", "")
		case Subscribed: // as if it was just approved (XEP-0060#subscriber-subscribe-multi)
			return nil
		}
		if len(before.entities) >= e.cfg.Subscriptions {
			return withType("wait", fail("policy-violation", "too-many-subscriptions", ""))
		}
		state = Subscribed
		if before.config.NeedsApproval(r) {
			state = Pending
		}
		n := *before
		n.serial++
		o.before, o.after, o.serial, o.own = before, &n, n.serial, true
		if state == Subscribed {
			o.joined = []jid.JID{address}
		}
		return setEntity(tx, &n, entity{address, before.affiliationAt(address), state}, o)
	})
	return state, err
}

// unsubscribe ends a subscription (XEP-0060#subscriber-unsubscribe).
func (e *engine) unsubscribe(ctx context.Context, service jid.JID, name string, address jid.JID) error {
	return e.edit(ctx, service, name, func(tx *store.Tx, n *node, o *outcome) error {
		if n.subscription(address) == Unsubscribed {
			return withType("cancel", fail("unexpected-request", "not-subscribed", ""))
		}
		o.own = true
		return setEntity(tx, n, entity{address, n.affiliationAt(address), Unsubscribed}, o)
	})
}

// affiliationAt is the affiliation that is stored for an address, which full JIDs have none of.
func (n *node) affiliationAt(address jid.JID) Affiliation {
	if i, ok := n.find(address); ok {
		return n.entities[i].affiliation
	}
	return None
}

// setEntity writes what an entity is from now on, and the node's new serial.
func setEntity(tx *store.Tx, n *node, x entity, o *outcome) error {
	x.jid = x.jid.Clone()
	if n.subscription(x.jid) != x.subscription {
		o.states = append(o.states, x)
	}
	n.entities = with(n.entities, x)
	if err := saveEntity(tx, n, x); err != nil {
		return err
	}
	return saveNode(tx, n)
}

// refused are the entities whose change an owner cannot make, as they are.
type refused []entity

func (r refused) Error() string { return "not acceptable" }

// setAffiliations changes affiliations; those that cannot be changed are in the error, the others are (XEP-0060#owner-affiliations-modify).
func (e *engine) setAffiliations(ctx context.Context, service jid.JID, name string, who jid.JID, changes []change) error {
	var no refused
	err := e.edit(ctx, service, name, func(tx *store.Tx, n *node, o *outcome) error {
		no = nil
		if n.affiliation(who.Bare()) != Owner {
			return forbidden()
		}
		for _, c := range changes {
			if c.value == "" {
				continue
			}
			a, ok := parseAffiliation(c.value)
			old := entity{c.who, n.affiliation(c.who), n.subscription(c.who)}
			// The account owns its nodes whatever happens: a node without owner cannot be (XEP-0060#owner-affiliations-multi).
			if !ok || c.who.IsFull() || c.who == service && a != Owner {
				no = append(no, old)
				continue
			}
			if c.who == service {
				continue
			}
			if old.affiliation == None && len(n.entities) >= e.cfg.Subscriptions {
				return xmppd.Errorf("resource-constraint", "a node has at most %d subscriptions and affiliations", e.cfg.Subscriptions)
			}
			if err := setAffiliation(tx, n, old, a, o); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && no != nil {
		return no
	}
	return err
}

// setAffiliation gives an entity another affiliation; an outcast loses its subscriptions.
func setAffiliation(tx *store.Tx, n *node, old entity, a Affiliation, o *outcome) error {
	if a != Outcast {
		return setEntity(tx, n, entity{old.jid, a, old.subscription}, o)
	}
	for _, x := range n.entities {
		if x.jid.Bare() == old.jid && x.jid != old.jid {
			if err := setEntity(tx, n, entity{jid: x.jid}, o); err != nil {
				return err
			}
		}
	}
	return setEntity(tx, n, entity{old.jid, Outcast, Unsubscribed}, o)
}

// setSubscriptions changes subscriptions in the name of an owner (XEP-0060#owner-subscriptions-modify).
func (e *engine) setSubscriptions(ctx context.Context, service jid.JID, name string, who jid.JID, changes []change) error {
	var no refused
	err := e.edit(ctx, service, name, func(tx *store.Tx, n *node, o *outcome) error {
		no = nil
		if n.affiliation(who.Bare()) != Owner {
			return forbidden()
		}
		for _, c := range changes {
			if c.value == "" {
				continue
			}
			old := entity{c.who, n.affiliationAt(c.who), n.subscription(c.who)}
			state := Subscription(c.value)
			if c.value == "none" {
				state = Unsubscribed
			}
			switch {
			case state != Subscribed && state != Unsubscribed && state != old.subscription, n.affiliation(c.who.Bare()) == Outcast && state != Unsubscribed:
				no = append(no, old)
				continue
			case state == old.subscription:
				continue
			case old.subscription == Unsubscribed && len(n.entities) >= e.cfg.Subscriptions:
				return withType("wait", fail("policy-violation", "too-many-subscriptions", ""))
			}
			if state == Subscribed {
				o.joined = append(o.joined, c.who)
			}
			if err := setEntity(tx, n, entity{old.jid, old.affiliation, state}, o); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && no != nil {
		return no
	}
	return err
}

// cancel ends the subscriptions that a bare JID may not have any more, because it does not see the owner's presence now
// (XEP-0163#impl-subscriptions). It does not wait.
func (e *engine) cancel(known *node, bare jid.JID, now Relation) {
	e.submit(known.service, known.name, e.editing(known.service, known.name, known, func(tx *store.Tx, n *node, o *outcome) error {
		if n.config.admits(n.relation(bare, now)) == nil {
			return nil
		}
		for _, x := range n.entities {
			if x.jid.Bare() == bare && x.subscription != Unsubscribed {
				if err := setEntity(tx, n, entity{x.jid, x.affiliation, Unsubscribed}, o); err != nil {
					return err
				}
			}
		}
		return nil
	}), func(err error) {
		if err != nil {
			e.srv.Log().Error("a subscription could not be cancelled", "account", known.service, "node", known.name, "err", err)
		}
	})
}

// approve answers a pending subscription in the name of the owner (XEP-0060#owner-subreq). It does not wait.
func (e *engine) approve(service jid.JID, name string, address jid.JID, allow bool) {
	e.submit(service, name, e.editing(service, name, nil, func(tx *store.Tx, n *node, o *outcome) error {
		if n.subscription(address) != Pending {
			return nil
		}
		x := entity{address, n.affiliationAt(address), Unsubscribed}
		if allow {
			x.subscription = Subscribed
			o.joined = []jid.JID{address}
		}
		return setEntity(tx, n, x, o)
	}), func(err error) {
		if err != nil {
			e.srv.Log().Info("a subscription could not be approved", "account", service, "node", name, "err", err)
		}
	})
}
