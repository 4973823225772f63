package api

import (
	"time"

	"plenum/xmppd/jid"
)

// Automatic says of which kinds all objects have a permission.
type Automatic struct {
	Users     bool `json:"users"`
	Devices   bool `json:"devices"`
	Teams     bool `json:"teams"`
	Locations bool `json:"locations"`
}

// Counts are numbers by kind.
type Counts struct {
	Users     int `json:"users"`
	Devices   int `json:"devices"`
	Teams     int `json:"teams"`
	Locations int `json:"locations"`
}

// Permission is a permission.
type Permission struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Description string    `json:"description"`
	Types       []string  `json:"types"`
	Auto        Automatic `json:"auto"`
	BuiltIn     bool      `json:"builtIn" doc:"It cannot be deleted."`
	Members     Counts    `json:"members" doc:"How many have it."`
	Existing    Counts    `json:"existing" doc:"How many there are."`
	Changed     time.Time `json:"changed"`
	ChangedBy   string    `json:"changedBy"`
	Revision    int64     `json:"revision"`
}

// PermissionPage is a part of the list of permissions.
type PermissionPage struct {
	Items []Permission `json:"items"`
	Total int          `json:"total"`
}

// PermissionData is what can be set of a permission.
type PermissionData struct {
	Name        string    `json:"name"`
	Description string    `json:"description"`
	Types       []string  `json:"types"`
	Auto        Automatic `json:"auto"`
}

// PermissionChange replaces the data of a permission.
type PermissionChange struct {
	Revision int64 `json:"revision" doc:"The one that was read: when it is not the permission's any more, somebody else has changed it."`
	PermissionData
	Members []MembersChange `json:"members,omitempty" doc:"Who gets it by hand and who loses it, saved with the rest or not at all."`
}

// PermissionType is a type that permissions can have.
type PermissionType struct {
	Type  string   `json:"type"`
	Kinds []string `json:"kinds" enum:"user,device,team,location" doc:"What it acts on."`
}

// PermissionTypes are all of them.
type PermissionTypes struct {
	Items []PermissionType `json:"items"`
}

// Member is somebody or something that has a permission or could have it.
type Member struct {
	Kind     string `json:"kind" enum:"user,device,team,location"`
	ID       string `json:"id" doc:"The address for a user."`
	Name     string `json:"name"`
	Detail   string `json:"detail" doc:"The extension, or the owner of a device."`
	Assigned bool   `json:"assigned"`
}

// MemberPage is a part of a list of members.
type MemberPage struct {
	Items []Member `json:"items"`
	Total int      `json:"total"`
}

// MembersChange assigns and takes away.
type MembersChange struct {
	Kind   string   `json:"kind" enum:"user,device,team,location"`
	Add    []string `json:"add"`
	Remove []string `json:"remove"`
}

// GroupRow is a group as a list shows it.
type GroupRow struct {
	Room        jid.JID `json:"room"`
	Name        string  `json:"name"`
	Members     int     `json:"members"`
	MembersOnly bool    `json:"membersOnly" doc:"Who is no member cannot enter, guests apart."`
	Public      bool    `json:"public" doc:"Guests are allowed."`
	Occupants   int     `json:"occupants" doc:"Who is in it now, guests included."`
	Guests      int     `json:"guests" doc:"Guests who are in it now."`

	Number     string          `json:"number,omitempty" doc:"What telephones inside dial for its conference."`
	Conference GroupConference `json:"conference"`
}

// GroupConference is what a group's conference is doing.
type GroupConference struct {
	State   string `json:"state" enum:"idle,waiting,live,hold,ended" doc:"Waiting: guests wait for a moderator. Hold: the last one has left."`
	People  int    `json:"people" doc:"Who take part."`
	Waiting int    `json:"waiting" doc:"Who wait for a moderator, or to be let in."`
}

// GroupPage is a part of the list of groups.
type GroupPage struct {
	Items []GroupRow `json:"items"`
	Total int        `json:"total"`
}

// Group is a group with all there is to know.
type Group struct {
	GroupRow
	Description string      `json:"description"`
	Access      GuestAccess `json:"access"`
	Present     []Occupant  `json:"present"`
}

// Occupant is somebody who is in a group now.
type Occupant struct {
	Nick  string   `json:"nick"`
	User  *jid.JID `json:"user,omitempty" doc:"Missing for a guest."`
	Role  string   `json:"role" enum:"visitor,participant,moderator"`
	Guest bool     `json:"guest"`
}

// GuestAccess is how guests enter a group.
type GuestAccess struct {
	Allowed bool       `json:"allowed"`
	URL     string     `json:"url,omitempty" doc:"The link for browsers."`
	Number  string     `json:"number,omitempty" doc:"To dial in; missing where none is set."`
	PIN     string     `json:"pin,omitempty" doc:"Nine digits; missing where no number is set, as it opens nothing then."`
	Since   *time.Time `json:"since,omitempty"`
	By      string     `json:"by,omitempty" doc:"Address of who allowed it."`
	Limit   int        `json:"limit,omitempty" doc:"How many guests may be in it at the same time."`
}

// NewGroup makes a group.
type NewGroup struct {
	Name        string    `json:"name"`
	Local       string    `json:"local,omitempty" doc:"The part of the address before the @. Missing: made of the name."`
	Description string    `json:"description,omitempty"`
	Owners      []jid.JID `json:"owners" doc:"At least one."`
	Members     []jid.JID `json:"members"`
}

// GroupText is what a group is called.
type GroupText struct {
	Name        string `json:"name"`
	Description string `json:"description"`
}

// GroupChange replaces the data of a group.
type GroupChange struct {
	Before GroupText `json:"before" doc:"As it was read: when the group is called something else by now, somebody else has changed it."`
	GroupText
}

// GroupMember is a member of a group.
type GroupMember struct {
	JID         jid.JID  `json:"jid"`
	DisplayName string   `json:"displayName"`
	Affiliation string   `json:"affiliation" enum:"owner,admin,member"`
	Presence    Presence `json:"presence" enum:"available,away,dnd,offline"`
}

// GroupMemberPage is a part of the list of members.
type GroupMemberPage struct {
	Items []GroupMember `json:"items"`
	Total int           `json:"total"`
}

// GroupMembersChange sets and removes members, all or none.
type GroupMembersChange struct {
	Set    []GroupAffiliation `json:"set"`
	Remove []jid.JID          `json:"remove"`
}

// GroupAffiliation is what a member is to be.
type GroupAffiliation struct {
	JID         jid.JID `json:"jid"`
	Affiliation string  `json:"affiliation" enum:"owner,admin,member"`
}

// GuestsAllowed is the switch.
type GuestsAllowed struct {
	Allowed bool `json:"allowed"`
}

// Invitation is text to send.
type Invitation struct {
	Text string `json:"text"`
}

// ClientSession is a connected client.
type ClientSession struct {
	JID         jid.JID    `json:"jid" doc:"With the resource."`
	User        jid.JID    `json:"user"`
	DisplayName string     `json:"displayName"`
	Client      string     `json:"client" doc:"The name of the program, when it has told."`
	Address     string     `json:"address" doc:"The client's IP address."`
	Since       *time.Time `json:"since,omitempty"`
	State       string     `json:"state" enum:"available,away,dnd,unavailable,lost"`
	Secure      bool       `json:"secure" doc:"The connection is encrypted."`
	Guest       bool       `json:"guest"`
	Node        string     `json:"node" doc:"The server that it is connected to."`
}

// ClientSessionPage is a part of the list of sessions.
type ClientSessionPage struct {
	Items []ClientSession `json:"items"`
	Total int             `json:"total"`
}

// AuditEntry is something that was done.
type AuditEntry struct {
	ID      int64         `json:"id"`
	Time    time.Time     `json:"time"`
	Actor   string        `json:"actor" doc:"Address of who did it; for a refused login, the name that was given."`
	Address string        `json:"address" doc:"The IP address it came from."`
	Action  string        `json:"action" doc:"Such as user.create; stable, for translations."`
	Kind    string        `json:"kind" enum:"session,user,permission,group,device,location,trunk,service,call,prompt,profile,team,callobject" doc:"Of the object."`
	Object  string        `json:"object" doc:"Its ID."`
	Name    string        `json:"name" doc:"The object's name at that time."`
	Changes []AuditChange `json:"changes"`
}

// AuditChange is a field before and after. Secrets are never shown: both are empty.
type AuditChange struct {
	Field  string `json:"field"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// AuditPage is a part of the log, the newest first.
type AuditPage struct {
	Items []AuditEntry `json:"items"`
	Next  int64        `json:"next,omitempty" doc:"To be given as before for what is older; missing at the end."`
}

// DialIn is how to take part with a telephone.
type DialIn struct {
	Number string `json:"number"`
	PIN    string `json:"pin" doc:"Nine digits."`
}

// GuestInfo is what somebody with a link may know before he enters.
type GuestInfo struct {
	Group  string  `json:"group" doc:"The group's name."`
	State  string  `json:"state" enum:"open,full" doc:"Full: all places for guests are taken."`
	Room   jid.JID `json:"room" doc:"The group's address."`
	Domain string  `json:"domain" doc:"Where guests log in over XMPP, with the token of the link."`

	Running bool `json:"running,omitempty" doc:"A conference is under way."`

	DialIn *DialIn `json:"dialIn,omitempty" doc:"How to take part with a telephone; missing where there is no number."`
}
