package xmppd

import "testing"

func TestWhoWaitsForAnswersIsToldWhenTheyHaveCome(t *testing.T) {
	var a answers
	closed := func(c <-chan struct{}) bool {
		select {
		case <-c:
			return true
		default:
			return false
		}
	}
	first := a.reach(2)
	a.note()
	if first == nil || closed(first) {
		t.Error("told after one of two")
	}
	a.note()
	if !closed(first) {
		t.Error("not told after two")
	}
	if a.reach(2) != nil || a.reach(1) != nil {
		t.Error("what has come already is waited for")
	}
	old, next := a.reach(4), a.reach(3)
	a.note()
	a.note()
	if closed(old) || !closed(next) {
		t.Error("the one who waits last counts")
	}
	a.count.Store(^uint32(0))
	beyond := a.reach(1)
	a.note()
	a.note()
	if !closed(beyond) {
		t.Error("the count does not go round")
	}
}
