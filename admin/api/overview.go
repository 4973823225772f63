package api

import (
	"context"
	"time"
)

// Figures are numbers of now, of one server.
type Figures struct {
	Node     string `json:"node"`
	Sessions int    `json:"sessions"`
	Users    int    `json:"users"` // with an available client here and on no server whose name comes before: nobody counts twice
	Guests   int    `json:"guests"`
}

// Server is what the program says about itself.
type Server interface {
	Started() time.Time
	// Figures are those of all servers, this one first. One that does not answer in time is left out.
	Figures(ctx context.Context) []Figures
	// Records are those of the other servers.
	Records(ctx context.Context) []Record
	// Health looks at what may be wrong.
	Health(ctx context.Context) []Check
}

func (a *API) overview(ctx context.Context, _ noRequest) (Overview, error) {
	groups, err := a.Groups.Totals(ctx)
	if err != nil {
		return Overview{}, err
	}
	o := Overview{
		Version: a.Version, Started: a.Server.Started(), UptimeSeconds: int64(time.Since(a.Server.Started()).Seconds()),
		UsersTotal: a.Directory.Accounts.Count(), Rooms: groups.Rooms, GroupsPublic: groups.Public, GuestLimit: groups.GuestLimit, Conferences: groups.Conferences,
		Health: a.Server.Health(ctx), Nodes: []Node{},
	}
	for i, f := range a.Server.Figures(ctx) {
		o.SessionsOnline += f.Sessions
		o.UsersOnline += f.Users
		o.Guests += f.Guests
		o.Nodes = append(o.Nodes, Node{f.Node, f.Sessions, i == 0})
	}
	return o, nil
}
