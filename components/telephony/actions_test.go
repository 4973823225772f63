package telephony_test

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/call"
	"plenum/components/directory"
	"plenum/components/telephony"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// courses are the actions of a world.
type courses struct{ *world }

func (c courses) Of(owner directory.FlowOwner) directory.CallFlow {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.flows[owner]
}

func (c courses) Object(id string) (directory.CallObject, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if o, ok := c.objects[id]; ok {
		return o, nil
	}
	return directory.CallObject{}, fault.New(fault.NotFound, "none")
}

func (c courses) AtExtension(extension string) (directory.CallObject, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, o := range c.objects {
		if o.Extension == extension {
			return o, true
		}
	}
	return directory.CallObject{}, false
}

func (c courses) Labels() (list []directory.CallObject) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, o := range c.objects {
		if o.Kind == directory.Labels {
			list = append(list, o)
		}
	}
	return list
}

// Toggle turns a switch over.
func (c courses) Toggle(_ context.Context, by jid.JID, id string) (directory.CallObject, error) {
	o, err := c.Object(id)
	o.On = !o.On
	c.put(o)
	return o, err
}

func (w *world) switches() func(string) telephony.App {
	return telephony.SwitchCode{
		Speaker: telephony.Speaker{Prompts: w.reader, Log: slog.New(slog.DiscardHandler)}, Switches: courses{w},
	}.App
}

func (w *world) put(objects ...directory.CallObject) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, o := range objects {
		w.objects[o.ID] = o
	}
}

// acts are the actions of somebody here.
func (w *world) acts(name string, f directory.CallFlow) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.flows[directory.OfUser(user(name))] = f
}

// box has somebody's voicemail take his calls from inside, or from outside.
func (w *world) box(name string, inside, outside bool) {
	var f directory.CallFlow
	if inside {
		f.AfterInternal = []directory.CallAction{directory.OwnBox()}
	}
	if outside {
		f.AfterExternal = []directory.CallAction{directory.OwnBox()}
	}
	w.acts(name, f)
}

func says(prompt string) directory.CallAction {
	return directory.CallAction{Kind: directory.CallPrompt, Prompt: prompt}
}

func to(kind directory.CallActionKind, target string) directory.CallAction {
	return directory.CallAction{Kind: kind, Target: target}
}

func when(a directory.CallAction, c directory.Condition) directory.CallAction {
	a.When = c
	return a
}

func status(a directory.CallAction, s directory.CallStatus) directory.CallAction {
	a.Status = s
	return a
}

var officeHours = directory.CallObject{ID: "hours", Kind: directory.Periods, CallObjectInput: directory.CallObjectInput{Hours: []directory.Hours{
	{Days: []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday}, From: "08:00", To: "17:00"},
}}}

// outside office hours who calls hears a prompt and is led to voicemail without that anything rings; within them everything rings.
func TestOutsideOfficeHours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		w.put(officeHours)
		closed := directory.Condition{Kind: directory.PeriodCondition, Object: "hours", Not: true}
		w.acts("nurse", directory.CallFlow{BeforeExternal: []directory.CallAction{
			when(says("closed"), closed), when(directory.OwnBox(), closed),
		}})
		caller := w.incoming(telephony.Caller{Trunk: "t", Number: "4930"}, "498913", call.Offer{}) // synctest begins at midnight
		w.reader.was(t, "closed")
		time.Sleep(4 * time.Second)
		synctest.Wait()
		caller.was(t, "answer, talks to Nurse/13")
		w.rings("box of nurse for ")
		w.silent("nurse1")
		caller.does(t, call.Ended{Reason: call.Success})
		want(t, w, "/+4930/t → nurse/13 by 13: dial noanswer/voicemail", "/+4930/t → nurse/13, 2.98s: voicemail/dst hangup/caller")

		w.calls("romeo", "13") // from inside there are no actions
		w.rings("nurse1").does(t, call.Ended{Reason: call.Declined})
		w.forget("nurse1")
		time.Sleep(9 * time.Hour)
		w.incoming(telephony.Caller{Trunk: "t", Number: "4930"}, "498913", call.Offer{})
		w.rings("nurse1")
		w.reader.was(t, "")
	})
}

// who is busy, or does not answer, passes the call on to another user; where that leads nowhere the next line comes. Actions of both are in the record.
func TestActionsAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{Ring: 20 * time.Second})
		w.acts("nurse", directory.CallFlow{AfterInternal: []directory.CallAction{
			to(directory.CallTeam, "gone"), to(directory.CallMenu, "gone"), to(directory.CallExtension, "99"), // deleted
			status(to(directory.CallExtension, "12"), directory.StatusBusy),
			status(says("noanswer"), directory.StatusNoAnswer), directory.OwnBox(),
		}})
		romeo := w.calls("romeo", "13")
		w.rings("nurse1").does(t, call.Ringing{}, call.Ended{Reason: call.Busy})
		w.rings("juliet2").does(t, call.Answered{})
		romeo.was(t, "ring, answer, talks to Juliet/12")
		romeo.does(t, call.Ended{Reason: call.Success})
		want(t, w, "romeo/10/romeo1 → nurse/13 by 13: dial noanswer/dst busy", "romeo/10/romeo1 → juliet/12/juliet2 by 12, 0s: forward/action hangup/caller")

		clear(w.legs)
		w.calls("romeo", "13")
		w.rings("nurse1").does(t, call.Ringing{})
		time.Sleep(20 * time.Second)
		synctest.Wait()
		w.reader.was(t, "noanswer")
		time.Sleep(4 * time.Second)
		w.rings("box of nurse for romeo")
		w.silent("juliet1")

		clear(w.legs)
		w.registered["juliet1"], w.registered["juliet2"] = false, false // nothing of her can ring
		w.calls("romeo", "13")
		w.rings("nurse1").does(t, call.Ended{Reason: call.Busy})
		time.Sleep(2 * time.Second)
		w.rings("box of nurse, busy, for romeo")
	})
}

// Each kind of action does what it says; greetings of a box and mailboxes of others, hanging up, labels, the language, a number outside.
func TestKindsOfActions(t *testing.T) {
	labelled := func(a directory.CallAction, value string, not bool) directory.CallAction {
		return when(a, directory.Condition{Kind: directory.LabelIs, Label: "vip", Value: value, Not: not})
	}
	busy := directory.OwnBox()
	busy.Greeting = directory.GreetingBusy
	other := directory.OwnBox()
	other.Box = user("juliet").String()
	gone := directory.OwnBox()
	gone.Box = user("tybalt").String()
	sales := busy
	sales.Box = "sales"
	noTeam := directory.OwnBox()
	noTeam.Box = "gone"
	label := directory.CallAction{Kind: directory.CallLabel, Label: "vip", Value: "yes"}
	german := directory.CallAction{Kind: directory.CallLanguage, Language: "de"}
	hangUp := directory.CallAction{Kind: directory.CallHangUp}
	for name, c := range map[string]struct {
		list  []directory.CallAction
		rings string // what takes the call; empty for nothing
	}{
		"busy greeting":         {[]directory.CallAction{busy}, "box of nurse, busy, for romeo"},
		"box of another":        {[]directory.CallAction{other}, "box of juliet for romeo"},
		"box of a team":         {[]directory.CallAction{sales}, "box of sales, busy, for romeo"},
		"box of no team":        {[]directory.CallAction{noTeam, directory.OwnBox()}, "box of nurse for romeo"},
		"box of nobody":         {[]directory.CallAction{gone, directory.OwnBox()}, "box of nurse for romeo"},
		"hang up":               {[]directory.CallAction{hangUp, directory.OwnBox()}, ""},
		"label is set":          {[]directory.CallAction{labelled(other, "", false), label, labelled(directory.OwnBox(), "", false)}, "box of nurse for romeo"},
		"label has a value":     {[]directory.CallAction{label, labelled(other, "no", false), labelled(directory.OwnBox(), "yes", false)}, "box of nurse for romeo"},
		"label has not a value": {[]directory.CallAction{label, labelled(other, "yes", true), labelled(directory.OwnBox(), "no", true)}, "box of nurse for romeo"},
		"language":              {[]directory.CallAction{german, to(directory.CallTeam, "empty")}, "announcement: unavailable de"},
		"number outside":        {[]directory.CallAction{to(directory.CallNumber, "0030123")}, "a"},
		"emergency services":    {[]directory.CallAction{to(directory.CallNumber, "112"), directory.OwnBox()}, "box of nurse for romeo"},
		"itself":                {[]directory.CallAction{to(directory.CallExtension, "13")}, "text: reason-busy"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := start(t, telephony.Config{})
				w.lines = []telephony.Line{{Trunk: "a"}}
				w.sales(asIs)
				w.acts("nurse", directory.CallFlow{BeforeInternal: c.list})
				w.registered["nurse1"] = false
				romeo := w.calls("romeo", "13")
				time.Sleep(2 * time.Second)
				synctest.Wait()
				if c.rings != "" {
					w.rings(c.rings)
					return
				}
				romeo.was(t, "hangup: declined")
			})
		})
	}
}

// What goes round in a circle ends after 30 lists, by whatever way it comes round.
func TestActionsInACircle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		router := func(id, extension, next string) directory.CallObject {
			return directory.CallObject{ID: id, Kind: directory.CallRouters, CallObjectInput: directory.CallObjectInput{
				Extension: extension, Name: id, Actions: []directory.CallAction{to(directory.CallRouter, next)},
			}}
		}
		w.put(router("one", "81", "two"), router("two", "82", "one"), router("three", "83", "gone"))
		romeo := w.calls("romeo", "81")
		w.rings("text: reason-busy")
		time.Sleep(4 * time.Second)
		romeo.was(t, "ring early, hangup: busy")

		romeo = w.calls("romeo", "83") // one that leads nowhere
		w.rings("announcement: unavailable ")
		romeo.does(t, call.Ended{Reason: call.Cancelled})

		w.forwards.set("juliet", "81") // by a forward, and from a team
		w.sales(func(t *directory.Team) { t.AfterTarget = "12" })
		w.calls("romeo", "50")
		w.rings("text: reason-busy")
	})
}

// A team's own actions run, and never those of its members (B8); its statuses are told apart.
func TestActionsOfATeam(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		w.acts("nurse", directory.CallFlow{BeforeInternal: []directory.CallAction{says("nurse")}, AfterInternal: []directory.CallAction{directory.OwnBox()}})
		box := func(of string, s directory.CallStatus) directory.CallAction {
			return status(directory.CallAction{Kind: directory.CallVoicemail, Box: user(of).String()}, s)
		}
		w.flows[directory.OfTeam("sales")] = directory.CallFlow{
			BeforeInternal: []directory.CallAction{says("sales")},
			AfterInternal: []directory.CallAction{
				box("romeo", directory.StatusExitEmpty), box("juliet", directory.StatusEnterEmpty), status(directory.CallAction{Kind: directory.CallHangUp}, directory.StatusFull),
			},
		}
		w.sales(func(t *directory.Team) { t.InternalTimeout, t.AfterTarget, t.LeaveEmpty = 30, "12", true }, "nurse")
		romeo := w.calls("romeo", "50")
		w.reader.was(t, "sales")
		w.silent("nurse1")
		time.Sleep(time.Second)
		synctest.Wait()
		w.rings("nurse1").does(t, call.Ringing{}) // her own list does not run
		w.reader.was(t, "")
		w.sales(func(t *directory.Team) { t.LeaveEmpty = true })
		time.Sleep(2 * time.Second)
		w.rings("box of romeo for romeo")
		romeo.does(t, call.Ended{Reason: call.Success})

		w.calls("romeo", "50") // nobody is there
		time.Sleep(2 * time.Second)
		w.rings("box of juliet for romeo")

		w.forget("nurse1")
		w.sales(func(t *directory.Team) { t.InternalTimeout, t.AfterTarget = 30, "12" }, "nurse")
		w.calls("romeo", "50")
		time.Sleep(time.Second)
		w.rings("nurse1").does(t, call.Ringing{})
		time.Sleep(30 * time.Second)
		synctest.Wait()
		w.rings("juliet1") // no line is for that: where the team passes callers on to
	})
}

// A team's own box is that of its actions that name none; it is told apart whether the line is full (B8, B9), and the record says whose box it was.
func TestActionsLeadToTheBoxOfATeam(t *testing.T) {
	for name, c := range map[string]struct {
		team  func(*directory.Team)
		rings string
		row   string
	}{
		"nobody takes the call": {asIs, "box of sales for romeo", "romeo/10/romeo1 → /50, 4s: voicemail/dst hangup/caller"},
		"the line is full":      {func(t *directory.Team) { t.MaxWaiting = 1 }, "box of sales, busy, for nurse", "nurse/13/nurse1 → /50, 0s: voicemail/dst hangup/caller"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := start(t, telephony.Config{})
				w.flows[directory.OfTeam("sales")] = directory.CallFlow{AfterInternal: []directory.CallAction{directory.OwnBox()}}
				w.sales(func(s *directory.Team) { s.InternalTimeout = 45; c.team(s) }, "juliet")
				romeo := w.calls("romeo", "50")
				w.rings("juliet1")
				caller := romeo
				if name == "the line is full" {
					caller = w.calls("nurse", "50")
					time.Sleep(time.Second)
				} else {
					time.Sleep(50 * time.Second)
				}
				synctest.Wait()
				w.rings(c.rings)
				caller.does(t, call.Ended{Reason: call.Success})
				time.Sleep(time.Second) // what was written is committed
				if rows := w.records(); !slices.Contains(rows, c.row) {
					t.Errorf("the rows are %q, want %s", rows, c.row)
				}
			})
		})
	}
}

// B8, B9: labels are with the call until it is over, and in its records; they say before whom its caller comes in the line of a team, and for how long he
// waits.
func TestLabelsOfACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		w.put(directory.CallObject{ID: "site", Kind: directory.Labels, CallObjectInput: directory.CallObjectInput{Name: "site", Label: directory.LabelRule{Value: "Verona"}}})
		set := func(label, value string) directory.CallAction {
			return directory.CallAction{Kind: directory.CallLabel, Label: label, Value: value}
		}
		w.put(directory.CallObject{ID: "vip", Kind: directory.CallRouters, CallObjectInput: directory.CallObjectInput{Name: "VIP", Extension: "81", Actions: []directory.CallAction{
			set("rank", "7"), set("wait", "40"), set("site", ""), to(directory.CallTeam, "sales"),
		}}}, directory.CallObject{ID: "odd", Kind: directory.CallRouters, CallObjectInput: directory.CallObjectInput{Name: "Odd", Extension: "82", Actions: []directory.CallAction{
			set("rank", "-1"), set("wait", "soon"), to(directory.CallTeam, "sales"),
		}}})
		w.sales(func(s *directory.Team) {
			s.JoinEmpty, s.InternalTimeout, s.PriorityLabel, s.TimeoutLabel = true, 300, "rank", "wait"
		})
		odd := w.calls("nurse", "82") // what is no number counts nothing
		vip := w.calls("romeo", "81")
		time.Sleep(time.Second)
		synctest.Wait()
		if got := w.state(); got != "Romeo waits; Nurse waits; " {
			t.Errorf("it is: %s", got)
		}
		time.Sleep(40 * time.Second)
		synctest.Wait()
		if got := w.state(); got != "Nurse waits; " {
			t.Errorf("it is: %s", got)
		}
		vip.does(t, call.Ended{Reason: call.Cancelled})
		odd.does(t, call.Ended{Reason: call.Cancelled})
		time.Sleep(time.Second)
		for _, want := range []string{
			`romeo/10/romeo1 → /50 by 50: forward/action noanswer/abandon {"rank":"7","wait":"40"}`,
			`nurse/13/nurse1 → /50 by 50: forward/action noanswer/abandon {"rank":"-1","site":"Verona","wait":"soon"}`,
		} {
			if rows := w.records(); !slices.Contains(rows, want) {
				t.Errorf("the rows are %q, want %s", rows, want)
			}
		}
	})
}

// A menu leads on by keys, says again what can be chosen, and has entries for wrong keys and for none; menus can be within menus.
func TestMenus(t *testing.T) {
	for name, c := range map[string]struct {
		press func(*phone)
		said  string
		rings string
	}{
		"a key":              {func(p *phone) { p.keys(t, "1") }, "choose", "juliet1"},
		"keys":               {func(p *phone) { p.keys(t, "21") }, "choose", "nurse1"},
		"the shorter of two": {func(p *phone) { p.keys(t, "2"); time.Sleep(6 * time.Second) }, "choose", "box of juliet for romeo"},
		"a menu behind":      {func(p *phone) { p.keys(t, "3"); time.Sleep(time.Second); p.keys(t, "1") }, "choose inner", "nurse1"},
		"back again": {func(p *phone) {
			p.keys(t, "3")
			time.Sleep(time.Second)
			p.keys(t, "*")
			time.Sleep(time.Second)
			p.keys(t, "1")
		}, "choose inner choose", "juliet1"},
		"wrong keys": {func(p *phone) { p.keys(t, "7"); time.Sleep(2 * time.Second); p.keys(t, "1") }, "choose wrong choose", "juliet1"},
		"none":       {func(p *phone) { time.Sleep(7 * time.Second) }, "choose", "box of romeo for romeo"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := start(t, telephony.Config{})
				box := func(of string) []directory.CallAction {
					return []directory.CallAction{{Kind: directory.CallVoicemail, Box: user(of).String()}}
				}
				w.put(directory.CallObject{ID: "outer", Kind: directory.Menus, CallObjectInput: directory.CallObjectInput{
					Name: "Outer", Extension: "80", Menu: directory.Menu{Prompt: "choose", KeyTimeout: 5, AnswerDelay: 3, Entries: []directory.MenuEntry{
						{Keys: "1", Actions: []directory.CallAction{to(directory.CallExtension, "12")}},
						{Keys: "2", Actions: box("juliet")},
						{Keys: "21", Actions: []directory.CallAction{to(directory.CallExtension, "13")}},
						{Keys: "3", Actions: []directory.CallAction{to(directory.CallMenu, "inner")}},
						{Keys: "i", Actions: []directory.CallAction{says("wrong"), to(directory.CallMenu, "outer")}},
						{Keys: "t", Actions: box("romeo")},
					}},
				}}, directory.CallObject{ID: "inner", Kind: directory.Menus, CallObjectInput: directory.CallObjectInput{
					Name: "Inner", Menu: directory.Menu{Prompt: "inner", KeyTimeout: 5, Entries: []directory.MenuEntry{
						{Keys: "1", Actions: []directory.CallAction{to(directory.CallExtension, "13")}},
						{Keys: "*", Actions: []directory.CallAction{to(directory.CallMenu, "outer")}},
					}},
				}})
				romeo := w.calls("romeo", "80")
				romeo.was(t, "ring") // it answers after some seconds
				time.Sleep(4 * time.Second)
				synctest.Wait()
				romeo.was(t, "answer, talks to Outer/80")
				c.press(romeo)
				time.Sleep(4 * time.Second)
				synctest.Wait()
				w.reader.was(t, c.said)
				w.rings(c.rings)
				romeo.does(t, call.Ended{Reason: call.Success})
			})
		})
	}
}

// A menu where nobody chooses anything says so three times, and leads to its actions after; without those the call ends.
func TestAMenuWhereNothingIsChosen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		menu := directory.CallObject{ID: "m", Kind: directory.Menus, CallObjectInput: directory.CallObjectInput{
			Name: "M", Extension: "80", Menu: directory.Menu{Prompt: "choose", KeyTimeout: 5},
		}}
		menu.Menu.AfterInternal = []directory.CallAction{to(directory.CallExtension, "12")}
		w.put(menu)
		romeo := w.calls("romeo", "80")
		time.Sleep(20 * time.Second)
		synctest.Wait()
		w.rings("juliet1").does(t, call.Answered{})
		romeo.was(t, "answer, talks to M/80, talks to Juliet/12")
		romeo.does(t, call.Ended{Reason: call.Success})
		want(t, w, "romeo/10/romeo1 → /80 by 80: dial noanswer/dst no answer", "romeo/10/romeo1 → juliet/12/juliet1 by 12, 0s: forward/action hangup/caller")

		menu.Menu.CallFlow = directory.CallFlow{}
		w.put(menu)
		romeo = w.calls("romeo", "80")
		time.Sleep(30 * time.Second)
		synctest.Wait()
		romeo.was(t, "answer, talks to M/80, hangup: no answer")
	})
}

// A switch is turned over by whoever dials it inside, is told of, and actions depend on it; from outside it is no number.
func TestSwitches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		w.put(directory.CallObject{ID: "night", Kind: directory.Switches, CallObjectInput: directory.CallObjectInput{Name: "Night", Extension: "85"}})
		w.acts("nurse", directory.CallFlow{BeforeExternal: []directory.CallAction{
			when(directory.OwnBox(), directory.Condition{Kind: directory.SwitchIsOn, Object: "night"}),
			when(directory.CallAction{Kind: directory.CallHangUp}, directory.Condition{Kind: directory.SwitchIsOn, Object: "gone", Not: true}), // deleted
		}})
		outside := func(number string) *phone {
			return w.incoming(telephony.Caller{Trunk: "t", Number: "4930"}, "4989"+number, call.Offer{})
		}
		outside("13").does(t)
		w.rings("nurse1")
		clear(w.legs)

		w.calls("romeo", "85")
		time.Sleep(4 * time.Second)
		w.reader.was(t, "switch-on")
		outside("13")
		time.Sleep(2 * time.Second)
		w.rings("box of nurse for ")
		w.silent("nurse1")

		outside("85")
		w.rings("announcement: not found de")
		w.calls("juliet", "85")
		time.Sleep(4 * time.Second)
		w.reader.was(t, "switch-off")
		outside("13")
		w.rings("nurse1")
	})
}

// A blind transfer leads to what the number leads to, with all its actions; who waits has been answered already.
func TestTransferToActions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		w.acts("nurse", directory.CallFlow{BeforeInternal: []directory.CallAction{says("before")}, AfterInternal: []directory.CallAction{directory.OwnBox()}})
		juliet := w.calls("juliet", "10")
		romeo := w.rings("romeo1").does(t, call.Answered{})
		romeo.does(t, call.TransferAsked{To: call.Party{Number: "13"}})
		w.reader.was(t, "before")
		time.Sleep(4 * time.Second)
		synctest.Wait()
		w.rings("nurse1").does(t, call.Ended{Reason: call.Declined})
		time.Sleep(2 * time.Second)
		w.rings("box of nurse for juliet")
		juliet.does(t, call.Ended{Reason: call.Success})
	})
}

// keys presses keys.
func (p *phone) keys(t *testing.T, keys string) {
	for _, key := range keys {
		p.does(t, call.DTMF{Key: byte(key)})
	}
}
