package cluster

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"plenum/xmppd/actor"
)

const (
	// inboxLimit bounds what waits in Redis for a node that does not keep up: 50 MB of messages of 500 bytes.
	inboxLimit = 100_000
	// readBatch envelopes are taken at a time and removed from Redis once all are handled.
	readBatch = 256
	// readBlock is how long the reader waits for an envelope before it looks whether the node has a new life.
	readBlock = time.Second
	// publishLimit bounds the hints that wait for Redis; hints may be lost.
	publishLimit = 4096
)

// redisBus sends through the inbox of the receiver, a stream in Redis. The receiver removes what it has handled, so what is left
// in the inbox of a dead node is what it perhaps has not.
type redisBus struct {
	*redisConn
	view        *viewHolder
	handle      func(Envelope)
	undelivered func(NodeID, Envelope)

	in        *actor.Inbox[incoming]
	hints     *actor.Inbox[string]
	readEnded chan struct{} // the reader has seen the end of the inbox, after the node had left

	mu       sync.Mutex
	outboxes map[string]*outbox // by the receiver's member
	seq      uint64
	closing  bool
	senders  sync.WaitGroup
}

// incoming is an envelope to handle, or a mark that tells the reader that everything before it is handled.
type incoming struct {
	envelope Envelope
	handled  chan<- struct{}
}

func newRedisBus(c *redisConn, view *viewHolder) *redisBus {
	return &redisBus{
		redisConn:   c,
		view:        view,
		handle:      func(Envelope) {},
		undelivered: func(NodeID, Envelope) {},
		in:          actor.NewInbox[incoming](inboxLimit),
		hints:       actor.NewInbox[string](publishLimit),
		readEnded:   make(chan struct{}),
		outboxes:    make(map[string]*outbox),
	}
}

func (b *redisBus) Handle(fn func(Envelope)) { b.handle = fn }

func (b *redisBus) Send(to NodeID, e Envelope) error {
	if !b.open.Load() {
		return ErrClosed
	}
	e.From = b.id
	if to == b.id {
		if !b.in.Post(incoming{envelope: e}) {
			return ErrFull
		}
		return nil
	}
	epoch, ok := b.view.Load().epochs[to]
	switch {
	case !ok:
		return ErrNoNode
	case !b.up.Load():
		return ErrUnavailable
	}
	return b.enqueue(to, epoch, e)
}

func (b *redisBus) Publish(e Envelope) error {
	switch {
	case !b.open.Load():
		return ErrClosed
	case !b.up.Load():
		return ErrUnavailable
	}
	e.From = b.id
	if !b.hints.Post(string(e.encode())) {
		return ErrFull
	}
	return nil
}

// publish writes the hints to Redis.
func (b *redisBus) publish() {
	for hint := range b.hints.All(b.ctx) {
		if b.up.Load() {
			b.check(b.ctx, b.client.Publish(b.ctx, b.key("bus"), hint).Err())
		}
	}
}

// published takes a message of the channel bus.
func (b *redisBus) published(m *redis.Message) {
	if e, err := decodeEnvelope(m.Payload); err == nil && e.From != b.id {
		b.in.Post(incoming{envelope: e})
	}
}

// work calls the handler.
func (b *redisBus) work() {
	for in := range b.in.All(b.ctx) {
		if in.handled != nil {
			close(in.handled)
		} else {
			b.handle(in.envelope)
		}
	}
}

// read takes envelopes out of the inbox of this node's present life.
func (b *redisBus) read() {
	seen := make(dedup)
	inbox, cursor := "", ""
	for b.ctx.Err() == nil {
		if now := b.key("inbox:" + b.member()); now != inbox {
			inbox, cursor = now, "0"
		}
		messages, err := b.readBatch(inbox, cursor)
		if err != nil {
			b.check(b.ctx, err)
			b.pause(b.ttl / 100)
			continue
		}
		if len(messages) == 0 {
			continue
		}
		end := b.take(messages, seen)
		if end {
			close(b.readEnded)
			return
		}
		cursor = messages[len(messages)-1].ID
		b.check(b.ctx, b.client.XTrimMinID(b.ctx, inbox, following(cursor)).Err())
	}
}

func (b *redisBus) readBatch(inbox, cursor string) ([]redis.XMessage, error) {
	streams, err := b.client.XRead(b.ctx, &redis.XReadArgs{Streams: []string{inbox, cursor}, Count: readBatch, Block: readBlock}).Result()
	if err != nil {
		return nil, ignoreNil(err)
	}
	return streams[0].Messages, nil
}

// take has the envelopes handled and waits until they are. It reports whether the last entry of the inbox was among them.
func (b *redisBus) take(messages []redis.XMessage, seen dedup) (end bool) {
	for _, m := range messages {
		if _, last := m.Values["end"]; last {
			end = true
			continue
		}
		e, err := envelopeOf(m)
		if err != nil {
			b.log.Warn("envelope dropped", "id", m.ID, "err", err)
		} else if seen.fresh(e) {
			b.postIncoming(incoming{envelope: e})
		}
	}
	handled := make(chan struct{})
	b.postIncoming(incoming{handled: handled})
	select {
	case <-handled:
	case <-b.ctx.Done():
	}
	return end
}

// postIncoming waits while the inbox is full of what this node has sent to itself.
func (b *redisBus) postIncoming(in incoming) {
	for !b.in.Post(in) && b.pause(time.Millisecond) {
	}
}

func envelopeOf(m redis.XMessage) (Envelope, error) {
	data, _ := m.Values["e"].(string)
	return decodeEnvelope(data)
}

// following is the smallest stream id after id.
func following(id string) string {
	ms, seq, _ := strings.Cut(id, "-")
	n, _ := strconv.ParseUint(seq, 10, 64)
	return ms + "-" + strconv.FormatUint(n+1, 10)
}

// leftover reads all that a dead member has not removed from its inbox.
func (c *redisConn) leftover(ctx context.Context, dead string) (list []Envelope, err error) {
	seen := make(dedup)
	for from := "-"; ; {
		messages, err := c.client.XRangeN(ctx, c.key("inbox:"+dead), from, "+", scanBatch).Result()
		if err := c.check(ctx, err); err != nil {
			return nil, err
		}
		for _, m := range messages {
			if e, err := envelopeOf(m); err == nil && seen.fresh(e) {
				list = append(list, e)
			}
		}
		if len(messages) < scanBatch {
			return list, nil
		}
		from = following(messages[len(messages)-1].ID)
	}
}
