package registrar_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"testing"

	"github.com/emiago/sipgo/sip"

	"plenum/sipbridge/digest"
	"plenum/sipbridge/registrar"
	"plenum/sipbridge/stack"
	"plenum/xmppd/sasl"
	"plenum/xmppd/store"
)

// BenchmarkRegister is a registration of one of 2,000 phones: challenge, answer, a row in a database on disk; without the system's sockets.
func BenchmarkRegister(b *testing.B) {
	const phones = 2000
	db, err := store.Open(b.Context(), store.Config{}, b.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	all := devices{}
	for i := range phones {
		user := fmt.Sprintf("u%d", i)
		all[user] = registrar.Device{ID: "dev-" + user, User: user, Keys: digest.Derive(user, realm, "secret")}
	}
	log := slog.New(slog.DiscardHandler)
	st, err := stack.New(stack.Config{Burst: 1_000_000, Rate: 1_000_000}, stack.Parts{Log: log, Domains: []string{realm}})
	if err != nil {
		b.Fatal(err)
	}
	r, err := registrar.New(b.Context(), registrar.Config{}, registrar.Parts{Stack: st, DB: db, Devices: all, Realm: realm,
		Key: make([]byte, 32), Limiter: sasl.NewLimiter(sasl.LimiterConfig{}), Log: log})
	if err != nil {
		b.Fatal(err)
	}
	l := &line{make(chan packet, 1), make(chan packet, 1), make(chan struct{})}
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan error, 1)
	go func() { done <- st.ServePackets(ctx, l) }()
	challenge := (&digest.Server{Key: make([]byte, 32)}).Challenge(false, realm, netip.MustParseAddr("198.51.100.1"), false, false)
	res := sip.NewResponse(401, "Unauthorized")
	res.AppendHeader(challenge[0])
	i := 0
	for b.Loop() {
		i++
		user := fmt.Sprintf("u%d", i%phones)
		from := netip.AddrPortFrom(netip.MustParseAddr("198.51.100.1"), uint16(1024+i%phones))
		for n, code := range []string{"401", "200"} {
			credentials := ""
			if n == 1 {
				req := sip.NewRequest(sip.REGISTER, sip.Uri{Scheme: "sip", Host: realm})
				if err := digest.Authorize(req, res, user, "secret"); err != nil {
					b.Fatal(err)
				}
				credentials = req.GetHeader("Authorization").String() + "\r\n"
			}
			l.in <- packet{fmt.Sprintf("REGISTER sip:example.com SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.5:5060;rport;branch=z9hG4bK%d-%d\r\nMax-Forwards: 70\r\n"+
				"From: <sip:%s@example.com>;tag=1\r\nTo: <sip:%s@example.com>\r\nCall-ID: %s\r\nCSeq: %d REGISTER\r\nContact: <sip:%s@10.0.0.5:5060>\r\n%sContent-Length: 0\r\n\r\n",
				i, n, user, user, user, 2*i+n, user, credentials), from}
			if out := <-l.out; out.text[8:11] != code {
				b.Fatalf("want %s: %s", code, out.text)
			}
		}
	}
	b.StopTimer()
	cancel()
	if err := <-done; err != nil {
		b.Fatal(err)
	}
	if err := st.Close(context.Background()); err != nil {
		b.Fatal(err)
	}
	r.Close()
}
