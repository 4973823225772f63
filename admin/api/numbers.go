package api

import (
	"cmp"
	"context"
	"slices"

	"plenum/components/directory"
)

// OwnNumbers are the extensions of those whom a user has in his contact list by permissions with xmpp.group, and of the teams there.
type OwnNumbers struct {
	Users []UserNumber `json:"users" doc:"Those who have an extension, by address."`
	Teams []TeamNumber `json:"teams" doc:"By name."`
}

// UserNumber is a user's extension.
type UserNumber struct {
	User      string `json:"user" doc:"Address."`
	Extension string `json:"extension"`
}

// TeamNumber is a team that a user sees.
type TeamNumber struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Extension string `json:"extension" doc:"Empty when it cannot be dialled."`
}

// members of a permission with xmpp.group see each other, and the teams in it.
func (a *API) ownNumbers(ctx context.Context, _ noRequest) (OwnNumbers, error) {
	own := me(ctx).JID
	users, teams := map[string]string{}, map[string]TeamNumber{}
	for _, g := range a.Directory.Permissions.Groups() {
		if !slices.Contains(g.Members, own) {
			continue
		}
		for _, user := range g.Members {
			if u, err := a.Directory.Accounts.Get(ctx, user); err == nil && u.Extension != "" && user != own {
				users[user.String()] = u.Extension
			}
		}
		for _, t := range g.Teams {
			teams[t.ID] = teamNumberOf(t)
		}
	}
	answer := OwnNumbers{Users: []UserNumber{}, Teams: []TeamNumber{}}
	for user, extension := range users {
		answer.Users = append(answer.Users, UserNumber{user, extension})
	}
	slices.SortFunc(answer.Users, func(x, y UserNumber) int { return cmp.Compare(x.User, y.User) })
	for _, t := range teams {
		answer.Teams = append(answer.Teams, t)
	}
	slices.SortFunc(answer.Teams, func(x, y TeamNumber) int { return cmp.Or(cmp.Compare(x.Name, y.Name), cmp.Compare(x.ID, y.ID)) })
	return answer, nil
}

func teamNumberOf(t directory.Object) TeamNumber { return TeamNumber{t.ID, t.Name, t.Extension} }
