package stack

import (
	"hash/maphash"
	"log/slog"
	"runtime/debug"
	"sync"
)

// maxWaiting is how much may wait in one mailbox. A call has a message or two on their way; a thousand is somebody who repeats himself.
const maxWaiting = 1000

// A mailbox runs what concerns one Call-ID, one at a time. It exists while something waits in it or somebody holds it; it has a goroutine only
// while it has something to do.
type mailbox struct {
	stack  *Stack
	shard  *shard
	callID string

	// Under shard.mu.
	queue   []func()
	running bool
	holds   int

	// Only what runs in the mailbox touches these.
	servers []*ServerTx
	clients []*ClientTx
	dialogs int // holds of others: somebody owns a dialog here
}

// shards keep the mailboxes apart, so that readers seldom wait for one another.
const shards = 64

type shard struct {
	mu    sync.Mutex
	boxes map[string]*mailbox
	ended bool // the stack is closed: nothing is done any more
}

var seed = maphash.MakeSeed()

func (s *Stack) shard(callID string) *shard {
	return &s.shards[maphash.String(seed, callID)%shards]
}

// post runs fn in the mailbox, which it makes when there is none and create is set.
func (s *Stack) post(callID string, create bool, fn func(*mailbox)) bool {
	sh := s.shard(callID)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	box := sh.boxes[callID]
	if sh.ended {
		return false
	}
	if box == nil {
		if !create {
			return false
		}
		box = &mailbox{stack: s, shard: sh, callID: callID}
		sh.boxes[callID] = box
		s.stats.mailboxes.Add(1)
	}
	return box.add(func() { fn(box) })
}

// add is called under shard.mu.
func (m *mailbox) add(fn func()) bool {
	if len(m.queue) >= maxWaiting {
		m.stack.stats.drop("mailbox")
		return false
	}
	m.push(fn)
	return true
}

func (m *mailbox) run() {
	defer m.stack.running.Done()
	for {
		m.shard.mu.Lock()
		if len(m.queue) == 0 {
			m.running = false
			if m.holds == 0 {
				m.remove()
			}
			m.shard.mu.Unlock()
			return
		}
		fn := m.queue[0]
		m.queue[0] = nil
		if m.queue = m.queue[1:]; len(m.queue) == 0 {
			m.queue = nil
		}
		m.shard.mu.Unlock()
		m.do(fn)
	}
}

// do keeps a panic of one call from ending the others.
func (m *mailbox) do(fn func()) {
	defer func() {
		if err := recover(); err != nil {
			m.stack.log.Error("a SIP handler ended in a panic", "call", m.callID, slog.Any("err", err), "stack", string(debug.Stack()))
		}
	}()
	fn()
}

// remove is called under shard.mu.
func (m *mailbox) remove() {
	delete(m.shard.boxes, m.callID)
	m.stack.stats.mailboxes.Add(-1)
}

// post runs fn in this mailbox, which its caller holds.
func (m *mailbox) post(fn func()) {
	m.shard.mu.Lock()
	defer m.shard.mu.Unlock()
	if !m.shard.ended {
		m.push(fn)
	}
}

// push is called under shard.mu.
func (m *mailbox) push(fn func()) {
	m.queue = append(m.queue, fn)
	if !m.running {
		m.running = true
		m.stack.running.Add(1)
		m.stack.workers.give(m)
	}
}

func (m *mailbox) hold() {
	m.shard.mu.Lock()
	defer m.shard.mu.Unlock()
	m.holds++
}

func (m *mailbox) release() {
	m.shard.mu.Lock()
	defer m.shard.mu.Unlock()
	if m.holds--; m.holds == 0 && !m.running && len(m.queue) == 0 {
		m.remove()
	}
}

// Hold keeps the mailbox of a Call-ID until release is called. Whoever has a dialog holds its mailbox: a request within a dialog whose mailbox
// nobody holds is answered 481 without asking a handler (RFC 3261 §12.2.2).
func (s *Stack) Hold(callID string) (release func()) {
	sh := s.shard(callID)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	box := sh.boxes[callID]
	if box == nil {
		box = &mailbox{stack: s, shard: sh, callID: callID}
		sh.boxes[callID] = box
		s.stats.mailboxes.Add(1)
	}
	box.holds++
	box.dialogs++
	return sync.OnceFunc(func() {
		sh.mu.Lock()
		box.dialogs--
		sh.mu.Unlock()
		box.release()
	})
}

// held says that somebody owns a dialog of this mailbox.
func (m *mailbox) held() bool {
	m.shard.mu.Lock()
	defer m.shard.mu.Unlock()
	return m.dialogs > 0
}

// Post runs fn in the mailbox of a Call-ID, after what waits there. It reports false, and does not run it, when there is no such mailbox (see
// [Stack.Hold]) or too much waits in it.
func (s *Stack) Post(callID string, fn func()) bool {
	return s.post(callID, false, func(*mailbox) { fn() })
}
