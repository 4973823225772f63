package lru_test

import (
	"errors"
	"testing"

	"plenum/xmppd/lru"
)

func TestLoaderReadsOnce(t *testing.T) {
	l := lru.NewLoader[string, int](2)
	reads := 0
	read := func() (int, error) { reads++; return reads, nil }
	for range 3 {
		if v, err := l.Get("a", read); v != 1 || err != nil {
			t.Fatalf("got %d, %v", v, err)
		}
	}
	l.Forget("a")
	if v, _ := l.Get("a", read); v != 2 {
		t.Errorf("after Forget: got %d, want what was read again", v)
	}
}

func TestLoaderKeepsNoErrors(t *testing.T) {
	l := lru.NewLoader[string, int](2)
	broken := errors.New("broken")
	if _, err := l.Get("a", func() (int, error) { return 0, broken }); err != broken {
		t.Fatalf("got %v", err)
	}
	if v, err := l.Get("a", func() (int, error) { return 7, nil }); v != 7 || err != nil {
		t.Errorf("got %d, %v", v, err)
	}
}

func TestLoaderKeepsNothingThatWasReadBeforeAChange(t *testing.T) {
	l := lru.NewLoader[string, int](2)
	old, _ := l.Get("a", func() (int, error) {
		l.Forget("a") // somebody changes the value while it is being read
		return 1, nil
	})
	now, _ := l.Get("a", func() (int, error) { return 2, nil })
	if old != 1 || now != 2 {
		t.Errorf("got %d and %d, want 1 and 2", old, now)
	}
}
