package register_test

import (
	"context"
	"log/slog"
	"net/netip"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/directory"
	"plenum/components/register"
	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/store/storetest"
	"plenum/xmppd/xmlstream"
	"plenum/xmppd/xmpptest"
)

// accounts are those of the directory, as the program wires them.
type accounts struct {
	*directory.Accounts
	srv *xmpptest.Server
}

func (a *accounts) Create(ctx context.Context, bare jid.JID, password string, anyPassword bool) error {
	_, err := a.Accounts.Create(ctx, directory.NewAccount{JID: bare, Password: password, AnyPassword: anyPassword})
	return err
}

func (a *accounts) Delete(ctx context.Context, bare jid.JID) error {
	err := a.Accounts.Delete(ctx, bare)
	a.srv.CloseSessions(bare, "not-authorized", "")
	return err
}

// start runs a server with a directory and the account of the administrator.
func start(t *testing.T, cfg register.Config) (*xmpptest.Server, *directory.Accounts) {
	t.Helper()
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	ctx, db := context.Background(), storetest.OpenMemory(t)
	key := directory.KeyFile(filepath.Join(t.TempDir(), "key"))
	org, err := directory.Open(ctx, db, []string{xmpptest.Domain}, directory.Config{Iterations: 4096}, key, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(org.Close)
	a := &accounts{Accounts: org.Accounts}
	a.srv = xmpptest.StartWith(t, xmpptest.Options{
		Store:    db,
		Deps:     func(d *xmppd.Deps) { d.Accounts = a.Accounts },
		Register: func(s *xmppd.Server) { register.Register(s, cfg, a) },
	})
	return a.srv, a.Accounts
}

const (
	get       = "<iq type='get' id='1' to='example.org'><query xmlns='jabber:iq:register'/></iq>"
	stanzaErr = " xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
)

func set(children string) string {
	return "<iq type='set' id='1'><query xmlns='jabber:iq:register'>" + children + "</query></iq>"
}

func credentials(user, password string) string {
	return set("<username>" + user + "</username><password>" + password + "</password>")
}

func refused(typ, condition string) string {
	return "<iq type='error' id='1'><error type='" + typ + "'><" + condition + stanzaErr + "…</error></iq>"
}

func TestAccountsAreMadeBeforeLogin(t *testing.T) {
	srv, _ := start(t, register.Config{Open: true})
	c := srv.Connect(xmpptest.Domain)
	if !c.Features().Has(register.NSFeature, "register") {
		t.Errorf("not announced: %s", c.Features().Raw())
	}
	c.Send(get)
	c.Expect("<iq type='result' id='1' from='example.org'><query xmlns='jabber:iq:register'><instructions>…</instructions><username/><password/></query></iq>")
	for _, x := range []struct{ user, password, want string }{
		{"", "Secret123", refused("modify", "not-acceptable")},
		{"bill", "", refused("modify", "not-acceptable")},
		{"a@b", "Secret123", refused("modify", "jid-malformed")},
		{"bill", "secret", "<iq type='error' id='1'><error type='modify'><not-acceptable" + stanzaErr +
			"<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>the password needs at least 8 characters, an upper-case letter and a digit</text></error></iq>"},
		{"bill", "Calliope1", "<iq type='result' id='1'/>"},
		{"Bill", "Calliope1", refused("cancel", "conflict")},
	} {
		c.Send(credentials(x.user, x.password))
		c.Expect(x.want)
	}
	c.Send(set("<username>bill</username>"))
	c.Expect(refused("modify", "not-acceptable"))
	c.Send(set("<remove/>"))
	c.Expect(refused("wait", "unexpected-request"))
}

func TestAnyPassword(t *testing.T) {
	srv, _ := start(t, register.Config{Open: true, AnyPassword: true})
	c := srv.Connect(xmpptest.Domain)
	c.Send(credentials("romeo", "romeo-secret"))
	c.Expect("<iq type='result' id='1'/>")
	srv.Login("romeo") // with that password
}

func TestClosedMeansClosed(t *testing.T) {
	srv, _ := start(t, register.Config{})
	c := srv.Connect(xmpptest.Domain)
	if c.Features().Has(register.NSFeature, "register") {
		t.Error("it is announced")
	}
	c.Send(get)
	if got := c.Ended(); got != "not-authorized" {
		t.Errorf("the stream ended by %q", got)
	}
}

func TestGuestsDoNotRegister(t *testing.T) {
	srv, _ := start(t, register.Config{Open: true})
	c := srv.Connect(srv.GuestDomain())
	if c.Features().Has(register.NSFeature, "register") {
		t.Error("it is announced")
	}
	for _, iq := range []string{get, credentials("bill", "Calliope1")} {
		c.Send(iq)
		c.Expect(refused("cancel", "not-allowed"))
	}
}

// member makes an account and logs in.
func member(t *testing.T, srv *xmpptest.Server, a *directory.Accounts, user string) *xmpptest.Client {
	t.Helper()
	_, err := a.Create(context.Background(), directory.NewAccount{
		JID: jid.MustParse(user + "@" + xmpptest.Domain), Password: user + "-secret", AnyPassword: true})
	if err != nil {
		t.Fatal(err)
	}
	return srv.Login(user)
}

func TestPasswords(t *testing.T) {
	srv, a := start(t, register.Config{})
	romeo := member(t, srv, a, "romeo")
	member(t, srv, a, "juliet")
	romeo.Send(get)
	romeo.Expect("<iq type='result' id='1' from='example.org'><query xmlns='jabber:iq:register'><registered/>…<username>romeo</username><password/></query></iq>")
	for _, x := range []struct{ iq, want string }{
		{credentials("romeo", ""), refused("modify", "bad-request")},
		{set("<password>Montague1</password>"), refused("modify", "bad-request")},
		{credentials("juliet", "Montague1"), refused("cancel", "not-allowed")},
		{"<iq type='set' id='1' to='juliet@example.org'><query xmlns='jabber:iq:register'><username>juliet</username><password>Montague1</password></query></iq>", refused("auth", "forbidden")},
		{credentials("romeo", "short"), refused("modify", "not-acceptable")},
		{credentials("romeo", "Montague1"), "<iq type='result' id='1'/>"},
		{"<iq type='set' id='1' to='example.org'><query xmlns='jabber:iq:register'><username>Romeo</username><password>Montague2</password></query></iq>", "<iq type='result' id='1' from='example.org'/>"},
		{"<iq type='set' id='1' to='romeo@example.org'><query xmlns='jabber:iq:register'><username>romeo</username><password>romeo-secret1X</password></query></iq>", "<iq type='result' id='1' from='romeo@example.org'/>"},
	} {
		romeo.Send(x.iq)
		romeo.Expect(x.want)
	}
	account, err := a.Lookup(context.Background(), jid.MustParse("romeo@example.org"))
	if err != nil || account.Keys == nil {
		t.Fatal(account, err)
	}
	if !account.Keys.CheckPassword("romeo-secret1X") {
		t.Error("the last password does not count")
	}
}

func TestNoPasswordChange(t *testing.T) {
	srv, a := start(t, register.Config{NoPasswordChange: true})
	romeo := member(t, srv, a, "romeo")
	romeo.Send(credentials("romeo", "Montague1"))
	romeo.Expect(refused("cancel", "service-unavailable"))
	srv, a = start(t, register.Config{NoPasswordChange: true, Open: true})
	romeo = member(t, srv, a, "romeo")
	romeo.Send(credentials("romeo", "Montague1"))
	romeo.Expect(refused("cancel", "not-allowed"))
}

func TestAccountsAreRemoved(t *testing.T) {
	srv, a := start(t, register.Config{Open: true})
	romeo := member(t, srv, a, "romeo")
	phone := srv.Login("romeo/phone")
	romeo.Send(set("<remove/><username>romeo</username>"))
	romeo.Expect(refused("modify", "bad-request"))
	romeo.Send(set("<remove/>"))
	if p := romeo.Next(); p.Type() != "result" || p.To() != romeo.JID.String() || p.From() != "" {
		t.Errorf("got %s", p.Raw())
	}
	for _, c := range []*xmpptest.Client{romeo, phone} {
		if got := c.Ended(); got != "not-authorized" {
			t.Errorf("%s ended by %q", c.JID, got)
		}
	}
	if ok, err := a.Exists(context.Background(), jid.MustParse("romeo@example.org")); ok || err != nil {
		t.Errorf("the account is still there: %v, %v", ok, err)
	}
}

func TestOnlyWhereAccountsAreMadeTheyAreRemoved(t *testing.T) {
	srv, a := start(t, register.Config{})
	romeo := member(t, srv, a, "romeo")
	romeo.Send(set("<remove/>"))
	romeo.Expect(refused("cancel", "not-allowed"))
}

func TestAddressesAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := register.NewAddressLimit(2)
		a, same, other := netip.MustParseAddrPort("[2001:db8::1]:1"), netip.MustParseAddrPort("[2001:db8::2]:1"), netip.MustParseAddrPort("192.0.2.1:1")
		for i, x := range []struct {
			addr netip.AddrPort
			want bool
		}{{a, true}, {same, true}, {a, false}, {same, false}, {other, true}, {netip.MustParseAddrPort("127.0.0.1:1"), true}, {netip.AddrPort{}, true}} {
			if got := l.Has(x.addr) && l.Take(x.addr); got != x.want {
				t.Errorf("%d: %v: got %v", i, x.addr, got)
			}
		}
		time.Sleep(time.Hour + time.Second)
		if !l.Take(a) {
			t.Error("an hour later there is still no room")
		}
		for range 3 {
			if !l.Has(a) {
				t.Error("asking counts")
			}
		}
	})
}

func TestOneAddressMakesSoManyAccountsAnHour(t *testing.T) {
	r, a := register.NewForTest(t, 2)
	addr := netip.MustParseAddrPort("192.0.2.1:1")
	try := func(user string) string {
		p := xmlstream.MustParse(credentials(user, "Calliope1"))
		q, _ := p.First()
		_, err := r.PreAuth(context.Background(), &xmppd.PreAuthIQ{Type: xmppd.Set, Payload: q, Domain: "example.org", Addr: addr})
		if err == nil {
			return ""
		}
		if e, ok := err.(*xmppd.StanzaError); ok {
			return e.Condition
		}
		return err.Error()
	}
	for i, x := range []struct{ user, want string }{
		{"one", ""}, {"taken", "taken"}, {"taken", "taken"}, {"two", ""}, {"three", "resource-constraint"}, {"taken", "resource-constraint"},
	} {
		if got := try(x.user); got != x.want {
			t.Errorf("%d: %s: got %q, want %q", i, x.user, got, x.want)
		}
	}
	if len(a.Made) != 2 {
		t.Errorf("made %v", a.Made)
	}
}
