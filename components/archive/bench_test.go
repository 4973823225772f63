package archive_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"plenum/components/archive"
	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
	"plenum/xmppd/xmlstream"
	"plenum/xmppd/xmpptest"
)

// BenchmarkAnswer is a client's query for the last page of 100 messages of 400 bytes, until it has them all.
func BenchmarkAnswer(b *testing.B) {
	ctx, db, owner := context.Background(), storetest.OpenFile(b), jid.MustParse("romeo@example.org")
	var e *archive.Engine
	srv := xmpptest.StartWith(b, xmpptest.Options{Store: db, Register: func(s *xmppd.Server) { _, e = register(b, s, archive.Config{}) }})
	batch := new(store.Batch)
	text := bytes.Repeat([]byte("x"), 250)
	for i := range 5000 {
		stanza := fmt.Appendf(nil, "<message from='juliet@example.org/balcony' to='romeo@example.org/r' type='chat' id='%d'><body>%s</body><active xmlns='http://jabber.org/protocol/chatstates'/></message>", i, text)
		e.Add(batch, owner, idAt(day, int64(i)), jid.MustParse("juliet@example.org/balcony"), stanza)
	}
	done := make(chan error, 1)
	batch.OnCommit(func(err error) { done <- err })
	if err := db.Submit(batch); err != nil {
		b.Fatal(err)
	}
	if err := <-done; err != nil {
		b.Fatal(err)
	}
	n, last := 0, make(chan int, 1)
	x, err := srv.OpenSession(ctx, jid.MustParse("romeo@example.org/r"), func(p *xmlstream.Packet) {
		if n++; p.Kind() == xmlstream.IQ {
			last <- n
			n = 0
		}
	})
	if err != nil {
		b.Fatal(err)
	}
	query := xmlstream.MustParse("<iq type='set' id='1'><query xmlns='urn:xmpp:mam:2'><set xmlns='http://jabber.org/protocol/rsm'><max>100</max><before/></set></query></iq>")
	b.ReportAllocs()
	for b.Loop() {
		if err := x.Submit(query); err != nil {
			b.Fatal(err)
		}
		if got := <-last; got != 101 {
			b.Fatalf("%d stanzas came", got)
		}
	}
}
