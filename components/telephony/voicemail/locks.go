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

// open reports whether a PIN may be tried.
func (l *locks) open(box jid.JID, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	x, _ := l.box.Get(box)
	return !now.Before(x.until)
}

// tried counts a try.
func (l *locks) tried(box jid.JID, right bool, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if right {
		l.box.Delete(box)
		return
	}
	x, _ := l.box.Get(box)
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
}
