package api

import (
	"time"

	"plenum/components/directory"
	"plenum/xmppd/jid"
)

// What goes over the wire. The types are apart from the services' own, so that nothing is shown or taken over that is not named here. Tags:
// doc is the description, enum lists the values of a string, and omitempty means that the field may be missing.

// Login is who wants to log in.
type Login struct {
	Login    string `json:"login" doc:"Login name, or address (name@domain) where there are several domains."`
	Password string `json:"password"`
}

// Session is the administrator's own session.
type Session struct {
	User        jid.JID        `json:"user"`
	DisplayName string         `json:"displayName"`
	Level       directory.Role `json:"level" enum:"system-administrator,administrator,pbx-manager,phonebook-manager,grafana-viewer"`
	Rights      []Right        `json:"rights" doc:"What the level may use." enum:"overview,organisation,trunks,services"`
	Language    string         `json:"language,omitempty" enum:"de,en" doc:"The user's language; missing when he has none."`
	CSRF        string         `json:"csrf" doc:"To be sent back as header X-CSRF-Token with every request that changes something."`
	Expires     time.Time      `json:"expires" doc:"When the session ends, whatever happens."`
	IdleSeconds int            `json:"idleSeconds" doc:"After how many seconds without a request the session ends."`
	Domains     []string       `json:"domains" doc:"The domains in which users can be made, the main one first."`
	GroupDomain string         `json:"groupDomain" doc:"The domain of the groups' addresses."`
}

// AppSession is the session of a user in the app. While the app's XMPP stream is open, it is in use and does not end for idleness.
type AppSession struct {
	User        jid.JID   `json:"user" doc:"The address as which the app's XMPP stream logs in by SASL EXTERNAL."`
	DisplayName string    `json:"displayName"`
	Language    string    `json:"language,omitempty" enum:"de,en" doc:"The user's language; missing when he has none."`
	Console     bool      `json:"console" doc:"Whether he may use the console, with the same session."`
	CSRF        string    `json:"csrf" doc:"To be sent back as header X-CSRF-Token with every request that changes something."`
	Expires     time.Time `json:"expires" doc:"When the session ends, whatever happens."`
	GroupDomain string    `json:"groupDomain" doc:"The domain of the groups' addresses."`

	NumberDomain string `json:"numberDomain" doc:"The domain of what can be dialled: 100@pbx.example.org."`
}

// Overview is the state of the server now.
type Overview struct {
	Version        string    `json:"version"`
	Started        time.Time `json:"started"`
	UptimeSeconds  int64     `json:"uptimeSeconds"`
	SessionsOnline int       `json:"sessionsOnline" doc:"Connected clients, guests included, on all servers."`
	UsersTotal     int       `json:"usersTotal" doc:"Users who are not in the bin."`
	UsersOnline    int       `json:"usersOnline" doc:"Users with at least one available client."`
	Rooms          int       `json:"rooms" doc:"Rooms and groups."`
	GroupsPublic   int       `json:"groupsPublic" doc:"Groups that allow guests."`
	Guests         int       `json:"guests" doc:"Guests who are connected."`
	GuestLimit     int       `json:"guestLimit" doc:"How many guests may be connected at the same time."`
	Conferences    Meetings  `json:"conferences" doc:"The conferences of groups, on all servers."`
	Nodes          []Node    `json:"nodes" doc:"The servers that act as one."`
	Health         []Check   `json:"health"`
}

// Meetings are conferences that go on.
type Meetings struct {
	Running int `json:"running" doc:"Those too that wait for a moderator, or are on hold."`
	People  int `json:"people" doc:"Who take part."`
	Waiting int `json:"waiting" doc:"Who wait for a moderator, or to be let in."`
}

// Node is one server of several.
type Node struct {
	Name     string `json:"name"`
	Sessions int    `json:"sessions"`
	Here     bool   `json:"here" doc:"It answered this request."`
}

// Check is something that was looked at.
type Check struct {
	Name   string `json:"name" enum:"database,writer,disk,certificate,turn,cluster,telephony" doc:"What was looked at; stable."`
	State  string `json:"state" enum:"ok,warn,bad"`
	Text   string `json:"text" doc:"What was seen, in English."`
	Values []int  `json:"values,omitempty" doc:"The numbers in the text, in its order. With name and state they say what was seen, for translations."`
	Action string `json:"action,omitempty" doc:"What to do about it, in English."`
}

// Series are figures over time. All lists have the same length; the last point is the newest.
type Series struct {
	From     time.Time `json:"from" doc:"Of the first point."`
	Step     int       `json:"step" doc:"Seconds between two points."`
	Messages []float64 `json:"messages" doc:"Messages in each step."`
	Sessions []float64 `json:"sessions" doc:"Connected clients; the highest number in the step."`
	CPU      []float64 `json:"cpu" doc:"Processor time in percent of one core."`
	Memory   []float64 `json:"memory" doc:"Memory of the process in bytes; the highest number in the step."`
}

// Presence says what others see of a user.
type Presence string

// The presences, by what a client shows (RFC 6121 §4.7.2.1).
const (
	Available Presence = "available"
	Away      Presence = "away"
	Busy      Presence = "dnd"
	Offline   Presence = "offline"
)

// User is a user with all his data.
type User struct {
	JID             jid.JID         `json:"jid"`
	Login           string          `json:"login"`
	Domain          string          `json:"domain"`
	DisplayName     string          `json:"displayName"`
	Extension       string          `json:"extension"`
	Auth            string          `json:"auth" enum:"internal,external,none" doc:"Where the password is checked."`
	Email           string          `json:"email"`
	Language        string          `json:"language" enum:",de,en"`
	CallWaiting     bool            `json:"callWaiting"`
	FaxExtension    string          `json:"faxExtension"`
	Voicemail       string          `json:"voicemail" enum:"none,external,internal,all"`
	Softphone       bool            `json:"softphone"`
	Mobile          bool            `json:"mobile"`
	MobileNumber    string          `json:"mobileNumber"`
	ShownNumber     string          `json:"shownNumber" doc:"That other users see instead of the extension; empty for the extension."`
	TimeZone        string          `json:"timeZone" doc:"In which times of profiles are meant for him: Europe/Berlin; empty for that of the organisation."`
	HasPIN          bool            `json:"hasPin"`
	Level           directory.Role  `json:"level" enum:",system-administrator,administrator,pbx-manager,phonebook-manager,grafana-viewer"`
	State           string          `json:"state" enum:"active,disabled,deleted"`
	Presence        Presence        `json:"presence" enum:"available,away,dnd,offline"`
	Permissions     []PermissionRef `json:"permissions"`
	Created         time.Time       `json:"created"`
	PasswordChanged time.Time       `json:"passwordChanged"`
	Changed         time.Time       `json:"changed"`
	ChangedBy       string          `json:"changedBy" doc:"Address of who made the last change; empty for the server itself."`
	Deleted         *time.Time      `json:"deleted,omitempty" doc:"When he was put into the bin."`
	Gone            *time.Time      `json:"gone,omitempty" doc:"When he leaves the bin for ever."`
	Revision        int64           `json:"revision"`
	Editable        bool            `json:"editable" doc:"Whether the asking administrator may change him: not somebody of a higher level."`
}

// PermissionRef names a permission.
type PermissionRef struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// UserPage is a part of a list of users.
type UserPage struct {
	Items []User `json:"items"`
	Total int    `json:"total"`
}

// UserData is what can be set of a user.
type UserData struct {
	DisplayName  string         `json:"displayName" doc:"Empty means the login name."`
	Extension    string         `json:"extension" doc:"Empty means none."`
	Auth         string         `json:"auth" enum:"internal,external,none"`
	PIN          *string        `json:"pin,omitempty" doc:"Missing keeps it, empty removes it."`
	Email        string         `json:"email"`
	Language     string         `json:"language" enum:",de,en"`
	CallWaiting  bool           `json:"callWaiting"`
	FaxExtension string         `json:"faxExtension" doc:"Not empty makes a virtual fax device."`
	Voicemail    string         `json:"voicemail" enum:"none,external,internal,all"`
	Softphone    bool           `json:"softphone"`
	Mobile       bool           `json:"mobile"`
	MobileNumber string         `json:"mobileNumber"`
	ShownNumber  *string        `json:"shownNumber,omitempty" doc:"That other users see instead of the extension. Missing keeps it, empty removes it."`
	TimeZone     *string        `json:"timeZone,omitempty" doc:"In which times of profiles are meant for him: Europe/Berlin. Missing keeps it, empty is that of the organisation."`
	Level        directory.Role `json:"level" enum:",system-administrator,administrator,pbx-manager,phonebook-manager,grafana-viewer"`
	Disabled     bool           `json:"disabled"`
}

// NewUser makes a user.
type NewUser struct {
	Login    string `json:"login"`
	Domain   string `json:"domain,omitempty" doc:"Missing means the main one."`
	Password string `json:"password,omitempty" doc:"Needed for the authentication internal."`
	UserData
}

// UserChange replaces the data of a user.
type UserChange struct {
	Revision int64 `json:"revision" doc:"The one that was read: when it is not the user's any more, somebody else has changed him."`
	UserData
}

// UserCheck is a form that is not saved.
type UserCheck struct {
	JID *jid.JID `json:"jid,omitempty" doc:"The user being edited; missing for a new one."`
	NewUser
}

// Checked is what is wrong with a form.
type Checked struct {
	Errors []FieldError `json:"errors"`
}

// FieldError is what is wrong with one field.
type FieldError struct {
	Field      string `json:"field" doc:"Its name in the request, with a dot between levels."`
	Code       string `json:"code" doc:"Stable, for translations."`
	Text       string `json:"text" doc:"In English."`
	Suggestion string `json:"suggestion,omitempty" doc:"A value that would be right."`
}

// Bulk is one change to many users.
type Bulk struct {
	Action     string    `json:"action" enum:"delete,restore,disable,enable,assign,unassign"`
	Users      []jid.JID `json:"users"`
	Permission string    `json:"permission,omitempty" doc:"For assign and unassign."`
}

// BulkResult says what became of each.
type BulkResult struct {
	Done   []jid.JID     `json:"done"`
	Failed []BulkFailure `json:"failed"`
}

// BulkFailure is a user who stayed as he was, and why.
type BulkFailure struct {
	User   jid.JID `json:"user"`
	Code   string  `json:"code"`
	Detail string  `json:"detail"`
}

// NextExtension is a free one.
type NextExtension struct {
	Extension string `json:"extension"`
}

// Password is a new password.
type Password struct {
	Password string `json:"password"`
	Current  string `json:"current,omitempty" doc:"The present one, for who changes his own."`
}

// UserPermissions are all permissions, as they concern a user.
type UserPermissions struct {
	Items []UserPermission `json:"items"`
}

// UserPermission is one permission as it concerns a user.
type UserPermission struct {
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Types       []string `json:"types"`
	Assigned    bool     `json:"assigned"`
	Automatic   bool     `json:"automatic" doc:"Every user has it; it cannot be taken from one."`
}

// UserPermissionsChange replaces the permissions that are assigned by hand.
type UserPermissionsChange struct {
	Permissions []string `json:"permissions" doc:"The IDs; those with automatic assignment may be left out."`
}
