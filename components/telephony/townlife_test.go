package telephony

import (
	"fmt"
	"slices"
	"time"

	"plenum/components/call"
	"plenum/components/directory"
	"plenum/xmppd/jid"
)

var (
	numbers = []string{"80", "81", "10", "11", "12", "13", "14", "99", "00123", "112", "*80", "", "*42#5", "50", "51", "50", "51"}
	picks   = []string{"*8", "*810", "*811", "*812", "*899", "*850", "*851"}
)

func (w *town) anyLeg() (call.LegID, *liveCall) {
	if len(w.alive) == 0 {
		return "gone", nil
	}
	id := w.alive[w.rnd.IntN(len(w.alive))]
	return id, w.answers[id]
}

// otherLine is another leg of the same user, or any leg.
func (w *town) otherLine(id call.LegID) call.LegID {
	who := w.legs.get(id)
	for _, other := range w.alive {
		if p := w.legs.get(other); who != nil && who.Inside() && p != nil && p.User == who.User && w.answers[other] != w.answers[id] && w.rnd.IntN(2) == 0 {
			return other
		}
	}
	other, _ := w.anyLeg()
	return other
}

func (w *town) number() string { return numbers[w.rnd.IntN(len(numbers))] }

func (w *town) anybody() Caller {
	return Caller{User: jid.MustParse(fmt.Sprintf("u1%d@example.org", w.rnd.IntN(5))), Device: "x"}
}

// passes lets time pass: whose timers are due is told, late now and then.
func (w *town) passes(d time.Duration) {
	w.now = w.now.Add(d)
	for _, l := range slices.Clone(w.calls) {
		if next := l.machine.Next(); !next.IsZero() && !next.After(w.now) && w.rnd.IntN(8) > 0 {
			w.step(l, "", call.Tick{})
		}
	}
	if len(w.lines.calls) > 0 && w.rnd.IntN(4) > 0 {
		w.letters = append(w.letters, lineTick{})
	}
}

func (w *town) act() {
	w.messages = 0
	id, l := w.anyLeg()
	w.passes(time.Duration(w.rnd.IntN(8)) * time.Second)
	switch n := w.rnd.IntN(24); {
	case n < 2 || l == nil:
		c := w.anybody()
		if w.rnd.IntN(4) == 0 {
			c = Caller{Trunk: "a", Number: "+4930"}
		}
		w.begin(c, w.number())
	case n < 4:
		w.step(l, id, call.Ringing{Early: n == 2})
	case n < 8:
		w.step(l, id, call.Answered{})
	case n < 9:
		w.step(l, id, call.Ended{Reason: call.Reason(w.rnd.IntN(int(call.Reasons)))})
	case n == 9:
		w.step(l, id, call.TransferAsked{To: call.Party{Number: w.number()}})
	case n < 12:
		w.step(l, id, call.TransferAsked{Replaces: w.otherLine(id)})
	case n == 12 && l.machine.course != nil:
		if l.machine.course.menu != nil {
			w.chosen++
		}
		w.step(l, "", chose{leg: id, entry: w.rnd.IntN(4) - 1})
	case n == 12:
		w.step(l, id, call.Held{})
	case n == 13:
		w.step(l, id, call.DTMF{Key: '1'})
	case n < 16:
		w.step(l, id, call.Ringing{})
		w.begin(w.anybody(), picks[w.rnd.IntN(len(picks))])
	case n < 18:
		if one := TakeCode(l.machine.id); n == 16 {
			w.begin(w.anybody(), one)
		} else {
			w.dials(w.anybody(), []string{one, w.number()}[w.rnd.IntN(2)])
		}
	case n == 18:
		w.changeProfile()
	case n == 19:
		device := w.anybody().User.Local() + []string{"a", "b"}[w.rnd.IntN(2)]
		w.gone[device] = !w.gone[device]
		w.letters = append(w.letters, phoneMoved{})
	default:
		w.changeTeam()
	}
	w.post(w.rnd.IntN(8) == 0)
}

// changeProfile makes somebody silent, whatever rings of him, or not any more.
func (w *town) changeProfile() {
	user := w.anybody().User
	w.silent[user] = w.rnd.IntN(3) == 0
	w.letters = append(w.letters, phoneMoved{user})
	if w.silent[user] {
		for _, l := range slices.Clone(w.calls) {
			w.step(l, "", call.Withdraw{Group: groupOf(user), Reason: call.Unavailable})
		}
	}
}

// changeTeam changes what members do, or what the team is.
func (w *town) changeTeam() {
	i := w.rnd.IntN(len(w.teams))
	t := &w.teams[i]
	t.Agents = slices.Clone(t.Agents)
	a := &t.Agents[w.rnd.IntN(len(t.Agents))]
	switch w.rnd.IntN(8) {
	case 0, 1:
		if err := a.LogIn(!a.In); err != nil {
			w.fail("%v", err)
		}
	case 2, 3:
		a.Paused = []string{"", "1"}[w.rnd.IntN(2)]
	case 4:
		t.AfterTarget = []string{"", "50", "51", "13", "00123"}[w.rnd.IntN(5)]
	case 5:
		t.LeaveEmpty, t.JoinEmpty, t.Ringback = w.rnd.IntN(2) == 0, w.rnd.IntN(2) == 0, w.rnd.IntN(2) == 0
		t.WrapUp, t.Announce = 7*w.rnd.IntN(2), 10*w.rnd.IntN(2)
	case 6:
		w.deleted[i] = w.rnd.IntN(3) == 0
	case 7:
		if len(w.lines.calls) == 0 {
			t.Strategy = directory.Strategies()[w.rnd.IntN(len(directory.Strategies()))]
		}
	}
	w.letters = append(w.letters, teamChanged{[]string{t.ID, ""}[w.rnd.IntN(2)]})
}
