package cluster

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"plenum/xmppd/actor"
)

// localInboxLimit bounds what waits for a node that does not keep up, as maxStream does on Redis.
const localInboxLimit = 100_000

// World is a cluster within one process: a single server's own, or several servers in one test.
// A death is seen at once, where on Redis it takes the TTL of the node's key.
type World struct {
	sessions *table
	alive    atomic.Int32 // len(nodes), to be read without the lock

	mu     sync.Mutex
	nodes  map[NodeID]*localNode // started and not ended
	leases map[string]*localLease
	downs  []Down // deaths that nobody survived; the next node to start gets them
	epoch  int64
	fence  int64
}

// NewLocal makes a world without nodes.
func NewLocal() *World {
	return &World{sessions: newTable(), nodes: make(map[NodeID]*localNode), leases: make(map[string]*localLease)}
}

// Join makes a node of the world. It takes part from its Start on.
func (w *World) Join(id NodeID) *Node {
	n := &localNode{
		world:         w,
		id:            id,
		in:            actor.NewInbox[Envelope](localInboxLimit),
		downs:         actor.NewInbox[Down](localInboxLimit),
		handle:        func(Envelope) {},
		handleDown:    func(Down) {},
		busStopped:    make(chan struct{}),
		notifyStopped: make(chan struct{}),
	}
	n.ctx, n.cancel = context.WithCancel(context.Background())
	return &Node{ID: id, Registry: localRegistry{n}, Bus: localBus{n}, Leaser: localLeaser{n}, impl: n}
}

type localNode struct {
	world      *World
	id         NodeID
	handle     func(Envelope)
	handleDown func(Down)

	in            *actor.Inbox[Envelope]
	downs         *actor.Inbox[Down]
	ctx           context.Context // ends by kill
	cancel        context.CancelFunc
	busStopped    chan struct{}
	notifyStopped chan struct{}

	life    atomic.Int64 // epoch; 0 before start
	running atomic.Bool  // written under world.mu
}

func (n *localNode) start(context.Context) error {
	w := n.world
	w.mu.Lock()
	defer w.mu.Unlock()
	if n.life.Load() != 0 {
		return ErrClosed
	}
	if _, taken := w.nodes[n.id]; taken {
		return ErrInUse
	}
	w.epoch++
	n.life.Store(w.epoch)
	n.running.Store(true)
	w.nodes[n.id] = n
	w.alive.Store(int32(len(w.nodes)))
	for _, d := range w.downs {
		n.downs.Post(d)
	}
	w.downs = nil
	go func() {
		defer close(n.busStopped)
		for e := range n.in.All(n.ctx) {
			n.handle(e)
		}
	}()
	go func() {
		defer close(n.notifyStopped)
		for d := range n.downs.All(n.ctx) {
			n.handleDown(d)
		}
	}()
	return nil
}

// leave takes the node out of the world and reports whether it was in.
func (n *localNode) leave() bool {
	w := n.world
	w.mu.Lock()
	defer w.mu.Unlock()
	if !n.running.Swap(false) {
		return false
	}
	delete(w.nodes, n.id)
	w.alive.Store(int32(len(w.nodes)))
	for key, l := range w.leases {
		if l.owner == n {
			delete(w.leases, key)
			close(l.lost)
		}
	}
	return true
}

func (n *localNode) removeSessions() []Session {
	epoch := n.life.Load()
	return n.world.sessions.removeAll(func(s Session) bool { return s.Node == n.id && s.Epoch == epoch })
}

func (n *localNode) close(ctx context.Context) error {
	if !n.leave() {
		return nil
	}
	n.removeSessions()
	n.in.Close()
	n.downs.Close()
	for _, stopped := range []chan struct{}{n.busStopped, n.notifyStopped} {
		select {
		case <-stopped:
		case <-ctx.Done():
			n.cancel()
			return ctx.Err()
		}
	}
	n.cancel()
	return nil
}

func (n *localNode) kill() {
	if !n.leave() {
		return
	}
	n.cancel()
	<-n.busStopped
	<-n.notifyStopped
	d := Down{Node: n.id, Epoch: n.life.Load(), Sessions: n.removeSessions()}
	n.in.Close()
	for e := range n.in.All(context.Background()) {
		d.Undelivered = append(d.Undelivered, e)
	}
	n.world.died(d)
	n.downs.Close()
	for d := range n.downs.All(context.Background()) { // it was to speak for others that died before it
		n.world.died(d)
	}
}

// died gives d to the survivor whose id sorts first, or keeps it for the next node.
func (w *World) died(d Down) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(w.nodes)) {
		if w.nodes[id].downs.Post(d) {
			return
		}
	}
	w.downs = append(w.downs, d)
}

func (n *localNode) epoch() int64         { return n.life.Load() }
func (n *localNode) onDown(fn func(Down)) { n.handleDown = fn }

// In one process an envelope is in the receiver's inbox when Send returns, and nobody is ever out of sight.
func (n *localNode) onUndelivered(func(NodeID, Envelope)) {}
func (n *localNode) onDisplaced(func(Session))            {}
func (n *localNode) onReturned(func())                    {}

func (n *localNode) peers() []NodeID {
	n.world.mu.Lock()
	defer n.world.mu.Unlock()
	ids := slices.Sorted(maps.Keys(n.world.nodes))
	return slices.DeleteFunc(ids, func(id NodeID) bool { return id == n.id })
}

func (n *localNode) health() error {
	if !n.running.Load() {
		return ErrClosed
	}
	return nil
}

type localBus struct{ n *localNode }

func (b localBus) Handle(fn func(Envelope)) { b.n.handle = fn }

func (b localBus) Send(to NodeID, e Envelope) error {
	w := b.n.world
	e.From = b.n.id
	w.mu.Lock()
	defer w.mu.Unlock()
	if !b.n.running.Load() {
		return ErrClosed
	}
	peer := w.nodes[to]
	if peer == nil {
		return ErrNoNode
	}
	if !peer.in.Post(e) {
		return ErrFull
	}
	return nil
}

func (b localBus) Publish(e Envelope) error {
	w := b.n.world
	e.From = b.n.id
	w.mu.Lock()
	defer w.mu.Unlock()
	if !b.n.running.Load() {
		return ErrClosed
	}
	for id, peer := range w.nodes {
		if id != b.n.id {
			peer.in.Post(e)
		}
	}
	return nil
}
