package flow_test

import (
	"math/rand/v2"
	"reflect"
	"strconv"
	"testing"
	"time"

	"plenum/components/directory"
	"plenum/components/telephony/flow"
	"plenum/xmppd/fault"
)

type objects map[string]directory.CallObject

func (o objects) Object(id string) (directory.CallObject, error) {
	if object, ok := o[id]; ok {
		return object, nil
	}
	return directory.CallObject{}, fault.New(fault.NotFound, "none")
}

func at(text string) time.Time {
	t, err := time.Parse("2006-01-02 15:04", text)
	if err != nil {
		panic(err)
	}
	return t
}

var (
	weekdays = []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}
	these    = objects{
		"hours": {ID: "hours", Kind: directory.Periods, CallObjectInput: directory.CallObjectInput{Hours: []directory.Hours{
			{Days: weekdays, From: "08:00", To: "12:00"}, {Days: weekdays[:4], From: "13:00", To: "17:00"},
		}}},
		"night":    {ID: "night", Kind: directory.Periods, CallObjectInput: directory.CallObjectInput{Hours: []directory.Hours{{Days: weekdays[4:], From: "22:00", To: "06:00"}}}},
		"sunday":   {ID: "sunday", Kind: directory.Periods, CallObjectInput: directory.CallObjectInput{Hours: []directory.Hours{{Days: []time.Weekday{time.Sunday}, From: "00:00", To: "00:00"}}}},
		"holidays": {ID: "holidays", Kind: directory.Calendars, CallObjectInput: directory.CallObjectInput{Days: []directory.Holiday{{Date: "2026-12-24", Until: "2026-12-26"}, {Date: "2027-01-01"}}}},
		"on":       {ID: "on", Kind: directory.Switches, On: true},
		"off":      {ID: "off", Kind: directory.Switches, CallObjectInput: directory.CallObjectInput{Initial: true}},
		"router":   {ID: "router", Kind: directory.CallRouters},
	}
)

// B8: conditions of all kinds, negated too; days of a calendar do not come again in the next year.
func TestConditions(t *testing.T) {
	period := func(id string) directory.Condition {
		return directory.Condition{Kind: directory.PeriodCondition, Object: id}
	}
	calendar := directory.Condition{Kind: directory.CalendarDays, Object: "holidays"}
	label := func(value string) directory.Condition {
		return directory.Condition{Kind: directory.LabelIs, Label: "customer", Value: value}
	}
	for _, c := range []struct {
		name  string
		when  directory.Condition
		at    string // Friday is 2026-11-27
		holds bool
	}{
		{"always", directory.Condition{}, "2026-11-27 09:00", true},
		{"within hours", period("hours"), "2026-11-27 08:00", true},
		{"the end is out", period("hours"), "2026-11-27 12:00", false},
		{"second hours", period("hours"), "2026-11-26 16:59", true},
		{"not that day", period("hours"), "2026-11-27 14:00", false},
		{"weekend", period("hours"), "2026-11-28 09:00", false},
		{"late in the night", period("night"), "2026-11-27 23:00", true},
		{"early in the night", period("night"), "2026-11-28 05:59", true},
		{"after the night", period("night"), "2026-11-28 06:00", false},
		{"the morning before", period("night"), "2026-11-27 05:00", false},
		{"a whole day", period("sunday"), "2026-11-29 00:00", true},
		{"its end", period("sunday"), "2026-11-30 00:00", false},
		{"first holiday", calendar, "2026-12-24 00:00", true},
		{"last holiday", calendar, "2026-12-26 23:59", true},
		{"after them", calendar, "2026-12-27 00:00", false},
		{"one day", calendar, "2027-01-01 12:00", true},
		{"not next year", calendar, "2027-12-24 12:00", false},
		{"switched on", directory.Condition{Kind: directory.SwitchIsOn, Object: "on"}, "2026-11-27 09:00", true},
		{"switched off", directory.Condition{Kind: directory.SwitchIsOn, Object: "off"}, "2026-11-27 09:00", false},
		{"label is set", label(""), "2026-11-27 09:00", true},
		{"label is this", label("gold"), "2026-11-27 09:00", true},
		{"label is another", label("silver"), "2026-11-27 09:00", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := flow.State{Labels: map[string]string{"customer": "gold"}}
			if got := flow.Holds(c.when, s, these, at(c.at)); got != c.holds {
				t.Errorf("is %v", got)
			}
			if c.when.Not = true; c.when.Kind != directory.Always && flow.Holds(c.when, s, these, at(c.at)) == c.holds {
				t.Error("is the same when it is negated")
			}
		})
	}
	for _, c := range []directory.Condition{
		{Kind: directory.SwitchIsOn, Object: "gone"}, {Kind: directory.SwitchIsOn, Object: "hours"}, {Kind: directory.PeriodCondition, Object: "router"}, {Kind: "nonsense"},
	} {
		for _, c.Not = range []bool{false, true} {
			if flow.Holds(c, flow.State{}, these, at("2026-11-27 09:00")) {
				t.Errorf("%+v holds", c)
			}
		}
	}
}

func TestMenuKeys(t *testing.T) {
	entries := []directory.MenuEntry{{Keys: "1"}, {Keys: "12"}, {Keys: "t"}, {Keys: "*"}, {Keys: "i"}}
	for keys, want := range map[string]struct {
		found int
		more  bool
	}{"1": {0, true}, "12": {1, false}, "*": {3, false}, "9": {-1, false}, "13": {-1, false}, "": {-1, true}, "t": {-1, false}, "i": {-1, false}} {
		if found, more := flow.Match(entries, keys); found != want.found || more != want.more {
			t.Errorf("%q is %d, %v", keys, found, more)
		}
	}
	if flow.Otherwise(entries, "9") != 4 || flow.Otherwise(entries, "") != 2 || flow.Otherwise(entries[:2], "9") != -1 {
		t.Error("the entries for wrong keys and for none are not found")
	}
}

func anyList(rnd *rand.Rand) []directory.CallAction {
	pick := func(list ...string) string { return list[rnd.IntN(len(list))] }
	list := make([]directory.CallAction, rnd.IntN(12))
	for i := range list {
		list[i] = directory.CallAction{
			Kind: directory.CallActionKind(pick("prompt", "voicemail", "hangup", "team", "label", "language", "label", "nonsense")), Label: pick("a", "b"), Value: pick("", "x", "y"),
			Language: pick("de", "en"), Status: directory.CallStatus(pick("", "", "busy", "noanswer")),
			When: directory.Condition{Kind: directory.ConditionKind(pick("", "period", "calendar", "switch", "label", "nonsense")), Object: pick("hours", "on", "off", "holidays", "gone"),
				Label: pick("a", "b"), Value: pick("", "x"), Not: rnd.IntN(2) == 0},
		}
	}
	return list
}

// FuzzNext goes through any list, to the end and whatever is in it: each line at most once, in order, none that does not count, and nothing that went in is
// changed.
func FuzzNext(f *testing.F) {
	for seed := range uint64(500) {
		f.Add(seed, int64(seed)*3571*3600)
	}
	f.Fuzz(func(t *testing.T, seed uint64, seconds int64) {
		rnd := rand.New(rand.NewPCG(seed, 7))
		list, now := anyList(rnd), time.Unix(seconds%(1<<33), 0).UTC()
		s := flow.State{Status: []directory.CallStatus{"", "busy", "noanswer"}[rnd.IntN(3)]}
		last := -1
		for n := 0; ; n++ {
			before := s
			step := flow.Next(list, last+1, s, these, now)
			if again := flow.Next(list, last+1, before, these, now); !reflect.DeepEqual(step, again) {
				t.Fatalf("the same list is another thing the second time: %+v, %+v", step, again)
			}
			if n > len(list) || step.At <= last {
				t.Fatal("the list does not end")
			}
			if s = step.State; step.Action == nil {
				return
			}
			a := step.Action
			if last = step.At - 1; a != &list[last] || a.Kind == directory.CallLabel || a.Kind == directory.CallLanguage {
				t.Fatalf("%+v is to be carried out", a)
			}
			if a.Status != "" && a.Status != s.Status || !flow.Holds(a.When, s, these, now) {
				t.Fatalf("%+v does not count", a)
			}
			for _, value := range s.Labels {
				if value == "" {
					t.Fatal("a label is empty")
				}
			}
		}
	})
}

// B8: calls begin with the labels that all have, or those at this time; nobody can give a call more than fifty.
func TestLabelsAtTheBeginning(t *testing.T) {
	rule := func(name, value string, when directory.Condition) directory.CallObject {
		return directory.CallObject{Kind: directory.Labels, CallObjectInput: directory.CallObjectInput{Name: name, Label: directory.LabelRule{Value: value, When: when}}}
	}
	hours := directory.Condition{Kind: directory.PeriodCondition, Object: "hours"}
	closed := hours
	closed.Not = true
	rules := []directory.CallObject{
		rule("site", "Verona", directory.Condition{}), rule("set by actions", "", directory.Condition{}), rule("open", "yes", hours), rule("open", "no", closed),
		rule("gone", "yes", directory.Condition{Kind: directory.SwitchIsOn, Object: "gone", Not: true}),
	}
	for when, open := range map[string]string{"2026-11-27 09:00": "yes", "2026-11-27 18:00": "no"} {
		s := flow.Begin(rules, these, at(when))
		if want := map[string]string{"site": "Verona", "open": open}; !reflect.DeepEqual(s.Labels, want) {
			t.Errorf("at %s calls have %v", when, s.Labels)
		}
	}
	var list []directory.CallAction
	for i := range flow.MaxLabels + 5 {
		list = append(list, directory.CallAction{Kind: directory.CallLabel, Label: strconv.Itoa(i), Value: "x"})
	}
	list = append(list, directory.CallAction{Kind: directory.CallLabel, Label: "0", Value: "y"}) // one that it has
	s := flow.Next(list, 0, flow.State{}, these, at("2026-11-27 09:00")).State
	if len(s.Labels) != flow.MaxLabels || s.Labels["0"] != "y" {
		t.Errorf("it has %d labels, %s", len(s.Labels), s.Labels["0"])
	}
}

// B9: lines say what who is rung for a team must be able to do; several needs add up, and an empty level takes one away.
func TestSkillsAreNeeded(t *testing.T) {
	skill := func(name, level string) directory.CallAction {
		return directory.CallAction{Kind: directory.CallSkill, Label: name, Value: level}
	}
	end := directory.CallAction{Kind: directory.CallHangUp}
	first := flow.Next([]directory.CallAction{skill("spanish", "3"), skill("billing", "1"), end}, 0, flow.State{}, these, at("2026-11-27 09:00"))
	if want := map[string]int{"spanish": 3, "billing": 1}; first.Action == nil || !reflect.DeepEqual(first.State.Skills, want) {
		t.Fatalf("it needs %v", first.State.Skills)
	}
	then := flow.Next([]directory.CallAction{skill("spanish", ""), skill("billing", "7"), skill("billing", "x"), skill("french", "2")}, 0, first.State, these, at("2026-11-27 09:00"))
	if want := map[string]int{"french": 2}; !reflect.DeepEqual(then.State.Skills, want) {
		t.Errorf("then it needs %v", then.State.Skills)
	}
	if want := map[string]int{"spanish": 3, "billing": 1}; !reflect.DeepEqual(first.State.Skills, want) {
		t.Errorf("what was before is %v now", first.State.Skills)
	}
}

// Hours are meant as the clock on the wall shows them, also on the days on which it is put forward or back: an hour that there is not is left out, and one that
// comes twice counts twice.
func TestHoursWhenClocksChange(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	all := []time.Weekday{0, 1, 2, 3, 4, 5, 6}
	hours := func(from, to string) directory.CallObject {
		return directory.CallObject{ID: "h", Kind: directory.Periods, CallObjectInput: directory.CallObjectInput{Hours: []directory.Hours{{Days: all, From: from, To: to}}}}
	}
	for _, c := range []struct {
		from, to, utc string
		holds         bool
	}{
		{"08:00", "12:00", "2026-03-28 07:00", true}, // the day before: winter
		{"08:00", "12:00", "2026-03-29 05:59", false},
		{"08:00", "12:00", "2026-03-29 06:00", true}, // summer
		{"08:00", "12:00", "2026-03-29 10:00", false},
		{"02:00", "03:00", "2026-03-29 00:59", false}, // 01:59, and the next minute is 03:00
		{"02:00", "03:00", "2026-03-29 01:00", false},
		{"22:00", "06:00", "2026-03-29 03:59", true}, // 05:59
		{"22:00", "06:00", "2026-03-29 04:00", false},
		{"02:00", "03:00", "2026-10-25 00:30", true}, // 02:30 in summer
		{"02:00", "03:00", "2026-10-25 01:30", true}, // and in winter
		{"02:00", "03:00", "2026-10-25 02:00", false},
		{"08:00", "12:00", "2026-10-25 06:59", false},
		{"08:00", "12:00", "2026-10-25 07:00", true},
	} {
		when := directory.Condition{Kind: directory.PeriodCondition, Object: "h"}
		if got := flow.Holds(when, flow.State{}, objects{"h": hours(c.from, c.to)}, at(c.utc).In(zone)); got != c.holds {
			t.Errorf("%s to %s at %s UTC: %v", c.from, c.to, c.utc, got)
		}
	}
}
