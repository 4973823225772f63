package telephony_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/call"
	"plenum/components/directory"
	"plenum/components/telephony"
	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmpptest"
)

// viewers see the team, and are supervisors.
type viewers struct {
	mu     sync.Mutex
	see    map[jid.JID]bool
	bosses map[jid.JID]bool
}

func (v *viewers) SeesTeam(user jid.JID, team string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return team == "sales" && v.see[user]
}

func (v *viewers) Holds(user jid.JID, t directory.PermissionType) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return t == directory.Supervisor && v.bosses[user]
}

func (v *viewers) set(user jid.JID, sees bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.see == nil {
		v.see, v.bosses = map[jid.JID]bool{}, map[jid.JID]bool{}
	}
	v.see[user] = sees
}

func (v *viewers) boss(user jid.JID, is bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.bosses[user] = is
}

// mute carries no calls.
type mute struct{}

func (mute) Deliver(jid.JID, *xmppd.Stanza) bool { return false }
func (mute) Caps(string) []byte                  { return nil }
func (mute) Features(string) []string            { return []string{"urn:xmpp:jingle:1"} }

// facing starts a world whose teams can be seen.
func facing(t *testing.T) *world {
	return start(t, telephony.Config{}, func(_ *xmppd.Server, w *world) { w.Serve(mute{}) })
}

// watches has a user see the team, and his client ask for it, as the server does for those who have it in their contact list.
func (w *world) watches(who string) *xmpptest.Client {
	w.t.Helper()
	c := w.srv.Login(who).Available()
	w.viewers.set(c.JID.Bare(), true)
	c.Send("<presence type='probe' to='sales@pbx.example.org'/>")
	synctest.Wait()
	return c
}

// seen are the states of the team that a client was told since it was last asked.
func seen(c *xmpptest.Client) string {
	synctest.Wait()
	var list []string
	for _, p := range c.Drain() {
		if !strings.HasPrefix(p.From(), "sales@pbx.") {
			continue
		}
		show, _ := p.Child(xmppd.NSClient, "show")
		status, _ := p.Child(xmppd.NSClient, "status")
		list = append(list, strings.TrimPrefix(show.Text()+": "+status.Text(), ": "))
	}
	return strings.Join(list, " | ")
}

// what happens to a team within a second is one change for those inside, and none for others, however many they are.
func TestAFloodOfChangesIsOneOfPresence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := facing(t)
		w.sales(asIs, "nurse", "juliet", "romeo")
		inside := w.watches("romeo")
		var others []*xmpptest.Client
		for i := range 200 {
			others = append(others, w.watches(fmt.Sprint("user", i)))
		}
		if got := seen(inside); got != "3 agents free" {
			t.Fatalf("Romeo sees %q", got)
		}
		for i, c := range others {
			if got := seen(c); got != "dnd: " {
				t.Fatalf("user%d sees %q", i, got)
			}
		}
		time.Sleep(time.Minute)
		for i := range 99 {
			w.sales(func(team *directory.Team) { team.Agents[0].In, team.Agents[1].In = i%2 > 0, i%3 > 0 }, "nurse", "juliet", "romeo")
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(2 * time.Second)
		if got := strings.Split(seen(inside), " | "); len(got) > 3 || got[len(got)-1] != "2 agents free" {
			t.Errorf("Romeo sees %q", got)
		}
		for i, c := range others {
			if got := seen(c); got != "" {
				t.Errorf("user%d sees %q", i, got)
			}
		}
	})
}

// A-208, B9: callers who wait, agents who talk, and one who wraps up and is free without anything having happened.
func TestPresenceOfATeamAtWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := facing(t)
		wrap := func(team *directory.Team) { team.WrapUp = 30 }
		w.sales(wrap, "nurse")
		boss := w.srv.Login("boss").Available()
		w.viewers.set(user("boss"), true)
		boss.Send("<presence type='probe' to='sales@pbx.example.org'/>")
		told := func(want string) {
			t.Helper()
			time.Sleep(2 * time.Second)
			if got := seen(boss); got != want {
				t.Errorf("the boss sees %q, not %q", got, want)
			}
		}
		told("dnd: ")
		w.viewers.boss(user("boss"), true)
		w.TeamsTurned()
		told("1 agent free")
		romeo := w.calls("romeo", "50")
		nurse := w.rings("nurse1").does(t, call.Ringing{})
		told("dnd: All agents are busy, 1 caller waiting")
		juliet := w.calls("juliet", "50")
		told("dnd: All agents are busy, 2 callers waiting")
		nurse.does(t, call.Answered{})
		told("dnd: All agents are busy, 1 caller waiting")
		juliet.does(t, call.Ended{Reason: call.Success})
		told("dnd: All agents are busy")
		romeo.does(t, call.Ended{Reason: call.Success})
		time.Sleep(10 * time.Second)
		told("")
		time.Sleep(20 * time.Second)
		told("1 agent free")
		w.viewers.boss(user("boss"), false)
		w.TeamsTurned()
		told("dnd: ")
		w.sales(asIs)
		told("")
	})
}

// A client by which a member can be called comes and goes.
func TestATeamHasAnAgentWithoutATelephone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := facing(t)
		w.mu.Lock()
		w.registered["nurse1"] = false
		w.mu.Unlock()
		w.sales(asIs, "nurse", "romeo")
		w.sales(func(team *directory.Team) { team.Agents[1].Paused = "1" }, "nurse", "romeo")
		romeo := w.watches("romeo")
		if got := seen(romeo); got != "away: No agent is available" {
			t.Errorf("Romeo sees %q", got)
		}
		online := func(is bool) {
			w.mu.Lock()
			w.online[user("nurse")] = is
			w.mu.Unlock()
		}
		online(true)
		nurse := w.srv.Login("nurse")
		time.Sleep(2 * time.Second)
		if got := seen(romeo); got != "1 agent free" {
			t.Errorf("Romeo sees %q", got)
		}
		desk := w.srv.Login("romeo/desk").Available()
		desk.Send("<presence type='probe' to='sales@pbx.example.org'/>")
		if got := seen(desk) + seen(romeo); got != "1 agent free" {
			t.Errorf("his two clients see %q", got)
		}
		online(false)
		nurse.Close()
		time.Sleep(2 * time.Second)
		for _, c := range []*xmpptest.Client{romeo, desk} {
			if got := seen(c); got != "away: No agent is available" {
				t.Errorf("Romeo sees %q", got)
			}
		}
	})
}

// In a cluster the telephones are at one node, and those at another see the same.
func TestATeamIsSeenFromAnotherNode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var worlds []*world
		a, b := xmpptest.Two(t, func(s *xmppd.Server) {
			w := newWorld(t)
			w.register(s, telephony.Config{}, len(worlds) == 0)
			w.Serve(mute{})
			worlds = append(worlds, w)
		})
		worlds[0].srv, worlds[1].srv = a, b
		worlds[1].registered = map[string]bool{}
		time.Sleep(3 * time.Second) // they have found each other
		var watchers []*xmpptest.Client
		for i, w := range worlds {
			w.sales(asIs, "nurse", "romeo")
			w.sales(func(team *directory.Team) { team.Agents[1].Paused = "1" }, "nurse", "romeo")
			watchers = append(watchers, w.watches(fmt.Sprint("romeo/", i)))
		}
		told := func(want string) {
			t.Helper()
			time.Sleep(3 * time.Second)
			for i, c := range watchers {
				list := strings.Split(seen(c), " | ")
				if got := list[len(list)-1]; got != want {
					t.Errorf("at node %d it is %q, not %q", i, got, want)
				}
			}
		}
		told("1 agent free")
		w := worlds[0]
		juliet := w.calls("juliet", "50")
		nurse := w.rings("nurse1").does(t, call.Ringing{})
		told("dnd: All agents are busy, 1 caller waiting")
		nurse.does(t, call.Answered{})
		told("dnd: All agents are busy")
		juliet.does(t, call.Ended{Reason: call.Success})
		told("1 agent free")
	})
}
