package directory

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"plenum/xmppd/jid"
)

// A SeenNumber is the extension of a colleague.
type SeenNumber struct {
	User      jid.JID
	Extension string
}

// SeenNumbers are the extensions of those who are in a permission with xmpp.group together with a user, by address, and the teams there, by name.
func (d *Directory) SeenNumbers(ctx context.Context, user jid.JID) (users []SeenNumber, teams []Object) {
	numbers, seen := make(map[jid.JID]string), make(map[string]Object)
	for _, g := range d.Permissions.Groups() {
		if !g.has(user) {
			continue
		}
		for _, other := range g.Members {
			if a, err := d.Accounts.Get(ctx, other); err == nil && a.Extension != "" && other != user {
				numbers[other] = a.Extension
			}
		}
		for _, t := range g.Teams {
			seen[t.ID] = t
		}
	}
	for other, extension := range numbers {
		users = append(users, SeenNumber{other, extension})
	}
	slices.SortFunc(users, func(x, y SeenNumber) int { return x.User.Compare(y.User) })
	teams = slices.SortedFunc(maps.Values(seen), func(x, y Object) int { return cmp.Or(cmp.Compare(x.Name, y.Name), cmp.Compare(x.ID, y.ID)) })
	return users, teams
}

// SeesUser reports whether a user sees another one's number, if that has one.
func (d *Directory) SeesUser(user, other jid.JID) bool {
	return user != other && slices.ContainsFunc(d.Permissions.Groups(), func(g Group) bool { return g.has(user) && g.has(other) })
}

// SeesTeam reports whether a user sees the number of a team, and says what the team is called.
func (d *Directory) SeesTeam(user jid.JID, id string) (Object, bool) {
	for _, g := range d.Permissions.Groups() {
		if i := slices.IndexFunc(g.Teams, func(t Object) bool { return t.ID == id }); i >= 0 && g.has(user) {
			return g.Teams[i], true
		}
	}
	return Object{}, false
}

func (g *Group) has(user jid.JID) bool {
	_, in := slices.BinarySearchFunc(g.Members, user, jid.JID.Compare)
	return in
}
