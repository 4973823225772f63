package conference_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"plenum/components/adhoc"
	"plenum/components/archive"
	"plenum/components/conference"
	"plenum/components/directory"
	"plenum/components/disco"
	"plenum/components/muc"
	"plenum/components/pubsub"
	"plenum/xmppd"
	"plenum/xmppd/cluster"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/sasl"
	"plenum/xmppd/store"
	"plenum/xmppd/xmpptest"
)

// access is the access of guests to rooms, shared by all servers of a test. The tokens are token-1, token-2, …
type access struct {
	mu     sync.Mutex
	byRoom map[jid.JID]directory.Access
	n      int
	tell   []func(jid.JID)
}

func newAccess() *access { return &access{byRoom: map[jid.JID]directory.Access{}} }

func (a *access) On(_ context.Context, by, room jid.JID) (directory.Access, error) {
	a.mu.Lock()
	x, known := a.byRoom[room]
	if !known {
		a.n++
		x = directory.Access{Room: room, Token: fmt.Sprintf("token-%d", a.n), PIN: fmt.Sprint(313787135 + a.n), Since: time.Now(), By: by}
		a.byRoom[room] = x
	}
	a.mu.Unlock()
	a.changed(room)
	return x, nil
}

func (a *access) Off(_ context.Context, _, room jid.JID) error {
	a.mu.Lock()
	delete(a.byRoom, room)
	a.mu.Unlock()
	a.changed(room)
	return nil
}

func (a *access) changed(room jid.JID) {
	for _, fn := range a.tell {
		fn(room)
	}
}

func (a *access) Get(room jid.JID) (directory.Access, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if x, ok := a.byRoom[room]; ok {
		return x, nil
	}
	return directory.Access{}, fault.New(fault.NotFound, "guests are not allowed there")
}

func (a *access) ByToken(token string) (directory.Access, error) {
	for _, x := range a.All() {
		if x.Token == token {
			return x, nil
		}
	}
	return directory.Access{}, fault.New(fault.NotFound, "no such token")
}

func (a *access) All() (list []directory.Access) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, x := range a.byRoom {
		list = append(list, x)
	}
	return list
}

// limit sets how many guests a room may have.
func (a *access) limit(room jid.JID, n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	x := a.byRoom[room]
	x.Limit = n
	a.byRoom[room] = x
}

// register puts rooms, bookmarks and groups into a server; no conferences can be held in them.
func register(s *xmppd.Server, cfg conference.Config, rooms muc.Config, a *access) (*conference.Service, error) {
	return registerWith(s, cfg, rooms, a, nil, conference.Rules{})
}

// registerWith is register with conferences, unless calls is nil.
func registerWith(s *xmppd.Server, cfg conference.Config, rooms muc.Config, a *access, calls *exchange, rules conference.Rules) (*conference.Service, error) {
	history, err := archive.OpenEngine(s.Context(), s.Store())
	if err != nil {
		return nil, err
	}
	info := disco.Register(s, disco.Config{})
	commands := adhoc.Register(s, info)
	events, err := pubsub.Register(s.Context(), s, info, pubsub.Config{}, nil)
	if err != nil {
		return nil, err
	}
	rooms.Domain = "groups.example.org"
	service, err := muc.Register(s, rooms, history)
	if err != nil {
		return nil, err
	}
	parts := conference.Parts{
		Rooms: service, Access: a, Bookmarks: events, Limiter: sasl.NewLimiter(sasl.LimiterConfig{}),
		Link: func(token string) string { return "https://chat.example.org/g/" + token },
		Names: func(user jid.JID) string {
			return map[string]string{"juliet": "Juliet Capulet"}[user.Local()]
		},
	}
	if calls != nil {
		parts.Signalling, parts.Rules, parts.Commands = calls, rules, commands
		parts.Say = calls.say
		parts.Number = func() string { return calls.number }
		parts.AppLink = func(room jid.JID) string { return "https://chat.example.org/app/#" + room.Local() }
	}
	c, err := conference.Register(s, cfg, parts)
	if calls != nil {
		calls.service = c
	}
	if err == nil {
		a.tell = append(a.tell, c.AccessChanged)
	}
	return c, err
}

// start runs one server.
func start(t *testing.T, cfg conference.Config, rooms muc.Config) (*xmpptest.Server, *conference.Service, *access) {
	t.Helper()
	var c *conference.Service
	a := newAccess()
	srv := xmpptest.StartWith(t, xmpptest.Options{Register: func(s *xmppd.Server) {
		var err error
		if c, err = register(s, cfg, rooms, a); err != nil {
			t.Fatal(err)
		}
	}})
	return srv, c, a
}

// two runs two servers that are one system.
func two(t *testing.T, cfg conference.Config) (srv [2]*xmpptest.Server, c [2]*conference.Service, a *access) {
	t.Helper()
	db, err := store.OpenMemory()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	a = newAccess()
	o := xmpptest.Options{Store: db, World: cluster.NewLocal(), Users: xmpptest.NewUsers()}
	for i := range srv {
		o.Node = cluster.NodeID(rune('a' + i))
		o.Register = func(s *xmppd.Server) {
			var err error
			if c[i], err = register(s, cfg, muc.Config{}, a); err != nil {
				t.Fatal(err)
			}
		}
		srv[i] = xmpptest.StartWith(t, o)
	}
	return srv, c, a
}
