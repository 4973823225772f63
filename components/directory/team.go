package directory

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// A Strategy is how a team finds who is rung for a caller.
type Strategy string

const (
	RingAll          Strategy = "ringall"           // all who are free
	InOrder          Strategy = "inorder"           // one after another, always from the top of the list
	LongestIdle      Strategy = "longestidle"       // whose last call ended first
	FewestCalls      Strategy = "fewestcalls"       // who has had the fewest
	RandomMember     Strategy = "random"            // anybody, all with the same chance
	RandomWeighted   Strategy = "weighted"          // anybody, with a chance of 1 to his weight + 1
	RoundRobin       Strategy = "roundrobin"        // who comes after the one who was rung last, in the order in which they have logged in
	RoundRobinSorted Strategy = "roundrobin_sorted" // likewise in the order of the list, whoever logs in or out
)

// Strategies are all of them, the default first.
func Strategies() []Strategy {
	return []Strategy{RingAll, InOrder, LongestIdle, FewestCalls, RandomMember, RandomWeighted, RoundRobin, RoundRobinSorted}
}

// A PickupNotice is who hears of callers that wait for a team, besides the members who are rung for them.
type PickupNotice string

const (
	NotifyNobody     PickupNotice = ""
	NotifyAvailable  PickupNotice = "available"   // members who are in and do not pause, and those of the pickup group who are no members
	NotifyAway       PickupNotice = "unavailable" // members who are out or pause, and those of the pickup group who are no members
	NotifyNonMembers PickupNotice = "nonmembers"  // those of the pickup group who are no members
	NotifyGroup      PickupNotice = "group"       // the whole pickup group
)

// PickupNotices are all of them, the default first.
func PickupNotices() []PickupNotice {
	return []PickupNotice{NotifyNobody, NotifyAvailable, NotifyAway, NotifyNonMembers, NotifyGroup}
}

// Team is a team with its settings and what its members do.
type Team struct {
	ID        string
	Revision  int64 // of the settings; what members do does not change it
	Changed   time.Time
	ChangedBy jid.JID // zero: the server or its operator
	TeamInput
	HasPIN bool    // its voicemail box has one
	Agents []Agent // in the order of Members

	pin []byte // sealed; nil for none
}

// TeamInput is the form of a team. Times are in seconds.
type TeamInput struct {
	Name      string
	Extension string // empty: the team cannot be dialled

	Strategy      Strategy
	MemberTimeout int // how long a member is rung
	WrapUp        int // for how long a member gets no further call after one; 0 is not at all

	MaxWaiting      int  // callers at the same time; 0 is without limit
	JoinEmpty       bool // callers wait though no member is there
	LeaveEmpty      bool // those who wait go to AfterTarget when the last member leaves
	InternalTimeout int  // how long callers from inside wait; 0 is without limit
	ExternalTimeout int  // likewise from outside
	Announce        int  // between two announcements of the caller's position; 0 is none
	Ringback        bool // callers hear a ringing tone, and not music
	Weight          int  // of members in several teams the one with the greater weight has them first

	Notify      PickupNotice // who else hears of those who wait
	PickupGroup string       // the ID of the permission whose users these are; empty: of all permissions with pickup.group that the team has

	BoxEmail   string  // where what callers leave for the team is sent; empty for nowhere
	BoxDiscard bool    // it is deleted when it was sent
	BoxPIN     *string // of the team's voicemail box; nil keeps the one there is, an empty one removes it

	PriorityLabel string // of the label of a call that says before whom it comes: a number up to MaxPriority, the higher first; empty for none
	TimeoutLabel  string // of the label that says in seconds how long its caller waits, in the place of the two times above; empty for none

	AfterTarget  string // the extension to which callers go who are not taken, or ForwardToBox; empty: they are told that nobody is free
	LoginCode    string // *<code><extension> lets a dynamic member in or out; empty: there is none
	PauseReasons []PauseReason
	Members      []TeamMember
}

// TeamMember is a user in a team.
type TeamMember struct {
	User     jid.JID
	Dynamic  bool // he logs in and out; others are always in
	Weight   int  // for RandomWeighted
	Priority int  // those with a higher one are rung only when nobody with a lower one takes the call
}

// PauseReason is why a member may pause. Without any nobody may.
type PauseReason struct {
	Code  string // as it is dialled: digits
	Title string
}

// Agent is a member of a team, and what he does there.
type Agent struct {
	TeamMember
	In     bool   // always, unless Dynamic
	Paused string // the code of the reason; empty: he does not pause
	Since  time.Time
}

// Limits of teams.
const (
	MaxTeams        = 1000
	MaxTeamMembers  = 500
	MaxPauseReasons = 50
	MaxTeamSeconds  = 86400
	MaxPriority     = 1000 // of a caller
	maxPauseCode    = 6
	maxLoginCode    = 6
	maxWeight       = 1000
)

// sameStart reports whether one of two codes is what the other begins with: what follows a code is of any length.
func sameStart(a, b string) bool { return strings.HasPrefix(a, b) || strings.HasPrefix(b, a) }

// DefaultTeam is the form of a new team.
func DefaultTeam() TeamInput {
	return TeamInput{Strategy: RingAll, MemberTimeout: 20, InternalTimeout: 300, ExternalTimeout: 300}
}

// Input returns the form of the team as it is, to be changed and given to Update.
func (t *Team) Input() TeamInput { return t.clone() }

// leads is where callers go who are not taken, if that is a number.
func (in *TeamInput) leads() string {
	if in.AfterTarget == ForwardToBox {
		return ""
	}
	return in.AfterTarget
}

func (in TeamInput) clone() TeamInput {
	in.Members, in.PauseReasons = slices.Clone(in.Members), slices.Clone(in.PauseReasons)
	return in
}

// Knows reports whether a pause can have this reason, or none.
func (in *TeamInput) Knows(reason string) bool {
	return reason == "" || slices.ContainsFunc(in.PauseReasons, func(r PauseReason) bool { return r.Code == reason })
}

// Title is what a pause reason is called; its code when it is not known.
func (t *Team) Title(code string) string {
	for _, r := range t.PauseReasons {
		if r.Code == code {
			return r.Title
		}
	}
	return code
}

// Agent returns what a user does in the team; false when he is no member.
func (t *Team) Agent(user jid.JID) (Agent, bool) {
	i := slices.IndexFunc(t.Agents, func(a Agent) bool { return a.User == user })
	if i < 0 {
		return Agent{}, false
	}
	return t.Agents[i], true
}

// LogIn lets the member in or out, unless he is always in.
func (a *Agent) LogIn(in bool) error {
	if !a.Dynamic {
		return fault.Newf(fault.Conflict, "%s is always in this team", a.User)
	}
	a.In, a.Paused = in, ""
	return nil
}

// Pause lets a member pause for a reason that the team knows, or go on with an empty one.
func (t *Team) Pause(a *Agent, reason string) error {
	switch {
	case !a.In:
		return fault.Newf(fault.Conflict, "%s has not logged in to this team", a.User)
	case !t.Knows(reason):
		return fault.Newf(fault.Invalid, "this team knows no reason %.32q to pause", reason)
	}
	a.Paused = reason
	return nil
}

func (in TeamInput) tidy() TeamInput {
	in = in.clone()
	in.Name, in.Extension = strings.TrimSpace(in.Name), strings.TrimSpace(in.Extension)
	in.AfterTarget, in.LoginCode = strings.TrimSpace(in.AfterTarget), strings.TrimSpace(in.LoginCode)
	in.BoxEmail = strings.TrimSpace(in.BoxEmail)
	in.PriorityLabel, in.TimeoutLabel = strings.TrimSpace(in.PriorityLabel), strings.TrimSpace(in.TimeoutLabel)
	if in.Strategy == "" {
		in.Strategy = RingAll
	}
	for i := range in.PauseReasons {
		r := &in.PauseReasons[i]
		r.Code, r.Title = strings.TrimSpace(r.Code), strings.TrimSpace(r.Title)
	}
	for i := range in.Members {
		in.Members[i].User = in.Members[i].User.Bare()
	}
	return in
}

// check applies the rules that need nothing but the form itself.
func (in *TeamInput) check() FieldErrors {
	object := ObjectInput{Name: in.Name, Extension: in.Extension}
	bad := object.check(Teams)
	if !slices.Contains(Strategies(), in.Strategy) {
		bad.add("strategy", "unknown", fmt.Sprintf("there is no strategy %.32q", string(in.Strategy)))
	}
	for _, f := range []struct {
		name            string
		value, min, max int
	}{
		{"memberTimeout", in.MemberTimeout, 3, 999},
		{"wrapUp", in.WrapUp, 0, MaxTeamSeconds},
		{"weight", in.Weight, 0, maxWeight},
		{"maxWaiting", in.MaxWaiting, 0, 10_000},
		{"internalTimeout", in.InternalTimeout, 0, MaxTeamSeconds},
		{"externalTimeout", in.ExternalTimeout, 0, MaxTeamSeconds},
	} {
		if f.value < f.min || f.value > f.max {
			bad.add(f.name, "out_of_range", fmt.Sprintf("must be from %d to %d", f.min, f.max))
		}
	}
	if in.Announce != 0 && (in.Announce < 10 || in.Announce > 3600) {
		bad.add("announce", "out_of_range", "must be from 10 to 3600, or 0 for none")
	}
	if in.leads() != "" && !digits(in.AfterTarget) {
		bad.add("afterTarget", "not_digits", "callers can go on to an extension, or to the team's voicemail by "+ForwardToBox)
	}
	bad = append(bad, in.boxErrors()...)
	bad = append(bad, lineErrors("priorityLabel", "the label", in.PriorityLabel, MaxLabel)...)
	bad = append(bad, lineErrors("timeoutLabel", "the label", in.TimeoutLabel, MaxLabel)...)
	if !slices.Contains(PickupNotices(), in.Notify) {
		bad.add("notify", "unknown", fmt.Sprintf("%.32q is no choice of who hears of callers", string(in.Notify)))
	}
	if in.AfterTarget != "" && in.AfterTarget == in.Extension {
		bad.add("afterTarget", "itself", "callers cannot go on to the same team")
	}
	if code := in.LoginCode; code != "" && (!digits(code) || len(code) > maxLoginCode) {
		bad.add("loginCode", "bad_code", fmt.Sprintf("a login code has one to %d digits", maxLoginCode))
	} else if code != "" && clashes(code, StandardCodes()) {
		bad.add("loginCode", "reserved", "this code would be taken for another function, or another one for it")
	}
	bad = append(bad, in.pauseErrors()...)
	return append(bad, in.memberErrors()...)
}

// boxErrors applies the rules of the team's voicemail box.
func (in *TeamInput) boxErrors() (bad FieldErrors) {
	for _, e := range emailErrors(in.BoxEmail) {
		e.Field = "boxEmail"
		bad = append(bad, e)
	}
	if in.BoxDiscard && in.BoxEmail == "" {
		bad.add("boxEmail", "missing", "messages that are deleted when they were sent need an address")
	}
	if in.BoxPIN != nil && *in.BoxPIN != "" {
		for _, e := range pinErrors(*in.BoxPIN) {
			e.Field = "boxPin"
			bad = append(bad, e)
		}
	}
	return bad
}

func (in *TeamInput) pauseErrors() (bad FieldErrors) {
	if len(in.PauseReasons) > MaxPauseReasons {
		bad.add("pauseReasons", "too_many", fmt.Sprintf("there can be at most %d reasons", MaxPauseReasons))
		return bad
	}
	codes := make(map[string]bool)
	for i, r := range in.PauseReasons {
		field := fmt.Sprintf("pauseReasons.%d", i)
		switch {
		case !digits(r.Code) || len(r.Code) > maxPauseCode:
			bad.add(field+".code", "bad_code", fmt.Sprintf("the code of a reason has one to %d digits", maxPauseCode))
		case codes[r.Code]:
			bad.add(field+".code", "taken", "there is a reason with this code already")
		}
		codes[r.Code] = true
		if r.Title == "" {
			bad.add(field+".title", "missing", "the title is missing")
		}
		bad = append(bad, lineErrors(field+".title", "the title", r.Title, MaxObjectName)...)
	}
	return bad
}

func (in *TeamInput) memberErrors() (bad FieldErrors) {
	if len(in.Members) > MaxTeamMembers {
		bad.add("members", "too_many", fmt.Sprintf("a team has at most %d members", MaxTeamMembers))
		return bad
	}
	seen := make(map[jid.JID]bool)
	for i, m := range in.Members {
		field := fmt.Sprintf("members.%d", i)
		if m.User.IsZero() {
			bad.add(field+".user", "missing", "the user is missing")
		} else if seen[m.User] {
			bad.add(field+".user", "twice", m.User.String()+" is in the list already")
		}
		seen[m.User] = true
		if m.Weight < 0 || m.Weight > maxWeight {
			bad.add(field+".weight", "out_of_range", fmt.Sprintf("must be from 0 to %d", maxWeight))
		}
		if m.Priority < 0 || m.Priority > maxWeight {
			bad.add(field+".priority", "out_of_range", fmt.Sprintf("must be from 0 to %d", maxWeight))
		}
	}
	return bad
}
