package xmppd

import (
	"strings"
	"testing"
)

// The tables of RFC 6121 Appendix A, written down a second time: in each cell '-' or '+' says whether the stanza is passed on,
// and then comes the new state. No state is no change.
const (
	tableStates = `N  N+O  N+I  N+OI  T  T+I  F  F+O  B`

	tableOut = `
	A.2.1 subscribe     +N+O  +      +N+OI  +      +    +      +F+O  +      +
	A.2.2 unsubscribe   +     +N     +      +N+I   +N   +N+I   +     +F     +F
	A.2.3 subscribed    -     -      +F     +F+O   -    +B     -     -      -
	A.2.4 unsubscribed  -     -      +N     +N+O   -    +T     +N    +N+O   +T`

	tableIn = `
	A.3.1 subscribe     +N+I  +N+OI  -      -      +T+I -      -     -      -
	A.3.2 unsubscribe   -     -      +N     +N+O   -    +T     +N    +N+O   +T
	A.3.3 subscribed    -     +T     -      +T+I   -    -      -     +B     -
	A.3.4 unsubscribed  -     +N     -      +N+I   +N   +N+I   -     +F     +F`
)

var stateNames = map[string]subState{
	"N": stNone, "N+O": stNonePendingOut, "N+I": stNonePendingIn, "N+OI": stNonePendingBoth, "T": stTo, "T+I": stToPendingIn,
	"F": stFrom, "F+O": stFromPendingOut, "B": stBoth,
}

func TestSubscriptionStates(t *testing.T) {
	for _, side := range []struct {
		name, text string
		table      *[subEvents][subStates]transition
	}{{"outbound", tableOut, &outboundStates}, {"inbound", tableIn, &inboundStates}} {
		cells := 0
		for line := range strings.Lines(strings.TrimSpace(side.text)) {
			f := strings.Fields(line)
			ev, ok := subEventOf(f[1])
			if !ok || len(f) != 2+int(subStates) {
				t.Fatalf("the table of the test is wrong: %q", line)
			}
			for i, name := range strings.Fields(tableStates) {
				from, cell := stateNames[name], f[2+i]
				want := transition{pass: cell[0] == '+', next: from}
				if cell[1:] != "" {
					want.next = stateNames[cell[1:]]
				}
				cells++
				if got := side.table[ev][from]; got != want {
					t.Errorf("%s %s in state %s (%s): %+v, want %+v", side.name, f[1], name, f[0], got, want)
				}
			}
		}
		if cells != int(subEvents)*int(subStates) {
			t.Errorf("%s: %d cells are tested", side.name, cells)
		}
	}
}

// What one side sends and the other gets must fit: each stanza keeps "the owner sees the contact" on one side equal to "the
// contact is seen" on the other.
func TestSubscriptionSidesAgree(t *testing.T) {
	type pair struct{ a, b subState }
	agree := func(p pair) bool {
		return p.a.subscription().To() == p.b.subscription().From() && p.a.subscription().From() == p.b.subscription().To() &&
			p.a.pendingOut() == p.b.pendingIn() && p.a.pendingIn() == p.b.pendingOut()
	}
	seen := map[pair]bool{{}: true}
	for todo := []pair{{}}; len(todo) > 0; todo = todo[1:] {
		for ev := range subEvents {
			p := todo[0]
			out := outboundStates[ev][p.a]
			p.a = out.next
			if out.pass {
				p.b = inboundStates[ev][p.b].next
			}
			if !agree(p) {
				t.Errorf("%s from %+v leads to %+v", subEventNames[ev], todo[0], p)
			}
			for _, next := range []pair{p, {p.b, p.a}} {
				if !seen[next] {
					seen[next] = true
					todo = append(todo, next)
				}
			}
		}
	}
	if len(seen) != int(subStates) {
		t.Errorf("%d pairs of states are reached, there are %d", len(seen), subStates)
	}
}

func TestSubscriptionNames(t *testing.T) {
	for s, want := range map[subState]string{stNone: "none", stNonePendingBoth: "none", stTo: "to", stToPendingIn: "to", stFrom: "from",
		stFromPendingOut: "from", stBoth: "both"} {
		if got := s.subscription().String(); got != want {
			t.Errorf("state %d is called %s, want %s", s, got, want)
		}
	}
	for from, to := range preapproved {
		if from.subscription()|SubscriptionFrom != to.subscription() || from.pendingOut() != to.pendingOut() || to.pendingIn() {
			t.Errorf("a pre-approved request leads from %d to %d", from, to)
		}
	}
}
