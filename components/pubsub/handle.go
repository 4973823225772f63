package pubsub

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"

	"plenum/xmppd"
	"plenum/xmppd/dataform"
	"plenum/xmppd/jid"
	"plenum/xmppd/rsm"
	"plenum/xmppd/xmlstream"
)

// call is a request in the hands of the function that answers it.
type call struct {
	*request
	iq       *xmppd.IQ
	service  jid.JID
	who      jid.JID // full
	relation Relation
}

// target names what a request is for.
type target struct {
	owner, set bool
	verb       string
}

// answers are the functions by request. What stands in parseRequest and not here is not served.
var answers = map[target]func(*Service, context.Context, *call) ([]byte, error){
	{false, false, "items"}:         (*Service).getItems,
	{false, false, "subscriptions"}: (*Service).getOwnSubscriptions,
	{false, false, "affiliations"}:  (*Service).getOwnAffiliations,
	{false, true, "publish"}:        (*Service).publishItem,
	{false, true, "retract"}:        (*Service).retractItems,
	{false, true, "create"}:         (*Service).createNode,
	{false, true, "subscribe"}:      (*Service).subscribe,
	{false, true, "unsubscribe"}:    (*Service).unsubscribe,
	{true, false, "configure"}:      (*Service).getConfig,
	{true, false, "default"}:        (*Service).getDefault,
	{true, false, "affiliations"}:   (*Service).getAffiliations,
	{true, false, "subscriptions"}:  (*Service).getSubscriptions,
	{true, true, "configure"}:       (*Service).setConfig,
	{true, true, "delete"}:          (*Service).deleteNode,
	{true, true, "purge"}:           (*Service).purgeNode,
	{true, true, "affiliations"}:    (*Service).setAffiliations,
	{true, true, "subscriptions"}:   (*Service).setSubscriptions,
}

// missing are the features that requests without an answer would need.
var missing = map[string]string{"options": "subscription-options", "default": "retrieve-default-sub"}

// handle answers a request to an account.
func (p *Service) handle(ctx context.Context, iq *xmppd.IQ) (any, error) {
	service := iq.To.Bare()
	if service.Domain() == p.srv.GuestDomain() {
		return nil, xmppd.Errorf("service-unavailable", "")
	}
	c := &call{iq: iq, service: service, who: iq.From, relation: p.relation(service, iq.From)}
	b, err := p.answer(ctx, c)
	var no refused
	if errors.As(err, &no) {
		p.refuse(c, no)
		return nil, xmppd.NoReply
	}
	if err != nil && c.relation.Guest {
		return nil, xmppd.Errorf("service-unavailable", "") // so that guests cannot find out who has an account
	}
	return b, err
}

func (p *Service) answer(ctx context.Context, c *call) (_ []byte, err error) {
	if c.request, err = parseRequest(c.iq.Payload, c.iq.Packet.Type() == xmppd.Set); err != nil {
		return nil, err
	}
	fn := answers[target{c.owner, c.set, c.verb}]
	if fn == nil {
		return nil, unsupported(missing[c.verb])
	}
	if err := p.admit(ctx, c); err != nil {
		return nil, err
	}
	if p.live[c.node] != nil {
		return p.answerLive(c)
	}
	return fn(p, ctx, c)
}

// admit keeps strangers away from nodes that are not for them, in the same words whether there is such a node, such an account
// or neither (RFC 6120 §13.11).
func (p *Service) admit(ctx context.Context, c *call) error {
	if c.relation.Presence || c.node == "" || c.ownLists() {
		return nil
	}
	n, err := p.engine.fresh(ctx, c.service, c.node)
	if err != nil || n != nil && n.knownTo(c.who.Bare()) {
		return err
	}
	if c.verb == "items" || c.verb == "subscribe" {
		return presenceRequired()
	}
	return forbidden()
}

// ownLists reports whether the asker wants to know what he himself has subscribed to or is affiliated with, which may be nothing.
func (c *call) ownLists() bool {
	return !c.owner && (c.verb == "subscriptions" || c.verb == "affiliations")
}

// knownTo reports whether a stranger may learn that the node exists.
func (n *node) knownTo(who jid.JID) bool {
	return n.config.Access == AccessOpen || n.config.Access == AccessAuthorize ||
		slices.ContainsFunc(n.entities, func(x entity) bool { return x.jid.Bare() == who })
}

// refuse answers with what could not be changed, as it is (XEP-0060#owner-affiliations-multi).
func (p *Service) refuse(c *call, no refused) {
	b := xmlstream.AppendAttr([]byte("<iq type='error'"), "id", c.iq.Packet.ID())
	if from := c.iq.Packet.To(); from != "" {
		b = xmlstream.AppendAttr(b, "from", from)
	}
	b = append(xmlstream.AppendAttr(b, "to", c.who.String()), '>')
	b = appendOpen(b, NSOwner, c.verb, c.node)
	for _, x := range no {
		if c.verb == "affiliations" {
			b = appendAffiliation(b, "jid", x.jid.String(), x.affiliation)
		} else {
			b = appendSubscription(b, "", x)
		}
	}
	b = append(appendClose(b, c.verb), "<error type='modify'><not-acceptable xmlns='"+xmppd.NSStanzas+"'/></error></iq>"...)
	if pkt := p.packet(b); pkt != nil {
		c.iq.Send(pkt)
	}
}

// appendOpen begins <pubsub/> with one child that names a node, if it is not empty.
func appendOpen(b []byte, ns, local, node string) []byte {
	b = append(append(append(append(b, "<pubsub xmlns='"...), ns...), "'><"...), local...)
	if node != "" {
		b = xmlstream.AppendAttr(b, "node", node)
	}
	return append(b, '>')
}

func appendClose(b []byte, local string) []byte {
	return append(append(append(b, "</"...), local...), "></pubsub>"...)
}

func (c *call) needNode() error {
	if c.node == "" {
		return nodeRequired()
	}
	return nil
}

// readable gives the node of a request, if it exists and the asker may read it.
func (p *Service) readable(ctx context.Context, c *call) (*node, error) {
	if err := c.needNode(); err != nil {
		return nil, err
	}
	n, err := p.engine.fresh(ctx, c.service, c.node)
	if err != nil {
		return nil, err
	}
	if n == nil {
		return nil, noNode()
	}
	if err := n.config.MayRead(n.relation(c.who, c.relation)); err != nil {
		return nil, err
	}
	return n, nil
}

// owned gives the node of a request, if it exists and the asker owns it.
func (p *Service) owned(ctx context.Context, c *call) (*node, error) {
	if err := c.needNode(); err != nil {
		return nil, err
	}
	n, err := p.engine.fresh(ctx, c.service, c.node)
	if err != nil {
		return nil, err
	}
	if n == nil {
		return nil, noNode()
	}
	if n.affiliation(c.who.Bare()) != Owner {
		return nil, forbidden()
	}
	return n, nil
}

// getItems answers XEP-0060#subscriber-retrieve.
func (p *Service) getItems(ctx context.Context, c *call) ([]byte, error) {
	n, err := p.readable(ctx, c)
	if err != nil {
		return nil, err
	}
	if !n.config.Persist {
		return nil, unsupported("persistent-items")
	}
	var pg page
	switch {
	case len(c.items) > 0:
		var ids []string
		for _, it := range c.items {
			ids = append(ids, it.id)
		}
		pg, err = p.engine.named(ctx, n, ids)
	case c.rsmSet:
		pg, err = p.engine.paged(ctx, n, c.rsm)
	default:
		pg, err = p.engine.recent(ctx, n, c.many)
	}
	if err != nil {
		return nil, err
	}
	return appendPage(n, pg), nil
}

func appendPage(n *node, pg page) []byte {
	size := 256
	for i := range pg.items {
		size += pg.items[i].size + 128
	}
	b := appendOpen(make([]byte, 0, size), NS, "items", n.name)
	for i := range pg.items {
		b = appendItem(b, n.config, &pg.items[i], true)
	}
	b = append(b, "</items>"...)
	if pg.cut {
		set := rsm.Page{Index: pg.index, Count: pg.count}
		if k := len(pg.items); k > 0 {
			set.First, set.Last = pg.items[0].ID, pg.items[k-1].ID
		}
		b = set.Append(b)
	}
	return append(b, "</pubsub>"...)
}

// publishItem answers XEP-0060#publisher-publish.
func (p *Service) publishItem(ctx context.Context, c *call) ([]byte, error) {
	if err := c.needNode(); err != nil {
		return nil, err
	}
	if len(c.items) > 1 {
		return nil, fail("not-allowed", "max-items-exceeded", "one item is published at a time")
	}
	pub := &publication{service: c.service, node: c.node, who: c.who, relation: c.relation, options: c.options}
	for _, it := range c.items {
		if it.elements > 1 {
			return nil, fail("bad-request", "invalid-payload", "an item has one payload")
		}
		pub.items = append(pub.items, cloneItem(it))
	}
	ids, err := p.engine.publish(ctx, pub)
	if err != nil {
		return nil, err
	}
	b := appendOpen(nil, NS, "publish", c.node)
	for _, id := range ids {
		b = append(xmlstream.AppendAttr(append(b, "<item"...), "id", id), "/>"...)
	}
	return appendClose(b, "publish"), nil
}

// retractItems answers XEP-0060#publisher-delete.
func (p *Service) retractItems(ctx context.Context, c *call) ([]byte, error) {
	if err := c.needNode(); err != nil {
		return nil, err
	}
	if len(c.items) == 0 {
		return nil, fail("bad-request", "item-required", "")
	}
	var ids []string
	for _, it := range c.items {
		if it.id == "" {
			return nil, fail("bad-request", "item-required", "name the item")
		}
		ids = append(ids, it.id)
	}
	return nil, p.engine.retract(ctx, c.service, c.node, c.who, c.relation, ids, c.notify)
}

// createNode answers XEP-0060#owner-create.
func (p *Service) createNode(_ context.Context, c *call) ([]byte, error) {
	if c.who.Bare() != c.service {
		return nil, forbidden()
	}
	name := c.node
	if name == "" {
		name = rand.Text()
	}
	config := DefaultConfig(name)
	if c.config != nil {
		d, err := config.configured(c.config, p.engine.limits)
		if err != nil {
			return nil, err
		}
		config = d
	}
	if err := p.engine.create(c.service, name, config); err != nil {
		return nil, err
	}
	return appendClose(appendOpen(nil, NS, "create", name), "create"), nil
}

// getConfig answers XEP-0060#owner-configure-request.
func (p *Service) getConfig(ctx context.Context, c *call) ([]byte, error) {
	n, err := p.owned(ctx, c)
	if err != nil {
		return nil, err
	}
	f := n.config.form("form")
	p.offerGroups(ctx, c.service, f)
	return appendClose(f.Append(appendOpen(nil, NSOwner, "configure", n.name)), "configure"), nil
}

// getDefault answers XEP-0060#owner-default.
func (p *Service) getDefault(ctx context.Context, c *call) ([]byte, error) {
	f := DefaultConfig("").form("form")
	if c.who.Bare() == c.service {
		p.offerGroups(ctx, c.service, f)
	}
	return appendClose(f.Append(appendOpen(nil, NSOwner, "default", "")), "default"), nil
}

// offerGroups adds the owner's roster groups to a configuration form.
func (p *Service) offerGroups(ctx context.Context, owner jid.JID, f *dataform.Form) {
	items, err := p.srv.RosterItems(ctx, owner)
	field := f.Field("pubsub#roster_groups_allowed")
	if err != nil || field == nil {
		return
	}
	seen := map[string]bool{}
	for _, o := range field.Options {
		seen[o.Value] = true
	}
	for item := range items {
		for _, g := range item.Groups {
			if !seen[g] && len(field.Options) < maxGroups {
				seen[g] = true
				field.Options = append(field.Options, dataform.Option{Value: g})
			}
		}
	}
}

// setConfig answers XEP-0060#owner-configure-submit.
func (p *Service) setConfig(ctx context.Context, c *call) ([]byte, error) {
	if _, err := p.owned(ctx, c); err != nil {
		return nil, err
	}
	if c.config == nil {
		if c.hasForm {
			return nil, nil // cancelled
		}
		return nil, xmppd.Errorf("bad-request", "the configuration is missing")
	}
	return nil, p.engine.configure(ctx, c.service, c.node, c.who, c.config)
}

func (p *Service) deleteNode(ctx context.Context, c *call) ([]byte, error) {
	if err := c.needNode(); err != nil {
		return nil, err
	}
	return nil, p.engine.remove(ctx, c.service, c.node, c.who, c.uri)
}

func (p *Service) purgeNode(ctx context.Context, c *call) ([]byte, error) {
	if err := c.needNode(); err != nil {
		return nil, err
	}
	return nil, p.engine.purge(ctx, c.service, c.node, c.who)
}
