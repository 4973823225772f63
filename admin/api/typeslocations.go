package api

import "time"

// Location is a place with telephones, which are those of the user who is logged in there.
type Location struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Devices   int        `json:"devices" doc:"How many belong to it."`
	User      string     `json:"user" doc:"Address of who is logged in there; empty for nobody."`
	UserName  string     `json:"userName"`
	Since     *time.Time `json:"since,omitempty"`
	Changed   time.Time  `json:"changed"`
	ChangedBy string     `json:"changedBy"`
	Revision  int64      `json:"revision"`
}

// LocationPage is a part of the list of locations.
type LocationPage struct {
	Items []Location `json:"items"`
	Total int        `json:"total"`
}

// LocationData is what can be set of a location.
type LocationData struct {
	Name string `json:"name"`
}

// LocationChange replaces the data of a location.
type LocationChange struct {
	Revision int64 `json:"revision" doc:"The one that was read: when it is not the location's any more, somebody else has changed it."`
	LocationData
}

// LocationDevices are the devices of a location, and those that it could get.
type LocationDevices struct {
	Assigned  []Device `json:"assigned"`
	Available []Device `json:"available" doc:"Those that nobody has, and no location."`
}

// LocationDevicesChange gives devices to a location and takes others from it, all or none.
type LocationDevicesChange struct {
	Assign   []string `json:"assign" doc:"IDs of devices that nobody has, and no location."`
	Unassign []string `json:"unassign"`
}

// Place is a location by its name.
type Place struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	User string `json:"user" doc:"Address of who is logged in there, and would be logged out; empty for nobody."`
}

// UserLocation is where a user is logged in, and could be.
type UserLocation struct {
	Location string     `json:"location" doc:"Its ID; empty for nowhere: he roams."`
	Since    *time.Time `json:"since,omitempty"`
	Recent   []Place    `json:"recent" doc:"Where he was logged in, the last one first, as far as he still may."`
	Open     []Place    `json:"open" doc:"Where he may log in, by name."`
}

// UserLocationChange logs a user in at a location; who sits there is logged out.
type UserLocationChange struct {
	Location string `json:"location" doc:"Its ID; empty for nowhere."`
}

type locationsRequest struct {
	Text string `query:"q" doc:"Part of the name, or of the name of who is logged in there."`
	page
}

type locationRequest struct {
	ID string `path:"id"`
}

type newLocationRequest struct{ Body LocationData }

type locationChangeRequest struct {
	locationRequest
	Body LocationChange
}

type locationDevicesRequest struct {
	locationRequest
	Body LocationDevicesChange
}

type userLocationRequest struct {
	userRequest
	Body UserLocationChange
}

type ownLocationRequest struct{ Body UserLocationChange }
