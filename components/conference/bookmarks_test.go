package conference_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"plenum/components/archive"
	"plenum/components/conference"
	"plenum/components/muc"
	"plenum/xmppd"
	"plenum/xmppd/cluster"
	"plenum/xmppd/jid"
	"plenum/xmppd/sasl"
	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
	"plenum/xmppd/xmpptest"
)

// shelf holds bookmarks. As long as it is closed it fails.
type shelf struct {
	mu     sync.Mutex
	closed bool
	rooms  map[string]string // by owner and room: the name
	done   chan struct{}     // a token for each thing that was done
}

func newShelf(closed bool) *shelf {
	return &shelf{closed: closed, rooms: map[string]string{}, done: make(chan struct{}, 100)}
}

func (s *shelf) change(fn func()) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errors.New("the store does not answer")
	}
	fn()
	s.done <- struct{}{}
	return nil
}

func (s *shelf) AddBookmark(_ context.Context, owner, room jid.JID, name string) error {
	return s.change(func() { s.rooms[owner.Local()+" "+room.Local()] = name })
}

func (s *shelf) RenameBookmark(_ context.Context, owner, room jid.JID, _, name string) error {
	return s.change(func() { s.rooms[owner.Local()+" "+room.Local()] = name })
}

func (s *shelf) RemoveBookmark(_ context.Context, owner, room jid.JID) error {
	return s.change(func() { delete(s.rooms, owner.Local()+" "+room.Local()) })
}

// wait waits until n things were done, and gives what is on the shelf.
func (s *shelf) wait(t *testing.T, n int) (list []string) {
	t.Helper()
	late := time.After(time.Minute)
	for range n {
		select {
		case <-s.done:
		case <-late:
			t.Fatal("nothing is written")
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, name := range s.rooms {
		list = append(list, k+" "+name)
	}
	slices.Sort(list)
	return list
}

// shelved is a server whose bookmarks are on a shelf.
func shelved(t *testing.T, o xmpptest.Options, s *shelf) (*xmpptest.Server, *conference.Service) {
	t.Helper()
	var c *conference.Service
	o.Register = func(srv *xmppd.Server) {
		history, err := archive.OpenEngine(srv.Context(), srv.Store())
		if err != nil {
			t.Fatal(err)
		}
		rooms, err := muc.Register(srv, muc.Config{Domain: "groups.example.org"}, history)
		if err != nil {
			t.Fatal(err)
		}
		if c, err = conference.Register(srv, conference.Config{}, conference.Parts{Rooms: rooms, Access: newAccess(), Bookmarks: s, Limiter: sasl.NewLimiter(sasl.LimiterConfig{})}); err != nil {
			t.Fatal(err)
		}
	}
	return xmpptest.StartWith(t, o), c
}

// TestBookmarksAreWrittenAfterARestart when they could not be before: on every database.
func TestBookmarksAreWrittenAfterARestart(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		users := xmpptest.NewUsers()
		for _, u := range []jid.JID{romeo, juliet} {
			users.Add(u)
		}
		nobody := jid.MustParse("nobody@example.org") // has no account
		o := xmpptest.Options{Store: db, Users: users}
		srv, c := shelved(t, o, newShelf(true))
		for _, n := range []conference.New{
			{Name: "Sales", Owners: []jid.JID{romeo}, Members: []jid.JID{juliet, nobody}}, {Name: "Ended", Owners: []jid.JID{romeo}}, {Name: "Left", Owners: []jid.JID{romeo}, Members: []jid.JID{juliet}},
		} {
			if _, err := c.Create(ctx, n); err != nil {
				t.Fatal(err)
			}
		}
		g, err := c.Get(ctx, sales)
		if err == nil {
			_, err = c.Update(ctx, sales, g.Revision, "Sales 2", "")
		}
		if err := errors.Join(err, c.Delete(ctx, jid.MustParse("ended@groups.example.org")),
			c.SetMembers(ctx, jid.MustParse("left@groups.example.org"), muc.Affiliated{JID: juliet, Affiliation: muc.None})); err != nil {
			t.Fatal(err)
		}
		if p, err := c.List(ctx, conference.Query{Text: "SALES", Limit: 10}); err != nil || p.Total != 1 || p.Groups[0].Members != 3 || p.Groups[0].Name != "Sales 2" {
			t.Errorf("%+v, %v", p, err)
		}
		srv.Stop()

		s := newShelf(false)
		shelved(t, o, s)
		if got := s.wait(t, 5); !slices.Equal(got, []string{"juliet sales Sales 2", "romeo left Left", "romeo sales Sales 2"}) {
			t.Errorf("%q", got)
		}
	})
}

// TestBookmarksOfADeadServerAreWrittenByAnother.
func TestBookmarksOfADeadServerAreWrittenByAnother(t *testing.T) {
	db, err := store.OpenMemory()
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	users := xmpptest.NewUsers()
	users.Add(romeo)
	o := xmpptest.Options{Store: db, World: cluster.NewLocal(), Users: users, Node: "a"}
	a, c := shelved(t, o, newShelf(true))
	o.Node = "b"
	s := newShelf(false)
	b, _ := shelved(t, o, s)
	if _, err := c.Create(ctx, conference.New{Name: "Sales", Owners: []jid.JID{romeo}}); err != nil {
		t.Fatal(err)
	}
	a.Kill()
	if got := s.wait(t, 1); !slices.Equal(got, []string{"romeo sales Sales"}) {
		t.Errorf("%q", got)
	}
	b.Stop()
}
