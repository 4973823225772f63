// Package flow goes through lists of actions (B8): it says which line comes next, and for menus which entry was chosen. It is pure: what it answers depends
// on the list, the state of the call and the time that go in, and on what the objects say that conditions name.
package flow

import (
	"maps"
	"slices"
	"strings"
	"time"

	"plenum/components/directory"
)

// Objects knows what conditions name. It answers from memory.
type Objects interface {
	// Object is a period, calendar or switch; an error when there is none.
	Object(id string) (directory.CallObject, error)
}

// State is what a call has with it from list to list. It is a value: what a step changes, it changes in its own.
type State struct {
	Labels   map[string]string // never changed: another takes its place
	Skills   map[string]int    // levels of skills that who is rung for a team has at least; never changed either
	Language string            // that an action has set; empty for none
	Status   directory.CallStatus
}

// A Step is what comes next.
type Step struct {
	Action *directory.CallAction // to be carried out; nil when the list is over
	At     int                   // the line to go on at afterwards
	State  State
}

// Next is the first line from one on that is to be carried out. Lines that set a label, a skill or a language are on the way, and are in the state then. A line whose
// condition cannot be found out, since its object is gone, does not count, negated or not.
func Next(list []directory.CallAction, at int, s State, o Objects, now time.Time) Step {
	for ; at < len(list); at++ {
		a := &list[at]
		if a.Status != directory.StatusAny && a.Status != s.Status || !Holds(a.When, s, o, now) {
			continue
		}
		switch a.Kind {
		case directory.CallLabel:
			s = s.label(a.Label, a.Value)
		case directory.CallSkill:
			s = s.skill(a.Label, a.Value)
		case directory.CallLanguage:
			s.Language = a.Language
		default:
			return Step{a, at + 1, s}
		}
	}
	return Step{nil, max(at, len(list)), s}
}

// MaxLabels is how many labels a call has at most: no further ones are set.
const MaxLabels = 50

// Begin is the state of a call that begins, with the labels that all have, or those at this time.
func Begin(rules []directory.CallObject, o Objects, now time.Time) (s State) {
	for i := range rules {
		if r := &rules[i].Label; r.Value != "" && Holds(r.When, s, o, now) {
			s = s.label(rules[i].Name, r.Value)
		}
	}
	return s
}

// label sets a label; an empty value takes it away.
func (s State) label(name, value string) State {
	if _, known := s.Labels[name]; !known && len(s.Labels) >= MaxLabels {
		return s
	}
	labels := maps.Clone(s.Labels)
	if labels == nil {
		labels = make(map[string]string)
	}
	labels[name] = value
	if value == "" {
		delete(labels, name)
	}
	s.Labels = labels
	return s
}

// skill sets the level of a skill that is needed; an empty value takes the need away.
func (s State) skill(name, value string) State {
	skills := maps.Clone(s.Skills)
	if skills == nil {
		skills = make(map[string]int)
	}
	if level, ok := directory.SkillLevel(value); ok && level > 0 {
		skills[name] = level
	} else {
		delete(skills, name)
	}
	s.Skills = skills
	return s
}

// Holds reports whether a condition is met.
func Holds(c directory.Condition, s State, o Objects, now time.Time) bool {
	switch c.Kind {
	case directory.Always:
		return true
	case directory.LabelIs:
		value := s.Labels[c.Label]
		return (value != "" && (c.Value == "" || value == c.Value)) != c.Not
	}
	object, err := o.Object(c.Object)
	if err != nil || string(object.Kind) != string(c.Kind) {
		return false
	}
	return object.Holds(now) != c.Not
}

// Match finds the entry of a menu that has these keys; −1 when none has. More says that there are longer ones that begin with them.
func Match(entries []directory.MenuEntry, keys string) (found int, more bool) {
	for _, e := range entries {
		if special(e.Keys) {
			continue
		}
		more = more || len(e.Keys) > len(keys) && strings.HasPrefix(e.Keys, keys)
	}
	return slices.IndexFunc(entries, func(e directory.MenuEntry) bool { return e.Keys == keys && !special(e.Keys) }), more
}

func special(keys string) bool { return keys == directory.InvalidKeys || keys == directory.NoKeys }

// Otherwise is the entry for keys that no entry has, or for none; −1 when there is no such entry.
func Otherwise(entries []directory.MenuEntry, keys string) int {
	want := directory.InvalidKeys
	if keys == "" {
		want = directory.NoKeys
	}
	return slices.IndexFunc(entries, func(e directory.MenuEntry) bool { return e.Keys == want })
}
