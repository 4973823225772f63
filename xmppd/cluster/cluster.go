// Package cluster lets several servers act as one: who is connected where, messages between nodes, and leases that say which
// node owns a room. [NewLocal] has it in one process, [JoinRedis] over Redis; users see only [Node] and its three interfaces.
//
// The truth about users and messages is in the database. What is kept here may be lost at any moment (a node dies, Redis is
// restarted) and is built up again from what the living nodes know; nothing that was promised to a client may depend on it alone.
package cluster

import (
	"context"
	"errors"
)

// NodeID names a node within the cluster, by the operator's choice. A node that restarts keeps its id and gets a new epoch.
type NodeID string

var (
	// ErrClosed says that this node has not started, has left or has died.
	ErrClosed = errors.New("cluster: node is not running")
	// ErrNoNode says that the addressed node is not in the cluster.
	ErrNoNode = errors.New("cluster: no such node")
	// ErrFull says that the queue towards a node is at its limit: the node is slow, or Redis is.
	ErrFull = errors.New("cluster: queue to node is full")
	// ErrUnavailable says that Redis does not answer and the question cannot be decided without it.
	ErrUnavailable = errors.New("cluster: not available")
	// ErrInUse says that another live node has the same id.
	ErrInUse = errors.New("cluster: node id is in use")
)

// Session is one connected (or resumable) client as the cluster sees it.
type Session struct {
	Bare, Resource string
	Node           NodeID // where it is; set by Bind
	Epoch          int64  // which life of that node; set by Bind
	SID            string // unique for each session over all nodes and times
	Priority       int8
	Available      bool // has sent initial presence
	Interested     bool // has asked for the roster
	Flags          uint32
}

// Registry knows the sessions of all nodes. Slices that it returns are shared: they must not be modified.
type Registry interface {
	// Bind enters a session of this node. When the same bare JID and resource are bound already, the older entry is replaced
	// and returned; the caller ends that session, on this node or by a message to the other.
	Bind(ctx context.Context, s Session) (displaced *Session, err error)
	// Update writes what has changed of a session of this node. It does nothing when the entry has another SID by now.
	Update(ctx context.Context, s Session) error
	// Unbind removes a session of this node. It does nothing when the entry has another SID by now.
	Unbind(ctx context.Context, bare, resource, sid string) error
	// Lookup returns the user's sessions on all live nodes, this one included, in no particular order.
	Lookup(ctx context.Context, bare string) ([]Session, error)
	// Remote returns the user's sessions on the other live nodes. It costs next to nothing when this node is alone.
	Remote(ctx context.Context, bare string) ([]Session, error)
}

// Envelope is a message between nodes. Kind says who understands the payload.
type Envelope struct {
	Kind    string
	From    NodeID // set by Send and Publish
	Payload []byte // belongs to the bus once sent; the receiver must not modify it

	epoch int64  // the sender's life, and
	seq   uint64 // its count of envelopes to this receiver: what came twice is dropped
}

// Bus carries envelopes between nodes.
type Bus interface {
	// Send queues e for a node; to may be this node. From one node to another the order is kept and each envelope is handled
	// once. It never waits for the receiver: ErrFull and ErrNoNode are immediate. An accepted envelope that cannot be delivered
	// because the receiver died is given to a survivor (Down.Undelivered) or back to the sender (Node.OnUndelivered).
	Send(to NodeID, e Envelope) error
	// Publish sends e to all other nodes, best effort: it may be lost, and its order relative to Send is not kept. For hints such
	// as "this changed, read again".
	Publish(e Envelope) error
	// Handle sets the receiver, once and before Start. It is called by one goroutine and must not block.
	Handle(fn func(Envelope))
}

// Leaser gives each key to one node at a time.
type Leaser interface {
	// Acquire returns this node's lease on key. A node that holds the key gets the same lease again. When another node holds it,
	// the lease is nil and the id is the owner's.
	Acquire(ctx context.Context, key string) (Lease, NodeID, error)
	// Owner is the node that holds key, "" when nobody does.
	Owner(ctx context.Context, key string) (NodeID, error)
}

// Lease is the right to act as owner of a key. It is renewed until released; whoever writes to the database in its name sends
// the fence along, so that a late write of a former owner can be refused.
type Lease interface {
	Key() string
	Fence() int64          // grows with every new owner of the key
	Lost() <-chan struct{} // closed when the lease is over: lost or released
	Release(ctx context.Context) error
}

// Down tells of a node that ended without leaving.
type Down struct {
	Node        NodeID
	Epoch       int64
	Sessions    []Session  // what it had; already removed from the registry
	Undelivered []Envelope // what was sent to it and perhaps never handled, oldest first
}

// backend is what a Node needs of its implementation.
type backend interface {
	start(ctx context.Context) error
	close(ctx context.Context) error
	kill()
	epoch() int64
	peers() []NodeID
	health() error
	onDown(fn func(Down))
	onUndelivered(fn func(NodeID, Envelope))
	onDisplaced(fn func(Session))
	onReturned(fn func())
}

// Node is this server's place in the cluster. Set the handlers, then Start.
type Node struct {
	ID       NodeID
	Registry Registry
	Bus      Bus
	Leaser   Leaser

	impl backend
}

// OnNodeDown sets, before Start, who learns of nodes that died: exactly one survivor is called for each death, possibly the same
// node in its next life. It runs on a goroutine of its own and may block.
func (n *Node) OnNodeDown(fn func(Down)) { n.impl.onDown(fn) }

// OnUndelivered sets, before Start, who gets an envelope of this node back that Send had accepted and whose receiver was gone when
// its turn came. It runs on a goroutine of the bus and must not block.
func (n *Node) OnUndelivered(fn func(to NodeID, e Envelope)) { n.impl.onUndelivered(fn) }

// OnDisplaced sets, before Start, who ends a session of this node whose place another node has given away while the two could
// not see each other. It runs on a goroutine of its own and may block.
func (n *Node) OnDisplaced(fn func(Session)) { n.impl.onDisplaced(fn) }

// OnReturned sets, before Start, who is told that this node, cut off for a while, has a new life, and that its sessions are in the
// registry again: the others may have announced its users as gone, so they must be announced anew. It runs on a goroutine of its
// own and may block.
func (n *Node) OnReturned(fn func()) { n.impl.onReturned(fn) }

// Epoch is the node's present life; greater than any before. It changes when the node was cut off for so long that the others
// declared it dead. 0 before Start.
func (n *Node) Epoch() int64 { return n.impl.epoch() }

// Start joins the cluster. ctx limits the joining alone; the node runs until Close. ErrInUse may take the TTL of a node to find out.
func (n *Node) Start(ctx context.Context) error { return n.impl.start(ctx) }

// Close leaves the cluster: what already was sent to this node is handled, its leases are released, its sessions removed. Nobody
// is told of a death. It must not be called from a handler.
func (n *Node) Close(ctx context.Context) error { return n.impl.close(ctx) }

// Kill ends the node as a crash would, without leaving. For tests. It must not be called from a handler.
func (n *Node) Kill() { n.impl.kill() }

// Peers are the other live nodes, sorted.
func (n *Node) Peers() []NodeID { return n.impl.peers() }

// Health is nil when the node is in the cluster and what carries it answers.
func (n *Node) Health() error { return n.impl.health() }
