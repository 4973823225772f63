package muc

import (
	"time"

	"plenum/components/archive"
	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/xmlstream"
)

// groupMessage is a message to all (XEP-0045#message). It is the one event that does not wait for earlier messages to be
// stored.
type groupMessage struct{ stanza }

func (g groupMessage) apply(r *Room) {
	o, err := g.speaker(r)
	if err == nil {
		err = r.throttle(o)
	}
	if err != nil {
		r.svc.refuse(g.Stanza, err)
		return
	}
	b := new(store.Batch)
	id := r.newID()
	p := r.reflected(g.Packet, o, id)
	kept := keeps(p)
	if kept && r.cfg.Archive {
		r.archive(b, id, g.From, o, p)
		if old, ok := retracts(p); ok {
			r.tombstone(b, old, g.From.Bare(), p)
		}
	}
	m := past{id: id, packet: p, extra: appendStanzaID(nil, r.addr, id), at: idMoment(id), from: g.From}
	r.commitFor(g.Stanza, b, func(err error) {
		if err != nil {
			r.log.Error("a message could not be stored", "err", err)
			r.svc.refuse(g.Stanza, xmppd.Errorf("resource-constraint", "the message could not be stored"))
			return
		}
		r.deliver(m, kept)
		g.Settled()
	})
}

// deliver gives a message to all occupants, its sender among them, but not to guests who wait.
func (r *Room) deliver(m past, kept bool) {
	if kept {
		m.from = m.from.Clone()
		r.history.add(m, r.cfg.History)
	}
	if id, ok := retracts(m.packet); ok {
		r.history.retract(id, m.from.Bare())
	}
	r.sendTo(m.packet, m.extra, r.silenced())
}

// speaker is the occupant who sends, or the reason why he must not.
func (g groupMessage) speaker(r *Room) (*occupant, error) {
	if r.state == absent {
		return nil, xmppd.Errorf("item-not-found", "there is no such room")
	}
	o := r.occupantOf(g.From)
	switch {
	case o == nil:
		return nil, xmppd.Errorf("not-acceptable", "you are not in the room")
	case o.role < Participant:
		return nil, xmppd.Errorf("forbidden", "you have no voice in this room")
	case g.Packet.Size() > r.svc.cfg.MessageBytes:
		return nil, xmppd.Errorf("policy-violation", "the message is larger than %d bytes", r.svc.cfg.MessageBytes)
	}
	return o, r.mute(o, g.From)
}

// reflected is the message as everybody gets it, apart from the stanza id: from the occupant, and without what only the
// room may say (XEP-0359#rules, XEP-0421#rules, XEP-0313#security-muc-spoofing). Guests say no more than they are shown of others.
func (r *Room) reflected(p *xmlstream.Packet, o *occupant, id archive.ID) *xmlstream.Packet {
	rw := xmlstream.Rewrite{From: xmlstream.Set(o.addr), To: xmlstream.Remove(), Append: o.idXML}
	if p.ID() == "" {
		rw.ID = xmlstream.Set(id.String())
	}
	if o.guest {
		rw.Drop = func(e xmlstream.Element) bool { return isRoomElement(e) || r.forged(e) || r.hidden(e) }
	} else if p.Hints().Any(xmlstream.HintStanzaID | xmlstream.HintOccupantID | xmlstream.HintMUC | xmlstream.HintMUCUser) {
		rw.Drop = func(e xmlstream.Element) bool { return isRoomElement(e) || r.forged(e) }
	}
	return p.Rewrite(rw)
}

// forged reports whether an element claims to be this room's stanza id.
func (r *Room) forged(e xmlstream.Element) bool {
	if !e.Is(nsStanzaID, "stanza-id") {
		return false
	}
	by, err := jid.Parse(attr(e, "by"))
	return err != nil || by == r.jid
}

// appendStanzaID is the element that names a message's place in the archive (XEP-0359).
func appendStanzaID(b []byte, room string, id archive.ID) []byte {
	b = append(b, "<stanza-id xmlns='"+nsStanzaID+"'"...)
	b = xmlstream.AppendAttr(b, "by", room)
	return append(xmlstream.AppendAttr(b, "id", id.String()), "/>"...)
}

// keeps reports whether a message belongs into history and archive: what people read, and what changes that
// (XEP-0313#business-storeret-muc-archives, XEP-0334).
func keeps(p *xmlstream.Packet) bool {
	h := p.Hints()
	if h.Any(xmlstream.HintNoStore | xmlstream.HintNoPermanentStore) {
		return false
	}
	return h.Any(xmlstream.HintBody | xmlstream.HintStore | xmlstream.HintEncrypted | xmlstream.HintRetract | xmlstream.HintReaction |
		xmlstream.HintMarker | xmlstream.HintReceipt | xmlstream.HintSubject)
}

// bucket limits how much an occupant may say.
type bucket struct {
	tokens float64
	last   time.Time
}

const burstSeconds = 10

var errThrottled = &xmppd.StanzaError{Type: "wait", Condition: "policy-violation", Text: "you send too much"}

// throttle says when an occupant talks too much.
func (r *Room) throttle(o *occupant) error {
	rate := float64(r.svc.cfg.MessagesPerSecond)
	if o.guest {
		rate = float64(r.svc.cfg.GuestMessagesPerSecond)
	}
	if rate == 0 || o.affiliation >= Admin {
		return nil
	}
	if !o.bucket.take(rate) {
		return errThrottled
	}
	return nil
}

// take counts something that may happen rate times a second for long.
func (b *bucket) take(rate float64) bool {
	t := time.Now()
	if b.last.IsZero() {
		b.tokens = rate * burstSeconds
	}
	b.tokens = min(b.tokens+t.Sub(b.last).Seconds()*rate, rate*burstSeconds)
	b.last = t
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}
