package rtp_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"plenum/components/media"
	"plenum/components/media/codec"
	"plenum/sipbridge/rtp"
	"plenum/xmppd/fault"
)

const (
	audio   = "m=audio %RTP RTP/AVP 8 0 101"
	events  = "a=rtpmap:101 telephone-event/8000"
	offered = audio + "\r\n" + events
)

//
func TestHoldIsAnsweredAsItWasOffered(t *testing.T) {
	e := newEngine(t)
	a, p := newParty(t, e, rtp.Options{}), newPhone(t)
	told := []string{"ready", "added PCMA"}
	for _, step := range []struct{ says, we, event string }{
		{"a=sendrecv", "a=sendrecv", ""},
		{"a=sendonly", "a=recvonly", "held true"},
		{"a=inactive", "a=inactive", ""},
		{"a=recvonly", "a=sendonly", "held false"},
		{"c=IN IP4 0.0.0.0", "a=recvonly", "held true"},
		{"c=IN IP4 0.0.0.0\r\na=inactive", "a=inactive", ""},
		{"a=ptime:20", "a=sendrecv", "held false"},
	} {
		answer := a.answer(t, p.describe(offered, step.says))
		if got := lines(answer, step.we); len(got) != 1 {
			t.Errorf("%s is answered\n%s", step.says, answer)
		}
		if step.event != "" {
			told = append(told, step.event)
		}
		if got := a.events(); !slices.Equal(got, told) {
			t.Errorf("after %s: %q", step.says, got)
		}
	}
}

//
func TestHoldOfOursIsOfferedAndAnswered(t *testing.T) {
	e := newEngine(t)
	a, b := newParty(t, e, rtp.Options{}), newParty(t, e, rtp.Options{})
	want := func(description, direction string) {
		t.Helper()
		if len(lines(description, "a="+direction)) != 1 {
			t.Errorf("not %s:\n%s", direction, description)
		}
	}
	agree(t, a, b)
	a.Hold(true)
	offer, answer := agree(t, a, b)
	want(offer, "sendonly")
	want(answer, "recvonly")
	b.await(t, "held true", 1)
	b.Hold(true) // both
	offer, answer = agree(t, a, b)
	want(offer, "sendonly")
	want(answer, "inactive")
	a.await(t, "held true", 1)
	a.Hold(false)
	offer, answer = agree(t, a, b)
	want(offer, "sendrecv")
	want(answer, "sendonly")
	b.await(t, "held false", 1)
	b.Hold(false)
	_, answer = agree(t, b, a)
	want(answer, "sendrecv")
	a.await(t, "held false", 1)
	if slices.Contains(a.events()[2:], "ready") {
		t.Errorf("nothing has changed but the direction: %q", a.events())
	}
}

// Each side sends by the numbers of the other, in whatever way these differ.
func TestPayloadTypesNeedNotBeTheSame(t *testing.T) {
	e := newEngine(t)
	a, p := newParty(t, e, rtp.Options{}), newPhone(t)
	offer := a.offer(t)
	p.aims(offer)
	if got := lines(offer, "m=audio"); len(got) != 1 || !strings.HasSuffix(got[0], "RTP/AVP 96 9 8 0 101 102") {
		t.Errorf("offered: %q", got)
	}
	a.accept(t, p.describe("m=audio %RTP RTP/AVP 112 126 127", "a=rtpmap:112 OPUS/48000/2", "a=rtpmap:126 telephone-event/48000", "a=rtpmap:127 telephone-event/8000"))
	if got := a.Slots(); len(got) != 1 || len(got[0].Codecs) != 1 || !got[0].Codecs[0].Is(media.Opus) {
		t.Errorf("%+v", got)
	}
	ear := listenTo(t, a.track(t))
	enc, _ := codec.NewEncoder(media.Opus)
	payload := make([]byte, media.MaxFrameBytes)
	n, err := enc.Encode(make([]int16, media.FrameSamples), payload)
	if err != nil {
		t.Fatal(err)
	}
	p.send(media.Header{PayloadType: 96, Sequence: 1, SSRC: 5}, payload[:n])                   // by our number
	p.send(media.Header{PayloadType: 112, Sequence: 2, SSRC: 5, Timestamp: 960}, payload[:n])  // by its own, as some do
	p.send(media.Header{PayloadType: 113, Sequence: 3, SSRC: 5, Timestamp: 1920}, payload[:n]) // by nobody's
	p.send(media.Header{PayloadType: 96, Sequence: 4, SSRC: 5, Timestamp: 2880}, payload[:n])
	if got := ear.packets(t, 3); got[2].Timestamp != 2880 {
		t.Errorf("%+v", got)
	}
	if err := a.Bind(0, sing(t, media.Opus, 500)); err != nil {
		t.Fatal(err)
	}
	if got := p.next(); got.PayloadType != 112 {
		t.Errorf("sent as %d", got.PayloadType)
	}
	if err := a.SendDTMF("5", 0); err != nil {
		t.Fatal(err)
	}
	got := p.next()
	for got.PayloadType == 112 {
		got = p.next()
	}
	if got.PayloadType != 126 || !got.Marker || len(got.Payload) != 4 || got.Payload[0] != 5 {
		t.Errorf("%+v", got)
	}
}

func TestTheExternalAddressIsInEveryDescription(t *testing.T) {
	e := newEngine(t)
	a := newParty(t, e, rtp.Options{External: netip.MustParseAddr("198.51.100.7")})
	b := newParty(t, e, rtp.Options{External: netip.MustParseAddr("2001:db8::1")}) // of no use for a peer of IPv4
	for range 2 {
		offer, answer := agree(t, a, b)
		again, back := agree(t, b, a)
		for _, text := range []string{offer, back} {
			if len(lines(text, "c=IN IP4 198.51.100.7")) != 1 || !strings.Contains(lines(text, "o=")[0], " IN IP4 198.51.100.7") {
				t.Error(text)
			}
		}
		for _, text := range []string{answer, again} {
			if len(lines(text, "c=IN IP4 127.0.0.1")) != 1 {
				t.Error(text)
			}
		}
	}
}

func TestANewOfferKeepsPortsKeysAndNumbers(t *testing.T) {
	for _, security := range []rtp.Security{rtp.Plain, rtp.SDES, rtp.Secure} {
		e := newEngine(t)
		a, b := newParty(t, e, rtp.Options{Security: security}), newParty(t, e, rtp.Options{Security: security})
		_, answer := agree(t, a, b)
		offer, again := agree(t, a, b)
		if answer != again {
			t.Errorf("answered\n%s\nthen\n%s", answer, again)
		}
		if offer != a.offer(t) {
			t.Errorf("an offer of the same is another one:\n%s", offer)
		}
		a.Hold(true)
		held := a.offer(t)
		for _, prefix := range []string{"m=audio", "a=crypto", "a=rtpmap", "c="} {
			if x, y := lines(offer, prefix), lines(held, prefix); !slices.Equal(x, y) {
				t.Errorf("%q became %q", x, y)
			}
		}
		if x, y := lines(offer, "o="), lines(held, "o="); slices.Equal(x, y) {
			t.Errorf("another offer of the same version: %q", x)
		}
		offer, answer = agree(t, b, a) // the other way round
		if !strings.Contains(offer, " 96 ") || len(lines(answer, "a=rtpmap:96 opus/48000/2")) != 1 {
			t.Error(offer, answer)
		}
	}
}

func TestCodecsStandInTheOrderInWhichTheyAreWanted(t *testing.T) {
	e := newEngine(t)
	a, b := newParty(t, e, rtp.Options{}), newParty(t, e, rtp.Options{Codecs: []media.Codec{media.PCMU, media.PCMA, media.G722}})
	a.Prefer([]media.Codec{media.PCMA, media.VP8, media.G722})
	offer := a.offer(t)
	if got := lines(offer, "m=audio")[0]; !strings.HasSuffix(got, "RTP/AVP 8 9 96 0 101 102") {
		t.Error(got)
	}
	b.Prefer([]media.Codec{media.G722})
	if got := lines(b.answer(t, offer), "m=audio")[0]; !strings.HasSuffix(got, "RTP/AVP 9 0 8 101") {
		t.Error(got)
	}
	if got := b.Slots()[0].Codecs; !slices.Equal(got, []media.Codec{media.G722, media.PCMU, media.PCMA}) {
		t.Error(got)
	}
	if got := rtp.OfferCodecs([]byte(offer)); !slices.Equal(got, []media.Codec{media.PCMA, media.G722, media.Opus, media.PCMU}) {
		t.Error(got)
	}
	if rtp.OfferCodecs([]byte("x")) != nil {
		t.Error("codecs of what is no offer")
	}
}

func TestLinesThatCannotBeTakenAreRefusedInTheirPlace(t *testing.T) {
	e := newEngine(t)
	a, p := newParty(t, e, rtp.Options{}), newPhone(t)
	answer := a.answer(t, p.describe("m=video 4000 RTP/AVP 99", "a=rtpmap:99 H264/90000", "m=audio 4002 RTP/SAVP 8", "m=audio 0 RTP/AVP 8",
		"m=audio 4004 RTP/AVP 18", offered, "m=application 4006 TCP/BFCP *"))
	got := lines(answer, "m=")
	if len(got) != 6 || got[0] != "m=video 0 RTP/AVP 99" || got[1] != "m=audio 0 RTP/SAVP 8" || got[3] != "m=audio 0 RTP/AVP 18" ||
		!strings.HasSuffix(got[4], "RTP/AVP 8 0 101") || strings.HasPrefix(got[4], "m=audio 0") || got[5] != "m=application 0 TCP/BFCP *" {
		t.Errorf("%q", got)
	}
	again := lines(a.offer(t), "m=")
	if len(again) != 6 || again[0] != got[0] || !strings.HasPrefix(again[4], strings.Join(strings.Fields(got[4])[:2], " ")) {
		t.Errorf("offered afterwards: %q", again)
	}
}

func TestWhatCannotBeAgreedOnIsInvalid(t *testing.T) {
	e := newEngine(t)
	p := newPhone(t)
	key := "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + strings.Repeat("A", 40)
	for name, c := range map[string]struct {
		security rtp.Security
		offer    []string
	}{
		"no sound":                              {rtp.Plain, []string{"m=video 4000 RTP/AVP 99", "a=rtpmap:99 VP8/90000"}},
		"no codec":                              {rtp.Plain, []string{"m=audio %RTP RTP/AVP 18 101", events}},
		"nothing but keys":                      {rtp.Plain, []string{"m=audio %RTP RTP/AVP 101", events}},
		"keys that anybody could read":          {rtp.Plain, []string{"m=audio %RTP RTP/SAVP 8", key}},
		"no encryption where it is required":    {rtp.Secure, []string{offered}},
		"encryption without a key":              {rtp.Secure, []string{"m=audio %RTP RTP/SAVP 8"}},
		"no ICE for a browser":                  {rtp.WebRTC, []string{offered}},
		"a protocol that nobody knows":          {rtp.Plain, []string{"m=audio %RTP TCP/RTP/AVP 8"}},
		"DTLS where there is none":              {rtp.Plain, []string{"m=audio %RTP UDP/TLS/RTP/SAVPF 8", "a=ice-ufrag:abcd", "a=fingerprint:sha-256 AA"}},
		"sound that the peer does not want now": {rtp.Plain, []string{"m=audio 0 RTP/AVP 8"}},
	} {
		a := newParty(t, e, rtp.Options{Security: c.security})
		if _, err := a.Answer([]byte(p.describe(c.offer...))); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
		if len(a.events()) > 0 || a.Slots() != nil {
			t.Errorf("%s: %q", name, a.events())
		}
	}
	a := newParty(t, e, rtp.Options{})
	if err := a.Accept([]byte(p.describe(offered))); !fault.Is(err, fault.Invalid) {
		t.Errorf("an answer without an offer: %v", err)
	}
	a.offer(t)
	for name, answer := range map[string]string{
		"none": "", "no sound": p.describe(), "refused": p.describe("m=audio 0 RTP/AVP 8"), "no codec": p.describe("m=audio %RTP RTP/AVP 18"),
		"a key that was not offered": p.describe("m=audio %RTP RTP/SAVP 8", key), "another kind": p.describe("m=image %RTP udptl t38"),
	} {
		if err := a.Accept([]byte(answer)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	a.accept(t, p.describe(offered)) // and is not harmed by it
	if err := a.Bind(1, nil); !fault.Is(err, fault.NotFound) {
		t.Errorf("a second slot: %v", err)
	}
	if err := a.Bind(0, media.NewTrack(media.TrackConfig{Codec: media.Opus})); !fault.Is(err, fault.Invalid) {
		t.Errorf("a track that the peer cannot play: %v", err)
	}
}

// The answers of two devices to one offer, as forking makes them: early media of the first, then the second takes the call.
func TestTheLastAnswerToAnOfferCounts(t *testing.T) {
	e := newEngine(t)
	a, first, second := newParty(t, e, rtp.Options{}), newPhone(t), newPhone(t)
	offer := a.offer(t)
	first.aims(offer)
	second.aims(offer)
	a.accept(t, first.describe("m=audio %RTP RTP/AVP 8"))
	ear := listenTo(t, a.track(t))
	first.send(media.Header{PayloadType: 8, SSRC: 1, Sequence: 10}, make([]byte, 160))
	ear.packets(t, 1)
	a.accept(t, second.describe("m=audio %RTP RTP/AVP 0"))
	a.await(t, "added PCMU", 1)
	if err := a.Bind(0, sing(t, media.PCMU, 900)); err != nil {
		t.Fatal(err)
	}
	if got := second.next(); got.PayloadType != 0 {
		t.Errorf("%+v", got)
	}
	if want := []string{"ready", "added PCMA", "ready", "removed PCMA", "added PCMU"}; !slices.Equal(a.events(), want) {
		t.Errorf("%q", a.events())
	}
}

// What is bound stays bound when other codecs are agreed on, as far as the source has them.
func TestASourceIsAskedAgainWhenCodecsChange(t *testing.T) {
	e := newEngine(t)
	a, p := newParty(t, e, rtp.Options{}), newPhone(t)
	a.answer(t, p.describe("m=audio %RTP RTP/AVP 8"))
	alaw, mulaw := sing(t, media.PCMA, 400), sing(t, media.PCMU, 400)
	if err := a.Bind(0, both{alaw.Track, mulaw.Track}); err != nil {
		t.Fatal(err)
	}
	before := p.next()
	for _, c := range []struct {
		offer string
		want  uint8
	}{{"m=audio %RTP RTP/AVP 0", 0}, {"m=audio %RTP RTP/AVP 8", 8}} {
		a.answer(t, p.describe(c.offer))
		got := p.next()
		for got.PayloadType != c.want {
			before, got = got, p.next()
		}
		if got.Sequence != before.Sequence+1 || !got.Marker || got.SSRC != before.SSRC {
			t.Errorf("%+v follows %+v", got.Header, before.Header)
		}
		before = got
	}
	a.answer(t, p.describe("m=audio %RTP RTP/AVP 9")) // the source has none of these
	if layers := alaw.Layers(); layers[0].Wanted() || mulaw.Layers()[0].Wanted() {
		t.Error("still subscribed to")
	}
}

type both []*media.Track

func (b both) For(codecs []media.Codec) (*media.Track, error) {
	for _, t := range b[1:] {
		if t, err := t.For(codecs); err == nil {
			return t, nil
		}
	}
	return b[0].For(codecs)
}
