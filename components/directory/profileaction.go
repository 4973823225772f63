package directory

import (
	"fmt"
	"slices"

	"plenum/xmppd/jid"
)

// An ActionKind says what an action of a profile does. Its text is what is stored.
type ActionKind string

// What profiles do to their users (A-172..A-181).
const (
	ActFollowMe      ActionKind = "followme.set"
	ActGSM           ActionKind = "gsm.set"
	ActTeamLogin     ActionKind = "team.login"
	ActTeamLogout    ActionKind = "team.logout"
	ActTeamPause     ActionKind = "team.pause"
	ActTeamUnpause   ActionKind = "team.unpause"
	ActLocationSet   ActionKind = "location.set"
	ActLocationUnset ActionKind = "location.unset"
	ActForwardSet    ActionKind = "forward.set"
	ActForwardUnset  ActionKind = "forward.unset"
)

// ActionKinds are all that there are.
func ActionKinds() []ActionKind {
	return []ActionKind{ActFollowMe, ActGSM, ActTeamLogin, ActTeamLogout, ActTeamPause, ActTeamUnpause, ActLocationSet, ActLocationUnset, ActForwardSet, ActForwardUnset}
}

// MaxProfileActions is how many actions each of the two lists of a profile can have.
const MaxProfileActions = 50

// ProfileAction is one step that is taken for a user when he comes into a profile, or leaves it.
type ProfileAction struct {
	Kind     ActionKind
	Team     string // its ID; empty: every team in which the user is, where it can be done
	Reason   string // the code of the reason to pause
	Location string // its ID
	Target   string // to which calls are forwarded: as the user would dial it, or ForwardToBox
	Device   string // whose timers change: its ID or one of RingKinds; empty: all that are the user's own
	On       bool   // GSM mode

	Internal, External, Queue RingChange // of FollowMe
}

// OfTeam reports whether the action changes what the user does in teams.
func (a *ProfileAction) OfTeam() bool {
	return a.Kind == ActTeamLogin || a.Kind == ActTeamLogout || a.Kind == ActTeamPause || a.Kind == ActTeamUnpause
}

// tidy returns the action with nothing but what its kind needs.
func (a ProfileAction) tidy() ProfileAction {
	only := ProfileAction{Kind: a.Kind}
	switch {
	case a.OfTeam():
		only.Team = a.Team
		if a.Kind == ActTeamPause {
			only.Reason = a.Reason
		}
	case a.Kind == ActLocationSet:
		only.Location = a.Location
	case a.Kind == ActForwardSet:
		only.Target = CleanNumber(a.Target)
	case a.Kind == ActFollowMe:
		only.Device, only.Internal, only.External, only.Queue = a.Device, a.Internal.tidy(), a.External.tidy(), a.Queue.tidy()
	case a.Kind == ActGSM:
		only.On = a.On
	}
	return only
}

// lists calls fn for both lists, with the names of their fields.
func (in *ProfileInput) lists(fn func(name string, list []ProfileAction)) {
	fn("enter", in.Enter)
	fn("leave", in.Leave)
}

// checkActions applies the rules that need nothing but the form itself.
func (in *ProfileInput) checkActions(bad *FieldErrors) {
	in.lists(func(name string, list []ProfileAction) {
		if len(list) > MaxProfileActions {
			bad.add(name, "too_many", fmt.Sprintf("a list has at most %d actions", MaxProfileActions))
		}
		for i, a := range list {
			at := fmt.Sprintf("%s.%d.", name, i)
			switch {
			case !slices.Contains(ActionKinds(), a.Kind):
				bad.add(at+"kind", "not_served", fmt.Sprintf("this server has no action %.32q", string(a.Kind)))
			case a.Kind == ActTeamPause && a.Reason == "":
				bad.add(at+"reason", "missing", "the reason to pause is missing")
			case a.Kind == ActLocationSet && a.Location == "":
				bad.add(at+"location", "missing", "the location is missing")
			case a.Kind == ActFollowMe:
				a.checkRing(at, bad)
			case a.Kind == ActForwardSet:
				forward := ForwardInput{Target: a.Target}
				for _, e := range forward.check() {
					bad.add(at+e.Field, e.Code, e.Text)
				}
			}
		}
	})
}

// actionErrors applies the rules for what actions name: that it is there, and of a device in a user's own profile that it is his.
func (m *model) actionErrors(owner jid.JID, in *ProfileInput) (bad FieldErrors) {
	in.lists(func(name string, list []ProfileAction) {
		for i, a := range list {
			at := fmt.Sprintf("%s.%d.", name, i)
			if a.Location != "" && m.objects[objectKey{Locations, a.Location}] == nil {
				bad.add(at+"location", "unknown", "there is no such location")
			}
			if a.Device != "" && !slices.Contains(RingKinds(), a.Device) {
				if o := m.objects[objectKey{Devices, a.Device}]; o == nil || !o.rings() || !owner.IsZero() && o.Owner != owner {
					bad.add(at+"device", "unknown", "there is no such device")
				}
			}
			if a.Team != "" && m.objects[objectKey{Teams, a.Team}] == nil {
				bad.add(at+"team", "unknown", "there is no such team")
			} else if a.Reason != "" && !m.anyKnows(a.Team, a.Reason) {
				bad.add(at+"reason", "unknown", fmt.Sprintf("no team of these knows the reason %.32q to pause", a.Reason))
			}
		}
	})
	return bad
}

// anyKnows reports whether a team, or any when none is named, knows a reason to pause.
func (m *model) anyKnows(team, reason string) bool {
	for id, t := range m.teams {
		if (team == "" || team == id) && t.Knows(reason) {
			return true
		}
	}
	return false
}

// Conflicts says where the actions of a profile work against each other, or against what else is set. It is advice: such a profile can be
// saved. Fields are named as in errors; the codes are
//
//	repeated    the step before does the same already
//	overridden  a later step of the list replaces what this one does
//	logged_out  it pauses where a step before has logged the user out
//	not_undone  the list for leaving leaves this as it is
//	silent      it makes something ring in a profile that is silent
//	only_mobile it makes other devices ring, but in GSM mode the mobile telephone alone does
func (in ProfileInput) Conflicts() (found FieldErrors) {
	in = in.tidy()
	in.lists(func(name string, list []ProfileAction) {
		for i := range list {
			in.conflictsOf(fmt.Sprintf("%s.%d", name, i), list, i, &found)
		}
	})
	for i, a := range in.Enter {
		at := fmt.Sprintf("enter.%d", i)
		later := slices.ContainsFunc(in.Enter[i+1:], func(b ProfileAction) bool { return a.replacedBy(&b) })
		if a.leavesTraces() && !later && !slices.ContainsFunc(in.Leave, func(b ProfileAction) bool { return a.replacedBy(&b) }) {
			found.add(at, "not_undone", "the actions for leaving do not undo this")
		}
		if in.Silent && (a.Kind == ActTeamLogin || a.Kind == ActTeamUnpause || a.letsRing()) {
			found.add(at, "silent", "nothing rings in this profile, whatever this sets")
		}
		if a.Kind == ActFollowMe && a.letsRing() && a.Device != MobileDevice && inGSM(in.Enter) {
			found.add(at, "only_mobile", "in GSM mode the mobile telephone alone rings")
		}
	}
	return found
}

// conflictsOf finds what is wrong with a step among those of its list.
func (in *ProfileInput) conflictsOf(at string, list []ProfileAction, i int, found *FieldErrors) {
	a := list[i]
	if i > 0 && list[i-1] == a {
		found.add(at, "repeated", "the step before does the same")
	}
	for _, b := range list[i+1:] {
		if a != b && a.replacedBy(&b) {
			found.add(at, "overridden", "a later step replaces what this one does")
			break
		}
	}
	if a.Kind != ActTeamPause {
		return
	}
	for _, b := range slices.Backward(list[:i]) {
		if b.OfTeam() && b.reaches(&a) {
			if b.Kind == ActTeamLogout {
				found.add(at, "logged_out", "a step before has logged the user out of this team")
			}
			return
		}
	}
}

// reaches reports whether an action changes all that another one has changed in teams.
func (a *ProfileAction) reaches(b *ProfileAction) bool { return a.Team == "" || a.Team == b.Team }

// replacedBy reports whether nothing is left of an action after another one.
func (a *ProfileAction) replacedBy(b *ProfileAction) bool {
	is := func(kinds ...ActionKind) bool { return slices.Contains(kinds, b.Kind) }
	switch a.Kind {
	case ActTeamLogin:
		return is(ActTeamLogout) && b.reaches(a)
	case ActTeamLogout:
		return is(ActTeamLogin) && b.reaches(a)
	case ActTeamPause:
		return is(ActTeamPause, ActTeamUnpause, ActTeamLogout) && b.reaches(a)
	case ActTeamUnpause:
		return is(ActTeamPause) && b.reaches(a)
	case ActLocationSet, ActLocationUnset:
		return is(ActLocationSet, ActLocationUnset)
	case ActForwardSet, ActForwardUnset:
		return is(ActForwardSet, ActForwardUnset)
	case ActGSM:
		return is(ActGSM)
	case ActFollowMe:
		return is(ActFollowMe) && b.covers(a)
	}
	return false
}

// leavesTraces reports whether an action changes what stays so until something changes it back.
func (a *ProfileAction) leavesTraces() bool {
	return slices.Contains([]ActionKind{ActTeamLogin, ActTeamLogout, ActTeamPause, ActLocationSet, ActForwardSet, ActFollowMe}, a.Kind) || a.Kind == ActGSM && a.On
}
