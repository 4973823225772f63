package registrar_test

import (
	"cmp"
	"context"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emiago/sipgo/sip"

	"plenum/sipbridge/digest"
	"plenum/sipbridge/registrar"
	"plenum/sipbridge/stack"
	"plenum/xmppd/sasl"
	"plenum/xmppd/store"
)

const realm = "example.com"

// devices are the phones of the tests, by user; the password is the user's name backwards.
type devices map[string]registrar.Device

func (d devices) SIPDevice(user string) (registrar.Device, bool) {
	device, ok := d[user]
	return device, ok
}

func phones() devices {
	return devices{
		"alice": {ID: "dev-a", User: "alice", Keys: digest.Derive("alice", realm, "ecila")},
		"bob":   {ID: "dev-b", User: "bob", Keys: digest.Derive("bob", realm, "bob")},
		"tls":   {ID: "dev-t", User: "tls", Keys: digest.Derive("tls", realm, "slt"), Encryption: registrar.Required},
	}
}

// A line is a socket in memory: what is put in comes from the address given, what goes out is kept.
type line struct {
	in     chan packet
	out    chan packet
	closed chan struct{}
}

type packet struct {
	text string
	addr netip.AddrPort
}

func (l *line) ReadFrom(b []byte) (int, net.Addr, error) {
	select {
	case p := <-l.in:
		return copy(b, p.text), net.UDPAddrFromAddrPort(p.addr), nil
	case <-l.closed:
		return 0, nil, net.ErrClosed
	}
}

func (l *line) WriteTo(b []byte, to net.Addr) (int, error) {
	l.out <- packet{string(b), to.(*net.UDPAddr).AddrPort()}
	return len(b), nil
}

func (l *line) Close() error { close(l.closed); return nil }
func (l *line) LocalAddr() net.Addr {
	return net.UDPAddrFromAddrPort(netip.MustParseAddrPort("192.0.2.1:5060"))
}
func (l *line) SetDeadline(time.Time) error      { return nil }
func (l *line) SetReadDeadline(time.Time) error  { return nil }
func (l *line) SetWriteDeadline(time.Time) error { return nil }

// server is a registrar on a stack.
type server struct {
	*registrar.Registrar
	t       *testing.T
	stack   *stack.Stack
	line    *line
	mu      sync.Mutex
	changed []string
	stop    func()
	seq     uint32
	branch  string // of all requests; "" is a new one each time
}

func start(t *testing.T, db *store.DB, devices registrar.Devices) *server {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	st, err := stack.New(stack.Config{}, stack.Parts{Log: log, Domains: []string{realm}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := registrar.New(t.Context(), registrar.Config{}, registrar.Parts{Stack: st, DB: db, Devices: devices, Realm: realm,
		Key: []byte("0123456789abcdef0123456789abcdef"), Limiter: sasl.NewLimiter(sasl.LimiterConfig{}), Log: log})
	if err != nil {
		t.Fatal(err)
	}
	s := &server{Registrar: r, t: t, stack: st, line: &line{make(chan packet, 100), make(chan packet, 1000), make(chan struct{})}}
	r.OnChange(func(device string) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.changed = append(s.changed, device)
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- st.ServePackets(ctx, s.line) }()
	s.stop = func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := st.Close(context.Background()); err != nil {
			t.Error(err)
		}
		r.Close()
		if left := st.Stats(); left.Mailboxes != 0 || left.ServerTransactions != 0 {
			t.Errorf("left behind: %+v", left)
		}
	}
	synctest.Wait()
	return s
}

func database(t *testing.T) *store.DB {
	t.Helper()
	db, err := store.OpenMemory()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// a phone registers from an address.
type phone struct {
	user, password string
	from           string
	callID         string
	headers        []string // Contact and whatever else
}

// send sends a REGISTER and returns the answer; nil when there is none.
func (s *server) send(p phone, credentials string) *sip.Response {
	s.t.Helper()
	s.seq++
	text := "REGISTER sip:example.com SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.5:5060;rport;branch=" + cmp.Or(s.branch, sip.GenerateBranch()) + "\r\nMax-Forwards: 70\r\n" +
		"From: <sip:" + p.user + "@example.com>;tag=1\r\nTo: <sip:" + p.user + "@example.com>\r\nCall-ID: " + p.callID + "\r\n"
	cseq := &sip.CSeqHeader{SeqNo: s.seq, MethodName: sip.REGISTER}
	text += cseq.String() + "\r\n"
	for _, h := range append(slices.Clone(p.headers), credentials) {
		if h != "" {
			text += h + "\r\n"
		}
	}
	s.line.in <- packet{text + "Content-Length: 0\r\n\r\n", netip.MustParseAddrPort(p.from)}
	synctest.Wait()
	for {
		select {
		case out := <-s.line.out:
			if strings.TrimSpace(out.text) == "" {
				continue // a keep-alive
			}
			msg, err := sip.ParseMessage([]byte(out.text))
			if err != nil || out.addr.String() != p.from {
				s.t.Fatalf("answer %q to %s: %v", out.text, out.addr, err)
			}
			return msg.(*sip.Response)
		default:
			return nil
		}
	}
}

// register answers the challenge too.
func (s *server) register(p phone) *sip.Response {
	s.t.Helper()
	res := s.send(p, "")
	if res == nil || res.StatusCode != 401 {
		return res
	}
	req := sip.NewRequest(sip.REGISTER, sip.Uri{Scheme: "sip", Host: "example.com"})
	if err := digest.Authorize(req, res, p.user, p.password); err != nil {
		s.t.Fatal(err)
	}
	return s.send(p, req.GetHeader("Authorization").String())
}

func (s *server) expect(res *sip.Response, code int, headers ...string) {
	s.t.Helper()
	switch {
	case res == nil && code != 0:
		s.t.Errorf("no answer, want %d", code)
	case res != nil && res.StatusCode != code:
		s.t.Errorf("got %d, want %d: %s", res.StatusCode, code, res)
	}
	for _, h := range headers {
		if res != nil && !strings.Contains(res.String(), h) {
			s.t.Errorf("no %q in %s", h, res)
		}
	}
}

func (s *server) contacts(device string, want ...string) {
	s.t.Helper()
	var got []string
	for _, b := range s.Bindings(device) {
		got = append(got, b.Contact.String()+" by "+b.Flow.Remote.String())
	}
	if !slices.Equal(got, want) {
		s.t.Errorf("bindings of %s: got %v, want %v", device, got, want)
	}
}

var alice = phone{user: "alice", password: "ecila", from: "198.51.100.7:4321", callID: "one", headers: []string{"Contact: <sip:alice@10.0.0.5:5060>", "Expires: 600"}}

func TestPhoneRegisters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, database(t), phones())
		defer s.stop()
		res := s.register(alice)
		s.expect(res, 200, "Contact: <sip:alice@10.0.0.5:5060>;expires=600", "received=198.51.100.7", "rport=4321", "Date: ")
		s.contacts("dev-a", "sip:alice@10.0.0.5:5060 by 198.51.100.7:4321")
		if !s.Known(netip.MustParseAddrPort("198.51.100.7:4321")) || s.Known(netip.MustParseAddrPort("198.51.100.7:4322")) {
			t.Error("who is known")
		}
		time.Sleep(9 * time.Minute)
		s.expect(s.register(alice), 200, ";expires=600")
		time.Sleep(9 * time.Minute)
		s.contacts("dev-a", "sip:alice@10.0.0.5:5060 by 198.51.100.7:4321")
		time.Sleep(2 * time.Minute)
		s.contacts("dev-a")
		if !slices.Equal(s.changed, []string{"dev-a", "dev-a"}) {
			t.Errorf("changes %v: a refresh is none", s.changed)
		}
	})
}

func TestRegistrationsThatAreRefused(t *testing.T) {
	with := func(change func(*phone)) phone {
		p := alice
		change(&p)
		return p
	}
	for name, c := range map[string]struct {
		phone phone
		code  int
		want  string
	}{
		"wrong password":       {with(func(p *phone) { p.password = "x" }), 401, "stale"},
		"unknown user":         {with(func(p *phone) { p.user = "eve" }), 401, ""},
		"too short":            {with(func(p *phone) { p.headers = []string{"Contact: <sip:a@10.0.0.5>;expires=5"} }), 423, "Min-Expires: 60"},
		"star with another":    {with(func(p *phone) { p.headers = []string{"Contact: *", "Contact: <sip:a@10.0.0.5>", "Expires: 0"} }), 400, ""},
		"star without expires": {with(func(p *phone) { p.headers = []string{"Contact: *"} }), 400, ""},
		"no SIP address":       {with(func(p *phone) { p.headers = []string{"Contact: <tel:+4930>"} }), 400, ""},
		"without TLS":          {with(func(p *phone) { p.user, p.password = "tls", "slt" }), 403, "Warning: 399"},
		"too many contacts": {with(func(p *phone) {
			p.headers = []string{"Contact: " + strings.Repeat("<sip:a@10.0.0.5>,", 8) + "<sip:a@10.0.0.5>"}
		}), 403, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := start(t, database(t), phones())
				defer s.stop()
				if c.want == "stale" {
					res := s.register(c.phone)
					s.expect(res, c.code)
					if strings.Contains(res.String(), "stale") {
						t.Errorf("a wrong password counts as stale: %s", res)
					}
				} else {
					s.expect(s.register(c.phone), c.code, c.want)
				}
				if len(s.All()) != 0 || len(s.changed) != 0 {
					t.Error("something is registered")
				}
			})
		})
	}
}

func TestSeveralPhonesOfADevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, database(t), phones())
		defer s.stop()
		second := alice
		second.from, second.callID, second.headers = "203.0.113.9:5060", "two", []string{"Contact: <sip:alice@203.0.113.9>;expires=100"}
		s.expect(s.register(alice), 200)
		s.expect(s.register(second), 200, "Contact: <sip:alice@10.0.0.5:5060>;expires=600", "Contact: <sip:alice@203.0.113.9>;expires=100")
		s.contacts("dev-a", "sip:alice@203.0.113.9 by 203.0.113.9:5060", "sip:alice@10.0.0.5:5060 by 198.51.100.7:4321")
		second.headers = []string{"Contact: <sip:alice@203.0.113.9>;expires=0"}
		s.expect(s.register(second), 200)
		s.contacts("dev-a", "sip:alice@10.0.0.5:5060 by 198.51.100.7:4321")
		second.headers = []string{"Contact: *", "Expires: 0"}
		s.expect(s.register(second), 200)
		s.contacts("dev-a")
		// Eleven are one too many.
		for i := range 11 {
			p := alice
			p.from = netip.AddrPortFrom(netip.MustParseAddr("198.51.100.7"), uint16(2000+i)).String()
			p.headers = []string{"Contact: <sip:alice@" + p.from + ">"}
			want := 200
			if i == 10 {
				want = 403
			}
			s.expect(s.register(p), want)
		}
	})
}

func TestPhoneThatMoves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, database(t), phones())
		defer s.stop()
		p := alice
		p.headers = []string{`Contact: <sip:alice@10.0.0.5:5060>;reg-id=1;+sip.instance="<urn:uuid:0>"`, "Supported: path, outbound"}
		s.expect(s.register(p), 200, "Require: outbound", `+sip.instance="<urn:uuid:0>"`, "reg-id=1")
		p.from, p.headers[0] = "203.0.113.9:1000", strings.Replace(p.headers[0], "10.0.0.5", "10.0.0.6", 1)
		s.expect(s.register(p), 200)
		s.contacts("dev-a", "sip:alice@10.0.0.6:5060 by 203.0.113.9:1000")
		// A second flow of the same phone is kept, but it is called by the newer alone (RFC 5626 §5.3).
		p.from, p.headers[0] = "203.0.113.9:1001", strings.Replace(p.headers[0], "reg-id=1", "reg-id=2", 1)
		s.expect(s.register(p), 200)
		s.contacts("dev-a", "sip:alice@10.0.0.6:5060 by 203.0.113.9:1001")
		if len(s.All()) != 2 {
			t.Errorf("%d flows", len(s.All()))
		}
	})
}

func TestRepeatedAndLateRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, database(t), phones())
		defer s.stop()
		s.expect(s.register(alice), 200)
		s.seq -= 2
		s.expect(s.register(alice), 200, ";expires=600") // its CSeq is that of before: the answer was lost
		s.seq -= 3
		s.expect(s.register(alice), 400)
		other := alice
		other.callID = "after-a-restart"
		s.seq = 0
		s.expect(s.register(other), 200)
	})
}

func TestRestartForgetsNoPhone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := database(t)
		all := phones()
		s := start(t, db, all)
		s.expect(s.register(alice), 200)
		bob := phone{user: "bob", password: "bob", from: "198.51.100.8:5060", callID: "b", headers: []string{`Contact: <sip:bob@198.51.100.8>;expires=3600;+sip.instance="<urn:uuid:1>"`, "User-Agent: desk"}}
		s.expect(s.register(bob), 200)
		before := s.Bindings("dev-b")
		s.stop()
		time.Sleep(20 * time.Minute)
		s = start(t, db, all)
		s.contacts("dev-a") // its time is over
		s.contacts("dev-b", "sip:bob@198.51.100.8 by 198.51.100.8:5060")
		if b := s.Bindings("dev-b")[0]; b.ID != before[0].ID || b.Instance != "urn:uuid:1" || b.UserAgent != "desk" || !b.Since.Equal(before[0].Since.Truncate(time.Millisecond)) {
			t.Errorf("got %+v, had %+v", b, before[0])
		}
		s.seq = 100
		s.expect(s.register(bob), 200, `+sip.instance="<urn:uuid:1>"`)
		s.stop()
		delete(all, "bob") // somebody removes the device meanwhile
		s = start(t, db, all)
		s.contacts("dev-b")
		s.stop()
	})
}

func TestDevicesThatGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := phones()
		s := start(t, database(t), all)
		defer s.stop()
		s.expect(s.register(alice), 200)
		s.Recheck()
		if !s.Registered("dev-a") {
			t.Fatal("gone without a reason")
		}
		all["alice"] = registrar.Device{ID: "dev-a", User: "alice", Keys: digest.Derive("alice", realm, "new")}
		s.Recheck()
		s.contacts("dev-a")
		p := alice
		p.password = "new"
		s.expect(s.register(p), 200)
		if b := s.All(); len(b) != 1 || s.Remove("dev-a", "other") || !s.Remove("dev-a", b[0].ID) {
			t.Errorf("removed wrongly: %v", b)
		}
		s.contacts("dev-a")
	})
}

func TestWrongPasswordsLockOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, database(t), phones())
		defer s.stop()
		guess := alice
		guess.password = "guess"
		for range sasl.DefaultAccountFailures {
			s.expect(s.register(guess), 401)
		}
		s.expect(s.register(alice), 0) // no answer, not even with the right one
		elsewhere := alice
		elsewhere.from = "203.0.113.1:5060"
		s.expect(s.register(elsewhere), 200)
		time.Sleep(sasl.DefaultAccountWindow + time.Second)
		s.expect(s.register(alice), 200)
	})
}

// Who has overheard a registration in the same network cannot send it from his own address, and have the phone's calls.
func TestOverheardRegistrationsAreOfNoUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, database(t), phones())
		defer s.stop()
		challenge := s.send(alice, "")
		req := sip.NewRequest(sip.REGISTER, sip.Uri{Scheme: "sip", Host: "example.com"})
		if err := digest.Authorize(req, challenge, "alice", "ecila"); err != nil {
			t.Fatal(err)
		}
		value := req.GetHeader("Authorization").String()
		s.branch = "z9hG4bKone"
		s.expect(s.send(alice, value), 200)
		s.seq--
		s.expect(s.send(alice, value), 200) // its answer was lost
		s.seq--
		thief := alice
		thief.from, thief.callID, thief.headers = "198.51.100.99:5060", "two", []string{"Contact: <sip:thief@198.51.100.99>", "Expires: 600"}
		for range 2 * sasl.DefaultAddressFailures {
			s.expect(s.send(thief, value), 401, "stale=true")
		}
		s.contacts("dev-a", "sip:alice@10.0.0.5:5060 by 198.51.100.7:4321")
		s.branch = ""
		s.expect(s.send(alice, value), 401, "stale=true") // a phone that does not count is asked
		s.expect(s.register(alice), 200)
	})
}

// Whoever forges the address of others sees no challenge for it, and must not get them locked out.
func TestForgedAddressesLockNobodyOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, database(t), phones())
		defer s.stop()
		attacker := alice
		attacker.from = "203.0.113.1:5060"
		challenge := s.send(attacker, "")
		for i := range 2 * sasl.DefaultAddressFailures {
			req := sip.NewRequest(sip.REGISTER, sip.Uri{Scheme: "sip", Host: "example.com"})
			if err := digest.Authorize(req, challenge, "alice", "guess"); err != nil {
				t.Fatal(err)
			}
			value := req.GetHeader("Authorization").String()
			if i%2 == 0 {
				value = strings.Replace(value, `nonce="`, `nonce="x`, 1)
			}
			s.expect(s.send(alice, value), 401, "stale=true")
		}
		s.expect(s.register(alice), 200)
	})
}

// Who asks for a call without credentials is told so once, and nothing is kept for him.
func TestStrangersCallsAreNotRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, database(t), phones())
		defer s.stop()
		s.stack.Handle(sip.INVITE, func(in *stack.In) { s.Authenticate(in) })
		for _, credentials := range []string{"", "Authorization: Digest realm=\"example.com\"\r\n"} {
			s.line.in <- packet{"INVITE sip:900@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.5:5060;rport;branch=" + sip.GenerateBranch() +
				"\r\nMax-Forwards: 70\r\nFrom: <sip:x@example.com>;tag=1\r\nTo: <sip:900@example.com>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n" +
				"Contact: <sip:x@10.0.0.5>\r\n" + credentials + "Content-Length: 0\r\n\r\n", netip.MustParseAddrPort(alice.from)}
			synctest.Wait()
			if have := s.stack.Stats(); have.ServerTransactions != 0 || have.Mailboxes != 0 {
				t.Errorf("%q: there are %d transactions in %d mailboxes", credentials, have.ServerTransactions, have.Mailboxes)
			}
			time.Sleep(time.Minute)
			if n := len(s.line.out); n != 1 {
				t.Errorf("%q: %d answers were sent", credentials, n)
			}
			for len(s.line.out) > 0 {
				<-s.line.out
			}
		}
	})
}

// A door is a listener in memory.
type door struct {
	conns  chan net.Conn
	closed chan struct{}
}

type visitor struct {
	net.Conn
	remote string
}

func (v visitor) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(v.remote))
}
func (v visitor) LocalAddr() net.Addr { return (&door{}).Addr() }

func (d *door) Accept() (net.Conn, error) {
	select {
	case c := <-d.conns:
		return c, nil
	case <-d.closed:
		return nil, net.ErrClosed
	}
}

func (d *door) Close() error { close(d.closed); return nil }
func (d *door) Addr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort("192.0.2.1:5060"))
}

func TestPhoneWhoseConnectionIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := database(t)
		s := start(t, db, phones())
		d := &door{make(chan net.Conn), make(chan struct{})}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.stack.ServeListener(ctx, d, stack.TCP) }()
		defer func() {
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
			s.stop()
		}()
		server, client := net.Pipe()
		d.conns <- visitor{server, "198.51.100.7:1111"}
		credentials := sip.Header(sip.NewHeader("Subject", "none yet"))
		buf := make([]byte, 10_000)
		for i, code := range []int{401, 200} {
			text := "REGISTER sip:example.com SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.0.5;branch=" + sip.GenerateBranch() + "\r\nFrom: <sip:alice@example.com>;tag=1\r\n" +
				"To: <sip:alice@example.com>\r\nCall-ID: t\r\n" + (&sip.CSeqHeader{SeqNo: uint32(i + 1), MethodName: sip.REGISTER}).String() + "\r\n" +
				"Contact: <sip:alice@10.0.0.5;transport=tcp>\r\n" + credentials.String() + "\r\nContent-Length: 0\r\n\r\n"
			if _, err := client.Write([]byte(text)); err != nil {
				t.Fatal(err)
			}
			n, err := client.Read(buf)
			if err != nil {
				t.Fatal(err)
			}
			msg, err := sip.ParseMessage(buf[:n])
			if err != nil {
				t.Fatal(err)
			}
			s.expect(msg.(*sip.Response), code)
			if code == 401 {
				req := sip.NewRequest(sip.REGISTER, sip.Uri{Scheme: "sip", Host: "example.com"})
				if err := digest.Authorize(req, msg.(*sip.Response), "alice", "ecila"); err != nil {
					t.Fatal(err)
				}
				credentials = req.GetHeader("Authorization")
			}
		}
		time.Sleep(5 * time.Minute) // a stranger's connection would be closed by now
		if !s.Registered("dev-a") {
			t.Fatal("not registered")
		}
		client.Close()
		synctest.Wait()
		if s.Registered("dev-a") || !slices.Equal(s.changed, []string{"dev-a", "dev-a"}) {
			t.Errorf("still registered; changes %v", s.changed)
		}
		var rows int
		if err := db.QueryRow(t.Context(), `SELECT count(*) FROM sip_bindings`).Scan(&rows); err != nil || rows != 0 {
			t.Errorf("%d rows of connections, %v", rows, err)
		}
	})
}

func TestPhonesBehindNATAreKeptReachable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, database(t), phones())
		defer s.stop()
		s.expect(s.register(alice), 200)
		open := phone{user: "bob", password: "bob", from: "198.51.100.8:5060", callID: "b", headers: []string{"Contact: <sip:bob@198.51.100.8>"}}
		s.expect(s.register(open), 200)
		time.Sleep(26 * time.Second)
		if n := len(s.line.out); n != 1 {
			t.Fatalf("%d keep-alives, want one to the phone behind NAT", n)
		}
		if p := <-s.line.out; p.text != "\r\n\r\n" || p.addr.String() != alice.from {
			t.Errorf("sent %q to %s", p.text, p.addr)
		}
	})
}

// A phone that fails over a challenge by SHA-256 is offered MD5 alone when it tries again.
func TestPhoneThatKnowsMD5Alone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, database(t), phones())
		defer s.stop()
		offers := func(p phone) int { return len(s.send(p, "").GetHeaders("WWW-Authenticate")) }
		if n := offers(alice); n != 2 {
			t.Errorf("%d offers at first", n)
		}
		elsewhere := alice
		elsewhere.from = "203.0.113.1:5060"
		if n := offers(elsewhere); n != 2 {
			t.Errorf("%d offers to another phone", n)
		}
		if n := offers(alice); n != 1 {
			t.Errorf("%d offers to who has failed over two", n)
		}
		s.expect(s.register(alice), 200)
		if n := offers(alice); n != 1 {
			t.Errorf("%d offers when it comes again", n)
		}
		third := alice
		third.from = "203.0.113.2:5060"
		s.expect(s.register(third), 200)
		if n := offers(third); n != 2 {
			t.Errorf("%d offers to who has taken one of two", n)
		}
		known := alice
		known.from, known.headers = "203.0.113.9:5060", append([]string{"User-Agent: baresip v1.0.0 (x86_64/linux)"}, alice.headers...)
		if n := offers(known); n != 1 {
			t.Errorf("%d offers to a phone that is known for it", n)
		}
	})
}
