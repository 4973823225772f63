package xmppd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"

	"plenum/xmppd/cluster"
	"plenum/xmppd/jid"
	"plenum/xmppd/sasl"
	"plenum/xmppd/store"
	"plenum/xmppd/xmlstream"
)

// discardWire takes everything at once.
type discardWire struct{}

func (discardWire) write([]byte, []int) error { return nil }
func (discardWire) finish([]byte)             {}
func (discardWire) close()                    {}
func (discardWire) target() xmlstream.Target  { return xmlstream.ClientTCP }

func benchServer(b testing.TB) *Server {
	db, err := store.OpenMemory()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	s, err := New(Config{Domains: []string{"example.org"}}, Deps{Log: slog.New(slog.DiscardHandler), Store: db, Node: cluster.NewLocal().Join("a"), Accounts: noAccounts{}})
	if err != nil {
		b.Fatal(err)
	}
	if err := s.Start(); err != nil {
		b.Fatal(err)
	}
	return s
}

func benchSessions(b *testing.B, s *Server, n int) []*Recipient {
	list := make([]*Recipient, n)
	for i := range list {
		full := jid.MustParse(fmt.Sprintf("user%d@example.org/bench", i))
		x := s.newSession(full, binding{user: full.Bare(), wire: discardWire{}})
		s.users.add(x)
		list[i] = s.NewRecipient(full)
	}
	return list
}

const benchGroupchat = `<message type="groupchat" id="b1"><body>` + "The quick brown fox jumps over the lazy dog. The quick brown fox jumps over the lazy dog. 0123" + `</body></message>`

// BenchmarkFanoutQueue is what a room does for one message to 500 occupants until it may take the next one: the queueing, without the
// writers, which work in parallel.
func BenchmarkFanoutQueue(b *testing.B) {
	s := benchServer(b)
	list := benchSessions(b, s, 500)
	p := xmlstream.MustParse(benchGroupchat)
	for _, r := range list {
		r.session.busy = true // a writer is under way, as when a room is busy
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if gone := s.Fanout(p, "room@groups.example.org/nick", nil, list); len(gone) > 0 {
			b.Fatal("recipients are gone")
		}
		if i%100 == 99 {
			b.StopTimer()
			for _, r := range list {
				q := &r.session.out
				clear(q.ring)
				q.head, q.n, q.bytes = 0, 0, 0
			}
			b.StartTimer()
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(list)), "ns/occupant")
}

// BenchmarkFanoutWritten is the same with everything rendered into buffers, system calls apart.
func BenchmarkFanoutWritten(b *testing.B) {
	s := benchServer(b)
	list := benchSessions(b, s, 500)
	p := xmlstream.MustParse(benchGroupchat)
	b.ReportAllocs()
	for b.Loop() {
		s.Fanout(p, "room@groups.example.org/nick", nil, list)
		s.writers.wait()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(list)), "ns/occupant")
}

// noAccounts has no accounts.
type noAccounts struct{}

func (noAccounts) Lookup(context.Context, jid.JID) (sasl.Account, error) {
	return sasl.Account{}, errNobody
}
func (noAccounts) Exists(context.Context, jid.JID) (bool, error) { return false, nil }

var errNobody = errors.New("there are no accounts")
