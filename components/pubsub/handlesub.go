package pubsub

import (
	"context"

	"plenum/xmppd"
	"plenum/xmppd/dataform"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

func appendAffiliation(b []byte, attr, value string, a Affiliation) []byte {
	b = xmlstream.AppendAttr(append(b, "<affiliation"...), attr, value)
	return append(xmlstream.AppendAttr(b, "affiliation", a.String()), "/>"...)
}

// appendSubscription writes <subscription/>; node may be empty.
func appendSubscription(b []byte, node string, x entity) []byte {
	b = append(b, "<subscription"...)
	if node != "" {
		b = xmlstream.AppendAttr(b, "node", node)
	}
	b = xmlstream.AppendAttr(b, "jid", x.jid.String())
	return append(xmlstream.AppendAttr(b, "subscription", x.subscription.String()), "/>"...)
}

// address is the subscriber that a request names. Condition is what it is refused with when that is somebody else.
func (c *call) address(condition, app string) (jid.JID, error) {
	if err := c.needNode(); err != nil {
		return jid.JID{}, err
	}
	if c.jid == "" {
		return jid.JID{}, fail("bad-request", "jid-required", "")
	}
	who, err := jid.Parse(c.jid)
	if err != nil {
		return jid.JID{}, fail("bad-request", "invalid-jid", "")
	}
	if who.Bare() != c.who.Bare() {
		return jid.JID{}, fail(condition, app, "")
	}
	return who, nil
}

// subscribe answers XEP-0060#subscriber-subscribe.
func (p *Service) subscribe(ctx context.Context, c *call) ([]byte, error) {
	who, err := c.address("bad-request", "invalid-jid")
	if err != nil {
		return nil, err
	}
	state, err := p.engine.subscribe(ctx, c.service, c.node, who, c.relation)
	if err != nil {
		return nil, err
	}
	return appendOne(c.node, entity{jid: who, subscription: state}), nil
}

// unsubscribe answers XEP-0060#subscriber-unsubscribe. There are no subscription ids: one that is given is passed over.
func (p *Service) unsubscribe(ctx context.Context, c *call) ([]byte, error) {
	who, err := c.address("forbidden", "")
	if err != nil {
		return nil, err
	}
	if err := p.engine.unsubscribe(ctx, c.service, c.node, who); err != nil {
		return nil, err
	}
	return appendOne(c.node, entity{jid: who}), nil
}

func appendOne(node string, x entity) []byte {
	return append(appendSubscription([]byte("<pubsub xmlns='"+NS+"'>"), node, x), "</pubsub>"...)
}

// getOwnSubscriptions answers XEP-0060#entity-subscriptions.
func (p *Service) getOwnSubscriptions(ctx context.Context, c *call) ([]byte, error) {
	a, err := p.engine.freshAccount(ctx, c.service)
	if err != nil {
		return nil, err
	}
	b := appendOpen(nil, NS, "subscriptions", c.node)
	for _, n := range a.nodes {
		if c.node != "" && n.name != c.node {
			continue
		}
		for _, x := range n.entities {
			if x.subscription != Unsubscribed && x.jid.Bare() == c.who.Bare() {
				b = appendSubscription(b, n.name, x)
			}
		}
	}
	return appendClose(b, "subscriptions"), nil
}

// getOwnAffiliations answers XEP-0060#entity-affiliations.
func (p *Service) getOwnAffiliations(ctx context.Context, c *call) ([]byte, error) {
	a, err := p.engine.freshAccount(ctx, c.service)
	if err != nil {
		return nil, err
	}
	b := appendOpen(nil, NS, "affiliations", c.node)
	for _, n := range a.nodes {
		if c.node != "" && n.name != c.node {
			continue
		}
		if own := n.affiliation(c.who.Bare()); own != None {
			b = appendAffiliation(b, "node", n.name, own)
		}
	}
	return appendClose(b, "affiliations"), nil
}

// getAffiliations answers XEP-0060#owner-affiliations-retrieve.
func (p *Service) getAffiliations(ctx context.Context, c *call) ([]byte, error) {
	n, err := p.owned(ctx, c)
	if err != nil {
		return nil, err
	}
	b := appendOpen(nil, NSOwner, "affiliations", n.name)
	b = appendAffiliation(b, "jid", n.service.String(), Owner)
	for _, x := range n.entities {
		if x.affiliation != None && x.jid != n.service {
			b = appendAffiliation(b, "jid", x.jid.String(), x.affiliation)
		}
	}
	return appendClose(b, "affiliations"), nil
}

// getSubscriptions answers XEP-0060#owner-subscriptions-retrieve. Those that wait for approval are not among them.
func (p *Service) getSubscriptions(ctx context.Context, c *call) ([]byte, error) {
	n, err := p.owned(ctx, c)
	if err != nil {
		return nil, err
	}
	b := appendOpen(nil, NSOwner, "subscriptions", n.name)
	for _, x := range n.entities {
		if x.subscription == Subscribed {
			b = appendSubscription(b, "", x)
		}
	}
	return appendClose(b, "subscriptions"), nil
}

func (p *Service) setAffiliations(ctx context.Context, c *call) ([]byte, error) {
	if err := c.needNode(); err != nil {
		return nil, err
	}
	return nil, p.engine.setAffiliations(ctx, c.service, c.node, c.who, c.changes)
}

func (p *Service) setSubscriptions(ctx context.Context, c *call) ([]byte, error) {
	if err := c.needNode(); err != nil {
		return nil, err
	}
	return nil, p.engine.setSubscriptions(ctx, c.service, c.node, c.who, c.changes)
}

// answered carries out the owner's answer to a subscription request, which comes as a message to himself.
func (p *Service) answered(ev *xmppd.Message) {
	if !ev.Packet.Has(dataform.NS, "x") {
		return
	}
	f, err := dataform.Find(ev.Packet.Root(), formAuthorize)
	if err != nil || f == nil || f.Type != "submit" || f.FormType() != formAuthorize {
		return
	}
	name, _ := f.Get("pubsub#node")
	address, _ := f.Get("pubsub#subscriber_jid")
	allow, ok, err := f.Bool("pubsub#allow")
	who, bad := jid.Parse(address)
	if err != nil || bad != nil || !ok || name == "" {
		return
	}
	p.engine.approve(ev.Owner.Clone(), name, who.Clone(), allow)
}
