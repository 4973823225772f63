package rtp

import (
	"net/netip"
	"testing"
	"time"

	"github.com/pion/rtcp"

	"plenum/components/call"
	"plenum/components/media"
)

type deaf struct{}

func (deaf) MediaReady()               {}
func (deaf) TrackAdded(*media.Track)   {}
func (deaf) TrackRemoved(*media.Track) {}
func (deaf) DTMF(byte, time.Duration)  {}
func (deaf) Held(bool)                 {}
func (deaf) Lost()                     {}
func (deaf) Quality(call.Quality)      {}

// FuzzPackets gives a leg any datagrams on both of its ports, in the clear and encrypted: it goes on, whatever comes.
func FuzzPackets(f *testing.F) {
	const header = "\x80\x08\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03"
	report, err := rtcp.Marshal([]rtcp.Packet{&rtcp.SenderReport{SSRC: 3, Reports: []rtcp.ReceptionReport{{SSRC: 1}}}, &rtcp.Goodbye{Sources: []uint32{3}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(header+"sound"), report, false)
	f.Add([]byte("\x80\x65\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03\x0b\x8a\x03\x20"), []byte("\x81\xc9\x00\x01"), false)
	f.Add([]byte("\xbf\x08\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03"), report, true)
	e, err := NewEngine(Config{First: 40000, Last: 40999})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = e.Close() })
	offer := "v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 9 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\n"
	key := "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n"
	legs := map[bool]*pair{}
	for _, encrypted := range []bool{false, true} {
		s, err := e.New(Options{Security: SDES, Events: deaf{}, Local: netip.MustParseAddr("127.0.0.1")})
		if err != nil {
			f.Fatal(err)
		}
		text := offer
		if encrypted {
			text += key
		}
		if _, err := s.Answer([]byte(text)); err != nil {
			f.Fatal(err)
		}
		legs[encrypted] = s.wire.(*pair)
	}
	from := netip.MustParseAddrPort("127.0.0.1:9")
	f.Fuzz(func(t *testing.T, a, b []byte, encrypted bool) {
		p := legs[encrypted]
		for _, packet := range [][]byte{a, b, a} {
			if len(packet) <= maxPacket {
				p.receive(packet, from)
				p.receiveRTCP(packet, from)
			}
		}
		p.session.beat(time.Now())
		if encrypted && p.session.Stats().Received > 0 {
			t.Fatal("a packet without the key was taken")
		}
	})
}
