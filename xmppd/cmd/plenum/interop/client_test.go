//go:build interop

package interop

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// How a client connects.
const (
	viaSTARTTLS  = "starttls"
	viaTLS       = "tls" // TLS from the first byte
	viaWebSocket = "websocket"
)

// A login is what a client needs to know.
type login struct {
	account
	Resource string
	Via      string
	Port     int // at 127.0.0.1
	CA       string
	Stock    bool // leave the client's choice of mechanisms as it comes
	browsing
}

// browsing is what a person at a page needs.
type browsing struct {
	URL, Lang   string
	Dark, Phone bool

	Sound, Picture string // files that the microphone and the camera play
	Hosts          string // how names are resolved, as Chromium wants to be told
	Preload        string // a script that runs in the page before its own
}

// An event is what a client saw. Which fields are set follows from Is.
type event struct {
	Is        string `json:"is"` // online, refused, presence, message, joined (a room it made, which is open now), sent (written to the connection), lost, resumed, history (end of an archive query), contact (Type is the subscription, Text the name, Lines are the groups)
	From      string `json:"from"`
	To        string `json:"to"`
	Type      string `json:"type"`
	Show      string `json:"show"`
	Status    string `json:"status"`
	Body      string `json:"body"`
	ID        string `json:"id"`
	How       string `json:"how"` // of messages: empty when they came for this client, else sent, received (carbons), archive, delayed
	Mechanism string `json:"mechanism"`
	Text      string `json:"text"`
	Client    string `json:"client"` // name and version, with online

	Lines []string `json:"lines"` // of what has several: a chat, a list of people, findings
}

// A client is a real XMPP client that a user sits at. Whoever asks to see the user's presence is let, and asked in return.
type client interface {
	add(jid string)             // ask for a subscription
	show(show, status string)   // send presence
	chat(to, body string)       // a message to one
	join(room, nick string)     // enter a room, making it when there is none
	say(room, body string)      // a message to a room
	history(with, after string) // ask the archive for what came after the message with this archive id
	quit()                      // log out
	seen() *diary
}

// A diary holds all that a client saw, in order.
type diary struct {
	who     string
	mu      sync.Mutex
	events  []event
	changed chan struct{} // closed and replaced at each event
}

func newDiary(who string) *diary { return &diary{who: who, changed: make(chan struct{})} }

func (d *diary) enter(e event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.events = append(d.events, e)
	close(d.changed)
	d.changed = make(chan struct{})
}

// find returns the events that match, and a channel that is closed when there are more.
func (d *diary) find(want func(event) bool) (found []event, more <-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, e := range d.events {
		if want(e) {
			found = append(found, e)
		}
	}
	return found, d.changed
}

func (d *diary) count(want func(event) bool) int {
	found, _ := d.find(want)
	return len(found)
}

// await waits for the first event that matches, which may be in the diary already.
func (d *diary) await(t testing.TB, what string, want func(event) bool) event {
	t.Helper()
	return d.awaitAll(t, what, 1, want)[0]
}

// awaitAll waits until count events match.
func (d *diary) awaitAll(t testing.TB, what string, count int, want func(event) bool) []event {
	t.Helper()
	for deadline := time.After(patience); ; {
		found, more := d.find(want)
		if len(found) >= count {
			return found
		}
		select {
		case <-more:
		case <-deadline:
			t.Fatalf("%s: waited in vain for %s (%d of %d); saw\n%s", d.who, what, len(found), count, d)
		}
	}
}

// awaitLatest waits until the latest event that is of a kind is as wanted: it tells how things are now.
func (d *diary) awaitLatest(t testing.TB, what string, kind, wanted func(event) bool) event {
	t.Helper()
	for deadline := time.After(patience); ; {
		found, more := d.find(kind)
		if n := len(found); n > 0 && wanted(found[n-1]) {
			return found[n-1]
		}
		select {
		case <-more:
		case <-deadline:
			t.Fatalf("%s: waited in vain for %s; saw\n%s", d.who, what, d)
		}
	}
}

func (d *diary) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var b strings.Builder
	for _, e := range d.events {
		fmt.Fprintf(&b, "  %+v\n", e)
	}
	return b.String()
}

// isMessage matches a message by its text, of this client's own or by the way named.
func isMessage(body, how string) func(event) bool {
	return func(e event) bool { return e.Is == "message" && e.Body == body && e.How == how }
}

// isPresence matches presence of an account, whatever the resource.
func isPresence(from, kind, show, status string) func(event) bool {
	return func(e event) bool {
		return e.Is == "presence" && bare(e.From) == from && e.Type == kind && e.Show == show && e.Status == status
	}
}

func bare(jid string) string {
	name, _, _ := strings.Cut(jid, "/")
	return name
}
