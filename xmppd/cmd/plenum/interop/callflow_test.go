//go:build interop

package interop

import (
	"slices"
	"testing"
	"time"

	"plenum/components/media/tone"
)

// action is a line of a list of actions.
func action(kind string, more map[string]any) map[string]any {
	a := map[string]any{"kind": kind, "prompt": "", "box": "", "greeting": "", "target": "", "label": "", "value": "", "language": "", "status": "",
		"when": map[string]any{"kind": "", "object": "", "label": "", "value": "", "not": false}}
	for k, v := range more {
		a[k] = v
	}
	return a
}

// actionLists are those of somebody, or of a menu.
func actionLists(more map[string]any) map[string]any {
	lists := map[string]any{"beforeInternal": []any{}, "afterInternal": []any{}, "beforeExternal": []any{}, "afterExternal": []any{}}
	for k, v := range more {
		lists[k] = v
	}
	return lists
}

// callObject makes a menu, router, period, calendar or switch.
func (c *console) callObject(kind, name string, more map[string]any) (id string) {
	c.t.Helper()
	o := map[string]any{"kind": kind, "name": name, "extension": "", "actions": []any{}, "hours": []any{}, "days": []any{}, "initial": false,
		"menu": actionLists(map[string]any{"prompt": "", "answerDelay": 0, "keyTimeout": 0, "entries": []any{}})}
	for k, v := range more {
		o[k] = v
	}
	var made struct{ ID string }
	c.post("/callobjects", o, &made)
	return made.ID
}

// act sets the actions of a user.
func (c *console) act(who account, lists map[string]any) {
	c.t.Helper()
	at := "/users/" + who.JID + "/actions"
	var now struct{ Revision int64 }
	c.get(at, &now)
	lists["revision"] = now.Revision
	c.put(at, lists, nil)
}

func when(kind, object string, not bool) map[string]any {
	return map[string]any{"kind": kind, "object": object, "label": "", "value": "", "not": not}
}

// TestCallFlow: Anna's office is closed, so Ben hears a prompt and her voicemail, and nothing of hers rings; by a template it is that of a team. A menu leads him to her by a key. With a
// switch that he turns over by telephone, and which a lamp of Dora's shows, her calls go to Cleo.
// B7, B8
func TestCallFlow(t *testing.T) {
	counted(t)
	s := startServer(t)
	c := s.console()
	annaAccount := c.employee("anna", "Anna Berg", "100")
	anna := startPhone(t, s, c.phoneOf(annaAccount), phoneConfig{Hz: 440})
	ben := startPhone(t, s, c.phoneOf(c.employee("ben", "Ben Thal", "101")), phoneConfig{Hz: 550})
	cleo := startPhone(t, s, c.phoneOf(c.employee("cleo", "Cleo Tal", "102")), phoneConfig{Hz: 880})
	for _, p := range []*phone{anna, ben, cleo} {
		p.registered()
	}

	always := []any{map[string]any{"days": []int{0, 1, 2, 3, 4, 5, 6}, "from": "00:00", "to": "00:00"}}
	never := c.callObject("period", "Closed all week", map[string]any{"hours": always})
	c.act(annaAccount, actionLists(map[string]any{"beforeInternal": []any{
		action("prompt", map[string]any{"prompt": "office-closed", "when": when("period", never, false)}),
		action("voicemail", map[string]any{"when": when("period", never, false)}),
	}}))
	c.callObject("label", "Site", map[string]any{"label": map[string]any{"shown": true, "value": "Verona", "when": when("", "", false)}})
	var team struct{ ID string }
	c.post("/teams", teamOf(map[string]any{"name": "Front office", "extension": "500", "members": []any{}}), &team)
	for i, callee := range []string{"Anna Berg", "Front office"} { // whose box has the message
		if i == 1 { // a template puts another one in the place of her actions (B8)
			at := "/callobjects/" + c.callObject("template", "Closed", map[string]any{
				"actions":  []any{action("label", map[string]any{"label": "Why", "value": "closed"}), action("voicemail", map[string]any{"box": team.ID, "greeting": "busy", "when": when("period", never, false)})},
				"template": map[string]any{"for": "user", "slot": "before", "origin": "internal", "position": "last", "auto": false},
			}) + "/rollout"
			roll := map[string]any{"all": false, "to": []any{annaAccount.JID}, "mode": "replace", "again": false}
			for _, step := range []struct {
				at      string
				changed int
			}{{at + "/check", 1}, {at, 1}, {at, 0}} {
				var done struct{ Changed int }
				if c.post(step.at, roll, &done); done.Changed != step.changed {
					t.Errorf("%s changes %d, want %d", step.at, done.Changed, step.changed)
				}
			}
		}
		ben.dial("100")
		ben.await("CALL_ESTABLISHED", i+1)
		ben.hearsMusic(550) // it is speech: that the office is closed, and then the greeting
		type record struct {
			Via    string
			Callee struct{ Name string }
			Labels []struct{ Name, Value string }
		}
		var last record
		for deadline := time.Now().Add(patience); (last.Via != "voicemail" || last.Callee.Name != callee) && time.Now().Before(deadline); {
			var records struct{ Items []record }
			if c.get("/records?limit=1", &records); len(records.Items) > 0 {
				last = records.Items[0]
			}
		}
		if last.Via != "voicemail" || last.Callee.Name != callee {
			t.Errorf("the last record is %+v", last)
		}
		if want := [][]struct{ Name, Value string }{{{"Site", "Verona"}}, {{"Site", "Verona"}, {"Why", "closed"}}}[i]; !slices.Equal(last.Labels, want) {
			t.Errorf("it has the labels %v, want %v", last.Labels, want)
		}
		ben.hangUp()
		ben.await("CALL_CLOSED", i+1)
	}

	night := c.callObject("switch", "Night", map[string]any{"extension": "850", "permissions": []string{"all"}})
	lamp := s.deskPhone(c.phoneOf(c.employee("dora", "Dora Steg", "103")))
	lamp.subscribe("850", "dialog")
	lamp.notified("that the switch is off", `entity="sip:850@localhost"[\s\S]*<state>terminated</state>`)
	c.callObject("ivr", "Main", map[string]any{"extension": "851", "menu": actionLists(map[string]any{
		"prompt": "menu-choose", "answerDelay": 0, "keyTimeout": 10,
		"entries": []any{map[string]any{"keys": "1", "actions": []any{action("extension", map[string]any{"target": "100"})}}},
	})})
	c.act(annaAccount, actionLists(map[string]any{"beforeInternal": []any{
		action("extension", map[string]any{"target": "102", "when": when("switch", night, false)}),
	}}))
	ben.dial("851")
	ben.await("CALL_ESTABLISHED", 3)
	ben.press("1")
	anna.await("CALL_INCOMING", 1)
	anna.answer()
	anna.established()
	ben.hears("Anna behind the menu", 440)
	ben.hangUp()
	ben.await("CALL_CLOSED", 3)

	ben.dial("850") // the switch is on now
	ben.await("CALL_ESTABLISHED", 4)
	ben.await("CALL_CLOSED", 4)
	lamp.notified("that the switch is on", `entity="sip:850@localhost"[\s\S]*<state>confirmed</state>`)
	var is struct{ On bool }
	if c.get("/callobjects/"+night, &is); !is.On {
		t.Fatal("the switch is off still")
	}
	ben.dial("851")
	ben.await("CALL_ESTABLISHED", 5)
	ben.press("1")
	cleo.await("CALL_INCOMING", 1)
	cleo.answer()
	cleo.established()
	ben.hears("Cleo in Anna's place", 880)
	ben.hangUp()
	ben.await("CALL_CLOSED", 5)

	// Cleo records a prompt by its number (B7): a wrong number first, then a recording that she hears and keeps. Ben hears it by the same number.
	var shared struct {
		Number string
		Own    bool
	}
	const prompt = "/prompts/en/office-closed"
	c.put(prompt+"/number", nil, &shared)
	wrong := "000000"
	if shared.Number == wrong {
		wrong = "000001"
	}
	cleo.dial("*50" + wrong)
	cleo.await("CALL_ESTABLISHED", 2)
	cleo.press(shared.Number + "2")                                                                    // pressed ahead of what asks for them
	cleo.until("to hear the tone", func(pcm []int16) bool { return tone.Amplitude(pcm, 1000) > 2000 }) // louder than speech is there
	time.Sleep(2 * time.Second)                                                                        // for so long she speaks
	cleo.press("#")
	cleo.hears("what she has recorded", 880)
	cleo.press("11")
	recorded := func() bool {
		var list struct {
			Items []struct {
				ID, Language string
				Own          bool
				Seconds      float64
			}
		}
		c.get("/prompts", &list)
		for _, p := range list.Items {
			if p.ID == "office-closed" && p.Language == "en" {
				return p.Own && p.Seconds > 1
			}
		}
		return false
	}
	for deadline := time.Now().Add(patience); !recorded(); {
		if time.Now().After(deadline) {
			t.Fatal("nothing was recorded")
		}
	}
	cleo.hangUp()
	ben.dial("*50" + shared.Number)
	ben.await("CALL_ESTABLISHED", 6)
	ben.press("1")
	ben.hears("what Cleo has recorded", 880)
	ben.hangUp()
	ben.await("CALL_CLOSED", 6)
}
