package telephony

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"plenum/components/call"
	"plenum/components/media/play"
	"plenum/xmppd"
	"plenum/xmppd/cluster"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

// Parts are what the service stands on.
type Parts struct {
	Domain   string // of numbers: pbx.example.org
	People   People
	Phones   Phones
	Lines    Lines          // nil when there are no trunks
	Clients  Clients        // nil when XMPP clients cannot be called
	Forwards Forwards       // nil when nobody can forward
	Teams    Teams          // nil when there are none
	Viewers  Viewers        // who has teams as contacts; nil when nobody has
	Flows    Flows          // nil when there are no actions
	Zone     *time.Location // in which the times of their conditions are meant; nil for the machine's
	Apps     Apps
	PlaceOf  func(device string) string // the location that a telephone belongs to; nil when there are none
	SIP      bool                       // this node speaks SIP: in a cluster, the telephones are here
	Online   func() []string            // the telephones that have registered here; nil for none
	Billing  func(r *Record) []string   // the names of the groups in which a row is billed; nil for none
	Log      *slog.Logger
}

// Service has the calls.
type Service struct {
	Parts
	cfg    Config
	srv    *xmppd.Server
	log    *slog.Logger
	db     *store.DB
	node   string
	domain string
	plan   *dialPlan
	legs   *legs
	table  *table
	lines  *lines // of teams
	states *states
	ledger *ledger
	sounds *sounds
	nodes  *nodes

	callWatchers []func(id string)
	teamWatchers []func()
	seenWatchers []func(user jid.JID)
	pickups      pickups
	teamFaces    *teamFaces

	ctx    context.Context // ends when the service stops
	cancel context.CancelFunc
	work   sync.WaitGroup // goroutines other than those of calls
}

// Register puts the service into s.
func Register(s *xmppd.Server, cfg Config, p Parts) (*Service, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("telephony: %w", err)
	}
	clip, err := cfg.clip()
	if err != nil {
		return nil, fmt.Errorf("telephony: %w", err)
	}
	if err := migrate(s.Context(), s.Store()); err != nil {
		return nil, fmt.Errorf("telephony: %w", err)
	}
	t := &Service{
		Parts: p, cfg: cfg, srv: s, log: p.Log, db: s.Store(), node: string(s.Node().ID), domain: p.Domain, legs: newLegs(), table: newTable(cfg),
	}
	if t.log == nil {
		t.log = s.Log()
	}
	t.ctx, t.cancel = context.WithCancel(s.Context())
	t.sounds = &sounds{ctx: t.ctx, work: &t.work, clip: clip, pick: p.Apps.Pick, players: make(map[call.Sound]*play.Player)}
	t.states = newStates(t)
	t.teamFaces = newTeamFaces(t)
	t.lines = newLines(t.lineWorld())
	t.watchClients()
	t.OnPhoneState(func(user jid.JID) { t.lines.inbox.Post(phoneMoved{user}) })
	t.ledger = newLedger(t.db, t.node, t.log)
	t.ledger.billing = p.Billing
	t.nodes = newNodes(t)
	t.nodes.watchers.team = append(t.nodes.watchers.team, func() { t.teamFaces.inbox.Post(faceMoved{}) })
	t.plan = &dialPlan{
		domain: p.Domain, people: p.People, phones: p.Phones, lines: p.Lines, clients: p.Clients, teams: p.Teams, apps: p.Apps, busy: t.states.busy, right: t.passed,
		rings: t.states.ringing, forwards: p.Forwards, circle: t.circle, place: p.PlaceOf,
		flows: p.Flows, zone: p.Zone, chosen: t.chosen,
	}
	s.Hooks.Start.Add(t.start)
	s.Hooks.NodeDown.Add(func(d cluster.Down) { t.interrupted(string(d.Node)) })
	s.Hooks.Stop.Add(func(context.Context) { t.stop() })
	return t, nil
}

func (s *Service) start() {
	s.interrupted(s.node)
	s.ledger.start()
	s.work.Go(func() { s.sweep(s.ctx) })
	s.work.Go(func() { s.lines.run(s.ctx) })
	s.work.Go(s.nodes.watch)
	s.work.Go(func() { s.teamFaces.run(s.ctx) })
}

// interrupted ends the records of calls of a node that has ended without doing so.
func (s *Service) interrupted(node string) {
	n, err := interrupted(s.ctx, s.db, node)
	if err != nil {
		s.log.Error("records of calls stay open", "err", err)
	} else if n > 0 {
		s.log.Warn("calls were interrupted", "records", n)
	}
}

func (s *Service) stop() {
	s.cancel()
	s.table.close()
	s.states.close()
	s.ledger.close()
	s.work.Wait()
}

// Incoming takes a call that an edge brings. The error refuses it; its kind says why. It does not block.
func (s *Service) Incoming(c Caller, dialled string, leg call.Leg, o call.Offer) (call.Sink, error) {
	emergency := c.Trunk == "" && s.Lines != nil && s.Lines.Emergency(clean(dialled))
	code, _, isCode := s.Apps.code(clean(dialled))
	if c.Trunk == "" && !c.Inside() && !emergency && !(isCode && code.Anybody) { // a telephone that is nobody's
		return nil, fault.New(fault.Forbidden, "only users call from inside")
	}
	if o.Replaces != "" {
		return s.replace(c, leg, o)
	}
	if c.Trunk != "" {
		return s.fromOutside(c, dialled, leg, o)
	}
	return s.begin(c, begin{dialled: dialled}, leg, o, emergency)
}

// fromOutside takes a call of a trunk.
func (s *Service) fromOutside(c Caller, dialled string, leg call.Leg, o call.Offer) (call.Sink, error) {
	if s.Lines == nil {
		return nil, fault.New(fault.NotFound, "there are no trunks")
	}
	to, err := s.Lines.Inbound(c, dialled)
	if err != nil {
		return nil, err
	}
	c.Number, c.Prefix = to.Number, to.Prefix
	if to.Language != "" {
		c.Language = to.Language
	}
	if !to.DialIn {
		return s.begin(c, begin{dialled: to.Dialled, fallback: to.Fallback}, leg, o, false)
	}
	if s.Apps.DialIn == nil {
		return nil, fault.New(fault.NotFound, "groups have no number")
	}
	return s.begin(c, begin{dialled: dialIn}, leg, o, false)
}

// dialIn stands for the number of the groups, which has other ones from inside and outside.
const dialIn = "dial-in"

// begin makes the call.
func (s *Service) begin(c Caller, first begin, leg call.Leg, o call.Offer, always bool) (call.Sink, error) {
	if c.Forwards > maxForwards {
		return nil, fault.New(fault.Conflict, "the call has been forwarded too often")
	}
	l := s.newCall(c, call.Config{Caller: leg.ID(), Party: s.plan.party(s.plan.dialler(c)), Video: o.Video})
	if err := s.table.add(l, always); err != nil {
		return nil, err
	}
	s.legs.add(&party{leg: leg.ID(), Caller: c, shown: l.machine.Party(leg.ID())}, l)
	sink := l.runner.Attach(leg, o)
	l.runner.Post(first)
	s.run(l)
	return sink, nil
}

// newCall makes the call of a caller, which does not run yet.
func (s *Service) newCall(c Caller, cfg call.Config) *liveCall {
	now := time.Now()
	who := s.plan.dialler(c)
	l := &liveCall{svc: s, caller: c, began: now, mine: make(map[call.LegID]bool), done: make(chan struct{})}
	if who.user.Language != "" && c.Language == "" {
		l.caller.Language = who.user.Language
	}
	cfg.Longest = s.cfg.Longest
	l.machine = &machine{
		Call: call.New(now, cfg), id: recordID(now, 0), plan: s.plan, legs: s.legs, live: l, newLeg: newLeg, ring: s.cfg.Ring, transfers: s.cfg.Transfers,
		dialler: who, served: l.caller, rang: make(map[call.LegID]bool),
	}
	l.runner = call.NewRunner(call.RunnerConfig{
		Machine: l.machine, Dialer: l, Sound: s.sounds.source, Observe: l.observe, Log: s.log.With("call", l.machine.id),
	})
	return l
}

// run carries a call out until it is over.
func (s *Service) run(l *liveCall) {
	go func() {
		defer l.end()
		l.runner.Run(s.ctx)
	}()
}

// MayPickUp reports whether a user may take a call that rings at another user of this server.
func (s *Service) MayPickUp(user, from jid.JID) bool {
	return !user.IsZero() && !from.IsZero() && s.plan.mayPickUp(user, from)
}

// maxForwards is how often a call may have been forwarded elsewhere before it comes here: one that goes in a circle over a trunk ends (RFC 5806 §9).
const maxForwards = 5

// passed lets the call of a leg go on that has asked for a PIN.
func (s *Service) passed(leg call.LegID) {
	if l := s.legs.call(leg); l != nil {
		l.runner.Post(passed{leg: leg})
	}
}

// circle says that forwards lead a call to somebody whom it has passed already.
func (s *Service) circle(dialled string, user jid.JID) {
	s.log.Warn("a call goes round in a circle of forwards or actions", "dialled", dialled, "user", user)
}

func newLeg() call.LegID { return call.LegID(rand.Text()) }

// replace puts a leg into the place of another one, in whatever call that is (RFC 3891 §3): the same user goes on at another telephone, or another
// one takes a call that rings.
func (s *Service) replace(c Caller, leg call.Leg, o call.Offer) (call.Sink, error) {
	old, l := s.legs.get(o.Replaces), s.legs.call(o.Replaces)
	if old == nil || l == nil {
		return nil, fault.New(fault.NotFound, "the call to be taken over is over")
	}
	own := c.Inside() && old.owner() == c.User
	if !own && !(s.states.rings(old) && s.MayPickUp(c.User, old.owner())) {
		return nil, fault.New(fault.Forbidden, "this is another user's call")
	}
	shown := s.plan.party(s.plan.dialler(c))
	s.legs.add(&party{leg: leg.ID(), Caller: c, shown: shown}, l)
	sink := l.runner.Attach(leg, o)
	l.runner.Post(call.Adopt{Leg: leg.ID(), Party: shown, Replaces: o.Replaces, Ringing: !own})
	return sink, nil
}
