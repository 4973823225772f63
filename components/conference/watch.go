package conference

import (
	"encoding/json"
	"slices"
	"time"

	"plenum/xmppd"
	"plenum/xmppd/cluster"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// stale are the sessions of guests whose link is worth nothing any more.
func (t *guestTable) stale(valid func(*guest) bool) (list []*xmppd.Session) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.forgetLate(time.Now())
	for _, g := range t.byLocal {
		if g.session != nil && !valid(g) {
			list = append(list, g.session)
		}
	}
	return list
}

const (
	kindGuests   = "conference.guests" // how many guests and conferences the sender has
	tellEvery    = 250 * time.Millisecond
	refreshEvery = 10 * time.Second // news may be lost
)

// watch tells other nodes how many guests are here, and ends the sessions of those who may not be here any longer. The room puts
// them out first, so that they learn why; this is for those who are in no room.
func (c *Service) watch() {
	sweep, refresh, look := time.NewTicker(sweepEvery), time.NewTicker(refreshEvery), time.NewTicker(lookEvery)
	defer sweep.Stop()
	defer refresh.Stop()
	defer look.Stop()
	var doubtful, outside map[*xmppd.Session]bool
	for {
		select {
		case <-sweep.C:
			doubtful = c.endStale(doubtful)
			continue
		case <-look.C:
			outside = c.endOutside(outside)
			continue
		case <-refresh.C:
		case <-c.here.changed:
			select {
			case <-time.After(tellEvery):
			case <-c.ctx.Done():
				return
			}
		case <-c.ctx.Done():
			return
		}
		c.tellGuests()
	}
}

// endStale ends the sessions that were stale at the last look too.
func (c *Service) endStale(before map[*xmppd.Session]bool) (now map[*xmppd.Session]bool) {
	now = map[*xmppd.Session]bool{}
	for _, x := range c.here.stale(func(g *guest) bool {
		a, err := c.Access.Get(g.room)
		return err == nil && a.Token == g.token
	}) {
		if before[x] {
			x.Close("policy-violation", "guests are no longer let into this group")
		}
		now[x] = true
	}
	return now
}

// lookEvery is how often it is looked which guests are in no room; who is so for the second time goes, as he takes a place.
const lookEvery = 5 * time.Minute

// endOutside ends the sessions of guests who were in no room at the last look and are not now.
func (c *Service) endOutside(before map[*xmppd.Session]bool) (now map[*xmppd.Session]bool) {
	now = map[*xmppd.Session]bool{}
	for room, list := range c.here.sessions() {
		info, err := c.Rooms.Get(c.ctx, room)
		if err != nil && !fault.Is(err, fault.NotFound) {
			continue // nobody knows
		}
		inside := map[jid.JID]bool{}
		for _, o := range info.Occupants {
			for _, full := range o.Sessions {
				inside[full] = true
			}
		}
		for _, x := range list {
			switch {
			case inside[x.JID()]:
			case before[x]:
				x.Close("connection-timeout", "you are in no group")
			default:
				now[x] = true
			}
		}
	}
	return now
}

// sessions are the guests' sessions here, by room.
func (t *guestTable) sessions() map[jid.JID][]*xmppd.Session {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := map[jid.JID][]*xmppd.Session{}
	for _, g := range t.byLocal {
		if g.session != nil {
			out[g.room] = append(out[g.room], g.session)
		}
	}
	return out
}

// news is what kindGuests carries.
type news struct {
	Guests      []tally
	Conferences []conferenceNews
}

type conferenceNews struct {
	Room jid.JID
	Conference
}

// tally is how many guests there are in a room.
type tally struct {
	Room jid.JID
	N    int
}

func (c *Service) tellGuests() {
	peers := c.srv.Node().Peers()
	n := count{}
	c.here.mu.Lock()
	for _, g := range c.here.byLocal {
		n[g.room]++
	}
	for node := range c.here.elsewhere {
		if !slices.Contains(peers, node) {
			delete(c.here.elsewhere, node)
		}
	}
	c.here.mu.Unlock()
	if len(peers) == 0 {
		return
	}
	say := news{Guests: make([]tally, 0, len(n))}
	for room, x := range c.conferencesHere() {
		say.Conferences = append(say.Conferences, conferenceNews{room, x})
	}
	for room, k := range n {
		say.Guests = append(say.Guests, tally{room, k})
	}
	if b, err := json.Marshal(say); err == nil {
		c.srv.Announce(kindGuests, b)
	}
}

func (c *Service) heardGuests(from cluster.NodeID, b []byte) {
	var heard news
	if err := json.Unmarshal(b, &heard); err != nil {
		c.log.Error("another node's count of guests cannot be read", "node", from, "err", err)
		return
	}
	n := make(count, len(heard.Guests))
	for _, t := range heard.Guests {
		n[t.Room] = t.N
	}
	c.here.mu.Lock()
	defer c.here.mu.Unlock()
	k := make(map[jid.JID]Conference, len(heard.Conferences))
	for _, x := range heard.Conferences {
		k[x.Room] = x.Conference
	}
	c.here.elsewhere[from] = nodeNews{n, k}
}

// conferencesHere are the conferences that go on on this node.
func (c *Service) conferencesHere() map[jid.JID]Conference {
	c.mu.RLock()
	defer c.mu.RUnlock()
	out := map[jid.JID]Conference{}
	for room, m := range c.meetings {
		if f := m.figures.Load(); f.phase == waiting || f.phase == live || f.phase == hold {
			out[room] = Conference{f.phase.String(), f.people, f.waiting}
		}
	}
	return out
}
