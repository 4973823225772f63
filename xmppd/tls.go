package xmppd

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"time"

	"plenum/xmppd/sasl"
)

// TLS is where the server gets its certificates from; CertStore is one.
type TLS interface {
	// Setup is what a handshake that begins now runs with. Host is the domain that the stream header names, for clients
	// that send no SNI; empty when there was no header (direct TLS). Direct says that the handshake is the first thing on
	// the connection, where ALPN applies (XEP-0368).
	Setup(host string, direct bool) TLSSetup
}

// TLSSetup is one generation of certificates.
type TLSSetup struct {
	Config *tls.Config
	// Leaf is the certificate that a finished handshake of this Config has shown; nil when that cannot be told, which
	// leaves out the channel binding tls-server-end-point.
	Leaf func(tls.ConnectionState) *x509.Certificate
}

// ALPNClient is the ALPN name of direct TLS for clients (XEP-0368).
const ALPNClient = "xmpp-client"

// secured is what the rest of a login needs to know of the TLS layer.
type secured struct {
	state    tls.ConnectionState
	endPoint []byte // tls-server-end-point (RFC 5929 §4), or nil
}

// handshake runs the server's side of TLS over conn. The caller has set the deadline.
func (s *Server) handshake(conn net.Conn, host string, direct bool) (*tls.Conn, *secured, error) {
	setup := s.tls.Setup(host, direct)
	c := tls.Server(conn, setup.Config)
	// A context that can be cancelled would cost a goroutine; the deadline of conn does the same.
	if err := c.HandshakeContext(context.Background()); err != nil {
		return nil, nil, err
	}
	sec := &secured{state: c.ConnectionState()}
	if setup.Leaf != nil {
		if leaf := setup.Leaf(sec.state); leaf != nil {
			sec.endPoint = sasl.ServerEndPoint(leaf)
		}
	}
	return c, sec, nil
}

// closeNotifyTimeout bounds the writing of TLS's own end of the connection.
const closeNotifyTimeout = 2 * time.Second
