package transport

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/pion/logging"
	nets "github.com/pion/transport/v5"
	"github.com/pion/transport/v5/stdnet"

	"plenum/xmppd/fault"
)

// Config says where media comes in.
type Config struct {
	Addresses []string                             `toml:"addresses" doc:"Local IP addresses, IPv4 and IPv6, on which media of browsers and XMPP clients is received; the port is ports.media. Default: the address of listen, or all addresses of this machine but loopback and link-local ones."`
	Port      int                                  `toml:"-"` // the one port of all media, UDP and TCP; 0: DefaultPort
	External  []string                             `toml:"-"` // by which this machine is reached from outside: one of IPv4, one of IPv6; clients are told these instead of the local ones
	NoTCP     bool                                 `toml:"no_tcp" doc:"Do not offer media over TCP, which clients need whose network lets no UDP through. Default: false."`
	Listen    func(netip.AddrPort) (Socket, error) `toml:"-"` // nil: ListenUDP
	Net       nets.Net                             `toml:"-"` // where the agents look for interfaces; nil: the system
	Log       *slog.Logger                         `toml:"-"`
}

// DefaultPort is the port of all media.
const DefaultPort = 19302

// Validate fails with fault.Invalid, saying which value is wrong.
func (c Config) Validate() error {
	if c.Port < 0 || c.Port > 65535 {
		return fault.Newf(fault.Invalid, "media port %d is not between 1 and 65535", c.Port)
	}
	for _, list := range [][]string{c.Addresses, c.External} {
		if _, err := parseAddresses(list); err != nil {
			return err
		}
	}
	external, _ := parseAddresses(c.External)
	if len(external) > 2 || len(external) == 2 && external[0].Is4() == external[1].Is4() {
		return fault.New(fault.Invalid, "external may name one IPv4 and one IPv6 address")
	}
	return nil
}

func parseAddresses(list []string) ([]netip.Addr, error) {
	var out []netip.Addr
	for _, s := range list {
		a, err := netip.ParseAddr(s)
		if err != nil || a.IsUnspecified() || a.IsMulticast() {
			return nil, fault.Newf(fault.Invalid, "media address %q is not the IP address of one interface", s)
		}
		out = append(out, a.Unmap())
	}
	return out, nil
}

// An Engine has the sockets that all transports share, and the certificate they show. Its methods may be called from any goroutine.
type Engine struct {
	config      Config
	log         *slog.Logger
	net         nets.Net
	pionLog     logging.LoggerFactory
	certificate tls.Certificate
	fingerprint Fingerprint
	external    []netip.Addr
	counters    Counters
	start       time.Time
	holds       holds

	ports     []*port
	sockets   []Socket
	listeners []net.Listener
	streams   streamList
	running   sync.WaitGroup
	done      chan struct{}

	mu      sync.RWMutex
	byUfrag map[string]*Transport
	all     map[*Transport]struct{}
	closed  bool
}

// NewEngine opens the sockets. A zero Port takes whatever is free for each of them when Addresses is given, which tests want.
func NewEngine(c Config) (*Engine, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	e := &Engine{
		config: c, log: c.Log, net: c.Net, start: time.Now(), done: make(chan struct{}),
		byUfrag: map[string]*Transport{}, all: map[*Transport]struct{}{},
		streams: streamList{all: map[net.Conn]struct{}{}, from: map[netip.Addr]int{}},
		pionLog: &logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled}, // it warns of every stray packet; we count
	}
	if e.log == nil {
		e.log = slog.New(slog.DiscardHandler)
	}
	var err error
	if e.certificate, e.fingerprint, err = newCertificate(); err != nil {
		return nil, err
	}
	if e.net == nil {
		if e.net, err = stdnet.NewNet(); err != nil {
			return nil, fmt.Errorf("list the network interfaces: %w", err)
		}
	}
	e.external, _ = parseAddresses(c.External)
	addresses, _ := parseAddresses(c.Addresses)
	number := c.Port
	if len(addresses) == 0 {
		if number == 0 {
			number = DefaultPort
		}
		if addresses, err = e.interfaceAddresses(); err != nil {
			return nil, err
		}
	}
	for _, a := range addresses {
		if err := e.open(netip.AddrPortFrom(a, uint16(number))); err != nil {
			_ = e.Close()
			return nil, err
		}
	}
	return e, nil
}

// interfaceAddresses are the addresses of this machine that somebody else may reach.
func (e *Engine) interfaceAddresses() ([]netip.Addr, error) {
	interfaces, err := e.net.Interfaces()
	if err != nil {
		return nil, fmt.Errorf("list the network interfaces: %w", err)
	}
	var out []netip.Addr
	for _, i := range interfaces {
		list, err := i.Addrs()
		if err != nil || i.Flags&net.FlagUp == 0 {
			continue
		}
		for _, a := range list {
			if ip, ok := a.(*net.IPNet); ok {
				if a, ok := netip.AddrFromSlice(ip.IP); ok && a.IsGlobalUnicast() && !slices.Contains(out, a.Unmap()) {
					out = append(out, a.Unmap())
				}
			}
		}
	}
	if len(out) == 0 {
		return nil, fault.New(fault.Invalid, "this machine has no address but loopback ones; say in media addresses where to listen")
	}
	return out, nil
}

// open listens on one address, for datagrams and for connections.
func (e *Engine) open(at netip.AddrPort) error {
	s, l, err := e.listen(at)
	for again := 0; err != nil && at.Port() == 0 && again < 32; again++ { // what was free for one may not be for the other
		s, l, err = e.listen(at)
	}
	if err != nil {
		return err
	}
	e.sockets = append(e.sockets, s)
	p := newPort(e, unmap(s.LocalAddr()), false)
	p.out = newQueue(socketQueue, e.clock, &e.holds, &e.counters)
	e.ports = append(e.ports, p)
	e.running.Go(func() { p.read(s) })
	e.running.Go(func() { p.out.write(datagrams(s)) })
	if l != nil {
		e.listeners = append(e.listeners, l)
		streams := newPort(e, s.LocalAddr(), true)
		e.ports = append(e.ports, streams)
		e.running.Go(func() { streams.accept(l) })
	}
	return nil
}

func (e *Engine) listen(at netip.AddrPort) (Socket, net.Listener, error) {
	listen := e.config.Listen
	if listen == nil {
		listen = ListenUDP
	}
	s, err := listen(at)
	if err != nil || e.config.NoTCP {
		return s, nil, err
	}
	l, err := e.net.ListenTCP("tcp", net.TCPAddrFromAddrPort(s.LocalAddr()))
	if err != nil {
		_ = s.Close()
		return nil, nil, fmt.Errorf("listen for media over TCP: %w", err)
	}
	return s, l, nil
}

// datagrams writes a queue to a socket.
func datagrams(s Socket) func([]*Buffer) (int, error) {
	var list [batch]Datagram
	return func(bs []*Buffer) (int, error) {
		for i, b := range bs {
			list[i] = Datagram{Data: b.packet(), To: b.to}
		}
		return s.WriteBatch(list[:len(bs)])
	}
}

// flush lets all sockets' writers take what was gathered for them.
func (e *Engine) flush() {
	for _, p := range e.ports {
		if p.out != nil {
			p.out.flush()
		}
	}
}

// transient reports whether a socket goes on after this error.
func transient(err error) bool {
	return errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.EHOSTUNREACH) || errors.Is(err, syscall.ENETUNREACH) ||
		errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) || errors.Is(err, syscall.ENOBUFS) || errors.Is(err, syscall.ECONNABORTED)
}

// clock is monotonic time since the engine's start.
func (e *Engine) clock() time.Duration { return time.Since(e.start) }

// transport finds who has this user fragment.
func (e *Engine) transport(ufrag []byte) *Transport {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.byUfrag[string(ufrag)]
}

func (e *Engine) isClosed() bool {
	select {
	case <-e.done:
		return true
	default:
		return false
	}
}

// Addresses are those on which datagrams are received.
func (e *Engine) Addresses() []netip.AddrPort {
	var out []netip.AddrPort
	for _, s := range e.sockets {
		out = append(out, s.LocalAddr())
	}
	return out
}

// Counters count for all transports and for packets that are nobody's.
func (e *Engine) Counters() *Counters { return &e.counters }

// Transports is how many there are.
func (e *Engine) Transports() int {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return len(e.all)
}

// Close closes all transports and sockets and waits until all goroutines have ended.
func (e *Engine) Close() error {
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return nil
	}
	e.closed = true
	var open []*Transport
	for t := range e.all {
		open = append(open, t)
	}
	e.mu.Unlock()
	var closing sync.WaitGroup
	for _, t := range open {
		closing.Go(t.Close)
	}
	closing.Wait()
	close(e.done)
	var errs []error
	for _, s := range e.sockets {
		errs = append(errs, s.Close())
	}
	for _, l := range e.listeners {
		errs = append(errs, l.Close())
	}
	for _, p := range e.ports {
		if p.out != nil {
			p.out.close()
		}
	}
	e.streams.closeAll()
	e.running.Wait()
	return errors.Join(errs...)
}
