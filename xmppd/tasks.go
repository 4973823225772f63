package xmppd

import "sync"

// tasks counts what runs in the background. Unlike a sync.WaitGroup it may be added to while somebody waits: envelopes of other
// nodes arrive until the node has left the cluster.
type tasks struct {
	mu   sync.Mutex
	n    int
	idle chan struct{} // closed when n becomes 0; nil when nobody waits
}

func (t *tasks) add() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.n++
}

func (t *tasks) done() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.n--; t.n == 0 && t.idle != nil {
		close(t.idle)
		t.idle = nil
	}
}

// wait returns when nothing runs.
func (t *tasks) wait() {
	for {
		t.mu.Lock()
		if t.n == 0 {
			t.mu.Unlock()
			return
		}
		if t.idle == nil {
			t.idle = make(chan struct{})
		}
		idle := t.idle
		t.mu.Unlock()
		<-idle
	}
}

// background runs what may take time. Stop waits for it.
func (s *Server) background(what string, fn func()) {
	s.tasks.add()
	go func() {
		defer s.tasks.done()
		defer func() {
			if r := recover(); r != nil {
				s.bug(what, r)
			}
		}()
		fn()
	}()
}
