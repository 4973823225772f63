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
	Open             bool `toml:"open" doc:"Lets anybody make an account before logging in. A directory without users begins with a permission All that does not show them to each other then; where there are users already, take xmpp.group from it first. Default: false."`
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
	made     *addressLimit // accounts
	tried    *addressLimit // names that were asked for: nobody shall find out by this who has an account
}

// triesPerAccount is how many names an address may try for each account that it may make.
const triesPerAccount = 10

// Register puts in-band registration into s.
func Register(s *xmppd.Server, cfg Config, a Accounts) *Service {
	r := &Service{
		srv: s, cfg: cfg, accounts: a,
		made: newAddressLimit(cfg.PerAddress), tried: newAddressLimit(cfg.PerAddress * triesPerAccount),
	}
	if cfg.Open || !cfg.NoPasswordChange {
		for _, t := range []xmppd.IQTarget{xmppd.ToServer, xmppd.ToAccount} { // XEP-0077 has 'to' in one example and none in another
			s.HandleIQ(t, xmppd.Get, NS, "query", r.get)
			s.HandleIQ(t, xmppd.Set, NS, "query", r.set)
		}
	}
	if cfg.Open {
		s.HandlePreAuthIQ(NS, "query", r.preAuth)
		s.AddStreamFeatureFunc(xmppd.BeforeLogin, r.feature)
	}
	return r
}

// feature is announced where accounts can be made (XEP-0077#streamfeature).
func (r *Service) feature(stream xmppd.StreamInfo) string {
	if stream.Domain == r.srv.GuestDomain() {
		return ""
	}
	return "<register xmlns='" + NSFeature + "'/>"
}

const instructions = "<instructions>Choose a user name and a password.</instructions>"

// preAuth makes accounts (XEP-0077#usecases-register).
func (r *Service) preAuth(ctx context.Context, iq *xmppd.PreAuthIQ) (any, error) {
	if iq.Domain == r.srv.GuestDomain() {
		return nil, xmppd.Errorf("not-allowed", "guests have no accounts")
	}
	if iq.Type == xmppd.Get {
		return "<query xmlns='" + NS + "'>" + instructions + "<username/><password/></query>", nil
	}
	if _, ok := iq.Payload.Child(NS, "remove"); ok {
		return nil, xmppd.Errorf("unexpected-request", "log in first")
	}
	user, password, err := credentials(iq.Payload)
	if err != nil {
		return nil, err
	}
	bare, err := jid.New(user, iq.Domain, "")
	if err != nil {
		return nil, xmppd.Errorf("jid-malformed", "the user name is not valid")
	}
	if !r.made.has(iq.Addr) || !r.tried.take(iq.Addr) {
		return nil, xmppd.Errorf("resource-constraint", "too many accounts were made from this address; try again in an hour")
	}
	if err := r.accounts.Create(ctx, bare, password, r.cfg.AnyPassword); err != nil {
		return nil, notAcceptable(err)
	}
	r.made.take(iq.Addr)
	r.srv.Log().Info("account registered in-band", "account", bare, "addr", iq.Addr)
	return nil, nil
}

// notAcceptable turns what the directory does not like into the condition that XEP-0077 names.
func notAcceptable(err error) error {
	if fault.KindOf(err) == fault.Invalid {
		return xmppd.Errorf("not-acceptable", "%s", fault.Text(err))
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

// owner is the account that a request is about: always the sender's own.
func (r *Service) owner(iq *xmppd.IQ) (jid.JID, error) {
	bare := iq.From.Bare()
	switch {
	case iq.To.Local() != "" && !iq.Own():
		return bare, xmppd.Errorf("forbidden", "")
	case !r.srv.IsHost(bare.Domain()), bare.Domain() == r.srv.GuestDomain(), iq.To.Domain() != bare.Domain():
		return bare, xmppd.Errorf("not-allowed", "you have no account here")
	}
	return bare, nil
}

// get tells a user who is logged in that there is an account (XEP-0077#usecases-register).
func (r *Service) get(_ context.Context, iq *xmppd.IQ) (any, error) {
	bare, err := r.owner(iq)
	if err != nil {
		return nil, err
	}
	b := xmlstream.AppendEscaped([]byte("<query xmlns='"+NS+"'><registered/>"+instructions+"<username>"), bare.Local())
	return append(b, "</username><password/></query>"...), nil
}

// set changes the password or removes the account.
func (r *Service) set(ctx context.Context, iq *xmppd.IQ) (any, error) {
	bare, err := r.owner(iq)
	if err != nil {
		return nil, err
	}
	if _, ok := iq.Payload.Child(NS, "remove"); ok {
		return r.remove(ctx, iq, bare)
	}
	return nil, r.changePassword(ctx, iq, bare)
}

// remove deletes the account (XEP-0077#usecases-cancel). The result goes out first, because the deletion ends the session.
func (r *Service) remove(ctx context.Context, iq *xmppd.IQ, bare jid.JID) (any, error) {
	for e := range iq.Payload.Children() {
		if !e.Is(NS, "remove") {
			return nil, xmppd.Errorf("bad-request", "<remove/> stands alone")
		}
	}
	if !r.cfg.Open {
		return nil, xmppd.Errorf("not-allowed", "accounts are removed by an administrator")
	}
	iq.Result(nil)
	if err := r.accounts.Delete(ctx, bare); err != nil {
		r.srv.Log().Error("an account could not be removed", "account", bare, "err", err)
		return nil, xmppd.NoReply
	}
	r.srv.Log().Info("account removed in-band", "account", bare)
	return nil, xmppd.NoReply
}

// changePassword is XEP-0077#usecases-changepw.
func (r *Service) changePassword(ctx context.Context, iq *xmppd.IQ, bare jid.JID) error {
	user, password, err := credentials(iq.Payload)
	if err != nil {
		return xmppd.Errorf("bad-request", "user name and password are needed")
	}
	if j, err := jid.New(user, bare.Domain(), ""); err != nil || j != bare {
		return xmppd.Errorf("not-allowed", "the user name is not yours")
	}
	if r.cfg.NoPasswordChange {
		return xmppd.Errorf("not-allowed", "passwords are changed by an administrator")
	}
	if iq.Origin == nil || !iq.Origin.Secure() && !r.srv.TrustsPlaintext() {
		return xmppd.Errorf("not-authorized", "the connection is not encrypted")
	}
	return notAcceptable(r.accounts.SetPassword(ctx, bare, password))
}
