package call_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"plenum/components/call"
)

// A tape turns octets into a course of events.
type tape struct {
	data []byte
	legs []call.LegID // all that were named so far
	made int
}

func (p *tape) next(n int) int {
	if len(p.data) == 0 {
		return 0
	}
	b := p.data[0]
	p.data = p.data[1:]
	return int(b) % n
}

func (p *tape) newLeg() call.LegID {
	p.made++
	id := call.LegID(fmt.Sprintf("leg%d", p.made))
	p.legs = append(p.legs, id)
	return id
}

func (p *tape) oldLeg() call.LegID { return p.legs[p.next(len(p.legs))] }

func (p *tape) branches() []call.Branch {
	var list []call.Branch
	for range p.next(4) {
		list = append(list, call.Branch{
			Leg: p.newLeg(), Start: time.Duration(p.next(3)) * 5 * time.Second, Ring: time.Duration(p.next(4)) * 7 * time.Second,
			Confirm: p.next(3) == 0, Group: []string{"", "a", "b"}[p.next(3)], Announces: p.next(8) == 0,
		})
	}
	return list
}

func (p *tape) event() (call.LegID, call.Event) {
	switch p.next(17) {
	case 0:
		return "", call.Dial{Branches: p.branches(), Eager: p.next(2) == 0, Add: p.next(2) == 0}
	case 1:
		return "", call.Accept{Sound: call.Sound(p.next(3))}
	case 2:
		a := call.Adopt{Leg: p.newLeg(), Up: p.next(2) == 0}
		if p.next(2) == 0 {
			a.Replaces = p.oldLeg()
		}
		return "", a
	case 3:
		return "", call.Release{Leg: p.oldLeg()}
	case 4:
		return "", call.Transfer{Leg: p.oldLeg(), Branches: p.branches()}
	case 5:
		return "", call.SetHold{Leg: p.oldLeg(), On: p.next(2) == 0}
	case 6:
		if p.next(4) == 0 {
			return "", call.Drop{Reason: call.Removed}
		}
		return "", call.Tick{}
	case 16:
		return "", call.Withdraw{Group: []string{"", "a", "b"}[p.next(3)], Reason: call.Unavailable}
	case 7, 8:
		return p.oldLeg(), call.Ringing{Early: p.next(2) == 0}
	case 9, 10:
		return p.oldLeg(), call.Answered{}
	case 11:
		return p.oldLeg(), call.Held{}
	case 12:
		return p.oldLeg(), call.Resumed{}
	case 13:
		return p.oldLeg(), call.DTMF{Key: "15"[p.next(2)]}
	default:
		return p.oldLeg(), call.Ended{Reason: call.Reason(p.next(int(call.Reasons)))}
	}
}

// A watch checks what must hold whatever happens.
type watch struct {
	alive   map[call.LegID]bool // legs that the call is answerable for
	done    map[call.LegID]bool
	over    int
	history []string
}

func (w *watch) fail(t *testing.T, format string, args ...any) {
	t.Helper()
	for _, line := range w.history {
		t.Log(line)
	}
	t.Fatalf(format, args...)
}

func (w *watch) see(t *testing.T, from call.LegID, e call.Event, orders []call.Order) {
	t.Helper()
	switch e := e.(type) {
	case call.Ended:
		delete(w.alive, from)
		w.done[from] = true
	case call.Adopt:
		w.alive[e.Leg] = true
	case call.Release:
		delete(w.alive, e.Leg)
		w.done[e.Leg] = true
	}
	for _, o := range orders {
		w.order(t, o)
	}
}

func (w *watch) order(t *testing.T, o call.Order) {
	t.Helper()
	if w.over > 0 {
		w.fail(t, "order %v after the call was over", o)
	}
	switch o.Command.(type) {
	case call.Over:
		w.over++
		if len(w.alive) > 0 {
			w.fail(t, "the call is over and left %v behind", w.alive)
		}
		return
	case call.Exhausted:
		return
	case call.Place:
		if w.alive[o.Leg] || w.done[o.Leg] {
			w.fail(t, "%s is placed twice", o.Leg)
		}
		w.alive[o.Leg] = true
		return
	}
	if !w.alive[o.Leg] {
		w.fail(t, "order %v to a leg that is gone or was never placed", o)
	}
	if _, last := o.Command.(call.Hangup); last {
		delete(w.alive, o.Leg)
		w.done[o.Leg] = true
	}
}

// playTape runs a tape, checks what must hold at each step, and ends the call. It returns all orders.
func playTape(t *testing.T, data []byte) []string {
	t.Helper()
	p := &tape{data: data, legs: []call.LegID{"caller"}}
	direction := call.Direction(p.next(2))
	c := call.New(start, call.Config{Caller: "caller", Direction: direction, Longest: time.Hour})
	w := &watch{alive: map[call.LegID]bool{"caller": true}, done: map[call.LegID]bool{}}
	now := start
	step := func(from call.LegID, e call.Event) {
		orders := c.Step(now, from, e)
		w.history = append(w.history, fmt.Sprintf("%v %s %T%+v → %v", now.Sub(start), from, e, e, orders))
		if adopt, adopts := e.(call.Adopt); adopts && !slices.Contains(c.Legs(), adopt.Leg) {
			// A leg that comes too late is ended and was no part of the call; it may be ended with it, too.
			tooLate := call.Order{Leg: adopt.Leg, Command: call.Hangup{Reason: call.Cancelled}}
			if at := slices.Index(orders, tooLate); at >= 0 {
				orders, e = slices.Delete(orders, at, at+1), call.Tick{}
			}
		}
		w.see(t, from, e, orders)
		if next := c.Next(); !next.IsZero() && !next.After(now) {
			w.fail(t, "the next step was due %v ago", now.Sub(next))
		}
		if c.Over() != (w.over == 1) || c.Over() && !c.Next().IsZero() {
			w.fail(t, "over %v, said %d times, next step %v", c.Over(), w.over, c.Next())
		}
		for _, id := range c.Legs() {
			if !w.alive[id] {
				w.fail(t, "%s is in the call and was ended", id)
			}
			if other := c.Partner(id); other != "" && c.Partner(other) != id {
				w.fail(t, "%s talks to %s, who talks to %s", id, other, c.Partner(other))
			}
		}
	}
	for len(p.data) > 0 {
		now = now.Add(time.Duration(p.next(8)) * time.Second)
		from, e := p.event()
		if r, ok := e.(call.Release); ok && !slices.Contains(c.Legs(), r.Leg) {
			continue // an owner releases what he has
		}
		if from != "" && !w.alive[from] && !w.done[from] {
			continue // a leg says nothing before it is made; one that has ended may still be heard
		}
		step(from, e)
	}
	// Time alone ends every call.
	for i := 0; !c.Over(); i++ {
		if i > 1000 || c.Next().IsZero() {
			w.fail(t, "the call does not end")
		}
		now = c.Next()
		step("", call.Tick{})
	}
	return w.history
}

func TestWhateverHappensHolds(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 5_000 {
		data := make([]byte, 1+random.IntN(120))
		for i := range data {
			data[i] = byte(random.Uint32())
		}
		if first, second := playTape(t, data), playTape(t, data); !slices.Equal(first, second) {
			t.Fatalf("the same events gave\n%q\nand\n%q", first, second)
		}
	}
}

func FuzzCall(f *testing.F) {
	f.Add([]byte{0, 0, 0, 2, 0, 0, 1, 1, 9, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) < 4096 {
			playTape(t, data)
		}
	})
}
