package muc

import (
	"errors"

	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/xmlstream"
)

// retracts is the id of the message that p takes back (XEP-0424#usecase).
func retracts(p *xmlstream.Packet) (id string, ok bool) {
	if !p.Hints().Has(xmlstream.HintRetract) {
		return "", false
	}
	e, ok := p.Child(nsRetract, "retract")
	if !ok {
		return "", false
	}
	return e.Attr("id")
}

// tombstone adds to b that a message is replaced by the mark that it was retracted (XEP-0424#tombstones), if it is by.
// Others than the author get nowhere with it: clients ignore their retractions too.
func (r *Room) tombstone(b *store.Batch, id string, by jid.JID, retraction *xmlstream.Packet) {
	n, ok := parseID(id)
	if !ok {
		return
	}
	mark := append([]byte("<retracted xmlns='"+nsRetract+"'"), xmlstream.AppendAttr(nil, "id", retraction.ID())...)
	mark = append(xmlstream.AppendAttr(mark, "stamp", now().String()), "/>"...)
	room := r.addr
	b.Do(func(tx *store.Tx) error {
		_, err := bury(tx, room, n, by.String(), mark)
		return err
	})
}

// bury replaces the content of a message of the archive by mark, and reports whether there is one; of a certain author,
// unless that is empty. What was no message to read stays as it is (XEP-0425#rules).
func bury(tx *store.Tx, room string, id int64, author string, mark []byte) (bool, error) {
	var raw []byte
	err := tx.QueryRow(`SELECT stanza FROM muc_message WHERE room = $1 AND id = $2 AND ($3 = '' OR author = $3)`, room, id, author).Scan(&raw)
	if errors.Is(err, store.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	p, err := parseStored(raw)
	if err != nil || p.Hints().Has(xmlstream.HintRetract) {
		return false, err
	}
	p = p.Rewrite(xmlstream.Rewrite{Append: mark, Drop: func(e xmlstream.Element) bool {
		return e.Space() != nsOccupantID && e.Space() != nsStanzaID
	}})
	_, err = tx.Exec(`UPDATE muc_message SET stanza = $3 WHERE room = $1 AND id = $2`, room, id, p.Raw())
	return err == nil, err
}

// moderate retracts somebody else's message (XEP-0425#usecase).
func (r *Room) moderate(q request) {
	a, role := r.actor(q.From)
	id := attr(q.payload, "id")
	n, known := parseID(id)
	_, retract := q.payload.Child(nsRetract, "retract")
	var err error
	switch {
	case !r.cfg.Archive:
		err = xmppd.Errorf("service-unavailable", "this room keeps no archive")
	case role != Moderator && a < Admin:
		err = xmppd.Errorf("forbidden", "only moderators retract the messages of others")
	case !retract || id == "":
		err = xmppd.Errorf("bad-request", "which message is to be retracted?")
	case !known:
		err = errNoSuchID
	}
	if err != nil {
		r.svc.refuse(q.Stanza, err)
		return
	}
	r.retract(q, id, n)
}

func (r *Room) retract(q request, id string, n int64) {
	newID := r.newID()
	p := r.moderation(q, id, newID)
	mark := r.moderationMark(q, p.ID())
	b := new(store.Batch)
	buried := false
	room := r.addr
	b.Do(func(tx *store.Tx) (err error) {
		if buried, err = bury(tx, room, n, "", mark); err == nil && !buried {
			err = errNoSuchID
		}
		return err
	})
	r.write(b)
	r.archive(b, entry{id: newID, from: r.jid, packet: p})
	r.change(b, func(err error) {
		switch {
		case errors.Is(err, errNoSuchID):
			r.svc.refuse(q.Stanza, errNoSuchID)
		case err != nil:
			r.svc.refuse(q.Stanza, r.notStored(err))
		default:
			r.history.retract(id, jid.JID{})
			r.send(p, "", nil, r.recipients)
			r.svc.result(q.Stanza, nil)
		}
	})
}

// moderation is what everybody is told.
func (r *Room) moderation(q request, id, newID string) *xmlstream.Packet {
	b := xmlstream.NewBuilder().Start("message", "", "type", "groupchat", "from", r.addr, "id", newStanzaID())
	b.Start("retract", nsRetract, "id", id).Raw(r.moderated(q))
	if reason := text(q.payload, nsModerate, "reason"); reason != "" {
		b.Element("reason", "", reason)
	}
	return b.End().Raw(r.appendIDs(nil, newID)).Packet()
}

// moderated says who did it, by the name that he has in the room.
func (r *Room) moderated(q request) []byte {
	by, idXML := r.addr, occupantIDXML(r.occupantID(q.From.Bare()))
	if o := r.occupantOf(q.From); o != nil {
		by = o.addr
	}
	b := append([]byte("<moderated xmlns='"+nsModerate+"'"), xmlstream.AppendAttr(nil, "by", by)...)
	return append(append(append(b, '>'), idXML...), "</moderated>"...)
}

func (r *Room) moderationMark(q request, id string) []byte {
	b := append([]byte("<retracted xmlns='"+nsRetract+"'"), xmlstream.AppendAttr(nil, "id", id)...)
	b = append(xmlstream.AppendAttr(b, "stamp", now().String()), '>')
	b = append(b, r.moderated(q)...)
	return append(appendReason(b, text(q.payload, nsModerate, "reason")), "</retracted>"...)
}
