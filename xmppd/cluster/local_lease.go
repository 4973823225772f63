package cluster

import "context"

type localLeaser struct{ n *localNode }

type localLease struct {
	owner *localNode
	key   string
	fence int64
	lost  chan struct{}
}

func (l localLeaser) Acquire(_ context.Context, key string) (Lease, NodeID, error) {
	w := l.n.world
	w.mu.Lock()
	defer w.mu.Unlock()
	if !l.n.running.Load() {
		return nil, "", ErrClosed
	}
	held := w.leases[key]
	if held == nil {
		w.fence++
		held = &localLease{owner: l.n, key: key, fence: w.fence, lost: make(chan struct{})}
		w.leases[key] = held
	}
	if held.owner != l.n {
		return nil, held.owner.id, nil
	}
	return held, l.n.id, nil
}

func (l localLeaser) Owner(_ context.Context, key string) (NodeID, error) {
	w := l.n.world
	w.mu.Lock()
	defer w.mu.Unlock()
	if held := w.leases[key]; held != nil {
		return held.owner.id, nil
	}
	return "", nil
}

func (l *localLease) Key() string           { return l.key }
func (l *localLease) Fence() int64          { return l.fence }
func (l *localLease) Lost() <-chan struct{} { return l.lost }

func (l *localLease) Release(context.Context) error {
	w := l.owner.world
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.leases[l.key] == l {
		delete(w.leases, l.key)
		close(l.lost)
	}
	return nil
}
