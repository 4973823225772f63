package api

import (
	"slices"

	"plenum/components/directory"
)

// Right is what a route asks of who calls it. Each route has one, in its line of routes.go, and levels below says which levels have it: together
// they are the whole table of who may do what.
type Right string

const (
	Anyone       Right = ""             // no session: the log-in, a guest who has a link
	Self         Right = "self"         // every user, in what is his own
	SignedIn     Right = "session"      // any administrator, whatever his level
	Dashboards   Right = "overview"     // looking at how the server does
	Organisation Right = "organisation" // users, permissions, groups, devices, sessions, and who did what
	Trunks       Right = "trunks"       // the ways to the outside world
	Services     Right = "services"     // what is set for the whole server
)

// levels is which levels have a right (A-086..A-090). What else sets the first three apart (terminal, imports; firmware, connector, timed jobs) has
// rights of its own once there are routes for it.
var levels = map[Right][]directory.Role{
	Self:     append(directory.Roles(), directory.NoRole),
	SignedIn: directory.Roles(),
	Dashboards: {
		directory.SystemAdministrator, directory.Administrator, directory.PBXManager, directory.GrafanaViewer},
	Organisation: {
		directory.SystemAdministrator, directory.Administrator, directory.PBXManager},
	Trunks:   {directory.SystemAdministrator, directory.Administrator},
	Services: {directory.SystemAdministrator},
}

// allows reports whether a level has a right.
func (r Right) allows(level directory.Role) bool {
	return r == Anyone || slices.Contains(levels[r], level)
}

// rightsOf are the rights that a level has, for the console to show what there is.
func rightsOf(level directory.Role) []Right {
	rights := []Right{}
	for _, r := range []Right{Dashboards, Organisation, Trunks, Services} {
		if r.allows(level) {
			rights = append(rights, r)
		}
	}
	return rights
}
