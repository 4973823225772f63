package telephony

import (
	"fmt"
	"slices"
	"time"

	"plenum/components/call"
	"plenum/components/telephony/team"
	"plenum/xmppd/jid"
)

// longest is how long a call may last: a short one lets time alone end what goes on.
const longest = 5 * time.Minute

// machine makes one as the service does.
func (w *town) machine(l *liveCall, who dialler, cfg call.Config) *machine {
	cfg.Party, cfg.Longest = w.plan.party(who), longest
	return &machine{
		Call: call.New(w.now, cfg), id: fmt.Sprint("call", w.made), plan: w.plan, legs: w.legs, live: l, newLeg: w.newLeg, ring: 20 * time.Second,
		transfers: 3, dialler: who, served: l.caller, rang: map[call.LegID]bool{},
	}
}

func (w *town) begin(c Caller, number string) *liveCall {
	l := &liveCall{caller: c, began: w.now, mine: map[call.LegID]bool{}}
	who := w.plan.dialler(c)
	id := w.newLeg()
	w.made++
	l.machine = w.machine(l, who, call.Config{Caller: id})
	w.legs.add(&party{leg: id, Caller: c, shown: w.plan.party(who)}, l)
	w.calls = append(w.calls, l)
	w.lives(id, l)
	w.step(l, "", begin{dialled: number})
	return l
}

// dials begins a call for somebody at his own telephone.
func (w *town) dials(c Caller, number string) {
	l := &liveCall{caller: c, began: w.now, mine: map[call.LegID]bool{}}
	who := w.plan.dialler(c)
	id := w.newLeg()
	w.made++
	l.machine = w.machine(l, who, call.Config{Caller: id, Direction: call.Outgoing})
	l.machine.first, l.machine.giveUp = number, w.now.Add(20*time.Second)
	own := target{party: call.Party{JID: c.User}, user: c.User, device: c.Device}
	w.legs.add(&party{leg: id, direction: call.Outgoing, Caller: c, shown: w.plan.party(who), target: own, begins: true}, l)
	w.calls = append(w.calls, l)
	w.step(l, "", callOut{leg: id})
}

func (w *town) lives(id call.LegID, l *liveCall) {
	w.alive = append(w.alive, id)
	w.answers[id] = l
}

func (w *town) dies(id call.LegID) {
	if i := slices.Index(w.alive, id); i >= 0 {
		w.alive[i] = w.alive[len(w.alive)-1]
		w.alive = w.alive[:len(w.alive)-1]
	}
	delete(w.answers, id)
}

// step does what a runner does.
func (w *town) step(l *liveCall, from call.LegID, e call.Event) {
	m := l.machine
	if m.Over() || from != "" && w.answers[from] != l {
		return
	}
	if w.messages++; w.messages > 5000 {
		w.fail("a loop without end")
	}
	w.note("%p %s %T%+v", l, from, e, e)
	if _, ended := e.(call.Ended); ended {
		w.dies(from)
	}
	orders := m.Step(w.now, from, e)
	if _, ended := e.(call.Ended); ended {
		w.legs.remove(from, l)
	}
	effects := m.effects
	for _, o := range orders {
		w.note("    %v", o)
		w.order(l, o)
	}
	w.see(l)
	w.check(l)
	if m.Over() {
		w.legs.end(l)
		w.calls = slices.DeleteFunc(w.calls, func(other *liveCall) bool { return other == l })
	}
	for _, f := range effects {
		w.effect(l, f)
	}
}

// see follows what users do by a call; the lines hear of it some time later.
func (w *town) see(l *liveCall) {
	before, now := w.does[l], l.machine.phones()
	if slices.Equal(before, now) {
		return
	}
	for _, d := range before {
		w.letters = append(w.letters, phoneMoved{d.user})
	}
	for _, d := range now {
		w.letters = append(w.letters, phoneMoved{d.user})
	}
	if len(now) == 0 {
		delete(w.does, l)
	} else {
		w.does[l] = now
	}
}

func (w *town) order(l *liveCall, o call.Order) {
	switch o.Command.(type) {
	case call.Place:
		if w.answers[o.Leg] != nil {
			w.fail("%s is placed twice", o.Leg)
		}
		if p := w.legs.get(o.Leg); p == nil {
			w.fail("%s is placed, and nobody knows where it leads to", o.Leg)
		}
		w.lives(o.Leg, l)
	case call.Hangup:
		if w.answers[o.Leg] != l {
			w.fail("%v to a leg that is gone, or another call's", o)
		}
		w.dies(o.Leg)
		w.legs.remove(o.Leg, l)
	case call.Over, call.Exhausted:
	default:
		if w.answers[o.Leg] != l {
			w.fail("%v to a leg that is gone, or another call's", o)
		}
	}
}

func (w *town) effect(l *liveCall, f effect) {
	switch f := f.(type) {
	case save:
		if old, ok := w.rows[f.ID]; ok && old.Result != ResultOpen {
			w.fail("the record %s was closed as %s and is written again: %+v", f.ID, old.Result, f.Record)
		}
		if f.Parent != "" && w.rows[f.Parent].Chain != f.Chain {
			w.fail("%+v does not go on from its parent", f.Record)
		}
		w.rows[f.ID] = f.Record
	case handOver:
		w.handOver(l, f)
	case ask:
		if f.to != nil && !f.to.machine.Over() {
			w.step(f.to, "", f.event)
		} else if f.otherwise != nil {
			w.step(l, "", f.otherwise)
		}
	case toLine:
		if _, took := f.do.(answered); took {
			w.served[0]++
		}
		w.letters = append(w.letters, f.lineEvent)
	}
}

func (w *town) handOver(l *liveCall, f handOver) {
	w.legs.move(f.leg, f.to)
	if w.answers[f.leg] != l {
		return
	}
	w.note("%p hands %s over to %p", l, f.leg, f.to)
	if f.to.machine.Over() {
		w.dies(f.leg)
		w.step(l, "", call.Release{Leg: f.leg})
		return
	}
	w.answers[f.leg] = f.to
	w.handed++
	if f.to.machine.line() != "" {
		w.served[2]++
	}
	w.step(l, "", call.Release{Leg: f.leg})
	w.step(f.to, "", f.adopt)
}

// check looks at what must hold after every step.
func (w *town) check(l *liveCall) {
	m := l.machine
	if m.Over() {
		for id, owner := range w.answers {
			if owner == l {
				w.fail("the call is over and has left %s behind", id)
			}
		}
		if next := m.Next(); !next.IsZero() || m.waiting != nil || m.talks != nil {
			w.fail("the call is over, and something is to happen at %v: %+v, %+v", next, m.waiting, m.talks)
		}
	}
	talk := m.pair()[1] != ""
	if talk && (len(m.Legs()) != 2 || m.waiting != nil) {
		w.fail("two talk, and others ring or wait: %v, %+v", m.Legs(), m.waiting)
	}
	if m.row == nil {
		return
	}
	if open := m.row.Result == ResultOpen; open == m.Over() {
		w.fail("over: %v, and the record is %+v", m.Over(), *m.row)
	}
	pair := m.pair()
	if menu := m.inMenu(pair[0]) || m.inMenu(pair[1]); !m.Over() && (talk && !menu) != !m.row.Answered.IsZero() {
		w.fail("two talk: %v, and the record is %+v", talk, *m.row)
	}
	for _, d := range w.does[l] {
		if d.user.IsZero() || d.Doing != Talking && d.Doing != Ringing {
			w.fail("somebody does %+v", d)
		}
	}
}

// post carries what calls and lines tell each other: all of it, or what chance wants.
func (w *town) post(all bool) {
	for all || w.rnd.IntN(4) > 0 {
		n := len(w.letters)
		var to *liveCall
		for _, l := range w.calls {
			if len(w.mail[l]) > 0 && (to == nil || w.rnd.IntN(2) == 0) {
				to = l
			}
		}
		switch {
		case n == 0 && to == nil:
			w.agree()
			return
		case to == nil, n > 0 && w.rnd.IntN(2) == 0:
			if w.messages++; w.messages > 5000 {
				w.fail("calls and lines have no end of telling each other")
			}
			letter := w.letters[0]
			w.letters = w.letters[1:]
			w.note("lines: %T%+v", letter, letter)
			letter.apply(w.lines)
		default:
			e := w.mail[to][0]
			w.mail[to] = w.mail[to][1:]
			if _, left := e.(lineLeft); left {
				w.served[1]++
			}
			w.step(to, "", e)
		}
	}
}

// agree looks at what must hold when everything has been told.
func (w *town) agree() {
	clear(w.mail)
	waits := 0
	for _, l := range w.calls {
		if m := l.machine; m.waiting != nil {
			waits++
			if w.lines.calls[m.waiting.id].call != l {
				w.fail("%s waits, and its line does not know", m.waiting.id)
			}
		}
	}
	if waits != len(w.lines.calls) {
		w.fail("%d calls wait, and the lines have %v", waits, w.lines.calls)
	}
	rung := make(map[jid.JID]string)
	for id, q := range w.lines.queues {
		for _, c := range q.Waiting() {
			m := w.lines.calls[c.Call].call.machine
			slices.SortFunc(c.Rings, jid.JID.Compare)
			var has []jid.JID
			for _, f := range m.waiting.rung {
				has = append(has, f.user)
			}
			slices.SortFunc(has, jid.JID.Compare)
			if !slices.Equal(has, c.Rings) {
				w.fail("for %s the line has %v rung, and the call %v", c.Call, c.Rings, has)
			}
			for _, user := range c.Rings {
				if rung[user] != "" {
					w.fail("%s is rung by %s and %s", user, rung[user], id)
				}
				rung[user] = id
			}
		}
		for _, user := range q.Members() {
			talks := slices.ContainsFunc(w.calls, func(l *liveCall) bool {
				s := l.machine.talks
				return s != nil && s.team == id && s.user == user
			})
			if does := q.Doing(w.now, user); does == team.Talking && !talks {
				w.fail("%s has no call of %s, and the line has him in one", user, id)
			}
		}
	}
}
