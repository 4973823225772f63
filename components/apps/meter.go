package apps

import (
	"sync"
	"time"

	"plenum/xmppd/jid"
)

// A meter counts what users do in each minute.
type meter struct {
	most int

	mu    sync.Mutex
	since time.Time
	users map[jid.JID]int
}

func newMeter(most int) *meter { return &meter{most: most, users: make(map[jid.JID]int)} }

// take counts one more. It reports false when that is one too many.
func (m *meter) take(user jid.JID) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if now := time.Now(); now.Sub(m.since) >= time.Minute {
		m.since = now
		clear(m.users)
	}
	if m.users[user] >= m.most {
		return false
	}
	m.users[user]++
	return true
}
