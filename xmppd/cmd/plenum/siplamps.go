package main

import (
	"slices"

	"plenum/components/call"
	"plenum/components/directory"
	"plenum/components/telephony"
	"plenum/sipbridge"
	"plenum/sipbridge/events"
	"plenum/sipbridge/stack"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// ownMailbox is the code by which a phone listens to the messages of its owner.
const ownMailbox = "*104"

// buildLamps lets phones subscribe to what their lamps show.
func (p *parts) buildLamps() (err error) {
	p.sip.lamps, err = events.New(p.cfg.Lamps, events.Parts{
		Stack: p.sip.stack, Phones: lampPhones{phones{p.sip.registrar, sipDevices{p.org.Objects}}}, Source: lamps{p}, Domain: p.cfg.XMPP.Domains[0], Log: p.logs.For("sip"),
	})
	if err != nil {
		return err
	}
	p.org.OnChange(func(c directory.Change) {
		switch {
		case c.OfAccount(), c.OfPermission(), c.Kind == directory.Missed: // others may be seen, or have other numbers
			p.sip.lamps.DialogsChanged("")
		case c.Kind == directory.CallObjectChanged:
			if o, err := p.org.CallFlows.Object(c.ID); err != nil || o.Kind == directory.Switches {
				p.sip.lamps.DialogsChanged("") // it may have another extension than before
			}
		}
	})
	return nil
}

// lampPhones are the phones, as subscriptions want them.
type lampPhones struct{ phones }

// Authenticate implements events.Phones.
func (l lampPhones) Authenticate(in *stack.In) (events.Phone, bool) {
	found, ok := l.phones.Authenticate(in)
	return events.Phone{Device: found.Device, Owner: found.Owner}, ok
}

// lamps are what there is to see for phones.
type lamps struct{ p *parts }

// Dialogs implements events.Source: a phone shows its owner's colleagues, who are those in his contact list by a permission, and himself.
func (l lamps) Dialogs(phone events.Phone, extension string) ([]events.Dialog, error) {
	account, ok := l.p.accounts.AtExtension(extension)
	if t, is := l.p.org.Teams.AtExtension(extension); is && !ok {
		return l.waiting(phone, t)
	}
	if o, is := l.p.org.CallFlows.AtExtension(extension); is && !ok && o.Kind == directory.Switches {
		return l.position(phone, o)
	}
	if !ok || !account.Active() {
		return nil, fault.Newf(fault.NotFound, "nobody has the extension %.32s", extension)
	}
	if phone.Owner != account.JID && !l.colleagues(phone.Owner, account.JID) {
		return nil, fault.New(fault.Forbidden, "only colleagues are seen")
	}
	var dialogs []events.Dialog
	for _, d := range l.p.telephony.PhoneState(account.JID).Dialogs {
		shown := events.Dialog{ID: d.ID, State: events.Early, Incoming: !d.Outgoing}
		if d.Doing == telephony.Talking {
			shown.State = events.Confirmed
		}
		if l.p.cfg.Telephony.ShowNumbers || phone.Owner == account.JID {
			shown.Number, shown.Name = d.With.Number, d.With.Name
		}
		if phone.Owner == account.JID || d.Doing == telephony.Ringing && l.p.telephony.MayPickUp(phone.Owner, account.JID) {
			shown.CallID, shown.Tag = sipbridge.NameOf(call.LegID(d.ID))
		}
		dialogs = append(dialogs, shown)
	}
	return dialogs, nil
}

// waiting is what a lamp of a team shows to a member, or to who sees the team by a permission: a call that rings for each caller, with his number for
// members and for those who are to pick him up.
func (l lamps) waiting(phone events.Phone, t directory.Team) ([]events.Dialog, error) {
	_, member := t.Agent(phone.Owner)
	if !member && !l.p.org.Permissions.SeesTeam(phone.Owner, t.ID) {
		return nil, fault.New(fault.Forbidden, "only members, and who sees the team by a permission, see who waits for it")
	}
	pickups := l.p.telephony.Pickups(phone.Owner)
	var dialogs []events.Dialog
	for _, w := range l.p.telephony.Waiting(t.ID) {
		shown := events.Dialog{ID: w.Call, State: events.Early, Incoming: true}
		if member || slices.Contains(pickups, w) {
			shown.Number, shown.Name = w.Number, w.Name
		}
		dialogs = append(dialogs, shown)
	}
	return dialogs, nil
}

// position is what the lamp of a switch shows to who sees the switch: a call that goes on while it is on.
func (l lamps) position(phone events.Phone, o directory.CallObject) ([]events.Dialog, error) {
	switch {
	case !l.p.org.CallFlows.SeesSwitch(phone.Owner, o.ID):
		return nil, fault.New(fault.Forbidden, "only those with a permission of the switch see it")
	case !o.On:
		return nil, nil
	}
	return []events.Dialog{{ID: o.ID, State: events.Confirmed, Incoming: true}}, nil
}

// Messages implements events.Source: a phone shows the voice messages of its owner, by whatever of his names it asks for them, or those of the box that
// he keeps an eye on: it is the one that the code leads to.
func (l lamps) Messages(phone events.Phone, mailbox string) (jid.JID, events.Messages, error) {
	owner, err := l.p.accounts.Get(l.p.sip.ctx, phone.Owner)
	device, _ := l.p.org.Objects.SIPDeviceByID(phone.Device)
	if err != nil || mailbox == "" || mailbox != owner.Extension && mailbox != owner.JID.Local() && mailbox != device.User {
		return jid.JID{}, events.Messages{}, fault.New(fault.NotFound, "there is no such voicemail box for this phone")
	}
	box, err := l.p.voicemail.Watched(l.p.sip.ctx, owner.JID)
	if err != nil {
		return jid.JID{}, events.Messages{}, err
	}
	n, err := l.p.voicemail.Count(l.p.sip.ctx, box)
	return box, events.Messages{Account: ownMailbox, New: n.New, Old: n.Old}, err
}

// colleagues reports whether two users see each other by a permission.
func (l lamps) colleagues(a, b jid.JID) bool {
	if a.IsZero() {
		return false
	}
	return slices.ContainsFunc(l.p.org.Permissions.Groups(), func(g directory.Group) bool {
		return slices.Contains(g.Members, a) && slices.Contains(g.Members, b)
	})
}

// phoneStateChanged has the lamps of a user changed.
func (p *parts) phoneStateChanged(user jid.JID) {
	if p.sip == nil {
		return
	}
	if account, err := p.accounts.Get(p.sip.ctx, user); err == nil && account.Extension != "" {
		p.sip.lamps.DialogsChanged(account.Extension)
	}
}

// messagesChanged has the lamps for a user's messages changed.
func (p *parts) messagesChanged(owner jid.JID) {
	if p.sip != nil {
		p.sip.lamps.MessagesChanged(owner)
	}
}
