package xmppd

import (
	"context"
	"slices"
	"strings"

	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// Limits of one roster item.
const (
	maxItemName   = 1023 // bytes of the name (the handle)
	maxGroupName  = 1023 // bytes of a group's name
	maxItemGroups = 100
)

func (s *Server) registerRoster() {
	s.contacts.register()
	s.OnNode(kindRosterPush, s.receiveRosterPush)
	s.HandleIQ(ToAccount, Get, NSRoster, "query", s.rosterGet)
	s.HandleIQ(ToAccount, Set, NSRoster, "query", s.rosterSet)
}

// rosterGet answers with the whole roster, or with nothing when the client has this very version (RFC 6121 §2.1.3, §2.6.3).
// From now on the session is interested: it gets roster pushes.
func (s *Server) rosterGet(ctx context.Context, iq *IQ) (any, error) {
	if !iq.Own() {
		return nil, Errorf("forbidden", "")
	}
	owner := iq.From.Bare()
	if x := iq.Origin; x != nil {
		// Interested before the roster is read: a change in between is then pushed. It must not come before the result, which
		// may not have it.
		x.hold()
		defer x.release()
		if !x.Presence().Interested {
			x.setPresence(func(p *SessionPresence) { p.Interested = true })
		}
	}
	own, others, err := s.rosterVersion(ctx, owner) // before the items: if these are newer, the client asks again next time
	if err != nil {
		return nil, err
	}
	if x := iq.Origin; x != nil {
		x.told.Store(&others)
	}
	have, versioned := iq.Payload.Attr("ver")
	if versioned && have == own+others {
		iq.Result(nil)
		return nil, NoReply
	}
	items, err := s.RosterItems(ctx, owner)
	if err != nil {
		return nil, err
	}
	b := append(make([]byte, 0, 4096), "<query xmlns='"+NSRoster+"'"...)
	if versioned {
		b = xmlstream.AppendAttr(b, "ver", own+others)
	}
	b = append(b, '>')
	for item := range items {
		b = appendItem(b, &item)
	}
	iq.Result(append(b, "</query>"...))
	return nil, NoReply
}

// rosterSet adds, changes or removes one contact (RFC 6121 §2.3, §2.4, §2.5).
func (s *Server) rosterSet(ctx context.Context, iq *IQ) (any, error) {
	if !iq.Own() {
		return nil, Errorf("forbidden", "") // §2.3.3
	}
	owner := iq.From.Bare()
	if !s.hasRoster(owner) {
		return nil, Errorf("not-allowed", "guests have no contacts")
	}
	w, err := parseItem(iq.Payload)
	if err != nil {
		return nil, err
	}
	if w.contact == owner {
		return nil, Errorf("not-allowed", "nobody is a contact of their own")
	}
	if w.remove {
		return nil, s.removeContact(ctx, owner, w.contact)
	}
	ch, err := s.contacts.change(ctx, owner, w.contact, func(r *record) error {
		r.listed, r.name, r.groups = true, w.name, strings.Join(w.groups, groupSeparator)
		return nil
	})
	if err != nil {
		return nil, err
	}
	s.contactChanged(&ch)
	return nil, nil
}

var errNoContact = Errorf("item-not-found", "")

// removeContact takes an item out, which ends the subscriptions both ways (RFC 6121 §2.5.2).
func (s *Server) removeContact(ctx context.Context, owner, contact jid.JID) error {
	var ends []*arrival
	for _, ev := range [...]subEvent{evUnsubscribe, evUnsubscribed} {
		if a, ok := s.arriving(contact, owner, ev, subscriptionPacket(ev, owner, contact)); ok {
			ends = append(ends, a)
		}
	}
	mine, theirs, err := s.contacts.changeBoth(ctx, owner, contact, len(ends) > 0, func(r, other *record) error {
		if !r.listed {
			return errNoContact // §2.5.3
		}
		said := r.state.endings()
		*r = record{}
		for _, a := range ends {
			if a.pass = false; slices.Contains(said, a.ev) {
				a.change(other)
			}
		}
		return nil
	})
	if _, shared := s.RosterItem(owner, contact); err == errNoContact && shared {
		return Errorf("not-allowed", "this contact belongs to a group that others manage")
	}
	if err != nil {
		return err
	}
	s.contactChanged(&mine)
	if len(ends) > 0 {
		for _, a := range ends {
			a.deliver()
		}
		s.contactChanged(&theirs)
		s.presenceAfter(&theirs)
	} else if !s.hosts[contact.Domain()] {
		s.endSubscriptions(owner, contact, mine.before.state)
	}
	s.presenceAfter(&mine)
	return nil
}

// wantedItem is the item of a roster set.
type wantedItem struct {
	contact jid.JID
	remove  bool
	name    string
	groups  []string
}

// parseItem reads the one item of a roster set. What only the server sets (ask, approved, any subscription but remove) is
// ignored (RFC 6121 §2.1.2).
func parseItem(query xmlstream.Element) (w wantedItem, err error) {
	items := 0
	for e := range query.Children() {
		if !e.Is(NSRoster, "item") {
			continue
		}
		if items++; items > 1 {
			return w, Errorf("bad-request", "a roster set has exactly one item")
		}
		if err := w.read(e); err != nil {
			return w, err
		}
	}
	if items == 0 {
		return w, Errorf("bad-request", "a roster set has exactly one item")
	}
	return w, nil
}

func (w *wantedItem) read(e xmlstream.Element) error {
	address, ok := e.Attr("jid")
	if !ok {
		return Errorf("bad-request", "the item has no 'jid'")
	}
	contact, err := jid.Parse(address)
	if err != nil {
		return Errorf("jid-malformed", "")
	}
	if contact.IsFull() {
		return Errorf("bad-request", "a contact is a bare address")
	}
	w.contact = contact.Clone()
	sub, _ := e.Attr("subscription")
	if w.remove = sub == "remove"; w.remove {
		return nil
	}
	name, _ := e.Attr("name")
	if len(name) > maxItemName {
		return Errorf("not-acceptable", "a name has at most %d bytes", maxItemName)
	}
	w.name = strings.Clone(name)
	return w.readGroups(e)
}

func (w *wantedItem) readGroups(item xmlstream.Element) error {
	for e := range item.Children() {
		if !e.Is(NSRoster, "group") {
			continue
		}
		group := e.Text()
		switch {
		case group == "":
			return Errorf("not-acceptable", "a group needs a name")
		case len(group) > maxGroupName:
			return Errorf("not-acceptable", "the name of a group has at most %d bytes", maxGroupName)
		case slices.Contains(w.groups, group):
			return Errorf("bad-request", "a group stands there twice")
		case len(w.groups) == maxItemGroups:
			return Errorf("not-acceptable", "a contact is in at most %d groups", maxItemGroups)
		}
		w.groups = append(w.groups, strings.Clone(group))
	}
	return nil
}

func appendItem(b []byte, item *RosterItem) []byte {
	b = append(b, "<item"...)
	b = xmlstream.AppendAttr(b, "jid", item.Contact.String())
	if item.Name != "" {
		b = xmlstream.AppendAttr(b, "name", item.Name)
	}
	b = xmlstream.AppendAttr(b, "subscription", item.Subscription.String())
	if item.Ask {
		b = append(b, " ask='subscribe'"...)
	}
	if item.Approved {
		b = append(b, " approved='true'"...)
	}
	if len(item.Groups) == 0 {
		return append(b, "/>"...)
	}
	b = append(b, '>')
	for _, g := range item.Groups {
		b = append(b, "<group>"...)
		b = xmlstream.AppendEscaped(b, g)
		b = append(b, "</group>"...)
	}
	return append(b, "</item>"...)
}
