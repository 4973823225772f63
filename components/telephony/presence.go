package telephony

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"plenum/components/call"
	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// phoneResource is the resource of the session that shows what a user's telephones do.
const phoneResource = "phone"

// NSPhone is the namespace of <phone/> in the presence of user@domain/phone. Clients that do not know it go by <show/> and <status/>: available is
// free, away is called, dnd talks or does not ring. A user none of whose telephones has registered has no such session.
const NSPhone = "urn:plenum:phone:0"

// priority keeps messages to the bare JID away from the telephone (RFC 6121 §8.5.2.1.1).
const priority = "-128"

// openTime is how long it may take to open a session.
const openTime = 10 * time.Second

// sessions are those of users' telephones on this node. Each is handled by one goroutine at a time.
type sessions struct {
	svc *Service

	mu     sync.Mutex
	users  map[jid.JID]*phoneSession
	closed bool
	work   sync.WaitGroup
}

type phoneSession struct {
	again   bool // something has changed meanwhile
	busy    bool // a goroutine is at it
	session *xmppd.Session
	shown   []byte // the presence that was sent last
}

func newSessions(s *Service) *sessions {
	return &sessions{svc: s, users: make(map[jid.JID]*phoneSession)}
}

// show makes a user's contacts see what his telephones do now. It does not block.
func (s *sessions) show(user jid.JID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	p := s.users[user]
	if p == nil {
		p = new(phoneSession)
		s.users[user] = p
	}
	if p.again = true; p.busy {
		return
	}
	p.busy = true
	s.work.Go(func() {
		for s.more(user, p) {
			s.publish(user, p)
		}
	})
}

// more reports whether there is something to be shown; when not, the user's entry goes with his session.
func (s *sessions) more(user jid.JID, p *phoneSession) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.again && !s.closed {
		p.again = false
		return true
	}
	if p.busy = false; p.session == nil {
		delete(s.users, user)
	}
	return false
}

// publish opens, tells or closes the session, on the goroutine that is at it.
func (s *sessions) publish(user jid.JID, p *phoneSession) {
	state := s.svc.PhoneState(user)
	u, exists := s.svc.People.Get(user)
	_, elsewhere := s.svc.nodes.elsewhere() // the node with the telephones shows them
	switch {
	case state.Doing == Gone || !exists || elsewhere:
		if p.session != nil {
			p.session.Close("", "")
			p.session, p.shown = nil, nil
		}
		return
	case p.session == nil && !s.open(user, p):
		return
	}
	if next := s.svc.presence(state, u.Silent); !bytes.Equal(next.Raw(), p.shown) {
		if err := p.session.Submit(next); err != nil {
			p.session, p.shown = nil, nil // it was closed: the account is being disabled, or another server has this session now
			return
		}
		p.shown = next.Raw()
	}
}

func (s *sessions) open(user jid.JID, p *phoneSession) bool {
	full, err := user.WithResource(phoneResource)
	if err != nil {
		return false
	}
	ctx, cancel := context.WithTimeout(s.svc.ctx, openTime)
	defer cancel()
	x, err := s.svc.srv.OpenSession(ctx, full, s.svc.phoneHears(full), xmlstream.Presence)
	if err != nil {
		s.svc.log.Warn("the state of telephones cannot be shown", "user", user, "err", err)
		return false
	}
	p.session = x
	return true
}

// phoneHears is what a session does with what is sent to it: requests are refused, as whoever does not know them does (RFC 6120 §8.4).
func (s *Service) phoneHears(full jid.JID) func(*xmlstream.Packet) {
	return func(p *xmlstream.Packet) {
		if p.Kind() != xmlstream.IQ || p.Type() != xmppd.Get && p.Type() != xmppd.Set {
			return
		}
		if e := xmppd.ErrorReply(p, xmppd.Errorf("service-unavailable", "")); e != nil {
			s.srv.Route(e)
		}
	}
}

// presence is what contacts see.
func (s *Service) presence(st State, silent bool) *xmlstream.Packet {
	b := xmlstream.NewBuilder().Start("presence", "")
	switch {
	case st.Doing == Ringing:
		b.Element("show", "", "away")
	case st.Doing == Talking || silent:
		b.Element("show", "", "dnd")
	}
	b.Element("status", "", s.status(st, silent))
	b.Element("priority", "", priority)
	return b.Raw(s.phoneXML(st)).End().Packet()
}

// phoneXML is a state for programs, with whom only where operators let it be seen; nil for one who has no telephone.
func (s *Service) phoneXML(st State) []byte {
	if st.Doing == Gone {
		return nil
	}
	b := xmlstream.NewBuilder().Start("phone", NSPhone, "state", st.Doing.String())
	if s.cfg.ShowNumbers {
		for _, d := range st.Dialogs {
			if d.Doing == st.Doing {
				b.Element("with", "", "", withAttributes(d.With)...)
			}
		}
	}
	return b.End().Bytes()
}

func withAttributes(p call.Party) (list []string) {
	if p.Number != "" {
		list = append(list, "number", p.Number)
	}
	if p.Name != "" {
		list = append(list, "name", p.Name)
	}
	return list
}

// status is the state in words, with whom only where operators let it be seen.
func (s *Service) status(st State, silent bool) string {
	if silent && st.Doing == Free {
		return "Telephone: does not ring"
	}
	text := map[Doing]string{Free: "Telephone: free", Ringing: "Telephone: is being called", Talking: "Telephone: in a call"}[st.Doing]
	if !s.cfg.ShowNumbers {
		return text
	}
	for _, d := range st.Dialogs {
		if d.Doing == st.Doing {
			if who := display(d.With); who != "" {
				return text + " (" + who + ")"
			}
		}
	}
	return text
}

func display(p call.Party) string {
	switch {
	case p.Name != "" && p.Number != "":
		return p.Name + ", " + p.Number
	case p.Name != "":
		return p.Name
	}
	return p.Number
}

// shown are those who have such a session.
func (s *sessions) shown() []jid.JID {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Keys(s.users))
}

func (s *sessions) close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.work.Wait()
	for _, p := range s.users {
		if p.session != nil {
			p.session.Close("", "")
		}
	}
}
