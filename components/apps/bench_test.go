package apps_test

import (
	"context"
	"fmt"
	"testing"

	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
	"plenum/xmppd/xmpptest"
)

// clients opens sessions of Juliet's that count what they are sent, and asks for a snapshot with each.
func clients(b *testing.B, n int) (st *stage, first func(), told chan string) {
	srv := xmpptest.Start(b, func(s *xmppd.Server) { st = register(b, s) })
	st.apps.Unlimited()
	told = make(chan string, 10*n)
	sessions := make([]*xmppd.Session, n)
	for i := range sessions {
		x, err := srv.OpenSession(context.Background(), jid.MustParse(fmt.Sprintf("juliet@example.org/%d", i)), func(p *xmlstream.Packet) { told <- p.Type() })
		if err != nil {
			b.Fatal(err)
		}
		sessions[i] = x
	}
	ask := xmlstream.MustParse("<iq type='get' id='1'><snapshot xmlns='urn:plenum:app:0' scope='all'/></iq>")
	return st, func() {
		for _, x := range sessions {
			if err := x.Submit(ask); err != nil {
				b.Fatal(err)
			}
		}
		for range sessions {
			if typ := <-told; typ != "result" {
				b.Fatalf("a snapshot is answered by %s", typ)
			}
		}
	}, told
}

// One snapshot, with two teams and nothing that goes on.
func BenchmarkSnapshot(b *testing.B) {
	_, ask, _ := clients(b, 1)
	for b.Loop() {
		ask()
	}
}

// A change that 40 clients see, from when it is made until the last one was told; of that a quarter of a second is for changes that come with it.
func BenchmarkEveryoneIsTold(b *testing.B) {
	const n = 40
	st, ask, told := clients(b, n)
	ask()
	i := 0
	for b.Loop() {
		i++
		st.boxes.gets(user("juliet"), i)
		for range n {
			<-told
		}
	}
}
