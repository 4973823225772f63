package xmppd_test

import (
	"context"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"plenum/xmppd"
	"plenum/xmppd/xmpptest"
)

// within checks that fn ends after about d, in the time of a bubble.
func within(t *testing.T, d time.Duration, fn func()) {
	t.Helper()
	begin := time.Now()
	fn()
	if got := time.Since(begin); got < d-time.Second || got > d+3*time.Second {
		t.Errorf("after %v, not %v", got, d)
	}
}

func TestALoginTakesAMinuteAtMost(t *testing.T) {
	for name, begin := range map[string]string{
		"silence":                     "",
		"half a header":               header[:60],
		"a header":                    header,
		"half an element":             header + "<auth" + nsSASL + " mechanism='PLAIN'>AG",
		"an exchange without its end": header + "<auth" + nsSASL + " mechanism='PLAIN'/>",
		"a login without binding":     loginJuliet,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := dial(t, start(t, xmpptest.Options{}))
				l.send(begin)
				within(t, time.Minute, func() { wantStreamError(t, l.all(), "connection-timeout") })
			})
		})
	}
	t.Run("a byte a second", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			l := dial(t, start(t, xmpptest.Options{}))
			var drip sync.WaitGroup
			defer drip.Wait()
			drip.Go(func() {
				for _, c := range header + "<a>" + strings.Repeat("x", 200) {
					time.Sleep(time.Second)
					if _, err := io.WriteString(l.conn, string(c)); err != nil {
						return
					}
				}
			})
			within(t, time.Minute, func() { wantStreamError(t, l.all(), "connection-timeout") })
		})
	})
}

func TestASilentClientIsAskedAndThenGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, xmpptest.Options{})
		l := dial(t, s)
		l.send(loginJuliet + bindAny)
		l.expect("</jid></bind></iq>")
		within(t, 10*time.Minute, func() {
			time.Sleep(10*time.Minute - time.Second)
			l.expect("<iq type='get' .*<ping xmlns='urn:xmpp:ping'/></iq>")
		})
		within(t, time.Minute, func() { l.all() })
		synctest.Wait()
		if n := len(s.AllSessions()); n != 0 {
			t.Errorf("%d sessions are left", n)
		}
	})
}

func TestASpaceIsASignOfLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, xmpptest.Options{})
		l := dial(t, s)
		l.send(loginJuliet + bindAny)
		l.expect("</jid></bind></iq>")
		for range 20 {
			time.Sleep(9 * time.Minute)
			l.send(" ")
		}
		synctest.Wait()
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.got.Len() > 0 || len(s.AllSessions()) != 1 {
			t.Errorf("%q, %d sessions", l.got.String(), len(s.AllSessions()))
		}
	})
}

func TestADeadlineInTheMiddleOfAStanzaLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := dial(t, start(t, xmpptest.Options{}))
		l.send(loginJuliet + bindAny)
		l.expect("</jid></bind></iq>")
		l.send("<iq type='get' id='half' to='exam")
		time.Sleep(10*time.Minute + 30*time.Second)
		l.expect("<ping xmlns='urn:xmpp:ping'/>")
		l.send("ple.org'><nothing xmlns='urn:test'/></iq>")
		l.expect("id='half'.*<service-unavailable")
	})
}

func TestAClientThatDoesNotReadIsCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, xmpptest.Options{})
		conn := pipe(s, false)
		defer conn.Close()
		for _, step := range [][2]string{
			{header, "</stream:features>"}, {plain("juliet", "juliet-secret"), "/>"}, {header, "</stream:features>"}, {bindAny, "</iq>"},
		} {
			exchange(t, conn, step[0], step[1])
		}
		io.WriteString(conn, "<iq type='get' id='1' to='example.org'><nothing xmlns='urn:test'/></iq>")
		within(t, 30*time.Second, func() {
			for len(s.AllSessions()) > 0 {
				time.Sleep(time.Second)
			}
		})
	})
}

func TestAStoppedServerSaysGoodbye(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, xmpptest.Options{})
		unbound, bound := dial(t, s), dial(t, s)
		unbound.send(header)
		unbound.expect("</stream:features>")
		bound.send(loginJuliet + bindAny)
		bound.expect("</jid></bind></iq>")
		go func() {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			if err := s.Server.Stop(ctx); err != nil {
				t.Error(err)
			}
		}()
		for _, l := range []*line{unbound, bound} {
			if got := l.all(); !strings.HasPrefix(got, "<stream:error><system-shutdown ") || !strings.HasSuffix(got, "</stream:stream>") {
				t.Errorf("%q", got)
			}
		}
	})
}

func TestConnectionsAreLimited(t *testing.T) {
	s := start(t, xmpptest.Options{Config: func(c *xmppd.Config) { c.Connections = 2 }})
	dial := listen(t, s.ServeC2S)
	first, second := newLine(t, dial()), newLine(t, dial())
	for _, l := range []*line{first, second} {
		l.send(header)
		l.expect("</stream:features>")
	}
	if got := newLine(t, dial()).all(); got != "" {
		t.Errorf("%q", got)
	}
	first.send("</stream:stream>")
	first.all()
	first.conn.Close()
	for i := 0; ; i++ {
		l := newLine(t, dial())
		l.send(header + "</stream:stream>")
		if strings.Contains(l.all(), "<stream:stream") {
			break
		}
		if i == 100 {
			t.Fatal("a closed connection still counts")
		}
		time.Sleep(20 * time.Millisecond)
	}
	if s.Stats().ConnectionsRefused == 0 {
		t.Error("refused connections are not counted")
	}
}

// A peer that is still sending gets the stream error all the same: closing at once would reset the connection and throw away
// what it has not read.
func TestTheErrorReachesAPeerThatIsStillSending(t *testing.T) {
	dial := listen(t, start(t, xmpptest.Options{}).ServeC2S)
	conn := dial()
	if _, err := io.WriteString(conn, header+strings.Repeat("<message/>", 200_000)); err != nil {
		t.Fatal(err)
	}
	conn.(*net.TCPConn).CloseWrite()
	got, err := io.ReadAll(conn)
	if err != nil {
		t.Error(err)
	}
	wantStreamError(t, string(got), "not-authorized")
}
