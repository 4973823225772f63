package siptest

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/textproto"
	"strconv"
	"strings"
	"time"
)

// Stream makes of a TCP connection what a [Phone] wants: a message is a packet.
func Stream(c net.Conn) net.PacketConn { return &stream{c, bufio.NewReader(c)} }

type stream struct {
	net.Conn
	in *bufio.Reader
}

// ReadFrom implements [net.PacketConn].
func (s *stream) ReadFrom(b []byte) (int, net.Addr, error) {
	var text bytes.Buffer
	length := 0
	for {
		line, err := s.in.ReadString('\n')
		if err != nil {
			return 0, nil, err
		}
		text.WriteString(line)
		if name, v, ok := strings.Cut(line, ":"); ok && textproto.CanonicalMIMEHeaderKey(name) == "Content-Length" {
			if length, err = strconv.Atoi(strings.TrimSpace(v)); err != nil {
				return 0, nil, err
			}
		}
		if strings.TrimSpace(line) == "" {
			break
		}
	}
	if _, err := io.CopyN(&text, s.in, int64(length)); err != nil {
		return 0, nil, err
	}
	return copy(b, text.Bytes()), s.RemoteAddr(), nil
}

// WriteTo implements [net.PacketConn].
func (s *stream) WriteTo(b []byte, _ net.Addr) (int, error) { return s.Write(b) }

// LocalAddr implements [net.PacketConn], as of a UDP socket.
func (s *stream) LocalAddr() net.Addr {
	a := s.Conn.LocalAddr().(*net.TCPAddr)
	return &net.UDPAddr{IP: a.IP, Port: a.Port}
}

// SetDeadline implements [net.PacketConn].
func (s *stream) SetDeadline(t time.Time) error { return s.Conn.SetDeadline(t) }
