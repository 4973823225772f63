package session

import (
	"context"
	"log/slog"
	"runtime/debug"
	"sync/atomic"
	"time"

	"plenum/components/call"
	"plenum/components/media"
	"plenum/jingle/sdp"
	"plenum/jingle/transport"
	"plenum/jingle/wire"
	"plenum/xmppd/actor"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// Media is the media half of a session. The session closes it; Describe and Close are called by the session alone.
type Media interface {
	media.Endpoint
	// Describe takes over what was agreed, or is offered, now and after each change. It adds our streams to the contents' Local.
	Describe(*sdp.Description) error
	// Transport is the one at this place of the description; nil when there is none.
	Transport(i int) Transport
	// SendDTMF presses keys for the peer, each for the duration; 0 means 100 ms.
	SendDTMF(keys string, d time.Duration) error
	Close()
}

// Transport is one of the media half's transports.
type Transport interface {
	Local() transport.Description
	Gather() error
	SetRemote(transport.Description) (restarted bool, err error)
	AddCandidate(transport.Candidate) error
	Restart() (transport.Description, error)
}

// Stanzas is how a session speaks to its peer. The methods do not block.
type Stanzas interface {
	// Request sends an IQ of type set and calls done once with the answer, or with nil when none came.
	Request(from, to jid.JID, payload []byte, done func(*xmlstream.Packet))
	// Message sends a message of type chat; what one session sends keeps its order.
	Message(from, to jid.JID, m *wire.Message)
}

// Config is what a session begins with. All but Log must be given, Peer in full unless the session begins with a propose of ours.
type Config struct {
	ID          call.LegID
	SID         string
	Local, Peer jid.JID
	Role        wire.Role // ours
	Message     bool      // the session begins with a message (XEP-0353)
	Nick        string    // of the local party, for that message; empty for none
	Wants       []sdp.Want
	Caps        sdp.Capabilities
	LostTime    time.Duration // 0 is the constant of this name

	Stanzas Stanzas
	// Media makes the media half, which reports to the session. controlling: we make the offer.
	Media func(s *Session, controlling bool) Media
	// Bundles reports whether the peer, a full JID now, takes several contents on one transport (XEP-0338).
	Bundles func(jid.JID) bool
	// Ended is called once, after the owner was told, when the session answers nothing any more.
	Ended func(*Session)
	Log   *slog.Logger
}

// A Session is one party's session with this server. It implements [call.Leg]; its methods may be called from any goroutine.
type Session struct {
	Config
	inbox *actor.Inbox[message]
	log   *slog.Logger
	sink  call.Sink
	media atomic.Pointer[Media]
	taken atomic.Bool // by the callee

	// What follows belongs to the goroutine of Run.
	state    state
	answer   bool // the owner has given the command
	alerting bool // and that somebody is alerted
	ringing  bool // which was said
	held     bool
	ready    bool // MediaReady was posted
	told     bool // the peer knows our transports
	d        *sdp.Description
	refused  []sdp.Refusal
	local    []*localTransport // by the place in d
	early    []wire.Content    // of transport-infos that came too soon
	adding   []wire.Key        // contents that the peer has added and that wait for our candidates
	named    int               // of our candidates have got an id
	restarts restarts
	timers   map[timer]*running
}

// A state is how far a session has come.
type state uint8

const (
	fresh      state = iota // nothing was said by Jingle; a propose of the peer may have been answered
	proposing               // we have sent a propose
	preparing               // our session-initiate waits for our candidates
	offered                 // the peer's session-initiate has come
	initiating              // our session-initiate is out
	accepting               // our session-accept is out
	active
	over
)

// A message is what comes to the owner.
type message interface{ apply(*Session) }

// late is implemented by messages that must be answered even when the session is over.
type late interface{ late(*Session) }

// New makes a session. Nothing happens before [Session.Run]; until then what comes is kept.
func New(c Config) *Session {
	s := &Session{Config: c, inbox: actor.NewInbox[message](MaxInbox), log: c.Log, timers: make(map[timer]*running)}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.log = s.log.With("call", c.SID, "peer", c.Peer.String())
	if s.LostTime == 0 {
		s.LostTime = LostTime
	}
	return s
}

var _ call.Leg = (*Session)(nil)

// ID implements [call.Leg].
func (s *Session) ID() call.LegID { return s.Config.ID }

// Media implements [call.Leg].
func (s *Session) Media() media.Endpoint {
	if m := s.media.Load(); m != nil {
		return *m
	}
	return nil
}

// Pending reports whether the call has not been answered yet, as far as others can tell.
func (s *Session) Pending() bool { return !s.taken.Load() }

// answered says that both are in the call now.
func (s *Session) answered() {
	s.taken.Store(true)
	s.post(call.Answered{})
}

// Send implements [call.Leg].
func (s *Session) Send(c call.Command) {
	if !s.inbox.Post(command{c}) {
		s.log.Debug("a command comes too late", "command", c)
	}
}

// Run carries the session until it has ended. The sink is where it reports. When ctx is done before, the peer is told that we are gone.
func (s *Session) Run(ctx context.Context, sink call.Sink) {
	s.sink = sink
	defer s.close()
	defer s.recover()
	s.begin()
	for m := range s.inbox.All(ctx) {
		m.apply(s)
		if s.state == over {
			return
		}
	}
	s.end(call.Unavailable, tellPeer)
}

// recover ends the session after a bug.
func (s *Session) recover() {
	if p := recover(); p != nil {
		s.log.Error("a session has failed by a bug", "panic", p, "stack", string(debug.Stack()))
		s.end(call.Failed, tellPeer)
	}
}

// close answers what nobody will answer any more and waits for the media half.
func (s *Session) close() {
	s.inbox.Close()
	for m := range s.inbox.All(context.Background()) { // ends when the inbox is empty
		if l, ok := m.(late); ok {
			l.late(s)
		}
	}
	s.stopTimers()
	if m := s.media.Load(); m != nil {
		(*m).Close()
	}
	s.Config.Ended(s)
}

// post tells the owner of the leg. One that is gone or cannot keep up has no call any more.
func (s *Session) post(e call.Event) {
	if s.state != over && !s.sink.Post(e) {
		s.end(call.Failed, tellPeer)
	}
}

// command is what the owner of the leg wants.
type command struct{ call.Command }

func (c command) apply(s *Session) {
	switch c := c.Command.(type) {
	case call.Ring:
		s.ring()
	case call.Answer:
		s.take()
	case call.Prefer: // of use as long as no session has been offered
		s.Caps = s.Caps.Prefer(c.Codecs)
	case call.Hangup:
		s.end(c.Reason, tellPeer)
	case call.Hold:
		s.inform(wire.Info{Kind: wire.Hold})
	case call.Resume:
		s.inform(wire.Info{Kind: wire.Unhold})
	case call.SendDTMF:
		s.sendKeys(c.Keys, c.Duration)
	case call.Mute:
		if k, ok := s.contentOf(c.Track); ok {
			s.inform(wire.Info{Kind: wire.Mute, Creator: k.Creator, Name: k.Name})
		}
	}
}

// contentOf finds the content of a track, whose id is the content's name, or creator and name where two have the same.
func (s *Session) contentOf(t *media.Track) (wire.Key, bool) {
	if s.d == nil || t == nil {
		return wire.Key{}, false
	}
	for i := range s.d.Transports {
		for _, c := range s.d.Transports[i].Contents {
			if isTrack(t, c.Key) {
				return c.Key, true
			}
		}
	}
	return wire.Key{}, false
}

func isTrack(t *media.Track, k wire.Key) bool {
	return t.ID() == k.Name || t.ID() == string(k.Creator)+" "+k.Name
}
