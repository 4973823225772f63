package cluster

import (
	"context"
	"sync"
	"time"
)

const (
	// outboxLimit bounds what waits on this node for one receiver: a second or two of heavy traffic.
	outboxLimit = 10_000
	// outboxBytes bounds the memory of that where payloads are large.
	outboxBytes = 64 << 20
	// sendBatch bounds how long one script call holds Redis up (a microsecond or two for each envelope), sendBytes what it copies.
	sendBatch = 256
	sendBytes = 1 << 20
	// sendPause is the wait before a batch is tried again that Redis did not take.
	sendPause = 50 * time.Millisecond
)

// outbox holds what is on its way to one member. One goroutine at a time sends from it, batch by batch, and lives only while
// there is something to send.
type outbox struct {
	to     NodeID
	epoch  int64
	member string

	mu      sync.Mutex
	waiting []Envelope
	bytes   int // of the payloads that wait
	sending bool
}

// enqueue numbers e and gives it to the outbox of the receiver.
func (b *redisBus) enqueue(to NodeID, epoch int64, e Envelope) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closing {
		return ErrClosed
	}
	m := member(to, epoch)
	o := b.outboxes[m]
	if o == nil {
		o = &outbox{to: to, epoch: epoch, member: m}
		b.outboxes[m] = o
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.waiting) >= outboxLimit || o.bytes > outboxBytes {
		return ErrFull
	}
	b.seq++
	e.epoch, e.seq = b.life.Load(), b.seq
	o.waiting = append(o.waiting, e)
	o.bytes += len(e.Payload)
	if !o.sending {
		o.sending = true
		b.senders.Go(func() { b.drain(o) })
	}
	return nil
}

// next takes a batch, or notes that nobody sends any more.
func (o *outbox) next() []Envelope {
	o.mu.Lock()
	defer o.mu.Unlock()
	n, bytes := 0, 0
	for n < min(len(o.waiting), sendBatch) && bytes < sendBytes {
		bytes += len(o.waiting[n].Payload)
		n++
	}
	o.bytes -= bytes
	batch := o.waiting[:n:n]
	o.waiting = o.waiting[n:]
	if len(o.waiting) == 0 {
		o.waiting = nil
	}
	if n == 0 {
		o.sending = false
	}
	return batch
}

func (b *redisBus) drain(o *outbox) {
	for batch := o.next(); len(batch) > 0; batch = o.next() {
		switch {
		case b.deliver(o, batch):
			continue
		case b.ctx.Err() != nil:
			return
		}
		for _, e := range batch {
			b.undelivered(o.to, e)
		}
	}
}

// deliver writes a batch into the receiver's inbox. It gives up when the receiver is gone, or Redis for so long that everybody
// counts as gone; it waits where the inbox is full.
func (b *redisBus) deliver(o *outbox, batch []Envelope) bool {
	args := make([]any, 0, len(batch)+2)
	args = append(args, o.member, inboxLimit)
	for _, e := range batch {
		args = append(args, e.encode())
	}
	var failing time.Time
	for b.ctx.Err() == nil {
		v, err := b.eval(b.ctx, sendScript, args...)
		switch n, _ := v.(int64); {
		case err == nil && n > 0:
			return true
		case err == nil && n < 0:
			b.dropOutbox(o)
			return false
		case err == nil:
			failing = time.Time{}
		case failing.IsZero():
			failing = time.Now()
		case time.Since(failing) > b.ttl:
			return false
		}
		b.pause(sendPause)
	}
	return false
}

// dropOutbox forgets the outbox of a receiver that is gone; what is sent to its next life has another.
func (b *redisBus) dropOutbox(o *outbox) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.outboxes, o.member)
}

// prune forgets the outboxes of members that are no more.
func (b *redisBus) prune(now *view) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for m, o := range b.outboxes {
		if now.epochs[o.to] != o.epoch && o.idle() {
			delete(b.outboxes, m)
		}
	}
}

func (o *outbox) idle() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return !o.sending
}

// flush accepts no more and waits until everything accepted is in the inboxes of its receivers.
func (b *redisBus) flush(ctx context.Context) {
	b.mu.Lock()
	b.closing = true
	b.mu.Unlock()
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		b.senders.Wait()
	}()
	select {
	case <-sent:
	case <-ctx.Done():
	case <-b.ctx.Done():
	}
}
