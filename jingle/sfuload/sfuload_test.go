package main

import (
	"encoding/xml"
	"strings"
	"testing"
	"time"

	"github.com/pion/transport/v5/stdnet"
	"github.com/pion/webrtc/v4"
)

func TestStamp(t *testing.T) {
	b := appendStamp([]byte{1, 2, 3}, 5*time.Second)
	got, ok := readStamp(b)
	if !ok || got != 5*time.Second {
		t.Fatalf("readStamp = %v, %v", got, ok)
	}
	b[len(b)-stampLen]++
	if _, ok := readStamp(b); ok {
		t.Error("a payload without the magic number passed for stamped")
	}
	if _, ok := readStamp(b[:4]); ok {
		t.Error("a short payload passed for stamped")
	}
}

func TestTallyCountsLossAcrossWrapAndReordering(t *testing.T) {
	r := newReceiver()
	r.add(7, 65530, 100)
	from := r.snapshot()
	for _, seq := range []uint16{65531, 65533, 65532, 65535, 0, 2} { // 65534 and 1 are lost
		r.add(7, seq, 100)
	}
	var got tally
	got.add(from, r.snapshot())
	if got.expected != 8 || got.received != 6 || got.bytes != 600 || got.streams != 1 {
		t.Fatalf("tally = %+v", got)
	}
	if l := got.lossPercent(); l != 25 {
		t.Errorf("loss = %v %%, want 25", l)
	}
}

func TestHistogramBuckets(t *testing.T) {
	for _, us := range []uint64{0, 1, 31, 32, 33, 63, 64, 65, 1000, 123456, 30e6} {
		i := bucketOf(us)
		top := bucketTop(i)
		if top < us || float64(top) > float64(us)*1.04+1 {
			t.Errorf("%d µs falls into bucket %d, whose top is %d", us, i, top)
		}
	}
	var h histogram
	for i := 1; i <= 1000; i++ {
		h.add(time.Duration(i) * time.Millisecond)
	}
	if p50 := h.quantile(0.5); p50 < 490*time.Millisecond || p50 > 520*time.Millisecond {
		t.Errorf("p50 = %v", p50)
	}
	if h.quantile(1) != time.Second {
		t.Errorf("max = %v", h.quantile(1))
	}
}

func TestIsRTP(t *testing.T) {
	rtp := make([]byte, 20)
	rtp[0], rtp[1] = 0x80, 96
	rtcp := make([]byte, 20)
	rtcp[0], rtcp[1] = 0x80, 200
	if !isRTP(rtp) || isRTP(rtcp) || isRTP(make([]byte, 20)) || isRTP([]byte{22, 254}) {
		t.Error("RTP was not told from RTCP, STUN and DTLS")
	}
}

func TestClipLoads(t *testing.T) {
	c, err := loadClip("testdata/vp8-360p-800k.ivf")
	if err != nil {
		t.Fatal(err)
	}
	if len(c.frames) != 120 || c.period != time.Second/30 {
		t.Errorf("%d frames every %v", len(c.frames), c.period)
	}
}

// An offer of a subscriber says in Jingle what it says in SDP, and what is answered in Jingle can be taken as an answer to it.
func TestOfferAndAnswerInJingle(t *testing.T) {
	base, err := stdnet.NewNet()
	if err != nil {
		t.Fatal(err)
	}
	newPeer, err := newPeerFactory("", base, nil)
	if err != nil {
		t.Fatal(err)
	}
	pc, err := newPeer()
	if err != nil {
		t.Fatal(err)
	}
	defer pc.Close()
	for _, kind := range []webrtc.RTPCodecType{webrtc.RTPCodecTypeAudio, webrtc.RTPCodecTypeVideo} {
		if _, err := pc.AddTransceiverFromKind(kind, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}); err != nil {
			t.Fatal(err)
		}
	}
	offer, err := pc.CreateOffer(nil)
	if err != nil {
		t.Fatal(err)
	}
	local, err := gathered(pc, offer)
	if err != nil {
		t.Fatal(err)
	}
	contents, err := offerContents(local.SDP)
	if err != nil {
		t.Fatal(err)
	}
	var said node
	if err := xml.Unmarshal([]byte("<jingle>"+contents+"</jingle>"), &said); err != nil {
		t.Fatalf("%v in %s", err, contents)
	}
	if got := said.all("content"); len(got) != 2 || got[0].attr("senders") != "responder" || len(candidates(got[0])) == 0 || len(got[0].child("description").all("rtp-hdrext")) != 1 {
		t.Fatalf("contents: %s", contents)
	}
	answer := strings.ReplaceAll(contents, "actpass", "passive")
	var accepted node
	if err := xml.Unmarshal([]byte("<jingle>"+answer+"</jingle>"), &accepted); err != nil {
		t.Fatal(err)
	}
	if err := pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answerText(&accepted)}); err != nil {
		t.Errorf("%v in\n%s", err, answerText(&accepted))
	}
	if _, err := offerContents("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\n"); err == nil {
		t.Error("an offer without fingerprint passed")
	}
}
