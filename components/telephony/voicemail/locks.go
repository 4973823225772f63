package voicemail

import (
	"sync"
	"time"

	"plenum/xmppd/jid"
	"plenum/xmppd/lru"
)

// Who guesses the PIN of a box is stopped: after five wrong ones it is closed to telephones that are not its owner's, for longer each time.
const (
	freeWrong   = 5
	firstLock   = 5 * time.Minute
	longestLock = 24 * time.Hour
	trackedBox  = 1 << 14
)

// locks are the wrong PINs by box.
type locks struct {
	mu  *sync.Mutex
	box *lru.Cache[jid.JID, lock]
}

type lock struct {
	wrong int
	until time.Time
}

func newLocks() locks { return locks{new(sync.Mutex), lru.New[jid.JID, lock](trackedBox)} }

// try reports whether a PIN may be tried. It counts as wrong from then on, until it was right: of those who try at the same time none is free.
func (l *locks) try(box jid.JID, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	x, _ := l.box.Get(box)
	if now.Before(x.until) {
		return false
	}
	x.wrong++
	if over := x.wrong - freeWrong; over >= 0 {
		wait := firstLock
		for range over {
			if wait *= 2; wait > longestLock {
				wait = longestLock
				break
			}
		}
		x.until = now.Add(wait)
	}
	l.box.Put(box.Clone(), x)
	return true
}

// right forgets what was wrong.
func (l *locks) right(box jid.JID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.box.Delete(box)
}
