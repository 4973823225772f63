//go:build interop

package interop

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"plenum/components/call"
	"plenum/components/media"
	"plenum/components/media/jitter"
	"plenum/components/media/play"
	"plenum/components/media/tone"
	"plenum/jingle/endpoint"
	"plenum/jingle/sdp"
	"plenum/jingle/session"
	"plenum/jingle/transport"
	"plenum/jingle/wire"
	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// A talker is a client that calls, made of a socket and this project's own Jingle and media: it says a tone of its own and tells which
// tones it hears.
type talker struct {
	*raw
	t       *testing.T
	mouth   *play.Player
	ear     *ear
	engine  *transport.Engine
	network *network // of its media
	dead    atomic.Bool
	calls   *session.Session

	ctx    context.Context
	cancel context.CancelFunc
	work   sync.WaitGroup

	mu      sync.Mutex
	waiting map[string]func(*xmlstream.Packet)
	changed chan struct{} // closed and made anew with each stanza and event
	heard   []string      // stanzas
	events  []call.Event
}

// newTalker takes over a session of the server.
func newTalker(t *testing.T, r *raw, hz float64) *talker {
	t.Helper()
	network := new(network)
	engine, err := transport.NewEngine(transport.Config{Addresses: []string{"127.0.0.1"}, NoTCP: true, Listen: network.listen})
	if err != nil {
		t.Fatal(err)
	}
	x := &talker{
		raw: r, t: t, engine: engine, network: network, ear: newEar(), mouth: play.NewPlayer(true, play.NewSignal(tone.Signal{Tone: tone.Tone{Hz: []float64{hz}, Amplitude: 8000}})),
		waiting: map[string]func(*xmlstream.Packet){}, changed: make(chan struct{}),
	}
	x.ctx, x.cancel = context.WithCancel(context.Background())
	x.work.Go(x.read)
	x.work.Go(func() { _ = x.mouth.Run(x.ctx) })
	x.work.Go(func() { x.ear.listen(x.ctx) })
	t.Cleanup(func() {
		x.cancel()
		x.cut()
		x.work.Wait()
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("%s has got:\n%s", x.jid, strings.Join(x.heard, "\n"))
		}
	})
	return x
}

// read takes what the server sends.
func (x *talker) read() {
	for {
		e, err := x.nextWithin(time.Hour)
		if err != nil {
			return
		}
		b := xmlstream.NewBuilder().Start(e.XMLName.Local, "", "type", e.Type, "id", e.ID, "from", e.From, "to", e.To).Raw([]byte(e.Inner))
		x.take(b.Packet())
	}
}

func (x *talker) take(p *xmlstream.Packet) {
	x.note(func() { x.heard = append(x.heard, string(p.Raw())) })
	first, _ := p.First()
	switch {
	case p.Kind() == xmlstream.IQ && (p.Type() == "result" || p.Type() == "error"):
		x.mu.Lock()
		done := x.waiting[p.ID()]
		delete(x.waiting, p.ID())
		x.mu.Unlock()
		if done != nil {
			done(p)
		}
	case p.Kind() == xmlstream.IQ && first.Is(wire.NS, "jingle"):
		j, err := wire.ParseJingle(first)
		if err != nil {
			x.t.Errorf("what the server sends cannot be read: %v: %s", err, p.Raw())
			return
		}
		x.calls.Request(jid.MustParse(p.From()), j, func(err error) {
			var e *xmppd.StanzaError
			if errors.As(err, &e) {
				x.t.Errorf("%s refuses %s: %v", x.jid, p.Raw(), err)
				x.say(string(xmppd.ErrorReply(p, e).Raw()))
				return
			}
			x.say("<iq type='result' id='" + p.ID() + "' to='" + p.From() + "'/>")
		})
	case p.Kind() == xmlstream.Message && first.Space() == wire.NSMessage:
		if m, err := wire.ParseMessage(first); err == nil && x.calls != nil && m.ID == x.calls.SID {
			x.calls.Hear(jid.MustParse(p.From()), m)
		}
	}
}

func (x *talker) note(fn func()) {
	x.mu.Lock()
	defer x.mu.Unlock()
	fn()
	close(x.changed)
	x.changed = make(chan struct{})
}

// dies has it do nothing any more, nor close anything.
func (x *talker) dies() {
	x.dead.Store(true)
	x.network.isCut.Store(true)
}

// say sends what the talker's own session says.
func (x *talker) say(text string) {
	if !x.dead.Load() {
		_ = x.send(text)
	}
}

// until waits for something to be so. It is asked whenever something has come.
func (x *talker) until(what string, so func() bool) {
	x.t.Helper()
	late := time.After(patience)
	for {
		x.mu.Lock()
		done, changed := so(), x.changed
		x.mu.Unlock()
		if done {
			return
		}
		select {
		case <-changed:
		case <-late:
			x.t.Fatalf("%s waits in vain for %s", x.jid, what)
		}
	}
}

// gets waits for a stanza that has all of the texts.
func (x *talker) gets(texts ...string) string {
	x.t.Helper()
	var found string
	x.until("a stanza with "+strings.Join(texts, " and "), func() bool {
		for _, s := range x.heard {
			if !slices.ContainsFunc(texts, func(text string) bool { return !strings.Contains(s, text) }) {
				found = s
				return true
			}
		}
		return false
	})
	return found
}

// forgets what has come until now.
func (x *talker) forgets() { x.note(func() { x.heard, x.events = nil, nil }) }

// sends a stanza.
func (x *talker) sends(format string, args ...any) {
	x.t.Helper()
	if err := x.send(fmt.Sprintf(format, args...)); err != nil {
		x.t.Fatal(err)
	}
}

// Request implements session.Stanzas.
func (x *talker) Request(from, to jid.JID, payload []byte, done func(*xmlstream.Packet)) {
	id := rand.Text()
	x.mu.Lock()
	x.waiting[id] = done
	x.mu.Unlock()
	x.say("<iq type='set' id='" + id + "' to='" + to.String() + "'>" + string(payload) + "</iq>")
}

// Message implements session.Stanzas.
func (x *talker) Message(from, to jid.JID, m *wire.Message) {
	b := xmlstream.NewBuilder().Start("message", "", "type", "chat", "id", rand.Text(), "to", to.String())
	m.Build(b)
	x.say(string(b.Bytes()))
}

// Post implements call.Sink.
func (x *talker) Post(e call.Event) bool {
	if e, ok := e.(call.TrackAdded); ok {
		x.ear.add(e.Track)
	}
	x.note(func() { x.events = append(x.events, e) })
	return true
}

// dial calls a conference: as a page does, with a microphone and three slots for voices, or as an ordinary client, with one content both ways, by message
// first.
func (x *talker) dial(to string, asPage bool) {
	x.t.Helper()
	peer := jid.MustParse(to)
	wants := []sdp.Want{{Name: "audio", Kind: media.Audio, Send: true, Receive: true}}
	if asPage {
		wants = []sdp.Want{{Name: "mic", Kind: media.Audio, Send: true}}
		for i := range 3 {
			wants = append(wants, sdp.Want{Name: fmt.Sprintf("a%d", i), Kind: media.Audio, Receive: true})
		}
	} else {
		peer = peer.Bare()
	}
	x.forgets()
	x.calls = session.New(session.Config{
		ID: "1", SID: rand.Text(), Local: jid.MustParse(x.jid), Peer: peer, Role: wire.Initiator, Message: !asPage, Wants: wants, Caps: sdp.Default(),
		Stanzas: x, Media: endpoint.Forwarding(func() *transport.Engine { return x.engine }, nil), Bundles: func(jid.JID) bool { return true },
		Ended: func(*session.Session) {},
	})
	x.work.Go(func() { x.calls.Run(x.ctx, x) })
	x.until("its call to be answered and media to be ready", func() bool {
		return slices.ContainsFunc(x.events, is[call.Answered]) && slices.ContainsFunc(x.events, is[call.MediaReady])
	})
	if err := x.calls.Media().Bind(0, x.mouth); err != nil {
		x.t.Fatal(err)
	}
}

func is[E call.Event](e call.Event) bool {
	_, ok := e.(E)
	return ok
}

// hangUp ends the call.
func (x *talker) hangUp() {
	x.t.Helper()
	x.calls.Send(call.Hangup{Reason: call.Success})
	x.until("the end of its call", func() bool { return slices.ContainsFunc(x.events, is[call.Ended]) })
}

// hears waits until there is a tone in what it hears, and no other one of those.
func (x *talker) hears(hz float64, not ...float64) {
	x.t.Helper()
	x.ear.until(x.t, fmt.Sprintf("%s to hear %v Hz and not %v", x.jid, hz, not), func(pcm []int16) bool {
		return tone.Amplitude(pcm, hz) > 500 && !slices.ContainsFunc(not, func(hz float64) bool { return tone.Amplitude(pcm, hz) > 500 })
	})
}

// hearsMusic waits until there is sound, but none of these tones.
func (x *talker) hearsMusic(not ...float64) {
	x.t.Helper()
	x.ear.until(x.t, x.jid+" to hear music", func(pcm []int16) bool {
		var sum float64
		for _, v := range pcm {
			sum += float64(v) * float64(v)
		}
		return sum/float64(len(pcm)) > 100*100 && !slices.ContainsFunc(not, func(hz float64) bool { return tone.Amplitude(pcm, hz) > 500 })
	})
}

// A network is the socket that a talker's media goes through. It can be cut without anybody being told.
type network struct {
	transport.Socket
	isCut atomic.Bool
}

func (n *network) listen(at netip.AddrPort) (transport.Socket, error) {
	s, err := transport.ListenUDP(at)
	n.Socket = s
	return n, err
}

func (n *network) ReadBatch(list []transport.Arrival) (int, error) {
	for {
		got, err := n.Socket.ReadBatch(list)
		if err != nil || !n.isCut.Load() {
			return got, err
		}
	}
}

func (n *network) WriteBatch(list []transport.Datagram) (int, error) {
	if n.isCut.Load() {
		return len(list), nil
	}
	return n.Socket.WriteBatch(list)
}

// An ear decodes all tracks and keeps the last half second of their sum.
type ear struct {
	mu      sync.Mutex
	buffers map[*media.Track]*jitter.Buffer
	pcm     []int16
	beat    chan struct{} // closed and made anew with each frame
}

// span is what the ear keeps.
const span = media.Rate / 2

func newEar() *ear {
	return &ear{buffers: map[*media.Track]*jitter.Buffer{}, pcm: make([]int16, span), beat: make(chan struct{})}
}

func (e *ear) add(t *media.Track) {
	b, err := jitter.New(t.Codec())
	if err != nil {
		return // pictures
	}
	t.Layers()[0].Subscribe(b)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.buffers[t] = b
}

func (e *ear) listen(ctx context.Context) {
	beat := time.NewTicker(media.FrameTime)
	defer beat.Stop()
	var frame [media.FrameSamples]int16
	for {
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
		}
		e.mu.Lock()
		sum := make([]int16, media.FrameSamples)
		for t, b := range e.buffers {
			if t.Closed() {
				t.Layers()[0].Unsubscribe(b)
				delete(e.buffers, t)
				continue
			}
			if b.Frame(frame[:]) != jitter.Nothing {
				for i, v := range frame {
					sum[i] += v
				}
			}
		}
		e.pcm = append(e.pcm[media.FrameSamples:], sum...)
		close(e.beat)
		e.beat = make(chan struct{})
		e.mu.Unlock()
	}
}

// until waits for the last half second to be as wanted.
func (e *ear) until(t *testing.T, what string, so func([]int16) bool) {
	t.Helper()
	late := time.After(patience)
	for {
		e.mu.Lock()
		pcm, beat := slices.Clone(e.pcm), e.beat
		e.mu.Unlock()
		if so(pcm) {
			return
		}
		select {
		case <-beat:
		case <-late:
			t.Fatalf("%s: in vain", what)
		}
	}
}
