package xmppd

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"time"

	"plenum/xmppd/sasl"
)

// TLS is where the server gets its certificates from. It is asked in each handshake, so they may change at any time.
type TLS interface {
	// For is the certificate for a name that a client asked for; a name that none has, and "", get the default one.
	For(name string) *tls.Certificate
}

// ALPNClient is the ALPN name of direct TLS for clients (XEP-0368).
const ALPNClient = "xmpp-client"

// tlsConfigs are made once, so that a session ticket is good for the next connection, too.
type tlsConfigs struct {
	direct  *tls.Config
	upgrade *tls.Config // STARTTLS; ALPN does not apply
	taps    *finishedTaps
}

func newTLSConfigs(t TLS) tlsConfigs {
	if t == nil {
		return tlsConfigs{}
	}
	get := func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		name := hello.ServerName
		shown, _ := hello.Context().Value(shownKey{}).(*shown)
		if name == "" && shown != nil {
			name = shown.host
		}
		c := t.For(name)
		if shown != nil {
			shown.cert = c
		}
		return c, nil
	}
	taps := &finishedTaps{m: map[[32]byte]*finishedTap{}}
	return tlsConfigs{
		direct:  &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: get, NextProtos: []string{ALPNClient}, KeyLogWriter: taps}, // RFC 9325 §3.1.1
		upgrade: &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: get, KeyLogWriter: taps},
		taps:    taps,
	}
}

// shown travels through a handshake in its context: in with the domain of the stream header, for clients that send no SNI, and
// out with the certificate that was chosen.
type shown struct {
	host string
	cert *tls.Certificate
}

type shownKey struct{}

// secured is what a login needs to know of the TLS layer.
type secured struct {
	state    tls.ConnectionState
	endPoint []byte // tls-server-end-point (RFC 5929 §4), or nil
	tapped   *tappedConn
}

// handshake runs the server's side of TLS over conn, whose deadlines the caller has set.
func (s *Server) handshake(conn net.Conn, host string, direct bool) (*tls.Conn, *secured, error) {
	config := s.handshakes.upgrade
	if direct {
		config = s.handshakes.direct
	}
	tapped := s.handshakes.taps.tap(conn)
	defer s.handshakes.taps.untap(tapped.tap)
	c := tls.Server(tapped, config)
	shown := &shown{host: host}
	// No deadline in the context: one that can end would cost a goroutine.
	if err := c.HandshakeContext(context.WithValue(context.Background(), shownKey{}, shown)); err != nil {
		return nil, nil, err
	}
	return c, &secured{state: c.ConnectionState(), endPoint: endPoint(shown.cert), tapped: tapped}, nil
}

// endPoint is nil for a resumed TLS session: no certificate was chosen, and the one that it began with may be gone.
func endPoint(c *tls.Certificate) []byte {
	if c == nil {
		return nil
	}
	leaf := c.Leaf
	if leaf == nil {
		var err error
		if leaf, err = x509.ParseCertificate(c.Certificate[0]); err != nil {
			return nil
		}
	}
	return sasl.ServerEndPoint(leaf)
}

// closeNotifyTimeout bounds the writing of TLS's own end of the connection.
const closeNotifyTimeout = 2 * time.Second
