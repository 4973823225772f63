package muc

import (
	"context"

	"plenum/xmppd"
	"plenum/xmppd/dataform"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/xmlstream"
)

// configuration answers with the form (XEP-0045#roomconfig).
func (r *Room) configuration(q request) {
	if r.affiliation(q.From.Bare()) != Owner {
		r.svc.refuse(q.Stanza, xmppd.Errorf("forbidden", "only owners configure the room"))
		return
	}
	b := r.form().Append([]byte("<query xmlns='" + NSOwner + "'>"))
	r.svc.result(q.Stanza, append(b, "</query>"...))
}

// configure takes the form, a cancellation, or the wish to destroy the room.
func (r *Room) configure(q request) {
	if r.affiliation(q.From.Bare()) != Owner {
		r.svc.refuse(q.Stanza, xmppd.Errorf("forbidden", "only owners configure the room"))
		return
	}
	if d, ok := q.payload.Child(NSOwner, "destroy"); ok {
		r.askedToDestroy(q, d)
		return
	}
	f, err := dataform.Find(q.payload, "")
	switch {
	case err != nil:
		r.svc.refuse(q.Stanza, err)
	case f == nil:
		r.svc.refuse(q.Stanza, xmppd.Errorf("bad-request", "a form is needed"))
	case f.Type == "cancel":
		r.cancelled(q)
	case f.Type == "submit" && (f.FormType() == "" || f.FormType() == NSConfig):
		r.submit(q, f)
	default:
		r.svc.refuse(q.Stanza, xmppd.Errorf("bad-request", "the form is of another type"))
	}
}

// cancelled leaves the configuration as it is; a new room ends with that (XEP-0045#createroom-reserved).
func (r *Room) cancelled(q request) {
	if r.state != locked {
		r.svc.result(q.Stanza, nil)
		return
	}
	r.destroy(destruction{}, func(err error) {
		if err != nil {
			r.svc.refuse(q.Stanza, r.notStored(err))
			return
		}
		r.svc.result(q.Stanza, nil)
	})
}

// submit makes the room what the form says, and opens it when it is new.
func (r *Room) submit(q request, f *dataform.Form) {
	s, err := r.readForm(f, q.From.Bare())
	if err != nil {
		r.svc.refuse(q.Stanza, err)
		return
	}
	r.reconfigure(s, r.nickOf(q.From), func(err error) {
		switch {
		case err != nil:
			r.svc.refuse(q.Stanza, r.notStored(err))
		case len(s.extra) == 0:
			r.svc.result(q.Stanza, nil)
		default:
			r.svc.submitExtra(q, s.extra)
		}
	})
}

// submitExtra has others take what the form says about what is theirs, and answers.
func (m *Service) submitExtra(q request, extra []func(context.Context) error) {
	ok := m.job(func(ctx context.Context) {
		for _, apply := range extra {
			if err := apply(ctx); err != nil {
				m.refuse(q.Stanza, err)
				return
			}
		}
		m.result(q.Stanza, nil)
	})
	if !ok {
		m.refuse(q.Stanza, errBusy)
	}
}

// reconfigure stores and applies a checked configuration. Done is called before the occupants are told.
func (r *Room) reconfigure(s submitted, by string, done func(error)) {
	if r.state == open && s.config == r.cfg && len(s.affs) == 0 {
		done(nil)
		return
	}
	b := new(store.Batch)
	r.saveAffiliations(b, stateOf(open, &s.config), s.affs)
	if err := r.svc.store.saveConfig(b, r.addr, s.config); err != nil {
		done(err)
		return
	}
	r.change(b, func(err error) {
		done(err)
		if err != nil {
			return
		}
		old := r.cfg
		r.cfg = s.config
		r.history.trim(r.cfg.History)
		if r.state == locked {
			r.state = open // XEP-0045#createroom-general
		}
		after := r.applyAffiliations(s.affs, by)
		r.membersOnlyNow(old, after)
		after.tell(r)
		r.visibilityNow(old)
		r.announceConfig(changeCodes(old, r.cfg))
		if len(r.all) == 0 {
			r.empty() // it may have become temporary
		}
	})
}

// announceConfig tells the occupants what has changed (XEP-0045#roomconfig-notify).
func (r *Room) announceConfig(codes []int) {
	if len(codes) == 0 || len(r.all) == 0 {
		return
	}
	b := xmlstream.NewBuilder().Start("message", "", "type", "groupchat", "from", r.addr, "id", newStanzaID())
	r.sendAll(b.Raw(appendUser(nil, nil, nil, codes...)).Packet(), nil)
}

// membersOnlyNow puts those out who must not be in the room any longer (XEP-0045#roomconfig).
func (r *Room) membersOnlyNow(old RoomConfig, after *aftermath) {
	if old.MembersOnly || !r.cfg.MembersOnly {
		return
	}
	for _, o := range r.occupants {
		if o.affiliation == None && !o.guest {
			after.gone = append(after.gone, r.expel(o, removal{affiliation: None, codes: []int{codeMembersOnly}}))
		}
	}
}

// maxIntroduced is up to how many occupants everybody is told all real JIDs when a room becomes non-anonymous; the number
// of stanzas is its square.
const maxIntroduced = 200

// visibilityNow makes presence fit the new configuration.
func (r *Room) visibilityNow(old RoomConfig) {
	if old.Moderated && !r.cfg.Moderated {
		for _, o := range r.occupants {
			if o.role == Visitor {
				o.role = Participant
				r.publishAll(o, item{})
			}
		}
	}
	if old.Broadcast != r.cfg.Broadcast {
		for _, o := range r.occupants {
			if old.Broadcast.has(o.role) != r.cfg.Broadcast.has(o.role) {
				r.publish(o.primary(), item{})
			}
		}
	}
	if !old.NonAnonymous && r.cfg.NonAnonymous && len(r.occupants) <= maxIntroduced {
		for _, s := range r.all {
			if s.occupant.role != Moderator && !s.occupant.guest {
				r.introduce(s)
			}
		}
	}
}

// destruction says what becomes of a room that is destroyed (XEP-0045#destroyroom).
type destruction struct {
	alternate        jid.JID
	password, reason string
}

func (d *destruction) append(b []byte) []byte {
	b = append(b, "<destroy"...)
	if !d.alternate.IsZero() {
		b = xmlstream.AppendAttr(b, "jid", d.alternate.String())
	}
	b = append(b, '>')
	if d.password != "" {
		b = append(xmlstream.AppendText(append(b, "<password>"...), d.password), "</password>"...)
	}
	return append(appendReason(b, d.reason), "</destroy>"...)
}

func (r *Room) askedToDestroy(q request, e xmlstream.Element) {
	d := destruction{password: text(e, NSOwner, "password"), reason: text(e, NSOwner, "reason")}
	if to := attr(e, "jid"); to != "" {
		var err error
		if d.alternate, err = jid.Parse(to); err != nil {
			r.svc.refuse(q.Stanza, xmppd.Errorf("jid-malformed", "the alternate venue is not an address"))
			return
		}
	}
	r.destroy(d, func(err error) {
		if err != nil {
			r.svc.refuse(q.Stanza, r.notStored(err))
			return
		}
		r.svc.result(q.Stanza, nil)
	})
}

// destroy removes the room from the store, and puts everybody out with one stanza each. Done is called last.
func (r *Room) destroy(d destruction, done func(error)) {
	r.delete(func(err error) {
		if err == nil {
			more := d.append(nil)
			for _, s := range r.all {
				n := notice{base: goneBase, from: s.occupant.addr, id: s.occupant.mark, jid: s.jid, more: more}
				r.tellSelf(&n, []*xmppd.Recipient{s.to})
				r.removed(s, false)
			}
		}
		done(err)
	})
}

// delete removes the room from the store. When fn is called without an error, the room is about to forget everything.
func (r *Room) delete(fn func(error)) {
	b := new(store.Batch)
	r.write(b)
	r.changed(b, State{}, nil)
	r.svc.store.remove(b, r.addr, r.archiveKey().String())
	r.deleting = true
	r.change(b, func(err error) {
		r.deleting = false
		if err != nil {
			r.log.Error("a room could not be deleted", "err", err)
			r.reconsider()
		}
		fn(err)
		if err == nil {
			r.clear()
			r.svc.job(func(ctx context.Context) {
				if err := r.svc.purge(ctx); err != nil && ctx.Err() == nil {
					r.log.Warn("the archive of a room that is gone could not be removed; it is tried again later", "err", err)
				}
			})
		}
	})
}

// clear makes the room absent.
func (r *Room) clear() {
	for _, x := range r.relays {
		x.timer.Stop()
	}
	r.all, r.recipients, r.lost = nil, nil, nil
	r.residentGone()
	r.prepare()
	r.state, r.fence, r.mirrored, r.public = absent, 0, false, false
	r.history, r.subject, r.secret, r.private = history{}, subject{}, nil, recentMessages{}
}
