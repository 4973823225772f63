package directory

import (
	"fmt"
	"slices"
	"strings"

	"plenum/xmppd/jid"
)

// A CallActionKind says what a line of a list of actions does with a call. Its text is what is stored.
type CallActionKind string

const (
	CallPrompt    CallActionKind = "prompt"    // something is said to the caller, and the next line comes
	CallVoicemail CallActionKind = "voicemail" // the caller can leave a message
	CallHangUp    CallActionKind = "hangup"    // the call ends
	CallTeam      CallActionKind = "team"      // the call goes on to a team,
	CallMenu      CallActionKind = "ivr"       // a menu,
	CallRouter    CallActionKind = "router"    // a call router,
	CallExtension CallActionKind = "extension" // whatever has an extension,
	CallNumber    CallActionKind = "number"    // or a number outside
	CallLabel     CallActionKind = "label"     // a label of the call is set, and the next line comes
	CallSkill     CallActionKind = "skill"     // the call needs a skill from then on, of who is rung for a team, and the next line comes
	CallLanguage  CallActionKind = "language"  // the caller is spoken to in a language, and the next line comes
)

// CallActionKinds are all that there are.
func CallActionKinds() []CallActionKind {
	return []CallActionKind{CallPrompt, CallVoicemail, CallHangUp, CallTeam, CallMenu, CallRouter, CallExtension, CallNumber, CallLabel, CallSkill, CallLanguage}
}

// A CallStatus is what has become of a call before the actions that follow it (B8).
type CallStatus string

const (
	StatusAny         CallStatus = ""
	StatusUnavailable CallStatus = "unavailable" // nothing rings, or who is called has declined
	StatusNoAnswer    CallStatus = "noanswer"    // it has rung in vain; of a team: the caller has waited too long
	StatusBusy        CallStatus = "busy"
	StatusFull        CallStatus = "full"       // too many wait already
	StatusEnterEmpty  CallStatus = "enterempty" // no member was there
	StatusExitEmpty   CallStatus = "exitempty"  // the last member has left
)

// A Greeting is what a caller hears before he leaves a message, unless the owner of the box has recorded one.
type Greeting string

const (
	GreetingByStatus    Greeting = "" // as it is
	GreetingUnavailable Greeting = "unavailable"
	GreetingBusy        Greeting = "busy"
)

// A ConditionKind says on what a line depends.
type ConditionKind string

const (
	Always          ConditionKind = ""
	PeriodCondition ConditionKind = "period"
	CalendarDays    ConditionKind = "calendar"
	SwitchIsOn      ConditionKind = "switch"
	LabelIs         ConditionKind = "label"
)

// Limits of actions.
const (
	MaxCallActions = 50 // of a list
	// MaxCallHops is how many lists a call may go through: one that goes round in a circle ends.
	MaxCallHops   = 30
	MaxLabel      = MaxObjectName // characters of a label's name, and of its value
	maxPromptName = 64
)

// A CallAction is one line of a list of actions.
type CallAction struct {
	Kind     CallActionKind
	Prompt   string     `json:",omitempty"` // what is said
	Box      string     `json:",omitempty"` // the address of the user, or the ID of the team, that has the box; empty: who is called
	Greeting Greeting   `json:",omitempty"`
	Target   string     `json:",omitempty"` // the ID of a team, menu or router; an extension; a number, as it would be dialled
	Label    string     `json:",omitempty"` // the label, or the skill
	Value    string     `json:",omitempty"` // of the label, or the least level of the skill; empty takes it away
	Language string     `json:",omitempty"`
	Status   CallStatus `json:",omitempty"` // the line counts for this status alone
	When     Condition  `json:",omitzero"`
}

// A Condition says when a line counts.
type Condition struct {
	Kind   ConditionKind `json:",omitempty"`
	Object string        `json:",omitempty"` // ID of a period, calendar or switch
	Label  string        `json:",omitempty"`
	Value  string        `json:",omitempty"` // that the label has; empty: it has any
	Not    bool          `json:",omitempty"` // the line counts when all this is not so
}

// A CallFlow is the four lists of actions of a user, a team or a menu: before anything rings and after it was in vain, for callers from inside and from
// outside.
type CallFlow struct {
	BeforeInternal []CallAction `json:",omitempty"`
	AfterInternal  []CallAction `json:",omitempty"`
	BeforeExternal []CallAction `json:",omitempty"`
	AfterExternal  []CallAction `json:",omitempty"`
}

// Before and After are the lists for a caller.
func (f *CallFlow) Before(inside bool) []CallAction {
	if inside {
		return f.BeforeInternal
	}
	return f.BeforeExternal
}

func (f *CallFlow) After(inside bool) []CallAction {
	if inside {
		return f.AfterInternal
	}
	return f.AfterExternal
}

// Empty reports whether there are no actions at all.
func (f *CallFlow) Empty() bool {
	return len(f.BeforeInternal)+len(f.AfterInternal)+len(f.BeforeExternal)+len(f.AfterExternal) == 0
}

func (f CallFlow) clone() CallFlow {
	f.BeforeInternal, f.AfterInternal = slices.Clone(f.BeforeInternal), slices.Clone(f.AfterInternal)
	f.BeforeExternal, f.AfterExternal = slices.Clone(f.BeforeExternal), slices.Clone(f.AfterExternal)
	return f
}

// lists calls fn for each list, with the name of its field.
func (f *CallFlow) lists(fn func(name string, list []CallAction)) {
	fn("beforeInternal", f.BeforeInternal)
	fn("afterInternal", f.AfterInternal)
	fn("beforeExternal", f.BeforeExternal)
	fn("afterExternal", f.AfterExternal)
}

// OwnBox is the line that leads to the mailbox of who is called.
func OwnBox() CallAction { return CallAction{Kind: CallVoicemail} }

// plainBox reports whether a line leads to the mailbox of who is called, whenever it is reached.
func plainBox(a CallAction) bool {
	return a.Kind == CallVoicemail && a.Box == "" && a.Status == StatusAny && a.When.Kind == Always
}

// Voicemail is the option of the user's form that the lists stand for.
func (f *CallFlow) Voicemail() Voicemail {
	inside, outside := slices.ContainsFunc(f.AfterInternal, plainBox), slices.ContainsFunc(f.AfterExternal, plainBox)
	switch {
	case inside && outside:
		return VoicemailAll
	case inside:
		return VoicemailInternal
	case outside:
		return VoicemailExternal
	}
	return VoicemailNone
}

// withVoicemail puts the actions in that the option of the user's form stands for, or takes them out; others stay.
func (f CallFlow) withVoicemail(v Voicemail) CallFlow {
	f = f.clone()
	set := func(list []CallAction, on bool) []CallAction {
		switch {
		case !on:
			return slices.DeleteFunc(list, plainBox)
		case slices.ContainsFunc(list, plainBox):
			return list
		}
		return append(list, OwnBox())
	}
	f.AfterInternal, f.AfterExternal = set(f.AfterInternal, v.Internal()), set(f.AfterExternal, v.External())
	return f
}

// TeamBox is the ID of the team in whose mailbox messages are left; empty when it is that of a user, or of who is called.
func (a *CallAction) TeamBox() string {
	if strings.Contains(a.Box, "@") {
		return ""
	}
	return a.Box
}

// tidy returns the line with nothing but what its kind needs.
func (a CallAction) tidy() CallAction {
	only := CallAction{Kind: a.Kind, Status: a.Status, When: a.When.tidy()}
	switch a.Kind {
	case CallPrompt:
		only.Prompt = strings.TrimSpace(a.Prompt)
	case CallVoicemail:
		only.Box, only.Greeting = strings.TrimSpace(a.Box), a.Greeting
		if box, err := jid.Parse(only.Box); err == nil && only.TeamBox() == "" {
			only.Box = box.Bare().String()
		}
	case CallTeam, CallMenu, CallRouter, CallExtension:
		only.Target = strings.TrimSpace(a.Target)
	case CallNumber:
		only.Target = CleanNumber(a.Target)
	case CallLabel, CallSkill:
		only.Label, only.Value = strings.TrimSpace(a.Label), strings.TrimSpace(a.Value)
	case CallLanguage:
		only.Language = a.Language
	}
	return only
}

func (c Condition) tidy() Condition {
	only := Condition{Kind: c.Kind, Not: c.Not}
	switch c.Kind {
	case Always:
		only.Not = false
	case LabelIs:
		only.Label, only.Value = strings.TrimSpace(c.Label), strings.TrimSpace(c.Value)
	default:
		only.Object = c.Object
	}
	return only
}

func tidyActions(list []CallAction) []CallAction {
	list = slices.Clone(list)
	for i := range list {
		list[i] = list[i].tidy()
	}
	return list
}

func (f CallFlow) tidy() CallFlow {
	f.BeforeInternal, f.AfterInternal = tidyActions(f.BeforeInternal), tidyActions(f.AfterInternal)
	f.BeforeExternal, f.AfterExternal = tidyActions(f.BeforeExternal), tidyActions(f.AfterExternal)
	return f
}

// actionRules are what differs between the lists that an action can be in.
type actionRules struct {
	own      bool         // somebody is called who has a mailbox
	statuses []CallStatus // that a line can depend on
}

// Statuses are those that lines after a call to somebody can depend on, besides any.
func Statuses(kind Kind) []CallStatus {
	switch kind {
	case Users:
		return []CallStatus{StatusUnavailable, StatusNoAnswer, StatusBusy}
	case Teams:
		return []CallStatus{StatusNoAnswer, StatusFull, StatusEnterEmpty, StatusExitEmpty}
	}
	return nil
}

// check applies the rules that need nothing but the lists.
func (f *CallFlow) check(kind Kind, bad *FieldErrors) {
	f.lists(func(name string, list []CallAction) {
		rules := actionRules{own: kind == Users || kind == Teams}
		if strings.HasPrefix(name, "after") {
			rules.statuses = Statuses(kind)
		}
		checkActions(name, list, rules, bad)
	})
}

func checkActions(name string, list []CallAction, rules actionRules, bad *FieldErrors) {
	if len(list) > MaxCallActions {
		bad.add(name, "too_many", fmt.Sprintf("a list has at most %d actions", MaxCallActions))
		return
	}
	for i := range list {
		list[i].check(fmt.Sprintf("%s.%d.", name, i), rules, bad)
	}
}

func (a *CallAction) check(at string, rules actionRules, bad *FieldErrors) {
	if a.Status != StatusAny && !slices.Contains(rules.statuses, a.Status) {
		bad.add(at+"status", "unknown", fmt.Sprintf("a line of this list cannot depend on the status %.32q", string(a.Status)))
	}
	a.When.check(at+"when.", bad)
	switch a.Kind {
	case CallPrompt:
		if !promptName(a.Prompt) {
			bad.add(at+"prompt", "missing", "choose what is said")
		}
	case CallVoicemail:
		a.checkBox(at, rules, bad)
	case CallTeam, CallMenu, CallRouter, CallExtension, CallNumber:
		switch {
		case a.Target == "":
			bad.add(at+"target", "missing", "say where the call goes on to")
		case a.Kind == CallNumber && !dialled(a.Target), a.Kind == CallNumber && len(a.Target) > maxForwardTarget:
			bad.add(at+"target", "bad_number", "a number has digits only, with + before them or not")
		}
	case CallLabel:
		labelErrors(at, a.Label, a.Value, bad)
	case CallSkill:
		labelErrors(at, a.Label, "", bad)
		if _, ok := SkillLevel(a.Value); !ok {
			bad.add(at+"value", "out_of_range", fmt.Sprintf("a level is 1 to %d", MaxSkillLevel))
		}
	case CallLanguage:
		if !slices.Contains(Languages(), a.Language) {
			bad.add(at+"language", "unknown", "the language is none of "+strings.Join(Languages(), ", "))
		}
	case CallHangUp:
	default:
		bad.add(at+"kind", "unknown", fmt.Sprintf("there is no action %.32q", string(a.Kind)))
	}
}

func (a *CallAction) checkBox(at string, rules actionRules, bad *FieldErrors) {
	if !slices.Contains([]Greeting{GreetingByStatus, GreetingUnavailable, GreetingBusy}, a.Greeting) {
		bad.add(at+"greeting", "unknown", fmt.Sprintf("there is no greeting %.32q", string(a.Greeting)))
	}
	if box, err := jid.Parse(a.Box); a.Box == "" && !rules.own {
		bad.add(at+"box", "missing", "say whose mailbox it is")
	} else if strings.Contains(a.Box, "@") && (err != nil || box.Local() == "") {
		bad.add(at+"box", "unknown", "this is no user")
	}
}

func (c *Condition) check(at string, bad *FieldErrors) {
	switch c.Kind {
	case Always:
	case PeriodCondition, CalendarDays, SwitchIsOn:
		if c.Object == "" {
			bad.add(at+"object", "missing", "say on what the line depends")
		}
	case LabelIs:
		labelErrors(at, c.Label, c.Value, bad)
	default:
		bad.add(at+"kind", "unknown", fmt.Sprintf("there is no condition %.32q", string(c.Kind)))
	}
}

func labelErrors(at, label, value string, bad *FieldErrors) {
	if label == "" {
		bad.add(at+"label", "missing", "the label is missing")
	}
	*bad = append(*bad, lineErrors(at+"label", "the label", label, MaxLabel)...)
	*bad = append(*bad, lineErrors(at+"value", "the value", value, MaxLabel)...)
}

// promptName reports whether a text can be the name of a prompt.
func promptName(name string) bool {
	return name != "" && len(name) <= maxPromptName && !strings.ContainsFunc(name, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_'
	})
}
