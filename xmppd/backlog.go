package xmppd

import "sync"

// backlog is what waits behind a session's ring: presence of accounts and roster pushes, which come by the thousand when many people
// see each other. It enters the ring a little at a time, as the client takes what is there. So the ring does not overflow by it, a
// message is never behind more than a few of them, and of what changes again before the client gets to it, only the newest is sent.
// All fields are guarded by the queue's mu.
type backlog struct {
	list    []entry
	head    int    // list[:head] has entered the ring
	tidied  int    // how many were left when the list was tidied last
	pushes  int    // roster pushes in the list
	version *entry // the roster push that tells the version of the roster, which is true once all others are out; may be nil
}

// backlogAhead is how many entries that the writer has not taken may lie in the ring when one from the backlog enters it: enough
// for two system calls.
const backlogAhead = 2 * writeEntries

// topic is what an entry of the backlog is about: a later one on the same topic takes its place. It is the address of the contact,
// full for presence.
type topic struct {
	jid  string
	push bool // a roster push
}

// backlogs are used again: as a rule, a few sessions at a time have one.
var backlogs = sync.Pool{New: func() any { return &backlog{} }}

// reset gives an empty backlog back.
func (b *backlog) reset() {
	*b = backlog{list: b.list[:0]}
	if cap(b.list) <= 2*tidyFrom {
		backlogs.Put(b)
	}
}

// tidyFrom is how long a list becomes until it is searched for what is outdated.
const tidyFrom = 4000

func (b *backlog) len() int { return len(b.list) - b.head }

func (b *backlog) add(e entry) {
	if len(b.list) == cap(b.list) && b.head > len(b.list)/2 {
		n := copy(b.list, b.list[b.head:])
		clear(b.list[n:])
		b.list, b.head = b.list[:n], 0
	}
	b.list = append(b.list, e)
	if e.topic.push {
		b.pushes++
	}
}

// tidy drops what is outdated. The newest state of a topic takes the place of the oldest.
func (b *backlog) tidy() {
	waiting := b.list[b.head:]
	at := make(map[topic]int, len(waiting))
	kept := b.list[:0]
	for _, e := range waiting {
		if i, known := at[e.topic]; known {
			kept[i] = e
			if e.topic.push {
				b.pushes--
			}
			continue
		}
		at[e.topic] = len(kept)
		kept = append(kept, e)
	}
	clear(b.list[len(kept):])
	b.list, b.head, b.tidied = kept, 0, len(kept)
}

// next takes the oldest entry out; last is the version's push when that is due behind it.
func (b *backlog) next() (e entry, last *entry) {
	e = b.list[b.head]
	b.list[b.head] = entry{}
	b.head++
	if e.topic.push {
		b.pushes--
	}
	if b.pushes > 0 || b.version == nil {
		return e, nil
	}
	last, b.version = b.version, nil
	if last.topic == e.topic {
		return *last, nil // it says the same
	}
	return e, last
}

// postpone puts e behind all that waits, and reports whether that is about more topics than limit allows. The list may be twice as
// long: it is tidied when it has doubled.
func (q *queue) postpone(e entry, limit int) (over bool) {
	if q.later == nil {
		q.later = backlogs.Get().(*backlog)
	}
	b := q.later
	b.add(e)
	if b.len() <= max(tidyFrom, 2*b.tidied) {
		return false
	}
	b.tidy()
	return b.len() > limit
}

// roomy reports whether something from the backlog may enter the ring, of which it leaves half to all else.
func (q *queue) roomy(c *Config) bool {
	return q.n-q.written < backlogAhead && q.n < c.QueueStanzas/2 && q.bytes < c.QueueBytes/2
}

// advance moves from the backlog to the ring what finds room there, and reports whether that was something. If there is room left,
// who waits for it is called.
func (q *queue) advance(c *Config) (moved bool) {
	if q.held || q.closed {
		return false
	}
	for b := q.later; b != nil && q.roomy(c); moved = true {
		if b.len() == 0 {
			q.later = nil
			b.reset()
			q.shrink()
			break
		}
		e, last := b.next()
		q.push(e)
		if last != nil {
			q.push(*last)
		}
	}
	if len(q.room) > 0 && q.later == nil && q.roomy(c) {
		waiting := q.room
		q.room = nil
		for _, fn := range waiting {
			fn()
		}
	}
	return moved
}

// pushLater queues a presence or a roster push that may wait for the client to take what came before.
func (s *Session) pushLater(e entry) bool {
	s.out.mu.Lock()
	if s.lost || s.out.closed {
		s.out.mu.Unlock()
		return false
	}
	if s.ignores(e) {
		s.out.mu.Unlock()
		return true
	}
	if s.direct() {
		s.letGo(s.enqueue(e), false)
		return true
	}
	if b := s.out.later; b != nil && e.topic.push {
		b.version = nil // not true any more
	}
	s.letGo(false, s.postpone(e))
	return true
}

// pushRoster queues a roster push: plain, or told, which has the version of the roster too, if that is true once it is out.
func (s *Session) pushRoster(plain, told entry) {
	s.out.mu.Lock()
	if s.lost || s.out.closed {
		s.out.mu.Unlock()
		return
	}
	if s.direct() {
		s.letGo(s.enqueue(told), false)
		return
	}
	over := s.postpone(plain)
	s.out.later.version = &told
	s.letGo(false, over)
}

// direct reports whether something may enter the ring at once.
func (s *Session) direct() bool {
	return s.out.later == nil && !s.out.held && s.out.roomy(&s.srv.cfg)
}

// postpone is called with mu held; it reports whether more waits than may. Who is not there gets less: it is cheaper to begin anew.
func (s *Session) postpone(e entry) bool {
	limit := s.srv.cfg.QueuePresences
	if s.Detached() {
		limit = min(limit, 2*s.srv.cfg.QueueStanzas)
	}
	return s.out.postpone(e, limit)
}

// hold keeps the backlog, and all that goes there, from entering the ring until release.
func (s *Session) hold() {
	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	s.out.held = true
}

func (s *Session) release() {
	s.out.mu.Lock()
	s.out.held = false
	s.letGo(s.out.advance(&s.srv.cfg), false)
}

// resting is closed when the session's writer has nothing to do any more, or the connection is lost; nil if that is so now.
func (s *Session) resting() <-chan struct{} {
	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	if !s.busy {
		return nil
	}
	return s.out.idle()
}

// Roomy reports whether the client has taken nearly all that was sent to it. Who has much for a client sends it while that is so.
func (s *Session) Roomy() bool {
	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	return s.direct()
}

// WhenRoomy has fn called once the client has taken nearly all that was sent to it; at once if it has, never if it does not. fn must
// not block, and must not touch the session.
func (s *Session) WhenRoomy(fn func()) {
	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	if s.lost {
		return
	}
	if s.direct() {
		fn()
		return
	}
	s.out.room = append(s.out.room, fn)
}
