package telephony

import (
	"slices"
	"time"

	"plenum/components/call"
	"plenum/components/directory"
	"plenum/components/telephony/team"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

func (w *town) AtExtension(ext string) (User, bool) {
	u, ok := townsfolk[ext]
	u.Silent = w.silent[u.JID]
	return u, ok
}

func (w *town) Get(user jid.JID) (User, bool) { return w.AtExtension(user.Local()[1:]) }

// Ways are two telephones, clients and a mobile telephone, each in its time, or some of them.
func (w *town) Ways(user jid.JID, _ directory.RingClass) (list []Way) {
	if w.quiet {
		return []Way{{Device: user.Local() + "a"}}
	}
	for _, way := range []Way{{Device: user.Local() + "a"}, {Device: user.Local() + "b"}, {}, {Device: user.Local() + "m", Number: "0177"}} {
		if w.rnd.IntN(5) == 0 {
			continue
		}
		if w.rnd.IntN(3) == 0 {
			way.Delay, way.Ring = time.Duration(w.rnd.IntN(10))*time.Second, time.Duration(w.rnd.IntN(20))*time.Second
		}
		list = append(list, way)
	}
	return list
}

func (w *town) MayPickUp(user jid.JID, kind directory.Kind, from string) bool {
	if kind == directory.Teams {
		return user.Local() != "u10"
	}
	return user.Local() != "u10" || from[:3] != "u11"
}

func (w *town) Registered(device string) bool { return !w.gone[device] }
func (w *town) Emergency(number string) bool  { return number == "112" }
func (w *town) DialIn(string) bool            { return false }
func (w *town) Up(l Line) bool                { return l.Trunk != "down" }
func (w *town) Callable(user jid.JID) bool    { return user.Local() == "u10" }
func (w *town) announce(why call.Reason) App  { return map[bool]App{true: echo}[why != call.Busy] }

// doing is what a user's telephones do.
func (w *town) doing(user jid.JID) (d Doing) {
	for _, l := range w.calls {
		for _, dialog := range w.does[l] {
			if dialog.user == user {
				d = max(d, dialog.Doing)
			}
		}
	}
	return d
}

func (w *town) busy(user jid.JID) bool { return w.doing(user) == Talking }

// phone is what the lines see of a member.
func (w *town) phone(user jid.JID) team.Phone {
	switch u, _ := w.Get(user); {
	case u.Silent:
		return team.Away
	case w.doing(user) > Free:
		return team.Busy
	case len(w.plan.ways(dialler{}, u, directory.RingQueue)) == 0:
		return team.Away
	}
	return team.Idle
}

// rings is the first call that rings at somebody, or waits.
func (w *town) rings(_ jid.JID, may func(ringing) bool) (ringing, bool) {
	for _, l := range w.calls {
		line := l.machine.line()
		for _, d := range w.does[l] {
			if r := (ringing{l, d.user, line}); d.Doing == Ringing && may(r) {
				return r, true
			}
		}
		if r := (ringing{call: l, team: line}); line != "" && may(r) {
			return r, true
		}
	}
	return ringing{}, false
}

func (w *town) Outbound(_ User, number string, anonymous bool) ([]Line, error) {
	if number[0] != '0' && number != "112" {
		return nil, fault.New(fault.NotFound, "no rule")
	}
	return []Line{{Trunk: "down", Number: number}, {Trunk: "a", Number: number}, {Trunk: "b", Number: number, Class: directory.PremiumNumber}}, nil
}

// Skills are what calls with a label l of 3 need, at levels that differ.
func (w *town) Skills(user jid.JID) map[string]int {
	return map[string]map[string]int{"u12": {"l": 5}, "u13": {"l": 2}, "u15": {"l": 3}}[user.Local()]
}

// Penetrates is redirect.choice, which one has.
func (w *town) Penetrates(user jid.JID) bool { return user.Local() == "u12" }

// forwardsOf are forwards that come and go, some in a circle, some into teams.
type forwardsOf struct {
	*town
	Forwards
}

func (f forwardsOf) Get(user jid.JID) (directory.Forward, bool) {
	targets := []string{"10", "11", "12", "13", "00123", "*103", "112", "99", "50", "51"}
	return directory.Forward{User: user, Target: targets[f.rnd.IntN(len(targets))], Active: !f.quiet && f.rnd.IntN(3) == 0}, true
}

// teamsOf are two teams, some of whose members are in both.
type teamsOf struct{ *town }

func (o teamsOf) AtExtension(ext string) (directory.Team, bool) {
	i := slices.IndexFunc(o.teams, func(t directory.Team) bool { return t.Extension == ext })
	if i < 0 || o.deleted[i] {
		return directory.Team{}, false
	}
	return o.teams[i], true
}

func (o teamsOf) Get(id string) (directory.Team, error) {
	i := slices.IndexFunc(o.teams, func(t directory.Team) bool { return t.ID == id })
	if i < 0 || o.deleted[i] {
		return directory.Team{}, fault.New(fault.NotFound, "there is no such team")
	}
	return o.teams[i], nil
}

// flowsOf are actions that come and go, in circles and to what is not there too.
type flowsOf struct{ *town }

func (f flowsOf) list() (list []directory.CallAction) {
	f.acted++
	targets := []string{"80", "81", "10", "11", "99"}
	for range f.rnd.IntN(4) {
		a := directory.CallAction{Kind: directory.CallActionKinds()[f.rnd.IntN(len(directory.CallActionKinds()))], Target: targets[f.rnd.IntN(len(targets))]}
		a.Label, a.Value, a.Prompt = "l", []string{"", "x", "3"}[f.rnd.IntN(3)], "p"
		switch f.rnd.IntN(5) {
		case 0:
			a.When = directory.Condition{Kind: directory.LabelIs, Label: "l", Not: f.rnd.IntN(2) == 0}
		case 1:
			a.When = directory.Condition{Kind: directory.SwitchIsOn, Object: "s", Not: f.rnd.IntN(2) == 0}
		}
		list = append(list, a)
	}
	return list
}

func (f flowsOf) Of(directory.FlowOwner) directory.CallFlow {
	if f.quiet || f.rnd.IntN(2) == 0 {
		return directory.CallFlow{}
	}
	return directory.CallFlow{BeforeInternal: f.list(), AfterInternal: f.list(), BeforeExternal: f.list(), AfterExternal: f.list()}
}

func (f flowsOf) Object(id string) (directory.CallObject, error) {
	o := directory.CallObject{ID: id, On: true, CallObjectInput: directory.CallObjectInput{Name: id, Extension: id}}
	switch id {
	case "80":
		o.Kind, o.Actions = directory.CallRouters, f.list()
	case "81":
		o.Kind, o.Menu.CallFlow = directory.Menus, f.Of(directory.FlowOwner{})
		o.Menu.Entries = []directory.MenuEntry{{Keys: "1", Actions: f.list()}, {Keys: "2", Actions: f.list()}}
	case "s":
		o.Kind = directory.Switches
	default:
		return o, fault.New(fault.NotFound, "none")
	}
	return o, nil
}

func (w flowsOf) Labels() []directory.CallObject {
	return []directory.CallObject{{Kind: directory.Labels, CallObjectInput: directory.CallObjectInput{Name: "origin", Label: directory.LabelRule{Value: "town"}}}}
}

func (f flowsOf) AtExtension(extension string) (directory.CallObject, bool) {
	o, err := f.Object(extension)
	return o, err == nil
}

func (o teamsOf) Notified(id string) []jid.JID {
	return []jid.JID{townsfolk["14"].JID, townsfolk["15"].JID}
}

// What carries calls out is not needed: no machine dials.
type noEdges struct {
	Phones
	Lines
	Clients
}

type (
	phonesOf struct {
		*town
		noEdges
	}
	trunksOf struct {
		*town
		noEdges
	}
	clientsOf struct {
		*town
		noEdges
	}
)

func (p phonesOf) Registered(d string) bool { return p.town.Registered(d) }

func (l trunksOf) Outbound(u User, n string, a bool) ([]Line, error) {
	return l.town.Outbound(u, n, a)
}

func (l trunksOf) Emergency(n string) bool     { return l.town.Emergency(n) }
func (l trunksOf) DialIn(n string) bool        { return l.town.DialIn(n) }
func (l trunksOf) Up(line Line) bool           { return l.town.Up(line) }
func (c clientsOf) Callable(user jid.JID) bool { return c.town.Callable(user) }
