package conference

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"golang.org/x/text/secure/precis"

	"plenum/xmppd"
	"plenum/xmppd/cluster"
	"plenum/xmppd/jid"
	"plenum/xmppd/lru"
)

// A guest whom a moderator has put out is not let in again for a while. A new login makes a new guest, so he is known by his address
// and the name that he had in the group: others in his office, who share the address, enter under their own names. It is kept in memory
// by all servers, and forgotten when they stop.

// trackedRemovals is how many removed guests are remembered; the one that was not asked about for the longest time is forgotten.
const trackedRemovals = 1 << 14

// removalKey is somebody who was put out.
type removalKey struct {
	room jid.JID
	addr netip.Addr // as networkOf gives it
	name string     // as it is compared (RFC 8266 §2.4)
}

// removalTable knows until when somebody must stay out.
type removalTable struct {
	mu    sync.Mutex
	until *lru.Cache[removalKey, time.Time]
}

func newRemovalTable() removalTable {
	return removalTable{until: lru.New[removalKey, time.Time](trackedRemovals)}
}

func (t *removalTable) add(k removalKey, until time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.until.Put(k, until)
}

// left is how long somebody must stay out from now on.
func (t *removalTable) left(k removalKey, now time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	until, ok := t.until.Get(k)
	if ok && !now.Before(until) {
		t.until.Delete(k)
	}
	return max(until.Sub(now), 0)
}

// keyOf is a guest of this name at an address; ok is false when nobody can have the name.
func keyOf(room jid.JID, addr netip.Addr, nick string) (k removalKey, ok bool) {
	name, err := precis.Nickname.CompareKey(nick)
	return removalKey{room.Clone(), networkOf(addr), name}, err == nil
}

// networkOf is an IPv4 address, or the /64 of an IPv6 address.
func networkOf(addr netip.Addr) netip.Addr {
	addr = addr.Unmap().WithZone("")
	if addr.Is6() && !addr.IsLoopback() {
		p, _ := addr.Prefix(64) // never fails for IPv6
		addr = p.Addr()
	}
	return addr
}

// kindRemoved tells other nodes of a guest who was put out: at first by the room's node, which knows him by his local part; then by the
// node that he is connected to, which knows his address.
const kindRemoved = "conference.removed"

type removedNews struct {
	Room  jid.JID
	Nick  string
	Local string     `json:",omitzero"` // of the guest; "" when the address is known
	Addr  netip.Addr `json:",omitzero"`
	Until time.Time
}

// keepOut sees to it that a guest stays out for a while.
func (c *Service) keepOut(local string, room jid.JID, nick string) {
	n := removedNews{Room: room, Nick: nick, Local: local, Until: time.Now().Add(c.cfg.RemovedFor)}
	if !c.noteRemoved(&n) {
		c.announceRemoved(&n)
	}
}

// noteRemoved takes in a removal whose address is known here, and tells the others; it reports false when it is not.
func (c *Service) noteRemoved(n *removedNews) bool {
	if n.Local != "" {
		addr, ok := c.here.address(n.Local)
		if !ok {
			return false
		}
		n.Local, n.Addr = "", addr
		c.announceRemoved(n)
	}
	if k, ok := keyOf(n.Room, n.Addr, n.Nick); ok {
		c.removals.add(k, n.Until)
	}
	return true
}

func (c *Service) announceRemoved(n *removedNews) {
	b, err := json.Marshal(n)
	if err != nil {
		c.log.Error("the other servers are not told of a removed guest", "err", err)
		return
	}
	c.srv.Announce(kindRemoved, b)
}

func (c *Service) heardRemoved(node cluster.NodeID, payload []byte) {
	var n removedNews
	if err := json.Unmarshal(payload, &n); err != nil {
		c.log.Error("another server's news of a removed guest cannot be read", "node", node, "err", err)
		return
	}
	c.noteRemoved(&n)
}

// address is where a guest's client is.
func (t *guestTable) address(local string) (netip.Addr, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	g := t.byLocal[local]
	if g == nil {
		return netip.Addr{}, false
	}
	return g.addr, true
}

// mayCome says why a guest must not have a name in his room: somebody of that name was put out, and comes from where he does.
func (c *Service) mayCome(local string, to jid.JID) error {
	addr, ok := c.here.address(local)
	if !ok {
		return nil
	}
	k, ok := keyOf(to.Bare(), addr, to.Resource())
	if !ok {
		return nil
	}
	left := c.removals.left(k, time.Now())
	if left == 0 {
		return nil
	}
	minutes := int((left + time.Minute - 1) / time.Minute)
	return &xmppd.StanzaError{
		Type: "wait", Condition: "forbidden", Text: fmt.Sprintf("A moderator has removed you. You can ask to be let in again in %d minutes.", minutes),
		App: []byte("<removed xmlns='" + NS + "' minutes='" + strconv.Itoa(minutes) + "'/>"),
	}
}
