package siptest

import (
	"bytes"
	"crypto/rand"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"plenum/sipbridge/digest"
)

// patience is how long a phone waits for what its script expects.
const patience = 10 * time.Second

// A Phone is one telephone. Its methods belong to the goroutine of the test.
type Phone struct {
	User, Password, Domain string

	t      testing.TB
	conn   net.PacketConn
	server net.Addr
	in     chan sip.Message
	done   chan struct{}

	mu      sync.Mutex
	heard   map[string]int // messages as they came, with how often
	repeats map[string]int // by what they are
}

// New makes a phone on a socket, which is closed with the test. server is where its requests go.
func New(t testing.TB, conn net.PacketConn, server netip.AddrPort, user, password, domain string) *Phone {
	p := &Phone{
		User: user, Password: password, Domain: domain, t: t, conn: conn, server: net.UDPAddrFromAddrPort(server), in: make(chan sip.Message, 1000),
		done: make(chan struct{}), heard: make(map[string]int), repeats: make(map[string]int),
	}
	go p.read()
	t.Cleanup(func() {
		p.conn.Close()
		<-p.done
	})
	return p
}

func (p *Phone) read() {
	defer close(p.done)
	buf := make([]byte, 65536)
	for {
		n, _, err := p.conn.ReadFrom(buf)
		if err != nil {
			return
		}
		if len(bytes.TrimSpace(buf[:n])) == 0 {
			continue // a keep-alive
		}
		text := string(buf[:n])
		m, err := sip.ParseMessage([]byte(text))
		if err != nil {
			p.t.Errorf("%s has got what is no SIP: %v\n%s", p.User, err, text)
			continue
		}
		if p.repeated(text, m) {
			continue
		}
		p.in <- m
	}
}

// repeated counts a message, and reports whether it has come before.
func (p *Phone) repeated(text string, m sip.Message) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.heard[text]++
	if p.heard[text] > 1 {
		p.repeats[Name(m)]++
	}
	res, ok := m.(*sip.Response)
	return p.heard[text] > 1 || ok && res.StatusCode == sip.StatusTrying
}

// Repeats is how often messages of a name (see [Name]) have come again.
func (p *Phone) Repeats(name string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.repeats[name]
}

// Name is what a message is: "INVITE" of a request, "200 INVITE" of a response.
func Name(m sip.Message) string {
	switch m := m.(type) {
	case *sip.Request:
		return string(m.Method)
	case *sip.Response:
		return strconv.Itoa(m.StatusCode) + " " + string(m.CSeq().MethodName)
	}
	return ""
}

// Address is where the phone is.
func (p *Phone) Address() netip.AddrPort {
	return p.conn.LocalAddr().(*net.UDPAddr).AddrPort()
}

// Contact is the phone's address as SIP has it.
func (p *Phone) Contact() sip.Uri {
	a := p.Address()
	return sip.Uri{Scheme: "sip", User: p.User, Host: a.Addr().String(), Port: int(a.Port())}
}

// Send sends a message as it is.
func (p *Phone) Send(m sip.Message) { p.Write(m.String()) }

// Write sends a datagram.
func (p *Phone) Write(text string) {
	p.t.Helper()
	if _, err := p.conn.WriteTo([]byte(text), p.server); err != nil {
		p.t.Fatal(err)
	}
}

// Next is the next message that comes; repeated ones and 100 are left out.
func (p *Phone) Next() sip.Message {
	p.t.Helper()
	select {
	case m := <-p.in:
		return m
	case <-time.After(patience):
		p.t.Fatalf("%s hears nothing", p.User)
		return nil
	}
}

// Response waits for the next message, which must be a response of this name, as "200 INVITE".
func (p *Phone) Response(name string) *sip.Response {
	p.t.Helper()
	m := p.Next()
	if Name(m) != name {
		p.t.Fatalf("%s got %s, want %s\n%s", p.User, Name(m), name, m)
	}
	return m.(*sip.Response)
}

// Request waits for the next message, which must be a request of this method.
func (p *Phone) Request(method sip.RequestMethod) *sip.Request {
	p.t.Helper()
	m := p.Next()
	if Name(m) != string(method) {
		p.t.Fatalf("%s got %s, want %s\n%s", p.User, Name(m), method, m)
	}
	return m.(*sip.Request)
}

// Silent checks that nothing comes for a time.
func (p *Phone) Silent(d time.Duration) {
	p.t.Helper()
	if m, ok := p.Within(d); ok {
		p.t.Fatalf("%s got %s, want nothing\n%s", p.User, Name(m), m)
	}
}

// Within is the next message, if one comes in this time.
func (p *Phone) Within(d time.Duration) (sip.Message, bool) {
	select {
	case m := <-p.in:
		return m, true
	case <-time.After(d):
		return nil, false
	}
}

// Make makes a request that belongs to no dialog.
func (p *Phone) Make(method sip.RequestMethod, to string, headers ...sip.Header) *sip.Request {
	uri := sip.Uri{Scheme: "sip", User: to, Host: p.Domain}
	req := sip.NewRequest(method, uri)
	p.via(req)
	req.AppendHeader(&sip.FromHeader{
		DisplayName: "Phone " + p.User, Address: sip.Uri{Scheme: "sip", User: p.User, Host: p.Domain}, Params: sip.HeaderParams{{K: "tag", V: rand.Text()}},
	})
	req.AppendHeader(&sip.ToHeader{Address: uri})
	id := sip.CallIDHeader(rand.Text())
	req.AppendHeader(&id)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: 1, MethodName: method})
	req.AppendHeader(&sip.ContactHeader{Address: p.Contact()})
	for _, h := range headers {
		req.AppendHeader(h)
	}
	req.SetBody(nil)
	return req
}

// via gives a request a transaction of its own.
func (p *Phone) via(req *sip.Request) {
	a := p.Address()
	for req.RemoveHeader("Via") {
	}
	hops := sip.MaxForwardsHeader(70)
	if req.MaxForwards() == nil {
		req.AppendHeader(&hops)
	}
	req.PrependHeader(&sip.ViaHeader{
		ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: p.transport(), Host: a.Addr().String(), Port: int(a.Port()),
		Params: sip.HeaderParams{{K: "branch", V: sip.GenerateBranch()}, {K: "rport"}},
	})
}

func (p *Phone) transport() string {
	if _, ok := p.conn.(*stream); ok {
		return "TCP"
	}
	return "UDP"
}

// Prove makes the next try of a request that was challenged.
func (p *Phone) Prove(req *sip.Request, res *sip.Response) *sip.Request {
	p.t.Helper()
	next := req.Clone()
	next.ReplaceHeader(&sip.CSeqHeader{SeqNo: req.CSeq().SeqNo + 1, MethodName: req.Method})
	p.via(next)
	if err := digest.Authorize(next, res, p.User, p.Password); err != nil {
		p.t.Fatal(err)
	}
	return next
}

// answered is the next message, which must be a response.
func (p *Phone) answered() *sip.Response {
	p.t.Helper()
	m := p.Next()
	res, ok := m.(*sip.Response)
	if !ok {
		p.t.Fatalf("%s got %s, want a response\n%s", p.User, Name(m), m)
	}
	return res
}

// Register registers the phone, and returns the answer.
func (p *Phone) Register(expires time.Duration) *sip.Response {
	p.t.Helper()
	req := p.Make(sip.REGISTER, "", sip.NewHeader("Expires", strconv.Itoa(int(expires/time.Second))))
	req.Recipient.User = ""
	req.ReplaceHeader(&sip.ToHeader{Address: req.From().Address})
	p.Send(req)
	res := p.answered()
	if res.StatusCode == sip.StatusUnauthorized {
		p.Send(p.Prove(req, res))
		res = p.answered()
	}
	return res
}

// Answer answers a request; the tag is put into To when it has none.
func (p *Phone) Answer(req *sip.Request, code int, tag string, body []byte, headers ...sip.Header) *sip.Response {
	res := sip.NewResponse(code, "Said")
	for _, h := range req.Headers() {
		switch strings.ToLower(h.Name()) {
		case "via", "from", "call-id", "cseq", "record-route":
			res.AppendHeader(h)
		case "to":
			to := *req.To()
			if !to.Params.Has("tag") && tag != "" {
				to.Params = append(to.Params.Clone(), sip.HeaderKV{K: "tag", V: tag})
			}
			res.AppendHeader(&to)
		}
	}
	res.AppendHeader(&sip.ContactHeader{Address: p.Contact()})
	for _, h := range headers {
		res.AppendHeader(h)
	}
	if body != nil && res.GetHeader("Content-Type") == nil {
		res.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	}
	res.SetBody(body)
	p.Send(res)
	return res
}
