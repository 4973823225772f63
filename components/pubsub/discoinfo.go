package pubsub

import (
	"context"
	"strconv"

	"plenum/components/disco"
	"plenum/xmppd"
	"plenum/xmppd/dataform"
	"plenum/xmppd/jid"
)

// features are what is served, behind NS and '#' (XEP-0060#features).
var features = []string{
	"access-authorize", "access-open", "access-presence", "access-roster", "access-whitelist", "auto-create", "auto-subscribe", "config-node", "config-node-max", "create-and-configure", "create-nodes",
	"delete-items", "delete-nodes", "filtered-notifications", "instant-nodes", "item-ids", "last-published", "manage-subscriptions",
	"member-affiliation", "meta-data", "modify-affiliations", "multi-items", "outcast-affiliation", "persistent-items",
	"presence-subscribe", "publish", "publish-node-full", "publish-only-affiliation", "publish-options", "publisher-affiliation",
	"pubsub-on-a-jid", "purge-nodes", "retract-items", "retrieve-affiliations", "retrieve-default", "retrieve-items",
	"retrieve-subscriptions", "rsm", "subscribe", "subscription-notifications",
}

// announce says in service discovery what accounts offer.
// Compat: some clients ask the server what its accounts can do. It has neither NS nor subscribe, by which Smack would take it for a
// pubsub service.
func (p *Service) announce(d *disco.Service) {
	for _, f := range features {
		p.srv.AddFeature(xmppd.ToAccount, NS+"#"+f)
		if f != "subscribe" {
			p.srv.AddFeature(xmppd.ToServer, NS+"#"+f)
		}
	}
	pep := disco.Identity{Category: "pubsub", Type: "pep"}
	d.AddIdentity(xmppd.ToAccount, pep)
	d.AddIdentity(xmppd.ToServer, pep)
	d.AddItems(xmppd.ToAccount, p.listNodes)
	d.AddNodes(xmppd.ToAccount, p.nodeInfo, p.nodeItems)
}

// listNodes are the nodes that the asker may read (XEP-0163#support-contact).
func (p *Service) listNodes(ctx context.Context, from, to jid.JID) ([]disco.Item, error) {
	a, err := p.engine.freshAccount(ctx, to.Bare())
	if err != nil {
		return nil, err
	}
	r := p.relation(to.Bare(), from)
	var out []disco.Item
	for name := range p.live {
		if n := p.liveFor(from, to, name); n != nil && n.items > 0 {
			out = append(out, disco.Item{JID: n.service.String(), Node: n.name})
		}
	}
	for _, n := range a.nodes {
		if n.config.MayRead(n.relation(from, r)) == nil {
			out = append(out, disco.Item{JID: n.service.String(), Node: n.name, Name: n.config.Title})
		}
	}
	return out, nil
}

// visible gives a node that the asker may read; nil for none.
func (p *Service) visible(ctx context.Context, from, to jid.JID, name string) (*node, error) {
	if n := p.liveFor(from, to, name); n != nil {
		return n, nil
	}
	n, err := p.engine.fresh(ctx, to.Bare(), name)
	if err != nil || n == nil || n.config.MayRead(n.relation(from, p.relation(to.Bare(), from))) != nil {
		return nil, err
	}
	return n, nil
}

// nodeInfo answers XEP-0060#entity-metadata.
func (p *Service) nodeInfo(ctx context.Context, from, to jid.JID, name string) (*disco.Info, error) {
	n, err := p.visible(ctx, from, to, name)
	if n == nil {
		return nil, err
	}
	return &disco.Info{
		Identities: []disco.Identity{{Category: "pubsub", Type: "leaf", Name: n.config.Title}},
		Features:   []string{NS},
		Forms:      []*dataform.Form{metaData(n)},
	}, nil
}

func metaData(n *node) *dataform.Form {
	c := n.config
	f := dataform.New("result", formMeta)
	add := func(name, typ string, values ...string) {
		if len(values) > 0 && values[0] != "" {
			f.Add(dataform.Field{Var: "pubsub#" + name, Type: typ, Values: values})
		}
	}
	owners, publishers := []string{n.service.String()}, []string(nil)
	subscribers := 0
	for _, x := range n.entities {
		switch {
		case x.affiliation == Owner && x.jid != n.service:
			owners = append(owners, x.jid.String())
		case x.affiliation == Publisher:
			publishers = append(publishers, x.jid.String())
		}
		if x.subscription == Subscribed {
			subscribers++
		}
	}
	add("type", dataform.TextSingle, c.Type)
	add("creator", dataform.JIDSingle, n.service.String())
	add("creation_date", dataform.TextSingle, n.created.Format(stampFormat))
	add("title", dataform.TextSingle, c.Title)
	add("description", dataform.TextSingle, c.Description)
	add("language", dataform.ListSingle, c.Language)
	add("access_model", dataform.ListSingle, c.Access)
	add("publish_model", dataform.ListSingle, c.PublishModel)
	add("max_items", dataform.TextSingle, fieldByVar["pubsub#max_items"].get(c)...)
	add("owner", dataform.JIDMulti, owners...)
	add("publisher", dataform.JIDMulti, publishers...)
	add("num_subscribers", dataform.TextSingle, strconv.Itoa(subscribers))
	return f
}

// nodeItems answers XEP-0060#entity-discoveritems.
func (p *Service) nodeItems(ctx context.Context, from, to jid.JID, name string) ([]disco.Item, error) {
	n, err := p.visible(ctx, from, to, name)
	if n == nil {
		return nil, err
	}
	var pg page
	if it := n.last; p.live[name] == nil {
		pg, err = p.engine.recent(ctx, n, -1)
	} else if it != nil {
		pg.items = []Item{*it}
	}
	out := make([]disco.Item, 0, len(pg.items))
	for _, it := range pg.items {
		out = append(out, disco.Item{JID: n.service.String(), Name: it.ID})
	}
	return out, err
}
