package xmlstream

import (
	"io"
	"sync"
)

const (
	idleBuffer = 512     // what a connection waits with
	readBuffer = 4 << 10 // what a busy one reads at once
	maxEmpty   = 100     // reads in a row that bring nothing
)

var (
	idleBuffers = sync.Pool{New: func() any { return new([idleBuffer]byte) }}
	readBuffers = sync.Pool{New: func() any { return new([readBuffer]byte) }}
)

// Rest gives back the buffer when nothing is in it; the next read takes another one. It is for connections that wait elsewhere
// than in Read.
func (f *Framer) Rest() {
	f.spare = nil
	if f.r == f.w {
		f.drop()
		f.r, f.w, f.full = 0, 0, false
	}
}

// drop gives back the buffer.
func (f *Framer) drop() {
	switch len(f.buf) {
	case idleBuffer:
		idleBuffers.Put((*[idleBuffer]byte)(f.buf))
	case readBuffer:
		readBuffers.Put((*[readBuffer]byte)(f.buf))
	}
	f.buf = nil
}

// fill reads more bytes behind those that are there.
func (f *Framer) fill() error {
	if err := f.readErr; err != nil {
		f.readErr = nil
		return err
	}
	f.makeRoom()
	for range maxEmpty {
		n, err := f.src.Read(f.buf[f.w:])
		f.w += n
		f.full = f.w == len(f.buf)
		if n > 0 {
			f.readErr = err
			return nil
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}

// makeRoom leaves space behind w. A buffer that is used up is given back; one that a read has filled is
// too small for a peer that sends that fast.
func (f *Framer) makeRoom() {
	if f.r == f.w {
		f.r, f.w = 0, 0
		if len(f.buf) != idleBuffer && (!f.full || len(f.buf) > readBuffer) {
			f.drop()
			f.buf = idleBuffers.Get().(*[idleBuffer]byte)[:]
		}
	}
	if f.w < len(f.buf) && (!f.full || len(f.buf) >= readBuffer) {
		return
	}
	if f.full && len(f.buf) < readBuffer || f.r == 0 || f.w-f.r > len(f.buf)/2 {
		f.grow()
		return
	}
	f.w = copy(f.buf, f.buf[f.r:f.w])
	f.r = 0
}

func (f *Framer) grow() {
	var b []byte
	if len(f.buf) < readBuffer {
		b = readBuffers.Get().(*[readBuffer]byte)[:]
	} else {
		b = make([]byte, 2*len(f.buf))
	}
	n := copy(b, f.buf[f.r:f.w])
	f.drop()
	f.buf, f.r, f.w = b, 0, n
}
