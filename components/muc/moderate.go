package muc

import (
	"errors"

	"plenum/components/archive"
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
	n, ok := archive.ParseID(id)
	if !ok {
		return
	}
	mark := append([]byte("<retracted xmlns='"+nsRetract+"'"), xmlstream.AppendAttr(nil, "id", retraction.ID())...)
	mark = append(xmlstream.AppendAttr(mark, "stamp", now().String()), "/>"...)
	r.svc.engine.Edit(b, r.archiveKey(), n, func(author jid.JID, stanza []byte) ([]byte, error) {
		if stanza == nil || author.Bare() != by {
			return nil, nil
		}
		return bury(stanza, mark)
	})
}

// bury replaces the content of an archived message by mark; what the room has added stays. What was no message to read is
// left as it is (XEP-0425#rules); then the result is nil.
func bury(stanza, mark []byte) ([]byte, error) {
	p, err := parseStored(stanza)
	if err != nil || p.Hints().Has(xmlstream.HintRetract) {
		return nil, err
	}
	var author []byte
	p = p.Rewrite(xmlstream.Rewrite{Drop: func(e xmlstream.Element) bool {
		if e.Is(NSUser, "x") {
			author = e.Standalone()
		}
		return e.Space() != nsOccupantID
	}})
	return p.Render(nil, "", "", append(mark[:len(mark):len(mark)], author...), xmlstream.ClientTCP), nil
}

// moderate retracts somebody else's message (XEP-0425#usecase).
func (r *Room) moderate(q request) {
	a, role := r.actor(q.From)
	id := attr(q.payload, "id")
	n, known := archive.ParseID(id)
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

var errNoSuchID = xmppd.Errorf("item-not-found", "there is no message with that id")

func (r *Room) retract(q request, id string, n archive.ID) {
	newID := r.newID()
	p := r.moderation(q, id)
	mark := r.moderationMark(q, p.ID())
	b := new(store.Batch)
	r.svc.engine.Edit(b, r.archiveKey(), n, func(_ jid.JID, stanza []byte) ([]byte, error) {
		if stanza == nil {
			return nil, errNoSuchID
		}
		buried, err := bury(stanza, mark)
		if err == nil && buried == nil {
			err = errNoSuchID
		}
		return buried, err
	})
	r.write(b)
	r.archive(b, newID, r.jid, nil, p)
	r.change(b, func(err error) {
		switch {
		case errors.Is(err, errNoSuchID):
			r.svc.refuse(q.Stanza, errNoSuchID)
		case err != nil:
			r.svc.refuse(q.Stanza, r.notStored(err))
		default:
			r.history.retract(id, jid.JID{})
			r.sendAll(p, appendStanzaID(nil, r.addr, newID))
			r.svc.result(q.Stanza, nil)
		}
	})
}

// moderation is what everybody is told.
func (r *Room) moderation(q request, id string) *xmlstream.Packet {
	b := xmlstream.NewBuilder().Start("message", "", "type", "groupchat", "from", r.addr, "id", newStanzaID())
	b.Start("retract", nsRetract, "id", id).Raw(r.moderated(q))
	if reason := text(q.payload, nsModerate, "reason"); reason != "" {
		b.Element("reason", "", reason)
	}
	return b.Packet()
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
