package xmppd_test

import (
	"testing"
	"testing/synctest"
	"time"

	"plenum/xmppd"
	"plenum/xmppd/cluster"
	"plenum/xmppd/store"
	"plenum/xmppd/xmpptest"
)

// hold makes a node stand still between its neighbours' envelopes, and go on after d.
const hold = "test.hold"

// twoThatHold starts two servers that are one system, each of which can be held by an envelope.
func twoThatHold(t *testing.T) (a, b *xmpptest.Server) {
	return xmpptest.Two(t, func(s *xmppd.Server) {
		s.OnNode(hold, func(_ cluster.NodeID, payload []byte) {
			d, _ := time.ParseDuration(string(payload))
			time.Sleep(d)
		})
	})
}

func holdNode(t *testing.T, by *xmpptest.Server, node cluster.NodeID, d time.Duration) {
	t.Helper()
	if err := by.SendNode(node, hold, []byte(d.String())); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
}

// last is the type of the last presence of a full JID among what has come; "-" without one.
func last(c *xmpptest.Client, from string) string {
	typ := "-"
	for _, p := range c.Drain() {
		if p.Local() == "presence" && p.From() == from {
			typ = p.Type()
		}
	}
	return typ
}

// TestAResourceThatIsBoundOnAnotherServer has juliet come back through another server while the first one has not yet noticed that
// she is gone, and takes its time.
func TestAResourceThatIsBoundOnAnotherServer(t *testing.T) {
	const balcony = "juliet@example.org/balcony"
	for name, c := range map[string]struct {
		held time.Duration // how long the first server takes
		wait time.Duration // how long she waits to be let in
	}{
		"it ends the old session at once":             {0, 0},
		"it takes a moment, and the bind waits":       {time.Second, time.Second},
		"it hangs, and the bind does not wait longer": {time.Minute, 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, b := twoThatHold(t)
				old := a.Login("juliet/balcony").Available()
				hereA, hereB := a.Login("juliet/a").Available(), b.Login("juliet/b").Available()
				synctest.Wait()
				if c.held > 0 {
					holdNode(t, b, "a", c.held)
				}
				before := time.Now()
				fresh := b.Login("juliet/balcony")
				if d := time.Since(before); d != c.wait {
					t.Errorf("the bind has taken %v, want %v", d, c.wait)
				}
				fresh.Available()
				time.Sleep(2 * time.Minute)
				synctest.Wait()
				if typ := last(fresh, balcony); typ == "unavailable" {
					t.Error("the new session is told that it has ended")
				}
				if got := old.Ended(); got != "conflict" {
					t.Errorf("the old session ended with %q", got)
				}
				for _, x := range []*xmpptest.Client{hereA, hereB} {
					if typ := last(x, balcony); typ != "" {
						t.Errorf("for %s, the last presence of the new session is of type %q", x.JID, typ)
					}
				}
			})
		})
	}
}

// TestADisplacedSessionThatNobodyFollows: the new session stays without presence, so the old one's end is to be seen, however late.
func TestADisplacedSessionThatNobodyFollows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := twoThatHold(t)
		a.Login("juliet/balcony").Available()
		here := b.Login("juliet/b").Available()
		synctest.Wait()
		holdNode(t, b, "a", time.Minute)
		b.Login("juliet/balcony")
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if typ := last(here, "juliet@example.org/balcony"); typ != "unavailable" {
			t.Errorf("the last presence is of type %q", typ)
		}
	})
}

// TestMessagesOfADisplacedSession: what the old session had not confirmed comes to the new one, once.
func TestMessagesOfADisplacedSession(t *testing.T) {
	for name, held := range map[string]time.Duration{"at once": 0, "after a moment": time.Second, "after the bind": 5 * time.Second} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, b := twoThatHold(t)
				old := a.Login("juliet/balcony").Available()
				old.Send("<enable xmlns='urn:xmpp:sm:3' resume='true'/>")
				old.Find("<enabled xmlns='urn:xmpp:sm:3'>…</enabled>")
				old.Cut()
				romeo := a.Login("romeo")
				send(t, a, romeo, 0, 3, "Wherefore")
				if held > 0 {
					holdNode(t, b, "a", held)
				}
				fresh := b.Login("juliet/balcony")
				fresh.Send("<presence/>")
				time.Sleep(time.Minute)
				synctest.Wait()
				got := map[string]int{}
				for _, p := range fresh.Drain() {
					if p.Local() == "message" {
						got[p.ID()]++
					}
				}
				if len(got) != 3 || got["m0"] != 1 || got["m1"] != 1 || got["m2"] != 1 {
					t.Errorf("got %v", got)
				}
			})
		})
	}
}

// TestABindWaitsForASessionThatIsEnding: the old session has left the server already, but not been announced, since what its client
// has sent before is still being carried out.
func TestABindWaitsForASessionThatIsEnding(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := xmpptest.Start(t, func(s *xmppd.Server) {
			s.Hooks.Message.Add(xmppd.Archive, func(ev *xmppd.Message) error {
				ev.Batch.Do(func(*store.Tx) error { return nil }) // so that the rest is not done by the reader
				return nil
			})
			s.Hooks.Message.Add(xmppd.Observe, func(ev *xmppd.Message) error {
				if ev.Side == xmppd.Outbound {
					time.Sleep(time.Second)
				}
				return nil
			})
		})
		here := srv.Login("juliet/chamber").Available()
		old := srv.Login("juliet/balcony").Available()
		old.Send("<message to='juliet@example.org/chamber'><body>Anon</body></message></stream:stream>")
		synctest.Wait()
		before := time.Now()
		fresh := srv.Login("juliet/balcony")
		if d := time.Since(before); d != time.Second {
			t.Errorf("the bind has taken %v", d)
		}
		fresh.Available()
		time.Sleep(time.Minute)
		synctest.Wait()
		if typ := last(here, "juliet@example.org/balcony"); typ != "" {
			t.Errorf("the last presence of the new session is of type %q", typ)
		}
	})
}
