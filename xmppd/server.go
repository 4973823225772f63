package xmppd

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"plenum/xmppd/cluster"
	"plenum/xmppd/jid"
	"plenum/xmppd/sasl"
	"plenum/xmppd/store"
	"plenum/xmppd/xmlstream"
)

// Accounts is what the server asks of whoever knows the users.
type Accounts interface {
	// Lookup gives what a login is checked against; fault.NotFound when there is no such account.
	Lookup(ctx context.Context, bare jid.JID) (sasl.Account, error)
	// Exists is asked for each stanza to an account that has no session; it answers from memory when it can.
	Exists(ctx context.Context, bare jid.JID) (bool, error)
}

// Component serves a local domain of its own, such as groups.example.org. Deliver gets every stanza that is addressed to
// the domain; from is stamped and both addresses are canonical. It must not block. Origin is the sending session if
// that is on this node.
type Component interface {
	Deliver(ctx context.Context, in *Stanza)
}

// Stanza is a stanza for a component.
type Stanza struct {
	From, To jid.JID
	Packet   *xmlstream.Packet
	Origin   *Session // nil when the sender is not a session on this node

	held *count // see Hold
}

// Deps are the parts a server stands on.
type Deps struct {
	Log      *slog.Logger
	Store    *store.DB
	Node     *cluster.Node
	Accounts Accounts
	TLS      TLS // may be nil: then there is no TLS
	Limiter  *sasl.Limiter
	Browsers Browsers // may be nil: then no page of ours logs in by its browser
}

// Server is the XMPP server. Its tables are filled between New and Start and read without locks afterwards.
type Server struct {
	Hooks Hooks

	cfg        Config
	log        *slog.Logger
	db         *store.DB
	node       *cluster.Node
	accounts   Accounts
	guests     Guests   // nil: there are none
	browsers   Browsers // nil: nobody is known by his browser
	tls        TLS
	handshakes tlsConfigs
	limiter    *sasl.Limiter
	rosters    []RosterSource
	contacts   *contacts
	offline    *offlineStore
	fake       []byte // secret of the answers for unknown users

	hosts      map[string]bool // user domains, the guest domain among them
	components map[string]Component
	iqs        map[iqKey]IQHandler
	features   [targets][]string
	stream     []streamFeature
	preAuth    map[xml.Name]PreAuthHandler
	kinds      map[string]func(cluster.NodeID, []byte)
	nonzas     []nonzaHandler
	flags      uint32
	copyFlag   uint32 // sessions with it get a copy of each message of their account

	users    *userTable
	leaving  *userTable // no longer in users, but those who had seen them do not know that yet
	awaited  awaited
	arrivals arrivals
	pending  pendingIQs
	metrics  metrics

	born      time.Time
	restAfter time.Duration // the constant; tests use less
	ctx       context.Context
	cancel    context.CancelFunc
	started   atomic.Bool
	closing   atomic.Bool
	conns     sync.WaitGroup
	writers   tasks
	breaks    breaks
	tasks     tasks
	streams   streamTable
	parking   parking
}

// New makes a server. Components register with it before Start.
func New(cfg Config, d Deps) (*Server, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if d.Log == nil || d.Store == nil || d.Node == nil || d.Accounts == nil {
		return nil, errors.New("xmppd: Log, Store, Node and Accounts are needed")
	}
	if d.Limiter == nil {
		d.Limiter = sasl.NewLimiter(sasl.LimiterConfig{})
	}
	s := &Server{
		cfg: cfg, log: d.Log, db: d.Store, node: d.Node, accounts: d.Accounts, browsers: d.Browsers, tls: d.TLS, handshakes: newTLSConfigs(d.TLS), limiter: d.Limiter,
		hosts: map[string]bool{}, components: map[string]Component{}, iqs: map[iqKey]IQHandler{},
		kinds: map[string]func(cluster.NodeID, []byte){}, flags: flagNextFree, users: newUserTable(), leaving: newUserTable(), born: time.Now(), restAfter: restAfter,
	}
	s.parking.srv = s
	s.breaks.working = func() bool { return s.db.Stats().QueueRows > 0 }
	s.ctx, s.cancel = context.WithCancel(context.Background())
	for _, h := range cfg.Domains {
		s.hosts[h] = true
	}
	s.hosts[cfg.GuestDomain] = true
	if err := s.openStores(); err != nil {
		return nil, err
	}
	s.kinds[kindFanout] = s.receiveFanout
	s.registerCore()
	return s, nil
}

// Context ends when the server stops.
func (s *Server) Context() context.Context { return s.ctx }

// Store is the server's database.
func (s *Server) Store() *store.DB { return s.db }

// Node is this server's place in the cluster.
func (s *Server) Node() *cluster.Node { return s.node }

// Log is the server's logger.
func (s *Server) Log() *slog.Logger { return s.log }

// Domains are the user domains, the main one first, without the guest domain.
func (s *Server) Domains() []string { return slices.Clone(s.cfg.Domains) }

// GuestDomain is where anonymous users live.
func (s *Server) GuestDomain() string { return s.cfg.GuestDomain }

// TrustsPlaintext reports whether clients may log in without TLS.
func (s *Server) TrustsPlaintext() bool { return s.cfg.AllowPlaintext }

// IsHost reports whether users of this domain log in here.
func (s *Server) IsHost(domain string) bool { return s.hosts[domain] }

// AccountExists reports whether bare is an account of a local domain. Guests exist while they have a session.
func (s *Server) AccountExists(bare jid.JID) bool {
	if !s.hosts[bare.Domain()] || bare.Local() == "" {
		return false
	}
	if len(s.users.get(bare)) > 0 {
		return true
	}
	if bare.Domain() == s.cfg.GuestDomain {
		return len(s.remote(bare)) > 0
	}
	ok, err := s.accounts.Exists(s.ctx, bare)
	if err != nil {
		s.log.Error("the accounts do not answer", "err", err)
	}
	return ok
}

// AddComponent puts c in charge of a local domain.
func (s *Server) AddComponent(domain string, c Component) {
	s.mustRegister()
	if s.hosts[domain] || s.components[domain] != nil {
		panic(fmt.Sprintf("xmppd: domain %s is taken", domain))
	}
	s.components[domain] = c
}

// ComponentDomains are the local domains that components serve, sorted.
func (s *Server) ComponentDomains() []string {
	var out []string
	for d := range s.components {
		out = append(out, d)
	}
	slices.Sort(out)
	return out
}

// NewFlag reserves a session flag that all nodes see.
func (s *Server) NewFlag() uint32 {
	s.mustRegister()
	f := s.flags
	s.flags <<= 1
	return f
}

// CopyFlag tells which flag marks the sessions that get carbons; a message that another session failed to receive is not
// given to them twice.
func (s *Server) CopyFlag(flag uint32) {
	s.mustRegister()
	s.copyFlag = flag
}

// clock is the server's time in milliseconds, for ages below 24 days; never 0.
func (s *Server) clock() uint32 { return s.clockOf(time.Now()) }

func (s *Server) clockOf(t time.Time) uint32 { return uint32(t.Sub(s.born).Milliseconds()) | 1 }

func (s *Server) mustRegister() {
	if s.started.Load() {
		panic("xmppd: registration after Start")
	}
}

// Start connects the server to the bus. Listeners are opened by Serve afterwards.
func (s *Server) Start() error {
	s.started.Store(true)
	s.node.Bus.Handle(s.receiveEnvelope)
	s.node.OnNodeDown(s.nodeDown)
	s.node.OnUndelivered(func(to cluster.NodeID, e cluster.Envelope) {
		s.background("what another node did not get", func() { s.undelivered(to, e) })
	})
	s.node.OnDisplaced(s.displaced)
	s.node.OnReturned(s.returned)
	if err := s.node.Start(s.ctx); err != nil {
		return fmt.Errorf("join the cluster: %w", err)
	}
	for _, f := range s.Hooks.Start.list {
		f()
	}
	return nil
}

// Stop ends all streams with system-shutdown (RFC 6120 §4.9.3.19), waits until what they did is saved, and returns. What
// is not over when ctx ends is cut.
func (s *Server) Stop(ctx context.Context) error {
	if s.closing.Swap(true) {
		return nil
	}
	for _, f := range s.Hooks.Stop.list {
		f(ctx)
	}
	s.streams.closeListeners()
	var ends sync.WaitGroup
	for _, x := range s.AllSessions() {
		ends.Go(func() { x.end("system-shutdown", "the server is being stopped") })
	}
	s.streams.closeAll("system-shutdown")
	done := make(chan struct{})
	go func() {
		ends.Wait()
		s.conns.Wait()
		s.writers.wait()
		s.tasks.wait()
		close(done)
	}()
	var err error
	select {
	case <-done:
	case <-ctx.Done():
		err = fmt.Errorf("some clients did not take the end of their stream in time: %w", ctx.Err())
		for _, x := range s.AllSessions() {
			x.cut()
		}
		s.streams.cutAll()
		<-done
	}
	s.parking.close()
	s.cancel()
	err = errors.Join(err, s.node.Close(ctx))
	s.tasks.wait() // what envelopes have begun since
	return err
}
