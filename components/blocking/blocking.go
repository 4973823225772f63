// Package blocking lets users shut out whom they do not want to hear from.
//
// Spec: XEP-0191 1.3 complete
package blocking

import (
	"context"

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
	lists *lru.Loader[jid.JID, list]
}

// Register puts blocking into s.
func Register(ctx context.Context, s *xmppd.Server) (*Service, error) {
	st, err := openStore(ctx, s.Store())
	if err != nil {
		return nil, err
	}
	b := &Service{srv: s, store: st, lists: lru.NewLoader[jid.JID, list](cacheLists), flag: s.NewFlag()}
	s.HandleIQ(xmppd.ToAccount, xmppd.Get, NS, "blocklist", b.get)
	s.HandleIQ(xmppd.ToAccount, xmppd.Set, NS, "block", b.block)
	s.HandleIQ(xmppd.ToAccount, xmppd.Set, NS, "unblock", b.unblock)
	s.AddFeature(xmppd.ToServer, NS)
	s.Hooks.Message.Add(xmppd.Authorize, b.message)
	s.Hooks.Presence.Add(xmppd.Authorize, b.presence)
	s.Hooks.IQ.Add(xmppd.Authorize, b.iq)
	s.OnNode(kindChanged, func(_ cluster.NodeID, p []byte) {
		if j, err := jid.ParseBytes(p); err == nil {
			b.lists.Forget(j)
		}
	})
	return b, nil
}

func (b *Service) of(ctx context.Context, owner jid.JID) (list, error) {
	return b.lists.Get(owner, func() (list, error) {
		items, err := b.store.list(ctx, owner)
		return listOf(items), err
	})
}

func listOf(items []jid.JID) list {
	if len(items) == 0 {
		return nil
	}
	l := make(list, len(items))
	for _, j := range items {
		l[j] = struct{}{}
	}
	return l
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
	b.lists.Forget(owner)
	b.srv.Announce(kindChanged, []byte(owner.String()))
}

// What the two sides are told: who blocks, that he does so; who is blocked, the same as if nobody were there.
var (
	errBlocked     = &xmppd.StanzaError{Type: "cancel", Condition: "not-acceptable", App: []byte("<blocked xmlns='" + NSErrors + "'/>")}
	errUnavailable = xmppd.Errorf("service-unavailable", "")
)

// message refuses what an account sends to somebody it blocks, and what comes from somebody blocked (XEP-0191#block). Nobody answers
// a refused error.
func (b *Service) message(ev *xmppd.Message) error {
	other, refusal := ev.From, error(errUnavailable)
	if ev.Side == xmppd.Outbound {
		other, refusal = ev.To, errBlocked
	}
	if b.roomTalk(ev, other) || !b.Blocked(ev.Context, ev.Owner, other) {
		return nil
	}
	return refusal
}

// roomTalk reports whether a message belongs to the conversation in a room. Whoever blocks somebody's address there does not leave the
// room by that, and answering an occupant's words with an error would make the room throw the user out.
func (b *Service) roomTalk(ev *xmppd.Message, other jid.JID) bool {
	switch ev.Packet.Type() {
	case "groupchat", "error":
		return !b.srv.IsHost(other.Domain())
	}
	return false
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
	return errUnavailable
}

// iq refuses requests in both directions; answers are dropped.
func (b *Service) iq(ev *xmppd.IQ) error {
	from, to := ev.From.Bare(), ev.To.Bare()
	switch {
	case from.Local() != "" && b.srv.IsHost(from.Domain()) && b.Blocked(b.srv.Context(), from, ev.To):
		return errBlocked
	case to.Local() != "" && b.srv.IsHost(to.Domain()) && b.Blocked(b.srv.Context(), to, ev.From):
		return errUnavailable
	}
	return nil
}

// items reads the <item jid='…'/> of a request. What else a client adds, such as the reason for a report, is not for the list.
func items(e xmlstream.Element) ([]jid.JID, error) {
	var out []jid.JID
	for c := range e.Children() {
		if !c.Is(NS, "item") {
			continue
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
