package sfu_test

import (
	"os"
	"testing"
	"time"

	"plenum/components/call"
	"plenum/components/media"
	"plenum/jingle/sdp"
	"plenum/jingle/sfu"
	"plenum/jingle/transport"
	"plenum/jingle/transport/transporttest"
	"plenum/jingle/wire"
	"plenum/xmppd"
	"plenum/xmppd/xmlstream"
)

// patience is how long a test waits for what happens at once.
const patience = time.Minute

// jingle reads a stanza.
func jingle(t testing.TB, path string) *wire.Jingle {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	p, err := xmlstream.Parse(b, xmppd.NSClient, xmlstream.C2S)
	if err != nil {
		t.Fatal(err)
	}
	e, _ := p.First()
	j, err := wire.ParseJingle(e)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// newEngine is an engine on the network in memory, for a benchmark on the machine's.
func newEngine(t testing.TB) *transport.Engine {
	t.Helper()
	c := transport.Config{Addresses: []string{"127.0.0.1"}, NoTCP: true, Listen: transporttest.Listen}
	if _, measures := t.(*testing.B); measures {
		c.Listen = nil
	}
	e, err := transport.NewEngine(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

// A log keeps what a peer reports.
type log struct {
	candidates chan transport.Candidate
	states     chan transport.State
	added      chan *media.Track
	removed    chan *media.Track
	keys       chan byte
	quality    chan call.Quality
	layers     chan []string
}

func newLog() *log {
	return &log{
		make(chan transport.Candidate, 64), make(chan transport.State, 64), make(chan *media.Track, 64), make(chan *media.Track, 64),
		make(chan byte, 64), make(chan call.Quality, 1024), make(chan []string, 1024),
	}
}

func (l *log) Candidate(_ int, c transport.Candidate)  { l.candidates <- c }
func (l *log) Gathered(int)                            {}
func (l *log) State(_ int, s transport.State, _ error) { l.states <- s }
func (l *log) TrackAdded(t *media.Track)               { l.added <- t }
func (l *log) TrackRemoved(t *media.Track)             { l.removed <- t }
func (l *log) DTMF(key byte, _ time.Duration)          { l.keys <- key }
func (l *log) Quality(q call.Quality)                  { l.quality <- q }
func (l *log) Layers(_ wire.Key, wanted []string)      { l.layers <- wanted }

// answer is our side of a session that begins with the stanza.
func answer(t testing.TB, path string) *sdp.Description {
	t.Helper()
	d, err := sdp.Answer(jingle(t, path), wire.Responder, sdp.Default())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func newPeer(t testing.TB, e *transport.Engine, l *log) *sfu.Peer {
	t.Helper()
	p := sfu.New(sfu.Options{Engine: e, Events: l})
	t.Cleanup(p.Close)
	return p
}
