package pubsub

import (
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
)

// lane runs functions one after the other, in the order in which they were posted. Its goroutine ends when there is nothing to do.
type lane struct {
	log *slog.Logger

	mu      sync.Mutex
	waiting []func()
	running bool
}

// post never blocks.
func (l *lane) post(fn func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting = append(l.waiting, fn)
	if !l.running {
		l.running = true
		go l.run()
	}
}

func (l *lane) run() {
	for {
		l.mu.Lock()
		batch := l.waiting
		l.waiting = nil
		if len(batch) == 0 {
			l.running = false
			l.mu.Unlock()
			return
		}
		l.mu.Unlock()
		for _, fn := range batch {
			l.call(fn)
		}
	}
}

// call keeps a bug in one function from taking the others along.
func (l *lane) call(fn func()) {
	defer func() {
		if r := recover(); r != nil {
			l.log.Error("panic in pubsub", "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
		}
	}()
	fn()
}
