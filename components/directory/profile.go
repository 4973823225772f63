package directory

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"plenum/xmppd/jid"
)

// Profiles that are always there. They cannot be deleted, nor get another name, and everybody may use them.
const (
	AvailableID = "available" // everything rings, as long as nobody has set anything else
	DNDID       = "dnd"       // nothing rings
)

// Show is how a profile shows its users, whatever their clients say (RFC 6121 §4.7.2.1).
type Show string

const (
	ShowClient Show = ""     // as their clients do
	ShowAway   Show = "away" // for a short time
	ShowXA     Show = "xa"   // for longer
	ShowDND    Show = "dnd"  // not to be disturbed
)

// Limits of a profile.
const (
	MaxProfiles        = 200
	MaxProfileName     = 64 // characters
	MaxProfileTriggers = 50
	MaxOwnProfiles     = 20 // of one user
)

// Profile is a way of working that a user chooses with one click, or that a time chooses for him.
type Profile struct {
	ID        string // for ever; chosen by the server
	Revision  int64
	Changed   time.Time
	ChangedBy jid.JID // zero: the server or its operator
	Owner     jid.JID // who has made it for himself alone; zero: it is for all to whom it is offered
	ProfileInput
}

// System reports whether the profile is one of those that are always there.
func (p *Profile) System() bool { return p.ID == AvailableID || p.ID == DNDID }

// ProfileInput is the form of a profile.
type ProfileInput struct {
	Name        string // no two have the same
	Colour      string // of the icon: #2c58d4
	Icon        string // one of ProfileIcons
	ShowIcon    bool   // in the presence of who uses it
	Sticky      bool   // no trigger puts another in its place
	Silent      bool   // nothing of who uses it rings
	Show        Show
	Permissions []string // IDs: it is offered to those who have one of them. That of a user's own profile are none: it is offered to him
	Triggers    []ProfileTrigger
	TeamsCall   bool            // a call in Microsoft Teams puts everybody to whom it is offered into it, as long as it lasts
	Enter       []ProfileAction // carried out one after the other for who comes into the profile
	Leave       []ProfileAction // likewise for who leaves it
}

// ProfileTrigger chooses the profile for everybody to whom it is offered, at a time of the day in their zone: on days of the week or on one date.
type ProfileTrigger struct {
	At    string         // 09:00
	Until string         // 09:30: those whom it has put into the profile go back to the one before; empty: they stay
	Days  []time.Weekday // on which it begins, or
	Date  string         // the only day: 2026-12-24
}

// ProfileIcons returns the names of the icons that a profile can have, in the order in which they are offered.
func ProfileIcons() []string {
	return []string{"ok", "dnd", "coffee", "moon", "home", "plane", "meet", "phone", "team", "door", "clock", "user", "star", "book"}
}

// ProfileUse says in which profile a user is.
type ProfileUse struct {
	User      jid.JID // bare
	Profile   string
	Previous  string    // the profile before
	Triggered bool      // a trigger has chosen it
	Since     time.Time // zero for who has never chosen any
	By        jid.JID   // zero: a trigger, or the operator
}

// Input returns the form of the profile as it is, to be changed and given to Update.
func (p *Profile) Input() ProfileInput { return p.ProfileInput.clone() }

func (in ProfileInput) clone() ProfileInput {
	in.Permissions, in.Triggers = slices.Clone(in.Permissions), slices.Clone(in.Triggers)
	in.Enter, in.Leave = slices.Clone(in.Enter), slices.Clone(in.Leave)
	for i := range in.Triggers {
		in.Triggers[i].Days = slices.Clone(in.Triggers[i].Days)
	}
	return in
}

// defaultColour is that of a profile for which none was chosen.
const defaultColour = "#2c58d4"

// tidy returns the form without spaces around values and with days sorted, each once. What was left out gets its default.
func (in ProfileInput) tidy() ProfileInput {
	in = in.clone()
	in.Name = strings.TrimSpace(in.Name)
	in.Colour = cmp.Or(strings.ToLower(strings.TrimSpace(in.Colour)), defaultColour)
	in.Icon = cmp.Or(in.Icon, ProfileIcons()[0])
	if in.Permissions == nil {
		in.Permissions = []string{AllID}
	}
	slices.Sort(in.Permissions)
	in.Permissions = slices.Compact(in.Permissions)
	for i := range in.Triggers {
		t := &in.Triggers[i]
		t.At, t.Until, t.Date = strings.TrimSpace(t.At), strings.TrimSpace(t.Until), strings.TrimSpace(t.Date)
		slices.Sort(t.Days)
		t.Days = slices.Compact(t.Days)
	}
	in.lists(func(_ string, list []ProfileAction) {
		for i := range list {
			list[i] = list[i].tidy()
		}
	})
	return in
}

// check applies the rules that need nothing but the form itself.
func (in *ProfileInput) check() (bad FieldErrors) {
	if in.Name == "" {
		bad.add("name", "missing", "the name is missing")
	}
	bad = append(bad, lineErrors("name", "the name", in.Name, MaxProfileName)...)
	if n, err := strconv.ParseUint(strings.TrimPrefix(in.Colour, "#"), 16, 32); err != nil || len(in.Colour) != 7 || in.Colour[0] != '#' || n > 0xffffff {
		bad.add("colour", "bad_colour", "a colour is # and six digits of 0 to 9 and a to f: #2c58d4")
	}
	if !slices.Contains(ProfileIcons(), in.Icon) {
		bad.add("icon", "unknown", fmt.Sprintf("there is no icon %.32q", in.Icon))
	}
	if !slices.Contains([]Show{ShowClient, ShowAway, ShowXA, ShowDND}, in.Show) {
		bad.add("show", "unknown", fmt.Sprintf("%.32q is no state of presence", string(in.Show)))
	}
	if len(in.Triggers) > MaxProfileTriggers {
		bad.add("triggers", "too_many", fmt.Sprintf("a profile has at most %d triggers", MaxProfileTriggers))
	}
	for i := range in.Triggers {
		in.Triggers[i].check(fmt.Sprintf("triggers.%d.", i), &bad)
	}
	in.checkActions(&bad)
	return bad
}

func (t *ProfileTrigger) check(at string, bad *FieldErrors) {
	if _, ok := clock(t.At); !ok {
		bad.add(at+"at", "bad_time", "a time has hours and minutes: 09:30")
	}
	if _, ok := clock(t.Until); t.Until != "" && !ok {
		bad.add(at+"until", "bad_time", "a time has hours and minutes: 09:30")
	} else if ok && t.Until == t.At {
		bad.add(at+"until", "same_time", "the end is another time than the beginning")
	}
	for _, d := range t.Days {
		if d < time.Sunday || d > time.Saturday {
			bad.add(at+"days", "unknown", "days of the week are 0, Sunday, to 6, Saturday")
		}
	}
	_, err := time.Parse(time.DateOnly, t.Date)
	switch {
	case t.Date == "" && len(t.Days) == 0:
		bad.add(at+"days", "missing", "choose days of the week, or a date")
	case t.Date != "" && len(t.Days) > 0:
		bad.add(at+"date", "both", "a trigger has days of the week or a date, not both")
	case t.Date != "" && err != nil:
		bad.add(at+"date", "bad_date", "a date has year, month and day: 2026-12-24")
	}
}

// clock reads a time of the day.
func clock(text string) (minutes int, ok bool) {
	t, err := time.Parse("15:04", text)
	return t.Hour()*60 + t.Minute(), err == nil && len(text) == len("15:04")
}
