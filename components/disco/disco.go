// Package disco answers what the server and its accounts can do, and knows what the clients can.
//
// Other components add identities, items, forms and nodes; features are announced by the server's own route table, so that
// what is announced is what is served.
//
// Spec: XEP-0030 2.5.0 complete
// Spec: XEP-0115 1.6.0 complete
// Spec: XEP-0128 1.0.1 complete
// Spec: XEP-0157 1.1.1 complete
package disco

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"plenum/xmppd"
	"plenum/xmppd/dataform"
	"plenum/xmppd/jid"
)

// Config is what operators say about the server.
type Config struct {
	Name     string              `toml:"name" doc:"The name of the service that clients show. Default: Plenum."`
	Contacts map[string][]string `toml:"contacts" doc:"Addresses by purpose (abuse, admin, feedback, sales, security, status, support), as URIs such as mailto:admin@example.org (XEP-0157). Default: none."`
}

var purposes = []string{"abuse", "admin", "feedback", "sales", "security", "status", "support"}

// Validate fills in defaults.
func (c *Config) Validate() error {
	if c.Name == "" {
		c.Name = "Plenum"
	}
next:
	for p, addrs := range c.Contacts {
		for _, a := range addrs {
			if !strings.Contains(a, ":") {
				return fmt.Errorf("contacts: %q is not a URI such as mailto:admin@example.org", a)
			}
		}
		for _, known := range purposes {
			if p == known {
				continue next
			}
		}
		return fmt.Errorf("contacts: %q is none of %s", p, strings.Join(purposes, ", "))
	}
	return nil
}

// ItemSource lists items of a target for one asker. To is the domain or the account that was asked.
type ItemSource func(ctx context.Context, from, to jid.JID) ([]Item, error)

// NodeInfo answers disco#info for a node; nil without an error means that there is no such node.
type NodeInfo func(ctx context.Context, from, to jid.JID, node string) (*Info, error)

// NodeItems answers disco#items for a node; nil without an error means that there is no such node.
type NodeItems func(ctx context.Context, from, to jid.JID, node string) ([]Item, error)

// Service answers for user domains and their accounts.
type Service struct {
	srv        *xmppd.Server
	cfg        Config
	Caps       *Caps
	identities map[xmppd.IQTarget][]Identity
	forms      map[xmppd.IQTarget][]func() *dataform.Form
	items      map[xmppd.IQTarget][]ItemSource
	nodes      map[xmppd.IQTarget][]NodeInfo
	nodeItems  map[xmppd.IQTarget][]NodeItems
	hash       func() string
}

// Register puts the service into s.
func Register(s *xmppd.Server, cfg Config) *Service {
	d := &Service{
		srv: s, cfg: cfg,
		identities: map[xmppd.IQTarget][]Identity{}, forms: map[xmppd.IQTarget][]func() *dataform.Form{},
		items: map[xmppd.IQTarget][]ItemSource{}, nodes: map[xmppd.IQTarget][]NodeInfo{}, nodeItems: map[xmppd.IQTarget][]NodeItems{},
	}
	d.AddIdentity(xmppd.ToServer, Identity{Category: "server", Type: "im", Name: cfg.Name})
	d.AddIdentity(xmppd.ToAccount, Identity{Category: "account", Type: "registered"})
	if f := contactForm(cfg.Contacts); f != nil {
		d.AddForm(xmppd.ToServer, func() *dataform.Form { return f })
	}
	d.AddItems(xmppd.ToServer, d.components)
	for _, t := range []xmppd.IQTarget{xmppd.ToServer, xmppd.ToAccount} {
		s.HandleIQ(t, xmppd.Get, NSInfo, "query", func(ctx context.Context, iq *xmppd.IQ) (any, error) { return d.info(ctx, t, iq) })
		s.HandleIQ(t, xmppd.Get, NSItems, "query", func(ctx context.Context, iq *xmppd.IQ) (any, error) { return d.itemsOf(ctx, t, iq) })
	}
	d.Caps = newCaps(s)
	// What the server can do is settled once it runs, so that its hash is worked out once.
	d.hash = sync.OnceValue(func() string { return d.target(xmppd.ToServer).Hash() })
	s.AddStreamFeatureFunc(xmppd.AfterLogin, func(xmppd.StreamInfo) string { return d.capsFeature() })
	s.AddFeature(xmppd.ToServer, NSCaps)
	return d
}

// AddIdentity says what target is, besides server/im and account/registered.
func (d *Service) AddIdentity(t xmppd.IQTarget, id Identity) {
	d.identities[t] = append(d.identities[t], id)
}

// AddForm extends the answers of target by a form (XEP-0128).
func (d *Service) AddForm(t xmppd.IQTarget, f func() *dataform.Form) {
	d.forms[t] = append(d.forms[t], f)
}

// AddItems lists items of target.
func (d *Service) AddItems(t xmppd.IQTarget, src ItemSource) { d.items[t] = append(d.items[t], src) }

// AddNodes answers for nodes of target. The first source that knows a node answers.
func (d *Service) AddNodes(t xmppd.IQTarget, info NodeInfo, items NodeItems) {
	if info != nil {
		d.nodes[t] = append(d.nodes[t], info)
	}
	if items != nil {
		d.nodeItems[t] = append(d.nodeItems[t], items)
	}
}

func contactForm(contacts map[string][]string) *dataform.Form {
	if len(contacts) == 0 {
		return nil
	}
	f := dataform.New("result", "http://jabber.org/network/serverinfo")
	for _, p := range purposes {
		if a := contacts[p]; len(a) > 0 {
			f.Add(dataform.Field{Var: p + "-addresses", Type: dataform.ListMulti, Values: a})
		}
	}
	return f
}

// components are the domains that belong to the server (XEP-0030#items).
func (d *Service) components(context.Context, jid.JID, jid.JID) ([]Item, error) {
	var items []Item
	for _, c := range d.srv.ComponentDomains() {
		items = append(items, Item{JID: c})
	}
	return items, nil
}

// mayAsk lets those ask about an account who get its presence. Others are told the same as for an account that does not exist:
// an error to disco#info, nothing at all to disco#items (XEP-0030#security).
func (d *Service) mayAsk(ctx context.Context, t xmppd.IQTarget, iq *xmppd.IQ) bool {
	return t == xmppd.ToServer || iq.Own() || d.srv.SharesPresence(ctx, iq.To.Bare(), iq.From.Bare())
}

// target is what t announces now.
func (d *Service) target(t xmppd.IQTarget) *Info {
	i := &Info{Identities: d.identities[t], Features: d.srv.Features(t)}
	for _, f := range d.forms[t] {
		if form := f(); form != nil {
			i.Forms = append(i.Forms, form)
		}
	}
	return i
}

func (d *Service) info(ctx context.Context, t xmppd.IQTarget, iq *xmppd.IQ) (any, error) {
	if !d.mayAsk(ctx, t, iq) {
		return nil, xmppd.Errorf("service-unavailable", "")
	}
	node, _ := iq.Payload.Attr("node")
	if node == "" {
		return d.target(t).Append(nil), nil
	}
	if t == xmppd.ToServer && node == d.capsNode() {
		i := d.target(t)
		i.Node = node
		return i.Append(nil), nil
	}
	for _, f := range d.nodes[t] {
		i, err := f(ctx, iq.From, iq.To, node)
		if err != nil {
			return nil, err
		}
		if i != nil {
			answer := *i
			answer.Node = node
			return answer.Append(nil), nil
		}
	}
	return nil, xmppd.Errorf("item-not-found", "there is no such node")
}

func (d *Service) itemsOf(ctx context.Context, t xmppd.IQTarget, iq *xmppd.IQ) (any, error) {
	node, _ := iq.Payload.Attr("node")
	if !d.mayAsk(ctx, t, iq) {
		return AppendItems(nil, node, nil), nil
	}
	if node != "" {
		for _, f := range d.nodeItems[t] {
			items, err := f(ctx, iq.From, iq.To, node)
			if err != nil {
				return nil, err
			}
			if items != nil {
				return AppendItems(nil, node, items), nil
			}
		}
		return nil, xmppd.Errorf("item-not-found", "there is no such node")
	}
	var all []Item
	for _, src := range d.items[t] {
		items, err := src(ctx, iq.From, iq.To)
		if err != nil {
			return nil, err
		}
		all = append(all, items...)
	}
	return AppendItems(nil, "", all), nil
}

// capsURI names the software in the server's own capabilities (XEP-0115#howitworks).
const capsURI = "urn:plenum:server"

func (d *Service) capsNode() string { return capsURI + "#" + d.hash() }
