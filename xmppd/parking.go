package xmppd

import (
	"errors"
	"sync"
	"syscall"
	"time"
)

// parking is where connections of quiet clients wait without a goroutine: its stack would be the largest part of what an idle
// session costs. The system says when there is something to read, and then a reader goes on with a fresh stack.
//
// A connection is parked only after a read has timed out, so that nothing that has come lies in a buffer above the socket, unless it
// waits for more. It is woken once: by the system, by the end of its time, or by whoever ends or closes it (wake).
type parking struct {
	srv *Server

	mu   sync.Mutex
	poll *poller // nil until the first connection is parked
	off  bool    // there is no poller on this system, or the server has stopped
	cars map[uint64]*parked
	last uint64 // id; never used again, unlike file descriptors
	done chan struct{}
}

// parked is what a reader needs to go on.
type parked struct {
	x     *Session
	w     *tcpWire
	id    uint64
	until time.Duration // in the server's life; by then the client is to have sent something
	turn  uint32
}

// parkSweep is how much later than due the end of a parked connection's time may be noticed.
const parkSweep = 5 * time.Second

// park makes w wait for input without a goroutine. False means that the caller has to go on reading.
func (k *parking) park(x *Session, w *tcpWire, turn uint32) bool {
	raw := rawConn(w)
	if raw == nil {
		return false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	// Who ends the connection after this look finds it parked.
	if k.off || w.ending() || !k.open() {
		return false
	}
	k.last++
	p := &parked{x: x, w: w, id: k.last, turn: turn, until: time.Since(k.srv.born) + k.srv.cfg.IdleTimeout - w.silent()}
	w.rest()
	if k.poll.add(raw, p.id) != nil {
		return false
	}
	w.parked = p
	k.cars[p.id] = p
	return true
}

// open starts the poller when there is none yet.
func (k *parking) open() bool {
	if k.poll != nil {
		return true
	}
	p, err := newPoller()
	if err != nil {
		if !errors.Is(err, errors.ErrUnsupported) {
			k.srv.log.Warn("quiet connections each keep a goroutine", "err", err)
		}
		k.off = true
		return false
	}
	k.poll, k.cars, k.done = p, map[uint64]*parked{}, make(chan struct{})
	go k.run()
	return true
}

// wake makes the reader of a parked connection go on; it has no effect on others.
func (k *parking) wake(w *tcpWire) {
	k.mu.Lock()
	p := w.parked
	if p != nil {
		k.take(p)
	}
	k.mu.Unlock()
	if p != nil {
		p.read()
	}
}

// take undoes park.
func (k *parking) take(p *parked) {
	p.w.parked = nil
	delete(k.cars, p.id)
	if raw := rawConn(p.w); raw != nil {
		k.poll.remove(raw) // a closed connection is gone already
	}
}

func (p *parked) read() { go p.w.srv.readSession(p.x, p.w, p.turn, false) }

func (k *parking) run() {
	defer close(k.done)
	every := min(parkSweep, k.srv.cfg.IdleTimeout/4)
	swept := time.Now()
	ids := make([]uint64, 64)
	var woken []*parked
	for {
		n, err := k.poll.wait(ids, every)
		woken = woken[:0]
		k.mu.Lock()
		if err != nil && !k.off {
			k.srv.log.Error("quiet connections each keep a goroutine from now on", "err", err)
			k.off = true
			for _, p := range k.cars {
				k.take(p)
				woken = append(woken, p)
			}
		}
		for _, id := range ids[:n] {
			if p := k.cars[id]; p != nil {
				k.take(p)
				woken = append(woken, p)
			}
		}
		if time.Since(swept) >= every {
			swept = time.Now()
			now := time.Since(k.srv.born)
			for _, p := range k.cars {
				if p.until <= now {
					k.take(p)
					woken = append(woken, p)
				}
			}
		}
		k.mu.Unlock()
		for i, p := range woken {
			p.read()
			woken[i] = nil
		}
		if err != nil {
			return
		}
	}
}

// close ends the poller. Nobody is parked any more.
func (k *parking) close() {
	k.mu.Lock()
	k.off = true
	p := k.poll
	k.mu.Unlock()
	if p != nil {
		p.close()
		<-k.done
	}
}

// rawConn is nil for connections that are no sockets, such as pipes.
func rawConn(w *tcpWire) syscall.RawConn {
	c, ok := w.under.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return nil
	}
	return raw
}
