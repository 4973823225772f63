// Package xmpptest runs a server in the test's process and talks to it as clients do.
//
//	srv := xmpptest.Start(t, func(s *xmppd.Server) { ping.Register(s) })
//	romeo := srv.Login("romeo")
//	romeo.Send(`<iq type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>`)
//	romeo.Expect(`<iq type='result' id='1'/>`)
//
// Network, store and cluster are in memory, so it works inside testing/synctest. Accounts exist as soon as somebody is named;
// the password is the user name with "-secret" behind it.
package xmpptest

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"sync"
	"testing"

	"plenum/xmppd"
	"plenum/xmppd/cluster"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/sasl"
	"plenum/xmppd/store"
)

// Domain is where the users of test servers live.
const Domain = "example.org"

// Options change what Start makes. The zero value is usual.
type Options struct {
	Config   func(*xmppd.Config)
	Register func(*xmppd.Server)
	Deps     func(*xmppd.Deps)
	Store    *store.DB      // default: a fresh one in memory
	World    *cluster.World // default: a fresh one
	Node     cluster.NodeID // default: "a"
	Users    *Users         // default: fresh ones
}

// Server is a running server.
type Server struct {
	*xmppd.Server
	t     testing.TB
	l     *pipeListener
	users *Users
	stop  sync.Once
}

// Start runs a server until the test ends.
func Start(t testing.TB, register ...func(*xmppd.Server)) *Server {
	t.Helper()
	return StartWith(t, Options{Register: func(s *xmppd.Server) {
		for _, r := range register {
			r(s)
		}
	}})
}

// StartWith is Start with more to say.
func StartWith(t testing.TB, o Options) *Server {
	t.Helper()
	if o.Store == nil {
		db, err := store.OpenMemory()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		o.Store = db
	}
	if o.World == nil {
		o.World = cluster.NewLocal()
	}
	if o.Node == "" {
		o.Node = "a"
	}
	if o.Users == nil {
		o.Users = NewUsers()
	}
	cfg := xmppd.Config{Domains: []string{Domain}, AllowPlaintext: true}
	if o.Config != nil {
		o.Config(&cfg)
	}
	d := xmppd.Deps{Log: Log(t), Store: o.Store, Node: o.World.Join(o.Node), Accounts: o.Users}
	if o.Deps != nil {
		o.Deps(&d)
	}
	s, err := xmppd.New(cfg, d)
	if err != nil {
		t.Fatal(err)
	}
	if o.Register != nil {
		o.Register(s)
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	srv := &Server{Server: s, t: t, l: newPipeListener(), users: o.Users}
	go s.ServeC2S(srv.l)
	t.Cleanup(srv.Stop)
	return srv
}

// Two starts two servers that are one system: one store, one bus, one set of users.
func Two(t testing.TB, register func(*xmppd.Server)) (a, b *Server) {
	t.Helper()
	db, err := store.OpenMemory()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	o := Options{Store: db, World: cluster.NewLocal(), Users: NewUsers(), Register: register}
	o.Node = "a"
	a = StartWith(t, o)
	o.Node = "b"
	return a, StartWith(t, o)
}

// Stop ends the server; it is called by itself at the end of the test.
func (s *Server) Stop() {
	s.stop.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), Timeout)
		defer cancel()
		if err := s.Server.Stop(ctx); err != nil && !errors.Is(err, cluster.ErrClosed) {
			s.t.Errorf("stop: %v", err)
		}
	})
}

// Kill makes the server die: its node leaves without a word, and its connections break.
func (s *Server) Kill() {
	s.Server.Node().Kill()
	s.l.Close()
	s.l.cut()
}

// Log gives the server's log to the test when it runs with PLENUM_TEST_LOG=debug (or info, warn); otherwise only what an
// operator would have to act on.
func Log(t testing.TB) *slog.Logger {
	level := slog.LevelError
	if v := os.Getenv("PLENUM_TEST_LOG"); v != "" {
		_ = level.UnmarshalText([]byte(v))
	}
	return slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: level}))
}

type testWriter struct{ t testing.TB }

func (w testWriter) Write(p []byte) (int, error) {
	_, _ = io.WriteString(os.Stderr, w.t.Name()+": "+string(p))
	return len(p), nil
}

// Users are the accounts of a test.
type Users struct {
	mu    sync.Mutex
	known map[jid.JID]bool
}

// NewUsers has no accounts yet.
func NewUsers() *Users { return &Users{known: map[jid.JID]bool{}} }

// Add makes an account exist.
func (u *Users) Add(bare jid.JID) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.known[bare] = true
}

// Lookup implements xmppd.Accounts.
func (u *Users) Lookup(_ context.Context, bare jid.JID) (sasl.Account, error) {
	if ok, _ := u.Exists(context.Background(), bare); !ok {
		return sasl.Account{}, fault.New(fault.NotFound, "no such account")
	}
	return sasl.Account{CheckPassword: func(_ context.Context, pw string) error {
		if pw != password(bare.Local()) {
			return fault.New(fault.Unauthenticated, "wrong password")
		}
		return nil
	}}, nil
}

// Exists implements xmppd.Accounts.
func (u *Users) Exists(_ context.Context, bare jid.JID) (bool, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.known[bare], nil
}

func password(user string) string { return user + "-secret" }

// pipeListener accepts connections that are pipes in memory.
type pipeListener struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
	mu    sync.Mutex
	open  []net.Conn
}

func newPipeListener() *pipeListener {
	return &pipeListener{conns: make(chan net.Conn), done: make(chan struct{})}
}

func (l *pipeListener) dial() (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case l.conns <- server:
		l.mu.Lock()
		defer l.mu.Unlock()
		l.open = append(l.open, server, client)
		return client, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error   { l.once.Do(func() { close(l.done) }); return nil }
func (l *pipeListener) Addr() net.Addr { return pipeAddr{} }

func (l *pipeListener) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.open {
		c.Close()
	}
}

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "pipe" }
