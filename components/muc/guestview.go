package muc

import (
	"bytes"
	"slices"

	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// Guests are never shown a real JID. What the room says itself is made accordingly; what clients add to their stanzas may
// name people too (the header of OMEMO does, and so do invitations), so a guest gets only those elements that do not.

const (
	nsHats      = "urn:xmpp:hats:0"
	nsReply     = "urn:xmpp:reply:0"
	nsTime      = "urn:xmpp:time"
	nsVersion   = "jabber:iq:version"
	nsDiscoInfo = "http://jabber.org/protocol/disco#info"
)

// guestHat marks guests, so that everybody's client can show who is no colleague (XEP-0317#presence).
var guestHat = []byte("<hats xmlns='" + nsHats + "'><hat title='Guest' uri='urn:plenum:hat:guest' xml:lang='en'/></hats>")

// guestMessage are the namespaces of what a guest gets of a message. Of the stanza's own namespace it is guestParts.
var guestMessage = map[string]bool{
	"http://jabber.org/protocol/chatstates": true,
	"urn:xmpp:message-correct:0":            true,
	nsReply:                                 true,
	"urn:xmpp:fallback:0":                   true,
	"urn:xmpp:reactions:0":                  true,
	nsRetract:                               true,
	"urn:xmpp:receipts":                     true,
	"urn:xmpp:chat-markers:0":               true,
	"urn:xmpp:hints":                        true,
	"urn:xmpp:eme:0":                        true, // says that there is something that guests cannot read
	"jabber:x:oob":                          true,
	nsStanzaID:                              true,
	nsOccupantID:                            true,
	NSUser:                                  true, // the room's own: what clients say in it is dropped for everybody
}

// guestParts are the elements of jabber:client that a guest gets: what people have written.
var guestParts = []string{"body", "subject", "thread", "show", "status"}

// hidden reports whether an element of a message is not for guests. Whatever is no text for people and holds what may be an address
// is not, except an answer to somebody in the room.
func (r *Room) hidden(e xmlstream.Element) bool {
	if e.Space() == xmppd.NSClient {
		return !slices.Contains(guestParts, e.Local())
	}
	at := bytes.Count(e.Standalone(), []byte("@"))
	if e.Space() == nsReply && at == 1 {
		to, err := jid.Parse(attr(e, "to"))
		return err != nil || to.Bare() != r.jid
	}
	return !guestMessage[e.Space()] || at > 0
}

// hiddenPresence is hidden for presence: a client's own words are all that there is to see.
func hiddenPresence(e xmlstream.Element) bool {
	return e.Space() != xmppd.NSClient || !slices.Contains(guestParts, e.Local())
}

// forGuests is what guests get of a stanza: the same packet when that is everything.
func forGuests(p *xmlstream.Packet, hidden func(xmlstream.Element) bool) *xmlstream.Packet {
	for e := range p.Children() {
		if hidden(e) {
			return p.Rewrite(xmlstream.Rewrite{Drop: hidden})
		}
	}
	return p
}

// sendAll gives a message to everybody in the room.
func (r *Room) sendAll(p *xmlstream.Packet, extra []byte) { r.sendTo(p, extra, nil) }

// sendTo is sendAll without the guests who are silenced; nil is nobody.
func (r *Room) sendTo(p *xmlstream.Packet, extra []byte, silenced func(jid.JID) bool) {
	lean := p
	if r.guests > 0 {
		lean = forGuests(p, r.hidden)
	}
	if lean == p && silenced == nil {
		r.send(p, "", extra, r.recipients)
		return
	}
	guests, others := r.scratch[0][:0], r.scratch[1][:0]
	for i, s := range r.all {
		switch {
		case !s.occupant.guest:
			others = append(others, r.recipients[i])
		case silenced == nil || !silenced(s.jid):
			guests = append(guests, r.recipients[i])
		}
	}
	r.scratch[0], r.scratch[1] = guests, others
	if len(others) > 0 {
		r.send(p, "", extra, others)
	}
	if len(guests) > 0 {
		r.send(lean, "", extra, guests)
	}
}

// guestBase is the session's presence as guests get it.
func (s *session) guestBase() *xmlstream.Packet {
	if s.lean == nil {
		s.lean = forGuests(s.base, hiddenPresence)
	}
	return s.lean
}

// guestRequests are what others may ask the client of a guest. The requests carry no address; those of Jingle would.
var guestRequests = map[string]bool{nsPing: true, nsTime: true, nsVersion: true, nsDiscoInfo: true}
