package muc

import (
	"context"
	"sync"

	"plenum/xmppd"
	"plenum/xmppd/xmlstream"
)

// mail is what a room sends to single users by the ways of the server: it passes their archives, block lists and accounts,
// which may read the store. So it is not the room's goroutine that does it, but one that lives as long as there is
// something to send. The order is kept.
type mail struct {
	mu    sync.Mutex
	queue []*xmlstream.Packet
	busy  bool
}

// maxMail is how much may wait; it is more than one event causes, the list of admins apart.
const maxMail = 2000

// route sends a stanza to one user, in order with others that the room routes. It reports false when too much waits.
func (r *Room) route(p *xmlstream.Packet) bool {
	l := &r.mail
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.queue) >= maxMail {
		return false
	}
	l.queue = append(l.queue, p)
	if !l.busy {
		l.busy = true
		r.svc.work.Add(1)
		go r.deliverMail()
	}
	return true
}

func (r *Room) deliverMail() {
	defer r.svc.work.Done()
	l := &r.mail
	for {
		l.mu.Lock()
		queue := l.queue
		l.queue = nil
		if len(queue) == 0 {
			l.busy = false
			l.mu.Unlock()
			return
		}
		l.mu.Unlock()
		for _, p := range queue {
			r.deliverOne(p)
		}
	}
}

func (r *Room) deliverOne(p *xmlstream.Packet) {
	defer func() {
		if x := recover(); x != nil {
			r.svc.bug("a stanza of a room", x)
		}
	}()
	r.svc.srv.RouteIn(r.seq, p)
}

// reply sends p to whom in came from, in the order of what was sent to him before. P may be nil.
func (m *Service) reply(in *xmppd.Stanza, p *xmlstream.Packet) {
	switch {
	case p == nil:
	case in.Origin != nil:
		in.Origin.Send(p)
	case p.Kind() == xmlstream.IQ: // goes straight to a session
		m.srv.Route(p)
	default: // an error, which passes what mail passes; when there is no place for it, it is lost
		m.job(func(context.Context) { m.srv.Route(p) })
	}
}
