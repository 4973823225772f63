package session_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"iter"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"plenum/components/call"
	"plenum/components/disco"
	"plenum/components/media"
	"plenum/jingle/endpoint"
	"plenum/jingle/sdp"
	"plenum/jingle/session"
	"plenum/jingle/transport"
	"plenum/jingle/wire"
	"plenum/xmppd"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/xmlstream"
)

// stage is a component whose addresses can be called. How they take calls says the local part; what becomes of a leg they tell its
// peer by messages, and what these bodies say they do with it:
//
//	stage@   answers at once
//	desk@    rings, and answers after five seconds
//	idle@    does nothing
//	engaged@ refuses as busy
type stage struct {
	srv   *xmppd.Server
	calls *endpoint.Service
	other *stage // the one of the first server, which has all sessions

	mu   sync.Mutex
	legs []*leg // the newest last
}

const stageDomain = "rooms.example.org"

var (
	firstMu sync.Mutex
	first   = map[*store.DB]*stage{}
)

func register(s *xmppd.Server) { newStage(s) }

func newStage(s *xmppd.Server) *stage {
	cfg := endpoint.Config{SessionsPerUser: 3}
	if err := cfg.Validate(); err != nil {
		panic(err)
	}
	st := &stage{srv: s}
	st.calls = endpoint.Register(s, cfg, endpoint.Parts{Disco: disco.Register(s, disco.Config{}), Media: st.newMedia, Log: slog.New(alarm{})})
	st.calls.Serve(stageDomain, endpoint.Callable{
		Owner: st, Resource: "Conference", Video: true, Identities: []disco.Identity{{Category: "conference", Type: "audio-video"}},
	})
	s.AddComponent(stageDomain, st)
	firstMu.Lock()
	defer firstMu.Unlock()
	if first[s.Store()] == nil {
		first[s.Store()] = st
	}
	st.other = first[s.Store()]
	return st
}

// alarm is a log in which there must be no errors.
type alarm struct{ slog.Handler }

func (alarm) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelError }
func (alarm) Handle(_ context.Context, r slog.Record) error {
	panic(fmt.Sprint(r.Message, r.NumAttrs()))
}
func (a alarm) WithAttrs([]slog.Attr) slog.Handler { return a }

// Deliver implements xmppd.Component.
func (st *stage) Deliver(_ context.Context, in *xmppd.Stanza) {
	if st.other != st {
		st.other.Deliver(st.srv.Context(), in)
		return
	}
	resident, _ := in.To.Bare().WithResource("Conference")
	if st.calls.Deliver(resident, in) {
		return
	}
	if body, ok := in.Packet.Child(xmppd.NSClient, "body"); ok {
		st.do(in, body.Text())
	}
}

// do carries out what a body says.
func (st *stage) do(in *xmppd.Stanza, what string) {
	if name, ok := strings.CutPrefix(what, "call "); ok {
		to, _ := jid.Parse(strings.TrimSuffix(name, " with video"))
		l := &leg{made: make(chan struct{}), st: st, peer: in.From}
		d, err := st.calls.Dial(context.Background(), call.Offer{
			ID: "1", From: call.Party{JID: in.To.Bare()}, To: call.Party{JID: to}, Video: strings.HasSuffix(name, "video"),
		}, l)
		if err != nil {
			l.tell(err.Error())
			return
		}
		l.Leg = d
		close(l.made)
		st.add(l)
		return
	}
	st.mu.Lock()
	if len(st.legs) == 0 {
		st.mu.Unlock()
		return
	}
	l := st.legs[len(st.legs)-1]
	st.mu.Unlock()
	switch what {
	case "answer":
		l.Send(call.Answer{})
	case "ring":
		l.Send(call.Ring{})
	case "hold":
		l.Send(call.Hold{})
	case "resume":
		l.Send(call.Resume{})
	case "mute":
		for t := range l.Media().Tracks() {
			l.Send(call.Mute{Track: t})
			break
		}
	case "press D12":
		l.Send(call.SendDTMF{Keys: "D"})
		l.Send(call.SendDTMF{Keys: "12", Duration: 160 * time.Millisecond})
	case "hang up":
		l.Send(call.Hangup{Reason: call.Success})
	case "remove":
		l.Send(call.Hangup{Reason: call.Removed})
	default:
		if m, ok := l.Media().(*fakeMedia); ok {
			m.event(what)
		}
	}
}

func (st *stage) add(l *leg) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.legs = append(st.legs, l)
}

// Incoming implements endpoint.Owner.
func (st *stage) Incoming(from, to jid.JID, c call.Leg, o call.Offer) (call.Sink, error) {
	l := &leg{Leg: c, made: make(chan struct{}), st: st, peer: from}
	close(l.made)
	if to.Local() == "engaged" {
		return nil, fault.New(fault.Busy, "in another call")
	}
	st.add(l)
	l.tell(fmt.Sprintf("call from %s, video %v", o.From.JID, o.Video))
	switch to.Local() {
	case "stage":
		c.Send(call.Answer{})
	case "desk":
		c.Send(call.Ring{})
		time.AfterFunc(5*time.Second, func() { c.Send(call.Answer{}) })
	}
	return l, nil
}

// A leg is a call with somebody, who is told of its events.
type leg struct {
	call.Leg
	made chan struct{} // closed when there is the leg
	st   *stage
	peer jid.JID
}

// Post implements call.Sink.
func (l *leg) Post(e call.Event) bool {
	<-l.made
	text := strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", e), "call."))
	switch e := e.(type) {
	case call.TrackAdded:
		text += " " + e.Track.ID()
	case call.TrackRemoved:
		text += " " + e.Track.ID()
	case call.TrackChanged:
		text += fmt.Sprintf(" %s muted %v", e.Track.ID(), e.Track.Muted())
	case call.MediaReady:
		text += fmt.Sprintf(", %d slots", len(l.Media().Slots()))
	case call.DTMF:
		text += " " + string(e.Key)
	case call.Ended:
		text += ": " + e.Reason.String()
	}
	l.tell(text)
	return true
}

func (l *leg) tell(text string) { l.st.tell(l.peer, text) }

func (st *stage) tell(to jid.JID, text string) {
	st.srv.Route(xmlstream.NewBuilder().Start("message", "", "type", "headline", "from", stageDomain, "to", to.String()).
		Element("body", "", text).Packet())
}

// fakeMedia is a media half without network.
type fakeMedia struct {
	st *stage
	s  *session.Session

	mu         sync.Mutex
	transports []*fakeTransport
	tracks     []*media.Track
	slots      []wire.Key
	made       int
}

func (st *stage) newMedia(s *session.Session, _ bool) session.Media { return &fakeMedia{st: st, s: s} }

func (m *fakeMedia) Tracks() iter.Seq[*media.Track] {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Values(slices.Clone(m.tracks))
}

func (m *fakeMedia) Slots() []media.Slot {
	m.mu.Lock()
	defer m.mu.Unlock()
	return make([]media.Slot, len(m.slots))
}

func (m *fakeMedia) Bind(int, media.Source) error { return nil }

// Describe makes a transport for each of the description, found again by its first content, and a track for each content of the peer's.
func (m *fakeMedia) Describe(d *sdp.Description) error {
	var added, removed []*media.Track
	m.mu.Lock()
	before, tracks := m.transports, m.tracks
	m.transports, m.tracks, m.slots = nil, nil, nil
	audio, video := uint32(1101), uint32(1201)
	for i := range d.Transports {
		t := &d.Transports[i]
		at := slices.IndexFunc(before, func(f *fakeTransport) bool { return f.first == t.Contents[0].Key })
		if at < 0 {
			m.made++
			m.transports = append(m.transports, &fakeTransport{m: m, first: t.Contents[0].Key, ufrag: m.made * 1000})
		} else {
			m.transports = append(m.transports, before[at])
		}
		for j := range t.Contents {
			c := &t.Contents[j]
			if c.Send {
				m.slots = append(m.slots, c.Key)
				announce(c, &audio, &video)
			}
			if !c.Receive || t.Remote.Ufrag == "" {
				continue
			}
			if k := slices.IndexFunc(tracks, func(t *media.Track) bool { return t.ID() == c.Name }); k >= 0 {
				m.tracks = append(m.tracks, tracks[k])
				continue
			}
			track := media.NewTrack(media.TrackConfig{ID: c.Name, Kind: c.Kind, Codec: c.Codecs[0].Codec})
			m.tracks, added = append(m.tracks, track), append(added, track)
		}
	}
	for _, t := range tracks {
		if !slices.Contains(m.tracks, t) {
			removed = append(removed, t)
		}
	}
	m.mu.Unlock()
	for _, t := range removed {
		m.s.TrackRemoved(t)
	}
	for _, t := range added {
		m.s.TrackAdded(t)
	}
	return nil
}

// announce numbers our streams.
func announce(c *sdp.Content, audio, video *uint32) {
	source := func(ssrc uint32) wire.Source {
		return wire.Source{SSRC: ssrc, Parameters: []wire.Parameter{{Name: "cname", Value: "plenum"}}}
	}
	c.Local.Sources, c.Local.SourceGroups = nil, nil
	if c.Kind.Sound() {
		c.Local.Sources = []wire.Source{source(*audio)}
		*audio++
		return
	}
	c.Local.SourceGroups = []wire.SourceGroup{{Semantics: "FID", SSRCs: []uint32{*video, *video + 1}}}
	c.Local.Sources = []wire.Source{source(*video), source(*video + 1)}
	*video += 2
}

func (m *fakeMedia) Transport(i int) session.Transport {
	m.mu.Lock()
	defer m.mu.Unlock()
	if i >= len(m.transports) {
		return nil
	}
	return m.transports[i]
}

// SendDTMF tells the peer, so that scripts see it. The key D is one that nobody takes.
func (m *fakeMedia) SendDTMF(keys string, d time.Duration) error {
	if strings.Contains(keys, "D") {
		return fault.New(fault.Unavailable, "the peer takes no telephone events")
	}
	m.st.tell(m.s.Config.Peer, "keys "+keys+" for "+d.String())
	return nil
}

func (m *fakeMedia) Close() {}

func (m *fakeMedia) place(t *fakeTransport) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Index(m.transports, t)
}

// event is something that happens to the media.
func (m *fakeMedia) event(what string) {
	switch what {
	case "lose":
		m.s.State(0, transport.Lost, transport.ErrGone)
	case "find":
		m.s.State(0, transport.Connected, nil)
	case "close":
		m.s.State(0, transport.Failed, transport.ErrPeerClosed)
	case "wrong certificate":
		m.s.State(0, transport.Failed, transport.ErrFingerprint)
	case "press 5":
		m.s.DTMF('5', 100*time.Millisecond)
	case "layers":
		m.s.Layers(wire.Key{Creator: wire.Initiator, Name: "cam"}, []string{"q", "h"})
	}
}

// fakeTransport connects as soon as it knows the peer, unless that one's ufrag is "dead".
type fakeTransport struct {
	m     *fakeMedia
	first wire.Key

	mu         sync.Mutex
	ufrag      int
	remote     transport.Description
	restarting bool
}

const fakeSum = "9E215C40770B3DE8C162AF58139AD406BB7F35E0482C916DFA03875EC914B260"

func (t *fakeTransport) Local() transport.Description {
	t.mu.Lock()
	defer t.mu.Unlock()
	sum, _ := hex.DecodeString(fakeSum)
	f := wire.Fingerprint{Hash: "sha-256", Sum: sum}
	return transport.Description{
		Ufrag: fmt.Sprint(t.ufrag), Pwd: "Jt6vKzQ1pXc8Wn3RmL0sYbGd", Setup: transport.Passive,
		Fingerprints: []transport.Fingerprint{{Hash: f.Hash, Value: f.String()}},
	}
}

func (t *fakeTransport) Gather() error {
	at := t.m.place(t)
	t.m.s.Candidate(at, transport.Candidate{
		Foundation: "1", Component: 1, Protocol: "udp", Priority: 2130706431, Address: netip.MustParseAddrPort("192.0.2.10:19302"), Type: "host",
	})
	t.m.s.Gathered(at)
	return nil
}

func (t *fakeTransport) SetRemote(d transport.Description) (restarted bool, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	restarted = t.remote.Ufrag != "" && t.remote.Ufrag != d.Ufrag && !t.restarting
	if restarted {
		t.ufrag++
	}
	t.remote, t.restarting = d, false
	if !strings.HasPrefix(d.Ufrag, "dead") {
		t.m.s.State(t.m.place(t), transport.Connected, nil)
	}
	return restarted, nil
}

// AddCandidate tells the peer, so that scripts see it.
func (t *fakeTransport) AddCandidate(c transport.Candidate) error {
	t.m.st.tell(t.m.s.Config.Peer, "candidate "+c.Address.String())
	return nil
}

func (t *fakeTransport) Restart() (transport.Description, error) {
	t.mu.Lock()
	t.ufrag++
	t.restarting = true
	t.mu.Unlock()
	return t.Local(), nil
}
