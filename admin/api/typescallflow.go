package api

import (
	"time"

	"plenum/xmppd/jid"
)

// CallFlow is the actions of a user or a team.
type CallFlow struct {
	Revision  int64      `json:"revision"`
	Changed   *time.Time `json:"changed,omitempty"`
	ChangedBy string     `json:"changedBy"`
	CallLists
}

// CallLists are the four lists of actions: before anything rings and when nobody has taken the call, for callers from inside and from outside.
type CallLists struct {
	BeforeInternal []CallAction `json:"beforeInternal"`
	AfterInternal  []CallAction `json:"afterInternal"`
	BeforeExternal []CallAction `json:"beforeExternal"`
	AfterExternal  []CallAction `json:"afterExternal"`
}

// CallAction is one line of a list of actions.
type CallAction struct {
	Kind     string        `json:"kind" enum:"prompt,voicemail,hangup,team,ivr,router,extension,number,label,skill,language"`
	Prompt   string        `json:"prompt" doc:"ID of what is said, for prompt."`
	Box      string        `json:"box" doc:"For voicemail: address of the user, or ID of the team, that has the mailbox; empty: who is called."`
	Greeting string        `json:"greeting" enum:",unavailable,busy" doc:"For voicemail; empty: as it is."`
	Target   string        `json:"target" doc:"ID of a team, menu or router; an extension; a number outside, as it would be dialled."`
	Label    string        `json:"label" doc:"The label; for skill, what who is rung for a team must be able to do from then on."`
	Value    string        `json:"value" doc:"Of the label, or the least level of the skill, 1 to 100; empty takes it away."`
	Language string        `json:"language" enum:",de,en" doc:"For language."`
	Status   string        `json:"status" enum:",unavailable,noanswer,busy,full,enterempty,exitempty" doc:"The line counts for this status alone; empty: for any. The last three, and noanswer, are those of teams; the first three those of users. Only in lists after a call."`
	When     CallCondition `json:"when"`
}

// CallCondition says when a line counts.
type CallCondition struct {
	Kind   string `json:"kind" enum:",period,calendar,switch,label" doc:"Empty: always."`
	Object string `json:"object" doc:"ID of the period, calendar or switch."`
	Label  string `json:"label"`
	Value  string `json:"value" doc:"That the label has; empty: it has any."`
	Not    bool   `json:"not" doc:"The line counts when all this is not so."`
}

// CallFlowChange replaces the actions of a user or team.
type CallFlowChange struct {
	Revision int64 `json:"revision"`
	CallLists
}

// CallObject is a menu, call router, period, calendar, switch, template or label.
type CallObject struct {
	ID        string    `json:"id"`
	Kind      string    `json:"kind" enum:"ivr,router,period,calendar,switch,template,label"`
	Revision  int64     `json:"revision"`
	Changed   time.Time `json:"changed"`
	ChangedBy string    `json:"changedBy"`
	On        bool      `json:"on" doc:"What a switch says now."`
	CallObjectData
}

// CallObjectData is what can be set of one. Each kind has its own fields besides the name; the others are empty.
type CallObjectData struct {
	Name      string       `json:"name"`
	Extension string       `json:"extension" doc:"Of a menu, router or switch; empty: it cannot be dialled."`
	Menu      CallMenu     `json:"menu"`
	Actions   []CallAction `json:"actions" doc:"Of a router or a template."`
	Hours     []CallHours  `json:"hours" doc:"Of a period."`
	Days      []CallDay    `json:"days" doc:"Of a calendar."`
	Initial   bool         `json:"initial" doc:"A switch begins so."`

	Template    *CallTemplate `json:"template,omitempty" doc:"Of a template; others have none."`
	Permissions []string      `json:"permissions,omitempty" doc:"IDs, of a switch: who has one of them sees it in apps and on the lamps of his telephones, and turns it there."`
	Label       *CallLabel    `json:"label,omitempty" doc:"Of a label; others have none."`
}

// CallLabel says of the label that has the name of its object what calls have it from their beginning, and who sees it.
type CallLabel struct {
	Shown bool          `json:"shown" doc:"To users, in their journals; administrators see all in the records."`
	Value string        `json:"value" doc:"That calls have at their beginning; empty: they have none."`
	When  CallCondition `json:"when" doc:"Those for which this holds then; it cannot be a label."`
}

// CallTemplate is where the actions of a template belong.
type CallTemplate struct {
	For      string `json:"for" enum:"user,team,ivr"`
	Slot     string `json:"slot" enum:"before,after" doc:"before: anything rings; after: nobody has taken the call."`
	Origin   string `json:"origin" enum:",internal,external" doc:"Of the callers; empty: both."`
	Position string `json:"position" enum:"last,first" doc:"Among the actions that are there."`
	Auto     bool   `json:"auto" doc:"All that are made in the console or by this interface from now on have them at first."`
}

// RollOut puts a template into the lists of those for whom it is.
type RollOut struct {
	All   bool     `json:"all" doc:"Everybody."`
	To    []string `json:"to" doc:"Otherwise: addresses of users, or IDs of teams or menus."`
	Mode  string   `json:"mode" enum:"append,replace,skip" doc:"What is done with actions that are there: they stay, they go, or who has some is left alone."`
	Again bool     `json:"again" doc:"A line is added even where it is already."`
}

// RollOutResult says what has become of it, or would.
type RollOutResult struct {
	Changed   int           `json:"changed"`
	Unchanged int           `json:"unchanged" doc:"All of it is there already."`
	Skipped   int           `json:"skipped" doc:"There are other actions, and the mode leaves them alone."`
	Refused   int           `json:"refused"`
	Items     []RollOutItem `json:"items" doc:"200 of them at most, the refused first."`
}

// RollOutItem is one of them.
type RollOutItem struct {
	ID      string `json:"id" doc:"Address of the user, or ID of the team or menu."`
	Name    string `json:"name"`
	Outcome string `json:"outcome" enum:"changed,unchanged,skipped,refused"`
	Why     string `json:"why" doc:"It was refused; empty otherwise."`
}

// CallMenu says something to callers, and leads on by their keys. Its lists come before that, and when nothing was chosen.
type CallMenu struct {
	Prompt      string          `json:"prompt" doc:"ID of what is said; empty: nothing."`
	AnswerDelay int             `json:"answerDelay" doc:"Seconds that it rings before it answers."`
	KeyTimeout  int             `json:"keyTimeout" doc:"Seconds to press a key; 0 is 5."`
	Entries     []CallMenuEntry `json:"entries"`
	CallLists
}

// CallMenuEntry is what keys lead to.
type CallMenuEntry struct {
	Keys    string       `json:"keys" doc:"One to six digits, * or #; i for keys that no entry has; t when none is pressed in time."`
	Actions []CallAction `json:"actions"`
}

// CallHours are a time of the day, on days of the week.
type CallHours struct {
	Days []int  `json:"days" doc:"On which it begins: 0 is Sunday."`
	From string `json:"from" doc:"09:00"`
	To   string `json:"to" doc:"17:00; not later than from: the day after."`
}

// CallDay is a day of a year, or some in a row.
type CallDay struct {
	Date  string `json:"date" doc:"2026-12-24"`
	Until string `json:"until" doc:"The last one; empty: it is one day."`
	Title string `json:"title"`
}

// CallObjectPage is a part of a list of them.
type CallObjectPage struct {
	Items []CallObject `json:"items"`
	Total int          `json:"total"`
	Zone  string       `json:"zone" doc:"Time zone in which periods and calendars are meant."`
}

// CallChoices are what lines of actions can name.
type CallChoices struct {
	Prompts []PromptChoice     `json:"prompts"`
	Teams   []CallObjectChoice `json:"teams"`
	Objects []CallObjectChoice `json:"objects"`
	Skills  []string           `json:"skills" doc:"Names of those that users have."`
}

// PromptChoice is something that can be said.
type PromptChoice struct {
	ID   string `json:"id"`
	Text string `json:"text" doc:"In English, where it is one of the program's own; empty for those that an administrator has made."`
}

// CallObjectChoice is a team, or what leads calls.
type CallObjectChoice struct {
	ID        string `json:"id"`
	Kind      string `json:"kind" enum:"team,ivr,router,period,calendar,switch,template,label"`
	Name      string `json:"name"`
	Extension string `json:"extension"`
}

// NewCallObject is the form of a new one.
type NewCallObject struct {
	Kind string `json:"kind" enum:"ivr,router,period,calendar,switch,template,label"`
	CallObjectData
}

// CallObjectCheck is a form that is not to be saved.
type CallObjectCheck struct {
	ID   string `json:"id" doc:"Empty: a new one."`
	Kind string `json:"kind" enum:"ivr,router,period,calendar,switch,template,label"`
	CallObjectData
}

// CallObjectChange replaces what is set of one.
type CallObjectChange struct {
	Revision int64 `json:"revision"`
	CallObjectData
}

// OwnSwitches are the switches that a user sees.
type OwnSwitches struct {
	Items []OwnSwitch `json:"items"`
}

// OwnSwitch is one that he may turn.
type OwnSwitch struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Extension string `json:"extension" doc:"Dialled, it turns the switch over; empty: it cannot be dialled."`
	On        bool   `json:"on"`
}

// SwitchState turns a switch on or off.
type SwitchState struct {
	On bool `json:"on"`
}

type callObjectsRequest struct {
	Kind string `query:"kind" enum:"ivr,router,period,calendar,switch,template,label" doc:"Without it those of all kinds."`
	Text string `query:"q" doc:"Part of a name or extension."`
	page
}

type callObjectRequest struct {
	ID string `path:"id"`
}

type newCallObjectRequest struct{ Body NewCallObject }

type callObjectCheckRequest struct{ Body CallObjectCheck }

type callObjectChangeRequest struct {
	ID   string `path:"id"`
	Body CallObjectChange
}

type rollOutRequest struct {
	ID   string `path:"id"`
	Body RollOut
}

type switchRequest struct {
	ID   string `path:"id"`
	Body SwitchState
}

type userActionsRequest struct {
	JID  jid.JID `path:"jid" doc:"Bare address."`
	Body CallFlowChange
}

type userActionsCheckRequest struct {
	JID  jid.JID `path:"jid" doc:"Bare address."`
	Body CallLists
}

type teamActionsRequest struct {
	ID   string `path:"id"`
	Body CallFlowChange
}

type teamActionsCheckRequest struct {
	ID   string `path:"id"`
	Body CallLists
}
