package voicemail

import (
	"testing"
	"time"

	"plenum/xmppd/jid"
)

// While one PIN is looked up another may be entered: together they are no more than one after the other.
func TestTriesAtTheSameTimeAreCounted(t *testing.T) {
	l, now := newLocks(), time.Now()
	box, other := jid.MustParse("juliet@example.com"), jid.MustParse("romeo@example.com")
	free := 0
	for range 20 { // none of which has ended
		if l.try(box, now) {
			free++
		}
	}
	if free != freeWrong {
		t.Errorf("%d PINs may be tried at once", free)
	}
	if !l.try(other, now) {
		t.Error("another box is locked")
	}
	if now = now.Add(firstLock); !l.try(box, now) || l.try(box, now) {
		t.Error("it is not one try after the first lock")
	}
	l.right(box)
	if !l.try(box, now) {
		t.Error("it is locked after the right PIN")
	}
}
