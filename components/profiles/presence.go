package profiles

import (
	"strings"

	"plenum/components/directory"
	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// Clients show of a contact what the client with the highest priority says, so the profile is shown in the presence of the user's own clients and not in a
// session of the server's, which would have to outrank them and get their messages: <show/> is the profile's where it has one, <status/> its name where
// the client says nothing, and <profile/> its icon and colour, for clients that know it. Presence for rooms and single others stays as it is. A user's
// session of the server's own, his telephone, gets <profile/> alone.

// show makes a presence what the profile of its user wants.
func (p *Service) show(ev *xmppd.Presence) error {
	if ev.Side != xmppd.Outbound || !ev.To.IsZero() || ev.Packet.Type() != "" || ev.Origin == nil || ev.Owner.Domain() == p.srv.GuestDomain() {
		return nil
	}
	profile, _ := p.org.Of(ev.Owner)
	var added []byte
	own := ev.Origin.Own()
	if profile.Show != directory.ShowClient && !own {
		added = append(added, xmlstream.NewBuilder().Element("show", "", string(profile.Show)).Bytes()...)
	}
	status, said := ev.Packet.Child(xmppd.NSClient, "status")
	named := profile.ID != directory.AvailableID && !own && (!said || strings.TrimSpace(status.Text()) == "")
	if named {
		added = append(added, xmlstream.NewBuilder().Element("status", "", profile.Name).Bytes()...)
	}
	if profile.ShowIcon {
		added = append(added, element(&profile)...)
	}
	if len(added) == 0 && !ev.Packet.Has(NS, "profile") {
		return nil
	}
	ev.Packet = ev.Packet.Rewrite(xmlstream.Rewrite{
		Drop: func(e xmlstream.Element) bool {
			return e.Is(xmppd.NSClient, "show") && profile.Show != directory.ShowClient && !own || e.Is(xmppd.NSClient, "status") && named || e.Is(NS, "profile")
		},
		Append: added,
	})
	return nil
}

// changed lets others see it when somebody is in another profile, or a profile looks different. Of several servers the one that made the change publishes it.
func (p *Service) changed(c directory.Change) {
	switch {
	case c.Remote:
	case c.Kind == directory.ProfileSet:
		p.board.add(c.JID)
	case c.Kind == directory.ProfileChanged:
		p.board.add(p.org.Users(c.ID)...)
	}
	switch {
	case c.Kind == directory.ProfileSet:
		p.renew(p.srv.Sessions(c.JID))
	case c.Kind == directory.ProfileChanged && c.ID != directory.AvailableID:
		p.renew(p.of(p.org.Users(c.ID)))
	case c.Kind == directory.ProfileChanged, c.Kind == directory.Missed:
		p.renew(p.srv.AllSessions())
	}
}

func (p *Service) of(users []jid.JID) (list []*xmppd.Session) {
	for _, user := range users {
		list = append(list, p.srv.Sessions(user)...)
	}
	return list
}

// renew sends presence again, outside of the call that has changed something.
func (p *Service) renew(list []*xmppd.Session) {
	if len(list) == 0 {
		return
	}
	p.work.Go(func() {
		for _, x := range list {
			x.RenewPresence()
		}
	})
}
