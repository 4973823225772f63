package main

import (
	"context"
	"slices"
	"testing"
	"time"

	"plenum/components/directory"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmpptest"
)

// hear waits for a stanza that matches, whatever comes before it.
func (u *user) hear(pattern string) {
	u.t.Helper()
	timeout := time.After(patience)
	for {
		select {
		case p := <-u.got:
			if xmpptest.Match(pattern, p, map[string]string{}) == nil {
				return
			}
		case <-timeout:
			u.t.Fatalf("%s waits in vain for %s", u.JID(), pattern)
		}
	}
}

// changing is a directory that a test changes as its operator.
type changing struct {
	t *testing.T
	*directory.Directory
}

func (c changing) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c changing) permission(id string, change func(*directory.PermissionInput)) {
	c.t.Helper()
	p, err := c.Permissions.Get(id)
	c.must(err)
	in := p.Input()
	change(&in)
	_, err = c.Permissions.Update(context.Background(), jid.JID{}, id, p.Revision, in)
	c.must(err)
}

func without(types []directory.PermissionType, t directory.PermissionType) []directory.PermissionType {
	return slices.DeleteFunc(slices.Clone(types), func(have directory.PermissionType) bool { return have == t })
}

// ..A-197, A-203: what changes in the directory is in the rosters of those who are there.
func TestPermissionsAreRosterGroups(t *testing.T) {
	ctx, nobody := context.Background(), jid.JID{}
	p := assemble(t, t.TempDir())
	defer closing(t, p)
	if err := p.xmpp.Start(); err != nil {
		t.Fatal(err)
	}
	defer p.xmpp.Stop(ctx)
	org := changing{t, p.org}
	account := func(name, display string) jid.JID {
		bare := jid.MustParse(name + "@localhost")
		_, err := p.accounts.Create(ctx, directory.NewAccount{JID: bare, Password: "Wherefore4", DisplayName: display})
		org.must(err)
		return bare
	}
	romeo := account("romeo", "Romeo")
	u := enter(t, p.xmpp, "romeo@localhost/r")
	u.send("<iq type='get' id='roster'><query xmlns='jabber:iq:roster'/></iq>")
	u.send("<presence/>")
	u.hear("<presence from='romeo@localhost/r'/>")

	// "All" has all users, those to come too, and carries xmpp.group.
	juliet := account("juliet", "Juliet Capulet")
	there := "<iq type='set'><query xmlns='jabber:iq:roster'><item jid='juliet@localhost' name='Juliet Capulet' subscription='both'><group>All</group></item></query></iq>"
	gone := "<iq type='set'><query xmlns='jabber:iq:roster'><item jid='juliet@localhost' subscription='remove'/></query></iq>"
	u.hear(there)
	j := enter(t, p.xmpp, "juliet@localhost/r")
	j.send("<presence/>")
	u.hear("<presence from='juliet@localhost/r' to='romeo@localhost'/>")
	j.hear("<presence from='romeo@localhost/r'/>")

	// Who is disabled or in the bin is not there, and comes back.
	org.must(p.accounts.Disable(ctx, juliet))
	u.hear(gone)
	org.must(p.accounts.Enable(ctx, juliet))
	u.hear(there)
	org.must(p.accounts.Trash(ctx, nobody, juliet))
	u.hear(gone)
	org.must(p.accounts.Restore(ctx, nobody, juliet))
	u.hear(there)

	// Another name; a permission for one department; "All" without the type.
	org.must(p.accounts.SetDisplayName(ctx, juliet, "Juliet Montague"))
	u.hear("<iq type='set'><query xmlns='jabber:iq:roster'><item jid='juliet@localhost' name='Juliet Montague' subscription='both'><group>All</group></item></query></iq>")
	sales, err := p.org.Permissions.Create(ctx, nobody, directory.PermissionInput{Name: "Sales", Types: []directory.PermissionType{directory.XMPPGroup, directory.PickupGroup}})
	org.must(err)
	org.must(p.org.Permissions.Assign(ctx, nobody, sales.ID, directory.Users, []string{romeo.String(), juliet.String()}, nil))
	u.hear("<iq type='set'><query xmlns='jabber:iq:roster'><item jid='juliet@localhost' name='Juliet Montague' subscription='both'><group>All</group><group>Sales</group></item></query></iq>")
	org.permission(directory.AllID, func(in *directory.PermissionInput) { in.Types = without(in.Types, directory.XMPPGroup) })
	u.hear("<iq type='set'><query xmlns='jabber:iq:roster'><item jid='juliet@localhost' name='Juliet Montague' subscription='both'><group>Sales</group></item></query></iq>")
	org.permission(sales.ID, func(in *directory.PermissionInput) { in.Types = without(in.Types, directory.XMPPGroup) })
	u.hear(gone)

	// Automatic assignment: on takes all in, off leaves all in, and later ones out (A-194..A-197).
	org.permission(sales.ID, func(in *directory.PermissionInput) {
		in.Name, in.Types, in.Auto.Users = "Everybody", []directory.PermissionType{directory.XMPPGroup}, true
	})
	u.hear("<iq type='set'><query xmlns='jabber:iq:roster'><item jid='juliet@localhost' name='Juliet Montague' subscription='both'><group>Everybody</group></item></query></iq>")
	account("nurse", "Nurse")
	u.hear("<iq type='set'><query xmlns='jabber:iq:roster'><item jid='nurse@localhost' name='Nurse' subscription='both'><group>Everybody</group></item></query></iq>")
	org.permission(sales.ID, func(in *directory.PermissionInput) { in.Auto.Users = false })
	account("tybalt", "Tybalt")
	org.must(p.org.Permissions.Assign(ctx, nobody, sales.ID, directory.Users, nil, []string{"nurse@localhost"}))
	u.hear("<iq type='set'><query xmlns='jabber:iq:roster'><item jid='nurse@localhost' subscription='remove'/></query></iq>")
	u.send("<iq type='get' id='roster'><query xmlns='jabber:iq:roster'/></iq>")
	u.hear("<iq type='result' id='roster'><query xmlns='jabber:iq:roster'><item jid='juliet@localhost' name='Juliet Montague' subscription='both'><group>Everybody</group></item></query></iq>")
}

// B9: a team is a contact of those who are together with it in a permission, with its presence; it goes with the permission, its name and
// the team itself.
func TestTeamsAreContacts(t *testing.T) {
	ctx, nobody := context.Background(), jid.JID{}
	p := assemble(t, t.TempDir())
	defer closing(t, p)
	if err := p.xmpp.Start(); err != nil {
		t.Fatal(err)
	}
	defer p.xmpp.Stop(ctx)
	org := changing{t, p.org}
	for _, name := range []string{"romeo", "juliet"} {
		_, err := p.accounts.Create(ctx, directory.NewAccount{JID: jid.MustParse(name + "@localhost"), Password: "Wherefore4", DisplayName: name})
		org.must(err)
	}
	org.permission(directory.AllID, func(in *directory.PermissionInput) { in.Types = nil })
	u := enter(t, p.xmpp, "romeo@localhost/r")
	u.send("<iq type='get' id='roster'><query xmlns='jabber:iq:roster'/></iq>")
	u.send("<presence/>")
	u.hear("<presence from='romeo@localhost/r'/>")

	form := directory.DefaultTeam()
	form.Name = "Hotline"
	form.Members = []directory.TeamMember{{User: jid.MustParse("romeo@localhost"), Dynamic: true}}
	team, err := p.org.Teams.Create(ctx, nobody, form)
	org.must(err)
	sales, err := p.org.Permissions.Create(ctx, nobody, directory.PermissionInput{Name: "Sales", Types: []directory.PermissionType{directory.XMPPGroup}})
	org.must(err)
	org.must(p.org.Permissions.Assign(ctx, nobody, sales.ID, directory.Users, []string{"romeo@localhost", "juliet@localhost"}, nil))
	org.must(p.org.Permissions.Assign(ctx, nobody, sales.ID, directory.Teams, []string{team.ID}, nil))
	address := team.ID + "@pbx.localhost"
	item := func(name string) string {
		return "<iq type='set'><query xmlns='jabber:iq:roster'><item jid='" + address + "' name='" + name + "' subscription='both'><group>Sales</group></item></query></iq>"
	}
	gone := "<iq type='set'><query xmlns='jabber:iq:roster'><item jid='" + address + "' subscription='remove'/></query></iq>"
	u.hear(item("Hotline"))
	u.hear("<presence from='" + address + "/sip' to='romeo@localhost/r'><show>xa</show><status>Nobody is logged in</status>…</presence>")

	// Who is in no team sees it in red.
	j := enter(t, p.xmpp, "juliet@localhost/r")
	j.send("<presence/>")
	j.hear("<presence from='" + address + "/sip' to='juliet@localhost/r'><show>dnd</show>…</presence>")

	// Another name; then neither the permission nor the team.
	form.Name = "Help"
	_, err = p.org.Teams.Update(ctx, nobody, team.ID, team.Revision, form)
	org.must(err)
	u.hear(item("Help"))
	org.must(p.org.Permissions.Assign(ctx, nobody, sales.ID, directory.Teams, nil, []string{team.ID}))
	u.hear(gone)
	u.hear("<presence type='unavailable' from='" + address + "/sip' to='romeo@localhost/r'/>")
	org.must(p.org.Permissions.Assign(ctx, nobody, sales.ID, directory.Teams, []string{team.ID}, nil))
	u.hear(item("Help"))
	org.must(p.org.Teams.Delete(ctx, nobody, team.ID))
	u.hear(gone)
}

// For load tools and test suites: users who do not see each other, until an operator wants it otherwise.
func TestUsersWithoutDemonstrationAreStrangers(t *testing.T) {
	ctx := context.Background()
	p := assemble(t, t.TempDir())
	defer closing(t, p)
	org := changing{t, p.org}
	all := func() bool {
		permission, err := p.org.Permissions.Get(directory.AllID)
		org.must(err)
		return permission.Has(directory.XMPPGroup)
	}
	if !all() {
		t.Error("All does not begin with xmpp.group")
	}
	org.must(estrange(ctx, p.org))
	if all() {
		t.Error("All still has xmpp.group")
	}
	_, err := p.accounts.Create(ctx, newRomeo)
	org.must(err)
	org.permission(directory.AllID, func(in *directory.PermissionInput) { in.Types = append(in.Types, directory.XMPPGroup) })
	org.must(estrange(ctx, p.org))
	if !all() {
		t.Error("what an operator has changed does not stay")
	}
}
