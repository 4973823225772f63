// Package register lets clients make accounts, change passwords and remove accounts, as far as the operator allows.
//
// Spec: XEP-0077 2.4 complete
package register

import (
	"context"

	"plenum/xmppd"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// NS is the namespace of <query/>; NSFeature that of the stream feature.
const (
	NS        = "jabber:iq:register"
	NSFeature = "http://jabber.org/features/iq-register"
)

// Config is what the operator allows.
type Config struct {
	Open             bool `toml:"open" doc:"Lets anybody make an account before logging in. Default: false."`
	AnyPassword      bool `toml:"any_password" doc:"Takes any password that is not empty when an account is made in-band. For load tools on loopback. Default: false, the password rule holds."`
	PerAddress       int  `toml:"per_address" doc:"How many accounts one IP address may make in an hour; loopback is not counted. Default: 5."`
	NoPasswordChange bool `toml:"no_password_change" doc:"Keeps users from changing their password from a client. Default: false."`
}

// Validate fills in defaults.
func (c *Config) Validate() error {
	if c.PerAddress == 0 {
		c.PerAddress = 5
	}
	if c.PerAddress < 0 {
		return fault.New(fault.Invalid, "per_address: must not be negative")
	}
	return nil
}

// Accounts is what it asks of the directory. Errors are of kinds Conflict (the name is taken), Invalid (name or password
// do not follow the rules, the text says how).
type Accounts interface {
	Create(ctx context.Context, bare jid.JID, password string, anyPassword bool) error
	SetPassword(ctx context.Context, bare jid.JID, password string) error
	Delete(ctx context.Context, bare jid.JID) error
}

// Service answers registration requests.
type Service struct {
	srv      *xmppd.Server
	cfg      Config
	accounts Accounts
	made     *addressLimit
}

// Register puts in-band registration into s.
func Register(s *xmppd.Server, cfg Config, a Accounts) *Service {
	r := &Service{srv: s, cfg: cfg, accounts: a, made: newAddressLimit(cfg.PerAddress)}
	s.HandleIQ(xmppd.ToServer, xmppd.Get, NS, "query", r.get)
	s.HandleIQ(xmppd.ToServer, xmppd.Set, NS, "query", r.set)
	s.HandleIQ(xmppd.ToAccount, xmppd.Get, NS, "query", r.get)
	s.HandleIQ(xmppd.ToAccount, xmppd.Set, NS, "query", r.set)
	if cfg.Open {
		s.HandlePreAuthIQ(NS, "query", r.preAuth)
		s.AddStreamFeature(xmppd.BeforeLogin, "<register xmlns='"+NSFeature+"'/>")
	}
	return r
}

// preAuth makes accounts (XEP-0077#usecases-register).
func (r *Service) preAuth(ctx context.Context, iq *xmppd.PreAuthIQ) (any, error) {
	if iq.Type == xmppd.Get {
		return "<query xmlns='" + NS + "'><instructions>Choose a user name and a password.</instructions><username/><password/></query>", nil
	}
	if _, ok := iq.Payload.Child(NS, "remove"); ok {
		return nil, xmppd.Errorf("not-authorized", "log in first")
	}
	user, password, err := credentials(iq.Payload)
	if err != nil {
		return nil, err
	}
	if iq.Domain == r.srv.GuestDomain() {
		return nil, xmppd.Errorf("not-allowed", "guests have no accounts")
	}
	bare, err := jid.New(user, iq.Domain, "")
	if err != nil {
		return nil, xmppd.Errorf("jid-malformed", "the user name is not valid")
	}
	if !r.made.allow(iq.Addr) {
		return nil, &xmppd.StanzaError{Type: "wait", Condition: "resource-constraint", Text: "too many accounts were made from this address; try again in an hour"}
	}
	if err := r.accounts.Create(ctx, bare, password, r.cfg.AnyPassword); err != nil {
		return nil, notAcceptable(err)
	}
	r.srv.Log().Info("account registered in-band", "account", bare, "addr", iq.Addr)
	return nil, nil
}

// notAcceptable turns what the directory does not like into the condition that XEP-0077 names.
func notAcceptable(err error) error {
	if fault.KindOf(err) == fault.Invalid {
		e := xmppd.Errorf("not-acceptable", "%s", fault.Text(err))
		return e
	}
	return err
}

func credentials(q xmlstream.Element) (user, password string, err error) {
	u, ok1 := q.Child(NS, "username")
	p, ok2 := q.Child(NS, "password")
	if !ok1 || !ok2 || u.Text() == "" || p.Text() == "" {
		return "", "", xmppd.Errorf("not-acceptable", "user name and password are needed")
	}
	return u.Text(), p.Text(), nil
}

// get tells a user who is logged in that there is an account (XEP-0077#usecases-register).
func (r *Service) get(_ context.Context, iq *xmppd.IQ) (any, error) {
	if iq.To.Local() != "" && !iq.Own() {
		return nil, xmppd.Errorf("service-unavailable", "")
	}
	if !r.srv.IsHost(iq.From.Domain()) || iq.From.Domain() == r.srv.GuestDomain() {
		return nil, xmppd.Errorf("not-allowed", "")
	}
	b := xmlstream.AppendEscaped([]byte("<query xmlns='"+NS+"'><registered/><username>"), iq.From.Local())
	return append(b, "</username><password/></query>"...), nil
}

// set changes the password or removes the account (XEP-0077#usecases-changepw, #usecases-cancel).
func (r *Service) set(ctx context.Context, iq *xmppd.IQ) (any, error) {
	bare := iq.From.Bare()
	if iq.To.Local() != "" && !iq.Own() {
		return nil, xmppd.Errorf("forbidden", "")
	}
	if !r.srv.IsHost(bare.Domain()) || bare.Domain() == r.srv.GuestDomain() || iq.To.Local() == "" && iq.To.Domain() != bare.Domain() {
		return nil, xmppd.Errorf("not-allowed", "")
	}
	if _, ok := iq.Payload.Child(NS, "remove"); ok {
		if !r.cfg.Open {
			return nil, xmppd.Errorf("not-allowed", "accounts are removed by an administrator")
		}
		iq.Result(nil)
		if err := r.accounts.Delete(ctx, bare); err != nil {
			r.srv.Log().Error("an account could not be removed", "account", bare, "err", err)
		}
		return nil, xmppd.NoReply
	}
	user, password, err := credentials(iq.Payload)
	if err != nil {
		return nil, xmppd.Errorf("bad-request", "user name and password are needed")
	}
	if j, err := jid.New(user, bare.Domain(), ""); err != nil || j != bare {
		return nil, xmppd.Errorf("not-allowed", "the user name is not yours")
	}
	if r.cfg.NoPasswordChange {
		return nil, xmppd.Errorf("not-allowed", "passwords are changed by an administrator")
	}
	if iq.Origin != nil && !iq.Origin.Secure() && !r.srv.TrustsPlaintext() {
		return nil, xmppd.Errorf("not-authorized", "")
	}
	return nil, notAcceptable(r.accounts.SetPassword(ctx, bare, password))
}
