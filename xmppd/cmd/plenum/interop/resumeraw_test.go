//go:build interop

package interop

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

const rawCuts = 40

// A client that keeps to XEP-0198 to the letter loses its connection at random moments and resumes; messages go both ways all
// the time. Each arrives once and in order.
func TestInteropResumptionByTheLetter(t *testing.T) {
	counted(t)
	s := startServer(t)
	trust := trusting(t, s.certificate())
	who, other := s.user("romeo"), s.user("juliet")
	friend, err := loginRaw(s.address(portTLS), trust, other, "friend")
	if err != nil {
		t.Fatal(err)
	}
	device, err := loginRaw(s.address(portTLS), trust, who, "device")
	if err != nil {
		t.Fatal(err)
	}
	toFriend := make(chan string, 10000)
	go func() {
		defer close(toFriend)
		for {
			e, err := friend.next()
			if err != nil || e.Body == "the end" {
				return
			}
			if e.Body != "" {
				toFriend <- e.Body
			}
		}
	}()

	p := &pen{of: device, to: friend.jid, counted: 1} // presence came first
	var got, want []string
	for round := range rawCuts {
		for range rand.IntN(8) {
			want = append(want, fmt.Sprintf("down %d", len(want)))
			if err := friend.send(fmt.Sprintf("<message to='%s' type='chat'><body>%s</body></message>", who.JID, want[len(want)-1])); err != nil {
				t.Fatal(err)
			}
			_ = p.write() // the connection may be gone
		}
		got = append(got, device.bodiesFor(time.Duration(rand.IntN(20))*time.Millisecond)...)
		device.cut()
		again, err := dialRaw(s.address(portTLS), trust)
		if err == nil {
			err = again.auth(who)
		}
		var h uint32
		if err == nil {
			h, err = again.resume(device)
		}
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		device, p.of = again, again
		if err := p.rewrite(h); err != nil {
			t.Fatal(err)
		}
	}
	got = append(got, device.bodiesFor(2*time.Second)...)
	if !slices.Equal(got, want) {
		t.Errorf("the device got\n%q, want\n%q", got, want)
	}
	if err := device.send("<message to='" + friend.jid + "' type='chat'><body>the end</body></message>"); err != nil {
		t.Fatal(err)
	}
	var up []string
	for text := range toFriend {
		up = append(up, text)
	}
	if !slices.Equal(up, p.texts) {
		t.Errorf("the friend got\n%q, want\n%q", up, p.texts)
	}
	t.Logf("%d cuts, %d messages down, %d up", rawCuts, len(want), len(up))
}

// A pen writes numbered messages and remembers them, to write those again that got lost.
type pen struct {
	of      *raw
	to      string
	counted int // stanzas sent before the first message
	texts   []string
}

func (p *pen) write() error {
	p.texts = append(p.texts, fmt.Sprintf("up %d", len(p.texts)))
	return p.send(p.texts[len(p.texts)-1])
}

func (p *pen) send(text string) error {
	return p.of.send(fmt.Sprintf("<message to='%s' type='chat'><body>%s</body></message>", p.to, text))
}

// rewrite sends again what h does not cover.
func (p *pen) rewrite(h uint32) error {
	if int(h) < p.counted || int(h)-p.counted > len(p.texts) {
		return fmt.Errorf("the server says it has %d of %d stanzas", h, p.counted+len(p.texts))
	}
	for _, text := range p.texts[int(h)-p.counted:] {
		if err := p.send(text); err != nil {
			return err
		}
	}
	return nil
}

// bodiesFor reads for a while and returns the texts of messages. A stanza that the limit cuts in two is not counted.
func (r *raw) bodiesFor(limit time.Duration) (texts []string) {
	for deadline := time.Now().Add(limit); ; {
		e, err := r.nextWithin(time.Until(deadline))
		if err != nil {
			return texts
		}
		if e.Body != "" {
			texts = append(texts, e.Body)
		}
	}
}
