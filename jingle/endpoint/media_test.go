package endpoint_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"plenum/components/call"
	"plenum/components/disco"
	"plenum/components/media"
	"plenum/jingle/endpoint"
	"plenum/jingle/transport"
	"plenum/jingle/wire"
	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
	"plenum/xmppd/xmpptest"
)

// studio is a component that answers calls and tells of their events.
type studio struct {
	calls  *endpoint.Service
	events chan call.Event
	leg    chan call.Leg
}

const domain = "studio.example.org"

func (s *studio) Deliver(_ context.Context, in *xmppd.Stanza) { s.calls.Deliver(in.To, in) }

func (s *studio) Incoming(_, _ jid.JID, leg call.Leg, _ call.Offer) (call.Sink, error) {
	leg.Send(call.Answer{})
	s.leg <- leg
	return s, nil
}

func (s *studio) Post(e call.Event) bool {
	s.events <- e
	return true
}

// await waits for an event.
func (s *studio) await(t *testing.T, is func(call.Event) bool) {
	t.Helper()
	for late := time.After(xmpptest.Timeout); ; {
		select {
		case e := <-s.events:
			if is(e) {
				return
			}
		case <-late:
			t.Fatal("waited in vain for an event")
		}
	}
}

func newEngine(t *testing.T) *transport.Engine {
	t.Helper()
	e, err := transport.NewEngine(transport.Config{Addresses: []string{"127.0.0.1"}, NoTCP: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

// handler is the far end of a transport.
type handler struct{ states chan transport.State }

func (handler) RTP(p *media.Packet) bool           { p.Release(); return true }
func (handler) RTCP([]byte)                        {}
func (handler) Candidate(transport.Candidate)      {}
func (handler) Gathered()                          {}
func (h handler) State(s transport.State, _ error) { h.states <- s }

func startStudio(t *testing.T, engine func() *transport.Engine) (*studio, *xmpptest.Client) {
	s := &studio{events: make(chan call.Event, 100), leg: make(chan call.Leg, 10)}
	srv := xmpptest.Start(t, func(x *xmppd.Server) {
		cfg := endpoint.Config{}
		if err := cfg.Validate(); err != nil {
			t.Fatal(err)
		}
		s.calls = endpoint.Register(x, cfg, endpoint.Parts{Disco: disco.Register(x, disco.Config{}), Media: endpoint.Forwarding(engine, nil)})
		s.calls.Serve(domain, endpoint.Callable{Owner: s, Resource: "r", Video: true})
		x.AddComponent(domain, s)
	})
	return s, srv.Login("juliet")
}

// Dino has no BUNDLE: sound and pictures each come over a transport of their own, from a port of their own, and each finds its track. The call lasts as
// long as one of them does, and ends three seconds after the client has closed both without a word.
func TestATransportForEachContent(t *testing.T) {
	engine := newEngine(t)
	s, juliet := startStudio(t, func() *transport.Engine { return engine })
	text, err := os.ReadFile("../wire/testdata/dino-initiate.xml")
	if err != nil {
		t.Fatal(err)
	}
	p := xmlstream.MustParse(string(text))
	first, _ := p.First()
	offer, err := wire.ParseJingle(first)
	if err != nil {
		t.Fatal(err)
	}
	far := make([]*transport.Transport, len(offer.Contents))
	states := make([]chan transport.State, len(far))
	for i := range far {
		e := newEngine(t)
		states[i] = make(chan transport.State, 10)
		if far[i], err = e.NewTransport(transport.Options{Controlling: true, Handler: handler{states[i]}}); err != nil {
			t.Fatal(err)
		}
		own, at := far[i].Local(), e.Addresses()[0]
		w := offer.Contents[i].Transport
		w.Ufrag, w.Pwd, w.Fingerprints[0].Hash = own.Ufrag, own.Pwd, own.Fingerprints[0].Hash
		if _, err := fmt.Sscanf(strings.ReplaceAll(own.Fingerprints[0].Value, ":", ""), "%x", &w.Fingerprints[0].Sum); err != nil {
			t.Fatal(err)
		}
		w.Fingerprints = w.Fingerprints[:1]
		w.Candidates = []wire.Candidate{{Component: 1, Foundation: "1", ID: "1", Address: at.Addr().String(), Port: at.Port(), Priority: 1 << 30, Protocol: "udp", Type: "host"}}
	}
	b := xmlstream.NewBuilder().Start("iq", "", "type", "set", "id", "1", "to", "stage@"+domain+"/r")
	offer.Build(b)
	juliet.Send(string(b.Bytes()))
	juliet.Find("<iq type='result' id='1'/>")
	leg := <-s.leg

	accept := juliet.Find("<iq type='set'><jingle xmlns='urn:xmpp:jingle:1' action='session-accept' sid='…' responder='…'>…</jingle></iq>")
	juliet.Send("<iq type='result' id='" + accept.ID() + "' to='" + accept.From() + "'/>")
	first, _ = accept.First()
	answer, err := wire.ParseJingle(first)
	if err != nil || len(answer.Contents) != len(far) {
		t.Fatalf("%v: %s", err, accept.Raw())
	}
	for i, c := range answer.Contents {
		w := c.Transport
		d := transport.Description{Ufrag: w.Ufrag, Pwd: w.Pwd, Setup: transport.Setup(w.Fingerprints[0].Setup),
			Fingerprints: []transport.Fingerprint{{Hash: w.Fingerprints[0].Hash, Value: w.Fingerprints[0].String()}}}
		if _, err := far[i].SetRemote(d); err != nil {
			t.Fatal(err)
		}
		if err := far[i].Gather(); err != nil {
			t.Fatal(err)
		}
		if err := far[i].AddCandidate(transport.Candidate{Foundation: "1", Component: 1, Protocol: "udp", Priority: 1 << 30, Address: engine.Addresses()[0], Type: "host"}); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range states {
		for late := time.After(xmpptest.Timeout); ; {
			select {
			case got := <-c:
				if got != transport.Connected {
					continue
				}
			case <-late:
				t.Fatal("a transport does not connect")
			}
			break
		}
	}
	s.await(t, func(e call.Event) bool { return e == call.MediaReady{} })

	var tracks []string
	for track := range leg.Media().Tracks() {
		tracks = append(tracks, track.ID())
	}
	if !slices.Equal(tracks, []string{"audio", "video"}) {
		t.Errorf("the tracks are %q", tracks)
	}
	if n := engine.Transports(); n != 2 {
		t.Errorf("there are %d transports", n)
	}
	far[0].Close()
	juliet.Send("<iq type='set' id='2' to='stage@" + domain + "/r'><jingle xmlns='urn:xmpp:jingle:1' action='session-info' sid='" + offer.SID + "'/></iq>")
	juliet.Find("<iq type='result' id='2'/>")
	far[1].Close()
	from := time.Now()
	s.await(t, func(e call.Event) bool { return e == call.Ended{Reason: call.MediaLost} })
	if after := time.Since(from); after > 6*time.Second {
		t.Errorf("the call has ended after %v", after)
	}
	end := juliet.Find("<iq type='set'><jingle xmlns='urn:xmpp:jingle:1' action='session-terminate' sid='…'><reason><connectivity-error/></reason></jingle></iq>")
	juliet.Send("<iq type='result' id='" + end.ID() + "' to='" + end.From() + "'/>")
	for late := time.Now().Add(xmpptest.Timeout); engine.Transports() > 0 || s.calls.Stats().Sessions > 0; {
		if time.Now().After(late) {
			t.Fatalf("%d transports and %+v are left", engine.Transports(), s.calls.Stats())
		}
		runtime.Gosched()
	}
}

// While nothing is listened at for media, calls end at once.
func TestNoMedia(t *testing.T) {
	_, juliet := startStudio(t, func() *transport.Engine { return nil })
	text, err := os.ReadFile("../wire/testdata/monal-initiate.xml")
	if err != nil {
		t.Fatal(err)
	}
	first, _ := xmlstream.MustParse(string(text)).First()
	juliet.Send("<iq type='set' id='1' to='stage@" + domain + "/r'>" + string(first.Standalone()) + "</iq>")
	juliet.Find("<iq type='result' id='1'/>")
	juliet.Find("<iq type='set'><jingle xmlns='urn:xmpp:jingle:1' action='session-terminate' sid='…'><reason><failed-transport/></reason></jingle></iq>")
}

func TestConfig(t *testing.T) {
	var c endpoint.Config
	if err := c.Validate(); err != nil || c != (endpoint.Config{Sessions: 5000, SessionsPerUser: 10, StanzasPerSecond: 50}) {
		t.Errorf("%+v, %v", c, err)
	}
	c.Sessions, c.StanzasPerSecond = -1, 1<<30
	if err := c.Validate(); err == nil || !strings.Contains(err.Error(), "sessions: -1") || !strings.Contains(err.Error(), "stanzas_per_second: 1073741824") {
		t.Errorf("it says %v", err)
	}
}
