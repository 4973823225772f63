package pubsub_test

import (
	"context"
	"fmt"
	"iter"
	"sync"
	"testing"
	"testing/synctest"

	"plenum/components/disco"
	"plenum/components/pubsub"
	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
	"plenum/xmppd/xmpptest"
)

// reader is a session without a socket, whose client reads when it wants to, and notes what items it has got of whom.
type reader struct {
	*xmppd.Session
	gate chan struct{} // closed: it reads

	mu  sync.Mutex
	got map[string][]string
}

func openReader(t *testing.T, s *xmpptest.Server, full string, info *disco.Info) *reader {
	r := &reader{gate: make(chan struct{}), got: map[string][]string{}}
	var err error
	if r.Session, err = s.OpenSession(t.Context(), jid.MustParse(full), r.receive); err != nil {
		t.Fatal(err)
	}
	r.submit(t, "<presence><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='urn:test' ver='"+info.Hash()+"'/></presence>")
	return r
}

func (r *reader) submit(t *testing.T, stanza string) {
	if err := r.Submit(xmlstream.MustParse(stanza)); err != nil {
		t.Fatal(err)
	}
}

func (r *reader) receive(p *xmlstream.Packet) {
	<-r.gate
	r.mu.Lock()
	defer r.mu.Unlock()
	if event, ok := p.Child(pubsub.NSEvent, "event"); ok {
		items, _ := event.First()
		item, _ := items.First()
		id, _ := item.Attr("id")
		r.got[p.From()] = append(r.got[p.From()], id)
	}
}

// publishers makes a server on which each of some people has published an item, and whose clients' capabilities are known.
func publishers(t *testing.T, n int, register func(*xmppd.Server)) (*xmpptest.Server, *pubsub.Service, []jid.JID, *disco.Info) {
	var p *pubsub.Service
	srv := xmpptest.Start(t, func(s *xmppd.Server) {
		p = setUp(t, s)
		register(s)
	})
	var people []jid.JID
	for i := range n {
		people = append(people, jid.MustParse(fmt.Sprintf("u%d@example.org", i)))
		publishNote(t, p, people[i], "1")
	}
	info := &disco.Info{Features: []string{"m+notify"}}
	known := srv.Login("known")
	known.Send("<presence><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='urn:test' ver='" + info.Hash() + "'/></presence>")
	ask := known.Find("<iq type='get'><query xmlns='http://jabber.org/protocol/disco#info' node='…'/></iq>")
	known.Send("<iq type='result' id='" + ask.ID() + "' to='" + ask.From() + "'>" + string(info.Append(nil)) + "</iq>")
	known.Close()
	synctest.Wait()
	return srv, p, people, info
}

func publishNote(t *testing.T, p *pubsub.Service, who jid.JID, id string) {
	if _, err := p.Publish(context.Background(), who, "m", id, []byte(note), pubsub.PublishOptions{}); err != nil {
		t.Fatal(err)
	}
}

// XEP-0163#notify-last: last items of more contacts than a session's queue holds are given as the client takes them. What is published
// meanwhile comes at once, and only once.
func TestLastItemsOfThousands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 3000
		all := &friends{}
		srv, p, people, info := publishers(t, n, func(s *xmppd.Server) { s.AddRosterSource(all) })
		*all = people
		r := openReader(t, srv, "juliet@example.org/r", info)
		synctest.Wait()
		for _, who := range people[:10] {
			publishNote(t, p, who, "2")
		}
		for _, who := range people[n-10:] {
			publishNote(t, p, who, "2")
		}
		close(r.gate)
		synctest.Wait()
		if got := srv.Stats().SlowConsumers; got != 0 {
			t.Fatalf("%d sessions were cut off", got)
		}
		for i, who := range people {
			got, want := fmt.Sprint(r.got[who.String()]), "[1]"
			if i < 10 || i >= n-10 {
				want = "[2]"
			}
			if got != want && !(want == "[2]" && got == "[1 2]") {
				t.Fatalf("of %s, %s has come, want %s", who, got, want)
			}
		}
	})
}

// A session that comes back gets them again.
func TestLastItemsAfterAnAbsence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := &friends{}
		srv, _, people, info := publishers(t, 3, func(s *xmppd.Server) { s.AddRosterSource(all) })
		*all = people
		r := openReader(t, srv, "juliet@example.org/r", info)
		close(r.gate)
		synctest.Wait()
		r.submit(t, "<presence type='unavailable'/>")
		r.submit(t, "<presence><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='urn:test' ver='"+info.Hash()+"'/></presence>")
		synctest.Wait()
		for _, who := range people {
			if got := fmt.Sprint(r.got[who.String()]); got != "[1 1]" {
				t.Errorf("of %s, %s has come", who, got)
			}
		}
	})
}

// Who becomes a colleague, without a subscription of his own, gives his last items, and gets the others'.
func TestLastItemsOfNewColleagues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := &friends{}
		srv, _, people, info := publishers(t, 300, func(s *xmppd.Server) { s.AddRosterSource(all) })
		juliet := openReader(t, srv, "juliet@example.org/r", info)
		close(juliet.gate)
		synctest.Wait()
		if len(juliet.got) != 0 {
			t.Fatalf("strangers give %v", juliet.got)
		}
		*all = people
		const both = xmppd.SubscriptionFrom | xmppd.SubscriptionTo
		err := srv.RosterChanged(t.Context(), func(owner jid.JID) iter.Seq[xmppd.RosterChange] {
			return func(yield func(xmppd.RosterChange) bool) {
				for item := range all.items(owner) {
					if !yield(xmppd.RosterChange{Contact: item.Contact, After: both}) {
						return
					}
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		for _, who := range people {
			if got := fmt.Sprint(juliet.got[who.String()]); got != "[1]" {
				t.Errorf("of %s, %s has come", who, got)
			}
		}
	})
}
