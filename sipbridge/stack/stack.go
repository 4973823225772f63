package stack

import (
	"context"
	"crypto/x509"
	"errors"
	"hash/maphash"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/emiago/sipgo/sip"
)

// Parts is what a stack is made with.
type Parts struct {
	Log      *slog.Logger
	Domains  []string     // the names that requests are for; the first is the main one
	External []netip.Addr // how the machine is reached from outside, when it is behind NAT: at most one address of each IP version

	Dial     func(ctx context.Context, network, address string) (net.Conn, error) // nil: net.Dialer
	Resolver Resolver                                                             // nil: that of the system
	RootCAs  *x509.CertPool                                                       // by which peers are checked that we connect to; nil: those of the system
}

// A Stack sends and receives SIP messages.
type Stack struct {
	cfg      Config
	parts    Parts
	log      *slog.Logger
	handlers map[sip.RequestMethod]func(*In)
	stats    *stats
	filter   filter
	shards   [shards]shard
	closed   atomic.Bool
	running  sync.WaitGroup // mailboxes at work, and one until Close
	workers  workers

	ctx    context.Context // until Close
	cancel context.CancelFunc
	links  sync.WaitGroup // connections that are open or being opened

	mu       sync.Mutex
	sockets  []*socket         // by which UDP comes and goes
	ports    map[string]uint16 // where we are listened for, by transport
	conns    map[uint64]*conn
	lastConn uint64
	opened   map[dialKey]*conn                // those of conns that we opened
	dialing  map[dialKey][]func(*conn, error) // who waits for one
	accepted int                              // connections that peers opened
	from     map[netip.Addr]int               // the same, by address
	lost     []func(Flow)
}

// New makes a stack. Handlers are added before it serves anything.
func New(cfg Config, parts Parts) (*Stack, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if len(parts.Domains) == 0 {
		return nil, errors.New("a SIP stack needs a domain")
	}
	s := &Stack{cfg: cfg, parts: parts, log: parts.Log, handlers: map[sip.RequestMethod]func(*In){}, stats: newStats(),
		ports: map[string]uint16{}, conns: map[uint64]*conn{}, opened: map[dialKey]*conn{}, dialing: map[dialKey][]func(*conn, error){}, from: map[netip.Addr]int{}}
	s.filter = newFilter(&s.cfg)
	s.ctx, s.cancel = context.WithCancel(context.Background())
	if s.parts.Resolver == nil {
		s.parts.Resolver = net.DefaultResolver
	}
	if s.parts.Dial == nil {
		s.parts.Dial = new(net.Dialer).DialContext
	}
	for i := range s.shards {
		s.shards[i].boxes = map[string]*mailbox{}
	}
	s.running.Add(1)
	s.workers.init()
	return s, nil
}

// Handle says who handles the requests of a method. CANCEL is the stack's own. The handler runs in the mailbox of the request's Call-ID.
func (s *Stack) Handle(method sip.RequestMethod, handler func(*In)) { s.handlers[method] = handler }

// message takes what came as one message.
func (s *Stack) message(b []byte, f Flow) {
	if why := s.filter.drops(b, f.Remote); why != "" {
		s.stats.drop(why)
		return
	}
	p := parse(b, f.Reliable() && f.Transport != WS && f.Transport != WSS)
	switch {
	case p.msg == nil:
		s.stats.drop("syntax")
	case p.fault != nil:
		s.refuse(&p, f)
	default:
		s.received(p.msg, f)
	}
}

// received takes a message that can be read.
func (s *Stack) received(msg sip.Message, f Flow) {
	req, ok := msg.(*sip.Request)
	if !ok {
		res := msg.(*sip.Response)
		// Two Vias are an answer to somebody else (RFC 3261 §8.1.3.3).
		if len(res.GetHeaders("via")) != 1 || !s.post(string(*res.CallID()), false, func(box *mailbox) { box.response(res) }) {
			s.stats.drop("response")
		}
		return
	}
	if !s.ours(req) {
		s.stats.drop("domain")
		s.log.Debug("a SIP request is for another server", "addr", f.Remote, "uri", req.Recipient.String())
		return
	}
	arrivedFrom(req.Via(), f)
	if res := s.objection(req); res != nil {
		if req.Method == sip.ACK {
			s.stats.drop("ack")
			return
		}
		// It needs no transaction: a repetition is refused like the first.
		s.stats.response(res.StatusCode)
		_ = s.write(f, render(res)) // the peer repeats its request
		return
	}
	s.stats.request(req.Method, false)
	in := &In{Request: req, Flow: f}
	s.post(string(*req.CallID()), true, func(box *mailbox) { box.request(in) })
}

// arrivedFrom notes in the topmost Via where a request came from (RFC 3261 §18.2.1, RFC 3581 §4).
func arrivedFrom(via *sip.ViaHeader, f Flow) {
	host := f.Remote.Addr().String()
	if via.Params.Has("rport") {
		via.Params.Add("rport", strconv.Itoa(int(f.Remote.Port())))
		via.Params.Add("received", host)
	} else if via.Host != host {
		via.Params.Add("received", host)
	}
}

// Close closes every connection, ends every transaction and waits for the handlers that run, until ctx ends. Sockets and listeners are closed by who
// serves them.
func (s *Stack) Close(ctx context.Context) error {
	s.mu.Lock()
	before := s.closed.Swap(true)
	open := slices.Collect(maps.Values(s.conns))
	s.mu.Unlock()
	if before {
		return nil
	}
	s.cancel()
	for _, c := range open {
		c.pipe.close()
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.links.Wait()
		for i := range s.shards {
			s.shards[i].end()
		}
		s.running.Done()
		s.running.Wait()
		s.workers.end()
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// end lets what waits be done, then the transactions be ended, and nothing more.
func (sh *shard) end() {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	for _, box := range sh.boxes {
		box.push(box.end)
	}
	sh.ended = true
}

// end is the last thing a mailbox does.
func (m *mailbox) end() {
	for len(m.clients) > 0 {
		t := m.clients[len(m.clients)-1]
		if t.state < completed {
			t.fail(ErrClosed)
		} else {
			t.terminate()
		}
	}
	for len(m.servers) > 0 {
		m.servers[len(m.servers)-1].terminate()
	}
}

func hash(parts ...string) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	for _, p := range parts {
		h.WriteString(p)
		h.WriteByte(0)
	}
	return h.Sum64()
}
