// Package blocking lets users shut out whom they do not want to hear from.
//
// Spec: XEP-0191 1.3 complete
package blocking

import (
	"context"
	"sync"

	"plenum/xmppd"
	"plenum/xmppd/cluster"
	"plenum/xmppd/jid"
	"plenum/xmppd/lru"
	"plenum/xmppd/xmlstream"
)

// Namespaces.
const (
	NS       = "urn:xmpp:blocking"
	NSErrors = "urn:xmpp:blocking:errors"
)

// MaxItems is how many addresses one account may block.
const MaxItems = 10_000

// cacheLists is how many block lists are kept in memory; most are empty and cost some 100 bytes.
const cacheLists = 100_000

const kindChanged = "blocking.changed"

// list is a block list, by canonical JID. It is immutable.
type list map[jid.JID]struct{}

// covers reports whether j is blocked, in the order of XEP-0191#matching: full JID, bare JID, domain with resource, domain.
func (l list) covers(j jid.JID) bool {
	if len(l) == 0 {
		return false
	}
	has := func(x jid.JID) bool { _, ok := l[x]; return ok }
	if has(j) || has(j.Bare()) || has(j.DomainJID()) {
		return true
	}
	if j.IsFull() {
		d, err := j.DomainJID().WithResource(j.Resource())
		return err == nil && has(d)
	}
	return false
}

// Service keeps the lists and applies them.
type Service struct {
	srv   *xmppd.Server
	store *blockStore
	flag  uint32 // of sessions that asked for the list and get changes

	mu    sync.Mutex
	cache *lru.Cache[jid.JID, list]
}

// Register puts blocking into s.
func Register(ctx context.Context, s *xmppd.Server) (*Service, error) {
	st, err := openStore(ctx, s.Store())
	if err != nil {
		return nil, err
	}
	b := &Service{srv: s, store: st, cache: lru.New[jid.JID, list](cacheLists), flag: s.NewFlag()}
	s.HandleIQ(xmppd.ToAccount, xmppd.Get, NS, "blocklist", b.get)
	s.HandleIQ(xmppd.ToAccount, xmppd.Set, NS, "block", b.block)
	s.HandleIQ(xmppd.ToAccount, xmppd.Set, NS, "unblock", b.unblock)
	s.AddFeature(xmppd.ToServer, NS)
	s.Hooks.Message.Add(xmppd.Authorize, b.message)
	s.Hooks.Presence.Add(xmppd.Authorize, b.presence)
	s.Hooks.IQ.Add(xmppd.Authorize, b.iq)
	s.OnNode(kindChanged, func(_ cluster.NodeID, p []byte) {
		if j, err := jid.Parse(string(p)); err == nil {
			b.forget(j)
		}
	})
	return b, nil
}

func (b *Service) of(ctx context.Context, owner jid.JID) (list, error) {
	b.mu.Lock()
	l, ok := b.cache.Get(owner)
	b.mu.Unlock()
	if ok {
		return l, nil
	}
	items, err := b.store.list(ctx, owner)
	if err != nil {
		return nil, err
	}
	if len(items) > 0 {
		l = make(list, len(items))
		for _, j := range items {
			l[j] = struct{}{}
		}
	}
	b.mu.Lock()
	b.cache.Put(owner, l)
	b.mu.Unlock()
	return l, nil
}

func (b *Service) forget(owner jid.JID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.cache.Delete(owner)
}

// Blocked reports whether owner has blocked other. When the store does not answer, nobody is.
func (b *Service) Blocked(ctx context.Context, owner, other jid.JID) bool {
	if owner == other.Bare() {
		return false
	}
	l, err := b.of(ctx, owner)
	if err != nil {
		b.srv.Log().Error("a block list cannot be read", "account", owner, "err", err)
		return false
	}
	return l.covers(other)
}

// ForgetAccount removes the list of a deleted account.
func (b *Service) ForgetAccount(ctx context.Context, owner jid.JID) error {
	if err := b.store.remove(ctx, owner, nil); err != nil {
		return err
	}
	b.changed(owner)
	return nil
}

func (b *Service) changed(owner jid.JID) {
	b.forget(owner)
	b.srv.Announce(kindChanged, []byte(owner.String()))
}

var errBlocked = &xmppd.StanzaError{Type: "cancel", Condition: "not-acceptable", App: []byte("<blocked xmlns='" + NSErrors + "'/>")}

// message refuses what an account sends to somebody it blocks, and what comes from somebody blocked
// (XEP-0191#block). Errors and rooms are left alone: a client that sits in a room must go on hearing it.
func (b *Service) message(ev *xmppd.Message) error {
	if ev.Packet.Type() == "error" || ev.Packet.Type() == "groupchat" {
		return nil
	}
	if ev.Side == xmppd.Outbound {
		if b.Blocked(ev.Context, ev.Owner, ev.To) {
			return errBlocked
		}
		return nil
	}
	if b.Blocked(ev.Context, ev.Owner, ev.From) {
		return xmppd.Errorf("service-unavailable", "")
	}
	return nil
}

// presence keeps presence from crossing in either direction. The leave notice of a room that was joined before gets through.
func (b *Service) presence(ev *xmppd.Presence) error {
	other := ev.From
	if ev.Side == xmppd.Outbound {
		if ev.To.IsZero() || ev.Packet.Type() == "unavailable" {
			return nil
		}
		other = ev.To
	}
	if !b.Blocked(ev.Context, ev.Owner, other) {
		return nil
	}
	if ev.Side == xmppd.Outbound {
		return errBlocked
	}
	return xmppd.Errorf("service-unavailable", "")
}

func (b *Service) iq(ev *xmppd.IQ) error {
	if ev.Packet.Type() != xmppd.Get && ev.Packet.Type() != xmppd.Set {
		return nil
	}
	from := ev.From.Bare()
	if b.srv.IsHost(from.Domain()) && b.Blocked(b.srv.Context(), from, ev.To) {
		return errBlocked
	}
	if b.srv.IsHost(ev.To.Domain()) && b.Blocked(b.srv.Context(), ev.To.Bare(), ev.From) {
		return xmppd.Errorf("service-unavailable", "")
	}
	return nil
}

// items reads the <item jid=”/> of a request.
func items(e xmlstream.Element) ([]jid.JID, error) {
	var out []jid.JID
	for c := range e.Children() {
		if c.Local() != "item" || c.Space() != NS {
			return nil, xmppd.Errorf("bad-request", "only <item/> belongs here")
		}
		v, _ := c.Attr("jid")
		j, err := jid.Parse(v)
		if err != nil {
			return nil, xmppd.Errorf("jid-malformed", "%q is not an address", v)
		}
		if out = append(out, j); len(out) > MaxItems {
			return nil, xmppd.Errorf("resource-constraint", "a block list has at most %d entries", MaxItems)
		}
	}
	return out, nil
}
