package pubsub

import (
	"context"
	"fmt"
	"hash/maphash"
	"strings"
	"time"

	"plenum/xmppd"
	"plenum/xmppd/cluster"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

// shards is how many orders of events there are. Events of one service are in one of them.
const shards = 8

// kindChanged is the envelope that says whose nodes have changed.
const kindChanged = "pubsub.changed"

// engine keeps nodes and items. Who is told of what happens is its observer's matter, and so is what an entity is to the owner of a
// node: the engine serves accounts, and would serve a service with a domain of its own alike.
type engine struct {
	srv      *xmppd.Server
	db       *store.DB
	cfg      Config
	limits   limits
	configs  *configs
	lists    *itemLists
	seed     maphash.Seed
	shards   [shards]shard
	observer observer
}

// observer learns what was committed, in the order of the commits of one service.
type observer interface {
	happened(o *outcome)
}

// shard holds the services whose events have one order.
type shard struct {
	index    int
	accounts *accounts
	lane     lane
}

// outcome is what a change has done.
type outcome struct {
	service jid.JID
	name    string
	before  *node // nil for a node that was made
	after   *node // nil for a node that was deleted
	serial  int64 // of the change; 0 when nothing was changed

	published  []Item
	event      bool     // publishing had no item, and is an event all the same
	removed    []string // ids of items
	tellRemove bool     // and subscribers are told
	purged     bool
	configured bool
	redirect   string    // where the deleted node has gone to
	states     []entity  // subscriptions that are other than before
	own        bool      // the subscriber himself has changed them
	joined     []jid.JID // new subscribers
}

func openEngine(ctx context.Context, s *xmppd.Server, cfg Config, o observer) (*engine, error) {
	if err := migrate(ctx, s.Store()); err != nil {
		return nil, err
	}
	e := &engine{
		srv: s, db: s.Store(), cfg: cfg, limits: limits{cfg.Items, cfg.ItemBytes}, configs: newConfigs(), lists: newItemLists(cfg.CacheBytes),
		seed: maphash.MakeSeed(), observer: o,
	}
	for i := range e.shards {
		e.shards[i].index, e.shards[i].accounts, e.shards[i].lane.log = i, newAccounts(cfg.CacheNodes/shards), s.Log()
	}
	s.OnNode(kindChanged, func(_ cluster.NodeID, payload []byte) {
		if j, err := jid.ParseBytes(payload); err == nil {
			e.shard(j).accounts.forget(j)
		}
	})
	return e, nil
}

func (e *engine) shard(service jid.JID) *shard {
	return &e.shards[maphash.Comparable(e.seed, service)%shards]
}

// account gives the nodes of a service, from memory if they are there.
func (e *engine) account(ctx context.Context, service jid.JID) (*account, error) {
	if a, _ := e.shard(service).accounts.get(service); a != nil {
		return a, nil
	}
	if err := e.load(ctx, []jid.JID{service}); err != nil {
		return nil, err
	}
	if a, _ := e.shard(service).accounts.get(service); a != nil {
		return a, nil
	}
	m, err := readAccounts(ctx, e.db, e.configs, []jid.JID{service}) // it changed meanwhile, or is too large to be kept
	return m[service], err
}

// load reads those of the services that are not in memory.
func (e *engine) load(ctx context.Context, services []jid.JID) error {
	var missing []jid.JID
	var epochs [shards]uint64 // as they were before anything is read
	for _, service := range services {
		sh := e.shard(service)
		a, epoch := sh.accounts.get(service)
		if a == nil {
			missing = append(missing, service)
			epochs[sh.index] = epoch
		}
	}
	if len(missing) == 0 {
		return nil
	}
	m, err := readAccounts(ctx, e.db, e.configs, missing)
	if err != nil {
		return err
	}
	for service, a := range m {
		sh := e.shard(service)
		sh.accounts.put(service, a, epochs[sh.index])
	}
	return nil
}

// node gives a node; nil when there is none.
func (e *engine) node(ctx context.Context, service jid.JID, name string) (*node, error) {
	a, err := e.account(ctx, service)
	if err != nil {
		return nil, err
	}
	return a.node(name), nil
}

// fresh is node for whoever waits for an answer: when there are other servers, it makes sure that memory has not fallen behind what they
// have committed.
func (e *engine) fresh(ctx context.Context, service jid.JID, name string) (*node, error) {
	n, err := e.node(ctx, service, name)
	if err != nil || len(e.srv.Node().Peers()) == 0 {
		return n, err
	}
	var serial, known int64
	err = e.db.QueryRow(ctx, `SELECT serial FROM pubsub_nodes WHERE service = $1 AND node = $2`, service.String(), name).Scan(&serial)
	if err != nil && !isNone(err) {
		return nil, fmt.Errorf("read a node of %s: %w", service, err)
	}
	if n != nil {
		known = n.serial
	}
	if serial == known {
		return n, nil
	}
	e.shard(service).accounts.forget(service)
	return e.node(ctx, service, name)
}

// freshAccount is account for whoever waits for an answer.
func (e *engine) freshAccount(ctx context.Context, service jid.JID) (*account, error) {
	if len(e.srv.Node().Peers()) > 0 {
		e.shard(service).accounts.forget(service)
	}
	return e.account(ctx, service)
}

// changeFunc is a function that runs in a transaction, perhaps more than once, and says in o what it did.
type changeFunc func(tx *store.Tx, o *outcome) error

// change runs fn in a transaction. When it is committed, memory is brought up to date and the observer told, and then change returns.
func (e *engine) change(service jid.JID, name string, fn changeFunc) error {
	done := make(chan error, 1)
	e.submit(service, name, fn, func(err error) { done <- err })
	return wireError(<-done)
}

// submit is change without waiting.
func (e *engine) submit(service jid.JID, name string, fn changeFunc, done func(error)) {
	o := &outcome{}
	b := new(store.Batch)
	b.Do(func(tx *store.Tx) error {
		*o = outcome{service: service, name: name}
		return fn(tx, o)
	})
	sh := e.shard(service)
	b.OnCommit(func(err error) {
		sh.lane.post(func() {
			defer done(err)
			if err == nil && o.serial > 0 {
				sh.accounts.apply(service, o.name, o.after, o.serial)
				e.srv.Announce(kindChanged, []byte(service.String()))
				e.observer.happened(o)
			}
		})
	})
	if err := e.db.Submit(b); err != nil {
		done(err)
	}
}

// edit changes a node that exists: fn works on a copy, whose serial has grown. It is saved when fn returns without an error.
func (e *engine) edit(ctx context.Context, service jid.JID, name string, fn func(tx *store.Tx, n *node, o *outcome) error) error {
	known, err := e.node(ctx, service, name)
	if err != nil {
		return err
	}
	return e.change(service, name, e.editing(service, name, known, fn))
}

func (e *engine) editing(service jid.JID, name string, known *node, fn func(tx *store.Tx, n *node, o *outcome) error) changeFunc {
	return func(tx *store.Tx, o *outcome) error {
		before, err := e.lockNode(tx, service, name, known)
		if err != nil {
			return err
		}
		if before == nil {
			return noNode()
		}
		n := *before
		n.serial++
		if err := fn(tx, &n, o); err != nil {
			return err
		}
		o.before, o.after, o.serial = before, &n, n.serial
		return saveNode(tx, &n)
	}
}

// newNode is a node that does not exist yet. Its serial is greater than any of a node of this name before.
func newNode(service jid.JID, name string, c *NodeConfig) *node {
	now := time.Now().UTC()
	return &node{service: service.Clone(), name: strings.Clone(name), config: c, created: now.Truncate(time.Millisecond), serial: now.UnixMicro(), edition: now.UnixMicro()}
}
