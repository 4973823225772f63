package telephony_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/call"
	"plenum/components/directory"
	"plenum/components/telephony"
	"plenum/components/telephony/team"
	"plenum/xmppd"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// office are the teams of a world.
type office struct{ *world }

func (o office) AtExtension(ext string) (directory.Team, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, t := range o.teams {
		if t.Extension == ext {
			return t, true
		}
	}
	return directory.Team{}, false
}

func (o office) Get(id string) (directory.Team, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if t, ok := o.teams[id]; ok {
		return t, nil
	}
	return directory.Team{}, fault.New(fault.NotFound, "there is no such team")
}

// Notified are all who have numbers and are no members, where the team wants that.
func (o office) Notified(id string) (list []jid.JID) {
	t, err := o.Get(id)
	if err != nil || t.Notify == directory.NotifyNobody {
		return nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, ext := range slices.Sorted(maps.Keys(o.users)) {
		if _, member := t.Agent(o.users[ext].JID); !member {
			list = append(list, o.users[ext].JID)
		}
	}
	return list
}

// sales is the team at 50 of these users.
func (w *world) sales(change func(*directory.Team), users ...string) {
	t := directory.Team{ID: "sales", TeamInput: directory.DefaultTeam()}
	t.Name, t.Extension, t.Strategy = "Sales", "50", directory.InOrder
	for _, name := range users {
		m := directory.TeamMember{User: user(name), Dynamic: true}
		t.Members = append(t.Members, m)
		t.Agents = append(t.Agents, directory.Agent{TeamMember: m, In: true})
	}
	change(&t)
	w.mu.Lock()
	w.teams[t.ID] = t
	w.mu.Unlock()
	w.TeamChanged(t.ID)
	synctest.Wait()
}

// forget lets a telephone be called anew.
func (w *world) forget(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.legs, name)
}

func asIs(*directory.Team) {}

// state writes what goes on in the team.
func (w *world) state() string {
	w.t.Helper()
	s, err := w.TeamState(context.Background(), "sales")
	if err != nil {
		w.t.Fatal(err)
	}
	text := ""
	for _, c := range s.Waiting {
		text += c.Name + " waits; "
	}
	for _, name := range []string{"juliet", "nurse"} {
		if m, ok := s.Members[user(name)]; ok {
			text += fmt.Sprintf("%s %s %d; ", name, m.Doing, m.Calls)
		}
	}
	return text
}

// A-115, B9: the caller hears music, members ring one after another, one has the call.
func TestATeamIsCalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		w.sales(asIs, "juliet", "nurse")
		romeo := w.calls("romeo", "50")
		romeo.was(t, "answer")
		if hears := romeo.hears(); hears != "player" {
			t.Errorf("Romeo hears %q", hears)
		}
		first, second := w.rings("juliet1"), w.rings("juliet2")
		w.silent("nurse1")
		if o := first.offer; o.From.Number != "10" || o.From.Name != "Romeo" {
			t.Errorf("the phone was offered %+v", o)
		}
		first.does(t, call.Ringing{})
		if got := w.state(); got != "Romeo waits; juliet ringing 0; nurse free 0; " {
			t.Errorf("it is: %s", got)
		}
		time.Sleep(21 * time.Second)
		first.was(t, "hangup: no answer")
		second.was(t, "hangup: no answer")
		nurse := w.rings("nurse1").does(t, call.Ringing{}, call.Answered{})
		romeo.was(t, "talks to Nurse/13")
		if romeo.hears() != "nurse1" || nurse.hears() != "romeo1" {
			t.Errorf("Romeo hears %q, the nurse %q", romeo.hears(), nurse.hears())
		}
		if got := w.state(); got != "juliet free 0; nurse talking 1; " {
			t.Errorf("it is: %s", got)
		}
		time.Sleep(time.Minute)
		nurse.does(t, call.Ended{Reason: call.Success})
		romeo.was(t, "hangup: success")
		time.Sleep(time.Second)
		if got := w.state(); got != "juliet free 0; nurse free 1; " {
			t.Errorf("it is: %s", got)
		}
		want(t, w, "romeo/10/romeo1 → /50 by 50, 0s: dial transfer/dst", "romeo/10/romeo1 → juliet/12: queue/agent noanswer/elsewhere",
			"romeo/10/romeo1 → nurse/13/nurse1, 1m0s: queue/agent hangup/dst")
	})
}

func TestOfThoseWhoRingOneHasTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		w.sales(func(s *directory.Team) { s.Strategy = directory.RingAll }, "juliet", "nurse")
		w.calls("romeo", "50")
		juliet, nurse := w.rings("juliet1"), w.rings("nurse1")
		nurse.does(t, call.Ringing{}, call.Answered{})
		juliet.was(t, "hangup: answered elsewhere")
		w.rings("juliet2").was(t, "hangup: answered elsewhere")
	})
}

func TestWhoHangsUpLeavesTheLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		w.sales(asIs, "juliet")
		romeo := w.calls("romeo", "50")
		romeo.does(t, call.Ended{Reason: call.Cancelled})
		w.rings("juliet1").was(t, "hangup: cancelled")
		time.Sleep(time.Second)
		if got := w.state(); got != "juliet free 0; " {
			t.Errorf("it is: %s", got)
		}
		want(t, w, "romeo/10/romeo1 → /50 by 50: dial noanswer/abandon", "romeo/10/romeo1 → juliet/12: queue/agent noanswer/abandon")
	})
}

func TestWhoIsNotTakenGoesOn(t *testing.T) {
	for _, c := range []struct {
		name   string
		team   func(*directory.Team)
		target string
		after  time.Duration
		told   string
	}{
		{"to another after the time", func(s *directory.Team) { s.InternalTimeout, s.AfterTarget = 45, "13" }, "nurse1", 46 * time.Second, "answer"},
		{"to the team's voicemail after the time", func(s *directory.Team) { s.InternalTimeout, s.AfterTarget = 45, directory.ForwardToBox }, "box of sales for romeo", 47 * time.Second, "answer, talks to Sales/50"},
		{"is told after the time", func(s *directory.Team) { s.InternalTimeout = 45 }, "text: team-nobody", 46 * time.Second, "answer"},
		{"to another when nobody is there", func(s *directory.Team) { s.Agents[0].In, s.AfterTarget = false, "13" }, "nurse1", 0, ""},
		{"is told when nobody is there", func(s *directory.Team) { s.Agents[0].Paused = "1" }, "text: team-nobody", 0, "ring early"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := start(t, telephony.Config{})
				w.sales(c.team, "juliet")
				romeo := w.calls("romeo", "50")
				time.Sleep(c.after)
				synctest.Wait()
				w.rings(c.target)
				romeo.was(t, c.told)
			})
		})
	}
}

func TestTeamsThatGoOnInACircle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{Transfers: 5})
		w.sales(func(s *directory.Team) { s.Agents, s.AfterTarget = nil, "50" })
		romeo := w.calls("romeo", "50")
		time.Sleep(10 * time.Second)
		romeo.was(t, "ring early, hangup: unavailable")
	})
}

func TestALineThatIsFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		w.sales(func(s *directory.Team) { s.MaxWaiting = 1 }, "juliet")
		w.calls("romeo", "50")
		w.calls("nurse", "50").was(t, "hangup: busy")
	})
}

func TestMembersWhoCannotTakeACallAreLeftOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		w.sales(func(s *directory.Team) { s.JoinEmpty = true }, "juliet")
		juliet := w.calls("juliet", "13")
		w.rings("nurse1").does(t, call.Ringing{}, call.Answered{})
		romeo := w.calls("romeo", "50")
		w.silent("juliet2")
		if got := w.state(); got != "Romeo waits; juliet busy 0; " {
			t.Errorf("it is: %s", got)
		}
		juliet.does(t, call.Ended{Reason: call.Success})
		time.Sleep(time.Second)
		w.rings("juliet2").does(t, call.Ended{Reason: call.Declined})
		w.rings("juliet1").was(t, "hangup: declined")
		w.forget("juliet2")
		time.Sleep(team.Rest + time.Second)
		again := w.rings("juliet2")
		w.sales(func(s *directory.Team) { s.JoinEmpty, s.Agents[0].Paused = true, "1" }, "juliet")
		again.was(t, "hangup: cancelled")
		romeo.was(t, "answer")
		w.forget("juliet1")
		w.sales(func(s *directory.Team) { s.JoinEmpty = true }, "juliet")
		w.rings("juliet1").does(t, call.Answered{})
		romeo.was(t, "talks to Juliet/12")
	})
}

// who is silent rings for no team, and is not there.
func TestASilentMemberIsNotThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		w.sales(asIs, "juliet")
		w.mu.Lock()
		u := w.users["12"]
		u.Silent = true
		w.users["12"] = u
		w.mu.Unlock()
		w.calls("romeo", "50")
		w.rings("text: team-nobody")
		w.silent("juliet1")
	})
}

// An XMPP client is a way to a member like a telephone, and comes while somebody waits.
func TestAMemberComesWithAClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		w.sales(func(s *directory.Team) { s.JoinEmpty = true }, "nurse")
		w.mu.Lock()
		w.registered["nurse1"] = false
		w.mu.Unlock()
		w.calls("romeo", "50")
		w.mu.Lock()
		w.online[user("nurse")] = true
		w.mu.Unlock()
		time.Sleep(3 * time.Second)
		w.rings("client of nurse").does(t, call.Answered{})
	})
}

func TestADeletedTeamLetsItsCallersGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		w.sales(asIs, "juliet")
		romeo := w.calls("romeo", "50")
		w.mu.Lock()
		delete(w.teams, "sales")
		w.mu.Unlock()
		w.TeamChanged("sales")
		time.Sleep(4 * time.Second)
		w.rings("juliet1").was(t, "hangup: cancelled")
		romeo.was(t, "answer, hangup: unavailable")
		if _, err := w.TeamState(context.Background(), "sales"); !fault.Is(err, fault.NotFound) {
			t.Errorf("what goes on in it: %v", err)
		}
	})
}

func TestATransferToATeam(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		w.sales(asIs, "juliet")
		w.calls("romeo", "13")
		nurse := w.rings("nurse1").does(t, call.Ringing{}, call.Answered{})
		nurse.does(t, call.TransferAsked{To: call.Party{Number: "50"}})
		nurse.was(t, "transfer done, hangup: transferred")
		w.rings("juliet1").does(t, call.Ringing{}, call.Answered{})
		time.Sleep(time.Second)
		if got := w.state(); got != "juliet talking 1; " {
			t.Errorf("it is: %s", got)
		}
	})
}

// A-129, B10: calls for a user are forwarded into the line of a team, and the records say by which ways they went.
func TestAForwardToATeam(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		w.sales(func(s *directory.Team) { s.InternalTimeout, s.AfterTarget = 30, "10" }, "juliet")
		w.forwards.set("nurse", "50")
		romeo := w.calls("romeo", "13")
		juliet := w.rings("juliet1")
		w.silent("nurse1")
		if juliet.offer.Forwards != 1 || juliet.offer.From.Name != "Romeo" {
			t.Errorf("Juliet is offered %+v", juliet.offer)
		}
		time.Sleep(time.Second)
		juliet.does(t, call.Ringing{}, call.Answered{})
		romeo.was(t, "answer, talks to Juliet/12")
		romeo.does(t, call.Ended{Reason: call.Success})
		time.Sleep(time.Second)
		customer := w.incoming(telephony.Caller{Trunk: "a", Number: "4930"}, "498913", call.Offer{})
		time.Sleep(time.Second)
		customer.does(t, call.Ended{Reason: call.Cancelled})
		want(t, w, "romeo/10/romeo1 → nurse/13 by 13: dial transfer/dst", "romeo/10/romeo1 → /50 by 50, 0s: forward/dst transfer/dst",
			"romeo/10/romeo1 → juliet/12/juliet1, 0s: queue/agent hangup/caller",
			"/+4930/a → nurse/13 by 13: dial transfer/dst", "/+4930/a → /50 by 50: forward/dst noanswer/abandon", "/+4930/a → juliet/12: queue/agent noanswer/abandon")
	})
}

// B10: who was not taken in time goes on by a row of his own.
func TestTheRecordsOfWhoIsNotTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		w.sales(func(s *directory.Team) { s.InternalTimeout, s.AfterTarget = 30, "13" }, "juliet")
		romeo := w.calls("romeo", "50")
		time.Sleep(31 * time.Second)
		synctest.Wait()
		w.rings("nurse1").does(t, call.Ringing{}, call.Answered{}, call.Ended{Reason: call.Success})
		romeo.was(t, "answer, talks to Nurse/13, hangup: success")
		want(t, w, "romeo/10/romeo1 → /50 by 50: dial noanswer/dst no answer", "romeo/10/romeo1 → juliet/12: queue/agent noanswer/dst no answer",
			"romeo/10/romeo1 → nurse/13/nurse1 by 13, 0s: queue/action hangup/dst")
	})
}

// Nobody is rung by two teams at once.
func TestTeamsShareTheirMembers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		w.sales(asIs, "juliet")
		w.sales(func(s *directory.Team) { s.ID, s.Extension = "other", "51" }, "juliet")
		w.calls("romeo", "50")
		w.rings("juliet1")
		w.forget("juliet1")
		w.calls("nurse", "51")
		w.silent("juliet1")
		time.Sleep(20 * time.Second)
		synctest.Wait()
		if o := w.rings("juliet1").offer; o.From.Name != "Nurse" {
			t.Errorf("Juliet is called by %s", o.From.Name)
		}
	})
}

// A-211, B9: who is chosen to hear of a caller does so until he is answered, left or picked up, and never of himself.
func TestOthersHearOfCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		told := map[string]int{}
		w := start(t, telephony.Config{}, func(_ *xmppd.Server, w *world) {
			w.OnPickups(func(user jid.JID, fresh []telephony.Pickup) { told[user.Local()] += len(fresh) })
		})
		hears := func(want string) {
			t.Helper()
			time.Sleep(time.Second)
			got := ""
			for _, name := range []string{"juliet", "nurse", "romeo"} {
				for _, p := range w.Pickups(user(name)) {
					got += fmt.Sprintf("%s: %s/%s for %s/%s; ", name, p.Name, p.Number, p.TeamName, p.Extension)
				}
			}
			if got != want {
				t.Errorf("they hear of %q, not %q", got, want)
			}
		}
		w.sales(func(s *directory.Team) { s.Notify = directory.NotifyNonMembers }, "juliet")
		customer := w.incoming(telephony.Caller{Trunk: "a", Number: "4930", Name: "Paris"}, "498950", call.Offer{})
		hears("nurse: Paris/+4930 for Sales/50; romeo: Paris/+4930 for Sales/50; ")
		w.calls("romeo", "50")
		hears("nurse: Paris/+4930 for Sales/50; nurse: Romeo/10 for Sales/50; romeo: Paris/+4930 for Sales/50; ")
		if told["romeo"] != 1 || told["nurse"] != 2 || told["juliet"] != 0 {
			t.Errorf("it was told %v", told)
		}
		w.rings("juliet1").does(t, call.Ringing{}, call.Answered{})
		hears("nurse: Romeo/10 for Sales/50; ")
		customer.does(t, call.Ended{Reason: call.Success})
		nurse := w.calls("nurse", telephony.TakeCode(w.Pickups(user("nurse"))[0].Call))
		hears("")
		nurse.does(t, call.Ended{Reason: call.Success})
		time.Sleep(time.Second)
		w.sales(asIs, "juliet")
		w.calls("romeo", "50")
		hears("")
		w.sales(func(s *directory.Team) { s.Notify = directory.NotifyGroup }, "juliet") // while he waits
		hears("nurse: Romeo/10 for Sales/50; ")
	})
}
