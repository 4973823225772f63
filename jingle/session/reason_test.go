package session_test

import (
	"slices"
	"testing"

	"plenum/components/call"
	"plenum/jingle/session"
	"plenum/jingle/wire"
	"plenum/xmppd/fault"
)

// Each side's table has all that the other side can say, and what is told comes back as it was, where Jingle has a word of its own.
func TestReasons(t *testing.T) {
	same := []call.Reason{call.Failed, call.Success, call.Busy, call.Declined, call.NoAnswer, call.Cancelled, call.Unavailable, call.Incompatible,
		call.MediaLost, call.Insecure, call.Expired}
	for r := range call.Reasons {
		w := session.WireReason(r)
		if !slices.Contains(wire.Conditions, w.Condition) {
			t.Errorf("%s is told as %q", r, w.Condition)
		}
		if back := session.ReasonOf(&w); slices.Contains(same, r) != (back == r) {
			t.Errorf("%s is told as %s, which means %s", r, w.Condition, back)
		}
	}
	if w := session.WireReason(call.Reasons + 1); w.Condition != wire.GeneralError {
		t.Errorf("what there is not is told as %s", w.Condition)
	}
	for _, c := range wire.Conditions {
		if r := session.ReasonOf(&wire.Reason{Condition: c}); r == call.Failed && c != wire.GeneralError && c != wire.MediaError {
			t.Errorf("%s means %s", c, r)
		}
	}
	if r := session.ReasonOf(nil); r != call.Success {
		t.Errorf("no reason means %s", r)
	}
}

func TestRefusals(t *testing.T) {
	for kind, want := range map[fault.Kind]call.Reason{
		fault.NotFound: call.NotFound, fault.Conflict: call.Busy, fault.Forbidden: call.Forbidden, fault.Invalid: call.Incompatible, fault.Busy: call.Busy,
		fault.Limit: call.Congestion, fault.Unauthenticated: call.Forbidden, fault.Unavailable: call.Unavailable, fault.Internal: call.Failed,
	} {
		if got := session.Refusal(fault.New(kind, "no")); got != want {
			t.Errorf("an error of kind %s refuses a call as %s, want %s", kind, got, want)
		}
	}
}
