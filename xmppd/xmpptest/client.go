package xmpptest

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// Timeout is how long an expected stanza may take.
const Timeout = time.Minute

// Client is a client's connection. Its methods are for one goroutine, the test's.
type Client struct {
	JID jid.JID // full

	t        testing.TB
	conn     net.Conn
	framer   *xmlstream.Framer
	features *xmlstream.Packet

	mu    sync.Mutex
	inbox []*xmlstream.Packet
	err   error
	more  chan struct{} // one token when inbox or err has changed
}

// Dial opens a connection without saying anything.
func (s *Server) Dial() *Client {
	s.t.Helper()
	conn, err := s.l.dial()
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { conn.Close() })
	return &Client{t: s.t, conn: conn, framer: xmlstream.NewFramer(conn, xmlstream.C2S), more: make(chan struct{}, 1)}
}

// Connect opens a stream to a domain and stops before the login.
func (s *Server) Connect(domain string) *Client {
	s.t.Helper()
	c := s.Dial()
	c.open(domain)
	go c.read()
	return c
}

// Login makes the account exist, authenticates and binds. Who is user or user/resource; without a resource it is "r".
func (s *Server) Login(who string) *Client {
	s.t.Helper()
	c := s.Auth(who)
	_, resource, ok := strings.Cut(who, "/")
	if !ok {
		resource = "r"
	}
	return c.Bind(resource)
}

// Bind binds a resource.
func (c *Client) Bind(resource string) *Client {
	c.t.Helper()
	c.Write("<iq type='set' id='bind'><bind xmlns='" + xmppd.NSBind + "'><resource>" + resource + "</resource></bind></iq>")
	p := c.next()
	b, ok := p.Child(xmppd.NSBind, "bind")
	if !ok {
		c.t.Fatalf("bind %s: %s", resource, p.Raw())
	}
	j, _ := b.Child(xmppd.NSBind, "jid")
	c.JID = jid.MustParse(j.Text())
	return c
}

// Visit logs in as a guest, with the trace of SASL ANONYMOUS, and binds the resource "r".
func (s *Server) Visit(trace string) *Client {
	s.t.Helper()
	c, failure := s.Anonymous(trace)
	if failure != nil {
		s.t.Fatalf("log in as a guest with %s: %s", trace, failure.Raw())
	}
	return c.Bind("r")
}

// Anonymous asks for the login of a guest. The next thing to do is to bind or to resume; failure is the server's answer when
// it does not let him in.
func (s *Server) Anonymous(trace string) (c *Client, failure *xmlstream.Packet) {
	s.t.Helper()
	c = s.Dial()
	c.open(s.GuestDomain())
	c.Write("<auth xmlns='" + xmppd.NSSASL + "' mechanism='ANONYMOUS'>" + base64.StdEncoding.EncodeToString([]byte(trace)) + "</auth>")
	p, err := c.framer.ReadPacket()
	if err != nil {
		s.t.Fatalf("log in as a guest: %v", err)
	}
	if p.Local() != "success" {
		c.conn.Close()
		return c, p
	}
	c.framer.Restart()
	c.open(s.GuestDomain())
	go c.read()
	return c, nil
}

// Auth makes the account exist and authenticates; the next thing to do is to bind or to resume.
func (s *Server) Auth(who string) *Client {
	s.t.Helper()
	user, _, _ := strings.Cut(who, "/")
	bare := jid.MustParse(user + "@" + Domain)
	s.users.Add(bare)
	c := s.Dial()
	c.open(Domain)
	plain := base64.StdEncoding.EncodeToString([]byte("\x00" + user + "\x00" + password(user)))
	c.Write("<auth xmlns='" + xmppd.NSSASL + "' mechanism='PLAIN'>" + plain + "</auth>")
	p, err := c.framer.ReadPacket()
	if err != nil || p.Local() != "success" {
		s.t.Fatalf("log in as %s: %v %v", user, p, err)
	}
	c.framer.Restart()
	c.open(Domain)
	go c.read()
	return c
}

// open sends a stream header and reads the answer up to the features.
func (c *Client) open(domain string) {
	c.t.Helper()
	c.Write("<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='" + xmppd.NSStreams + "' version='1.0' to='" + domain + "'>")
	if _, err := c.framer.ReadHeader(); err != nil {
		c.t.Fatalf("stream header: %v", err)
	}
	p, err := c.framer.ReadPacket()
	if err != nil {
		c.t.Fatalf("stream features: %v", err)
	}
	c.features = p
}

// Features are the stream features that the server announced last.
func (c *Client) Features() *xmlstream.Packet { return c.features }

func (c *Client) read() {
	for {
		p, err := c.framer.ReadPacket()
		c.mu.Lock()
		if err != nil {
			c.err = err
		} else {
			c.inbox = append(c.inbox, p)
		}
		c.mu.Unlock()
		select {
		case c.more <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// Write sends bytes as they are.
func (c *Client) Write(s string) {
	c.t.Helper()
	c.conn.SetWriteDeadline(time.Now().Add(Timeout))
	if _, err := io.WriteString(c.conn, s); err != nil {
		c.t.Fatalf("%s writes %.100s: %v", c.JID, s, err)
	}
}

// Send is Write under another name, for stanzas.
func (c *Client) Send(stanza string) { c.t.Helper(); c.Write(stanza) }

// Available sends initial presence and takes the reflected copy.
func (c *Client) Available() *Client {
	c.t.Helper()
	c.Send("<presence/>")
	c.Find("<presence from='" + c.JID.String() + "' to='" + c.JID.String() + "'>…</presence>")
	return c
}

// Next is the next element from the server.
func (c *Client) Next() *xmlstream.Packet {
	c.t.Helper()
	return c.take(func(*xmlstream.Packet) bool { return true }, true, "anything")
}

func (c *Client) next() *xmlstream.Packet { c.t.Helper(); return c.Next() }

// Expect takes the next element, which has to match the pattern (see Match), and returns what it captured.
func (c *Client) Expect(pattern string) map[string]string {
	c.t.Helper()
	vars := map[string]string{}
	p := c.Next()
	if err := Match(pattern, p, vars); err != nil {
		c.t.Fatalf("%s expects\n  %s\nand gets\n  %s\n%v", c.JID, pattern, p.Raw(), err)
	}
	return vars
}

// Find takes the first element that matches the pattern, whatever came before it, which stays to be read.
func (c *Client) Find(pattern string) *xmlstream.Packet {
	c.t.Helper()
	return c.take(func(p *xmlstream.Packet) bool { return Match(pattern, p, map[string]string{}) == nil }, false, pattern)
}

func (c *Client) take(want func(*xmlstream.Packet) bool, strict bool, what string) *xmlstream.Packet {
	c.t.Helper()
	deadline := time.NewTimer(Timeout)
	defer deadline.Stop()
	for {
		c.mu.Lock()
		for i, p := range c.inbox {
			if want(p) {
				c.inbox = append(c.inbox[:i:i], c.inbox[i+1:]...)
				c.mu.Unlock()
				return p
			}
			if strict {
				break
			}
		}
		err := c.err
		got := c.pending()
		c.mu.Unlock()
		if err != nil {
			c.t.Fatalf("%s expects %s, but the stream ended: %v\nunread: %s", c.JID, what, err, got)
		}
		select {
		case <-c.more:
		case <-deadline.C:
			c.t.Fatalf("%s waits in vain for\n  %s\nunread: %s", c.JID, what, got)
		}
	}
}

// Drain takes all that has come until now.
func (c *Client) Drain() []*xmlstream.Packet {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := c.inbox
	c.inbox = nil
	return list
}

func (c *Client) pending() string {
	var b strings.Builder
	for _, p := range c.inbox {
		fmt.Fprintf(&b, "\n  %s", p.Raw())
	}
	return b.String()
}

// Silent checks that nothing more has come. Inside testing/synctest it waits until everything has settled; outside, it asks
// the server something and checks that the answer comes first.
func (c *Client) Silent() {
	c.t.Helper()
	if inBubble() {
		synctest.Wait()
	} else {
		c.Send("<iq type='get' id='silence' to='" + Domain + "'><silence xmlns='urn:test'/></iq>")
		c.Find("<iq id='silence' type='error'>…</iq>")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.inbox) > 0 {
		c.t.Fatalf("%s should hear nothing, but gets%s", c.JID, c.pending())
	}
}

// inBubble reports whether the caller runs inside testing/synctest, where Wait is allowed.
func inBubble() (in bool) {
	defer func() { in = recover() == nil }()
	synctest.Wait()
	return
}

// Ended waits until the server has closed the stream, and returns the stream error's condition, if any.
func (c *Client) Ended() string {
	c.t.Helper()
	condition := ""
	deadline := time.NewTimer(Timeout)
	defer deadline.Stop()
	for {
		c.mu.Lock()
		for _, p := range c.inbox {
			if p.Space() == xmppd.NSStreams && p.Local() == "error" {
				if e, ok := p.First(); ok {
					condition = e.Local()
				}
			}
		}
		err := c.err
		c.mu.Unlock()
		if err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.ErrClosedPipe) {
				c.t.Fatalf("%s: %v", c.JID, err)
			}
			return condition
		}
		select {
		case <-c.more:
		case <-deadline.C:
			c.t.Fatalf("%s: the server does not end the stream", c.JID)
		}
	}
}

// Close ends the stream as a client should.
func (c *Client) Close() {
	c.t.Helper()
	c.Write("</stream:stream>")
	c.Ended()
	c.conn.Close()
}

// Cut breaks the connection.
func (c *Client) Cut() { c.conn.Close() }
