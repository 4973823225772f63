package team_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"plenum/components/directory"
	"plenum/components/telephony/team"
	"plenum/xmppd/jid"
)

// A history is a random course of events, and what must hold in it.
type history struct {
	t        *testing.T
	r        *rand.Rand
	q        *team.Queue
	settings directory.Team
	now      time.Time

	made    int
	waiting map[team.CallID]time.Time // and since when
	inside  map[team.CallID]bool
	rings   map[jid.JID]team.CallID
	number  map[jid.JID]int // of the ringing
	talks   map[jid.JID]team.CallID
	phones  map[jid.JID]team.Phone
	engaged map[jid.JID]bool
	rested  map[jid.JID]time.Time
	wrapped map[jid.JID]time.Time
	skills  map[jid.JID]map[string]int
	needs   map[team.CallID]map[string]int
	log     []string
}

func (h *history) fail(format string, args ...any) {
	h.t.Helper()
	for _, line := range h.log {
		h.t.Log(line)
	}
	h.t.Fatalf(format, args...)
}

func (h *history) serves(user jid.JID) bool {
	a, ok := h.settings.Agent(user)
	return ok && a.In && a.Paused == ""
}

// see follows what the queue says.
func (h *history) see(what string, outs []team.Out) {
	h.log = append(h.log, fmt.Sprintf("%v %s: %v", h.now.Sub(start), what, outs))
	for _, o := range outs {
		switch o := o.(type) {
		case team.Joined:
			h.waiting[o.Call] = h.now
		case team.Refused:
			if _, ok := h.waiting[o.Call]; ok {
				h.fail("%s waits and is refused", o.Call)
			}
		case team.Ring:
			h.ring(o)
		case team.Stop:
			if h.rings[o.Member] != o.Call {
				h.fail("%s is not rung for %s", o.Member, o.Call)
			}
			delete(h.rings, o.Member)
		case team.Announce:
			if i := slices.IndexFunc(h.q.Waiting(), func(w team.Waiting) bool { return w.Call == o.Call }); i+1 != o.Position {
				h.fail("position %d is announced to number %d", o.Position, i+1)
			}
		case team.Left:
			if _, ok := h.waiting[o.Call]; !ok {
				h.fail("%s leaves and does not wait", o.Call)
			}
			h.gone(o.Call)
		}
	}
	h.holds()
}

func (h *history) ring(o team.Ring) {
	if _, ok := h.waiting[o.Call]; !ok || len(o.Members) == 0 || o.Timeout <= 0 {
		h.fail("%v for who does not wait, or for nobody", o)
	}
	for _, m := range o.Members {
		if h.rings[m] != "" || h.talks[m] != "" || !h.serves(m) || h.phones[m] != team.Idle || h.engaged[m] ||
			h.rested[m].After(h.now) || h.wrapped[m].After(h.now) {
			h.fail("%s must not be rung", m)
		}
		if !h.suits(m, o.Call) {
			h.fail("%s has %v, and %s needs %v", m, h.skills[m], o.Call, h.needs[o.Call])
		}
		h.rings[m], h.number[m] = o.Call, o.Number
	}
	if h.settings.Strategy != directory.RingAll && h.count(o.Call) != 1 {
		h.fail("%d are rung for %s", h.count(o.Call), o.Call)
	}
}

// suits reports whether somebody has the skills that a call needs.
func (h *history) suits(user jid.JID, id team.CallID) bool {
	for name, level := range h.needs[id] {
		if h.skills[user][name] < level {
			return false
		}
	}
	return true
}

// some are levels of none to two skills.
func (h *history) some() map[string]int {
	list := make(map[string]int)
	for _, name := range []string{"spanish", "billing"} {
		if h.r.IntN(3) == 0 {
			list[name] = 1 + h.r.IntN(3)
		}
	}
	return list
}

func (h *history) count(id team.CallID) (n int) {
	for _, call := range h.rings {
		if call == id {
			n++
		}
	}
	return n
}

func (h *history) gone(id team.CallID) {
	delete(h.waiting, id)
	for m, call := range h.rings {
		if call == id {
			delete(h.rings, m)
		}
	}
}

// holds checks the state as it is after each event.
func (h *history) holds() {
	list := h.q.Waiting()
	if len(list) != len(h.waiting) {
		h.fail("%d wait, and %d should", len(list), len(h.waiting))
	}
	if h.settings.MaxWaiting > 0 && len(list) > h.settings.MaxWaiting+10 { // the limit may have been lowered since
		h.fail("%d wait", len(list))
	}
	for _, w := range list {
		if len(w.Rings) != h.count(w.Call) {
			h.fail("%v are rung for %s, and %d should", w.Rings, w.Call, h.count(w.Call))
		}
		for _, m := range w.Rings {
			if !h.suits(m, w.Call) {
				h.fail("%s is rung for %s and does not suit", m, w.Call)
			}
		}
		for _, a := range h.settings.Agents {
			if len(w.Rings) == 0 && h.suits(a.User, w.Call) && h.q.Doing(h.now, a.User) == team.Free && !h.rested[a.User].After(h.now) {
				h.fail("%s is free and suits, and %s waits and nobody is rung for him", a.User, w.Call)
			}
		}
		limit := h.settings.ExternalTimeout
		if h.inside[w.Call] {
			limit = h.settings.InternalTimeout
		}
		end := w.Since.Add(time.Duration(limit) * time.Second)
		if !h.now.Before(end) {
			h.fail("%s waits too long", w.Call)
		}
		if next := h.q.Next(); next.IsZero() || next.After(end) {
			h.fail("nobody looks after %s in time: %v", w.Call, next)
		}
	}
}

func (h *history) someone() jid.JID { return user(h.r.IntN(6)) }

func (h *history) someCall() team.CallID {
	return team.CallID(fmt.Sprint(h.r.IntN(h.made + 1)))
}

func (h *history) step() {
	if h.r.IntN(2) == 0 {
		h.now = h.now.Add(time.Duration(h.r.IntN(9000)) * time.Millisecond)
		if next := h.q.Next(); !next.IsZero() && next.Before(h.now) {
			h.now = next
		}
		h.see("tick", h.q.Tick(h.now))
	}
	who, id := h.someone(), h.someCall()
	switch h.r.IntN(13) {
	case 0, 1, 2:
		h.made++
		id = team.CallID(fmt.Sprint(h.made))
		h.inside[id], h.needs[id] = h.r.IntN(2) == 0, h.some()
		h.see(fmt.Sprint("join ", id, h.needs[id]), h.q.Join(h.now, id, team.Caller{Inside: h.inside[id], Priority: h.r.IntN(3), Needs: h.needs[id]}))
	case 3, 4:
		h.gone(id)
		h.freed(id)
		h.see("leave "+string(id), h.q.Leave(h.now, id))
	case 5, 6:
		if id = h.rings[who]; id != "" {
			h.gone(id)
			h.talks[who] = id
			h.see(fmt.Sprint("answered ", id, " ", who), h.q.Answered(h.now, id, who))
		}
	case 7:
		if id = h.rings[who]; id != "" {
			delete(h.rings, who)
			h.rested[who] = h.now.Add(team.Rest)
			h.see(fmt.Sprint("failed ", id, " ", who), h.q.Failed(h.now, id, who, h.number[who]))
		}
	case 8:
		if id = h.talks[who]; id != "" {
			delete(h.talks, who)
			h.wrapped[who] = h.now.Add(time.Duration(h.settings.WrapUp) * time.Second)
			h.see(fmt.Sprint("done ", id, " ", who), h.q.Done(h.now, id, who))
		}
	case 9:
		if _, ok := h.settings.Agent(who); ok {
			h.phones[who] = team.Phone(h.r.IntN(3))
			h.see(fmt.Sprint("phone ", who, h.phones[who]), h.q.Phone(h.now, who, h.phones[who]))
		}
	case 10:
		if _, ok := h.settings.Agent(who); ok {
			h.engaged[who] = h.r.IntN(4) == 0
			h.q.Engage(who, h.engaged[who])
			h.see(fmt.Sprint("engaged ", who, h.engaged[who]), h.q.Tick(h.now))
		}
	case 11:
		if _, ok := h.settings.Agent(who); ok {
			h.skills[who] = h.some()
			h.q.Know(who, h.skills[who])
			h.see(fmt.Sprint("knows ", who, h.skills[who]), h.q.Tick(h.now))
		}
	default:
		h.configure()
	}
}

// freed notes that a call is over for who had it.
func (h *history) freed(id team.CallID) {
	for m, call := range h.talks {
		if call == id {
			delete(h.talks, m)
			h.wrapped[m] = h.now.Add(time.Duration(h.settings.WrapUp) * time.Second)
		}
	}
}

// configure changes what members do, or who they are.
func (h *history) configure() {
	s := h.settings
	s.Agents = slices.Clone(s.Agents)
	i := h.r.IntN(len(s.Agents))
	switch h.r.IntN(4) {
	case 0:
		s.Agents[i].In = !s.Agents[i].In
	case 1:
		s.Agents[i].Paused = []string{"", "1"}[h.r.IntN(2)]
	case 2:
		s.Agents[i].Priority = h.r.IntN(2)
	case 3:
		s.Strategy = directory.Strategies()[h.r.IntN(len(directory.Strategies()))]
		s.LeaveEmpty, s.JoinEmpty = h.r.IntN(2) == 0, h.r.IntN(2) == 0
		if s.Strategy != directory.RingAll { // one who rings all goes on
			for id := range h.waiting {
				if h.count(id) > 1 {
					return
				}
			}
		}
	}
	h.settings = s
	h.see("configure", h.q.Configure(h.now, s))
}

// No history breaks what must hold: one call for each member, nobody forgotten, everybody's time ends.
func TestRandomHistories(t *testing.T) {
	for seed := range uint64(5000) {
		settings := five(directory.Strategies()[seed%8])
		settings.MaxWaiting, settings.WrapUp, settings.InternalTimeout, settings.ExternalTimeout, settings.Announce = 5, 7, 60, 90, 10
		h := &history{
			t: t, r: rand.New(rand.NewPCG(seed, 7)), q: open(settings), settings: settings, now: start, waiting: make(map[team.CallID]time.Time),
			inside: make(map[team.CallID]bool), rings: make(map[jid.JID]team.CallID), number: make(map[jid.JID]int), talks: make(map[jid.JID]team.CallID),
			phones: make(map[jid.JID]team.Phone), engaged: make(map[jid.JID]bool), rested: make(map[jid.JID]time.Time),
			wrapped: make(map[jid.JID]time.Time), skills: make(map[jid.JID]map[string]int), needs: make(map[team.CallID]map[string]int),
		}
		for _, a := range settings.Agents {
			h.phones[a.User] = team.Idle
		}
		for range 60 {
			h.step()
		}
		for i := 0; len(h.waiting) > 0; i++ { // time alone sends everybody away
			if h.now = h.q.Next(); i > 1000 || h.now.IsZero() {
				h.fail("%v wait for ever", h.waiting)
			}
			h.see("tick", h.q.Tick(h.now))
		}
		if len(h.rings) > 0 {
			h.fail("%v are rung for nobody", h.rings)
		}
	}
}
