package trunk

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"

	"plenum/components/directory"
	"plenum/sipbridge/digest"
	"plenum/sipbridge/stack"
)

// A line is one account of a trunk. Its goroutine alone sends; what others ask is under the mutex.
type line struct {
	service  *Service
	trunk    string
	kind     directory.TrunkKind
	account  directory.TrunkAccount
	password string
	token    string // in the contact that we register, so that calls to it are known
	log      *slog.Logger
	tests    chan chan State
	again    chan struct{} // a connection was lost
	cancel   context.CancelFunc
	done     chan struct{} // closed when the goroutine has ended

	registration registration // of the goroutine alone
	failures     int

	mu    sync.Mutex
	state State
	flows []stack.Flow // to the provider, the one that works first
}

func (s *Service) newLine(t *directory.Trunk, account directory.TrunkAccount, password string) *line {
	l := &line{
		service: s, trunk: t.ID, kind: t.Kind, account: account, password: password, token: strings.ToLower(rand.Text()), tests: make(chan chan State), again: make(chan struct{}, 1),
		log: s.parts.Log.With("trunk", t.ID, "account", account.ID)}
	l.state = State{Since: time.Now(), Watched: l.watched(), Up: !l.watched()}
	if !l.state.Up {
		l.state.Error = "the provider has not answered yet"
	}
	return l
}

// same reports whether two lines would do the same.
func (l *line) same(other *line) bool {
	return l.kind == other.kind && l.password == other.password && reflect.DeepEqual(l.account, other.account)
}

// watched reports whether the line finds out whether the provider is there.
func (l *line) watched() bool { return l.account.Register || l.account.Options }

// unwatchedLook is how often the names of a provider are looked up whom nobody asks: calls from his addresses are his.
const unwatchedLook = 10 * time.Minute

// run does what is due until ctx ends, and then takes back the registration.
func (l *line) run(ctx context.Context) {
	var tested chan State
	for {
		wait := l.look(ctx, tested != nil)
		if tested != nil {
			tested <- l.current()
			tested = nil
		}
		if !l.watched() { // a test of it tells who asked, and nobody else
			l.set(func(s *State) { s.Up, s.Error = true, "" })
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case tested = <-l.tests:
			l.registration.due = time.Time{}
		case <-l.again:
			l.disconnected()
		case <-ctx.Done():
			l.leave()
			timer.Stop()
			return
		}
		timer.Stop()
	}
}

// look does what is due, and returns how long nothing is.
func (l *line) look(ctx context.Context, test bool) time.Duration {
	flows, err := l.resolve(ctx)
	if ctx.Err() != nil {
		return 0
	}
	switch {
	case !l.watched() && !test:
		if err != nil {
			l.log.Warn("the provider of a trunk is not found", "err", err)
		}
		return unwatchedLook
	case err != nil:
		return l.failed(ctx, fmt.Errorf("the provider is not found: %w", err), 0)
	case l.account.Register && !time.Now().Before(l.registration.due):
		return l.register(ctx, flows)
	case l.account.Register && !l.account.Options:
		return time.Until(l.registration.due)
	}
	return l.ping(ctx, flows)
}

// uses reports whether a connection leads to the provider: by it he may reach the line. The connection itself may not be known yet.
func (l *line) uses(f stack.Flow) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.flows, func(own stack.Flow) bool { return own.Transport == f.Transport && own.Remote == f.Remote })
}

// disconnected forgets connections, and that we are registered by one.
func (l *line) disconnected() {
	l.registration.due = time.Time{}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.flows = slices.Clone(l.flows)
	for i := range l.flows {
		l.flows[i].Conn, l.flows[i].Local = 0, netip.AddrPort{}
	}
}

func (l *line) current() State {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state
}

// resolveTime is how long a look for a provider's addresses may take.
const resolveTime = 10 * time.Second

// resolve finds the ways to the provider. Without an answer those known before are returned. The one that worked last comes first, as long as it is one.
func (l *line) resolve(ctx context.Context) ([]stack.Flow, error) {
	ctx, cancel := context.WithTimeout(ctx, resolveTime)
	defer cancel()
	host, port := l.account.ProxyHost()
	uri := sip.Uri{Scheme: "sip", Host: host, Port: port, UriParams: sip.HeaderParams{{K: "transport", V: l.account.Transport}}}
	found, err := l.service.parts.Resolve(ctx, uri)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil || len(found) == 0 {
		if len(l.flows) > 0 {
			return l.flows, nil
		}
		return nil, err
	}
	if len(l.flows) > 0 {
		if i := slices.IndexFunc(found, func(f stack.Flow) bool { return f.Remote == l.flows[0].Remote }); i >= 0 {
			found = append([]stack.Flow{l.flows[0]}, slices.Delete(slices.Clone(found), i, i+1)...)
		}
	}
	l.flows = found
	return found, nil
}

// works notes the flow that works.
func (l *line) works(f stack.Flow) {
	l.mu.Lock()
	defer l.mu.Unlock()
	rest := slices.DeleteFunc(slices.Clone(l.flows), func(other stack.Flow) bool { return other.Remote == f.Remote })
	l.flows = append([]stack.Flow{f}, rest...)
}

// set publishes a state.
func (l *line) set(change func(*State)) {
	l.mu.Lock()
	before := l.state
	change(&l.state)
	if l.state.Up != before.Up {
		l.state.Since = time.Now()
	}
	after := l.state
	l.mu.Unlock()
	if after.Up == before.Up && after.Error == before.Error && after.Registered == before.Registered && after.Server == before.Server {
		return
	}
	switch {
	case after.Up && !before.Up:
		l.log.Info("a trunk is up", "server", after.Server)
	case !after.Up && (before.Up || after.Error != before.Error):
		l.log.Warn("a trunk is down", "reason", after.Error)
	}
	for _, fn := range l.service.onChange {
		fn(l.trunk, l.account.ID)
	}
}

// up notes that the provider answers.
func (l *line) up(f stack.Flow) {
	l.failures = 0
	l.works(f)
	l.set(func(s *State) {
		s.Up, s.Error, s.Server = true, "", f.Remote
		s.Registered, s.Expires = !l.registration.expires.IsZero(), l.registration.expires
	})
}

// failed notes why the provider cannot be used, and returns when to try again: twice as late with each failure (RFC 5626 §4.5), or later when he says so.
func (l *line) failed(ctx context.Context, err error, after time.Duration) time.Duration {
	if ctx.Err() != nil {
		return 0
	}
	l.set(func(s *State) { s.Up, s.Registered, s.Error, s.Expires = false, false, reason(err), time.Time{} })
	cfg := l.service.cfg
	longest := time.Duration(cfg.Longest) * time.Second
	wait := min(time.Duration(cfg.Retry)*time.Second<<min(l.failures, 12), longest)
	l.failures++
	switch {
	case isFinal(err):
		wait = max(wait, min(refusedWait, longest)) // who asks often with a wrong password is locked out
	case l.failures == 1:
		wait = firstWait
	}
	wait = wait/2 + mathrand.N(wait/2+1)
	return max(wait, min(after, longest))
}

// refusedWait is the least time until a provider is asked again who has refused us.
const refusedWait = 5 * time.Minute

// firstWait is the time after a first failure, which most often is that of a moment: a server that begins anew, a network that is not there yet.
const firstWait = 2 * time.Second

// isFinal reports whether another of the provider's servers, or another try soon, would end no better.
func isFinal(err error) bool {
	if refused, ok := errors.AsType[*refusal](err); ok {
		return refused.forGood()
	}
	return errors.Is(err, digest.ErrRefused) || errors.Is(err, digest.ErrUnsupported) || errors.Is(err, errNoPassword)
}

var errNoPassword = errors.New("the provider wants a password, and none is set")

// refusal is a final answer that is none of those wanted.
type refusal struct {
	code   int
	phrase string
}

func (r *refusal) Error() string { return fmt.Sprintf("the provider answers %d %s", r.code, r.phrase) }

// forGood reports whether the answer is that of the provider, not of one server that has a fault.
func (r *refusal) forGood() bool {
	switch {
	case r.code == sip.StatusRequestTimeout, r.code == 430, r.code >= 500 && r.code < 600:
		return false
	}
	return true
}

// reason is what an operator reads.
func reason(err error) string {
	if errors.Is(err, stack.ErrTimeout) {
		return "the provider does not answer"
	}
	return err.Error()
}

// refusedBy makes an error of an answer.
func refusedBy(res *sip.Response) error {
	return &refusal{res.StatusCode, strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, clip(res.Reason))}
}

// clip bounds what strangers write.
func clip(text string) string { return text[:min(len(text), 80)] }

// answer is what became of a request.
type answer struct {
	res *sip.Response
	err error
}

// ask sends a request and waits for its final answer. It returns the flow by which that came.
func (l *line) ask(ctx context.Context, req *sip.Request, f stack.Flow) (*sip.Response, stack.Flow, error) {
	got := make(chan answer, 1)
	tx, err := l.service.parts.Stack.Do(req, f, func(res *sip.Response, err error) {
		if res != nil && res.StatusCode < 200 {
			return
		}
		got <- answer{res, err}
	})
	if err != nil {
		return nil, f, err
	}
	select {
	case a := <-got:
		return a.res, tx.Flow(), a.err
	case <-ctx.Done():
		return nil, f, ctx.Err()
	}
}

// request begins a request outside of calls.
func (l *line) request(method sip.RequestMethod, callID string, seq uint32) *sip.Request {
	recipient := sip.Uri{Scheme: "sip", Host: l.account.Host, Port: l.account.Port}
	req := sip.NewRequest(method, recipient)
	us := recipient
	us.User = escape(l.account.AddressUser())
	req.AppendHeader(&sip.FromHeader{Address: us, Params: sip.HeaderParams{{K: "tag", V: strings.ToLower(rand.Text())[:10]}}})
	to := us
	if method != sip.REGISTER {
		to = recipient
	}
	req.AppendHeader(&sip.ToHeader{Address: to})
	id := sip.CallIDHeader(callID)
	req.AppendHeader(&id)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: seq, MethodName: method})
	return req
}

// servers returns the addresses of the provider's servers that are known.
func (l *line) servers() []netip.AddrPort {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make([]netip.AddrPort, len(l.flows))
	for i, f := range l.flows {
		all[i] = netip.AddrPortFrom(f.Remote.Addr().Unmap().WithZone(""), f.Remote.Port())
	}
	return all
}

// escape writes a user part as a URI has it (RFC 3261 §25.1).
func escape(user string) string {
	var b strings.Builder
	for i := range len(user) {
		if c := user[i]; c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-_.!~*'()&=+$,/", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
