package events_test

import (
	"context"
	"encoding/xml"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/emiago/sipgo/sip"

	"plenum/sipbridge/events"
	"plenum/sipbridge/siptest"
	"plenum/sipbridge/stack"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// serve makes a stack that listens at an address of the wire until the test ends, when it must have nothing left.
func serve(t *testing.T, w *siptest.Wire, address string, handle func(*stack.Stack)) *stack.Stack {
	t.Helper()
	s, err := stack.New(stack.Config{}, stack.Parts{Log: slog.New(slog.DiscardHandler), Domains: []string{"example.com"}})
	if err != nil {
		t.Fatal(err)
	}
	handle(s)
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
		if st := s.Stats(); st.Mailboxes != 0 || st.ServerTransactions != 0 || st.ClientTransactions != 0 {
			t.Errorf("left behind: %+v", st)
		}
	})
	return s
}

// office is what there is to see: the calls of extensions, and messages of users. Phones of juliet may see 100 and 101.
type office struct {
	mu       sync.Mutex
	dialogs  map[string][]events.Dialog
	messages map[string]events.Messages // by mailbox, which is the user's name
	hidden   map[string]bool
}

var juliet = events.Phone{Device: "dev-j", Owner: jid.MustParse("juliet@example.com")}

func (o *office) Dialogs(p events.Phone, extension string) ([]events.Dialog, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	dialogs, known := o.dialogs[extension]
	switch {
	case !known:
		return nil, fault.New(fault.NotFound, "nobody has this extension")
	case o.hidden[extension] || p != juliet:
		return nil, fault.New(fault.Forbidden, "this is not for you")
	}
	return dialogs, nil
}

func (o *office) Messages(p events.Phone, mailbox string) (jid.JID, events.Messages, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	m, known := o.messages[mailbox]
	if !known {
		return jid.JID{}, m, fault.New(fault.NotFound, "there is no such mailbox")
	}
	return jid.MustParse(mailbox + "@example.com"), m, nil
}

func (o *office) set(change func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	change()
}

// authenticate lets everybody in as the phone that X-Device names; "bad" is refused.
type authenticate struct{}

func (authenticate) Authenticate(in *stack.In) (events.Phone, bool) {
	h := in.Request.GetHeader("X-Device")
	switch {
	case h == nil:
		return juliet, true
	case h.Value() == "bad":
		in.Tx.Answer(sip.StatusForbidden)
		return events.Phone{}, false
	}
	return events.Phone{Device: h.Value()}, true
}

// phone is the other side.
type phone struct {
	*stack.Stack
	t *testing.T

	mu     sync.Mutex
	told   []*sip.Request // the NOTIFYs, since notified was called last
	refuse int            // answer to NOTIFY
	silent bool
	seq    uint32
	holds  map[string]func() // of the dialogs that the phone has
}

type setting struct {
	*events.Service
	t      *testing.T
	office *office
	phone  *phone
	server *stack.Stack
}

const (
	serverAt = "192.0.2.1:5060"
	phoneAt  = "192.0.2.2:5060"
)

func start(t *testing.T, cfg events.Config) *setting {
	w := new(siptest.Wire)
	set := &setting{t: t, office: &office{
		dialogs: map[string][]events.Dialog{"100": nil, "101": nil}, messages: map[string]events.Messages{"juliet": {}}, hidden: map[string]bool{}}}
	set.phone = &phone{t: t, holds: map[string]func(){}}
	set.phone.Stack = serve(t, w, phoneAt, func(s *stack.Stack) { s.Handle(sip.NOTIFY, set.phone.notify) })
	set.server = serve(t, w, serverAt, func(s *stack.Stack) {
		var err error
		set.Service, err = events.New(cfg, events.Parts{Stack: s, Phones: authenticate{}, Source: set.office, Domain: "example.com", Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
	})
	t.Cleanup(func() {
		set.Close()
		synctest.Wait()
		for _, release := range set.phone.holds {
			release()
		}
		if n := set.Count(); n != 0 {
			t.Errorf("%d subscriptions are left", n)
		}
	})
	return set
}

func (p *phone) notify(in *stack.In) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.silent {
		return
	}
	p.told = append(p.told, in.Request)
	code := sip.StatusOK
	if p.refuse != 0 {
		code = p.refuse
	}
	in.Tx.Answer(code)
}

func (p *phone) set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
}

// notified returns what the phone was told since the last call, a line for each NOTIFY.
func (p *phone) notified() string {
	synctest.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	var lines []string
	for _, req := range p.told {
		lines = append(lines, req.GetHeader("Subscription-State").Value()+" "+shown(p.t, req))
	}
	p.told = nil
	return strings.Join(lines, "\n")
}

// shown writes the body of a NOTIFY on a line.
func shown(t *testing.T, req *sip.Request) string {
	t.Helper()
	kind := ""
	if h := req.GetHeader("Content-Type"); h != nil {
		kind = h.Value()
	}
	switch kind {
	case "":
		return "nothing"
	case "application/simple-message-summary":
		return strings.ReplaceAll(strings.TrimSpace(string(req.Body())), "\r\n", ", ")
	}
	var info struct {
		XMLName xml.Name `xml:"urn:ietf:params:xml:ns:dialog-info dialog-info"`
		Version int      `xml:"version,attr"`
		State   string   `xml:"state,attr"`
		Entity  string   `xml:"entity,attr"`
		Dialogs []struct {
			ID        string `xml:"id,attr"`
			Direction string `xml:"direction,attr"`
			State     string `xml:"state"`
			Remote    struct {
				Identity struct {
					Display string `xml:"display,attr"`
					URI     string `xml:",chardata"`
				} `xml:"identity"`
			} `xml:"remote"`
		} `xml:"dialog"`
	}
	if err := xml.Unmarshal(req.Body(), &info); err != nil || kind != "application/dialog-info+xml" {
		t.Errorf("%s: %v", kind, err)
	}
	line := fmt.Sprintf("v%d %s %s", info.Version, info.State, info.Entity)
	for _, d := range info.Dialogs {
		line += strings.TrimRight(fmt.Sprintf(" [%s %s %s %s %s", d.ID, d.Direction, d.State, d.Remote.Identity.Display, d.Remote.Identity.URI), " ") + "]"
	}
	return line
}

// subscribe sends a SUBSCRIBE and returns the answer. Headers are "Name: value"; one of a name takes the place of the usual one.
func (p *phone) subscribe(resource, event, callID, tag string, headers ...string) *sip.Response {
	p.t.Helper()
	p.seq++
	address := sip.Uri{Scheme: "sip", User: resource, Host: "example.com"}
	req := sip.NewRequest(sip.SUBSCRIBE, address)
	req.AppendHeader(&sip.FromHeader{Address: sip.Uri{Scheme: "sip", User: "juliet", Host: "example.com"}, Params: sip.HeaderParams{{K: "tag", V: "p"}}})
	to := &sip.ToHeader{Address: address}
	if tag != "" {
		to.Params = sip.HeaderParams{{K: "tag", V: tag}}
	}
	req.AppendHeader(to)
	id := sip.CallIDHeader(callID)
	req.AppendHeader(&id)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: p.seq, MethodName: sip.SUBSCRIBE})
	req.AppendHeader(&sip.ContactHeader{Address: sip.Uri{Scheme: "sip", User: "juliet", Host: "192.0.2.2", Port: 5060}})
	for _, h := range append([]string{"Event: " + event}, headers...) {
		name, value, _ := strings.Cut(h, ": ")
		for req.RemoveHeader(name) {
		}
		if value != "" {
			req.AppendHeader(sip.NewHeader(name, value))
		}
	}
	if p.holds[callID] == nil {
		p.holds[callID] = p.Hold(callID)
	}
	got := make(chan *sip.Response, 1)
	_, err := p.Do(req, stack.Flow{Transport: stack.UDP, Remote: netip.MustParseAddrPort(serverAt)}, func(res *sip.Response, err error) {
		if err != nil {
			p.t.Error(err)
		}
		got <- res
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return <-got
}

func (p *phone) says(what, want string) {
	p.t.Helper()
	if got := p.notified(); got != want {
		p.t.Errorf("%s: the phone was told\n%s\nwant\n%s", what, got, want)
	}
}
