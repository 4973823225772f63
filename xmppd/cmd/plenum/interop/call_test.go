//go:build interop

package interop

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// A caller is a client made of slixmpp and aiortc that shares no code with the server, neither for XMPP nor for media.
type caller struct {
	*program
	jid string // full
}

func callerFor(t *testing.T, srv *server, name string) *caller {
	t.Helper()
	return callerAs(t, srv, srv.user(name))
}

func callerAs(t *testing.T, srv *server, a account) *caller {
	t.Helper()
	needsSlixmpp(t)
	out, err := exec.Command(python, "-c", "import aiortc").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, out)
	}
	needs(t, "aiortc (Debian: python3-aiortc)", err)
	who := srv.as(a, viaSTARTTLS, "r")
	p := run(t, who, python, "testdata/call_client.py")
	ran(p.seen().await(t, "the login", func(e event) bool { return e.Is == "online" }).Client)
	return &caller{p, who.JID + "/r"}
}

// hears waits until the client hears what it is said to: a tone by its frequency, "sound", "silence".
func (c *caller) hears(what string) {
	c.t.Helper()
	c.awaits("to hear "+what, 1, func(e event) bool {
		return e.Is == "heard" && (e.Text == what || strings.Contains("+"+e.Text+"+", "+"+what+"+"))
	})
}

// sees waits for the pictures of the client's n-th call.
func (c *caller) sees(n int) {
	c.t.Helper()
	c.awaits("to see pictures", n, func(e event) bool { return e.Is == "frames" && e.Text == "25" })
}

// awaits waits for the n-th event of a kind, and ends the test at once when something went wrong in the client.
func (c *caller) awaits(what string, n int, is func(event) bool) event {
	c.t.Helper()
	list := c.seen().awaitAll(c.t, what, n, func(e event) bool { return e.Is == "failed" || is(e) })
	for _, e := range list {
		if e.Is == "failed" {
			c.t.Fatalf("%s, waiting %s: %s", c.jid, what, e.Text)
		}
	}
	return list[n-1]
}

// TestTwoClientsCallEachOtherThroughTURNAlone: a plain call of two clients that are not ours, whose stanzas the server only routes. Each
// uses relayed candidates alone, over each way to the relay there is, and hears the other's tone and sees pictures.
func TestTwoClientsCallEachOtherThroughTURNAlone(t *testing.T) {
	counted(t)
	srv := startServer(t)
	romeo, juliet := callerFor(t, srv, "romeo"), callerFor(t, srv, "juliet")
	for i, way := range []string{"turn/udp", "turns/tcp"} {
		tones := []string{[]string{"440", "550"}[i], []string{"660", "880"}[i]}
		juliet.tell(order{Do: "answering", Form: map[string]string{"tone": tones[1], "video": "1", "way": way}})
		romeo.tell(order{Do: "call", To: juliet.jid, Form: map[string]string{"tone": tones[0], "video": "1", "way": way}})
		romeo.hears(tones[1])
		juliet.hears(tones[0])
		romeo.sees(i + 1)
		juliet.sees(i + 1)
		romeo.tell(order{Do: "hang up"})
		ended := juliet.awaits("the end of the call over "+way, i+1, func(e event) bool { return e.Is == "ended" })
		t.Logf("%s: heard %s, pictures %s", way, ended.Lines[0], ended.Lines[1])
	}
	// Nothing of the calls stays behind.
	for deadline := time.Now().Add(patience); metricsOf(t, srv)["plenum_turn_allocations"] != "0"; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s addresses are relayed after the calls", metricsOf(t, srv)["plenum_turn_allocations"])
		}
	}
	figures := metricsOf(t, srv)
	if figures["plenum_turn_allocations_total"] < "4" || figures["plenum_turn_from_peers_bytes_total"] == "0" {
		t.Errorf("%s allocations, %s bytes from peers: not all went through the relay", figures["plenum_turn_allocations_total"], figures["plenum_turn_from_peers_bytes_total"])
	}
}
