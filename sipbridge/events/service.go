package events

import (
	"log/slog"
	"sync"

	"github.com/emiago/sipgo/sip"

	"plenum/sipbridge/stack"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// A Phone is a device that has proved who it is.
type Phone struct {
	Device string
	Owner  jid.JID // zero for one that belongs to nobody
}

// Phones is the registrar. When Authenticate reports false, it has answered the request.
type Phones interface {
	Authenticate(in *stack.In) (Phone, bool)
}

// Source knows the states that are shown, and who may see them. It answers from memory. Errors have a kind: fault.NotFound, fault.Forbidden.
type Source interface {
	// Dialogs returns the calls of an extension, as the owner of a phone may see them.
	Dialogs(p Phone, extension string) ([]Dialog, error)
	// Messages returns whose mailbox the phone means, and how many messages are there.
	Messages(p Phone, mailbox string) (owner jid.JID, m Messages, err error)
}

// Parts is what a Service is made of.
type Parts struct {
	Stack  *stack.Stack
	Phones Phones
	Source Source
	Domain string // of the addresses that we give to people
	Log    *slog.Logger
}

// Service keeps the subscriptions. Its methods may be called from any goroutine.
type Service struct {
	cfg Config
	Parts

	mu            sync.Mutex
	closing       bool
	subscriptions map[string]*subscription // by our tag
	perPhone      map[string]int
}

// New makes the service, which handles SUBSCRIBE on the stack from now on.
func New(cfg Config, parts Parts) (*Service, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	s := &Service{cfg: cfg, Parts: parts, subscriptions: make(map[string]*subscription), perPhone: make(map[string]int)}
	parts.Stack.Handle(sip.SUBSCRIBE, s.subscribe)
	parts.Stack.OnFlowLost(s.lost)
	return s, nil
}

// DialogsChanged has phones told that something changed in the calls of an extension; an empty one stands for all.
func (s *Service) DialogsChanged(extension string) {
	s.each(func(sub *subscription) bool {
		return sub.event == dialogEvent && (extension == "" || sub.resource == extension)
	}, (*subscription).changed)
}

// MessagesChanged has phones told that the number of somebody's messages has changed; a zero JID stands for everybody.
func (s *Service) MessagesChanged(owner jid.JID) {
	s.each(func(sub *subscription) bool {
		return sub.event == messagesEvent && (owner.IsZero() || sub.mailbox == owner)
	}, (*subscription).changed)
}

// Count returns how many subscriptions there are.
func (s *Service) Count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.subscriptions)
}

// Close ends all subscriptions: the phones are to subscribe anew (RFC 6665 §4.1.3, deactivated). When it returns they have been told.
func (s *Service) Close() {
	s.mu.Lock()
	s.closing = true
	s.mu.Unlock()
	var told sync.WaitGroup
	s.each(func(*subscription) bool { return true }, func(sub *subscription) {
		sub.terminate("deactivated")
		told.Add(1)
		if !sub.post(told.Done) { // comes after the NOTIFY
			told.Done()
		}
	}).Wait()
	told.Wait()
}

// lost ends the subscriptions of phones whose connection has ended: they subscribe anew by the next.
func (s *Service) lost(f stack.Flow) {
	s.each(func(sub *subscription) bool { return sub.conn.Load() == f.Conn && f.Conn != 0 }, (*subscription).end)
}

// each does something with all subscriptions of a kind, in their mailboxes. What it returns waits until that is done.
func (s *Service) each(which func(*subscription) bool, do func(*subscription)) *sync.WaitGroup {
	s.mu.Lock()
	var found []*subscription
	for _, sub := range s.subscriptions {
		if which(sub) {
			found = append(found, sub)
		}
	}
	s.mu.Unlock()
	var all sync.WaitGroup
	for _, sub := range found {
		all.Add(1)
		if !sub.post(func() { defer all.Done(); do(sub) }) {
			all.Done()
		}
	}
	return &all
}

// add puts a new subscription into the table, unless there are too many.
func (s *Service) add(sub *subscription) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closing:
		return fault.New(fault.Unavailable, "the server is ending")
	case len(s.subscriptions) >= s.cfg.All, s.perPhone[sub.phone.Device] >= s.cfg.PerPhone:
		return fault.New(fault.Limit, "there are too many subscriptions")
	}
	s.subscriptions[sub.tag] = sub
	s.perPhone[sub.phone.Device]++
	sub.release = s.Stack.Hold(sub.callID)
	return nil
}

func (s *Service) remove(sub *subscription) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.subscriptions, sub.tag)
	if s.perPhone[sub.phone.Device]--; s.perPhone[sub.phone.Device] <= 0 {
		delete(s.perPhone, sub.phone.Device)
	}
	sub.release()
}

// find returns the subscription of a dialog.
func (s *Service) find(tag string) *subscription {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.subscriptions[tag]
}
