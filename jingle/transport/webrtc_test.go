package transport_test

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"plenum/jingle/transport"
)

// A peer is the half of a call that is not ours: pion's ORTC objects, which negotiate nothing by themselves.
type peer struct {
	t        *testing.T
	api      *webrtc.API
	gatherer *webrtc.ICEGatherer
	ice      *webrtc.ICETransport
	dtls     *webrtc.DTLSTransport
}

func newPeer(t *testing.T, configure func(*webrtc.SettingEngine)) *peer {
	t.Helper()
	var settings webrtc.SettingEngine
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetIPFilter(func(ip net.IP) bool { return ip.Equal(net.IPv4(127, 0, 0, 1)) })
	settings.SetICEMulticastDNSMode(1) // disabled
	configure(&settings)
	var codecs webrtc.MediaEngine
	if err := codecs.RegisterDefaultCodecs(); err != nil {
		t.Fatal(err)
	}
	p := &peer{t: t, api: webrtc.NewAPI(webrtc.WithSettingEngine(settings), webrtc.WithMediaEngine(&codecs))}
	var err error
	if p.gatherer, err = p.api.NewICEGatherer(webrtc.ICEGatherOptions{}); err != nil {
		t.Fatal(err)
	}
	p.ice = p.api.NewICETransport(p.gatherer)
	if p.dtls, err = p.api.NewDTLSTransport(p.ice, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.dtls.Stop()
		_ = p.ice.Stop()
		_ = p.gatherer.Close()
	})
	return p
}

// start connects the peer with a transport of ours. role is what the peer is in DTLS.
func (p *peer) start(ours *party, controlling bool, role webrtc.DTLSRole) {
	p.t.Helper()
	gathered := make(chan struct{})
	p.gatherer.OnLocalCandidate(func(c *webrtc.ICECandidate) {
		if c == nil {
			close(gathered)
		}
	})
	if err := p.gatherer.Gather(); err != nil {
		p.t.Fatal(err)
	}
	<-gathered
	local, err := p.gatherer.GetLocalParameters()
	if err != nil {
		p.t.Fatal(err)
	}
	security, err := p.dtls.GetLocalParameters()
	if err != nil {
		p.t.Fatal(err)
	}
	theirs := transport.Description{Ufrag: local.UsernameFragment, Pwd: local.Password, Setup: transport.Active}
	if role == webrtc.DTLSRoleServer {
		theirs.Setup = transport.Passive
	}
	for _, f := range security.Fingerprints {
		theirs.Fingerprints = append(theirs.Fingerprints, transport.Fingerprint{Hash: f.Algorithm, Value: f.Value})
	}
	if err := ours.Gather(); err != nil {
		p.t.Fatal(err)
	}
	if _, err := ours.SetRemote(theirs); err != nil {
		p.t.Fatal(err)
	}
	list, err := p.gatherer.GetLocalCandidates()
	if err != nil {
		p.t.Fatal(err)
	}
	for _, c := range list {
		// The peer's UDP candidates are all that ours is told: it never opens TCP connections.
		if c.Protocol == webrtc.ICEProtocolUDP {
			tell(p.t, ours, transport.Candidate{Foundation: c.Foundation, Component: 1, Protocol: "udp", Priority: c.Priority,
				Address: addrPort(p.t, c.Address, c.Port), Type: c.Typ.String()})
		}
	}
	for done := false; !done; {
		select {
		case c := <-ours.candidates:
			if !ours.wants(c) {
				continue
			}
			tcp := webrtc.ICECandidate{Foundation: c.Foundation, Component: 1, Priority: c.Priority, Address: c.Address.Addr().String(),
				Port: c.Address.Port(), Protocol: webrtc.ICEProtocolUDP, Typ: webrtc.ICECandidateTypeHost}
			if c.Protocol == "tcp" {
				tcp.Protocol, tcp.TCPType = webrtc.ICEProtocolTCP, c.TCPType
			}
			if err := p.ice.AddRemoteCandidate(&tcp); err != nil {
				p.t.Fatal(err)
			}
		case <-ours.gathered:
			done = len(ours.candidates) == 0
			if !done {
				ours.gathered <- struct{}{}
			}
		}
	}
	iceRole := webrtc.ICERoleControlled
	if controlling {
		iceRole = webrtc.ICERoleControlling
	}
	d := ours.Local()
	if err := p.ice.Start(p.gatherer, webrtc.ICEParameters{UsernameFragment: d.Ufrag, Password: d.Pwd}, &iceRole); err != nil {
		p.t.Fatal(err)
	}
	remoteRole := webrtc.DTLSRoleServer
	if role == webrtc.DTLSRoleServer {
		remoteRole = webrtc.DTLSRoleClient
	}
	remote := webrtc.DTLSParameters{Role: remoteRole, Fingerprints: []webrtc.DTLSFingerprint{{Algorithm: d.Fingerprints[0].Hash, Value: d.Fingerprints[0].Value}}}
	if err := p.dtls.Start(remote); err != nil {
		p.t.Fatal(err)
	}
}

// talk sends media both ways between a transport of ours and the peer.
func (p *peer) talk(ours *party) {
	p.t.Helper()
	track, err := webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}, "a", "s")
	if err != nil {
		p.t.Fatal(err)
	}
	sender, err := p.api.NewRTPSender(track, p.dtls)
	if err != nil {
		p.t.Fatal(err)
	}
	parameters := sender.GetParameters()
	if err := sender.Send(parameters); err != nil {
		p.t.Fatal(err)
	}
	defer sender.Stop()
	for n := range uint16(10) {
		if err := track.WriteRTP(&rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: 500 + n, Timestamp: 960 * uint32(n)}, Payload: []byte("sound")}); err != nil {
			p.t.Fatal(err)
		}
	}
	for n := range uint16(10) {
		pkt := ours.receive()
		if pkt.SSRC != uint32(parameters.Encodings[0].SSRC) || pkt.Sequence != 500+n || string(pkt.Payload) != "sound" {
			p.t.Fatalf("packet %d came as %+v %q", n, pkt.Header, pkt.Payload)
		}
		pkt.Release()
	}
	receiver, err := p.api.NewRTPReceiver(webrtc.RTPCodecTypeAudio, p.dtls)
	if err != nil {
		p.t.Fatal(err)
	}
	if err := receiver.Receive(webrtc.RTPReceiveParameters{Encodings: []webrtc.RTPDecodingParameters{{RTPCodingParameters: webrtc.RTPCodingParameters{SSRC: 99}}}}); err != nil {
		p.t.Fatal(err)
	}
	defer receiver.Stop()
	for n := range uint16(10) {
		if !send(ours, 99, 700+n, transport.Voice) {
			p.t.Fatal("not sent")
		}
	}
	for n := range uint16(10) {
		pkt, _, err := receiver.Track().ReadRTP()
		if err != nil || pkt.SequenceNumber != 700+n || len(pkt.Payload) != 100 {
			p.t.Fatalf("the peer read %v, %v", pkt, err)
		}
	}
	report := &rtcp.PictureLossIndication{SenderSSRC: 1, MediaSSRC: 99}
	if _, err := p.dtls.WriteRTCP([]rtcp.Packet{report}); err != nil {
		p.t.Fatal(err)
	}
	for deadline := time.After(patience); ; { // the peer sends reports of its own, too
		select {
		case b := <-ours.rtcp:
			list, err := rtcp.Unmarshal(b)
			if err != nil {
				p.t.Fatal(err)
			}
			if pli, ok := list[0].(*rtcp.PictureLossIndication); ok && pli.MediaSSRC == 99 {
				return
			}
		case <-deadline:
			p.t.Fatal("the request for a key frame did not come")
		}
	}
}

func TestWithAPeerThatIsNotOurs(t *testing.T) {
	gcm, sha1 := dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80
	for _, test := range []struct {
		name        string
		controlling bool // the peer has made the offer
		role        webrtc.DTLSRole
		profiles    []dtls.SRTPProtectionProfile
		want        string
	}{
		{"it calls and prefers SHA1, as browsers do", true, webrtc.DTLSRoleClient, []dtls.SRTPProtectionProfile{sha1, gcm}, "SRTP_AEAD_AES_128_GCM"},
		{"it calls and has only SHA1", true, webrtc.DTLSRoleClient, []dtls.SRTPProtectionProfile{sha1}, "SRTP_AES128_CM_HMAC_SHA1_80"},
		{"it is called", false, webrtc.DTLSRoleClient, []dtls.SRTPProtectionProfile{gcm}, "SRTP_AEAD_AES_128_GCM"},
		{"it is called and wants to be server", false, webrtc.DTLSRoleServer, []dtls.SRTPProtectionProfile{gcm, sha1}, "SRTP_AEAD_AES_128_GCM"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newPeer(t, func(s *webrtc.SettingEngine) { s.SetSRTPProtectionProfiles(test.profiles...) })
			ours := newParty(t, newEngine(t, transport.Config{}), !test.controlling)
			p.start(ours, test.controlling, test.role)
			ours.await(transport.Connected)
			if got := ours.Profile(); got != test.want {
				t.Errorf("the profile is %s", got)
			}
			p.talk(ours)
		})
	}
}

func TestOverTCPWithAPeerThatIsNotOurs(t *testing.T) {
	p := newPeer(t, func(s *webrtc.SettingEngine) {
		s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeTCP4, webrtc.NetworkTypeUDP4})
	})
	ours := newParty(t, newEngine(t, transport.Config{}), false)
	ours.filter = func(c transport.Candidate) bool { return c.Protocol == "tcp" }
	p.start(ours, true, webrtc.DTLSRoleClient)
	ours.await(transport.Connected)
	if to, tcp := ours.Remote(); !tcp {
		t.Errorf("packets go to %v by UDP", to)
	}
	p.talk(ours)
	_, octets := ours.Counters().Sent()
	if octets == 0 || !strings.HasPrefix(ours.Profile(), "SRTP") {
		t.Error("nothing was counted")
	}
}
