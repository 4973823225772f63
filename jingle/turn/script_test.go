package turn

import (
	"log/slog"
	"testing"
	"time"

	"plenum/components/disco"
	"plenum/xmppd"
	"plenum/xmppd/xmpptest"
)

func TestScripts(t *testing.T) {
	xmpptest.RunScripts(t, "testdata/*.xmpp", func(s *xmppd.Server) {
		disco.Register(s, disco.Config{})
		server, err := New(s.Context(), Config{CredentialTime: time.Hour}, Deps{Log: slog.New(slog.DiscardHandler), Store: s.Store(), Seal: sealer(t), Realm: "example.org", Listen: "127.0.0.1", Relay: relayPort})
		if err != nil {
			t.Fatal(err)
		}
		server.Announce(s, []Service{
			{"stun", "turn.example.org", 3478, "udp"}, {"turn", "turn.example.org", 3478, "udp"}, {"turn", "turn.example.org", 3478, "tcp"},
			{"turns", "turn.example.org", 5349, "tcp"},
		})
	})
}
