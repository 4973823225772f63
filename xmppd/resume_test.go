package xmppd_test

import (
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmpptest"
)

// resumable binds, enables stream management and returns the id.
func resumable(l *line) (previd string) {
	l.send(loginJuliet + bindAny + "<enable xmlns='urn:xmpp:sm:3' resume='true'/>")
	return l.expect("<enabled xmlns='urn:xmpp:sm:3' id='([^']+)' resume='true'")[1]
}

func resume(previd string, h int) string {
	return fmt.Sprintf("<resume xmlns='urn:xmpp:sm:3' previd='%s' h='%d'/>", previd, h)
}

const probe = "<iq type='get' id='probe' to='example.org'><nothing xmlns='urn:test'/></iq>"

func TestASessionIsTakenOverFromAConnectionThatStillStands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, xmpptest.Options{})
		old := dial(t, s)
		previd := resumable(old)
		old.send(probe)
		old.expect("<service-unavailable .*</iq>")
		next := dial(t, s)
		next.send(loginJuliet + resume(previd, 0))
		next.expect("<resumed xmlns='urn:xmpp:sm:3' previd='" + previd + "' h='1'/>.*id='probe'")
		if got := old.all(); strings.Contains(got, "error") {
			t.Errorf("the old connection is not closed silently: %q", got)
		}
		next.send(probe)
		next.expect("id='probe'")
		if n := len(s.AllSessions()); n != 1 {
			t.Errorf("%d sessions", n)
		}
	})
}

func TestALostSessionIsResumedInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, xmpptest.Options{})
		first := dial(t, s)
		previd := resumable(first)
		first.conn.Close()
		time.Sleep(4 * time.Minute)
		second := dial(t, s)
		second.send(loginJuliet + resume(previd, 0))
		second.expect("<resumed ")
		second.conn.Close()
		time.Sleep(6 * time.Minute)
		third := dial(t, s)
		third.send(loginJuliet + resume(previd, 0))
		third.expect("<failed xmlns='urn:xmpp:sm:3'><item-not-found ")
		third.send(bindAny)
		third.expect("<jid>")
	})
}

func TestAResumptionThatClaimsTooMuchEndsTheStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, xmpptest.Options{})
		previd := resumable(dial(t, s))
		next := dial(t, s)
		next.send(loginJuliet + resume(previd, 7))
		got := next.all()
		wantStreamError(t, got, "undefined-condition")
		if !strings.Contains(got, "<handled-count-too-high xmlns='urn:xmpp:sm:3' h='7' send-count='0'/>") {
			t.Error(got)
		}
		last := dial(t, s) // the session is not lost by that
		last.send(loginJuliet + resume(previd, 0))
		last.expect("<resumed ")
	})
}

func TestOnlyTheSameAccountResumes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, xmpptest.Options{})
		previd := resumable(dial(t, s))
		s.Auth("romeo")
		l := dial(t, s)
		l.send(header + plain("romeo", "romeo-secret") + header + resume(previd, 0))
		l.expect("<failed xmlns='urn:xmpp:sm:3'><item-not-found ")
	})
}

// Of several connections that want the session at the same time one gets it, and every other one is told so or is closed.
func TestResumptionsAtTheSameTime(t *testing.T) {
	s := start(t, xmpptest.Options{})
	previd := resumable(dial(t, s))
	var wg sync.WaitGroup
	lines := make([]*line, 8)
	for i := range lines {
		lines[i] = dial(t, s)
		wg.Go(func() {
			lines[i].send(loginJuliet + resume(previd, 0))
			lines[i].expect("<resumed |<failed |$^")
		})
	}
	wg.Wait()
	waitFor(t, "one connection is left", func() bool {
		alive := 0
		for _, l := range lines {
			l.mu.Lock()
			if l.err == nil && !regexp.MustCompile("item-not-found").Match(l.got.Bytes()) {
				alive++
			}
			l.mu.Unlock()
		}
		return alive == 1
	})
	if x := s.AllSessions(); len(x) != 1 || x[0].Detached() {
		t.Errorf("%d sessions", len(x))
	}
}

// The stanzas that a client has sent are counted once each, wherever its connection broke and however often it resumed.
func TestNothingIsHandledTwiceOverResumptions(t *testing.T) {
	s := start(t, xmpptest.Options{})
	previd, sent := "", 0
	numbered := func(from, to int) string {
		var b strings.Builder
		for i := from; i < to; i++ {
			fmt.Fprintf(&b, "<message to='juliet@example.org' type='chat' id='m%d'><body>%d</body></message>", i, i)
		}
		return b.String()
	}
	for round := range 20 {
		l := dial(t, s)
		if round == 0 {
			previd = resumable(l)
		} else {
			l.send(loginJuliet + resume(previd, 0))
			var h int
			fmt.Sscan(l.expect("<resumed xmlns='urn:xmpp:sm:3' previd='[^']+' h='([0-9]+)'/>")[1], &h)
			if h < sent-50 || h > sent {
				t.Fatalf("h is %d after %d were sent", h, sent)
			}
			sent = h
		}
		burst := numbered(sent, sent+50)
		sent += 50
		l.send(burst[:len(burst)-round*7])
		time.Sleep(time.Duration(round%5) * time.Millisecond)
		l.conn.Close()
	}
	l := dial(t, s)
	l.send(loginJuliet + resume(previd, 0))
	var h int
	fmt.Sscan(l.expect("<resumed xmlns='urn:xmpp:sm:3' previd='[^']+' h='([0-9]+)'/>")[1], &h)
	l.send(numbered(h, sent) + "<r xmlns='urn:xmpp:sm:3'/>")
	l.expect(fmt.Sprintf("<a xmlns='urn:xmpp:sm:3' h='%d'/>", sent))
	if n := s.Stats().Messages; n != uint64(sent) {
		t.Errorf("%d messages handled, %d sent", n, sent)
	}
}

func TestASenderIsSlowedDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := dial(t, start(t, xmpptest.Options{Config: func(c *xmppd.Config) { c.RateBytes = 1000 }}))
		l.send(loginJuliet + bindAny)
		l.expect("</jid></bind></iq>")
		begin := time.Now()
		for i := range 40 {
			l.send(fmt.Sprintf("<iq type='get' id='n%d' to='example.org'><nothing xmlns='urn:test'>%s</nothing></iq>", i, strings.Repeat("x", 930)))
		}
		for done := false; !done; {
			time.Sleep(100 * time.Millisecond)
			synctest.Wait()
			l.mu.Lock()
			done = strings.Contains(l.got.String(), "id='n39'")
			l.mu.Unlock()
		}
		// 41 kB at 1 kB/s, of which 10 kB may come at once.
		if d := time.Since(begin); d < 25*time.Second || d > 35*time.Second {
			t.Errorf("took %v", d)
		}
	})
}

// XEP-0198#enable: the order of login and stream management is enforced, and the login goes on.
func TestStreamManagementBeforeTheLoginFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const failed = "<failed xmlns='urn:xmpp:sm:3'><unexpected-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>"
		l := dial(t, start(t, xmpptest.Options{}))
		l.send(header + "<enable xmlns='urn:xmpp:sm:3' resume='true'/>" + resume("x", 0))
		l.expect(failed + failed)
		l.send(strings.TrimPrefix(loginJuliet, header) + bindAny)
		l.expect("<jid>juliet@example.org/")
	})
}

// A roster push that a session did not confirm is nobody's to answer, while a request of somebody else is.
func TestWhatAnEndedSessionDidNotAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		s := start(t, xmpptest.Options{Deps: func(d *xmppd.Deps) { d.Log = slog.New(slog.NewTextHandler(&log, nil)) }})
		romeo := s.Login("romeo")
		l := dial(t, s)
		resumable(l)
		l.send("<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>")
		l.expect("id='r'")
		l.send("<iq type='set' id='s'><query xmlns='jabber:iq:roster'><item jid='romeo@example.org'/></query></iq>")
		l.expect("<item jid='romeo@example.org'")
		juliet := s.Sessions(jid.MustParse("juliet@example.org"))[0].JID().String()
		romeo.Send("<iq type='get' id='q' to='" + juliet + "'><x xmlns='urn:test'/></iq>")
		l.expect("id='q'")
		l.send("</stream:stream>")
		romeo.Expect("<iq type='error' id='q' from='" + juliet + "'>…<error type='wait'><recipient-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>")
		synctest.Wait()
		if strings.Contains(log.String(), "level=ERROR") {
			t.Error(log.String())
		}
	})
}

// A client may confirm a stanza before the writer has noted that it is written; what comes after it is written all the same.
func TestAnAcknowledgementOvertakesTheWriter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, xmpptest.Options{})
		l := dial(t, s)
		resumable(l)
		x := theSession(s, "juliet@example.org")
		for i := range 50 {
			id := fmt.Sprintf("%d@example.org/r", i)
			x.Send(presenceOf(x, id, ""))
			l.expect("from='" + id + "'")
			l.send(fmt.Sprintf("<a xmlns='urn:xmpp:sm:3' h='%d'/>", i+1))
		}
	})
}
