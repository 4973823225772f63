package muc

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"plenum/components/archive"
	"plenum/components/disco"
	"plenum/xmppd"
	"plenum/xmppd/dataform"
	"plenum/xmppd/jid"
	"plenum/xmppd/rsm"
	"plenum/xmppd/xmlstream"
)

// maxListed is how many rooms one answer lists.
const maxListed = 200

// serve answers what is addressed to the service itself.
func (m *Service) serve(in *xmppd.Stanza) {
	p := in.Packet
	switch p.Kind() {
	case xmlstream.Presence:
		if p.Type() == "" {
			m.refuse(in, xmppd.Errorf("jid-malformed", "a room has a name"))
		}
		return
	case xmlstream.Message:
		if p.Type() != "error" && p.Type() != "headline" {
			m.refuse(in, xmppd.Errorf("service-unavailable", ""))
		}
		return
	}
	if p.Type() != xmppd.Get && p.Type() != xmppd.Set {
		return
	}
	e, _ := p.First()
	node := attr(e, "node")
	switch (requestKey{p.Type(), e.Space(), e.Local()}) {
	case requestKey{xmppd.Get, disco.NSInfo, "query"}:
		if node != "" {
			m.refuse(in, xmppd.Errorf("item-not-found", "there is no such node"))
			return
		}
		m.result(in, m.serviceInfo().Append(nil))
	case requestKey{xmppd.Get, disco.NSItems, "query"}:
		m.listRooms(in, e, node)
	case requestKey{xmppd.Get, nsPing, "ping"}:
		m.result(in, nil)
	default:
		m.refuse(in, xmppd.Errorf("service-unavailable", ""))
	}
}

func (m *Service) serviceInfo() *disco.Info {
	return &disco.Info{
		Identities: []disco.Identity{{Category: "conference", Type: "text", Name: m.cfg.Name}},
		Features: []string{disco.NSInfo, disco.NSItems, NS, nsStableID, nsOccupantID, nsPing, nsCard, rsm.NS, "muc_rooms",
			archive.NS, archive.NS + "#extended", nsModerate},
	}
}

// listRooms lists the public rooms, a page at a time (XEP-0045#disco-rooms).
func (m *Service) listRooms(in *xmppd.Stanza, query xmlstream.Element, node string) {
	if node != "" {
		m.refuse(in, xmppd.Errorf("item-not-found", "there is no such node"))
		return
	}
	req, err := rsm.Parse(query)
	if err != nil {
		m.refuse(in, err)
		return
	}
	_, paged := query.Child(rsm.NS, "set")
	ok := m.job(func(ctx context.Context) {
		page, err := m.store.public(ctx, req, maxListed)
		if err != nil {
			m.refuse(in, err)
			return
		}
		b := disco.AppendItems(nil, "", page.items)
		if paged || len(page.items) < page.count {
			b = append(b[:len(b)-len("</query>")], page.set().Append(nil)...)
			b = append(b, "</query>"...)
		}
		m.result(in, b)
	})
	if !ok {
		m.refuse(in, errBusy)
	}
}

// info says what the room is like (XEP-0045#disco-roominfo).
func (r *Room) info(q request) {
	switch node := attr(q.payload, "node"); node {
	case "":
		r.svc.result(q.Stanza, r.about(q.From).Append(nil))
	case nodeReserved: // XEP-0045#reservednick
		i := &disco.Info{Node: node}
		if a := r.affs[q.From.Bare()]; a != nil && a.nick != "" {
			i.Identities = []disco.Identity{{Category: "conference", Type: "text", Name: a.nick}}
		}
		r.svc.result(q.Stanza, i.Append(nil))
	case nsTraffic: // XEP-0045#impl-service-traffic: everything passes
		r.svc.refuse(q.Stanza, xmppd.Errorf("service-unavailable", ""))
	default:
		r.svc.refuse(q.Stanza, xmppd.Errorf("item-not-found", "there is no such node"))
	}
}

func (r *Room) about(who jid.JID) *disco.Info {
	c := &r.cfg
	i := &disco.Info{
		Identities: []disco.Identity{{Category: "conference", Type: "text", Name: r.title()}},
		Features: []string{disco.NSInfo, disco.NSItems, NS, nsStableID, nsSelfPing, nsOccupantID, nsStanzaID, nsPing, nsCard, nsRegister,
			NSJoining, NSConfig, NSInfo, NSRequest, nsHats},
		Forms: []*dataform.Form{r.infoForm(who)},
	}
	for _, f := range []struct {
		on      bool
		yes, no string
	}{
		{c.Public, "muc_public", "muc_hidden"}, {c.Persistent, "muc_persistent", "muc_temporary"},
		{c.MembersOnly, "muc_membersonly", "muc_open"}, {c.Moderated, "muc_moderated", "muc_unmoderated"},
		{c.NonAnonymous, "muc_nonanonymous", "muc_semianonymous"}, {c.Password != "", "muc_passwordprotected", "muc_unsecured"},
	} {
		if f.on {
			i.Features = append(i.Features, f.yes)
		} else {
			i.Features = append(i.Features, f.no)
		}
	}
	if d := r.svc.doors.Resident; d != nil {
		more := d.About(r.jid)
		i.Identities, i.Features = append(i.Identities, more.Identities...), append(i.Features, more.Features...)
	}
	if c.Archive {
		i.Features = append(i.Features, archive.NS, archive.NSExtended, nsModerate, nsRetract, featTombstone)
	}
	return i
}

// infoForm is the form muc#roominfo (XEP-0045#registrar-formtype-roominfo).
func (r *Room) infoForm(who jid.JID) *dataform.Form {
	c := &r.cfg
	f := dataform.New("result", NSInfo)
	one := func(name, typ, label, value string) {
		f.Add(dataform.Field{Var: name, Type: typ, Label: label, Values: []string{value}})
	}
	one("muc#roominfo_description", dataform.TextSingle, "Description", c.Description)
	one("muc#roomconfig_roomname", dataform.TextSingle, "Name", c.Name)
	one("muc#roominfo_lang", dataform.TextSingle, "Language of the discussion", c.Lang)
	one("muc#roominfo_occupants", dataform.TextSingle, "Number of occupants", strconv.Itoa(len(r.occupants)))
	one("muc#maxhistoryfetch", dataform.TextSingle, "Messages shown on entering", strconv.Itoa(c.History))
	one("muc#roominfo_subjectmod", dataform.Boolean, "Participants may set the subject", dataform.BoolValue(c.ChangeSubject))
	one("muc#roomconfig_changesubject", dataform.Boolean, "Participants may set the subject", dataform.BoolValue(c.ChangeSubject))
	one("muc#roomconfig_allowinvites", dataform.Boolean, "Members may invite others", dataform.BoolValue(c.AllowInvites))
	one("muc#roomconfig_allowpm", dataform.ListSingle, "Who may send private messages", string(c.AllowPM))
	if !c.MembersOnly && c.Password == "" {
		one("muc#roominfo_subject", dataform.TextSingle, "Subject", r.subjectText())
	}
	if c.Avatar != "" {
		f.Add(dataform.Field{Var: "muc#roominfo_avatarhash", Type: dataform.TextMulti, Label: "Hashes of the picture", Values: strings.Fields(c.Avatar)})
	}
	if c.NonAnonymous && !r.svc.isGuest(who.Bare()) {
		f.Add(dataform.Field{Var: "muc#roominfo_contactjid", Type: dataform.JIDMulti, Label: "Owners", Values: r.withAffiliation(Owner)})
	}
	for _, more := range r.svc.info {
		for _, x := range more(r.jid) {
			f.Add(x)
		}
	}
	return f
}

// items lists the occupants for those who could see them by entering; others get an empty list (XEP-0045#disco-roomitems).
func (r *Room) items(q request) {
	if attr(q.payload, "node") != "" {
		r.svc.refuse(q.Stanza, xmppd.Errorf("item-not-found", "there is no such node"))
		return
	}
	var items []disco.Item
	if r.showsOccupants(q.From) {
		for _, nick := range slices.Sorted(maps.Keys(r.occupants)) {
			items = append(items, disco.Item{JID: r.nickAddr(nick)})
		}
		if r.showing != nil {
			items = append(items, disco.Item{JID: r.residentAddr()})
		}
	}
	r.svc.result(q.Stanza, disco.AppendItems(nil, "", items))
}

// showsOccupants reports whether somebody may know who is in the room: its occupants and members, and in a public room that is open
// to all, everybody who is not banned.
func (r *Room) showsOccupants(who jid.JID) bool {
	c := &r.cfg
	switch a, role := r.actor(who); {
	case role != NoRole || a >= Member:
		return true
	case a == Outcast || r.svc.isGuest(who.Bare()):
		return false
	}
	return r.state == open && c.Public && !c.MembersOnly && c.Password == ""
}
