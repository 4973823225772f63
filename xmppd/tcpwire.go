package xmppd

import (
	"crypto/tls"
	"io"
	"net"
	"net/netip"
	"time"

	"plenum/xmppd/xmlstream"
)

// tcpWire is a stream over TCP, with or without TLS (RFC 6120 §3). It lives as long as the connection: keep it small.
type tcpWire struct {
	srv    *Server
	tls    *tls.Conn
	sec    *secured // while the negotiation runs
	framer *xmlstream.Framer
	addr   netip.AddrPort
	direct bool

	opened bool      // our stream header is out; owned by the writer
	last   time.Time // of the last byte that came; owned by the reader, as is bytes
	bytes  int       // that came since received was asked
	parked *parked   // guarded by srv.parking.mu; nil while somebody reads

	wireState
}

func newTCPWire(s *Server, conn net.Conn, addr netip.AddrPort, direct bool) *tcpWire {
	w := &tcpWire{srv: s, addr: addr, direct: direct, wireState: wireState{under: conn}}
	w.framer = xmlstream.NewFramer((*tcpReader)(w), xmlstream.PreAuth)
	w.last = time.Now()
	return w
}

// tcpReader is what the framer reads from.
type tcpReader tcpWire

func (r *tcpReader) Read(p []byte) (int, error) {
	n, err := (*tcpWire)(r).stream().Read(p)
	if n > 0 {
		r.last = time.Now()
		r.bytes += n
	}
	return n, err
}

// stream is where XML is read from and written to.
func (w *tcpWire) stream() net.Conn {
	if w.tls != nil {
		return w.tls
	}
	return w.under
}

func (w *tcpWire) peer() netip.AddrPort     { return w.addr }
func (w *tcpWire) security() *secured       { return w.sec }
func (w *tcpWire) browser() BrowserLogin    { return nil }
func (w *tcpWire) target() xmlstream.Target { return xmlstream.ClientTCP }

// encrypt runs the TLS handshake. What had come before it in plain text is gone (RFC 6120 §5.4.3.3).
func (w *tcpWire) encrypt(host string) error {
	w.deadline(w.srv.cfg.TLSTimeout)
	w.under.SetWriteDeadline(time.Now().Add(w.srv.cfg.TLSTimeout))
	c, sec, err := w.srv.handshake(w.under, host, w.direct)
	if err != nil {
		return err
	}
	w.deadline(-1)
	w.tls, w.sec = c, sec
	w.framer.Reset((*tcpReader)(w), xmlstream.PreAuth)
	w.opened = false
	return nil
}

func (w *tcpWire) patience(d time.Duration) { w.deadline(d) }

func (w *tcpWire) settle() {
	w.settled()
	if w.sec != nil {
		w.sec.forget()
		w.sec = nil
	}
}

func (w *tcpWire) readHeader() (*xmlstream.Header, error) {
	h, err := w.framer.ReadHeader()
	return h, w.cause(err)
}

func (w *tcpWire) readPacket() (*xmlstream.Packet, error) {
	p, err := w.framer.ReadPacket()
	if err == nil {
		return p, nil
	}
	if err == io.EOF {
		return nil, errEnded
	}
	return nil, w.cause(err)
}

func (w *tcpWire) reuse(p *xmlstream.Packet) { w.framer.Reuse(p) }

func (w *tcpWire) restart(l xmlstream.Limits) {
	w.framer.Restart()
	w.framer.SetLimits(l)
	w.opened = false
}

func (w *tcpWire) park(x *Session, turn uint32) bool { return w.srv.parking.park(x, w, turn) }

// rest gives back what only reading needs.
func (w *tcpWire) rest() {
	w.framer.Rest()
	if w.tls != nil {
		restTLS(w.tls)
	}
}

func (w *tcpWire) silent() time.Duration { return time.Since(w.last) }

func (w *tcpWire) received() int {
	n := w.bytes
	w.bytes = 0
	return n
}

func (w *tcpWire) appendHeader(dst []byte, from, id string) []byte {
	w.opened = true
	dst = append(dst, "<?xml version='1.0'?><stream:stream"...)
	dst = xmlstream.AppendAttr(dst, "from", from)
	dst = xmlstream.AppendAttr(dst, "id", id)
	return append(dst, " version='1.0' xml:lang='en' xmlns='"+NSClient+"' xmlns:stream='"+NSStreams+"'>"...)
}

// writePiece is what has to get out before the write deadline: a big roster on a slow line takes longer as a whole.
const writePiece = 64 << 10

func (w *tcpWire) write(buf []byte, _ []int) error {
	for len(buf) > 0 {
		n := min(len(buf), writePiece)
		w.under.SetWriteDeadline(time.Now().Add(w.srv.cfg.WriteStall))
		if _, err := w.stream().Write(buf[:n]); err != nil {
			return err
		}
		buf = buf[n:]
	}
	return nil
}

func (w *tcpWire) finish(streamError []byte) {
	if w.direct && w.tls == nil {
		w.close()
		return
	}
	var b []byte
	if !w.opened { // RFC 6120 §4.9.1.2: the header comes first, whatever is wrong
		b = w.appendHeader(nil, w.srv.cfg.Domains[0], newStreamID())
	}
	b = append(append(b, streamError...), streamEnd...)
	if err := w.write(b, nil); err != nil {
		w.close()
		return
	}
	w.end()
	w.srv.parking.wake(w)
	w.closeWrite()
}

// closeWrite ends our direction: close_notify, then FIN. The other stays open, see linger.
func (w *tcpWire) closeWrite() {
	if w.tls != nil {
		w.under.SetWriteDeadline(time.Now().Add(closeNotifyTimeout))
		if w.tls.CloseWrite() != nil {
			w.close()
			return
		}
	}
	if c, ok := w.under.(interface{ CloseWrite() error }); ok {
		c.CloseWrite()
		return
	}
	w.close()
}

func (w *tcpWire) linger() {
	if w.ending() {
		io.CopyN(io.Discard, w.under, lingerBytes)
	}
	w.close()
}

// close needs no lock of TLS: a writer that hangs must not hold it up.
func (w *tcpWire) close() {
	w.under.Close()
	w.srv.parking.wake(w)
}
