package xmppd

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// numberedPresence is a presence whose status tells it from others.
func numberedPresence(who string, n int) entry {
	full := jid.MustParse(who + "@example.org/r")
	return entry{parcel: presenceParcel(xmlstream.MustParse(fmt.Sprintf("<presence from='%s'><status>%s%d</status></presence>", full, who, n)), full)}
}

func numberedPush(who string, n int) entry {
	return entry{parcel: pushParcel(jid.MustParse(who+"@example.org"), "", fmt.Appendf(nil, "<item jid='%s@example.org' name='push-%s%d'/>", who, who, n))}
}

func toldPush(who string, n int) entry {
	return entry{parcel: pushParcel(jid.MustParse(who+"@example.org"), "7", fmt.Appendf(nil, "<item jid='%s@example.org' name='told-%s%d'/>", who, who, n))}
}

// inRing names what lies in the ring: the text of a status, the name of an item, the body of a message.
func inRing(q *queue) (names []string) {
	for i := range q.n {
		e, _ := q.at(i).pkt.First()
		name := e.Text()
		if item, ok := e.First(); ok {
			name, _ = item.Attr("name")
		}
		names = append(names, name)
	}
	return names
}

func chat(n int) entry {
	return stanzaEntry(xmlstream.MustParse(fmt.Sprintf("<message><body>chat%d</body></message>", n)), nil)
}

// backlogged is a session whose writer is stuck with a full ring, which the first function returned empties.
func backlogged(s *Server) (x *Session, full int, written func() []string) {
	x = s.newSession(jid.MustParse("juliet@example.org/r"), binding{user: jid.MustParse("juliet@example.org"), wire: discardWire{}})
	x.busy = true
	for i := range backlogAhead {
		x.pushLater(numberedPresence("x", i))
	}
	return x, backlogAhead, func() []string {
		x.out.mu.Lock()
		defer x.out.mu.Unlock()
		var names []string
		for x.out.n > 0 {
			names = append(names, inRing(&x.out)...)
			x.out.writing = x.out.n - x.out.written
			x.out.wrote()
			x.out.advance(&s.cfg)
		}
		return names
	}
}

func TestWhatWaitsInTheBacklog(t *testing.T) {
	s := benchServer(t)
	for _, c := range []struct {
		sentence string
		do       func(x *Session)
		want     string
	}{
		{"nothing waits", func(*Session) {}, ""},
		{"presence keeps its order", func(x *Session) {
			x.pushLater(numberedPresence("a", 1))
			x.pushLater(numberedPresence("b", 1))
			x.pushLater(numberedPresence("a", 2))
		}, "a1 b1 a2"},
		{"a message does not wait", func(x *Session) {
			x.pushLater(numberedPresence("a", 1))
			x.push(chat(1))
			x.pushLater(numberedPresence("b", 1))
		}, "chat1 a1 b1"},
		{"the version comes with the last roster push", func(x *Session) {
			x.pushRoster(numberedPush("a", 1), toldPush("a", 1))
			x.pushLater(numberedPresence("a", 1))
			x.pushRoster(numberedPush("b", 1), toldPush("b", 1))
			x.pushLater(numberedPresence("b", 1))
		}, "push-a1 a1 told-b1 b1"},
		{"once more, if the last one is in an older one's place", func(x *Session) {
			x.pushLater(numberedPush("b", 1))
			x.pushLater(numberedPush("a", 1))
			x.pushRoster(numberedPush("b", 2), toldPush("b", 2))
			x.out.later.tidy()
		}, "push-b2 push-a1 told-b2"},
		{"the version is not true any more when another push begins a change", func(x *Session) {
			x.pushRoster(numberedPush("a", 1), toldPush("a", 1))
			x.pushLater(numberedPush("b", 1))
		}, "push-a1 push-b1"},
		{"of each, the newest is sent, in the place of the oldest", func(x *Session) {
			for i := range tidyFrom {
				x.pushLater(numberedPresence("a", i))
			}
			x.pushLater(numberedPush("a", 0))
			x.pushLater(numberedPresence("b", 1))
		}, fmt.Sprintf("a%d push-a0 b1", tidyFrom-1)},
		{"a tidied list still knows its last push", func(x *Session) {
			x.pushLater(numberedPush("b", 1))
			for i := range tidyFrom {
				x.pushLater(numberedPush("a", i))
			}
			x.pushRoster(numberedPush("b", 2), toldPush("b", 2))
		}, fmt.Sprintf("push-b1 push-a%d told-b2", tidyFrom-1)},
		{"nothing enters while it is held", func(x *Session) {
			x.hold()
			x.pushLater(numberedPresence("a", 1))
			x.push(chat(1))
			x.out.writing = x.out.n - x.out.written
			x.out.wrote()
			x.out.advance(&s.cfg)
			if x.out.n > 0 {
				t.Error("it does")
			}
			x.release()
		}, "a1"},
		{"nothing is taken after the end", func(x *Session) {
			x.out.closed = true
			x.pushLater(numberedPresence("a", 1))
			x.pushRoster(numberedPush("a", 1), toldPush("a", 1))
		}, ""},
	} {
		x, full, written := backlogged(s)
		c.do(x)
		got := strings.Join(slices.DeleteFunc(written(), func(n string) bool { return strings.HasPrefix(n, "x") }), " ")
		if got != c.want {
			t.Errorf("%s: %d in the ring, then\n%s, want\n%s", c.sentence, full, got, c.want)
		}
	}
}

// Of the ring the backlog uses half at most, also when nothing is acknowledged.
func TestTheBacklogLeavesRoomInTheRing(t *testing.T) {
	s := benchServer(t)
	x := s.newSession(jid.MustParse("juliet@example.org/r"), binding{user: jid.MustParse("juliet@example.org"), wire: discardWire{}})
	x.out.keep = true
	const contacts = 5000
	for i := range contacts {
		if !x.pushLater(numberedPresence(fmt.Sprintf("u%d-", i), 0)) {
			t.Fatal("the session is gone")
		}
	}
	s.writers.wait()
	x.out.mu.Lock()
	if n := x.out.n; n < s.cfg.QueueStanzas/2 || n > s.cfg.QueueStanzas/2+2 {
		t.Errorf("%d wait for an acknowledgement, want half of %d", n, s.cfg.QueueStanzas)
	}
	seen := 0
	for x.out.later != nil || x.out.unacked() > 0 {
		seen += int(x.out.unacked())
		h := x.out.out
		x.out.mu.Unlock()
		if err := x.acked(xmlstream.MustParse(fmt.Sprintf("<a xmlns='urn:xmpp:sm:3' h='%d'/>", h))); err != nil {
			t.Fatal(err)
		}
		s.writers.wait()
		x.out.mu.Lock()
	}
	x.out.mu.Unlock()
	if seen != contacts {
		t.Errorf("%d presences were sent, want %d", seen, contacts)
	}
}

// The list does not grow with what has gone through it.
func TestTheBacklogForgetsWhatHasLeft(t *testing.T) {
	b := &backlog{}
	for i := range 100 {
		b.add(numberedPresence("a", i))
	}
	for i := range 100_000 {
		b.next()
		b.add(numberedPresence("a", i))
	}
	if cap(b.list) > 1000 {
		t.Errorf("room for %d entries for 100", cap(b.list))
	}
}

func TestTheBacklogIsLimited(t *testing.T) {
	s := benchServer(t)
	for _, c := range []struct {
		sentence string
		detached bool
		topics   int
		over     bool
	}{
		{"many contacts", false, 20_000, false},
		{"too many", false, 101_000, true},
		{"many while nobody is there", true, 2*2000 - 100, false},
		{"too many while nobody is there", true, 9000, true},
	} {
		x := s.newSession(jid.MustParse("juliet@example.org/r"), binding{user: jid.MustParse("juliet@example.org")})
		x.SetFlag(flagDetached, c.detached)
		over := false
		x.out.mu.Lock()
		for i := range c.topics {
			for range 2 {
				over = x.postpone(entry{parcel: &parcel{topic: topic{jid: strconv.Itoa(i)}}}) || over
			}
		}
		x.out.mu.Unlock()
		if over != c.over {
			t.Errorf("%s: over the limit is %v", c.sentence, over)
		}
	}
}

func TestTheRingStaysWhileThereIsABacklog(t *testing.T) {
	x, full, written := backlogged(benchServer(t))
	for i := range 3 * full {
		x.pushLater(numberedPresence(fmt.Sprint("x", i), 0))
	}
	q := &x.out
	q.mu.Lock()
	ring := len(q.ring)
	q.writing = q.n
	q.wrote()
	if len(q.ring) != ring {
		t.Errorf("the ring of %d entries is %d when it is about to be filled again", ring, len(q.ring))
	}
	q.advance(&x.srv.cfg)
	q.mu.Unlock()
	if n := len(written()); n != 3*full {
		t.Errorf("%d came from the backlog", n)
	}
	if q.ring != nil || q.later != nil {
		t.Errorf("a ring of %d entries for nothing", len(q.ring))
	}
}
