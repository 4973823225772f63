package xmppd_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"plenum/xmppd/jid"
	"plenum/xmppd/xmpptest"
)

const (
	header  = `<?xml version='1.0'?><stream:stream to='example.org' version='1.0' xml:lang='de' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>`
	nsSASL  = " xmlns='urn:ietf:params:xml:ns:xmpp-sasl'"
	nsTLS   = " xmlns='urn:ietf:params:xml:ns:xmpp-tls'"
	bindAny = `<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>`
)

func plain(user, password string) string {
	return "<auth" + nsSASL + " mechanism='PLAIN'>" + base64.StdEncoding.EncodeToString([]byte("\x00"+user+"\x00"+password)) + "</auth>"
}

var loginJuliet = header + plain("juliet", "juliet-secret") + header

// start runs a server that has the account juliet.
func start(t testing.TB, o xmpptest.Options) *xmpptest.Server {
	t.Helper()
	o.Users = xmpptest.NewUsers()
	o.Users.Add(jid.MustParse("juliet@example.org"))
	return xmpptest.StartWith(t, o)
}

// line is a connection as bytes.
type line struct {
	t    testing.TB
	conn net.Conn
	out  chan string
	mu   sync.Mutex
	got  bytes.Buffer
	err  error
	more chan struct{}
}

// dial connects by a pipe in memory, so that it works in a bubble of testing/synctest.
func dial(t testing.TB, s *xmpptest.Server) *line {
	t.Helper()
	l := &oneListener{conns: make(chan net.Conn, 1), done: make(chan struct{})}
	client, server := net.Pipe()
	l.conns <- server
	go s.ServeC2S(l)
	return newLine(t, client)
}

func newLine(t testing.TB, conn net.Conn) *line {
	c := &line{t: t, conn: conn, out: make(chan string, 100), more: make(chan struct{}, 1)}
	go c.write()
	go c.read()
	t.Cleanup(func() { conn.Close(); close(c.out) })
	return c
}

// write keeps a peer that does not read from holding up the test.
func (c *line) write() {
	for s := range c.out {
		if _, err := io.WriteString(c.conn, s); err != nil {
			for range c.out {
			}
			return
		}
	}
}

func (c *line) read() {
	b := make([]byte, 4096)
	for {
		n, err := c.conn.Read(b)
		c.mu.Lock()
		c.got.Write(b[:n])
		c.err = err
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

func (c *line) send(s string) { c.out <- s }

// expect waits until what was received contains a match and drops everything up to its end.
func (c *line) expect(pattern string) []string {
	c.t.Helper()
	re := regexp.MustCompile(pattern)
	deadline := time.NewTimer(10 * time.Second)
	defer deadline.Stop()
	for {
		c.mu.Lock()
		m := re.FindSubmatchIndex(c.got.Bytes())
		if m != nil {
			var groups []string
			for i := 0; i < len(m); i += 2 {
				if m[i] < 0 {
					groups = append(groups, "")
					continue
				}
				groups = append(groups, string(c.got.Bytes()[m[i]:m[i+1]]))
			}
			c.got.Next(m[1])
			c.mu.Unlock()
			return groups
		}
		err := c.err
		got := c.got.String()
		c.mu.Unlock()
		if err != nil {
			c.t.Fatalf("%s is not in %q, and the connection ended: %v", pattern, got, err)
		}
		select {
		case <-c.more:
		case <-deadline.C:
			c.t.Fatalf("%s is not in %q", pattern, got)
		}
	}
}

// all waits for the end of the connection and returns what came.
func (c *line) all() string {
	c.t.Helper()
	deadline := time.NewTimer(2 * time.Minute)
	defer deadline.Stop()
	for {
		c.mu.Lock()
		err, got := c.err, c.got.String()
		c.mu.Unlock()
		if err != nil {
			return got
		}
		select {
		case <-c.more:
		case <-deadline.C:
			c.t.Fatalf("the server does not close the connection; so far %q", got)
		}
	}
}

type oneListener struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (l *oneListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}
func (l *oneListener) Close() error   { l.once.Do(func() { close(l.done) }); return nil }
func (l *oneListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "pipe"} }

// wantStreamError checks that the last stream has a header, the error, and an end.
func wantStreamError(t testing.TB, got, condition string) {
	t.Helper()
	last := got[max(0, strings.LastIndex(got, "<?xml")):]
	if !regexp.MustCompile(`^<\?xml version='1.0'\?><stream:stream from='[^']+' id='[^']+' version='1.0' xml:lang='en' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>`).MatchString(last) {
		t.Errorf("no stream header before the error: %q", got)
	}
	if condition == "" {
		if strings.Contains(got, "<stream:error") || !strings.HasSuffix(got, "</stream:stream>") {
			t.Errorf("no clean end: %q", got)
		}
		return
	}
	if !strings.Contains(got, "<stream:error><"+condition+" xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>") {
		t.Errorf("want stream error %s, got %q", condition, got)
	}
	if !strings.HasSuffix(got, "</stream:error></stream:stream>") {
		t.Errorf("the stream does not end with its error: %q", got)
	}
}

func TestStreamErrorsReachTheWire(t *testing.T) {
	stream := func(attrs string) string {
		return "<stream:stream " + attrs + " xmlns:stream='http://etherx.jabber.org/streams'>"
	}
	deep := strings.Repeat("<a xmlns='x'>", 100)
	for name, c := range map[string]struct{ send, want string }{
		"plain text instead of XML":               {"hello\n", "not-well-formed"},
		"an HTTP request":                         {"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n", "not-well-formed"},
		"a TLS handshake on the plain port":       {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "not-well-formed"},
		"binary noise":                            {"\x00\xff\xfe\x80\x81\x82 \x01", "not-well-formed"},
		"UTF-16":                                  {"\xfe\xff\x00<\x00?", "unsupported-encoding"},
		"another encoding":                        {"<?xml version='1.0' encoding='ISO-8859-1'?>" + stream("to='example.org' version='1.0' xmlns='jabber:client'"), "unsupported-encoding"},
		"a comment":                               {header + "<!-- hello -->", "restricted-xml"},
		"a processing instruction":                {header + "<?php echo 1 ?>", "restricted-xml"},
		"a document type":                         {"<!DOCTYPE x [<!ENTITY a 'b'>]>" + header, "restricted-xml"},
		"an entity that is not predefined":        {header + "<message><body>&nbsp;</body></message>", "restricted-xml"},
		"a tag that is not closed":                {header + "<message><body></message>", "not-well-formed"},
		"an attribute twice":                      {header + "<message to='a' to='b'/>", "not-well-formed"},
		"an undeclared prefix":                    {header + "<x:message/>", "not-well-formed"},
		"invalid UTF-8":                           {header + "<message><body>\xc3\x28</body></message>", "not-well-formed"},
		"text between stanzas":                    {header + "hello", "bad-format"},
		"an unknown host":                         {stream("to='example.com' version='1.0' xmlns='jabber:client'"), "host-unknown"},
		"a user as host":                          {stream("to='juliet@example.org' version='1.0' xmlns='jabber:client'"), "host-unknown"},
		"a host that is no JID":                   {stream("to='exa mple' version='1.0' xmlns='jabber:client'"), "host-unknown"},
		"no host":                                 {stream("version='1.0' xmlns='jabber:client'"), "improper-addressing"},
		"the namespace of servers":                {stream("to='example.org' version='1.0' xmlns='jabber:server'"), "invalid-namespace"},
		"no content namespace":                    {stream("to='example.org' version='1.0'"), "invalid-namespace"},
		"another namespace for the stream":        {"<stream:stream to='example.org' version='1.0' xmlns='jabber:client' xmlns:stream='http://example.org/'>", "invalid-namespace"},
		"another root element":                    {"<stream:flow to='example.org' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>", "bad-format"},
		"no version":                              {stream("to='example.org' xmlns='jabber:client'"), "unsupported-version"},
		"version 0.9":                             {stream("to='example.org' version='0.9' xmlns='jabber:client'"), "unsupported-version"},
		"a version that is no number":             {stream("to='example.org' version='x' xmlns='jabber:client'"), "unsupported-version"},
		"a message before login":                  {header + "<message to='a@example.org'><body>hi</body></message>", "not-authorized"},
		"a presence before login":                 {header + "<presence/>", "not-authorized"},
		"an IQ before login":                      {header + "<iq type='get' id='1'><query xmlns='jabber:iq:roster'/></iq>", "not-authorized"},
		"a bind request before login":             {header + bindAny, "not-authorized"},
		"an unknown element before login":         {header + "<x xmlns='urn:test'/>", "not-authorized"},
		"an unknown element of SASL":              {header + "<challenge" + nsSASL + "/>", "not-authorized"},
		"stream management again and again":       {header + strings.Repeat("<enable xmlns='urn:xmpp:sm:3'/>", 30), "policy-violation"},
		"a header that is too big":                {stream("to='example.org' version='1.0' xmlns='jabber:client' x='" + strings.Repeat("x", 20_000) + "'"), "policy-violation"},
		"an element that is too big before login": {header + "<iq type='get' id='1'><query xmlns='jabber:iq:register'>" + strings.Repeat("x", 20_000), "policy-violation"},
		"nesting that is too deep":                {header + deep, "policy-violation"},
		"too many attributes":                     {header + "<x " + manyAttributes(100) + "/>", "policy-violation"},
		"the end of the stream at once":           {header + "</stream:stream>", ""},
		"an empty stream":                         {strings.TrimSuffix(header, ">") + "/>", ""},
		"a message before binding":                {loginJuliet + "<message to='a@example.org'><body>hi</body></message>", "not-authorized"},
		"an IQ other than bind before binding":    {loginJuliet + "<iq type='set' id='1'><session xmlns='urn:ietf:params:xml:ns:xmpp-session'/></iq>", "not-authorized"},
		"a second login":                          {loginJuliet + plain("juliet", "juliet-secret"), "not-authorized"},
		"another domain after login":              {header + plain("juliet", "juliet-secret") + strings.ReplaceAll(header, "example.org", "guest.example.org"), "not-authorized"},
		"a resumption without previd":             {loginJuliet + "<resume xmlns='urn:xmpp:sm:3' h='0'/>", "bad-format"},
		"a resumption with an h that is none":     {loginJuliet + "<resume xmlns='urn:xmpp:sm:3' previd='x' h='-1'/>", "bad-format"},
		"a stanza that is too big after login":    {loginJuliet + bindAny + "<message><body>" + strings.Repeat("x", 300_000), "policy-violation"},
		"broken XML after binding":                {loginJuliet + bindAny + "<message><body></message>", "not-well-formed"},
		"a forged sender":                         {loginJuliet + bindAny + "<message from='romeo@example.org'/>", "invalid-from"},
		"an unknown element after binding":        {loginJuliet + bindAny + "<x xmlns='urn:test'/>", "unsupported-stanza-type"},
		"the end of the stream after binding":     {loginJuliet + bindAny + "</stream:stream>", ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := dial(t, start(t, xmpptest.Options{}))
				l.send(c.send)
				wantStreamError(t, l.all(), c.want)
			})
		})
	}
}

func manyAttributes(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, " a%d='x'", i)
	}
	return b.String()
}
