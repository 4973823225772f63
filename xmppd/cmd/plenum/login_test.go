package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"testing"

	"mellium.im/sasl"
	"mellium.im/xmpp"
	"mellium.im/xmpp/jid"

	"plenum/xmppd/cmd/internal/certs"
)

// logIn logs in as somebody who has to be let in.
func logIn(t *testing.T, data string, port int, address, password string) {
	t.Helper()
	if err := tryLogIn(t, data, port, address, password); err != nil {
		t.Fatalf("%s cannot log in: %v", address, err)
	}
}

// tryLogIn logs in over direct TLS with a client that is not ours, trusting the certificate of the data folder alone, and
// out again.
func tryLogIn(t *testing.T, data string, port int, address, password string) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	user := jid.MustParse(address)
	dialer := tls.Dialer{Config: trusting(t, data, user.Domainpart())}
	conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return err
	}
	defer conn.Close()
	session, err := xmpp.NewSession(ctx, user.Domain(), user, conn, xmpp.Secure, xmpp.NewNegotiator(func(*xmpp.Session, *xmpp.StreamConfig) xmpp.StreamConfig {
		return xmpp.StreamConfig{Features: []xmpp.StreamFeature{xmpp.SASL("", password, sasl.ScramSha256), xmpp.BindResource()}}
	}))
	if err != nil {
		return err
	}
	if got := session.LocalAddr(); !got.Bare().Equal(user) || got.Resourcepart() == "" {
		return fmt.Errorf("bound to %s", got)
	}
	return session.Close()
}

// pairOf is the certificate that plenum made for a data folder.
func pairOf(data string) certs.Pair {
	return certs.Pair{Cert: filepath.Join(data, ownCertificate.Cert), Key: filepath.Join(data, ownCertificate.Key)}
}
