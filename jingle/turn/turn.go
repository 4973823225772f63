// Package turn is a STUN and TURN server over UDP, TCP and TLS for the users and guests of this server, and tells their clients
// where it is and with which credentials they may use it.
//
// A client asks over XMPP for credentials (extdisco.go), which hold for some hours and need no record: the user name has the end
// of their time in it, the password is made of it with a secret that all nodes share (credentials.go). With them it gets relayed
// addresses: UDP ports of this machine whose packets are passed on to the client, and back (relay.go). To whom, is decided for
// each packet (peers.go): the relay is no way into the network behind the server.
//
// The protocol itself is pion's. What strangers can do before they have shown credentials is bounded here (listener.go, packets.go):
// pion neither closes connections that say nothing nor counts them.
//
// Spec: RFC 8489 partial: no SHA-256, no DTLS, long-term credentials alone
// Spec: RFC 8656 partial: relays UDP alone, no DTLS, no ICMP, no mobility
// Spec: XEP-0215 1.0.0 partial: no push
package turn

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"

	pion "github.com/pion/turn/v5"

	"plenum/xmppd/store"
)

// RelayPorts is how many ports from the first one on are for relayed addresses: each takes one.
const RelayPorts = 1000

// Sealer encrypts what must not lie open in the database.
type Sealer interface {
	Seal(text []byte) ([]byte, error)
	Open(sealed []byte) ([]byte, error)
}

// Deps are what the server stands on, and what it must know of its surroundings.
type Deps struct {
	Log   *slog.Logger
	Store *store.DB
	Seal  Sealer

	Realm    string       // the main domain
	Listen   string       // the address that services listen at; "" is every one
	External []netip.Addr // by which this machine is reached from outside behind NAT; at most one of each IP version
	Relay    int          // the first of the RelayPorts ports
	Media    []int        // UDP ports at which this server itself takes media; relayed clients may send there
}

// Server gives out relayed addresses. Its methods may be called from everywhere.
type Server struct {
	cfg     Config
	deps    Deps
	secret  []byte
	local   []netip.Addr // at which relayed addresses are opened: at most one of each IP version
	peers   *peers
	places  *places
	figures figures
}

// New reads the secret of the credentials, or makes it. Nothing listens yet.
func New(ctx context.Context, cfg Config, deps Deps) (*Server, error) {
	allow, err := parsePrefixes(cfg.AllowPeers)
	if err != nil {
		return nil, fmt.Errorf("turn: allow_peers: %w", err)
	}
	s := &Server{cfg: cfg, deps: deps, places: newPlaces(cfg.PerUser, cfg.Total)}
	if s.secret, err = openSecret(ctx, deps.Store, deps.Seal); err != nil {
		return nil, fmt.Errorf("turn: %w", err)
	}
	s.local = relayAddresses(deps.Listen)
	s.peers = newPeers(allow, s.local, deps.External, deps.Relay, deps.Media)
	return s, nil
}

// ServePackets answers on a UDP socket until ctx ends; then all addresses relayed for it are closed.
func (s *Server) ServePackets(ctx context.Context, conn net.PacketConn) error {
	guarded := newPackets(conn, &s.figures)
	return s.serve(ctx, guarded.failed, func(g *generator, c *pion.ServerConfig) {
		c.PacketConnConfigs = []pion.PacketConnConfig{{PacketConn: guarded, RelayAddressGenerator: g, PermissionHandler: s.permit}}
	})
}

// ServeListener answers on a TCP or TLS listener until ctx ends; then all its connections, and the addresses relayed for
// them, are closed.
func (s *Server) ServeListener(ctx context.Context, l net.Listener) error {
	guarded := newListener(l, s.deps.Log, &s.figures)
	defer guarded.closeAll()
	return s.serve(ctx, guarded.failed, func(g *generator, c *pion.ServerConfig) {
		c.ListenerConfigs = []pion.ListenerConfig{{Listener: guarded, RelayAddressGenerator: g, PermissionHandler: s.permit}}
	})
}

// serve runs one of pion's servers. Its socket tells of its own failure.
func (s *Server) serve(ctx context.Context, failed <-chan error, listen func(*generator, *pion.ServerConfig)) error {
	g := newGenerator(s)
	defer g.close()
	cfg := pion.ServerConfig{
		LoggerFactory: loggers{s.deps.Log}, Realm: s.deps.Realm, AuthHandler: s.authenticate, QuotaHandler: s.mayTake,
		AllocationLifetime: allocationTime,
		EventHandler:       pion.EventHandler{OnAuth: s.authenticated},
	}
	listen(g, &cfg)
	server, err := pion.NewServer(cfg)
	if err != nil {
		return fmt.Errorf("turn: %w", err)
	}
	var fault error
	select {
	case fault = <-failed:
	case <-ctx.Done():
	}
	if err := server.Close(); err != nil && !errors.Is(err, net.ErrClosed) && fault == nil {
		fault = err
	}
	if fault != nil {
		return fmt.Errorf("turn: %w", fault)
	}
	return nil
}

// permit is asked once for each address that a client wants to send to (RFC 8656 §10.2).
func (s *Server) permit(client net.Addr, peer net.IP) bool {
	ip, _ := netip.AddrFromSlice(peer)
	if s.peers.mayReach(ip) {
		return true
	}
	s.figures.refusedPeers.Add(1)
	s.deps.Log.Debug("a client may not relay to this address", "client", client, "peer", peer)
	return false
}

// mayTake is asked before an address is given out; the generator counts.
func (s *Server) mayTake(user, _ string, _ net.Addr) bool {
	if s.places.free(user) {
		return true
	}
	s.figures.refusedQuota.Add(1)
	s.deps.Log.Info("somebody has all the relayed addresses there may be", "user", user)
	return false
}

func (s *Server) authenticated(_, _ net.Addr, _, _, _, _ string, ok bool) {
	if !ok {
		s.figures.refusedAuth.Add(1)
	}
}
