// Package pubsub lets accounts publish, and sends what is published to those who may see it and want to.
//
// The engine knows nodes, items, subscriptions, affiliations and access; the Service around it makes each account a virtual
// pubsub service (PEP): it knows presence, rosters and the interests that clients announce.
//
// What is published is on disk before the publisher has its result, and notifications of one service go out in the order of
// the commits.
//
// Spec: XEP-0060 1.30.0 partial: no subscription options, no leases, one subscription for each address
// Spec: XEP-0163 1.2.2 complete
// Spec: XEP-0222 1.0 complete
// Spec: XEP-0223 1.1.1 complete
// Spec: XEP-0398 1.0.0 complete
// Spec: XEP-0402 1.2.0 complete
package pubsub

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"plenum/components/disco"
	"plenum/xmppd"
	"plenum/xmppd/jid"
)

// Namespaces of XEP-0060.
const (
	NS       = "http://jabber.org/protocol/pubsub"
	NSOwner  = NS + "#owner"
	NSEvent  = NS + "#event"
	NSErrors = NS + "#errors"
)

// Config is what operators decide.
type Config struct {
	Nodes         int `toml:"nodes" doc:"How many nodes one account may have. Default: 500."`
	Items         int `toml:"items" doc:"How many items one node may keep; it is what clients get who ask for max. Default: 5000."`
	ItemBytes     int `toml:"item_bytes" doc:"The largest payload of one item, in bytes. Default: 196608."`
	AccountBytes  int `toml:"account_bytes" doc:"How much all items of one account may take, in bytes. Default: 33554432."`
	Subscriptions int `toml:"subscriptions" doc:"How many explicit subscriptions and affiliations one node may have. Default: 1000."`
	CacheNodes    int `toml:"cache_nodes" doc:"How many nodes are kept in memory, without their items. Default: 200000."`
	CacheBytes    int `toml:"cache_bytes" doc:"How much memory the items of nodes that were read lately may take, in bytes. Default: 67108864."`
}

// Validate fills in defaults.
func (c *Config) Validate() error {
	var errs []error
	for _, f := range []struct {
		name     string
		value    *int
		def, min int
	}{
		{"nodes", &c.Nodes, 500, 1},
		{"items", &c.Items, 5000, 1},
		{"item_bytes", &c.ItemBytes, 192 << 10, 1024},
		{"account_bytes", &c.AccountBytes, 32 << 20, 1024},
		{"subscriptions", &c.Subscriptions, 1000, 1},
		{"cache_nodes", &c.CacheNodes, 200_000, shards},
		{"cache_bytes", &c.CacheBytes, 64 << 20, 1 << 20},
	} {
		if *f.value == 0 {
			*f.value = f.def
		}
		if *f.value < f.min {
			errs = append(errs, fmt.Errorf("%s: %d is less than %d", f.name, *f.value, f.min))
		}
	}
	return errors.Join(errs...)
}

// Blocklist knows who has shut out whom (XEP-0191).
type Blocklist interface {
	Blocked(ctx context.Context, owner, other jid.JID) bool
}

// Service is the pubsub service of every account.
type Service struct {
	srv    *xmppd.Server
	engine *engine
	caps   *disco.Caps
	blocks Blocklist // may be nil

	mu       sync.RWMutex
	sessions map[string]*interest // by session id

	onPublish map[string][]PublishFunc
	onRetract map[string][]RetractFunc
	live      map[string]func(owner jid.JID) []byte
}

// Register puts PEP into s. Blocks may be nil.
func Register(ctx context.Context, s *xmppd.Server, d *disco.Service, cfg Config, blocks Blocklist) (*Service, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	p := &Service{
		srv: s, caps: d.Caps, blocks: blocks, sessions: map[string]*interest{},
		onPublish: map[string][]PublishFunc{}, onRetract: map[string][]RetractFunc{},
		live: map[string]func(jid.JID) []byte{},
	}
	e, err := openEngine(ctx, s, cfg, p)
	if err != nil {
		return nil, err
	}
	p.engine = e
	for _, ns := range []string{NS, NSOwner} {
		for _, typ := range []string{xmppd.Get, xmppd.Set} {
			s.HandleIQ(xmppd.ToAccount, typ, ns, "pubsub", p.handle)
		}
	}
	p.announce(d)
	p.watchPresence()
	p.watchMessages()
	s.OnNode(kindEvent, p.receiveEvent)
	s.OnNode(kindMeet, p.receiveMeet)
	return p, nil
}
