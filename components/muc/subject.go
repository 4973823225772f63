package muc

import (
	"plenum/xmppd"
	"plenum/xmppd/store"
	"plenum/xmppd/xmlstream"
)

// subject is the room's topic as it was set; packet is nil when there never was one.
type subject struct {
	packet *xmlstream.Packet
	at     moment
}

// setSubject is a message of type groupchat with a subject and without body or thread (XEP-0045#subject-mod).
type setSubject struct{ stanza }

func isSubject(p *xmlstream.Packet) bool {
	h := p.Hints()
	return h.Has(xmlstream.HintSubject) && !h.Any(xmlstream.HintBody|xmlstream.HintThread)
}

func (c setSubject) apply(r *Room) {
	o, err := groupMessage(c).speaker(r)
	if o != nil && o.guest {
		err = xmppd.Errorf("forbidden", "guests do not set the subject")
	}
	if o != nil && o.role == Visitor {
		err = xmppd.Errorf("forbidden", "visitors do not set the subject")
	}
	if err == nil && o.role != Moderator && !r.cfg.ChangeSubject {
		err = xmppd.Errorf("forbidden", "only moderators set the subject")
	}
	if err != nil {
		r.svc.refuse(c.Stanza, err)
		return
	}
	id := r.newID()
	p := r.reflected(c.Packet, o, id)
	s := subject{p, idMoment(id)}
	b := new(store.Batch)
	if r.cfg.Archive {
		r.archive(b, id, c.From, o, p)
	}
	r.svc.store.saveSubject(r.write(b), r.addr, s)
	r.change(b, func(err error) {
		if err != nil {
			r.log.Error("a subject could not be stored", "err", err)
			r.svc.refuse(c.Stanza, xmppd.Errorf("resource-constraint", "the subject could not be stored"))
			return
		}
		r.subject = s
		r.sendAll(p, appendStanzaID(nil, r.addr, id))
	})
}

var noSubject = xmlstream.MustParse("<message type='groupchat'><subject/></message>")

// sendSubject is the last thing that somebody hears on entering (XEP-0045#enter-subject).
func (r *Room) sendSubject(s *session) {
	to, p := []*xmppd.Recipient{s.to}, r.subject.packet
	if p == nil {
		r.send(noSubject, r.addr, nil, to)
		return
	}
	if s.occupant.guest {
		p = forGuests(p, r.hidden)
	}
	r.send(p, "", r.appendDelay(nil, r.subject.at), to)
}

// subjectText is the subject in plain text.
func (r *Room) subjectText() string {
	if r.subject.packet == nil {
		return ""
	}
	e, _ := r.subject.packet.Child(xmppd.NSClient, "subject")
	return e.Text()
}
