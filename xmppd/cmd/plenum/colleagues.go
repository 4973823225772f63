package main

import (
	"context"
	"fmt"
	"slices"

	"plenum/components/directory"
	"plenum/components/sharedgroups"
	"plenum/components/telephony"
	"plenum/xmppd/jid"
)

// colleagues are the permissions with xmpp.group as groups of rosters: of users, and of the teams there, which are contacts as well.
type colleagues struct {
	org   *directory.Directory
	teams string // the domain of teams; empty when nothing serves it
}

// Groups implements sharedgroups.Source.
func (c colleagues) Groups() []sharedgroups.Group {
	permissions := c.org.Permissions.Groups()
	groups := make([]sharedgroups.Group, len(permissions))
	for i, g := range permissions {
		groups[i] = sharedgroups.Group{ID: g.ID, Name: g.Name, Members: g.Members}
		if c.teams == "" {
			continue
		}
		members := slices.Clip(g.Members)
		for _, t := range g.Teams {
			members = append(members, telephony.TeamAddress(c.teams, t.ID))
		}
		groups[i].Members = members
	}
	return groups
}

// Name implements sharedgroups.Source.
func (c colleagues) Name(member jid.JID) string {
	if member.Domain() != c.teams {
		return c.org.Accounts.Name(member)
	}
	t, err := c.org.Objects.Get(directory.Teams, member.Local())
	if err != nil { // it has just been deleted
		return member.Local()
	}
	return t.Name
}

// buildColleagues shows people, and teams, who are together in a permission with xmpp.group to each other.
func (p *parts) buildColleagues() {
	c := colleagues{org: p.org}
	if p.takesCalls() {
		c.teams = p.cfg.numbersDomain()
	}
	groups := sharedgroups.Register(p.xmpp, c)
	p.org.OnChange(func(c directory.Change) {
		if c.OfPermission() || c.OfAccount() && c.Kind != directory.PasswordSet || c.Kind == directory.Missed || c.Kind == directory.ObjectChanged {
			groups.Changed()
		}
	})
}

// estrange takes xmpp.group from the permission "All" in a directory without users, so that those who come do not see each other by themselves: where anybody may make an account, and for tools.
func estrange(ctx context.Context, org *directory.Directory) error {
	if org.Accounts.Count() > 0 {
		return nil
	}
	all, err := org.Permissions.Get(directory.AllID)
	if err != nil {
		return err
	}
	in := all.Input()
	in.Types = slices.DeleteFunc(in.Types, func(t directory.PermissionType) bool { return t == directory.XMPPGroup })
	if _, err := org.Permissions.Update(ctx, jid.JID{}, all.ID, all.Revision, in); err != nil {
		return fmt.Errorf("take xmpp.group from the permission All: %w", err)
	}
	return nil
}
