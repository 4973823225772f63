package rtp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"plenum/components/media"
	"plenum/components/media/codec"
	"plenum/jingle/transport"
	"plenum/sipbridge/dscp"
	"plenum/xmppd/fault"
)

// The ports that are taken from when nothing is configured.
const (
	DefaultFirst = 30000
	DefaultLast  = 34999
)

// Config says where media is received.
type Config struct {
	// First and Last are the UDP ports to take from, in pairs: an even one for RTP, the next for RTCP.
	First     int           `toml:"-"`
	Last      int           `toml:"-"`
	Silence   time.Duration `toml:"silence" doc:"How long neither RTP nor RTCP may come of a phone in a call before the call is ended. Nothing is asked of who is on hold. Default: 30s."`
	Reports   time.Duration `toml:"reports" doc:"How often RTCP reports are sent to phones and trunks. Default: 5s."`
	DSCP      int           `toml:"dscp" doc:"With which codepoint of Differentiated Services the sound of phones and trunks is marked, for networks that let it pass first: 1 to 63, -1 for none. Browsers and XMPP clients are sent theirs unmarked. Default: 46 (EF)."`
	KeepAlive time.Duration `toml:"keep_alive" doc:"After how long without sound to a phone or trunk, as on hold, it is sent an empty packet, so that NATs and firewalls keep the way open (RFC 6263). Default: 15s."`
	// WebRTC is what phones in browsers are reached by; nil when there are none.
	WebRTC *transport.Engine `toml:"-"`
	Log    *slog.Logger      `toml:"-"`
}

// Validate fills in defaults. It fails with fault.Invalid, saying which value is wrong.
func (c *Config) Validate() error {
	if c.First == 0 && c.Last == 0 {
		c.First, c.Last = DefaultFirst, DefaultLast
	}
	c.Silence, c.Reports = cmp.Or(c.Silence, 30*time.Second), cmp.Or(c.Reports, 5*time.Second)
	c.KeepAlive = cmp.Or(c.KeepAlive, 15*time.Second)
	var err error
	if c.DSCP, err = dscp.Default(c.DSCP, dscp.Expedited); err != nil {
		return err
	}
	switch {
	case c.First < 1024 || c.Last > 65535 || c.Last <= c.First:
		return fault.Newf(fault.Invalid, "RTP ports %d to %d: want a range within 1024 to 65535", c.First, c.Last)
	case c.Silence < 2*time.Second:
		return fault.New(fault.Invalid, "silence: want 2s at least")
	case c.Reports < time.Second || c.Reports > time.Minute:
		return fault.New(fault.Invalid, "reports: want 1s to 1m")
	case c.KeepAlive < time.Second || c.KeepAlive > time.Minute:
		return fault.New(fault.Invalid, "keep_alive: want 1s to 1m")
	}
	return nil
}

// An Engine has the ports of all sessions. Its methods may be called from any goroutine.
type Engine struct {
	config  Config
	ports   ports
	running sync.WaitGroup
	cancel  context.CancelFunc

	made atomic.Uint64 // sessions, for their names

	mu       sync.Mutex
	closed   bool
	sessions map[*Session]struct{}
}

// NewEngine makes an engine. It fails with fault.Invalid for a configuration that cannot be.
func NewEngine(c Config) (*Engine, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	e := &Engine{config: c, ports: newPorts(c.First, c.Last, c.DSCP), sessions: map[*Session]struct{}{}}
	ctx, cancel := context.WithCancel(context.Background())
	e.cancel = cancel
	e.running.Go(func() { e.beat(ctx) })
	return e, nil
}

// beatInterval is how often sessions are looked after: keys that were let go, reports, silence.
const beatInterval = 100 * time.Millisecond

func (e *Engine) beat(ctx context.Context) {
	tick := time.NewTicker(beatInterval)
	defer tick.Stop()
	var list []*Session
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			list = list[:0]
			e.mu.Lock()
			for s := range e.sessions {
				list = append(list, s)
			}
			e.mu.Unlock()
			for _, s := range list {
				s.beat(now)
			}
			clear(list)
		}
	}
}

// New makes a session, which takes ports with its first offer or answer. It fails with fault.Unavailable when the engine is closed, and with
// fault.Invalid when no address can be told from the options.
func (e *Engine) New(o Options) (*Session, error) {
	if o.Codecs == nil {
		o.Codecs = codec.All
	}
	if o.Log == nil {
		o.Log = e.config.Log
	}
	if !o.Local.IsValid() || o.Local.IsUnspecified() {
		local, err := route(o.Remote)
		if err != nil {
			return nil, err
		}
		o.Local = local
	}
	o.Local, o.Remote = o.Local.Unmap(), netip.AddrPortFrom(o.Remote.Addr().Unmap(), o.Remote.Port())
	if !o.External.IsValid() || o.External.Is4() != o.Local.Is4() {
		o.External = o.Local
	}
	now := time.Now()
	s := &Session{engine: e, options: o, name: fmt.Sprintf("sip%d", e.made.Add(1)), id: rand.Uint64() >> 2}
	s.out.init(s, now)
	s.cname = fmt.Sprintf("%016x", rand.Uint64())
	s.report.next = now.Add(e.config.Reports/2 + rand.N(e.config.Reports/2))
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil, errClosed
	}
	e.sessions[s] = struct{}{}
	return s, nil
}

// route is our address on the way to another.
func route(to netip.AddrPort) (netip.Addr, error) {
	if !to.IsValid() {
		return netip.Addr{}, fault.New(fault.Invalid, "neither our address nor the peer's is known")
	}
	c, err := net.Dial("udp", netip.AddrPortFrom(to.Addr(), max(to.Port(), 1)).String()) // sends nothing
	if err != nil {
		return netip.Addr{}, fault.Wrap(fault.Unavailable, err, "there is no way to the peer")
	}
	defer func() { _ = c.Close() }()
	return c.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap(), nil
}

// Sessions is how many there are.
func (e *Engine) Sessions() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.sessions)
}

// publisherOf is the session whose track this is, or was turned into another codec.
func (e *Engine) publisherOf(t *media.Track) *Session {
	e.mu.Lock()
	defer e.mu.Unlock()
	for s := range e.sessions {
		if s.publishes(t.ID()) {
			return s
		}
	}
	return nil
}

// Ports is how many pairs of ports are taken, and how many there are.
func (e *Engine) Ports() (taken, all int) { return e.ports.inUse(), e.ports.pairs }

func (e *Engine) forget(s *Session) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.sessions, s)
}

// Close closes all sessions and waits until all goroutines have ended.
func (e *Engine) Close() error {
	e.mu.Lock()
	e.closed = true
	var list []*Session
	for s := range e.sessions {
		list = append(list, s)
	}
	e.mu.Unlock()
	for _, s := range list {
		s.Close()
	}
	e.cancel()
	e.running.Wait()
	return nil
}

var (
	errClosed = fault.New(fault.Unavailable, "the media of the call has ended")
	errPorts  = errors.New("no free pair of ports")
)
