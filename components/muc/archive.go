package muc

import (
	"bytes"
	"context"
	"strconv"

	"plenum/components/archive"
	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/rsm"
	"plenum/xmppd/store"
	"plenum/xmppd/xmlstream"
)

// archiveKey is whose archive it is for the engine: the room with the time of its creation as the resource. A room that is
// destroyed and made again has nothing to do with the archive of the former one, which is removed in its own time.
func archiveKey(room jid.JID, created moment) jid.JID {
	k, err := room.WithResource(strconv.FormatInt(int64(created), 36))
	if err != nil {
		return room // cannot be: digits and letters are a resource
	}
	return k
}

func (r *Room) archiveKey() jid.JID { return archiveKey(r.jid, r.created) }

// newID makes the id of the next message. Another node's clock, or this one's, may have been ahead.
func (r *Room) newID() archive.ID {
	r.lastID = max(r.svc.engine.NextID(), r.lastID+1)
	return r.lastID
}

// archive adds a message to b. Its author stands in the stored stanza the way occupants see it in presence; those who must
// not know get it without (XEP-0313#business-storeret-muc-archives). O is nil for messages of the room itself.
func (r *Room) archive(b *store.Batch, id archive.ID, from jid.JID, o *occupant, p *xmlstream.Packet) {
	if r.svc.several.Load() {
		r.write(b) // with one node there is nobody else who could own the room
	}
	var x []byte
	if o != nil {
		x = appendUser(nil, &item{affiliation: o.affiliation, role: o.role, jid: from.String()}, nil)
	}
	r.svc.engine.Add(b, r.archiveKey(), id, from, p.Render(make([]byte, 0, p.Size()+len(x)+16), "", "", x, xmlstream.ClientTCP))
}

var userStart = []byte("<x xmlns='" + NSUser + "'>")

// withoutAuthor takes away what archive has added about the author, which stands last.
func withoutAuthor(stanza []byte) []byte {
	i := bytes.LastIndex(stanza, userStart)
	if i < 0 || !bytes.HasSuffix(stanza, []byte("</x></message>")) {
		return stanza
	}
	return append(stanza[:i:i], "</message>"...)
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

// archiveQuery answers with a page of the archive (XEP-0313#query). It reads outside the room's goroutine.
func (r *Room) archiveQuery(q request) {
	err := r.mayRead(q.From)
	var s archive.Query
	if err == nil {
		s, err = archive.ParseQuery(q.payload)
	}
	named := r.knows(q.From)
	if err == nil {
		err = r.author(&s.With, named || s.With.Bare() == q.From.Bare())
	}
	if err != nil {
		r.svc.refuse(q.Stanza, err)
		return
	}
	var change func([]byte) []byte
	if !named {
		change = withoutAuthor
	}
	r.read(q, func(ctx context.Context, iq *xmppd.IQ, key jid.JID) error {
		page, err := r.svc.engine.Query(ctx, key, s)
		if err == nil {
			archive.Answer(iq, s, page, change)
		}
		return err
	})
}

// author turns the wish for one author's messages into his real address: from a nickname, or as it is when the asker may
// know it (XEP-0313#filter-jid).
func (r *Room) author(with *jid.JID, named bool) error {
	switch {
	case with.IsZero(), *with == r.jid:
		*with = jid.JID{}
	case with.Bare() == r.jid:
		if o := r.occupants[with.Resource()]; o != nil {
			*with = o.bare
		} else if who, ok := r.nicks[with.Resource()]; ok {
			*with = who
		} else {
			return xmppd.Errorf("item-not-found", "there is nobody of that name in the room")
		}
	case !named:
		return xmppd.Errorf("forbidden", "you must not know who has written what")
	}
	return nil
}

// read runs fn outside the room's goroutine, and answers with its error.
func (r *Room) read(q request, fn func(ctx context.Context, iq *xmppd.IQ, key jid.JID) error) {
	m, key := r.svc, r.archiveKey()
	ok := m.job(func(ctx context.Context) {
		if err := fn(ctx, m.srv.NewIQ(q.Stanza, q.payload), key); err != nil {
			m.refuse(q.Stanza, err)
		}
	})
	if !ok {
		m.refuse(q.Stanza, errBusy)
	}
}

// archiveForm answers which fields a query may have (XEP-0313#query-form).
func (r *Room) archiveForm(q request) {
	if err := r.mayRead(q.From); err != nil {
		r.svc.refuse(q.Stanza, err)
		return
	}
	r.svc.result(q.Stanza, archive.AppendForm(nil))
}

// archiveMetadata answers with the first and the last message (XEP-0313#archive-metadata).
func (r *Room) archiveMetadata(q request) {
	if err := r.mayRead(q.From); err != nil {
		r.svc.refuse(q.Stanza, err)
		return
	}
	r.read(q, func(ctx context.Context, iq *xmppd.IQ, key jid.JID) error {
		first, last, ok, err := r.svc.engine.Ends(ctx, key)
		if err == nil {
			iq.Result(archive.AppendMetadata(nil, first, last, ok))
		}
		return err
	})
}

// loadHistory reads the last messages that a room may show to those who enter, oldest first.
func (m *Service) loadHistory(ctx context.Context, room string, key jid.JID, limit int) (list []past, last archive.ID, err error) {
	page, err := m.engine.Query(ctx, key, archive.Query{RSM: rsm.Request{Max: limit + historySlack, Last: true, Index: -1}})
	if err != nil {
		return nil, 0, err
	}
	for _, row := range page.Rows {
		last = row.ID
		x, err := parseStored(row.Stanza)
		if err != nil {
			return nil, 0, err
		}
		from := authorOf(x)
		p, err := parseStored(withoutAuthor(row.Stanza))
		if err == nil && !from.IsZero() && !isSubject(p) && !p.Has(nsRetract, "retracted") {
			list = append(list, past{id: row.ID, packet: p, extra: appendStanzaID(nil, room, row.ID), at: idMoment(row.ID), from: from})
		}
	}
	return list[max(0, len(list)-limit):], last, nil
}

// historySlack is how many more messages are read than are shown, as some are no part of the history (subjects,
// tombstones).
const historySlack = 20

// authorOf is the full JID that archive has added.
func authorOf(p *xmlstream.Packet) jid.JID {
	x, _ := p.Child(NSUser, "x")
	i, _ := x.Child(NSUser, "item")
	j, _ := jid.Parse(attr(i, "jid"))
	return j
}

func idMoment(id archive.ID) moment { return moment(id.Time().UnixMilli()) }

// purge removes the archives of rooms that are gone.
func (m *Service) purge(ctx context.Context) error {
	keys, err := m.names(ctx, `SELECT archive FROM muc_purge`)
	for _, key := range keys {
		if err == nil {
			err = m.engine.Purge(ctx, key)
		}
		if err == nil {
			err = m.store.db.Commit(ctx, func(tx *store.Tx) error {
				_, err := tx.Exec(`DELETE FROM muc_purge WHERE archive = $1`, key.String())
				return err
			})
		}
	}
	return err
}
