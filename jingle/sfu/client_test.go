package sfu_test

import (
	"sync"
	"testing"
	"time"

	"github.com/pion/rtcp"

	"plenum/components/media"
	"plenum/jingle/sdp"
	"plenum/jingle/sfu"
	"plenum/jingle/transport"
	"plenum/jingle/wire"
)

// A client is the other end of a session: it sends what the test says and keeps what comes.
type client struct {
	t       testing.TB
	on      []*transport.Transport // in the order of the description
	engines []*transport.Engine
	peer    *sfu.Peer
	log     *log
	d       *sdp.Description

	up      chan struct{}
	packets chan *media.Packet
	control chan rtcp.Packet
	mu      sync.Mutex
	drop    func(*media.Packet) bool // what the network loses on the way to it
	echo    func(*media.Packet)      // sees what arrives
	films   map[uint32]*film

	sequence uint16 // of the voice
}

func (c *client) RTP(p *media.Packet) bool {
	c.mu.Lock()
	drop, echo := c.drop, c.echo
	c.mu.Unlock()
	if drop != nil && drop(p) {
		p.Release()
		return true
	}
	if echo != nil {
		echo(p)
	}
	select {
	case c.packets <- p:
	default:
		p.Release()
	}
	return true
}

func (c *client) RTCP(b []byte) {
	list, err := rtcp.Unmarshal(b)
	if err != nil {
		c.t.Errorf("RTCP that cannot be read: %v", err)
	}
	for _, p := range list {
		if pli, ok := p.(*rtcp.PictureLossIndication); ok {
			c.mu.Lock()
			if film := c.films[pli.MediaSSRC]; film != nil {
				film.key = true
				film.asked++
			}
			c.mu.Unlock()
		}
		select {
		case c.control <- p:
		default:
		}
	}
}

func (c *client) Candidate(transport.Candidate) {}
func (c *client) Gathered()                     {}
func (c *client) State(s transport.State, _ error) {
	if s == transport.Connected {
		c.up <- struct{}{}
	}
}

// dial begins a session as the stanza says, at a server with this engine, and waits until it is connected.
func dial(t testing.TB, e *transport.Engine, path string) *client {
	t.Helper()
	return dialWith(t, e, answer(t, path))
}

func dialWith(t testing.TB, e *transport.Engine, d *sdp.Description) *client {
	t.Helper()
	c := &client{
		t: t, log: newLog(), d: d, up: make(chan struct{}, 8), packets: make(chan *media.Packet, 8192), control: make(chan rtcp.Packet, 8192),
	}
	c.peer = newPeer(t, e, c.log)
	if err := c.peer.Describe(c.d); err != nil {
		t.Fatal(err)
	}
	for i := range c.d.Transports {
		own := newEngine(t)
		there, err := own.NewTransport(transport.Options{Controlling: true, Handler: c})
		if err != nil {
			t.Fatal(err)
		}
		var known media.Extensions
		for _, x := range c.d.Transports[i].Contents {
			n := x.Numbers()
			known = media.Extensions{
				AudioLevel: known.AudioLevel | n.AudioLevel, TransportSequence: known.TransportSequence | n.TransportSequence, MID: known.MID | n.MID,
			}
		}
		there.SetExtensions(known)
		c.on, c.engines = append(c.on, there), append(c.engines, own)
		here := c.peer.Transport(i)
		if _, err := here.SetRemote(there.Local()); err != nil {
			t.Fatal(err)
		}
		if _, err := there.SetRemote(here.Local()); err != nil {
			t.Fatal(err)
		}
		for _, side := range []struct {
			of *transport.Transport
			at *transport.Engine
		}{{here, own}, {there, e}} {
			if err := side.of.Gather(); err != nil {
				t.Fatal(err)
			}
			if err := side.of.AddCandidate(transport.Candidate{Foundation: "1", Component: 1, Protocol: "udp", Priority: 1 << 30,
				Address: side.at.Addresses()[0], Type: "host"}); err != nil {
				t.Fatal(err)
			}
		}
	}
	for range c.on {
		await(t, c.up, "connected")
		awaitState(t, c.log)
	}
	return c
}

func awaitState(t testing.TB, l *log) {
	t.Helper()
	for await(t, l.states, "a state") != transport.Connected {
	}
}

// await waits for what comes at once.
func await[T any](t testing.TB, c <-chan T, what string) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(patience):
		t.Fatalf("waited for %s", what)
	}
	return v
}

// send sends an RTP packet over the first transport.
func (c *client) send(h media.Header, extensions []media.Extension, payload []byte) {
	c.t.Helper()
	b := transport.NewBuffer()
	if !b.SetLen(len(media.AppendPacket(b.Space(), h, extensions, payload))) || !c.on[0].Send(b, transport.Voice) {
		c.t.Fatal("not sent")
	}
}

// tell sends RTCP.
func (c *client) tell(list ...rtcp.Packet) {
	c.t.Helper()
	b, err := rtcp.Marshal(list)
	if err != nil {
		c.t.Fatal(err)
	}
	if !c.on[0].SendRTCP(b) {
		c.t.Fatal("not sent")
	}
}

// track is one of the session's.
func (c *client) track(id string) *media.Track {
	c.t.Helper()
	for t := range c.peer.Tracks() {
		if t.ID() == id {
			return t
		}
	}
	c.t.Fatalf("no track %s", id)
	return nil
}

// content is one of the session's.
func (c *client) content(name string) *sdp.Content {
	_, found := c.d.Content(wire.Key{Creator: wire.Initiator, Name: name})
	return found
}

// heard is RTCP of one kind.
func heard[T rtcp.Packet](c *client) T {
	c.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if p, ok := await(c.t, c.control, "RTCP").(T); ok {
			return p
		}
	}
	var none T
	c.t.Fatalf("waited for %T", none)
	return none
}

// A tap keeps what a layer publishes.
type tap chan *media.Packet

func (t tap) Receive(_ *media.Layer, p *media.Packet) { t <- p.Retain() }

// listen subscribes to a layer.
func listen(l *media.Layer) tap {
	t := make(tap, 4096)
	l.Subscribe(t)
	return t
}

// A film is pictures that a client sends, one in a packet each 10 ms. It begins in the middle.
type film struct {
	ssrc   uint32
	rid    string
	height int
	key    bool // one was asked for
	asked  int
	frozen bool

	sequence  uint16
	timestamp uint32
	picture   uint16
}

// films begins to send pictures in the cam content.
func (c *client) film(list ...*film) {
	stop, done := make(chan struct{}), make(chan struct{})
	c.t.Cleanup(func() { close(stop); <-done })
	c.mu.Lock()
	if c.films == nil {
		c.films = map[uint32]*film{}
	}
	for _, f := range list {
		c.films[f.ssrc] = f
	}
	c.mu.Unlock()
	go func() {
		defer close(done)
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
			}
			for _, f := range list {
				c.frame(f)
			}
		}
	}()
}

// frame sends the next picture of a film.
func (c *client) frame(f *film) {
	c.mu.Lock()
	key, frozen := f.key, f.frozen
	f.key = false
	c.mu.Unlock()
	if frozen {
		return
	}
	f.sequence, f.timestamp, f.picture = f.sequence+1, f.timestamp+900, f.picture+1
	extensions := []media.Extension{{ID: 4, Data: []byte("cam")}}
	if f.rid != "" {
		extensions = append(extensions, media.Extension{ID: 10, Data: []byte(f.rid)})
	}
	b := transport.NewBuffer()
	b.SetLen(len(media.AppendPacket(b.Space(), media.Header{
		Marker: true, PayloadType: 96, SSRC: f.ssrc, Sequence: f.sequence, Timestamp: f.timestamp,
	}, extensions, append(append(picture(key, f.picture&0x7fff, f.height), make([]byte, f.height*3/2)...), byte(f.ssrc), byte(f.sequence>>8), byte(f.sequence)))))
	c.on[0].Send(b, transport.Voice)
}

// of tells whose film a picture is, and which one of it.
func of(p *media.Packet) (ssrc byte, sequence uint16) {
	end := p.Payload[len(p.Payload)-3:]
	return end[0], uint16(end[1])<<8 | uint16(end[2])
}

// simulcast is a film in three sizes.
func simulcast(ssrc uint32) []*film {
	return []*film{
		{ssrc: ssrc, rid: "q", height: 180, sequence: 100, timestamp: 1 << 20, picture: 5},
		{ssrc: ssrc + 1, rid: "h", height: 360, sequence: 65000, timestamp: 1 << 30, picture: 900},
		{ssrc: ssrc + 2, rid: "f", height: 720, sequence: 30000, timestamp: 5, picture: 32760},
	}
}

// sources are our streams in a content.
func (c *client) sources(name string) (ssrc, repair uint32) {
	list := c.content(name).Local.Sources
	return list[0].SSRC, list[len(list)-1].SSRC
}

// next is the next packet of a stream.
func (c *client) next(ssrc uint32) *media.Packet {
	c.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if p := await(c.t, c.packets, "a packet"); p.SSRC == ssrc {
			return p
		}
	}
	c.t.Fatalf("nothing came of %d", ssrc)
	return nil
}

func (c *client) bind(slot int, src media.Source) {
	c.t.Helper()
	if err := c.peer.Bind(slot, src); err != nil {
		c.t.Fatal(err)
	}
}

// picture is a VP8 payload: a frame in one packet.
func picture(key bool, id uint16, height int) []byte {
	b := []byte{0x90, 0xe0, 0x80 | byte(id>>8), byte(id), byte(id), 0x20 /* TID 0, Y */}
	if !key {
		return append(b, 0x01, 0, 0, 1, 2, 3)
	}
	return append(b, 0x00, 0, 0, 0x9d, 0x01, 0x2a, 0, 2, byte(height), byte(height>>8), 9)
}
