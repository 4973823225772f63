package api

import (
	"context"

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
	users, teams := a.Directory.SeenNumbers(ctx, me(ctx).JID)
	answer := OwnNumbers{Users: make([]UserNumber, len(users)), Teams: make([]TeamNumber, len(teams))}
	for i, u := range users {
		answer.Users[i] = UserNumber{u.User.String(), u.Extension}
	}
	for i, t := range teams {
		answer.Teams[i] = teamNumberOf(t)
	}
	return answer, nil
}

func teamNumberOf(t directory.Object) TeamNumber { return TeamNumber{t.ID, t.Name, t.Extension} }
