package api

import (
	"time"

	"plenum/xmppd/jid"
)

// Team is a team with its settings and members.
type Team struct {
	ID        string      `json:"id"`
	Changed   time.Time   `json:"changed"`
	ChangedBy string      `json:"changedBy"`
	Revision  int64       `json:"revision"`
	Agents    []TeamAgent `json:"agents" doc:"What the members do, in the order of members."`
	HasBoxPIN bool        `json:"hasBoxPin"`
	TeamData
}

// TeamData is what can be set for a team. Times are in seconds.
type TeamData struct {
	Name            string        `json:"name"`
	Extension       string        `json:"extension" doc:"Empty: the team cannot be dialled."`
	Strategy        string        `json:"strategy" enum:"ringall,inorder,longestidle,fewestcalls,random,weighted,roundrobin,roundrobin_sorted" doc:"Who is rung: all, one after another, who has not talked for longest, who has had the fewest calls, anybody, anybody by weight, in turn in the order of logging in, in turn in the order of the list."`
	MemberTimeout   int           `json:"memberTimeout" doc:"How long a member is rung."`
	WrapUp          int           `json:"wrapUp" doc:"For how long a member gets no further call after one; 0 is not at all."`
	MaxWaiting      int           `json:"maxWaiting" doc:"How many callers may wait at the same time; 0 is without limit."`
	JoinEmpty       bool          `json:"joinEmpty" doc:"Callers wait though no member is there."`
	LeaveEmpty      bool          `json:"leaveEmpty" doc:"Those who wait are sent away when the last member leaves."`
	InternalTimeout int           `json:"internalTimeout" doc:"How long callers from inside wait; 0 is without limit."`
	ExternalTimeout int           `json:"externalTimeout" doc:"How long callers from outside wait; 0 is without limit."`
	Announce        int           `json:"announce" doc:"How often callers are told their place; 0 is never."`
	Ringback        bool          `json:"ringback" doc:"Callers hear a ringing tone, and not music."`
	Weight          int           `json:"weight" doc:"Of members in several teams the one with the greater weight has them first."`
	Notify          string        `json:"notify" enum:",available,unavailable,nonmembers,group" doc:"Who else hears of callers that wait: nobody, members who are free to take calls and those of the pickup group who are no members, members who are out or pause and those, only those, the whole pickup group. They may pick the callers up."`
	PickupGroup     string        `json:"pickupGroup" doc:"ID of the permission whose users that is; empty: of all with pickup.group that the team has, everybody as long as there is no such permission."`
	BoxEmail        string        `json:"boxEmail" doc:"Where messages for the team are sent; empty for nowhere."`
	BoxDiscard      bool          `json:"boxDiscard" doc:"They are deleted when they were sent."`
	BoxPIN          *string       `json:"boxPin,omitempty" doc:"By which others listen to them with the code for other boxes (voicemail-other). Missing keeps it, empty removes it."`
	AfterTarget     string        `json:"afterTarget" doc:"Extension to which callers go whom nobody takes, or *103 for the voicemail of the team; empty: they are told so."`
	PriorityLabel   string        `json:"priorityLabel,omitempty" doc:"Name of the label of a call that says before whom its caller comes: a number up to 1000, the higher first; none is 0. Missing: they come as they have called."`
	TimeoutLabel    string        `json:"timeoutLabel,omitempty" doc:"Name of the label that says in seconds how long its caller waits, in the place of internalTimeout and externalTimeout."`
	LoginCode       string        `json:"loginCode" doc:"Digits: * with this code and the extension of a dynamic member lets him in or out; empty for none."`
	PauseReasons    []PauseReason `json:"pauseReasons" doc:"Without any nobody may pause."`
	Members         []TeamMember  `json:"members" doc:"In the order in which they are rung where that matters."`
}

// PauseReason is why a member may pause.
type PauseReason struct {
	Code  string `json:"code" doc:"Digits, as they are dialled."`
	Title string `json:"title"`
}

// TeamMember is a user in a team.
type TeamMember struct {
	User     string `json:"user" doc:"Address."`
	Dynamic  bool   `json:"dynamic" doc:"Logs in and out; others are always in."`
	Weight   int    `json:"weight" doc:"For the strategy weighted: the chance is 1 to this + 1."`
	Priority int    `json:"priority" doc:"Those with a higher one are rung only when nobody with a lower one takes the call."`
}

// TeamAgent is what a member does.
type TeamAgent struct {
	User   string    `json:"user"`
	Name   string    `json:"name"`
	In     bool      `json:"in"`
	Paused string    `json:"paused" doc:"Code of the reason; empty: does not pause."`
	Since  time.Time `json:"since"`
}

// TeamPage is a part of the list of teams.
type TeamPage struct {
	Items []TeamItem `json:"items"`
	Total int        `json:"total"`
}

// TeamItem is a team and what goes on there, in short.
type TeamItem struct {
	Team
	Waiting int        `json:"waiting" doc:"Callers who wait."`
	Longest *time.Time `json:"longest,omitempty" doc:"Since when the first of them does."`
	Present int        `json:"present" doc:"Members who have logged in and do not pause."`
	Talking int        `json:"talking" doc:"Members who talk to a caller of the team."`
}

// NewTeam is the form of a new team.
type NewTeam struct{ TeamData }

// TeamChange replaces what is set for a team.
type TeamChange struct {
	Revision int64 `json:"revision" doc:"The one that was read: when it is not that of the team any more, somebody else has changed it."`
	TeamData
}

// TeamCheck is a form to be looked at.
type TeamCheck struct {
	ID string `json:"id" doc:"Of the team; empty for a new one."`
	TeamData
}

// TeamLive is what goes on in a team.
type TeamLive struct {
	Waiting []TeamCaller     `json:"waiting" doc:"Callers, the next one first."`
	Members []TeamMemberLive `json:"members"`
}

// TeamCaller is one who waits.
type TeamCaller struct {
	Call   string    `json:"call" doc:"ID of the call."`
	Number string    `json:"number"`
	Name   string    `json:"name"`
	Since  time.Time `json:"since"`
	Rings  []string  `json:"rings" doc:"Addresses of those who are rung for him."`
	Needs  []Skill   `json:"needs" doc:"What members must be able to do who are rung for him, at these levels at least."`
}

// TeamMemberLive is what a member does now.
type TeamMemberLive struct {
	User   string    `json:"user"`
	Name   string    `json:"name"`
	Doing  string    `json:"doing" enum:"out,paused,absent,free,ringing,talking,busy,wrapup"`
	In     bool      `json:"in"`
	Paused string    `json:"paused" doc:"Title of the reason; empty: does not pause."`
	Since  time.Time `json:"since" doc:"When he has logged in or out, or begun or ended a pause."`
	Calls  int       `json:"calls" doc:"Of the team, since he is in."`
}

// TeamMove lets a member in or out, or pause.
type TeamMove struct {
	In     bool   `json:"in"`
	Paused string `json:"paused" doc:"Code of the reason; empty: does not pause."`
}

type teamsRequest struct {
	Text string `query:"q" doc:"Part of a name or extension."`
	page
}

type teamRequest struct {
	ID string `path:"id"`
}

type newTeamRequest struct{ Body NewTeam }

type teamCheckRequest struct{ Body TeamCheck }

type teamChangeRequest struct {
	ID   string `path:"id"`
	Body TeamChange
}

type teamMoveRequest struct {
	ID   string  `path:"id"`
	JID  jid.JID `path:"jid"`
	Body TeamMove
}
