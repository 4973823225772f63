package adhoc

import (
	"container/list"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"sync"
	"time"

	"plenum/xmppd/jid"
)

// Limits of what is being carried out.
const (
	Lifetime    = 10 * time.Minute // since the last step; time enough to fill in a form
	MaxPerUser  = 20               // commands that one client carries out at the same time
	MaxSessions = 10_000           // all together; some 10 KiB each at most
	maxSteps    = 50               // of one command that can be gone back
)

// session is one execution of a command.
type session struct {
	id      string
	from    jid.JID
	to      jid.JID
	command *Command

	mu    sync.Mutex // held while a step is done
	steps []*Step    // shown so far; the last one is what the client sees

	used  time.Time     // guarded by sessions.mu
	place *list.Element // guarded by sessions.mu; nil once it is over
}

// sessions are those that are not over, longest unused first.
type sessions struct {
	secret [32]byte

	mu     sync.Mutex
	byID   map[string]*session
	byFrom map[jid.JID]int
	order  *list.List // of *session
}

func newSessions() *sessions {
	t := &sessions{byID: map[string]*session{}, byFrom: map[jid.JID]int{}, order: list.New()}
	rand.Read(t.secret[:]) // never fails
	return t
}

var idText = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

const (
	idRandom = 15 // bytes
	idMAC    = 10 // bytes
)

// newID makes an id that this server knows to be its own after it has forgotten the session (XEP-0050#impl-session).
func (t *sessions) newID() string {
	b := make([]byte, idRandom, idRandom+sha256.Size)
	rand.Read(b)
	return idText.EncodeToString(t.sign(b)[:idRandom+idMAC])
}

func (t *sessions) sign(random []byte) []byte {
	h := hmac.New(sha256.New, t.secret[:])
	h.Write(random)
	return h.Sum(random)
}

// ours reports whether an id was given out since the server started.
func (t *sessions) ours(id string) bool {
	b, err := idText.DecodeString(id)
	if err != nil || len(b) != idRandom+idMAC {
		return false
	}
	want := t.sign(b[:idRandom:idRandom])
	return hmac.Equal(b, want[:len(b)])
}

// start makes a session that is not kept yet.
func (t *sessions) start(c *Command, from, to jid.JID) *session {
	return &session{id: t.newID(), from: from.Clone(), to: to.Clone(), command: c}
}

// keep notes that a step of s was shown.
func (t *sessions) keep(s *session) error {
	now := time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.expire(now)
	s.used = now
	if s.place != nil {
		t.order.MoveToBack(s.place)
		return nil
	}
	if t.byFrom[s.from] >= MaxPerUser {
		return errTooMany
	}
	if len(t.byID) >= MaxSessions {
		t.drop(t.order.Front().Value.(*session))
	}
	s.place = t.order.PushBack(s)
	t.byID[s.id] = s
	t.byFrom[s.from]++
	return nil
}

// find gives the session with an id; the error says whether it is over or never was.
func (t *sessions) find(id string, from, to jid.JID, c *Command) (*session, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.expire(time.Now())
	s := t.byID[id]
	switch {
	case s == nil && t.ours(id):
		return nil, errExpired
	case s == nil, s.from != from, s.to != to, s.command != c:
		return nil, errBadSession
	}
	return s, nil
}

// end forgets a session that is over.
func (t *sessions) end(s *session) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.drop(s)
}

// forget drops all that a client carries out.
func (t *sessions) forget(from jid.JID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.byFrom[from] == 0 {
		return
	}
	for _, s := range t.byID {
		if s.from == from {
			t.drop(s)
		}
	}
}

func (t *sessions) expire(now time.Time) {
	for e := t.order.Front(); e != nil; e = t.order.Front() {
		s := e.Value.(*session)
		if now.Sub(s.used) <= Lifetime {
			return
		}
		t.drop(s)
	}
}

func (t *sessions) drop(s *session) {
	if s.place == nil {
		return
	}
	t.order.Remove(s.place)
	s.place = nil
	delete(t.byID, s.id)
	if t.byFrom[s.from]--; t.byFrom[s.from] == 0 {
		delete(t.byFrom, s.from)
	}
}
