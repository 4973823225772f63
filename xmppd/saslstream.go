package xmppd

import (
	"context"
	"errors"

	"plenum/xmppd/jid"
	"plenum/xmppd/sasl"
	"plenum/xmppd/xmlstream"
)

// saslConfig says what this stream's client may log in with: guests on the guest domain, accounts on the others.
func (n *negotiation) saslConfig() sasl.Config {
	s := n.srv
	cfg := sasl.Config{
		AllowPlaintext: s.cfg.AllowPlaintext, Domain: n.host, FakeSecret: s.fake, Limiter: s.limiter, Addr: n.wire.peer().Addr(),
	}
	if sec := n.wire.security(); sec != nil {
		cfg.TLS, cfg.ServerEndPoint, cfg.Unique = &sec.state, sec.endPoint, sec.tlsUnique
	}
	if n.host == s.cfg.GuestDomain {
		if s.guests != nil {
			cfg.Anonymous = func(ctx context.Context, trace string) (string, error) { return s.guests.Admit(ctx, trace, cfg.Addr) }
		}
		return cfg
	}
	if login := n.wire.browser(); login != nil && login.User().Domain() == n.host {
		cfg.External = login.User().Local()
	}
	host := n.host
	cfg.Lookup = func(ctx context.Context, user string) (sasl.Account, error) {
		j, err := jid.New(user, host, "")
		if err != nil {
			return sasl.Account{}, err
		}
		return s.accounts.Lookup(ctx, j)
	}
	return cfg
}

// authenticate carries out an element of SASL (RFC 6120 §6.4).
func (n *negotiation) authenticate(p *xmlstream.Packet) (outcome, error) {
	switch p.Local() {
	case "auth":
		return n.auth(p)
	case "response":
		return n.response(p)
	case "abort":
		return n.refuse(&sasl.Failure{Condition: sasl.Aborted})
	}
	return goOn, fatal("not-authorized", "log in first")
}

// auth begins an exchange.
func (n *negotiation) auth(p *xmlstream.Packet) (outcome, error) {
	if n.exchange != nil {
		return n.refuse(&sasl.Failure{Condition: sasl.MalformedRequest, Text: "one exchange at a time"})
	}
	if !n.trusted() {
		return n.refuse(&sasl.Failure{Condition: sasl.EncryptionRequired})
	}
	mechanism, _ := p.Attr("mechanism")
	x, err := sasl.NewExchange(mechanism, n.saslConfig())
	if err != nil {
		return n.refuse(err)
	}
	n.exchange = x
	text := p.Root().Text()
	return n.advance(text, text != "")
}

func (n *negotiation) response(p *xmlstream.Packet) (outcome, error) {
	if n.exchange == nil {
		return n.refuse(&sasl.Failure{Condition: sasl.MalformedRequest, Text: "there is no exchange to answer in"})
	}
	return n.advance(p.Root().Text(), true)
}

// advance gives the exchange the client's message.
func (n *negotiation) advance(text string, initial bool) (outcome, error) {
	message, err := sasl.Decode(text)
	if err != nil {
		return n.refuse(err)
	}
	out, done, err := n.exchange.Step(n.ctx, message, initial)
	if err != nil {
		return n.refuse(err)
	}
	if !done {
		b := append(make([]byte, 0, 256), "<challenge xmlns='"+NSSASL+"'>"...)
		if len(out) > 0 {
			b = append(b, sasl.Encode(out)...)
		}
		return goOn, n.send(append(b, "</challenge>"...))
	}
	return n.succeed(out)
}

// succeed ends the exchange: from here on the stream belongs to the user that SASL names.
func (n *negotiation) succeed(out []byte) (outcome, error) {
	user, err := jid.New(n.exchange.User(), n.host, "")
	if err != nil {
		return n.refuse(&sasl.Failure{Condition: sasl.TemporaryAuthFailure, Err: err})
	}
	n.log.Info("logged in", "user", user, "mechanism", n.exchange.Mechanism())
	n.srv.metrics.authenticated.Add(1)
	if n.exchange.Mechanism() == sasl.External {
		n.login = n.wire.browser()
	}
	n.user, n.exchange = user, nil
	b := append(make([]byte, 0, 256), "<success xmlns='"+NSSASL+"'"...)
	if out == nil {
		b = append(b, "/>"...)
	} else {
		b = append(append(append(b, '>'), sasl.Encode(out)...), "</success>"...)
	}
	n.step = stepBind
	limits := xmlstream.C2S
	limits.Bytes = n.srv.stanzaBytes(user)
	n.wire.restart(limits)
	return restart, n.send(b)
}

// refuse answers a failed login. The client may try again, but not for ever (RFC 6120 §6.4.5).
func (n *negotiation) refuse(err error) (outcome, error) {
	f, ok := errors.AsType[*sasl.Failure](err)
	if !ok {
		f = &sasl.Failure{Condition: sasl.TemporaryAuthFailure, Err: err}
	}
	user := ""
	if n.exchange != nil {
		user = n.exchange.User()
	}
	n.exchange = nil
	n.failures++
	n.srv.metrics.authRefused.Add(1)
	n.log.Info("login refused", "domain", n.host, "user", user, "condition", f.Condition, "err", f.Err)
	b := append(make([]byte, 0, 192), "<failure xmlns='"+NSSASL+"'><"...)
	b = append(append(b, f.Condition...), "/>"...)
	if f.Text != "" {
		b = append(b, "<text xml:lang='en'>"...)
		b = append(xmlstream.AppendEscaped(b, f.Text), "</text>"...)
	}
	if err := n.send(append(b, "</failure>"...)); err != nil {
		return goOn, err
	}
	if n.failures >= n.srv.cfg.SASLAttempts {
		return goOn, fatal("policy-violation", "too many failed logins")
	}
	return goOn, nil
}
