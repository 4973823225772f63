package trunk_test

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/emiago/sipgo/sip"

	"plenum/components/directory"
	"plenum/sipbridge/digest"
	"plenum/sipbridge/siptest"
	"plenum/sipbridge/stack"
	"plenum/sipbridge/trunk"
)

// serve makes a stack that listens at an address of the wire until the test ends.
func serve(t *testing.T, w *siptest.Wire, address string, handle func(*stack.Stack)) *stack.Stack {
	t.Helper()
	s, err := stack.New(stack.Config{}, stack.Parts{Log: slog.New(slog.DiscardHandler), Domains: []string{"example.com", "provider.example"}})
	if err != nil {
		t.Fatal(err)
	}
	if handle != nil {
		handle(s)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	conn := w.Listen(address)
	go func() { done <- s.ServePackets(ctx, conn) }()
	synctest.Wait() // until it serves
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("serve: %v", err)
		}
		if err := s.Close(context.Background()); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// A provider is the other side: a registrar that also answers OPTIONS.
type provider struct {
	*stack.Stack
	digest digest.Server

	mu         sync.Mutex
	password   string // "" lets everybody in
	algorithm  string // the only one that it knows; "" for both
	refuse     int    // code of the answer to everything
	retryAfter int    // and how long we are to wait then
	least      int    // seconds of a registration at least
	granted    int    // seconds that it grants; 0 for what was asked for
	silent     bool
	heard      []*sip.Request // that were let in, or refused by a code
	tries      int            // REGISTERs in all
	flow       stack.Flow     // of the last
}

func newProvider(t *testing.T, w *siptest.Wire, address string) *provider {
	p := &provider{password: "Wherefore4", digest: digest.Server{Key: make([]byte, 32)}}
	p.Stack = serve(t, w, address, func(s *stack.Stack) {
		s.Handle(sip.REGISTER, p.handle)
		s.Handle(sip.OPTIONS, p.handle)
	})
	return p
}

func (p *provider) set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
}

// requests returns what it has heard since the last call.
func (p *provider) requests() []*sip.Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	heard := p.heard
	p.heard = nil
	return heard
}

func (p *provider) handle(in *stack.In) {
	p.mu.Lock()
	defer p.mu.Unlock()
	req := in.Request
	if p.silent {
		return
	}
	if req.Method == sip.REGISTER {
		p.tries++
		p.flow = in.Flow
	}
	source := in.Flow.Remote.Addr()
	if p.refuse != 0 {
		p.heard = append(p.heard, req)
		var headers []sip.Header
		if p.retryAfter > 0 {
			headers = append(headers, sip.NewHeader("Retry-After", strconv.Itoa(p.retryAfter)))
		}
		in.Tx.Answer(p.refuse, headers...)
		return
	}
	if req.Method == sip.OPTIONS {
		p.heard = append(p.heard, req)
		in.Tx.Answer(sip.StatusOK)
		return
	}
	if p.password != "" {
		keys := digest.Derive("4921112345", "provider.example", p.password)
		if _, v := p.digest.Verify(req, "provider.example", in.Flow.Remote, func(user string) (digest.HA1, bool) { return keys, user == "4921112345" }); v != digest.Accepted {
			var challenges []sip.Header
			for _, h := range p.digest.Challenge(false, "provider.example", source, v == digest.Stale, false) {
				if p.algorithm == "" || strings.Contains(h.Value(), "algorithm="+p.algorithm) || p.algorithm == digest.MD5 && !strings.Contains(h.Value(), "SHA") {
					challenges = append(challenges, h)
				}
			}
			in.Tx.Answer(sip.StatusUnauthorized, challenges...)
			return
		}
	}
	p.heard = append(p.heard, req)
	seconds, _ := strconv.Atoi(req.GetHeader("Expires").Value())
	if seconds > 0 && seconds < p.least {
		in.Tx.Answer(sip.StatusIntervalToBrief, sip.NewHeader("Min-Expires", strconv.Itoa(p.least)))
		return
	}
	if seconds > 0 && p.granted > 0 {
		seconds = p.granted
	}
	contact := *req.Contact()
	contact.Params = sip.HeaderParams{{K: "expires", V: strconv.Itoa(seconds)}}
	other := sip.ContactHeader{Address: sip.Uri{Scheme: "sip", User: "other", Host: "192.0.2.99"}, Params: sip.HeaderParams{{K: "expires", V: "7"}}}
	in.Tx.Answer(sip.StatusOK, &other, &contact, sip.NewHeader("Expires", "3600"))
}

// trunks is a directory.
type trunks struct {
	mu       sync.Mutex
	list     []directory.Trunk
	password string
}

func (d *trunks) List() []directory.Trunk {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]directory.Trunk(nil), d.list...)
}

func (d *trunks) Password(string, string) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.password, nil
}

func registering() directory.Trunk {
	return directory.Trunk{ID: "t", TrunkInput: directory.TrunkInput{Name: "Telco", Enabled: true, Kind: directory.RegisteringTrunk, Accounts: []directory.TrunkAccount{{
		ID: "a", Host: "provider.example", Transport: "udp", User: "4921112345", Register: true, CLIP: directory.CLIPAuto, CLIR: directory.CLIRAuto}}}}
}

func addressed(options bool) directory.Trunk {
	return directory.Trunk{ID: "t", TrunkInput: directory.TrunkInput{Name: "Telco", Enabled: true, Kind: directory.AddressTrunk, Accounts: []directory.TrunkAccount{{
		ID: "a", Host: "provider.example", Transport: "udp", Options: options, CLIP: directory.CLIPAuto, CLIR: directory.CLIRAuto}}}}
}

// bridge is our side: the service, and what it is told.
type bridge struct {
	*trunk.Service
	t       *testing.T
	wire    *siptest.Wire
	trunks  *trunks
	mu      sync.Mutex
	targets []string // what provider.example stands for
	changes int
}

const (
	ourAddress = "192.0.2.1:5060"
	first      = "198.51.100.1:5060"
	second     = "198.51.100.2:5060"
)

func start(t *testing.T, list ...directory.Trunk) *bridge {
	b := &bridge{t: t, wire: new(siptest.Wire), trunks: &trunks{list: list, password: "Wherefore4"}, targets: []string{first}}
	s := serve(t, b.wire, ourAddress, nil)
	service, err := trunk.New(trunk.Config{}, trunk.Parts{Stack: s, Directory: b.trunks, Resolve: b.resolve, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	b.Service = service
	b.OnChange(func(string, string) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.changes++
	})
	return b
}

// begin starts the service and waits until it has nothing to do.
func (b *bridge) begin() {
	b.Start()
	b.t.Cleanup(b.Close)
	synctest.Wait()
}

func (b *bridge) resolve(_ context.Context, uri sip.Uri) (flows []stack.Flow, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if uri.Host != "provider.example" || len(b.targets) == 0 {
		return nil, errors.New("no such host")
	}
	for _, target := range b.targets {
		flows = append(flows, stack.Flow{Transport: stack.UDP, Remote: netip.MustParseAddrPort(target), Name: uri.Host})
	}
	return flows, nil
}

func (b *bridge) resolvesTo(targets ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.targets = targets
}

// is checks the state of the account: up, or down for a reason.
func (b *bridge) is(up bool, reason string) {
	b.t.Helper()
	if s := b.State("t", "a"); s.Up != up || s.Error != reason {
		b.t.Errorf("the trunk is up: %v, %q; want %v, %q", s.Up, s.Error, up, reason)
	}
}
