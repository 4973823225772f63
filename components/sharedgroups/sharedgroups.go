// Package sharedgroups puts people who belong together into each other's rosters: who is in a group sees the others in it, and their presence,
// without adding anybody.
//
// Memory grows with the number of people and of memberships, never with the number of pairs. What is asked for each stanza (whether two share a
// group) takes two look-ups and a comparison of their own groups; how many groups there are does not matter. A change makes a new snapshot, which counts at
// once; what is different is then told to the clients that are online, at their pace.
package sharedgroups

import (
	"context"
	"iter"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"plenum/xmppd"
	"plenum/xmppd/jid"
)

// Source knows the groups.
type Source interface {
	// Groups are all groups as they are now. What they hold is not changed.
	Groups() []Group
	// Name is what others call a member.
	Name(member jid.JID) string
}

// Group is some people who see each other.
type Group struct {
	ID      string    // stays when the name changes
	Name    string    // of the roster group
	Members []jid.JID // bare, in any order: users, and entities of components such as a team
}

const (
	// gather is how long a change waits for others that come with it.
	gather = 20 * time.Millisecond
	// maxUntold is how many snapshots there may be that not all clients have been told of. Then the next change waits, with what comes
	// after it, until they have: it takes some megabytes to remember one.
	maxUntold = 4
)

// Service is a roster source.
type Service struct {
	srv     *xmppd.Server
	source  Source
	current atomic.Pointer[snapshot]

	changed chan struct{} // there may be a new snapshot
	room    chan struct{} // as many as there are links
	mu      sync.Mutex
	links   []*difference // from the snapshot that all know to the present one, which some know; guarded by mu
	untold  chan struct{} // there are links
	stop    context.CancelFunc
	loops   sync.WaitGroup
}

// Register puts the groups of a source into the rosters of s. The source has to call Changed.
func Register(s *xmppd.Server, source Source) *Service {
	g := &Service{srv: s, source: source, changed: make(chan struct{}, 1), untold: make(chan struct{}, 1), room: make(chan struct{}, maxUntold)}
	g.current.Store(g.read())
	s.AddRosterSource(g)
	s.Hooks.Start.Add(g.start)
	s.Hooks.Stop.Add(func(context.Context) { g.end() })
	return g
}

// Changed says that the source answers differently now. It does not block.
func (g *Service) Changed() { signal(g.changed) }

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // is known already
	}
}

func (g *Service) read() *snapshot {
	people := 0
	name := func(member jid.JID) string {
		if people++; people%64 == 0 {
			g.srv.Breathe()
		}
		return g.source.Name(member)
	}
	return build(g.source.Groups(), name, g.srv.GuestDomain())
}

func (g *Service) start() {
	var ctx context.Context
	ctx, g.stop = context.WithCancel(g.srv.Context())
	g.loops.Go(func() { g.follow(ctx) })
	g.loops.Go(func() { g.tell(ctx) })
}

func (g *Service) end() {
	if g.stop != nil {
		g.stop()
	}
	g.loops.Wait()
}

// follow makes a new snapshot when the source has changed.
func (g *Service) follow(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-g.changed:
		case <-ctx.Done():
			return
		}
		timer.Reset(gather)
		select {
		case <-timer.C:
		case <-ctx.Done():
			return
		}
		select {
		case g.room <- struct{}{}:
		case <-ctx.Done():
			return
		}
		now, next := g.current.Load(), g.read()
		if next.sum == now.sum {
			<-g.room
			continue
		}
		d := compare(now, next)
		g.mu.Lock()
		g.links = append(g.links, d)
		g.mu.Unlock()
		g.current.Store(next)
		signal(g.untold)
	}
}

// tell tells clients what has changed. Who logs in meanwhile knows the snapshot of that moment, and who is told late knows a later one than
// who is told early: so everybody is told all that has changed on the way from the first to the present one, and what changes on the
// way is told to those who were early in the next round.
func (g *Service) tell(ctx context.Context) {
	for {
		select {
		case <-g.untold:
		case <-ctx.Done():
			return
		}
		first := len(g.way())
		if first == 0 {
			continue
		}
		err := g.srv.RosterChanged(ctx, func(owner jid.JID) iter.Seq[xmppd.RosterChange] { return along(g.way(), owner) })
		if err != nil {
			return // the server stops
		}
		g.mu.Lock()
		g.links = slices.Clone(g.links[first:])
		g.mu.Unlock()
		for range first {
			<-g.room
		}
	}
}

func (g *Service) way() []*difference {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.links
}

// RosterItem implements xmppd.RosterSource.
func (g *Service) RosterItem(_ context.Context, owner, contact jid.JID) (xmppd.RosterItem, bool, error) {
	s := g.current.Load()
	o, c := s.people[owner], s.people[contact]
	if o == nil || c == nil || o == c {
		return xmppd.RosterItem{}, false, nil
	}
	names := sharedNames(o, c)
	if len(names) == 0 {
		return xmppd.RosterItem{}, false, nil
	}
	return c.item(names), true, nil
}

// RosterItems implements xmppd.RosterSource.
func (g *Service) RosterItems(_ context.Context, owner jid.JID) (iter.Seq[xmppd.RosterItem], error) {
	o := g.current.Load().people[owner]
	return func(yield func(xmppd.RosterItem) bool) {
		for c := range o.contacts() {
			if !yield(c.item(sharedNames(o, c))) {
				return
			}
		}
	}, nil
}

// RosterVersion implements xmppd.RosterSource. It is a hash of all that the owner sees: a restart changes nothing.
func (g *Service) RosterVersion(_ context.Context, owner jid.JID) (string, error) {
	if o := g.current.Load().people[owner]; o != nil {
		return o.circle.version, nil
	}
	return nobody, nil
}

// FormerContacts implements xmppd.Changing.
func (g *Service) FormerContacts(_ context.Context, owner jid.JID) iter.Seq[jid.JID] {
	return func(yield func(jid.JID) bool) {
		way := g.way()
		if len(way) == 0 {
			return
		}
		for ch := range along(way, owner) {
			if ch.Before.From() && !ch.After.From() && !yield(ch.Contact) {
				return
			}
		}
	}
}
