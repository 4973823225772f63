package registrar

import (
	"context"
	"log/slog"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"plenum/sipbridge/stack"
	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
)

// Both databases keep everything of a binding, and only those over UDP.
func TestRows(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		r, err := openRows(ctx, db, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		now := time.UnixMilli(time.Now().UnixMilli())
		b := &Binding{
			ID: "one", Device: "dev", User: "alice", UserAgent: "desk", Instance: "urn:uuid:1", Since: now, Expires: now.Add(time.Hour), regID: 1<<31 - 1, callID: "c", seq: 1<<31 - 1,
			Contact: sip.Uri{Scheme: "sip", User: "alice", Host: "[2001:db8::1]", Port: 5080, UriParams: sip.HeaderParams{{K: "transport", V: "udp"}, {K: "ob", V: ""}}},
			Flow:    stack.Flow{Transport: stack.UDP, Remote: netip.MustParseAddrPort("[2001:db8::2]:1024"), Local: netip.MustParseAddrPort("[::]:5060")},
			params:  sip.HeaderParams{{K: "reg-id", V: "1"}, {K: "methods", V: "INVITE"}},
		}
		other, over, connection := *b, *b, *b
		other.ID, over.ID, connection.ID = "two", "over", "tcp"
		over.Expires = now.Add(-time.Second)
		connection.Flow.Transport = stack.TCP
		for _, w := range []*Binding{b, &other, &over, &connection} {
			r.write(w)
		}
		if !r.flush(ctx) {
			t.Fatal("not written")
		}
		changed := *b
		changed.Expires, changed.Flow.Remote = now.Add(2*time.Hour), netip.MustParseAddrPort("192.0.2.1:5060")
		r.write(&changed)
		r.remove(&other)
		if !r.flush(ctx) {
			t.Fatal("not written")
		}
		got, err := r.load(ctx, now)
		if err != nil || len(got) != 1 {
			t.Fatalf("%d bindings, %v", len(got), err)
		}
		if !reflect.DeepEqual(got[0], &changed) {
			t.Errorf("got  %+v\nwant %+v", *got[0], changed)
		}
		var rows int
		if err := db.QueryRow(ctx, `SELECT count(*) FROM sip_bindings`).Scan(&rows); err != nil || rows != 1 {
			t.Errorf("%d rows, %v: what is over is cleared away when it is read", rows, err)
		}
	})
}
