package xmppd

import (
	"sync"

	"plenum/xmppd/xmlstream"
)

// transport is a client's connection as the writer sees it. Its methods are called by one goroutine at a time.
type transport interface {
	// write sends whole elements that lie back to back in buf; ends[i] is where the i-th ends. It returns within the
	// write deadline.
	write(buf []byte, ends []int) error
	// finish sends the stream error, if any, and the end of the stream, and closes the connection.
	finish(streamError []byte)
	// close drops the connection. It may be called by anybody at any time.
	close()
	target() xmlstream.Target
}

const (
	writeEntries = 64       // per system call
	writeBytes   = 16 << 10 // one TLS record
)

type writeBuffer struct {
	ents [writeEntries]entry
	used int // of ents, not yet cleared
	ends []int
	buf  []byte

	crowded bool // the session has a backlog
}

var writeBuffers = sync.Pool{New: func() any { return &writeBuffer{buf: make([]byte, 0, writeBytes+4096)} }}

// write empties the queue to the connection and ends; the next push starts another one. Idle sessions so have no writer.
func (s *Session) write() {
	defer s.srv.writers.done()
	wb := writeBuffers.Get().(*writeBuffer)
	wb.crowded = false
	defer func() {
		clear(wb.ents[:wb.used])
		wb.used = 0
		if cap(wb.buf) <= 4*writeBytes {
			writeBuffers.Put(wb)
		}
	}()
	for s.writeOnce(wb) {
		if wb.crowded { // others first: there is much more to come
			s.srv.breaks.pass()
		}
	}
}

// writeOnce writes what fits into one buffer and reports whether there may be more.
func (s *Session) writeOnce(wb *writeBuffer) bool {
	s.out.mu.Lock()
	w := s.wire
	k := 0
	if w != nil {
		k = s.out.unwritten(wb.ents[:], writeBytes)
	}
	if k == 0 {
		s.busy = false
		s.out.wake()
		s.out.mu.Unlock()
		return false
	}
	s.out.mu.Unlock()
	wb.used = max(wb.used, k)

	final := -1
	wb.buf, wb.ends = wb.buf[:0], wb.ends[:0]
	for i := range wb.ents[:k] {
		e := &wb.ents[i]
		switch {
		case e.kind == entFinal:
			final = i
		case e.pkt == nil:
			wb.buf = append(wb.buf, e.extra...)
			wb.ends = append(wb.ends, len(wb.buf))
		default:
			wb.buf = e.pkt.Render(wb.buf, e.from, e.to, e.extra, w.target())
			wb.ends = append(wb.ends, len(wb.buf))
		}
		if final >= 0 {
			break
		}
	}
	err := error(nil)
	if len(wb.buf) > 0 {
		if tracing(s.srv.log) {
			traceSent(s.Log(), wb.buf, wb.ends)
		}
		err = w.write(wb.buf, wb.ends)
	}
	if final >= 0 && err == nil {
		w.finish(wb.ents[final].extra)
	}
	return s.wroteBatch(w, wb, final >= 0, err)
}

// wroteBatch books what happened to the entries.
func (s *Session) wroteBatch(w transport, wb *writeBuffer, final bool, err error) bool {
	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	if s.wire != w { // resumed on another connection meanwhile: that one starts from the first unacknowledged
		return true
	}
	if err != nil || final {
		if err != nil {
			s.Log().Debug("connection lost while writing", "err", err)
			s.out.writing = 0
			w.close() // the reader sees it and detaches or ends the session
		} else {
			s.out.wrote()
		}
		s.wire = nil
		s.busy = false
		s.out.wake()
		return false
	}
	s.out.wrote()
	s.out.advance(&s.srv.cfg)
	wb.crowded = s.out.later != nil
	if s.out.wantsAck() {
		s.out.asked = true
		s.out.push(rawEntry(smRequest, entNonza))
	}
	return true
}
