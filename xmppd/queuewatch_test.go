package xmppd

import (
	"testing"

	"plenum/xmppd/xmlstream"
)

// write gives k entries to the connection.
func write(q *queue, k int) {
	q.unwritten(make([]entry, k), 1<<20)
	q.wrote()
}

// XEP-0198#acking: the client may be faster than the writer's books.
func TestAnAcknowledgementOfWhatIsBeingWritten(t *testing.T) {
	q := &queue{keep: true}
	for range 3 {
		q.push(stanzaEntry(xmlstream.MustParse("<message/>"), nil))
	}
	write(q, 1)
	q.unwritten(make([]entry, 1), 1<<20)
	if !q.ack(2) || q.n != 1 || q.written != 0 {
		t.Fatalf("%d left, %d written", q.n, q.written)
	}
	q.wrote()
	if k := q.unwritten(make([]entry, 8), 1<<20); k != 1 {
		t.Errorf("%d entries are to be written, want 1", k)
	}
}

func TestTheQueueTellsWhenSomethingHasLeft(t *testing.T) {
	stanza := stanzaEntry(xmlstream.MustParse("<message/>"), nil)
	nonza := rawEntry([]byte("<r/>"), entNonza)
	push := func(q *queue, entries ...entry) {
		for _, e := range entries {
			q.push(e)
		}
	}
	for _, c := range []struct {
		sentence string
		keep     bool
		do       func(q *queue)
		want     bool
	}{
		{"written is enough without stream management", false, func(q *queue) { write(q, 3) }, true},
		{"not all is written", false, func(q *queue) { write(q, 2) }, false},
		{"written is not enough with stream management", true, func(q *queue) { write(q, 3) }, false},
		{"acknowledged", true, func(q *queue) { write(q, 3); q.ack(2) }, true},
		{"not all is acknowledged", true, func(q *queue) { write(q, 3); q.ack(1) }, false},
		{"what comes later does not count", true, func(q *queue) { push(q, stanza, nonza, stanza); write(q, 6); q.ack(2) }, true},
		{"acknowledged on another connection", true, func(q *queue) { write(q, 2); q.rewind(); q.prepend(nonza); write(q, 3); q.ack(2) }, true},
		{"given back", true, func(q *queue) { write(q, 3); q.take() }, false},
		{"stream management begins afterwards: written is enough", false, func(q *queue) { q.uncount(); q.keep = true; write(q, 3) }, true},
	} {
		q := &queue{keep: c.keep}
		called := 0
		push(q, stanza, nonza, stanza)
		q.watch(func() { called++ })
		c.do(q)
		if got := called == 1; got != c.want || called > 1 {
			t.Errorf("%s: called %d times", c.sentence, called)
		}
		if c.want == q.watching() && c.sentence != "given back" {
			t.Errorf("%s: still watching is %v", c.sentence, q.watching())
		}
	}
}

func TestAPackedRingHoldsWhatItHeld(t *testing.T) {
	for _, c := range []struct{ pushed, popped, ring int }{{0, 0, 0}, {8, 8, 0}, {1, 0, 1}, {20, 17, 4}, {40, 35, 8}, {8, 0, 8}} {
		q := &queue{}
		for i := range c.pushed {
			q.push(entry{parcel: &parcel{size: i}})
		}
		for range c.popped {
			q.pop()
		}
		q.pack()
		if len(q.ring) != c.ring {
			t.Errorf("%d of %d left: a ring of %d, want %d", c.pushed-c.popped, c.pushed, len(q.ring), c.ring)
		}
		q.push(entry{parcel: &parcel{size: c.pushed}})
		for i := c.popped; i <= c.pushed; i++ {
			if got := q.at(0).size; got != i {
				t.Errorf("after packing %d of %d: entry %d where %d is due", c.pushed-c.popped, c.pushed, got, i)
			}
			q.pop()
		}
	}
}
