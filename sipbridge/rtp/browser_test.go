package rtp_test

import (
	"net"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"
	webmedia "github.com/pion/webrtc/v4/pkg/media"

	"plenum/components/media"
	"plenum/jingle/transport"
	"plenum/sipbridge/rtp"
)

// A page is an independent peer that does what browsers do, with a track of Opus both ways.
type page struct {
	t     *testing.T
	pc    *webrtc.PeerConnection
	voice *webrtc.TrackLocalStaticSample
	heard chan *webrtc.TrackRemote
}

func newPage(t *testing.T) *page {
	t.Helper()
	var settings webrtc.SettingEngine
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetIPFilter(func(ip net.IP) bool { return ip.IsLoopback() })
	pc, err := webrtc.NewAPI(webrtc.WithSettingEngine(settings)).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pc.Close() })
	p := &page{t: t, pc: pc, heard: make(chan *webrtc.TrackRemote, 1)}
	if p.voice, err = webrtc.NewTrackLocalStaticSample(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus}, "audio", "page"); err != nil {
		t.Fatal(err)
	}
	if _, err := pc.AddTrack(p.voice); err != nil {
		t.Fatal(err)
	}
	pc.OnTrack(func(tr *webrtc.TrackRemote, _ *webrtc.RTPReceiver) { p.heard <- tr })
	return p
}

// settle sets the page's own description, and returns it with its candidates.
func (p *page) settle(d webrtc.SessionDescription, err error) string {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
	done := webrtc.GatheringCompletePromise(p.pc)
	if err := p.pc.SetLocalDescription(d); err != nil {
		p.t.Fatal(err)
	}
	<-done
	return p.pc.LocalDescription().SDP
}

func (p *page) remote(kind webrtc.SDPType, text string) {
	p.t.Helper()
	if err := p.pc.SetRemoteDescription(webrtc.SessionDescription{Type: kind, SDP: text}); err != nil {
		p.t.Fatalf("%v of\n%s", err, text)
	}
}

// speak sends a frame of Opus each 20 ms for as long as the test lasts.
func (p *page) speak() {
	payload := noiseOf(p.t, media.Opus)
	stop := make(chan struct{})
	p.t.Cleanup(func() { close(stop) })
	go func() {
		tick := time.NewTicker(media.FrameTime)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				_ = p.voice.WriteSample(webmedia.Sample{Data: payload, Duration: media.FrameTime})
			}
		}
	}()
}

//
func TestAPageCallsAndIsCalled(t *testing.T) {
	w, err := transport.NewEngine(transport.Config{Addresses: []string{"127.0.0.1"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	e := newEngine(t, func(c *rtp.Config) { c.WebRTC = w })
	for name, connect := range map[string]func(*party, *page){
		"the page offers": func(a *party, p *page) {
			p.remote(webrtc.SDPTypeAnswer, a.answer(t, p.settle(p.pc.CreateOffer(nil))))
		},
		"the page answers": func(a *party, p *page) {
			p.remote(webrtc.SDPTypeOffer, a.offer(t))
			a.accept(t, p.settle(p.pc.CreateAnswer(nil)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			a, p := newParty(t, e, rtp.Options{Security: rtp.WebRTC}), newPage(t)
			connect(a, p)
			if err := a.Bind(0, sing(t, media.Opus, 500)); err != nil {
				t.Fatal(err)
			}
			p.speak()
			listenTo(t, a.track(t)).packets(t, 5)
			select {
			case tr := <-p.heard:
				if tr.StreamID() == "" || tr.Codec().MimeType != webrtc.MimeTypeOpus {
					t.Errorf("stream %q of %s", tr.StreamID(), tr.Codec().MimeType)
				}
				for range 5 {
					if _, _, err := tr.ReadRTP(); err != nil {
						t.Fatal(err)
					}
				}
			case <-time.After(patience):
				t.Fatal("the page hears nothing")
			}
		})
	}
}
