package xmlstream

import "io"

// Framer cuts what a peer sends into its stream header and packets. One goroutine uses it. An *Error
// ends it; an error of the reader, such as a timeout, does not: the same call may be made again.
type Framer struct {
	src       io.Reader
	limits    Limits
	contentNS string
	header    *streamScope // nil before there is one

	buf     []byte // nil, a small one, or a bigger one until all of it has been used up
	r, w    int    // buf[r:w] is read but not consumed
	full    bool   // the last read filled the buffer: more is waiting
	readErr error  // came along with bytes; due when they are used up

	spare  *Packet  // given back, for one without children
	scan   *scanner // of the element that begins at buf[r]; nil between elements
	begun  bool     // the XML declaration of this stream is done, or there was none
	closed bool     // the stream's end tag was read
	failed error
}

// NewFramer reads from r. Limits that are zero are those of C2S.
func NewFramer(r io.Reader, l Limits) *Framer {
	f := new(Framer)
	f.Reset(r, l)
	return f
}

// Reset begins anew with another reader, as after STARTTLS: what was buffered is dropped.
func (f *Framer) Reset(r io.Reader, l Limits) {
	f.Restart()
	f.drop()
	f.src, f.limits, f.contentNS = r, l.complete(), NSClient
	f.r, f.w, f.full, f.readErr, f.failed = 0, 0, false, nil, nil
}

// Restart says that a new header follows on the same connection, as after SASL. Buffered bytes stay.
func (f *Framer) Restart() {
	if f.scan != nil {
		f.scan.free()
	}
	f.scan, f.header, f.begun, f.closed = nil, nil, false, false
}

// SetLimits holds from the next element on.
func (f *Framer) SetLimits(l Limits) { f.limits = l.complete() }

// SetContentNS sets the content namespace for headers that do not declare one as their default
// namespace (RFC 6120 §4.8.3); it is jabber:client otherwise.
func (f *Framer) SetContentNS(ns string) { f.contentNS = contentConst(ns) }

// ContentNS returns the content namespace of the stream.
func (f *Framer) ContentNS() string { return f.contentNS }

// Buffered returns the number of bytes read but not consumed.
func (f *Framer) Buffered() int { return f.w - f.r }

// ReadHeader reads an optional XML declaration and the start tag of the stream. When the root is well
// formed but not a stream's, the header comes together with the *Error.
func (f *Framer) ReadHeader() (*Header, error) {
	for last := false; ; {
		h, n, err := f.tryHeader(last)
		if err == errMore {
			if last, err = f.more(last); err != nil {
				return nil, err
			}
			continue
		}
		f.r += n
		if h != nil {
			f.header = h.scope()
			if h.ContentNS != "" {
				f.contentNS = contentConst(h.ContentNS)
			}
			if err == nil {
				err = h.check()
			}
		}
		return h, f.fail(err)
	}
}

// tryHeader returns the header in the buffer and the bytes that it takes. last says that no more bytes
// will come.
func (f *Framer) tryHeader(last bool) (*Header, int, error) {
	if f.failed != nil {
		return nil, 0, f.failed
	}
	f.skipWhite()
	if !f.begun {
		n, err := declaration(f.window())
		if err != nil {
			return nil, 0, err
		}
		f.begun = f.w > f.r
		f.r += n
		f.skipWhite()
	}
	d := f.window()
	if len(d) == 0 {
		return nil, 0, errMore
	}
	if d[0] != '<' {
		return nil, 0, malformed("stream header expected")
	}
	if len(d) > 1 && (d[1] == '?' || d[1] == '!') {
		return nil, 0, restricted("only an XML declaration may come before the stream header")
	}
	if f.scan == nil {
		f.scan = newScanner("", nil, f.limits)
	}
	s := f.scan
	full := len(d) == s.limits.Bytes
	if s.pending && !s.seekEnd(d) && !full && !last {
		return nil, 0, errMore
	}
	t, err := s.startTag(d, 0)
	if err == errMore && full {
		err = errTooBig
	}
	if err == errMore {
		s.pending = !s.seekEnd(d)
		return nil, 0, errMore
	}
	var h *Header
	if err == nil {
		h, err = s.makeHeader(d, &t)
	}
	s.free()
	f.scan = nil
	f.closed = t.empty
	return h, t.end, err
}

// ReadPacket returns the next first-level element. White space between elements is skipped. It returns
// io.EOF once the stream's end tag was read, io.ErrUnexpectedEOF when the connection ends without one.
func (f *Framer) ReadPacket() (*Packet, error) {
	for last := false; ; {
		n, err := f.tryPacket(last)
		if err == errMore {
			if last, err = f.more(last); err != nil {
				return nil, err
			}
			continue
		}
		if err != nil {
			return nil, f.fail(err)
		}
		p, err := f.scan.packet(f.buf[f.r:f.r+n], f.take())
		f.r += n
		f.scan.free()
		f.scan = nil
		return p, f.fail(err)
	}
}

// Reuse gives a packet back of which nobody has kept anything: its memory may be that of the next one.
func (f *Framer) Reuse(p *Packet) {
	if len(p.kids) == 0 && cap(p.raw) <= idleBuffer {
		f.spare = p
	}
}

// take returns the memory that was given back if it will do for the element that was scanned.
func (f *Framer) take() *Packet {
	p := f.spare
	if p == nil || len(f.scan.kids) > 0 {
		return nil
	}
	f.spare = nil
	return p
}

// tryPacket scans the element in the buffer and returns its length. last says that no more bytes will
// come: what is wrong with an unfinished tag is found then, so that it does not matter how it was cut.
func (f *Framer) tryPacket(last bool) (int, error) {
	if f.failed != nil {
		return 0, f.failed
	}
	if f.closed {
		return 0, io.EOF
	}
	if f.scan == nil {
		f.skipWhite()
		d := f.window()
		switch {
		case len(d) == 0 || len(d) == 1 && d[0] == '<':
			return 0, errMore
		case d[0] != '<':
			return 0, outsideText(d)
		case d[1] == '/':
			return 0, f.endStream(d)
		}
		f.scan = newScanner(f.contentNS, f.header, f.limits)
	}
	d := f.window()
	full := len(d) == f.scan.limits.Bytes
	_, err := f.scan.scan(d, full || last)
	if err == errMore && full {
		err = errTooBig
	}
	return f.scan.pos, err
}

// window is what may be looked at: no more than the limit.
func (f *Framer) window() []byte {
	limit := f.limits.Bytes
	if f.scan != nil {
		limit = f.scan.limits.Bytes
	}
	return f.buf[f.r:min(f.w, f.r+limit)]
}

func outsideText(d []byte) error {
	if _, err := char(d, 0); err != nil {
		return err
	}
	return &Error{Condition: BadFormat, Text: "character data outside of a stanza"}
}

// endStream reads </stream:stream>.
func (f *Framer) endStream(d []byte) error {
	const maxSpace = 64
	if f.header == nil {
		return malformed("end tag without a start tag")
	}
	n, err := endTag(d, 0, []byte(f.header.qname))
	if err == errMore && len(d) > len(f.header.qname)+maxSpace {
		err = tooMuch("end tag too long")
	}
	if err != nil {
		return err
	}
	f.r += n
	f.closed = true
	return io.EOF
}

func (f *Framer) skipWhite() {
	for f.r < f.w && class[f.buf[f.r]]&white != 0 {
		f.r++
	}
}

// fail remembers an error after which the stream cannot go on.
func (f *Framer) fail(err error) error {
	if _, ok := err.(*Error); ok {
		f.failed = err
	}
	return err
}

// more reads more bytes. last becomes true when the connection ended; that in the middle of a stream is
// unexpected the second time.
func (f *Framer) more(last bool) (bool, error) {
	if last {
		return true, io.ErrUnexpectedEOF
	}
	err := f.fill()
	if err == io.EOF {
		return true, nil
	}
	return false, err
}
