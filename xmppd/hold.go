package xmppd

import (
	"strconv"
	"sync"
)

// Hold keeps the stanza from being counted as handled by its sender's stream management (XEP-0198#acking) until Settled: a
// component that stores what it gets calls Hold before its Deliver returns, and Settled when the store has reported.
func (st *Stanza) Hold() {
	if st.Origin != nil {
		st.held = st.Origin.sm.hold()
	}
}

// Settled counts a stanza that was held: it is stored, passed on or refused. It may be called from anywhere, and again, and
// for stanzas that nobody holds.
func (st *Stanza) Settled() {
	if st.held != nil {
		st.Origin.settled(st.held)
	}
}

// tally counts a client's stanzas in their order while some of them are held.
type tally struct {
	next *count // owned by the session's turn: the stanza that is being carried out is held

	mu   sync.Mutex
	line []*count      // begins with one that is held
	idle chan struct{} // closed when the line is empty; nil when nobody waits
}

// count is a stanza that does not count yet, or an <r/> that came behind one.
type count struct {
	done, request bool
}

func (t *tally) hold() *count {
	t.next = new(count)
	return t.next
}

// pass reports whether what comes now need not wait; else it gets a place in the line.
func (t *tally) pass(c *count) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.line) == 0 && c.done {
		return true
	}
	t.line = append(t.line, c)
	return false
}

// settled marks a held stanza and counts, or answers, all that has waited for it.
func (s *Session) settled(c *count) {
	m := &s.sm
	m.mu.Lock()
	defer m.mu.Unlock()
	c.done = true
	for len(m.line) > 0 && m.line[0].done {
		if m.line[0].request {
			s.answerRequest()
		} else {
			m.h.Add(1)
		}
		m.line[0] = nil
		m.line = m.line[1:]
	}
	if len(m.line) == 0 {
		m.line = nil
		if m.idle != nil {
			close(m.idle)
			m.idle = nil
		}
	}
}

// drained is closed once nothing is held any more.
func (t *tally) drained() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	done := t.idle
	if done == nil {
		done = make(chan struct{})
		if len(t.line) == 0 {
			close(done)
			return done
		}
		t.idle = done
	}
	return done
}

// answerRequest answers an <r/>.
func (s *Session) answerRequest() {
	b := append(make([]byte, 0, 48), "<a xmlns='"+NSSM+"' h='"...)
	b = strconv.AppendUint(b, uint64(s.sm.h.Load()), 10)
	s.nonza(append(b, "'/>"...))
}
