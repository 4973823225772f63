package cluster

import (
	"context"
	"slices"
)

type localRegistry struct{ n *localNode }

func (r localRegistry) Bind(_ context.Context, s Session) (*Session, error) {
	n := r.n
	s.Node, s.Epoch = n.id, n.life.Load()
	displaced := n.world.sessions.bind(s)
	// Looked at after the entry is in: either the sweep of a node that ends has seen the entry, or this sees the end.
	if !n.running.Load() {
		n.world.sessions.unbind(s.Bare, s.Resource, s.SID)
		return nil, ErrClosed
	}
	return displaced, nil
}

func (r localRegistry) Update(_ context.Context, s Session) error {
	if !r.n.running.Load() {
		return ErrClosed
	}
	s.Node, s.Epoch = r.n.id, r.n.life.Load()
	r.n.world.sessions.update(s)
	return nil
}

func (r localRegistry) Unbind(_ context.Context, bare, resource, sid string) error {
	if !r.n.running.Load() {
		return ErrClosed
	}
	r.n.world.sessions.unbind(bare, resource, sid)
	return nil
}

func (r localRegistry) Lookup(_ context.Context, bare string) ([]Session, error) {
	return r.n.world.sessions.lookup(bare), nil
}

func (r localRegistry) Remote(_ context.Context, bare string) ([]Session, error) {
	if r.n.world.alive.Load() <= 1 {
		return nil, nil
	}
	return without(r.n.id, r.n.world.sessions.lookup(bare)), nil
}

// without selects the sessions of other nodes, and allocates only when there are some of both kinds.
func without(id NodeID, all []Session) []Session {
	own := 0
	for i := range all {
		if all[i].Node == id {
			own++
		}
	}
	switch own {
	case 0:
		return all
	case len(all):
		return nil
	}
	return slices.DeleteFunc(slices.Clone(all), func(s Session) bool { return s.Node == id })
}
