package trunk

import (
	"context"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"

	"plenum/components/directory"
	"plenum/sipbridge/stack"
	"plenum/xmppd/fault"
)

// Directory is where the trunks are. A directory.Trunks is one.
type Directory interface {
	List() []directory.Trunk
	Password(trunk, account string) (string, error)
}

// Parts is what a Service is made with.
type Parts struct {
	Stack     *stack.Stack
	Directory Directory
	// Resolve finds the ways to a provider, the best first; nil for that of the stack.
	Resolve func(ctx context.Context, uri sip.Uri) ([]stack.Flow, error)
	Log     *slog.Logger
}

// Service keeps the lines of all trunks. Its methods may be called from any goroutine.
type Service struct {
	cfg     Config
	parts   Parts
	changed chan struct{}
	cancel  context.CancelFunc
	workers sync.WaitGroup

	mu       sync.Mutex
	lines    []*line // in the order of trunks and accounts
	onChange []func(trunk, account string)
}

// State is how an account does.
type State struct {
	Up         bool
	Registered bool      // the provider has us registered
	Watched    bool      // something finds out whether it is up: without that it is taken for up
	Since      time.Time // when Up changed last
	Error      string    // why it is not up: a sentence without a full stop
	Server     netip.AddrPort
	Expires    time.Time // of the registration
}

// New makes the service. Nothing is sent before Start.
func New(cfg Config, parts Parts) (*Service, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if parts.Resolve == nil {
		parts.Resolve = parts.Stack.Resolve
	}
	s := &Service{cfg: cfg, parts: parts, changed: make(chan struct{}, 1)}
	parts.Stack.OnFlowLost(s.lost)
	return s, nil
}

// OnChange adds a function that hears of every change of a state. Add it before Start. It must not block.
func (s *Service) OnChange(fn func(trunk, account string)) { s.onChange = append(s.onChange, fn) }

// Start begins to register.
func (s *Service) Start() {
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	s.Changed()
	s.workers.Go(func() {
		for {
			select {
			case <-s.changed:
				s.fit(ctx)
			case <-ctx.Done():
				s.replace(nil)
				return
			}
		}
	})
}

// Close takes back all registrations. The stack must still be at work.
func (s *Service) Close() {
	if s.cancel != nil {
		s.cancel()
	}
	s.workers.Wait()
}

// Changed has the directory's trunks read again. It does not block.
func (s *Service) Changed() {
	select {
	case s.changed <- struct{}{}:
	default: // they will be read
	}
}

// fit begins lines that are new, and ends those that are gone. A line whose account was changed ends and begins anew.
func (s *Service) fit(ctx context.Context) {
	var lines []*line
	for _, t := range s.parts.Directory.List() {
		if !t.Enabled {
			continue
		}
		for i := range t.Accounts {
			password, err := s.parts.Directory.Password(t.ID, t.Accounts[i].ID)
			if err != nil {
				s.parts.Log.Error("the password of a trunk cannot be read", "trunk", t.ID, "account", t.Accounts[i].ID, "err", err)
			}
			lines = append(lines, s.newLine(&t, t.Accounts[i], password))
		}
	}
	for i, fresh := range lines {
		if old := s.line(fresh.trunk, fresh.account.ID); old != nil && old.same(fresh) {
			lines[i] = old
		}
	}
	for _, fresh := range s.replace(lines) {
		ctx, cancel := context.WithCancel(ctx)
		fresh.cancel, fresh.done = cancel, make(chan struct{})
		s.workers.Go(func() {
			defer close(fresh.done)
			defer cancel()
			fresh.run(ctx)
		})
	}
}

// replace makes these the lines, ends those that were and are not, and returns those that were not.
func (s *Service) replace(lines []*line) (fresh []*line) {
	s.mu.Lock()
	before := s.lines
	s.lines = lines
	s.mu.Unlock()
	for _, old := range before {
		if !slices.Contains(lines, old) {
			old.cancel()
			<-old.done
		}
	}
	for _, l := range lines {
		if !slices.Contains(before, l) {
			fresh = append(fresh, l)
		}
	}
	return fresh
}

func (s *Service) all() []*line {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lines
}

func (s *Service) line(trunk, account string) *line {
	for _, l := range s.all() {
		if l.trunk == trunk && l.account.ID == account {
			return l
		}
	}
	return nil
}

// lost has lines that were registered by a connection register anew: the provider cannot reach them any more.
func (s *Service) lost(f stack.Flow) {
	for _, l := range s.all() {
		if l.uses(f) {
			select {
			case l.again <- struct{}{}:
			default: // it will
			}
		}
	}
}

// State returns how an account does. One that there is not, or whose trunk is switched off, is not up.
func (s *Service) State(trunk, account string) State {
	l := s.line(trunk, account)
	if l == nil {
		return State{Error: "the trunk is switched off"}
	}
	return l.current()
}

// Test registers, or asks by OPTIONS, at once, and returns how the account does then. fault.NotFound says that there is no such account of a trunk that is
// switched on, fault.Unavailable that ctx ended before there was an answer.
func (s *Service) Test(ctx context.Context, trunk, account string) (State, error) {
	l := s.line(trunk, account)
	if l == nil {
		return State{}, fault.New(fault.NotFound, "there is no such account of a trunk that is switched on")
	}
	tried := make(chan State, 1)
	select {
	case l.tests <- tried:
	case <-l.done:
		return State{}, fault.New(fault.NotFound, "the trunk was just changed")
	case <-ctx.Done():
		return State{}, fault.Wrap(fault.Unavailable, ctx.Err(), "the provider has not answered yet")
	}
	select {
	case state := <-tried:
		return state, nil
	case <-l.done:
		return State{}, fault.New(fault.NotFound, "the trunk was just changed")
	case <-ctx.Done():
		return State{}, fault.Wrap(fault.Unavailable, ctx.Err(), "the provider has not answered yet")
	}
}
