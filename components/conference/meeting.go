package conference

import (
	"context"
	"hash/maphash"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"plenum/components/call"
	"plenum/components/media/mix"
	"plenum/components/muc"
	"plenum/xmppd"
	"plenum/xmppd/actor"
	"plenum/xmppd/jid"
)

// A meeting is the conference of one room while somebody is in it or watches it. It lives where the room does. One goroutine owns it, to
// which everybody else sends events; all fields below the inbox are its own.
type meeting struct {
	svc   *Service
	room  jid.JID
	addr  string // of the conference: ROOM/Conference
	log   *slog.Logger
	inbox *actor.Inbox[event]

	// For others.
	silent  atomic.Pointer[map[jid.JID]bool] // guests who wait, by full JID; never changed in place
	showing atomic.Pointer[muc.Showing]
	figures atomic.Pointer[figures]

	state     state
	over      bool
	seed      maphash.Seed
	listeners map[jid.JID]*listener // who is told, by full JID
	people    []*participant        // in the order in which they came, those too whose media is not agreed yet
	last      int                   // the last participant's number
	admitted  map[string]bool       // who has taken part in this conference, by occupant id
	began     bool                  // its beginning is noted
	known     map[string]string     // the roster by nick, as it was told

	// Sound and pictures.
	voices   atomic.Pointer[[]*voice]
	beat     *beat
	stopBeat context.CancelFunc
	mixer    *mix.Mixer
	stopMix  context.CancelFunc
	work     sync.WaitGroup // beat and mixer
	spoken   spoken
	spokes   uint64       // how often somebody has begun to speak
	sharer   *participant // who may share a screen
	sharedAt time.Time    // when he was given that

	// What is to be done after an event.
	stale   bool // somebody is to hear or see something else
	changed bool // the state is to be told
	armed   bool // telling runs
	telling *time.Timer
	timer   *time.Timer
	look    *time.Timer
}

// figures are what a meeting counts for.
type figures struct {
	phase           phase
	people, waiting int
	codes           int // pages that show one
}

// A listener is a client that is told about the conference.
type listener struct {
	full    jid.JID
	who     muc.OccupantInfo
	to      *xmppd.Recipient
	watches bool         // has asked for it; who takes part is told anyway
	part    *participant // nil when he has no call
	told    uint64       // the state, as its sum; without the participants when he follows
	follows bool         // knows all participants, as m.known has them
}

// event is something that a meeting has to deal with. It runs on the meeting's goroutine.
type event interface{ apply(*meeting) }

// do is an event that is a function.
type do func(*meeting)

func (d do) apply(m *meeting) { d(m) }

// maxEvents is how many events may wait. Each participant causes some ten in a busy second.
const maxEvents = 10_000

func newMeeting(c *Service, room jid.JID) *meeting {
	m := &meeting{
		svc: c, room: room, addr: room.String() + "/" + Nick, log: c.log.With("room", room.String()), inbox: actor.NewInbox[event](maxEvents),
		seed: maphash.MakeSeed(), state: state{since: time.Now().UTC()}, listeners: map[jid.JID]*listener{}, admitted: map[string]bool{},
	}
	m.voices.Store(new([]*voice))
	m.figures.Store(&figures{})
	m.timer = newTimer(func() { m.inbox.Post(do(func(m *meeting) { m.step(timePasses{}) })) })
	m.telling = newTimer(func() { m.inbox.Post(do((*meeting).tell)) })
	m.look = newTimer(func() { m.inbox.Post(do((*meeting).lookRound)) })
	return m
}

func newTimer(fn func()) *time.Timer {
	t := time.AfterFunc(time.Hour, fn)
	t.Stop()
	return t
}

// run is the life of a meeting.
func (m *meeting) run(ctx context.Context) {
	defer m.close()
	defer m.caught()
	for e := range m.inbox.All(ctx) {
		e.apply(m)
		m.settle()
		if m.over || m.unneeded() && m.svc.retire(m) {
			return
		}
	}
}

// caught ends a conference after a bug, and not the server.
func (m *meeting) caught() {
	if p := recover(); p != nil {
		m.log.Error("a conference has failed by a bug", "panic", p, "stack", string(debug.Stack()))
	}
}

// close ends what is left.
func (m *meeting) close() {
	defer m.caught()
	m.svc.forget(m)
	m.inbox.Close()
	for e := range m.inbox.All(context.Background()) { // ends when the inbox is empty
		switch e := e.(type) {
		case joins:
			e.leg.Send(call.Hangup{Reason: call.Unavailable})
		case dialsIn:
			e.p.leg.Send(call.Hangup{Reason: call.Unavailable})
			e.p.release()
		}
	}
	for _, p := range m.people {
		p.leg.Send(call.Hangup{Reason: call.Unavailable})
		m.drop(p)
	}
	m.people = nil
	m.arrange()
	for _, t := range []*time.Timer{m.timer, m.telling, m.look} {
		t.Stop()
	}
	m.work.Wait()
}

// unneeded reports whether there is nothing to remember.
func (m *meeting) unneeded() bool {
	return m.state.phase == idle && len(m.people) == 0 && len(m.listeners) == 0 && !m.changed
}

// step lets something happen to the conference as a whole.
func (m *meeting) step(e any) {
	was := m.state.phase
	next, actions := m.state.step(time.Now().UTC(), e, &m.svc.Rules)
	if next.phase == ended && was != ended {
		m.tellState(&next) // before the calls are over
	}
	m.state = next
	for _, a := range actions {
		m.carryOut(a)
	}
	if was != next.phase {
		m.log.Info("conference", "is", next.phase.String(), "was", was.String(), "reason", next.reason)
		if !next.running() {
			clear(m.admitted)
			m.sharer, m.spoken = nil, spoken{}
		}
		m.note()
	}
	m.touched()
}

// touched says that somebody may hear or see something else now, and that all are to be told.
func (m *meeting) touched() { m.stale, m.changed = true, true }

func (m *meeting) carryOut(a any) {
	switch a := a.(type) {
	case put:
		if p := m.participant(a.id); p != nil {
			m.put(p, a.at)
		}
	case dismissal:
		if p := m.participant(a.id); p != nil {
			m.part(p, a.reason)
		}
	case summon:
		if p := m.participant(a.id); p != nil {
			m.svc.Rooms.TellMembers(m.room, m.svc.summons(m.room, p.nick()))
		}
	}
}

// settle draws the conclusions from an event.
func (m *meeting) settle() {
	if m.stale {
		m.stale = false
		m.arrange()
		m.publish()
	}
	if m.changed {
		m.changed = false
		if !m.armed {
			m.armed = true
			m.telling.Reset(m.pace())
		}
	}
	m.timer.Stop()
	if at := m.state.next(); !at.IsZero() {
		m.timer.Reset(time.Until(at))
	}
}

// The state is told some time after it has changed, with all that has changed meanwhile: to many people less often.
const (
	tellAfter      = 100 * time.Millisecond
	tellManyAfter  = 500 * time.Millisecond
	tellCrowdAfter = 2 * time.Second
	many, crowd    = 30, 100 // people, above which
)

func (m *meeting) pace() time.Duration {
	switch n := len(m.people); {
	case n > crowd:
		return tellCrowdAfter
	case n > many:
		return tellManyAfter
	}
	return tellAfter
}

// lookEach is how often a meeting looks at what nobody tells it.
const lookEach = time.Second

// lookRound finds legs that could not report, slots that have no bandwidth, and screens that were announced and did not come.
func (m *meeting) lookRound() {
	for _, p := range slices.Clone(m.people) {
		if p.sink.failed.Load() {
			m.log.Error("a participant has reported more than could be taken in", "nick", p.nick())
			m.legEnded(p, call.Congestion)
			p.leg.Send(call.Hangup{Reason: call.Congestion})
		}
	}
	if s := m.sharer; s != nil && s.screen == nil && time.Since(m.sharedAt) > screenWithin {
		m.sharer = nil
		m.touched()
	}
	for _, p := range m.people {
		m.tellSlots(p)
	}
	if len(m.people) > 0 {
		m.look.Reset(lookEach)
	}
}

// listener finds or makes the listener of a client.
func (m *meeting) listener(full jid.JID, who *muc.OccupantInfo) *listener {
	l := m.listeners[full]
	if l == nil {
		l = &listener{full: full.Clone()}
		l.to = m.svc.srv.NewRecipient(l.full)
		m.listeners[l.full] = l
	}
	l.who = *who
	return l
}

// release forgets a listener whom nobody needs.
func (m *meeting) release(l *listener) {
	if l != nil && !l.watches && l.part == nil && m.listeners[l.full] == l {
		delete(m.listeners, l.full)
	}
}

// seen is the news about somebody in the room.
type seen struct{ muc.Occupancy }

func (s seen) apply(m *meeting) {
	l := m.listeners[s.Session]
	if l == nil {
		return
	}
	if !s.Left {
		if now := s.Occupant; l.who.Nick != now.Nick || l.who.Role != now.Role || l.who.Affiliation != now.Affiliation {
			l.who = now
			if l.part != nil {
				l.part.guard(m)
				m.step(isModerator{l.part.id, m.moderates(l.part)})
			}
			m.touched()
		}
		return
	}
	l.watches = false
	if p := l.part; p != nil {
		p.leg.Send(call.Hangup{Reason: call.Removed})
		m.legEnded(p, call.Unavailable) // without a word: he may come back
	}
	m.release(l)
}

// publicChanged says that guests are let in, or no longer.
func (m *meeting) publicChanged() {
	m.callersChanged()
	for _, p := range slices.Clone(m.people) {
		m.step(isModerator{p.id, m.moderates(p)})
	}
	m.touched()
}

// roomGone ends the meeting with its room.
func (m *meeting) roomGone() {
	for _, p := range slices.Clone(m.people) {
		m.part(p, call.Unavailable)
	}
	clear(m.listeners)
	m.over = true
}
