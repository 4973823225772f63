package conference

import (
	"plenum/components/muc"
	"plenum/xmppd/jid"
)

// The table of meetings, and what rooms tell it.

// meeting is the conference of a room that somebody is in; nil when there is none here.
func (c *Service) meeting(room jid.JID) *meeting {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.meetings[room]
}

// post gives an event to the meeting of a room, which begins if there is none. It reports false when it has too much to do.
func (c *Service) post(room jid.JID, e event) bool {
	return c.postTo(room, func(*meeting) event { return e })
}

func (c *Service) postTo(room jid.JID, make func(*meeting) event) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	m := c.meetings[room]
	if m == nil {
		if c.ctx.Err() != nil {
			return false
		}
		m = newMeeting(c, room.Clone())
		c.meetings[m.room] = m
		c.work.Go(func() { m.run(c.ctx) })
	}
	return m.inbox.Post(make(m))
}

// aside runs what may take a moment on a goroutine of its own.
func (c *Service) aside(fn func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ctx.Err() == nil {
		c.work.Go(fn)
	}
	return c.ctx.Err() == nil
}

// retire takes a meeting that nobody needs out of the table, unless something has come for it.
func (c *Service) retire(m *meeting) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if m.inbox.Len() > 0 {
		return false
	}
	delete(c.meetings, m.room)
	return true
}

// forget takes a meeting out of the table that has ended.
func (c *Service) forget(m *meeting) {
	c.mu.Lock()
	if c.meetings[m.room] == m {
		delete(c.meetings, m.room)
	}
	c.mu.Unlock()
	c.Rooms.ResidentChanged(m.room)
	c.here.signal()
}

// seen is told by rooms who comes, changes and goes.
func (c *Service) seen(room jid.JID, o *muc.Occupancy) {
	k := callerKey{room, o.Session}
	c.mu.Lock()
	if _, ok := c.callers[k]; ok {
		if o.Left {
			delete(c.callers, k)
		} else {
			c.callers[k] = caller{o.Occupant}
		}
	}
	m := c.meetings[room]
	c.mu.Unlock()
	if m != nil && !m.inbox.Post(seen{*o}) {
		m.log.Error("a conference has too much to do, and does not learn who has come or gone")
	}
}

// roomGone is told by rooms that they are over, here at least.
func (c *Service) roomGone(room jid.JID) {
	c.mu.Lock()
	for k := range c.callers {
		if k.room == room {
			delete(c.callers, k)
		}
	}
	m := c.meetings[room]
	c.mu.Unlock()
	if m != nil {
		m.inbox.Post(do((*meeting).roomGone))
	}
}

// silenced tells rooms which guests wait.
func (c *Service) silenced(room jid.JID) func(jid.JID) bool {
	m := c.meeting(room)
	if m == nil {
		return nil
	}
	silent := m.silent.Load()
	if silent == nil {
		return nil
	}
	return func(guest jid.JID) bool { return (*silent)[guest] }
}
