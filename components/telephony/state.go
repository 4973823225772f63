package telephony

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"

	"plenum/components/call"
	"plenum/xmppd/jid"
)

// A Doing is what the telephones of a user do, taken together: the greatest of what each does.
type Doing uint8

const (
	Gone    Doing = iota // no telephone can be called, and he is in no call
	Free                 // can be called
	Ringing              // is called
	Talking              // is in a call, or calls
)

var doingNames = [...]string{Gone: "gone", Free: "free", Ringing: "ringing", Talking: "talking"}

// String is the state in a lower case word.
func (d Doing) String() string { return doingNames[min(int(d), len(doingNames)-1)] }

// A Dialog is one call of a user.
type Dialog struct {
	ID       string // of the leg: stable as long as it lasts
	Doing    Doing  // Ringing or Talking
	Outgoing bool   // he has called
	Device   string // the telephone; empty for an XMPP client
	With     call.Party
}

// A State is what a user's telephones do.
type State struct {
	Doing   Doing
	Dialogs []Dialog
}

// debounce is how long a change waits for those that come with it: a call that rings at five devices and is answered is one change.
const debounce = 300 * time.Millisecond

// states knows what everybody's telephones do.
type states struct {
	svc *Service

	mu       sync.Mutex
	calls    map[*liveCall][]userDialog
	lines    map[*liveCall]string // the team in whose line the caller waits
	users    map[jid.JID]map[*liveCall]bool
	changed  map[jid.JID]*time.Timer // who waits to be told of
	watchers []func(jid.JID)
	closed   bool
	phones   *sessions
}

type userDialog struct {
	user jid.JID
	Dialog
}

func newStates(s *Service) *states {
	return &states{
		svc: s, calls: make(map[*liveCall][]userDialog), lines: make(map[*liveCall]string), users: make(map[jid.JID]map[*liveCall]bool), changed: make(map[jid.JID]*time.Timer),
		phones: newSessions(s),
	}
}

// phones are what the users in a call do by it.
func (m *machine) phones() []userDialog {
	var list []userDialog
	if m.Over() {
		return nil
	}
	pair := m.pair()
	for i, id := range m.Legs() {
		p := m.legs.get(id)
		if p == nil || p.owner().IsZero() || p.target.app != nil {
			continue
		}
		d := Dialog{ID: string(id), Doing: Talking, Outgoing: p.direction == call.Incoming || p.begins, Device: p.Device}
		switch {
		case i == 0 && pair[1] != "":
			d.With = m.Party(pair[1])
		case m.first != "":
			d.With = call.Party{Number: m.first}
		case i == 0 && m.row != nil:
			d.With = call.Party{JID: m.row.Callee.User, Number: m.row.Callee.Number, Name: m.row.Callee.Name}
		case id == pair[1] || m.rang[id]:
			d.With = m.Party(pair[0])
		}
		if i > 0 && id != pair[1] {
			if !m.rang[id] {
				continue
			}
			d.Doing = Ringing
		}
		list = append(list, userDialog{p.owner(), d})
	}
	return list
}

// update takes what the users in a call do now, and in the line of which team its caller waits.
func (s *states) update(c *liveCall, now []userDialog, line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if line != "" {
		s.lines[c] = line
	} else {
		delete(s.lines, c)
	}
	before := s.calls[c]
	if slices.Equal(before, now) {
		return
	}
	changed := make(map[jid.JID]bool)
	for _, d := range before {
		changed[d.user] = true
		if in := s.users[d.user]; in != nil {
			delete(in, c)
		}
	}
	for _, d := range now {
		changed[d.user] = true
		if s.users[d.user] == nil {
			s.users[d.user] = make(map[*liveCall]bool)
		}
		s.users[d.user][c] = true
	}
	if len(now) == 0 {
		delete(s.calls, c)
	} else {
		s.calls[c] = now
	}
	for user := range changed {
		if len(s.users[user]) == 0 {
			delete(s.users, user)
		}
		s.note(user)
	}
}

// note has a user told of soon. The lock is held.
func (s *states) note(user jid.JID) {
	if s.closed || s.changed[user] != nil {
		return
	}
	s.changed[user] = time.AfterFunc(debounce, func() {
		s.mu.Lock()
		closed := s.closed
		delete(s.changed, user)
		watchers := s.watchers
		s.mu.Unlock()
		if closed {
			return
		}
		s.phones.show(user)
		for _, fn := range watchers {
			fn(user)
		}
	})
}

// busy reports whether a user talks.
func (s *states) busy(user jid.JID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.users[user] {
		for _, d := range s.calls[c] {
			if d.user == user && d.Doing == Talking {
				return true
			}
		}
	}
	return false
}

func (s *states) close() {
	s.mu.Lock()
	s.closed = true
	for _, t := range s.changed {
		t.Stop()
	}
	clear(s.changed)
	s.mu.Unlock()
	s.phones.close()
}

// PhoneState is what a user's telephones do now.
func (s *Service) PhoneState(user jid.JID) State {
	st := State{Doing: Gone}
	t := s.states
	t.mu.Lock()
	for _, c := range slices.Collect(maps.Keys(t.users[user])) {
		for _, d := range t.calls[c] {
			if d.user == user {
				st.Dialogs = append(st.Dialogs, d.Dialog)
				st.Doing = max(st.Doing, d.Doing)
			}
		}
	}
	t.mu.Unlock()
	slices.SortFunc(st.Dialogs, func(a, b Dialog) int { return cmp.Compare(a.ID, b.ID) })
	if st.Doing == Gone {
		if u, ok := s.People.Get(user); ok && s.plan.has(u) {
			st.Doing = Free
		}
	}
	return st
}

// OnPhoneState has fn told who does something else with his telephones now, or again: soon after it has happened. fn must not block.
// It is called before the server starts.
func (s *Service) OnPhoneState(fn func(user jid.JID)) {
	s.states.watchers = append(s.states.watchers, fn)
}

// PhonesChanged says that anybody's devices may be others than before.
func (s *Service) PhonesChanged() { s.PhoneChanged(s.states.phones.shown()...) }

// PhoneChanged says that a device has registered or is registered no more, or is another user's now: of all the users who have to do with it.
func (s *Service) PhoneChanged(users ...jid.JID) {
	s.states.mu.Lock()
	defer s.states.mu.Unlock()
	for _, u := range users {
		if !u.IsZero() {
			s.states.note(u.Bare())
		}
	}
}
