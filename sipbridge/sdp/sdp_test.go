package sdp_test

import (
	"encoding/base64"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"

	"plenum/components/media"
	"plenum/sipbridge/sdp"
	"plenum/xmppd/fault"
)

func crlf(lines ...string) string { return strings.Join(lines, "\r\n") + "\r\n" }

// What a desk phone sends, with line ends and spaces as some of them have.
var offer = crlf("v=0", "o=- 20518 0 IN IP4 203.0.113.1", "s=Phone Call", "i=x", "c=IN IP4 203.0.113.1", "b=AS:64", "t=0 0", "a=tool:phone 1.0", "a=sendonly",
	"m=audio 54400 RTP/SAVP 0 8 9 96 97 101 13", "c=IN IP4 203.0.113.7", "b=TIAS:64000", "a=rtpmap:0 PCMU/8000 ", "a=rtpmap:96 OPUS/48000/2", "a=fmtp:96 useinbandfec=1; stereo=0",
	"a=rtpmap:97 L16/44100/2", "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-16", "a=ptime:30", "a=rtcp:53020 IN IP4 203.0.113.8",
	"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:"+key(30)+"|2^31|1:4", "a=crypto:2 F8_128_HMAC_SHA1_80 inline:"+key(30), "a=sendrecv",
	"m=video 0 RTP/AVP 31")

func key(n int) string { return base64.StdEncoding.EncodeToString(make([]byte, n)) }

func TestADescriptionIsRead(t *testing.T) {
	d, err := sdp.Parse([]byte(strings.ReplaceAll(offer, "\r\n", "\n") + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	if d.Origin.ID != "20518" || d.Address != netip.MustParseAddr("203.0.113.1") || len(d.Media) != 2 {
		t.Errorf("%+v", d)
	}
	m := &d.Media[0]
	if d.AddressOf(m) != netip.MustParseAddr("203.0.113.7") || m.Port != 54400 || m.Protocol != "RTP/SAVP" || m.Kind != "audio" {
		t.Errorf("%+v", m)
	}
	if a, port := m.RTCP(); a != netip.MustParseAddr("203.0.113.8") || port != 53020 {
		t.Errorf("RTCP goes to %s port %d", a, port)
	}
	if d.Direction(m) != sdp.SendRecv || d.Direction(&d.Media[1]) != sdp.SendOnly {
		t.Error("the direction of a line counts before that of the session")
	}
	if v, ok := d.Value(m, "tool"); !ok || v != "phone 1.0" {
		t.Errorf("%q", v)
	}
	want := []sdp.Payload{{0, media.PCMU}, {8, media.PCMA}, {9, media.G722}, {96, opus("useinbandfec=1; stereo=0")},
		{97, media.Codec{Name: "L16", Clock: 44100, Channels: 2}}, {101, event("0-16")}, {13, media.Codec{Name: sdp.Noise, Clock: 8000, Channels: 1}}}
	got := m.Payloads()
	got[3].Codec.Name = "opus"
	if !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
	keys := m.Cryptos()
	if len(keys) != 1 || keys[0].Suite.Name != "AES_CM_128_HMAC_SHA1_80" || len(keys[0].Key) != 30 || !slices.Equal(keys[0].MKI, []byte{0, 0, 0, 1}) {
		t.Errorf("%+v", keys)
	}
}

func opus(format string) media.Codec {
	c := media.Opus
	c.Format = format
	return c
}

func event(format string) media.Codec {
	return media.Codec{Name: sdp.Events, Clock: 8000, Channels: 1, Format: format}
}

// Ways to write a codec that mean the same.
func TestCarelessPayloadsAreUnderstood(t *testing.T) {
	for line, want := range map[string][]sdp.Payload{
		"9\r\na=rtpmap:9 G722/16000":        {{9, media.G722}},
		"100\r\na=rtpmap:100 g722/8000/1":   {{100, media.Codec{Name: "g722", Clock: 8000, Channels: 1}}},
		"111\r\na=rtpmap:111 opus/48000":    {{111, media.Opus}},
		"0 8":                               {{0, media.PCMU}, {8, media.PCMA}},
		"0 8\r\na=rtpmap:8":                 {{0, media.PCMU}, {8, media.PCMA}},
		"98 128 x\r\na=rtpmap:98 iLBC/8000": {{98, media.Codec{Name: "iLBC", Clock: 8000, Channels: 1}}},
		"96\r\na=rtpmap:96 opus/0/2":        {},
		"96\r\na=rtpmap:96 opus/48000/x":    {},
	} {
		d, err := sdp.Parse([]byte("v=0\r\nm=audio 4000 RTP/AVP " + line + "\r\n"))
		if err != nil {
			t.Errorf("%q: %v", line, err)
		} else if got := d.Media[0].Payloads(); !slices.Equal(got, want) && len(got)+len(want) > 0 {
			t.Errorf("%q gives %+v", line, got)
		}
	}
}

func TestADirectionIsAnsweredByItsReverse(t *testing.T) {
	for d, want := range map[sdp.Direction]sdp.Direction{sdp.SendRecv: sdp.SendRecv, sdp.SendOnly: sdp.RecvOnly, sdp.RecvOnly: sdp.SendOnly, sdp.Inactive: sdp.Inactive} {
		if d.Reverse() != want {
			t.Errorf("%s is answered %s", d, d.Reverse())
		}
	}
	for text, want := range map[string]sdp.Direction{
		"c=IN IP4 0.0.0.0\r\nm=audio 4 RTP/AVP 0":                               sdp.SendOnly,
		"c=IN IP4 192.0.2.1\r\nm=audio 4 RTP/AVP 0\r\nc=IN IP4 0.0.0.0":         sdp.SendOnly,
		"c=IN IP4 0.0.0.0\r\na=ice-ufrag:abcd\r\nm=audio 9 RTP/AVP 0":           sdp.SendRecv,
		"c=IN IP6 ::\r\nm=audio 4 RTP/AVP 0\r\na=inactive":                      sdp.Inactive,
		"c=IN IP4 phone.example\r\nm=audio 4 RTP/AVP 0\r\na=RECVONLY":           sdp.RecvOnly,
		"a=inactive\r\nc=IN IP4 192.0.2.1\r\nm=audio 4 RTP/AVP 0\r\na=sendrecv": sdp.SendRecv,
	} {
		d, err := sdp.Parse([]byte("v=0\r\n" + text + "\r\n"))
		if err != nil {
			t.Errorf("%q: %v", text, err)
		} else if got := d.Direction(&d.Media[0]); got != want {
			t.Errorf("%q is %s", text, got)
		}
	}
}

func TestKeysThatCannotBeUsedAreLeftOut(t *testing.T) {
	for _, value := range []string{
		"", "1", "1 AES_CM_128_HMAC_SHA1_80", "x AES_CM_128_HMAC_SHA1_80 inline:" + key(30), "1 NULL inline:" + key(30),
		"1 AES_CM_128_HMAC_SHA1_80 inline:" + key(29), "1 AES_CM_128_HMAC_SHA1_80 inline:???", "1 AES_CM_128_HMAC_SHA1_80 uri:" + key(30),
		"1 AES_CM_128_HMAC_SHA1_80 inline:" + key(30) + " UNENCRYPTED_SRTP", "1 AES_CM_128_HMAC_SHA1_80 inline:" + key(30) + " KDR=1",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" + key(30) + ";inline:" + key(30), "1 AES_CM_128_HMAC_SHA1_80 inline:" + key(30) + "|1:0",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" + key(30) + "|300:1", "1 AES_CM_128_HMAC_SHA1_80 inline:" + key(30) + "|1:200",
	} {
		m := sdp.Media{}
		m.Add("crypto", value)
		if list := m.Cryptos(); len(list) > 0 {
			t.Errorf("%q gives %+v", value, list)
		}
	}
	for _, s := range sdp.Suites {
		m := sdp.Media{}
		m.AddCrypto(sdp.Crypto{Tag: 7, Suite: s, Key: make([]byte, s.Key+s.Salt)})
		m.Attributes[0].Value = strings.TrimRight(m.Attributes[0].Value, "=") + "|2^20 WSH=64 -MINE=1"
		if list := m.Cryptos(); len(list) != 1 || list[0].Suite != s || list[0].Tag != 7 || list[0].MKI != nil {
			t.Errorf("%s: %+v", s.Name, list)
		}
	}
}

func TestWhatIsNoDescriptionIsRefused(t *testing.T) {
	for _, text := range []string{
		"", "\r\n", "v=1\r\n", "hello", "v=0\r\nhello\r\n", "v=0\r\nm=audio\r\n", "v=0\r\nm=audio 70000 RTP/AVP 0\r\n", "v=0\r\nm=audio -1 RTP/AVP 0\r\n",
		"v=0\r\nc=IN IP4\r\n", "v=0\r\nc=ATM NSAP x\r\n", "v=0\r\na=\x00\r\n", "v=0\r\n" + strings.Repeat("m=audio 4 RTP/AVP 0\r\n", 17),
		"v=0\r\n" + strings.Repeat("a=x\r\n", 2001), "v=0\r\na=" + strings.Repeat("x", 64<<10) + "\r\n", "m=audio 4 RTP/AVP 0\r\nv=0\r\n",
	} {
		if _, err := sdp.Parse([]byte(text)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%.40q: %v", text, err)
		}
	}
}

func TestWhatIsWrittenIsReadAgain(t *testing.T) {
	d := &sdp.Description{
		Origin: sdp.Origin{ID: "5", Version: "7", Address: netip.MustParseAddr("2001:db8::1")}, Address: netip.MustParseAddr("2001:db8::1"),
		Attributes: []sdp.Attribute{{"group", "BUNDLE 0"}, {"ice-lite", ""}},
		Media: []sdp.Media{
			{Kind: "audio", Port: 4000, Protocol: "RTP/AVP", Address: netip.MustParseAddr("192.0.2.9")},
			{Kind: "image", Protocol: "udptl", Formats: []string{"t38"}},
		},
	}
	d.Media[0].AddPayload(sdp.Payload{ID: 96, Codec: opus("useinbandfec=1")})
	d.Media[0].AddPayload(sdp.Payload{ID: 8, Codec: media.PCMA})
	got, err := sdp.Parse(d.Bytes())
	if err != nil || !reflect.DeepEqual(got, d) {
		t.Errorf("%v\n%+v\n%+v", err, got, d)
	}
}
