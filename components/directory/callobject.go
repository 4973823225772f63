package directory

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"plenum/xmppd/jid"
)

// A CallObjectKind is a kind of thing that leads calls, or says when they are led. Its text is what is stored.
type CallObjectKind string

const (
	Menus       CallObjectKind = "ivr"      // callers choose by a key
	CallRouters CallObjectKind = "router"   // a list of actions with a number
	Periods     CallObjectKind = "period"   // times of the week
	Calendars   CallObjectKind = "calendar" // single days
	Switches    CallObjectKind = "switch"   // on or off, by whoever dials it
	Templates   CallObjectKind = "template" // a list of actions that is put into those of many
	Labels      CallObjectKind = "label"    // what calls can have with them
)

// CallObjectKinds are all that there are.
func CallObjectKinds() []CallObjectKind {
	return []CallObjectKind{Menus, CallRouters, Periods, Calendars, Switches, Templates, Labels}
}

// dialled reports whether objects of the kind have an extension.
func (k CallObjectKind) dialled() bool { return k == Menus || k == CallRouters || k == Switches }

// Limits of these objects.
const (
	MaxCallObjects  = 1000 // of a kind
	MaxMenuEntries  = 50
	MaxMenuKeys     = 6
	MaxHours        = 50 // of a period
	MaxCalendarDays = 400
	maxAnswerDelay  = 60 // seconds
	maxKeyTimeout   = 60
)

// Entries of a menu that stand for no keys.
const (
	InvalidKeys = "i" // keys that no entry has
	NoKeys      = "t" // nothing was pressed in time
)

// A CallObject is one of these things.
type CallObject struct {
	ID        string // for ever; chosen by the server
	Kind      CallObjectKind
	Revision  int64
	Changed   time.Time
	ChangedBy jid.JID // zero: the server or its operator
	On        bool    // what a switch says now
	CallObjectInput
}

// CallObjectInput is the form of one. Each kind has its own fields besides the name.
type CallObjectInput struct {
	Name      string
	Extension string `json:"-"` // of a menu, router or switch; empty: it cannot be dialled

	Menu     Menu         `json:",omitzero"`
	Actions  []CallAction `json:",omitempty"` // of a router or a template
	Hours    []Hours      `json:",omitempty"` // of a period
	Days     []Holiday    `json:",omitempty"` // of a calendar
	Initial  bool         `json:",omitempty"` // a switch begins so
	Template Template     `json:",omitzero"`
	Label    LabelRule    `json:",omitzero"`

	// Permissions are IDs: who has one of them sees the switch in his app and on the lamps of his telephones, and turns it there. Dialled it is by everybody.
	Permissions []string `json:",omitempty"`
}

// A Menu says something, and leads on by the keys that are pressed. Its lists come before that, and when nothing was chosen.
type Menu struct {
	Prompt      string      `json:",omitempty"` // empty: silence
	AnswerDelay int         `json:",omitempty"` // seconds that it rings before it answers
	KeyTimeout  int         `json:",omitempty"` // seconds to press a key, after what is said or after the key before
	Entries     []MenuEntry `json:",omitempty"`
	CallFlow
}

// A MenuEntry is what keys lead to.
type MenuEntry struct {
	Keys    string       // digits, * and #; InvalidKeys or NoKeys
	Actions []CallAction `json:",omitempty"`
}

// Hours are a time of the day, on days of the week. One that ends as early as it begins, or earlier, ends the day after.
type Hours struct {
	Days     []time.Weekday // on which it begins
	From, To string         // 09:00
}

// A Holiday is a day of a year, or some in a row.
type Holiday struct {
	Date  string // 2026-12-24
	Until string `json:",omitempty"` // the last one; empty: it is one day
	Title string `json:",omitempty"`
}

// DefaultKeyTimeout is how many seconds callers have for a key when nothing else is set.
const DefaultKeyTimeout = 5

// Input returns the form of the object as it is, to be changed and given to Update.
func (o *CallObject) Input() CallObjectInput { return o.clone() }

func (in CallObjectInput) clone() CallObjectInput {
	in.Menu.CallFlow = in.Menu.clone()
	in.Menu.Entries = slices.Clone(in.Menu.Entries)
	for i := range in.Menu.Entries {
		in.Menu.Entries[i].Actions = slices.Clone(in.Menu.Entries[i].Actions)
	}
	in.Actions, in.Hours, in.Days, in.Permissions = slices.Clone(in.Actions), slices.Clone(in.Hours), slices.Clone(in.Days), slices.Clone(in.Permissions)
	for i := range in.Hours {
		in.Hours[i].Days = slices.Clone(in.Hours[i].Days)
	}
	return in
}

// tidy returns the form with what the kind has, without spaces around values.
func (in CallObjectInput) tidy(kind CallObjectKind) CallObjectInput {
	in = in.clone()
	only := CallObjectInput{Name: strings.TrimSpace(in.Name), Extension: strings.TrimSpace(in.Extension)}
	switch kind {
	case Menus:
		only.Menu = in.Menu
		m := &only.Menu
		m.CallFlow, m.Prompt = m.CallFlow.tidy(), strings.TrimSpace(m.Prompt)
		if m.KeyTimeout == 0 {
			m.KeyTimeout = DefaultKeyTimeout
		}
		for i := range m.Entries {
			m.Entries[i].Keys, m.Entries[i].Actions = strings.TrimSpace(m.Entries[i].Keys), tidyActions(m.Entries[i].Actions)
		}
	case CallRouters:
		only.Actions = tidyActions(in.Actions)
	case Templates:
		only.Actions, only.Template = tidyActions(in.Actions), in.Template
	case Labels:
		only.Label = in.Label.tidy()
	case Periods:
		only.Hours = in.Hours
		for i := range only.Hours {
			h := &only.Hours[i]
			h.From, h.To = strings.TrimSpace(h.From), strings.TrimSpace(h.To)
			slices.Sort(h.Days)
			h.Days = slices.Compact(h.Days)
		}
	case Calendars:
		only.Days = in.Days
		for i := range only.Days {
			d := &only.Days[i]
			d.Date, d.Until, d.Title = strings.TrimSpace(d.Date), strings.TrimSpace(d.Until), strings.TrimSpace(d.Title)
		}
	case Switches:
		only.Initial, only.Permissions = in.Initial, in.Permissions
		slices.Sort(only.Permissions)
		only.Permissions = slices.Compact(only.Permissions)
	}
	return only
}

// check applies the rules that need nothing but the form itself.
func (in *CallObjectInput) check(kind CallObjectKind) (bad FieldErrors) {
	if !slices.Contains(CallObjectKinds(), kind) {
		bad.add("kind", "unknown", fmt.Sprintf("there is no kind %.32q", string(kind)))
		return bad
	}
	if in.Name == "" {
		bad.add("name", "missing", "the name is missing")
	}
	bad = append(bad, lineErrors("name", "the name", in.Name, MaxObjectName)...)
	if in.Extension != "" && !kind.dialled() {
		bad.add("extension", "not_used", "this has no extension")
	} else {
		bad = append(bad, extensionErrors("extension", in.Extension)...)
	}
	switch kind {
	case Menus:
		in.Menu.check(&bad)
	case CallRouters:
		checkActions("actions", in.Actions, actionRules{}, &bad)
	case Templates:
		in.checkTemplate(&bad)
	case Labels:
		in.checkLabel(&bad)
	case Periods:
		checkHours(in.Hours, &bad)
	case Calendars:
		checkDays(in.Days, &bad)
	}
	return bad
}

func (m *Menu) check(bad *FieldErrors) {
	if m.Prompt != "" && !promptName(m.Prompt) {
		bad.add("menu.prompt", "unknown", "there is no such prompt")
	}
	if m.AnswerDelay < 0 || m.AnswerDelay > maxAnswerDelay {
		bad.add("menu.answerDelay", "out_of_range", fmt.Sprintf("must be from 0 to %d", maxAnswerDelay))
	}
	if m.KeyTimeout < 1 || m.KeyTimeout > maxKeyTimeout {
		bad.add("menu.keyTimeout", "out_of_range", fmt.Sprintf("must be from 1 to %d", maxKeyTimeout))
	}
	if len(m.Entries) > MaxMenuEntries {
		bad.add("menu.entries", "too_many", fmt.Sprintf("a menu has at most %d entries", MaxMenuEntries))
		return
	}
	seen := make(map[string]bool)
	for i, e := range m.Entries {
		at := fmt.Sprintf("menu.entries.%d.", i)
		switch {
		case e.Keys == InvalidKeys, e.Keys == NoKeys:
		case e.Keys == "" || len(e.Keys) > MaxMenuKeys || strings.Trim(e.Keys, "0123456789*#") != "":
			bad.add(at+"keys", "bad_keys", fmt.Sprintf("one to %d digits, * or #; i for keys that no entry has; t for none", MaxMenuKeys))
		}
		if seen[e.Keys] {
			bad.add(at+"keys", "taken", "there is an entry with these keys already")
		}
		seen[e.Keys] = true
		checkActions(at+"actions", e.Actions, actionRules{}, bad)
	}
	var lists FieldErrors
	m.CallFlow.check("", &lists)
	for _, e := range lists {
		bad.add("menu."+e.Field, e.Code, e.Text)
	}
}

func checkHours(list []Hours, bad *FieldErrors) {
	if len(list) == 0 {
		bad.add("hours", "missing", "say when it is")
	}
	if len(list) > MaxHours {
		bad.add("hours", "too_many", fmt.Sprintf("a period has at most %d times", MaxHours))
		return
	}
	for i, h := range list {
		at := fmt.Sprintf("hours.%d.", i)
		if _, ok := clock(h.From); !ok {
			bad.add(at+"from", "bad_time", "a time has hours and minutes: 09:30")
		}
		if _, ok := clock(h.To); !ok {
			bad.add(at+"to", "bad_time", "a time has hours and minutes: 09:30")
		}
		if len(h.Days) == 0 {
			bad.add(at+"days", "missing", "choose days of the week")
		}
		for _, d := range h.Days {
			if d < time.Sunday || d > time.Saturday {
				bad.add(at+"days", "unknown", "days of the week are 0, Sunday, to 6, Saturday")
			}
		}
	}
}

func checkDays(list []Holiday, bad *FieldErrors) {
	if len(list) > MaxCalendarDays {
		bad.add("days", "too_many", fmt.Sprintf("a calendar has at most %d lines", MaxCalendarDays))
		return
	}
	for i, d := range list {
		at := fmt.Sprintf("days.%d.", i)
		if _, err := time.Parse(time.DateOnly, d.Date); err != nil {
			bad.add(at+"date", "bad_date", "a date has year, month and day: 2026-12-24")
		}
		if _, err := time.Parse(time.DateOnly, d.Until); d.Until != "" && err != nil {
			bad.add(at+"until", "bad_date", "a date has year, month and day: 2026-12-24")
		} else if d.Until != "" && d.Until < d.Date {
			bad.add(at+"until", "before", "the last day is before the first")
		}
		*bad = append(*bad, lineErrors(at+"title", "the title", d.Title, MaxObjectName)...)
	}
}

// Holds reports whether the condition that the object stands for is met at a time, in the zone that the time has: a period or calendar as the clock on the
// wall shows it, a switch as it is. Others are none.
func (o *CallObject) Holds(at time.Time) bool {
	switch o.Kind {
	case Periods:
		return slices.ContainsFunc(o.Hours, func(h Hours) bool { return h.holds(at) })
	case Calendars:
		today := at.Format(time.DateOnly)
		return slices.ContainsFunc(o.Days, func(d Holiday) bool { return today == d.Date || today > d.Date && today <= d.Until })
	case Switches:
		return o.On
	}
	return false
}

func (h *Hours) holds(at time.Time) bool {
	from, ok := clock(h.From)
	to, also := clock(h.To)
	if !ok || !also {
		return false
	}
	now, yesterday := at.Hour()*60+at.Minute(), (at.Weekday()+6)%7
	if from < to {
		return slices.Contains(h.Days, at.Weekday()) && from <= now && now < to
	}
	return slices.Contains(h.Days, at.Weekday()) && now >= from || slices.Contains(h.Days, yesterday) && now < to
}
