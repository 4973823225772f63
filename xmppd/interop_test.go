package xmppd_test

import (
	"context"
	"crypto/tls"
	"testing"
	"time"

	melliumsasl "mellium.im/sasl"
	mellium "mellium.im/xmpp"
	melliumjid "mellium.im/xmpp/jid"
)

// An independent client logs in with everything that it knows.
func TestMelliumsClientLogsIn(t *testing.T) {
	s := secure(t)
	for name, mechanism := range map[string]melliumsasl.Mechanism{
		"SCRAM-SHA-256-PLUS": melliumsasl.ScramSha256Plus, "SCRAM-SHA-256": melliumsasl.ScramSha256,
		"SCRAM-SHA-1-PLUS": melliumsasl.ScramSha1Plus, "SCRAM-SHA-1": melliumsasl.ScramSha1, "PLAIN": melliumsasl.Plain,
	} {
		t.Run(name+" over STARTTLS", func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			session, err := mellium.NewClientSession(ctx, melliumjid.MustParse("juliet@example.org"), listen(t, s.ServeC2S)(),
				mellium.StartTLS(clientTLS(nil)), mellium.SASL("", "juliet-secret", mechanism), mellium.BindResource())
			if err != nil {
				t.Fatal(err)
			}
			// The resource is the server's: mellium sends an empty one instead of its own.
			if got := session.LocalAddr(); got.Bare().String() != "juliet@example.org" || got.Resourcepart() == "" {
				t.Error(got)
			}
			if err := session.Close(); err != nil {
				t.Error(err)
			}
		})
		t.Run(name+" over direct TLS", func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			conn := tls.Client(listen(t, s.ServeDirectTLS)(), clientTLS(func(c *tls.Config) { c.NextProtos = []string{"xmpp-client"} }))
			if err := conn.HandshakeContext(ctx); err != nil {
				t.Fatal(err)
			}
			session, err := mellium.NewClientSession(ctx, melliumjid.MustParse("juliet@example.org"), conn,
				mellium.SASL("", "juliet-secret", mechanism), mellium.BindResource())
			if err != nil {
				t.Fatal(err)
			}
			session.Close()
		})
	}
}
