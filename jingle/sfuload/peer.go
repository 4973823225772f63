package main

import (
	"net"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/interceptor/pkg/report"
	"github.com/pion/rtp"
	"github.com/pion/transport/v5"
	"github.com/pion/transport/v5/stdnet"
	"github.com/pion/webrtc/v4"
)

const socketBuffer = 4 << 20

// newPeerFactory makes peers limited to VP8 and Opus. When count is set, RTP
// is counted below ICE from its unencrypted header and then dropped, so that
// one core can stand in for many subscribers.
func newPeerFactory(localIP string, base *stdnet.Net, count *receiver) (peerFactory, error) {
	m := &webrtc.MediaEngine{}
	feedback := []webrtc.RTCPFeedback{{Type: "goog-remb"}, {Type: "ccm", Parameter: "fir"}, {Type: "nack"}, {Type: "nack", Parameter: "pli"}}
	for _, c := range []struct {
		p webrtc.RTPCodecParameters
		t webrtc.RTPCodecType
	}{
		{webrtc.RTPCodecParameters{RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: videoClock, RTCPFeedback: feedback}, PayloadType: 96}, webrtc.RTPCodecTypeVideo},
		{webrtc.RTPCodecParameters{RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: audioClock, Channels: 2, SDPFmtpLine: "minptime=10;useinbandfec=1"}, PayloadType: 111}, webrtc.RTPCodecTypeAudio},
	} {
		if err := m.RegisterCodec(c.p, c.t); err != nil {
			return nil, err
		}
	}
	for uri, kind := range map[string]webrtc.RTPCodecType{levelURI: webrtc.RTPCodecTypeAudio} {
		if err := m.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: uri}, kind); err != nil {
			return nil, err
		}
	}
	ir := &interceptor.Registry{}
	for _, f := range []func() (interceptor.Factory, error){
		func() (interceptor.Factory, error) { return report.NewReceiverInterceptor() },
		func() (interceptor.Factory, error) { return report.NewSenderInterceptor() },
	} {
		i, err := f()
		if err != nil {
			return nil, err
		}
		ir.Add(i)
	}
	var s webrtc.SettingEngine
	s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	s.SetIncludeLoopbackCandidate(true)
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	s.SetNet(&countingNet{Net: base, count: count})
	if localIP != "" {
		want := net.ParseIP(localIP)
		s.SetIPFilter(func(ip net.IP) bool { return ip.Equal(want) })
	}
	api := webrtc.NewAPI(webrtc.WithMediaEngine(m), webrtc.WithInterceptorRegistry(ir), webrtc.WithSettingEngine(s))
	return func() (*webrtc.PeerConnection, error) { return api.NewPeerConnection(webrtc.Configuration{}) }, nil
}

// countingNet opens sockets with large buffers, and with count set also
// counts and swallows RTP.
type countingNet struct {
	*stdnet.Net
	count *receiver
}

func (n *countingNet) ListenUDP(network string, addr *net.UDPAddr) (transport.UDPConn, error) {
	c, err := net.ListenUDP(network, addr)
	if err != nil {
		return nil, err
	}
	_ = c.SetReadBuffer(socketBuffer)
	if n.count == nil {
		return c, nil
	}
	return &countingConn{UDPConn: c, count: n.count}, nil
}

type countingConn struct {
	*net.UDPConn
	count *receiver
}

func (c *countingConn) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, addr, err := c.ReadFromUDPAddrPort(b)
		if err != nil {
			return n, nil, err
		}
		if !isRTP(b[:n]) {
			return n, net.UDPAddrFromAddrPort(addr), nil
		}
		var h rtp.Header
		if _, err := h.Unmarshal(b[:n]); err == nil {
			c.count.add(h.SSRC, h.SequenceNumber, n)
		}
	}
}

// isRTP tells RTP from STUN, DTLS and RTCP (RFC 7983, RFC 5761).
func isRTP(b []byte) bool {
	return len(b) >= 12 && b[0] >= 128 && b[0] <= 191 && (b[1] < 192 || b[1] > 223)
}

// readTrack counts a decrypted track and measures its latency.
func readTrack(t *webrtc.TrackRemote, count *receiver, latency *histogram) {
	buf := make([]byte, 1600)
	var p rtp.Packet
	for {
		n, _, err := t.Read(buf)
		if err != nil {
			return
		}
		at := time.Since(epoch)
		if p.Unmarshal(buf[:n]) != nil {
			continue
		}
		count.add(p.SSRC, p.SequenceNumber, n)
		if sent, ok := readStamp(p.Payload); ok {
			latency.add(at - sent)
		}
	}
}
