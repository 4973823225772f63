package cluster

import (
	"maps"
	"slices"
	"sync/atomic"
)

// view is who is alive, as of the last heartbeat.
type view struct {
	epochs map[NodeID]int64 // this node included
	peers  []NodeID         // without this node, sorted
}

type viewHolder = atomic.Pointer[view]

func newView(self NodeID, epochs map[NodeID]int64) *view {
	peers := slices.Sorted(maps.Keys(epochs))
	return &view{epochs: epochs, peers: slices.DeleteFunc(peers, func(id NodeID) bool { return id == self })}
}

func (v *view) has(s Session) bool { return v.epochs[s.Node] == s.Epoch }

// living selects the sessions of nodes that are alive, and allocates only when some are not.
func (v *view) living(all []Session) []Session {
	if !slices.ContainsFunc(all, func(s Session) bool { return !v.has(s) }) {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(s Session) bool { return !v.has(s) })
}

// without is the view after a death.
func (v *view) without(self, dead NodeID, epoch int64) *view {
	epochs := maps.Clone(v.epochs)
	if epochs[dead] == epoch {
		delete(epochs, dead)
	}
	return newView(self, epochs)
}
