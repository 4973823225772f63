package muc

import (
	"crypto/rand"
	"encoding/binary"
	"strconv"

	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/xmlstream"
)

const nsArchive = "urn:xmpp:mam:2"

// idShift is how many bits of an archive id stand below the milliseconds.
const idShift = 20

// newID makes the id of the next message: later ones are greater, and nobody guesses the next.
func (r *Room) newID() string {
	var rnd [4]byte
	rand.Read(rnd[:]) // never fails
	n := int64(binary.BigEndian.Uint32(rnd[:]))
	id := int64(now())<<idShift | n&(1<<(idShift-1)-1)
	if id <= r.lastID {
		id = r.lastID + 1 + n&0xff
	}
	r.lastID = id
	return formatID(id)
}

func formatID(id int64) string { return strconv.FormatInt(id, 36) }

// parseID reads an id; ok is false when it cannot be one of ours.
func parseID(s string) (id int64, ok bool) {
	id, err := strconv.ParseInt(s, 36, 64)
	return id, err == nil && id > 0 && formatID(id) == s
}

func idMoment(id int64) moment { return moment(id >> idShift) }

var messageRow = store.NewInsert("muc_message", []string{"room", "id", "author", "resource", "nick", "affiliation", "role", "stanza"}, "")

// entry is a message for the archive.
type entry struct {
	id       string
	from     jid.JID   // full JID of the author
	occupant *occupant // nil for messages of the room itself
	packet   *xmlstream.Packet
}

// archive adds a message to b.
func (r *Room) archive(b *store.Batch, e entry) {
	if r.svc.several.Load() {
		r.write(b) // with one node there is nobody else who could own the room
	}
	id, _ := parseID(e.id)
	nick, a, role := "", None, NoRole
	if o := e.occupant; o != nil {
		nick, a, role = o.nick, o.affiliation, o.role
	}
	b.Insert(messageRow, r.addr, id, e.from.Bare().String(), e.from.Resource(), nick, a.String(), role.String(), e.packet.Raw())
}

// mayRead says why somebody must not read the archive: who may enter may read (XEP-0313#business-storeret-muc-archives).
func (r *Room) mayRead(who jid.JID) error {
	a := r.affiliation(who.Bare())
	switch in := r.occupantOf(who) != nil; {
	case !r.cfg.Archive:
		return xmppd.Errorf("service-unavailable", "this room keeps no archive")
	case a == Outcast, r.svc.isGuest(who.Bare()):
	case a >= Member, in, !r.cfg.MembersOnly && r.cfg.Password == "":
		return nil
	}
	return xmppd.Errorf("forbidden", "you must not read this archive")
}

// knows reports whether somebody may learn who wrote what.
func (r *Room) knows(who jid.JID) bool {
	a, role := r.actor(who)
	return (r.cfg.NonAnonymous || role == Moderator || a >= Admin) && !r.svc.isGuest(who.Bare())
}

// shown reports whether a message of the archive belongs to what those who enter are shown: not the subject, and nothing
// that was retracted.
func shown(p *xmlstream.Packet) bool { return !isSubject(p) && !p.Has(nsRetract, "retracted") }
