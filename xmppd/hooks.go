package xmppd

import (
	"context"

	"plenum/xmppd/cluster"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/xmlstream"
)

// Phase orders the functions of a hook. Features that need an order use different phases; within one they run as
// registered.
type Phase uint8

// The phases in their order, and what each may do.
const (
	Authorize Phase = iota // may refuse: the error goes to the sender
	Rewrite                // may replace the packet
	Archive                // may add rows to the batch, which is committed before anything is delivered
	Deliver                // may send copies elsewhere; what it was told is settled
	Observe                // may look only
	phases
)

// Hooks are where components take part in what the server does by itself. They are filled before Start and read without
// locks afterwards.
type Hooks struct {
	Message  Hook[*Message]
	Presence Hook[*Presence]
	IQ       Hook[*IQ] // Authorize only: an IQ between two others, on its way through

	SessionStart List[func(*Session)]            // a resource was bound
	SessionEnd   List[func(*Session)]            // after its unavailable presence went out
	Subscription List[func(*SubscriptionChange)] // an own contact's subscription changed (RFC 6121 §3)

	Met List[func(owner jid.JID, contacts []jid.JID)] // by a RosterSource, an owner with sessions here sees these now; the slice is lent

	Start       List[func()]                                      // the server has joined the cluster
	Stop        List[func(context.Context)]                       // the server stops; nothing is closed yet
	NodeDown    List[func(cluster.Down)]                          // another node died, and this one is to deal with it
	Undelivered List[func(to cluster.NodeID, e cluster.Envelope)] // a component's envelope came back: its receiver was gone
}

// Hook holds the functions for one kind of event, by phase.
type Hook[E any] struct{ list [phases][]func(E) error }

// Add registers fn. Errors count in Authorize only; in other phases they are logged.
func (h *Hook[E]) Add(p Phase, fn func(E) error) { h.list[p] = append(h.list[p], fn) }

// List holds functions that are all called in the order of their registration.
type List[F any] struct{ list []F }

// Add registers fn.
func (l *List[F]) Add(fn F) { l.list = append(l.list, fn) }

// Side says for whose account an event passes.
type Side uint8

// A stanza passes once for its sender's account, if that is local, and once for each local recipient's.
const (
	Outbound Side = iota
	Inbound
)

// Message is a message on its way through one account (RFC 6121 §5, §8). The hooks of both sides run before the batch is
// committed up to phase Archive, and after it from Deliver on.
type Message struct {
	Context  context.Context
	Side     Side
	Owner    jid.JID // bare JID of the account that this pass is for
	From, To jid.JID // To is the owner's bare JID when the stanza had no 'to'
	Packet   *xmlstream.Packet
	Origin   *Session     // the sender's session; nil when it is not on this node, or no session
	Batch    *store.Batch // phase Archive: rows to commit with this message
	StanzaID string       // set in phase Archive: the id in Owner's archive (XEP-0359), given to every delivered copy
	Twin     *Message     // Inbound: the pass of the sender's account, if that is local
	NoCopy   bool         // the sender wants no copies made (XEP-0280, XEP-0334)
	Offline  bool         // Inbound: nobody is there, it goes to the offline store unless a hook clears this in Archive
	Targets  []Target     // Inbound, from Deliver on: the sessions that got it
}

// Target is a session anywhere in the cluster.
type Target struct {
	JID   jid.JID // full
	Node  string
	SID   string
	Flags uint32
	local *Session
}

// Session is nil when the target is on another node.
func (t Target) Session() *Session { return t.local }

// Presence is an undirected or directed presence that a local session sends (Outbound), or one that arrives for a local
// account (Inbound). It is lent: nobody keeps it.
type Presence struct {
	Context  context.Context
	Side     Side
	Owner    jid.JID
	From, To jid.JID // To is zero for undirected presence
	Packet   *xmlstream.Packet
	Origin   *Session
	Initial  bool // Outbound, undirected: the session becomes available with it
}

// SubscriptionChange tells that the subscription state of a contact has changed in Owner's own roster.
type SubscriptionChange struct {
	Owner, Contact jid.JID // bare
	Before, After  string  // none, to, from, both; "" for absent
}

func runHooks[E any](s *Server, h *Hook[E], p Phase, ev E) error {
	for _, fn := range h.list[p] {
		if err := fn(ev); err != nil {
			if p == Authorize {
				return err
			}
			s.log.Error("a hook failed", "phase", p, "err", err)
		}
	}
	return nil
}
