package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/redis/go-redis/v9"

	"plenum/xmppd/actor"
)

// notifyLimit bounds what waits to be told: at worst each session of a large node that lost its place during an outage.
const notifyLimit = 1_000_000

// redisNode puts the parts together and runs their goroutines:
//
//	heartbeat      renews the node and its leases, sees who is there, claims the dead
//	lease clock    ends leases by the local clock
//	subscription   invalidations, hints, changes of members
//	reader         takes envelopes out of Redis; one more goroutine handles them
//	senders        one for each receiver that something is on its way to
//	hints          publishes
//	upkeep         writes the registry again after outages, compares it now and then, sweeps
//	notices        calls the handlers that may block
type redisNode struct {
	*redisConn
	view       viewHolder
	registry   *redisRegistry
	bus        *redisBus
	leaser     *redisLeaser
	undertaker *undertaker

	notices  *actor.Inbox[func()]
	handled  chan struct{} // the goroutine of the bus handler has ended
	noticed  chan struct{} // that of the notices has
	syncNow  chan struct{}
	wg       sync.WaitGroup
	returned func()
	lose     func(Session)
	cutOff   atomic.Bool // was declared dead; the server must be told once the sessions are written again
	deposed  atomic.Bool // another process has taken the id
}

// silence keeps the client library from writing to standard error; what matters of it comes back as errors.
var silence = sync.OnceFunc(func() { redis.SetLogger(noLog{}) })

type noLog struct{}

func (noLog) Printf(context.Context, string, ...any) {}

// JoinRedis makes a node of the cluster that is in Redis. It connects, so that a wrong setting is found at once; the node takes
// part from its Start on.
func JoinRedis(ctx context.Context, config RedisConfig, log *slog.Logger) (*Node, error) {
	silence()
	if err := config.Validate(); err != nil {
		return nil, fmt.Errorf("redis: %w", err)
	}
	if len(config.Addresses) == 0 {
		return nil, errors.New("redis: addresses: none is set")
	}
	client, err := config.client()
	if err != nil {
		return nil, fmt.Errorf("redis: %w", err)
	}
	if err := client.Ping(ctx).Err(); err != nil {
		client.Close()
		return nil, fmt.Errorf("redis at %v does not answer: %w", config.Addresses, err)
	}
	n := newRedisNode(client, config, log)
	return &Node{ID: n.id, Registry: n.registry, Bus: n.bus, Leaser: n.leaser, impl: n}, nil
}

func newRedisNode(client *redis.Client, config RedisConfig, log *slog.Logger) *redisNode {
	conn := &redisConn{
		client: client, prefix: config.Prefix, id: NodeID(config.Node), ttl: config.TTL,
		log:  log.With("node", config.Node),
		kick: make(chan struct{}, 1),
	}
	conn.ctx, conn.cancel = context.WithCancel(context.Background())
	n := &redisNode{
		redisConn: conn,
		notices:   actor.NewInbox[func()](notifyLimit),
		handled:   make(chan struct{}),
		noticed:   make(chan struct{}),
		syncNow:   make(chan struct{}, 1),
		returned:  func() {},
		lose:      func(Session) {},
	}
	n.view.Store(newView(n.id, nil))
	n.registry = &redisRegistry{redisConn: conn, view: &n.view, own: newTable(), cache: newCache(), order: newStripes()}
	n.registry.lose = func(s Session) { n.notify(func() { n.lose(s) }) }
	n.bus = newRedisBus(conn, &n.view)
	n.leaser = &redisLeaser{redisConn: conn, order: newStripes(), held: make(map[string]*redisLease)}
	n.undertaker = &undertaker{redisConn: conn, view: &n.view, registry: n.registry, notify: n.notify, handle: func(Down) {}}
	return n
}

func (n *redisNode) notify(fn func()) {
	if !n.notices.Post(fn) && n.ctx.Err() == nil && n.open.Load() {
		n.log.Error("notice dropped: the handlers do not return")
	}
}

func (n *redisNode) start(ctx context.Context) error {
	if n.life.Load() != 0 || n.ctx.Err() != nil {
		return ErrClosed
	}
	subscription, former, err := n.enter(ctx)
	if err != nil {
		subscription.Close()
		return err
	}
	n.run(subscription)
	if former != "" {
		n.undertaker.claimed(former)
	}
	return nil
}

// enter subscribes before it joins: from the moment the others see this node it misses nothing.
func (n *redisNode) enter(ctx context.Context) (s *redis.PubSub, former string, err error) {
	channels := []string{n.key("inval"), n.key("bus"), n.key("ctl")}
	s = n.client.Subscribe(ctx, channels...)
	for range channels {
		if _, err := s.Receive(ctx); err != nil {
			return s, "", fmt.Errorf("subscribe: %w", err)
		}
	}
	if former, err = n.join(ctx); err != nil {
		return s, "", err
	}
	if err = s.Subscribe(ctx, n.key("alive:"+string(n.id))); err != nil {
		return s, "", fmt.Errorf("subscribe: %w", err)
	}
	n.found()
	n.open.Store(true)
	if err = n.beat(ctx); err != nil {
		n.open.Store(false)
	}
	return s, former, err
}

func (n *redisNode) run(subscription *redis.PubSub) {
	n.wg.Go(n.heartbeat)
	n.wg.Go(func() { n.every(n.ttl/30, n.leaser.expire) })
	n.wg.Go(func() { n.listen(subscription) })
	n.wg.Go(n.bus.read)
	n.wg.Go(n.bus.publish)
	n.wg.Go(n.upkeep)
	n.wg.Go(func() { n.every(sweepInterval, n.undertaker.sweep) })
	go func() {
		defer close(n.handled)
		n.bus.work()
	}()
	go func() {
		defer close(n.noticed)
		for fn := range n.notices.All(n.ctx) {
			fn()
		}
	}()
}

// close leaves in this order: nothing new is accepted; what is accepted is sent; sessions and leases go; the node is taken off
// the list, after which nothing can come in; what came in is handled.
func (n *redisNode) close(ctx context.Context) error {
	if !n.open.Swap(false) {
		n.stop()
		return nil
	}
	err := n.depart(ctx)
	n.leaser.loseAll(true)
	n.stop()
	if errors.Is(err, ErrUnavailable) {
		n.log.Warn("left without Redis; the others take this node for dead until it comes back", "err", err)
		return nil
	}
	return err
}

func (n *redisNode) depart(ctx context.Context) error {
	flushing, cancel := context.WithTimeout(ctx, redisTimeout)
	defer cancel()
	n.bus.flush(flushing)
	if err := n.leaser.releaseAll(ctx); err != nil {
		return err
	}
	me := n.member()
	if _, err := n.eval(ctx, leaveScript, me); err != nil {
		return err
	}
	select {
	case <-n.bus.readEnded:
	case <-n.ctx.Done():
	case <-ctx.Done():
		return ctx.Err()
	}
	n.bus.in.Close()
	n.notices.Close()
	for _, ended := range []chan struct{}{n.handled, n.noticed} {
		select {
		case <-ended:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return n.erase(ctx, me)
}

// kill is stop without any farewell. The handler that runs is waited for.
func (n *redisNode) kill() {
	started := n.open.Swap(false)
	n.leaser.loseAll(true)
	n.stop()
	if started {
		<-n.handled
		<-n.noticed
	}
}

func (n *redisNode) stop() {
	n.cancel()
	n.client.Close()
	n.wg.Wait()
	n.bus.senders.Wait()
}

func (n *redisNode) epoch() int64                            { return n.life.Load() }
func (n *redisNode) onDown(fn func(Down))                    { n.undertaker.handle = fn }
func (n *redisNode) onUndelivered(fn func(NodeID, Envelope)) { n.bus.undelivered = fn }
func (n *redisNode) onDisplaced(fn func(Session))            { n.lose = fn }
func (n *redisNode) onReturned(fn func())                    { n.returned = fn }
func (n *redisNode) peers() []NodeID                         { return n.view.Load().peers }

func (n *redisNode) health() error {
	switch {
	case n.deposed.Load():
		return fmt.Errorf("%w: another process runs as node %s", ErrInUse, n.id)
	case !n.open.Load():
		return ErrClosed
	case !n.up.Load():
		return ErrUnavailable
	}
	return nil
}
