package muc_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"plenum/components/muc"
	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
	"plenum/xmppd/xmpptest"
)

// crowd is a room with n occupants, whose sessions have no socket; got counts what they receive.
type crowd struct {
	sessions []*xmppd.Session
	got      atomic.Int64
	more     chan struct{}
}

func newCrowd(b *testing.B, n int) *crowd {
	srv, rooms := start(b, xmpptest.Options{}, muc.Config{}, muc.Doors{})
	c := &crowd{more: make(chan struct{}, 1)}
	if err := rooms.Create(context.Background(), coven, rooms.NewConfig(), jid.MustParse("u0@example.org")); err != nil {
		b.Fatal(err)
	}
	for i := range n {
		s, err := srv.OpenSession(context.Background(), jid.MustParse(fmt.Sprintf("u%d@example.org/r", i)), func(*xmlstream.Packet) { c.count() })
		if err != nil {
			b.Fatal(err)
		}
		c.sessions = append(c.sessions, s)
		c.submit(b, i, fmt.Sprintf("<presence to='coven@chat.example.org/n%d'><x xmlns='http://jabber.org/protocol/muc'/></presence>", i))
		c.wait(int64((i+1)*(i+1) + i + 1)) // presence to and from everybody, and the subject
	}
	return c
}

func (c *crowd) count() {
	c.got.Add(1)
	select {
	case c.more <- struct{}{}:
	default:
	}
}

func (c *crowd) submit(b *testing.B, i int, stanza string) {
	if err := c.sessions[i].Submit(xmlstream.MustParse(stanza)); err != nil {
		b.Fatal(err)
	}
}

// wait waits until n stanzas have arrived in all.
func (c *crowd) wait(n int64) {
	for c.got.Load() < n {
		<-c.more
	}
}

// BenchmarkMessage is a message of 100 bytes to all, archive, rendering and a parser on each receiving side included; the
// connections are not.
func BenchmarkMessage(b *testing.B) {
	for _, n := range []int{10, 100, 500} {
		b.Run(fmt.Sprint(n, " occupants"), func(b *testing.B) {
			c := newCrowd(b, n)
			body := fmt.Sprintf("%0100d", 7)
			b.ReportAllocs()
			for b.Loop() {
				want := c.got.Load() + int64(n)
				c.submit(b, 0, "<message type='groupchat' to='coven@chat.example.org' id='m'><body>"+body+"</body></message>")
				c.wait(want)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/occupant")
		})
	}
}

// BenchmarkJoin is one more who enters and leaves.
func BenchmarkJoin(b *testing.B) {
	for _, n := range []int{10, 100, 500} {
		b.Run(fmt.Sprint(n, " occupants"), func(b *testing.B) {
			c := newCrowd(b, n)
			b.ReportAllocs()
			for b.Loop() {
				want := c.got.Load() + 3*int64(n) // gone for all, back for all, and all for the one
				c.submit(b, 0, "<presence type='unavailable' to='coven@chat.example.org/n0'/>")
				c.submit(b, 0, "<presence to='coven@chat.example.org/n0'><x xmlns='http://jabber.org/protocol/muc'><history maxchars='0'/></x></presence>")
				c.wait(want)
			}
		})
	}
}
