package transport

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"net"
	"slices"
	"time"

	"github.com/pion/dtls/v3"
	curves "github.com/pion/dtls/v3/pkg/crypto/elliptic"
	"github.com/pion/srtp/v3"
)

const (
	// handshakeTime is how long the DTLS handshake may take once there is a path.
	handshakeTime = 15 * time.Second
	// flightInterval is when a flight that was not answered is first sent again; a second, as RFC 6347 §4.2.4.1 has it, would be heard.
	flightInterval = 100 * time.Millisecond
	// maxHandshake is how many DTLS packets may wait to be read.
	maxHandshake = 64
	// certificateLife is longer than any server runs. Peers look at the fingerprint alone.
	certificateLife = 10 * 365 * 24 * time.Hour
	// Windows of replay protection (RFC 3711 §3.3.2), in packets. Protection stays on for Firefox too, which sends old packets again to probe
	// the path: these are counted and dropped.
	replayRTP, replayRTCP = 1024, 128
)

// newCertificate makes the certificate that all transports of a process show: a new one for each call would cost more than it hides,
// since all its calls are known to be with this server.
func newCertificate() (tls.Certificate, Fingerprint, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, Fingerprint{}, fmt.Errorf("make the key of media: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return tls.Certificate{}, Fingerprint{}, fmt.Errorf("make the certificate of media: %w", err)
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "WebRTC"},
		NotBefore: now.Add(-24 * time.Hour), NotAfter: now.Add(certificateLife),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, Fingerprint{}, fmt.Errorf("make the certificate of media: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, newFingerprint("sha-256", der), nil
}

// secure does the DTLS handshake, takes the keys of SRTP from it, and then waits until the peer closes.
func (t *Transport) secure(client bool, expected []Fingerprint) {
	c, err := t.newDTLS(client, expected)
	if err == nil {
		t.dtls.Store(c)
		ctx, cancel := context.WithTimeout(t.ctx, handshakeTime)
		err = c.HandshakeContext(ctx)
		cancel()
	}
	if err == nil {
		err = t.takeKeys(c, client)
	}
	if err != nil {
		if c != nil {
			_ = c.Close()
		}
		t.setState(Failed, fmt.Errorf("DTLS handshake: %w", err))
		return
	}
	t.onSecured()
	var b [2048]byte
	for err == nil { // there are no data channels: what the peer sends there is read and forgotten
		_, err = c.Read(b[:])
	}
	_ = c.Close()
	t.setState(Failed, ErrPeerClosed)
}

// newDTLS prepares the handshake. AES-GCM stands first since it costs a fifth of AES-CM with HMAC-SHA1; as server we choose.
func (t *Transport) newDTLS(client bool, expected []Fingerprint) (*dtls.Conn, error) {
	verify := func(certificates [][]byte, _ [][]*x509.Certificate) error { // RFC 5763 §5
		if len(certificates) == 0 || !slices.ContainsFunc(expected, func(f Fingerprint) bool { return f.Match(certificates[0]) }) {
			return ErrFingerprint
		}
		return nil
	}
	conn, shared := &dtlsConn{t}, []dtls.Option{
		dtls.WithCertificates(t.engine.certificate),
		dtls.WithSRTPProtectionProfiles(dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80),
		dtls.WithEllipticCurves(curves.X25519, curves.P256, curves.P384),
		dtls.WithInsecureSkipVerify(true), // certificates are self-signed: the fingerprint counts
		dtls.WithVerifyPeerCertificate(verify),
		dtls.WithFlightInterval(flightInterval),
		dtls.WithMTU(1200),
		dtls.WithLoggerFactory(t.engine.pionLog),
	}
	if client {
		options := make([]dtls.ClientOption, len(shared))
		for i, o := range shared {
			options[i] = o
		}
		return dtls.ClientWithOptions(conn, conn.LocalAddr(), options...)
	}
	options := []dtls.ServerOption{
		dtls.WithClientAuth(dtls.RequireAnyClientCert),
		dtls.WithInsecureSkipVerifyHello(true), // ICE has shown that the address is the peer's
	}
	for _, o := range shared {
		options = append(options, o)
	}
	return dtls.ServerWithOptions(conn, conn.LocalAddr(), options...)
}

// takeKeys makes the contexts of SRTP (RFC 5764 §4.2).
func (t *Transport) takeKeys(c *dtls.Conn, client bool) error {
	chosen, ok := c.SelectedSRTPProtectionProfile()
	if !ok {
		return ErrProfile
	}
	config := srtp.Config{Profile: srtp.ProtectionProfile(chosen)}
	state, ok := c.ConnectionState()
	if !ok {
		return errors.New("the handshake has not ended")
	}
	if err := config.ExtractSessionKeysFromDTLS(&state, client); err != nil {
		return err
	}
	in, err := srtp.CreateContext(config.Keys.RemoteMasterKey, config.Keys.RemoteMasterSalt, config.Profile,
		srtp.SRTPReplayProtection(replayRTP), srtp.SRTCPReplayProtection(replayRTCP))
	if err != nil {
		return err
	}
	out, err := srtp.CreateContext(config.Keys.LocalMasterKey, config.Keys.LocalMasterSalt, config.Profile)
	if err != nil {
		return err
	}
	t.inMu.Lock()
	t.in = in
	t.inMu.Unlock()
	t.outMu.Lock()
	t.out = out
	t.outMu.Unlock()
	return nil
}

// Profile is the SRTP protection profile in use, by its IANA name; empty before the handshake has ended.
func (t *Transport) Profile() string {
	if c := t.dtls.Load(); c != nil {
		switch p, _ := c.SelectedSRTPProtectionProfile(); p {
		case dtls.SRTP_AEAD_AES_128_GCM:
			return "SRTP_AEAD_AES_128_GCM"
		case dtls.SRTP_AES128_CM_HMAC_SHA1_80:
			return "SRTP_AES128_CM_HMAC_SHA1_80"
		}
	}
	return ""
}

// dtlsConn is what DTLS sees of the transport: one peer, whatever its address.
type dtlsConn struct{ t *Transport }

func (c *dtlsConn) ReadFrom(b []byte) (int, net.Addr, error) {
	n, _, err := c.t.dtlsIn.Read(b, nil)
	return n, c.LocalAddr(), err
}

func (c *dtlsConn) WriteTo(b []byte, _ net.Addr) (int, error) {
	if w := c.t.path.Load(); w != nil {
		c.t.push(w, b)
	} else {
		c.t.drop(NoPath)
	}
	return len(b), nil // what is lost is sent again
}

func (c *dtlsConn) LocalAddr() net.Addr { return &net.UDPAddr{} }

func (c *dtlsConn) Close() error { return c.t.dtlsIn.Close() }

func (c *dtlsConn) SetReadDeadline(at time.Time) error { return c.t.dtlsIn.SetReadDeadline(at) }
func (c *dtlsConn) SetWriteDeadline(time.Time) error   { return nil } // writing never waits
func (c *dtlsConn) SetDeadline(at time.Time) error     { return c.SetReadDeadline(at) }
