package xmppd

import (
	"crypto/rand"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"plenum/xmppd/cluster"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// A roster push tells the version that the client has when it has taken it (RFC 6121 §2.6.3): that of the own contacts as they are
// now, and those of the other sources as they were when the client was last told all of them. Between a change of a source and the
// push of it this is not the present version.

// ownItem is what the users' own contacts say about one; each node adds what its other sources say, which may be ahead of another
// node's.
type ownItem struct {
	owner, contact jid.JID
	version        string // of the owner's own contacts
	item           RosterItem
	known          bool
}

func (s *Server) ownItem(owner, contact jid.JID) (o ownItem, err error) {
	o = ownItem{owner: owner, contact: contact}
	if o.version, err = s.rosters[0].RosterVersion(s.ctx, owner); err != nil {
		return o, err
	}
	o.item, o.known, err = s.rosters[0].RosterItem(s.ctx, owner, contact)
	return o, err
}

// pushItem sends the present state of one contact to all interested clients (RFC 6121 §2.1.6). Their answers need no attention.
func (s *Server) pushItem(owner, contact jid.JID) {
	own, err := s.ownItem(owner, contact)
	if err != nil {
		s.rosterUnread(owner, err)
		return
	}
	s.pushHere(&own)
	for _, node := range s.RemoteNodes(owner) {
		if err := s.SendNode(node, kindRosterPush, own.marshal()); err != nil {
			s.log.Warn("another node cannot be reached", "node", node, "err", err)
		}
	}
}

// pushHere pushes a contact to the owner's interested sessions on this node. Two changes may be pushed at the same time, here and by
// another node: who finds that a newer one went out before makes sure that clients end with what is true.
func (s *Server) pushHere(own *ownItem) {
	late := false
	version, _ := strconv.ParseInt(own.version, 10, 64) // versionText has made it
	for {
		item, known := s.sumWith(own)
		p := itemPush{item: item, known: known}
		p.parcel = pushParcel(own.contact, "", p.append(nil))
		for _, x := range s.users.get(own.owner) {
			if !x.Presence().Interested {
				continue
			}
			x.ownTold.raise(version)
			to := x.jid.String()
			if others := x.told.Load(); others != nil {
				x.pushRoster(entry{parcel: p.parcel, to: to}, entry{parcel: pushParcel(own.contact, own.version+*others, p.append(nil)), to: to})
			} else {
				x.pushLater(entry{parcel: p.parcel, to: to})
			}
			late = late || x.ownTold.Load() > version
		}
		// What the other sources have changed meanwhile may have been pushed before this was.
		if now, still := s.sumWith(own); still == known && now.equal(&item) {
			break
		}
	}
	if late {
		s.background("a roster push", func() { s.pushAgain(own) })
	}
}

// pushAgain pushes a contact that is not as it was pushed.
func (s *Server) pushAgain(was *ownItem) {
	now, err := s.ownItem(was.owner, was.contact)
	if err != nil {
		s.rosterUnread(was.owner, err)
	} else if now.known != was.known || !now.item.equal(&was.item) {
		s.pushHere(&now)
	}
}

// highest is the greatest number there was.
type highest struct{ atomic.Int64 }

func (h *highest) raise(n int64) {
	for was := h.Load(); was < n && !h.CompareAndSwap(was, n); was = h.Load() {
	}
}

// sumWith adds what the other sources say to an own item.
func (s *Server) sumWith(own *ownItem) (item RosterItem, known bool) {
	item, known = s.rosterItemFrom(s.rosters[1:], own.owner, own.contact)
	switch {
	case own.known && known:
		item = mergeItems(own.item, item)
	case own.known:
		item = own.item
	}
	item.Contact = own.contact
	return item, known || own.known
}

// itemPush is a roster push without version.
type itemPush struct {
	item   RosterItem
	known  bool // false when the contact is removed
	parcel *parcel
}

func (p *itemPush) append(b []byte) []byte {
	if p.known {
		return appendItem(b, &p.item)
	}
	b = append(b, "<item"...)
	b = xmlstream.AppendAttr(b, "jid", p.item.Contact.String())
	return append(b, " subscription='remove'/>"...)
}

// pushParcel is a roster push; without a version when that is empty.
func pushParcel(contact jid.JID, version string, item []byte) *parcel {
	b := appendHead(make([]byte, 0, 128+len(version)+len(item)), "iq", Set, rand.Text(), "", "")
	b = append(b, "><query xmlns='"+NSRoster+"'"...)
	if version != "" {
		b = xmlstream.AppendAttr(b, "ver", version)
	}
	b = append(append(append(b, '>'), item...), "</query></iq>"...)
	c := newParcel(mustOwn(b), "", nil)
	c.topic = topic{jid: contact.String(), push: true}
	return c
}

// kindRosterPush is the envelope of an own item for sessions on another node.
const kindRosterPush = "rosterpush"

// marshal is: owner, contact, version, and the item as XML, if there is one.
func (o *ownItem) marshal() []byte {
	b := appendField(nil, o.owner.String())
	b = appendField(b, o.contact.String())
	b = appendField(b, o.version)
	if !o.known {
		return b
	}
	return appendField(b, appendItem(nil, &o.item))
}

func (s *Server) receiveRosterPush(node cluster.NodeID, b []byte) {
	own, err := unmarshalOwnItem(b)
	if err != nil {
		s.log.Error("a roster push cannot be read", "node", node, "err", err)
		return
	}
	s.contacts.cache.forget(own.owner) // word of the change may come later
	s.pushHere(&own)
}

func unmarshalOwnItem(b []byte) (o ownItem, err error) {
	if o.owner, b, err = takeJID(b); err != nil {
		return o, err
	}
	if o.contact, b, err = takeJID(b); err != nil {
		return o, err
	}
	version, b, err := takeField(b)
	if err != nil || len(b) == 0 {
		o.version = string(version)
		return o, err
	}
	o.version, o.known = string(version), true
	text, _, err := takeField(b)
	if err != nil {
		return o, err
	}
	p, err := xmlstream.Parse(text, NSRoster, xmlstream.Own)
	if err != nil {
		return o, err
	}
	o.item = RosterItem{Contact: o.contact}
	o.item.read(p)
	return o, nil
}

// read takes what appendItem has written.
func (i *RosterItem) read(p *xmlstream.Packet) {
	attr := func(name string) string {
		v, _ := p.Attr(name)
		return strings.Clone(v)
	}
	i.Name, i.Ask, i.Approved = attr("name"), attr("ask") != "", attr("approved") != ""
	i.Subscription = Subscription(max(0, slices.Index(subscriptionNames[:], attr("subscription"))))
	for e := range p.Children() {
		i.Groups = append(i.Groups, strings.Clone(e.Text()))
	}
}
