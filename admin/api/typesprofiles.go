package api

import "time"

// Profile is a way of working that users choose.
type Profile struct {
	ID        string    `json:"id"`
	BuiltIn   bool      `json:"builtIn" doc:"It cannot be deleted; name, silent and permissions stay as they are."`
	Offered   int       `json:"offered" doc:"How many users it is offered to."`
	Users     int       `json:"users" doc:"How many users were put into it, by themselves, by others or by a time."`
	Changed   time.Time `json:"changed"`
	ChangedBy string    `json:"changedBy"`
	Revision  int64     `json:"revision"`
	// Warnings are for who sets the profile.
	Warnings []FieldError `json:"warnings" doc:"Where actions work against each other; advice, not errors."`
	ProfileData
}

// ProfileData is what can be set of a profile.
type ProfileData struct {
	Name        string           `json:"name"`
	Colour      string           `json:"colour" doc:"Of the icon: #2c58d4."`
	Icon        string           `json:"icon" enum:"ok,dnd,coffee,moon,home,plane,meet,phone,team,door,clock,user,star,book"`
	ShowIcon    bool             `json:"showIcon" doc:"In the presence of who uses it."`
	Sticky      bool             `json:"sticky" doc:"No time puts another in its place."`
	Silent      bool             `json:"silent" doc:"Nothing of who uses it rings."`
	Show        string           `json:"show" enum:",away,xa,dnd" doc:"How others see who uses it; empty: as his clients say."`
	Permissions []string         `json:"permissions" doc:"IDs: it is offered to those who have one of them."`
	Triggers    []ProfileTrigger `json:"triggers"`
	TeamsCall   bool             `json:"teamsCall" doc:"A call in Microsoft Teams puts those to whom it is offered into it, as long as it lasts."`
	Enter       []ProfileAction  `json:"enter" doc:"Carried out one after the other for who comes into the profile."`
	Leave       []ProfileAction  `json:"leave" doc:"Likewise for who leaves it."`
}

// ProfileAction is one step that a profile takes for a user.
type ProfileAction struct {
	Kind     string `json:"kind" enum:"followme.set,gsm.set,team.login,team.logout,team.pause,team.unpause,location.set,location.unset,forward.set,forward.unset"`
	Team     string `json:"team" doc:"ID, for the team kinds; empty: every team in which the user is."`
	Reason   string `json:"reason" doc:"Code of the reason, for team.pause."`
	Location string `json:"location" doc:"ID, for location.set."`
	Target   string `json:"target" doc:"For forward.set: as the user would dial it, or *103 for his voicemail."`

	Device   string      `json:"device,omitempty" doc:"For followme.set: whose timers change, ID or phone, softphone, mobile or xmpp for all of the user's of a kind; empty: all of his."`
	Internal *RingChange `json:"internal,omitempty" doc:"For followme.set; missing leaves it as it is."`
	External *RingChange `json:"external,omitempty" doc:"Likewise."`
	Queue    *RingChange `json:"queue,omitempty" doc:"Likewise."`
	On       bool        `json:"on,omitempty" doc:"For gsm.set: whether the mobile telephone is the only one that rings."`
}

// RingChange is what an action does to the timer of a class of calls.
type RingChange struct {
	To      string `json:"to" enum:",on,off" doc:"Empty leaves it as it is."`
	Delay   int    `json:"delay" doc:"Seconds, for on."`
	Timeout int    `json:"timeout" doc:"Seconds, for on; 0 leaves both as they are."`
}

// ProfileChecked is what is wrong with a form, and what is odd.
type ProfileChecked struct {
	Errors   []FieldError `json:"errors"`
	Warnings []FieldError `json:"warnings" doc:"Where actions work against each other; advice, not errors."`
}

// ProfileStep is an action that was carried out, or would be.
type ProfileStep struct {
	Leaving bool   `json:"leaving" doc:"It is of the profile that was left."`
	About   string `json:"about" doc:"Name of the team, location or device, where the action names one."`
	Outcome string `json:"outcome" enum:"done,nothing,failed" doc:"Nothing: it was so already."`
	Text    string `json:"text" doc:"Why it failed, in English; in a dry run also what else it does."`
	ProfileAction
}

// ProfileRun is what has happened when a user came into a profile, or what would.
type ProfileRun struct {
	Profile   string        `json:"profile" doc:"Its ID; empty for a new one."`
	Name      string        `json:"name"`
	Left      string        `json:"left" doc:"ID of the profile before."`
	LeftName  string        `json:"leftName"`
	Triggered bool          `json:"triggered" doc:"A trigger has chosen it."`
	By        string        `json:"by" doc:"Address of who has chosen it; empty for a trigger or the server."`
	At        *time.Time    `json:"at,omitempty" doc:"Missing in a dry run."`
	Steps     []ProfileStep `json:"steps"`
}

// ProfileRuns are the last changes of a user's profile, the last one first.
type ProfileRuns struct {
	Items []ProfileRun `json:"items"`
}

// ProfileDryRun asks what would happen.
type ProfileDryRun struct {
	ID      string `json:"id" doc:"The profile being edited; empty for a new one."`
	User    string `json:"user" doc:"Address of the user for whom."`
	Leaving bool   `json:"leaving" doc:"He leaves the profile, instead of coming into it."`
	ProfileData
}

// OwnProfiles are the profiles that a user has made for himself, and what he may put into them.
type OwnProfiles struct {
	Allowed   bool      `json:"allowed" doc:"He may make some, change and use them."`
	Items     []Profile `json:"items"`
	Most      int       `json:"most" doc:"How many he can have."`
	Zone      string    `json:"zone" doc:"Time zone in which times are meant: his own, or the organisation's."`
	Teams     []OwnTeam `json:"teams" doc:"In which he is."`
	Locations []Place   `json:"locations" doc:"Where he may log in."`
}

// OwnTeam is a team in which a user is.
type OwnTeam struct {
	ID           string        `json:"id"`
	Name         string        `json:"name"`
	Dynamic      bool          `json:"dynamic" doc:"He logs in and out."`
	PauseReasons []PauseReason `json:"pauseReasons"`
}

// ProfileTrigger is a time at which users are put into the profile.
type ProfileTrigger struct {
	At    string `json:"at" doc:"Time of the day: 09:00."`
	Until string `json:"until" doc:"When they go back to the profile before; empty: they stay."`
	Days  []int  `json:"days" doc:"Days of the week on which it begins: 0 is Sunday."`
	Date  string `json:"date" doc:"The only day on which it begins, instead of days of the week: 2026-12-24."`
}

// ProfilePage is the list of profiles.
type ProfilePage struct {
	Items []Profile `json:"items"`
	Total int       `json:"total"`
	Zone  string    `json:"zone" doc:"Time zone in which times are meant."`
}

// ProfileChange replaces the data of a profile.
type ProfileChange struct {
	Revision int64 `json:"revision" doc:"The one that was read: when it is not the profile's any more, somebody else has changed it."`
	ProfileData
}

// ProfileCheck is a form that is not saved.
type ProfileCheck struct {
	ID string `json:"id" doc:"The profile being edited; empty for a new one."`
	ProfileData
}

// UserProfile is the profile that a user is in.
type UserProfile struct {
	Profile   string          `json:"profile" doc:"Its ID."`
	Previous  string          `json:"previous" doc:"ID of the one before."`
	Triggered bool            `json:"triggered" doc:"A time has chosen it."`
	Since     *time.Time      `json:"since,omitempty" doc:"Missing for who has never changed his profile."`
	By        string          `json:"by" doc:"Address of who has chosen it; empty for a time or the server."`
	Offered   []ProfileChoice `json:"offered" doc:"What the user may choose."`
	Steps     []ProfileStep   `json:"steps" doc:"What was done for him when he came into the profile."`
}

// ProfileChoice is a profile that is offered to a user.
type ProfileChoice struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Colour string `json:"colour"`
	Icon   string `json:"icon"`
	Sticky bool   `json:"sticky"`
	Silent bool   `json:"silent"`
	Own    bool   `json:"own" doc:"The user has made it for himself."`
}

// ProfileChosen names the profile that a user is to be in.
type ProfileChosen struct {
	Profile string `json:"profile" doc:"Its ID."`
}

type profilesRequest struct {
	Text string `query:"q"`
	page
}

type profileRequest struct {
	ID string `path:"id"`
}

type newProfileRequest struct{ Body ProfileData }

type profileCheckRequest struct{ Body ProfileCheck }

type profileChangeRequest struct {
	profileRequest
	Body ProfileChange
}

type chooseRequest struct {
	userRequest
	Body ProfileChosen
}

type chooseOwnRequest struct{ Body ProfileChosen }

type profileDryRunRequest struct{ Body ProfileDryRun }

// TeamsTrigger is how Microsoft is asked who is in a call in Teams, and what came of it.
type TeamsTrigger struct {
	HasSecret bool       `json:"hasSecret"`
	Asked     *time.Time `json:"asked,omitempty" doc:"The last time; missing when it was never."`
	Users     int        `json:"users" doc:"Who were asked for then."`
	Failures  int        `json:"failures" doc:"One after the other, up to now."`
	Failure   string     `json:"failure" doc:"Why the last time failed, in English; empty when it did not."`
	Revision  int64      `json:"revision"`
	TeamsTriggerData
}

// TeamsTriggerData is what can be set of it.
type TeamsTriggerData struct {
	Enabled bool   `json:"enabled"`
	Tenant  string `json:"tenant" doc:"ID or domain of the organisation at Microsoft."`
	Client  string `json:"client" doc:"ID of the application there; it has the permissions Presence.Read.All and User.ReadBasic.All."`
}

// TeamsTriggerChange replaces what is set.
type TeamsTriggerChange struct {
	Revision int64   `json:"revision" doc:"The one that was read: when it is not the stored one any more, somebody else has changed it."`
	Secret   *string `json:"secret,omitempty" doc:"Of the application; missing keeps the one there is, empty removes it."`
	TeamsTriggerData
}

type teamsTriggerRequest struct{ Body TeamsTriggerChange }
