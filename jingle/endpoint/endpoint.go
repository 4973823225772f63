package endpoint

import (
	"context"
	"log/slog"
	"time"

	"plenum/components/call"
	"plenum/components/disco"
	"plenum/jingle/sdp"
	"plenum/jingle/session"
	"plenum/jingle/wire"
	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// An Owner takes the calls to a domain.
type Owner interface {
	// Incoming brings a call of a client, a full JID, to a resident. The sink it returns is told what becomes of the leg, which begins when
	// Incoming has returned; commands may be sent to it before. An error refuses the call: its kind says why. It does not block.
	Incoming(from, to jid.JID, leg call.Leg, o call.Offer) (call.Sink, error)
}

// Callable is what the residents of a domain are.
type Callable struct {
	Owner      Owner
	Resource   string           // of the residents, where a caller has none
	Identities []disco.Identity // what they are (XEP-0030)
	Features   []string         // beside those of calls
	Video      bool             // pictures are taken too
	// LostTime is how long a call goes on after its media was found lost; 0 is session.LostTime.
	LostTime time.Duration
}

// Parts are what the service stands on.
type Parts struct {
	Disco *disco.Service // knows what clients can do
	// Media makes the media half of a session, which reports to it.
	Media func(s *session.Session, controlling bool) session.Media
	Log   *slog.Logger
}

// Service has the calls of XMPP clients.
type Service struct {
	Parts
	cfg   Config
	srv   *xmppd.Server
	log   *slog.Logger
	table table
	rates rates

	callables map[string]*callable // by domain; filled before the server starts

	ctx    context.Context // ends when the service stops
	cancel context.CancelFunc
}

type callable struct {
	Callable
	info *disco.Info
	caps sdp.Capabilities
}

// Register puts the service into s. cfg is valid.
func Register(s *xmppd.Server, cfg Config, p Parts) *Service {
	e := &Service{
		Parts: p, cfg: cfg, srv: s, log: p.Log, callables: make(map[string]*callable),
		table: newTable(cfg.Sessions, cfg.SessionsPerUser), rates: newRates(cfg.StanzasPerSecond),
	}
	if e.log == nil {
		e.log = s.Log()
	}
	e.ctx, e.cancel = context.WithCancel(s.Context())
	s.Hooks.SessionEnd.Add(func(x *xmppd.Session) { e.gone(x.JID()) })
	s.Hooks.Stop.Add(func(context.Context) {
		e.cancel()
		e.table.close()
	})
	return e
}

// Serve puts an owner in charge of the calls to a domain, before the server starts.
func (e *Service) Serve(domain string, c Callable) {
	caps := sdp.Default()
	if !c.Video {
		caps.Video = sdp.Capability{}
	}
	e.callables[domain] = &callable{c, &disco.Info{Identities: c.Identities, Features: features(&c)}, caps}
}

// Deliver takes what has come for a resident, or for the bare JID behind it. It reports false for what is not about calls. It does not block.
func (e *Service) Deliver(resident jid.JID, in *xmppd.Stanza) bool {
	c := e.callables[resident.Domain()]
	if c == nil {
		return false
	}
	switch in.Packet.Kind() {
	case xmlstream.IQ:
		return e.deliverIQ(c, resident, in)
	case xmlstream.Message:
		return e.deliverMessage(c, resident, in)
	}
	return false
}

func (e *Service) deliverIQ(c *callable, resident jid.JID, in *xmppd.Stanza) bool {
	first, _ := in.Packet.First()
	switch in.Packet.Type() {
	case xmppd.Get:
		return e.discover(c, in, first)
	case xmppd.Set:
		if !first.Is(wire.NS, "jingle") {
			return false
		}
		e.request(c, resident, in, first)
		return true
	}
	return e.srv.Answered(in.From, in.Packet)
}

// request takes a Jingle request.
func (e *Service) request(c *callable, resident jid.JID, in *xmppd.Stanza, first xmlstream.Element) {
	iq := e.srv.NewIQ(in, first)
	reply := func(err error) {
		if err != nil {
			iq.Error(err)
			return
		}
		iq.Result(nil)
	}
	if !e.rates.take(in.From.Bare(), time.Now()) {
		reply(errHasty)
		return
	}
	j, err := wire.ParseJingle(first)
	if err != nil {
		reply(err)
		return
	}
	if s := e.table.find(resident, in.From, j.SID); s != nil {
		s.Request(in.From, j, reply)
		return
	}
	if j.Action != wire.SessionInitiate {
		reply(wire.UnknownSession())
		return
	}
	e.initiated(c, resident, in.From.Clone(), j, reply)
}

var errHasty = xmppd.Errorf("resource-constraint", "so many requests in a second are not taken")

// gone ends the calls of a client whose session with the server has ended.
func (e *Service) gone(client jid.JID) {
	for _, s := range e.table.of(client) {
		s.Gone(client)
	}
}

// Stats are figures about calls.
type Stats struct {
	Sessions, Limit           int
	Begun, Refused, Throttled uint64
}

// Stats reads the figures.
func (e *Service) Stats() Stats {
	st := e.table.stats()
	st.Throttled = e.rates.refused.Load()
	return st
}
