package xmppd

import (
	"bytes"
	"crypto/rand"

	"plenum/xmppd/cluster"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// A roster push tells the version that the client has when it has taken it (RFC 6121 §2.6.3): that of the own contacts as they are
// now, and those of the other sources as they were when the client was last told all of them. Between a change of a source and the
// push of it this is not the present version.

// kindRosterPush is the envelope of a roster push for sessions on another node: the owner, the version of the own contacts, the item.
const kindRosterPush = "rosterpush"

// pushItem sends the present state of one contact to all interested clients (RFC 6121 §2.1.6). Their answers need no attention.
func (s *Server) pushItem(owner, contact jid.JID) {
	for {
		version, err := s.rosters[0].RosterVersion(s.ctx, owner)
		if err != nil {
			s.rosterUnread(owner, err)
			return
		}
		rendered := s.renderItem(owner, contact)
		s.pushHere(owner, version, contact, rendered)
		for _, node := range s.RemoteNodes(owner) {
			b := appendField(nil, owner.String())
			b = appendField(b, version)
			b = appendField(b, contact.String())
			if err := s.SendNode(node, kindRosterPush, appendField(b, rendered)); err != nil {
				s.log.Warn("another node cannot be reached", "node", node, "err", err)
			}
		}
		// What changed meanwhile may have been pushed before this was.
		if bytes.Equal(rendered, s.renderItem(owner, contact)) {
			return
		}
	}
}

// renderItem is the owner's item for a contact as it stands in a push.
func (s *Server) renderItem(owner, contact jid.JID) []byte {
	if item, ok := s.RosterItem(owner, contact); ok {
		return appendItem(nil, &item)
	}
	return appendRemoved(nil, contact)
}

func appendRemoved(b []byte, contact jid.JID) []byte {
	b = append(b, "<item"...)
	b = xmlstream.AppendAttr(b, "jid", contact.String())
	return append(b, " subscription='remove'/>"...)
}

// pushHere gives a rendered item to the owner's interested sessions on this node.
func (s *Server) pushHere(owner jid.JID, version string, contact jid.JID, item []byte) {
	var plain *parcel
	for _, x := range s.users.get(owner) {
		if !x.Presence().Interested {
			continue
		}
		if plain == nil {
			plain = pushParcel(contact, "", item)
		}
		to := x.jid.String()
		if others := x.told.Load(); others != nil {
			x.pushRoster(entry{parcel: plain, to: to}, entry{parcel: pushParcel(contact, version+*others, item), to: to})
		} else {
			x.pushLater(entry{parcel: plain, to: to})
		}
	}
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

// receiveRosterPush delivers what another node's pushItem has sent.
func (s *Server) receiveRosterPush(node cluster.NodeID, b []byte) {
	owner, b, err := takeJID(b)
	var version, item []byte
	var contact jid.JID
	if err == nil {
		version, b, err = takeField(b)
	}
	if err == nil {
		contact, b, err = takeJID(b)
	}
	if err == nil {
		item, _, err = takeField(b)
	}
	if err == nil {
		_, err = xmlstream.Parse(item, NSRoster, xmlstream.S2S)
	}
	if err != nil {
		s.log.Error("a roster push cannot be read", "node", node, "err", err)
		return
	}
	s.pushHere(owner, string(version), contact, item)
}
