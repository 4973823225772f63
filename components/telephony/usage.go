package telephony

import (
	"slices"
	"sync"
	"time"

	"plenum/xmppd/fault"
)

// usage counts the calls of trunks that cost much.
type usage struct {
	mu     sync.Mutex
	costly map[string][]time.Time // when they were begun, by trunk, in the last hour
}

// take reports whether a call may be begun on a line whose trunk has so many others.
func (u *usage) take(l Line, others int, now time.Time) error {
	switch {
	case l.Always:
		return nil
	case l.Calls > 0 && others >= l.Calls:
		return fault.New(fault.Limit, "the trunk has as many calls as it may have")
	case !l.Costly:
		return nil
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	recent := slices.DeleteFunc(u.costly[l.Trunk], func(t time.Time) bool { return now.Sub(t) >= time.Hour })
	if u.costly == nil {
		u.costly = make(map[string][]time.Time)
	}
	if u.costly[l.Trunk] = recent; len(recent) >= l.PerHour {
		return fault.New(fault.Limit, "there were so many calls abroad and to premium numbers in the last hour as there may be")
	}
	u.costly[l.Trunk] = append(recent, now)
	return nil
}
