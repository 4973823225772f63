package telephony_test

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/call"
	"plenum/components/directory"
	"plenum/components/telephony"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

func (o office) AtLoginCode(digits string) (directory.Team, string, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, t := range o.teams {
		if rest, ok := strings.CutPrefix(digits, t.LoginCode); ok && t.LoginCode != "" {
			return t, rest, true
		}
	}
	return directory.Team{}, "", false
}

func (o office) Of(user jid.JID) (list []directory.Team) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(o.teams)) {
		t := o.teams[id]
		if _, member := t.Agent(user); member {
			list = append(list, t)
		}
	}
	return list
}

func (o office) LogIn(_ context.Context, by jid.JID, id string, who jid.JID, in bool) error {
	return o.move(by, id, who, func(a *directory.Agent) { a.In, a.Paused = in, "" })
}

func (o office) Pause(_ context.Context, by jid.JID, id string, who jid.JID, reason string) error {
	return o.move(by, id, who, func(a *directory.Agent) { a.Paused = reason })
}

// move changes a member; only the nurse may change others.
func (o office) move(by jid.JID, id string, who jid.JID, change func(*directory.Agent)) error {
	if by != who && by != user("nurse") {
		return fault.New(fault.Forbidden, "not he")
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	t := o.teams[id]
	t.Agents = slices.Clone(t.Agents)
	for i := range t.Agents {
		if t.Agents[i].User == who {
			change(&t.Agents[i])
		}
	}
	o.teams[id] = t
	return nil
}

// teamCodes are those of the world.
func (w *world) teamCodes() telephony.TeamCodes {
	return telephony.TeamCodes{Speaker: telephony.Speaker{Prompts: w.reader, Log: slog.New(slog.DiscardHandler)}, Agents: office{w}, People: w}
}

// agents writes what the members of all teams do.
func (w *world) agents() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []string
	for _, id := range slices.Sorted(maps.Keys(w.teams)) {
		for _, a := range w.teams[id].Agents {
			does := "out"
			if a.In {
				does = "in"
			}
			list = append(list, fmt.Sprint(id, " ", a.User.Local(), " ", does, a.Paused))
		}
	}
	return strings.Join(list, ", ")
}

// B7
func TestTeamCodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		lunch := func(s *directory.Team) {
			s.PauseReasons = []directory.PauseReason{{Code: "1", Title: "Lunch"}}
			for i := range s.Agents {
				s.Agents[i].In = false
			}
		}
		w.sales(func(s *directory.Team) {
			lunch(s)
			s.LoginCode = "90"
		}, "juliet", "nurse")
		w.sales(func(s *directory.Team) {
			lunch(s)
			s.ID, s.Extension = "support", "51"
			s.PauseReasons = append(s.PauseReasons, directory.PauseReason{Code: "2", Title: "Training"})
			s.Agents[1].Dynamic, s.Agents[1].In = false, true
		}, "juliet", "nurse")
		for _, c := range []struct{ by, dialled, said, do string }{
			{"juliet", "*99#12", "agent-extension 1 2 agent-in", "sales juliet in, sales nurse out, support juliet in, support nurse in"},
			{"juliet", "*9950#12", "team 5 0 agent-extension 1 2 agent-out", "sales juliet out, sales nurse out, support juliet in, support nurse in"},
			{"juliet", "*99#12#1", "agent-extension 1 2 agent-paused", "sales juliet out, sales nurse out, support juliet in1, support nurse in"},
			{"juliet", "*99#12#2", "agent-extension 1 2 agent-paused", "sales juliet out, sales nurse out, support juliet in2, support nurse in"},
			{"juliet", "*9951#12#2", "team 5 1 agent-extension 1 2 agent-goes-on", "sales juliet out, sales nurse out, support juliet in, support nurse in"},
			{"juliet", "*9950#12#2", "team 5 0 agent-extension 1 2 agent-bad-reason", ""},
			{"juliet", "*9950#12#1", "team 5 0 agent-extension 1 2 agent-not-in", ""},
			{"juliet", "*9012", "team 5 0 agent-extension 1 2 agent-in", "sales juliet in, sales nurse out, support juliet in, support nurse in"},
			{"juliet", "*99#12", "agent-extension 1 2 agent-out", "sales juliet out, sales nurse out, support juliet out, support nurse in"},
			{"juliet", "*9013", "team 5 0 agent-extension 1 3 agent-forbidden", ""},
			{"nurse", "*9012", "team 5 0 agent-extension 1 2 agent-in", "sales juliet in, sales nurse out, support juliet out, support nurse in"},
			{"nurse", "*9951#13", "team 5 1 agent-extension 1 3 agent-always-in", ""},
			{"nurse", "*9951#13#1", "team 5 1 agent-extension 1 3 agent-paused", "sales juliet in, sales nurse out, support juliet out, support nurse in1"},
			{"nurse", "*99#10", "agent-extension 1 0 agent-no-member", ""},
			{"nurse", "*9950#10", "team 5 0 agent-extension 1 0 agent-no-member", ""},
			{"nurse", "*9949#13", "team-unknown", ""},
			{"nurse", "*99#77", "extension-unknown", ""},
			{"nurse", "*99", "code-wrong", ""},
			{"nurse", "*9950", "code-wrong", ""},
			{"nurse", "*99#", "code-wrong", ""},
			{"nurse", "*99#12#", "code-wrong", ""},
			{"nurse", "*99#12#1#1", "code-wrong", ""},
			{"nurse", "*99#1*2", "code-wrong", ""},
			{"nurse", "*90", "code-wrong", ""},
		} {
			before := w.agents()
			shown := "Team"
			if strings.HasPrefix(c.dialled, "*90") { // the team says what it is called
				shown = "Sales"
			}
			p := w.calls(c.by, c.dialled)
			time.Sleep(20 * time.Second)
			synctest.Wait()
			p.was(t, "answer, talks to "+shown+"/"+c.dialled+", hangup: finished")
			w.reader.was(t, c.said)
			if c.do == "" {
				c.do = before
			}
			if got := w.agents(); got != c.do {
				t.Errorf("after %s they do: %s, not: %s", c.dialled, got, c.do)
			}
		}
		p := w.incoming(telephony.Caller{Trunk: "a", Number: "4930"}, "4989*9012", call.Offer{})
		time.Sleep(10 * time.Second)
		p.was(t, "ring early, hangup: not found") // nobody does that from outside
	})
}

// What the directory keeps free of login codes is all that can be dialled with a star.
func TestFunctionCodesAreKnownToTheDirectory(t *testing.T) {
	w := newWorld(t)
	known := directory.StandardCodes()
	for _, c := range w.codes() {
		if !slices.Contains(known, c.Prefix) {
			t.Errorf("a team may have the code of %s", c.Prefix)
		}
	}
	for _, code := range telephony.FixedCodes {
		if !slices.Contains(known, code) {
			t.Errorf("a team may have the code of %s", code)
		}
	}
}
