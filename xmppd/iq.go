package xmppd

import (
	"context"
	"crypto/rand"
	"encoding/xml"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// IQTarget says to whom a handled IQ is addressed.
type IQTarget uint8

// Whom the server answers for (RFC 6121 §8.5.1, RFC 6120 §10.3.3).
const (
	ToServer  IQTarget = iota // a user domain itself
	ToAccount                 // the bare JID of an account, or no 'to' at all: the sender's own account
	targets
)

// The two IQ types that ask for something.
const (
	Get = "get"
	Set = "set"
)

// IQHandler answers one kind of request. The payload becomes the child of the result: nil for none, []byte or string for
// serialised XML, or anything encoding/xml can marshal. An error becomes the error reply; NoReply means that the
// handler answers by itself. A handler runs in the turn of the sending session and may use the store.
type IQHandler func(ctx context.Context, iq *IQ) (payload any, err error)

// NoReply is returned by a handler that has answered, or will, by IQ.Result or IQ.Error.
//
//lint:ignore ST1012 it is no failure
var NoReply = fmt.Errorf("the handler answers by itself")

type iqKey struct {
	target IQTarget
	typ    string
	space  string
	local  string
}

// IQ is a request.
type IQ struct {
	Packet  *xmlstream.Packet
	From    jid.JID
	To      jid.JID // never zero: the sender's bare JID when the stanza had no 'to'
	Origin  *Session
	Payload xmlstream.Element

	srv *Server
}

// NewIQ makes a request of what has come for a component, which answers by Result or Error.
func (s *Server) NewIQ(in *Stanza, payload xmlstream.Element) *IQ {
	return &IQ{Packet: in.Packet, From: in.From, To: in.To, Origin: in.Origin, Payload: payload, srv: s}
}

// Own reports whether the request is addressed to the sender's own account.
func (iq *IQ) Own() bool { return iq.To == iq.From.Bare() }

// Owner is the account of a request that is its owner's alone to make. The error is forbidden for others, and not-allowed for
// guests, for whom nothing is kept.
func (iq *IQ) Owner() (jid.JID, error) {
	switch {
	case !iq.Own():
		return jid.JID{}, Errorf("forbidden", "")
	case !iq.srv.hasRoster(iq.To):
		return jid.JID{}, Errorf("not-allowed", "nothing is kept for guests")
	}
	return iq.To, nil
}

// Send gives the requester a stanza ahead of the result; it takes the order of the calls.
func (iq *IQ) Send(p *xmlstream.Packet) {
	if iq.Origin != nil {
		iq.Origin.Send(p)
		return
	}
	iq.srv.Route(p)
}

// Result answers with a payload of serialised XML, which may be empty.
func (iq *IQ) Result(payload []byte) {
	b := appendHead(make([]byte, 0, 128+len(payload)), "iq", "result", iq.Packet.ID(), iq.replyFrom(), iq.From.String())
	if len(payload) == 0 {
		b = append(b, "/>"...)
	} else {
		b = append(append(append(b, '>'), payload...), "</iq>"...)
	}
	p, err := xmlstream.Parse(b, NSClient, xmlstream.Own)
	if err != nil {
		iq.srv.log.Error("a result is not well-formed", "iq", iq.Payload.Space(), "err", err)
		iq.Error(Errorf("internal-server-error", ""))
		return
	}
	iq.Send(p)
}

// Error answers with err.
func (iq *IQ) Error(err error) {
	if p := ErrorReply(iq.Packet, iq.srv.stanzaError(err)); p != nil {
		iq.Send(p)
	}
}

// replyFrom is the 'to' of the request; without one the answer has no 'from' either (RFC 6120 §8.1.2.1).
func (iq *IQ) replyFrom() string { return iq.Packet.To() }

// HandleIQ registers h for requests of one type (Get or Set) whose first child is {space}local, and announces space as
// a feature of the target. At ToAccount the account of somebody else need not exist: a handler answers those who may not ask
// before it looks, so that they cannot find out who has an account (RFC 6120 §13.11).
func (s *Server) HandleIQ(target IQTarget, typ, space, local string, h IQHandler) {
	s.mustRegister()
	k := iqKey{target, typ, space, local}
	if s.iqs[k] != nil {
		panic(fmt.Sprintf("xmppd: two handlers for %v", k))
	}
	s.iqs[k] = h
	s.AddFeature(target, space)
}

// Route is a kind of request that the server answers.
type Route struct {
	Target             IQTarget
	Type, Space, Local string
}

// Routes are all kinds of requests that are answered, in no order.
func (s *Server) Routes() []Route {
	list := make([]Route, 0, len(s.iqs))
	for k := range s.iqs {
		list = append(list, Route{k.target, k.typ, k.space, k.local})
	}
	return list
}

// AddFeature announces a feature that is no IQ namespace.
func (s *Server) AddFeature(target IQTarget, feature string) {
	for _, f := range s.features[target] {
		if f == feature {
			return
		}
	}
	s.features[target] = append(s.features[target], feature)
}

// Features are what target announces, in the order of registration.
func (s *Server) Features(target IQTarget) []string { return s.features[target] }

// serveIQ answers a request to the server or to an account.
func (s *Server) serveIQ(target IQTarget, iq *IQ) {
	iq.srv = s
	first, ok := iq.Packet.First()
	if !ok || iq.Packet.ID() == "" || !onlyChild(iq.Packet) {
		iq.Error(Errorf("bad-request", "an IQ of type get or set has an id and exactly one child"))
		return
	}
	iq.Payload = first
	h := s.iqs[iqKey{target, iq.Packet.Type(), first.Space(), first.Local()}]
	if h == nil {
		iq.Error(Errorf("service-unavailable", ""))
		return
	}
	s.metrics.iqs.Add(1)
	payload, err := s.callIQ(h, iq)
	switch {
	case err == NoReply:
	case err != nil:
		iq.Error(err)
	default:
		b, err := encodePayload(payload)
		if err != nil {
			iq.Error(err)
			return
		}
		iq.Result(b)
	}
}

func onlyChild(p *xmlstream.Packet) bool {
	n := 0
	for range p.Children() {
		n++
	}
	return n == 1
}

func (s *Server) callIQ(h IQHandler, iq *IQ) (payload any, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = s.bug("an IQ handler", r)
		}
	}()
	return h(s.ctx, iq)
}

func encodePayload(payload any) ([]byte, error) {
	switch v := payload.(type) {
	case nil:
		return nil, nil
	case []byte:
		return v, nil
	case string:
		return []byte(v), nil
	}
	b, err := xml.Marshal(payload)
	if err != nil {
		return nil, fmt.Errorf("encode a result: %w", err)
	}
	return b, nil
}

// pendingIQs are the requests that the server itself has sent.
type pendingIQs struct {
	n  atomic.Int64 // of m
	mu sync.Mutex
	m  map[pendingKey]*pendingIQ
}

type pendingKey struct {
	peer jid.JID
	id   string
}

type pendingIQ struct {
	done  func(*xmlstream.Packet)
	timer *time.Timer
}

// IQTimeout is how long the server waits for the answer to a request of its own.
const IQTimeout = 30 * time.Second

// SendIQ sends a request with a serialised payload and calls done once: with the answer, or with nil when none came within
// IQTimeout. Only an answer from the very address that was asked counts (RFC 6120 §8.1.3).
func (s *Server) SendIQ(from, to jid.JID, typ string, payload []byte, done func(*xmlstream.Packet)) {
	id := rand.Text()
	k := pendingKey{to, id}
	p := &pendingIQ{done: done}
	s.pending.mu.Lock()
	if s.pending.m == nil {
		s.pending.m = map[pendingKey]*pendingIQ{}
	}
	s.pending.m[k] = p
	s.pending.n.Add(1)
	p.timer = time.AfterFunc(IQTimeout, func() { s.answered(k, nil) })
	s.pending.mu.Unlock()
	b := appendHead(nil, "iq", typ, id, from.String(), to.String())
	b = append(append(append(b, '>'), payload...), "</iq>"...)
	s.Route(mustOwn(b))
}

// Answered gives an answer to who waits for it by SendIQ, and reports whether somebody does. A component calls it for what another node has
// passed on: an answer that comes to this node by itself does not get as far as a component.
func (s *Server) Answered(from jid.JID, p *xmlstream.Packet) bool {
	return p.Kind() == xmlstream.IQ && (p.Type() == "result" || p.Type() == "error") && s.answered(pendingKey{from, p.ID()}, p)
}

func (s *Server) awaits(k pendingKey) bool {
	if s.pending.n.Load() == 0 {
		return false
	}
	s.pending.mu.Lock()
	defer s.pending.mu.Unlock()
	return s.pending.m[k] != nil
}

func (s *Server) answered(k pendingKey, reply *xmlstream.Packet) bool {
	s.pending.mu.Lock()
	p := s.pending.m[k]
	if p != nil {
		delete(s.pending.m, k)
		s.pending.n.Add(-1)
	}
	s.pending.mu.Unlock()
	if p == nil {
		return false
	}
	p.timer.Stop()
	p.done(reply)
	return true
}
