package blocking

import (
	"context"
	"crypto/rand"
	"maps"
	"slices"

	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

func (b *Service) get(ctx context.Context, iq *xmppd.IQ) (any, error) {
	owner, err := iq.Owner()
	if err != nil {
		return nil, err
	}
	l, err := b.store.list(ctx, owner)
	if err != nil {
		return nil, err
	}
	if iq.Origin != nil {
		iq.Origin.SetFlag(b.flag, true)
	}
	return appendCommand(nil, "blocklist", l), nil
}

// block adds to the list (XEP-0191#block). Then nothing but unavailable presence passes, which is what the contacts get.
func (b *Service) block(ctx context.Context, iq *xmppd.IQ) (any, error) {
	owner, err := iq.Owner()
	if err != nil {
		return nil, err
	}
	js, err := items(iq.Payload)
	if err != nil {
		return nil, err
	}
	if len(js) == 0 {
		return nil, xmppd.Errorf("bad-request", "name at least one address")
	}
	before, err := b.of(ctx, owner)
	if err != nil {
		return nil, err
	}
	fresh := slices.DeleteFunc(slices.Clone(js), func(j jid.JID) bool { _, ok := before[j]; return ok })
	if err := b.store.add(ctx, owner, js, MaxItems); err != nil {
		return nil, err
	}
	b.changed(owner)
	b.srv.ShowOffline(ctx, owner, listOf(fresh).covers)
	iq.Result(nil)
	b.push(owner, "block", js)
	return nil, xmppd.NoReply
}

// unblock removes from the list, all of it when no item is named (XEP-0191#unblock).
func (b *Service) unblock(ctx context.Context, iq *xmppd.IQ) (any, error) {
	owner, err := iq.Owner()
	if err != nil {
		return nil, err
	}
	js, err := items(iq.Payload)
	if err != nil {
		return nil, err
	}
	before, err := b.of(ctx, owner)
	if err != nil {
		return nil, err
	}
	freed := slices.DeleteFunc(slices.Clone(js), func(j jid.JID) bool { _, ok := before[j]; return !ok })
	if len(js) == 0 {
		if _, other := iq.Payload.First(); other {
			return nil, xmppd.Errorf("bad-request", "name the addresses, or nothing for all of them")
		}
		freed = slices.Collect(maps.Keys(before))
	}
	if err := b.store.remove(ctx, owner, js); err != nil {
		return nil, err
	}
	b.changed(owner)
	opened := listOf(freed)
	b.srv.ShowOnline(ctx, owner, func(contact jid.JID) bool {
		return opened.covers(contact) && !b.Blocked(ctx, owner, contact)
	})
	iq.Result(nil)
	b.push(owner, "unblock", js)
	return nil, xmppd.NoReply
}

// push tells all clients that have asked for the list (XEP-0191#block).
func (b *Service) push(owner jid.JID, command string, js []jid.JID) {
	for _, t := range b.srv.Targets(owner) {
		if t.Flags&b.flag == 0 {
			continue
		}
		p := []byte("<iq type='set'")
		p = xmlstream.AppendAttr(p, "id", rand.Text())
		p = xmlstream.AppendAttr(p, "from", owner.String())
		p = xmlstream.AppendAttr(p, "to", t.JID.String())
		p = append(appendCommand(append(p, '>'), command, js), "</iq>"...)
		if pkt, err := xmlstream.Parse(p, xmppd.NSClient, xmlstream.S2S); err == nil {
			b.srv.SendTo(t, pkt)
		}
	}
}

func appendCommand(b []byte, name string, js []jid.JID) []byte {
	b = append(append(append(b, '<'), name...), " xmlns='"+NS+"'>"...)
	for _, j := range js {
		b = append(b, "<item"...)
		b = xmlstream.AppendAttr(b, "jid", j.String())
		b = append(b, "/>"...)
	}
	return append(append(append(b, "</"...), name...), '>')
}
