package sdp_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"plenum/components/media"
	"plenum/jingle/sdp"
	"plenum/jingle/wire"
)

// TestAnswers answers the offer of each client.
func TestAnswers(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"conversations-initiate.xml", `
transport mux=true setup=passive group=0,1
 0 audio both: opus=111 G722=9 PCMA=8 PCMU=0 keys/48000=110 keys/8000=126 ssrc-audio-level=1 draft-holmer-rmcat-transport-wide-cc-extensions-01=3 mid=4
 1 video both: VP8=96+97 H264=125+107 draft-holmer-rmcat-transport-wide-cc-extensions-01=3 mid=4 rtp-stream-id=10
`},
		{"dino-initiate.xml", `
transport mux=true setup=passive
 audio audio both: opus=111 G722=9 PCMA=8 PCMU=0
transport mux=true setup=passive
 video video initiator: VP8=98
`},
		{"cheogram-initiate.xml", `
transport mux=true setup=passive group=audio
 audio audio both: opus=111 PCMA=8 PCMU=0 keys/8000=126
`},
		{"monal-initiate.xml", `
transport mux=true setup=passive group=0
 0 audio both: opus=111 ssrc-audio-level=1 mid=4
`},
		{"movim-initiate.xml", `
transport mux=true setup=passive group=0,1
 0 audio both: opus=111
 1 screen both: VP8=96
`},
		{"conversations-upgrade.xml", `
transport mux=true setup=passive group=0,1
 1 video both: VP8=96
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			offer := jingle(t, c.name)
			d, err := sdp.Answer(offer, wire.Responder, sdp.Default())
			if err != nil {
				t.Fatal(err)
			}
			if got := summary(d); got != strings.TrimPrefix(c.want, "\n") {
				t.Errorf("got\n%swant%s", got, c.want)
			}
			answer := send(t, d, wire.SessionAccept)
			checkAnswer(t, offer, answer)
			for _, a := range answer.Contents {
				if o := offer.Content(a.Creator, a.Name); o == nil || a.Description.Media != o.Description.Media || !a.Description.Mux {
					t.Errorf("the content %s is answered as %+v", a.Name, a)
				}
				if f := a.Transport.Fingerprints[0]; f.Setup != wire.Passive {
					t.Errorf("setup %q", f.Setup)
				}
			}
		})
	}
}

// checkAnswer checks what RFC 3264 and the XEPs have every answer keep to.
func checkAnswer(t *testing.T, offer, answer *wire.Jingle) {
	t.Helper()
	for i := range answer.Contents {
		a := &answer.Contents[i]
		o := offer.Content(a.Creator, a.Name)
		if o == nil {
			t.Fatalf("the content %s was not offered", a.Name)
		}
		for _, id := range ids(a.Description) {
			if !slices.Contains(ids(o.Description), id) {
				t.Errorf("the payload type %d was not offered in %s", id, a.Name)
			}
		}
		for _, x := range a.Description.Extensions {
			same := func(y wire.HeaderExtension) bool { return y.URI == x.URI && (y.ID == x.ID || y.ID > 255) }
			if !slices.ContainsFunc(o.Description.Extensions, same) {
				t.Errorf("the header extension %s=%d was not offered in %s", x.URI, x.ID, a.Name)
			}
		}
		for _, role := range []wire.Role{wire.Initiator, wire.Responder} {
			if a.Senders.Sends(role) && !o.Senders.Sends(role) {
				t.Errorf("%s: senders %s become %s", a.Name, o.Senders, a.Senders)
			}
		}
	}
}

func TestAnswerDetails(t *testing.T) {
	d, err := sdp.Answer(jingle(t, "conversations-initiate.xml"), wire.Responder, sdp.Default())
	if err != nil {
		t.Fatal(err)
	}
	tr := d.Transports[0]
	if tr.Remote.Ufrag != "KbNo" || len(tr.Remote.Fingerprints) != 1 {
		t.Errorf("remote: %+v", tr.Remote)
	}
	audio, video := &tr.Contents[0], &tr.Contents[1]
	if f := audio.Codecs[0].Format; f != "minptime=10;useinbandfec=1" {
		t.Errorf("format of Opus: %q", f)
	}
	if fb := video.Codecs[0].Feedback; len(fb) != 5 {
		t.Errorf("feedback: %+v", fb)
	}
	if n := video.Numbers(); n != (media.Extensions{TransportSequence: 3, MID: 4, RID: 10}) {
		t.Errorf("numbers: %+v", n)
	}
	want := []sdp.Source{{SSRC: 1372983120, Repair: 3096551742, CNAME: "q4xvzvKnvWPCm7gt", Stream: "my-media-stream", Track: "my-video-track"}}
	if !slices.Equal(video.Sources, want) {
		t.Errorf("sources: %+v", video.Sources)
	}
	if c, rtx := video.Codec(107); c == nil || c.Name != "H264" || !rtx {
		t.Errorf("payload type 107: %+v %v", c, rtx)
	}
	if c, _ := video.Codec(99); c != nil {
		t.Errorf("payload type 99: %+v", c)
	}

	answer := send(t, d, wire.SessionAccept)
	if !slices.Equal(answer.Groups[0].Names, []string{"0", "1"}) {
		t.Errorf("groups: %+v", answer.Groups)
	}
	if a, b := answer.Contents[0].Transport, answer.Contents[1].Transport; a.Ufrag != b.Ufrag || len(a.Candidates) != 1 || len(b.Candidates) != 0 || !a.Complete {
		t.Errorf("transports of a group: %+v, %+v", a, b)
	}

	d, err = sdp.Answer(jingle(t, "dino-initiate.xml"), wire.Responder, sdp.Default())
	if err != nil {
		t.Fatal(err)
	}
	for _, tr := range d.Transports {
		if len(tr.Remote.Candidates) != 1 || tr.Remote.Candidates[0].Component != 1 {
			t.Errorf("the second component is not left out: %+v", tr.Remote.Candidates)
		}
	}
}

// TestSecondComponent keeps a peer apart that has a port of its own for RTCP.
func TestSecondComponent(t *testing.T) {
	for _, mux := range []bool{true, false} {
		offer := jingle(t, "dino-initiate.xml")
		for i := range offer.Contents {
			offer.Contents[i].Description.Mux = mux
		}
		d, err := sdp.Answer(offer, wire.Responder, sdp.Default())
		if err != nil {
			t.Fatal(err)
		}
		want := 1
		if !mux {
			want = 2
		}
		for i, tr := range d.Transports {
			if tr.Mux != mux || len(tr.Remote.Candidates) != want {
				t.Errorf("mux %v: %+v", mux, tr)
			}
			if a := send(t, d, wire.SessionAccept).Contents[i]; a.Description.Mux != mux {
				t.Errorf("mux %v is answered by %v", mux, a.Description.Mux)
			}
		}
	}
}

const (
	fingerprint = "<fingerprint xmlns='urn:xmpp:jingle:apps:dtls:0' hash='sha-1' setup='actpass'>00:11:22:33:44:55:66:77:88:99:00:11:22:33:44:55:66:77:88:99</fingerprint>"
	transport   = "<transport xmlns='urn:xmpp:jingle:transports:ice-udp:1' ufrag='abcd' pwd='2yZ1uC8tcIhJv7PDvUqeNUhD'>" + fingerprint + "</transport>"
)

func content(name, media, inner string) string {
	return "<content name='" + name + "'><description xmlns='urn:xmpp:jingle:apps:rtp:1' media='" + media + "'>" + inner + "</description>" + transport + "</content>"
}

func offerOf(inner string) string {
	return "<iq><jingle xmlns='urn:xmpp:jingle:1' action='session-initiate' sid='1'>" + inner + "</jingle></iq>"
}

func TestCodecs(t *testing.T) {
	const ext = "<rtp-hdrext xmlns='urn:xmpp:jingle:apps:rtp:rtp-hdrext:0' "
	const bundle = "<group xmlns='urn:xmpp:jingle:apps:grouping:0' semantics='BUNDLE'><content name='a'/><content name='v'/></group>"
	h264 := func(parameters string) string {
		s := "<payload-type id='100' name='h264' clockrate='90000'>"
		for p := range strings.SplitSeq(parameters, ";") {
			name, value, _ := strings.Cut(p, "=")
			s += "<parameter name='" + name + "' value='" + value + "'/>"
		}
		return content("v", "video", s+"</payload-type>")
	}
	for _, c := range []struct{ name, offer, want string }{
		{"a static number without a name", content("a", "audio", "<payload-type id='0'/>"), " a audio both: PCMU=0"},
		{"a static number whose name is another's", content("a", "audio", "<payload-type id='0' name='opus' clockrate='48000' channels='2'/>"), " a audio both: opus=0"},
		{"PCMU at another clock rate", content("a", "audio", "<payload-type id='0' name='PCMU' clockrate='16000'/>"), "incompatible-parameters"},
		{"Opus without channels", content("a", "audio", "<payload-type id='96' name='OPUS' clockrate='48000'/>"), " a audio both: opus=96"},
		{"only what is not known", content("a", "audio", "<payload-type id='96' name='speex' clockrate='8000'/>"), "incompatible-parameters"},
		{"keys at a clock rate that no codec has", content("a", "audio", "<payload-type id='8'/><payload-type id='101' name='telephone-event' clockrate='48000'/>"), " a audio both: PCMA=8"},
		{"keys without a clock rate", content("a", "audio", "<payload-type id='8'/><payload-type id='101' name='telephone-event'/>"), " a audio both: PCMA=8 keys/8000=101"},
		{"keys alone", content("a", "audio", "<payload-type id='101' name='telephone-event'/>"), "incompatible-parameters"},
		{"H.264 of the same profile", h264("packetization-mode=1;profile-level-id=42E034"), " v video both: H264=100"},
		{"H.264 of another profile", h264("packetization-mode=1;profile-level-id=640c1f"), "incompatible-parameters"},
		{"H.264 of another packetization", h264("packetization-mode=0;profile-level-id=42e01f"), "incompatible-parameters"},
		{"retransmission of another codec", content("v", "video", "<payload-type id='96' name='VP8' clockrate='90000'/><payload-type id='97' name='rtx' clockrate='90000'><parameter name='apt' value='98'/></payload-type>"), " v video both: VP8=96"},
		{"an extension among alternatives", content("a", "audio", "<payload-type id='0'/>"+ext+"id='4100' uri='urn:ietf:params:rtp-hdrext:sdes:mid'/>"), " a audio both: PCMU=0 mid=1"},
		{"an extension that is not known", content("a", "audio", "<payload-type id='0'/>"+ext+"id='5' uri='urn:example'/>"), " a audio both: PCMU=0"},
		{"two extensions of one number", content("a", "audio", "<payload-type id='0'/>"+ext+"id='5' uri='urn:ietf:params:rtp-hdrext:sdes:mid'/>"+ext+"id='5' uri='urn:ietf:params:rtp-hdrext:ssrc-audio-level'/>"), " a audio both: PCMU=0 ssrc-audio-level=5"},
		{"a payload type of two meanings in a group", bundle + content("a", "audio", "<payload-type id='96' name='opus' clockrate='48000' channels='2'/>") + content("v", "video", "<payload-type id='96' name='VP8' clockrate='90000'/>"),
			" a audio both: opus=96\nrefused v: incompatible-parameters"},
		{"the same without a group", content("a", "audio", "<payload-type id='96' name='opus' clockrate='48000' channels='2'/>") + content("v", "video", "<payload-type id='96' name='VP8' clockrate='90000'/>"),
			" a audio both: opus=96\n v video both: VP8=96"},
		{"a group that names more", "<group xmlns='urn:xmpp:jingle:apps:grouping:0' semantics='BUNDLE'><content name='a'/><content name='a'/><content name='x'/></group>" + content("a", "audio", "<payload-type id='0'/>"), " a audio both: PCMU=0"},
		{"a simulcast", content("v", "video", "<payload-type id='96' name='VP8' clockrate='90000'/>"+ext+"id='2' uri='"+sdp.RID+"'/><rid xmlns='urn:plenum:rtp:rid:0' id='a' direction='send'/><rid xmlns='urn:plenum:rtp:rid:0' id='b' direction='send'/><rid xmlns='urn:plenum:rtp:rid:0' id='c' direction='recv'/>"),
			" v video both: VP8=96 rtp-stream-id=2 layers=a,b"},
		{"a simulcast without the extension", content("v", "video", "<payload-type id='96' name='VP8' clockrate='90000'/><rid xmlns='urn:plenum:rtp:rid:0' id='a' direction='send'/>"), " v video both: VP8=96"},
		{"another medium", content("a", "text", "<payload-type id='98' name='t140' clockrate='1000'/>"), "unsupported-applications"},
		{"another application", "<content name='a'><description xmlns='urn:example'/>" + transport + "</content>", "unsupported-applications"},
		{"another transport", "<content name='a'><description xmlns='urn:xmpp:jingle:apps:rtp:1' media='audio'><payload-type id='0'/></description><transport xmlns='urn:xmpp:jingle:transports:raw-udp:1'/></content>", "unsupported-transports"},
		{"keys in the signalling", strings.Replace(content("a", "audio", "<payload-type id='0'/><encryption required='1'/>"), fingerprint, "", 1), "security-error"},
		{"no credentials", strings.Replace(content("a", "audio", "<payload-type id='0'/>"), " ufrag='abcd' pwd='2yZ1uC8tcIhJv7PDvUqeNUhD'", "", 1), "failed-transport"},
		{"a handshake put off", strings.Replace(content("a", "audio", "<payload-type id='0'/>"), "actpass", "holdconn", 1), "incompatible-parameters"},
	} {
		t.Run(c.name, func(t *testing.T) {
			offer := parse(t, offerOf(c.offer))
			d, err := sdp.Answer(offer, wire.Responder, sdp.Default())
			if err != nil {
				if got := string(condition(err)); got != c.want {
					t.Errorf("got the reason %q, want %q: %v", got, c.want, err)
				}
				return
			}
			var lines []string
			for l := range strings.Lines(summary(d)) {
				if !strings.HasPrefix(l, "transport") {
					lines = append(lines, strings.TrimRight(l, "\n"))
				}
			}
			if got := strings.Join(lines, "\n"); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
			checkAnswer(t, offer, send(t, d, wire.SessionAccept))
		})
	}
}

func TestAnswersToH264(t *testing.T) {
	caps := sdp.Default()
	for _, c := range []struct{ ours, theirs, want string }{
		{"level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f", "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e00d", "42e01f"},
		{"level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f", "packetization-mode=1;profile-level-id=42e00d", "42e00d"},
		{"packetization-mode=1;profile-level-id=42e01f", "packetization-mode=1;profile-level-id=42e034", "42e01f"},
	} {
		caps.Video.Codecs = []media.Codec{{Name: "H264", Clock: 90000, Format: c.ours}}
		var parameters string
		for p := range strings.SplitSeq(c.theirs, ";") {
			name, value, _ := strings.Cut(p, "=")
			parameters += "<parameter name='" + name + "' value='" + value + "'/>"
		}
		d, err := sdp.Answer(parse(t, offerOf(content("v", "video", "<payload-type id='100' name='H264' clockrate='90000'>"+parameters+"</payload-type>"))), wire.Responder, caps)
		if err != nil {
			t.Fatal(err)
		}
		video := d.Transports[0].Contents[0]
		if got, _ := wire.Value(video.Local.Payloads[0].Parameters, "profile-level-id"); got != c.want {
			t.Errorf("%s is answered by the level %s, want %s", c.theirs, got, c.want)
		}
		if video.Codecs[0].Format != c.theirs {
			t.Errorf("what is sent follows %q", video.Codecs[0].Format)
		}
	}
}

func TestDirections(t *testing.T) {
	video := content("v", "video", "<payload-type id='96' name='VP8' clockrate='90000'/>")
	for _, c := range []struct {
		role              wire.Role
		offered           wire.Senders
		noSend, noReceive bool
		want              wire.Senders
	}{
		{wire.Responder, wire.Both, false, false, wire.Both},
		{wire.Responder, wire.Both, true, false, wire.InitiatorOnly},
		{wire.Responder, wire.Both, false, true, wire.ResponderOnly},
		{wire.Responder, wire.InitiatorOnly, false, false, wire.InitiatorOnly},
		{wire.Responder, wire.InitiatorOnly, false, true, wire.None},
		{wire.Responder, wire.None, false, false, wire.None},
		{wire.Initiator, wire.Both, true, false, wire.ResponderOnly}, // what the responder has added
		{wire.Initiator, wire.InitiatorOnly, false, false, wire.InitiatorOnly},
	} {
		caps := sdp.Default()
		caps.Video.NoSend, caps.Video.NoReceive = c.noSend, c.noReceive
		d, err := sdp.Answer(parse(t, offerOf(strings.Replace(video, "name='v'", "name='v' senders='"+string(c.offered)+"'", 1))), c.role, caps)
		if err != nil {
			t.Fatal(err)
		}
		got := &d.Transports[0].Contents[0]
		if s := got.Senders(c.role); s != c.want || got.Send != c.want.Sends(c.role) || got.Receive != c.want.Sends(c.role.Peer()) {
			t.Errorf("%+v is answered by %s", c, s)
		}
		got.SetSenders(c.role, wire.Senders(c.role))
		if !got.Send || got.Receive {
			t.Errorf("after content-modify: %+v", got)
		}
	}
}

func TestSetups(t *testing.T) {
	for offered, want := range map[wire.Setup]wire.Setup{wire.ActPass: wire.Passive, wire.Act: wire.Passive, wire.Passive: wire.Act, "": wire.Passive} {
		offer := parse(t, offerOf(content("a", "audio", "<payload-type id='0'/>")))
		offer.Contents[0].Transport.Fingerprints[0].Setup = offered
		d, err := sdp.Answer(offer, wire.Responder, sdp.Default())
		if err != nil || d.Transports[0].Setup != want || send(t, d, wire.SessionAccept).Contents[0].Transport.Fingerprints[0].Setup != want {
			t.Errorf("%q is not answered by %q: %v", offered, want, err)
		}
	}
	for answered, want := range map[wire.Setup]wire.Setup{wire.Act: wire.Passive, wire.Passive: wire.Act, wire.ActPass: "", "": ""} {
		offer := sdp.Offer(wire.Initiator, []sdp.Want{{Name: "a", Send: true, Receive: true}}, sdp.Default(), true)
		d, err := sdp.Answer(send(t, offer, wire.SessionInitiate), wire.Responder, sdp.Default())
		if err != nil {
			t.Fatal(err)
		}
		accept := send(t, d, wire.SessionAccept)
		accept.Contents[0].Transport.Fingerprints[0].Setup = answered
		d, err = offer.Accept(accept)
		if want == "" && condition(err) != wire.IncompatibleParameters || want != "" && (err != nil || d.Transports[0].Setup != want) {
			t.Errorf("the answer %q: %v", answered, err)
		}
	}
}

var wants = []sdp.Want{
	{Name: "audio", Kind: media.Audio, Send: true, Receive: true},
	{Name: "video", Kind: media.Video, Send: true, Receive: true, Layers: 3},
	{Name: "screen", Kind: media.Screen, Send: true},
}

func TestOffer(t *testing.T) {
	offer := sdp.Offer(wire.Initiator, wants, sdp.Default(), true)
	want := `transport mux=true setup=actpass group=audio,video,screen
 audio audio both: opus=96 G722=9 PCMA=8 PCMU=0 keys/48000=97 keys/8000=98 ssrc-audio-level=1 draft-holmer-rmcat-transport-wide-cc-extensions-01=2 mid=3
 video video both: VP8=99+100 H264=101+102 draft-holmer-rmcat-transport-wide-cc-extensions-01=2 mid=3 rtp-stream-id=4 repaired-rtp-stream-id=5
 screen screen initiator: VP8=99+100 H264=101+102 draft-holmer-rmcat-transport-wide-cc-extensions-01=2 mid=3 rtp-stream-id=4 repaired-rtp-stream-id=5
`
	if got := summary(offer); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	initiate := send(t, offer, wire.SessionInitiate)
	for _, c := range initiate.Contents {
		if c.Transport.Fingerprints[0].Setup != wire.ActPass || !c.Description.Mux {
			t.Errorf("content: %+v", c)
		}
	}
	if got := initiate.Contents[1].Description.RIDs; !slices.Equal(got, []wire.RID{{ID: "l", Receive: true}, {ID: "m", Receive: true}, {ID: "h", Receive: true}}) {
		t.Errorf("layers: %+v", got)
	}
	if alone := sdp.Offer(wire.Initiator, wants, sdp.Default(), false); len(alone.Transports) != 3 || alone.Transports[0].Group != nil {
		t.Errorf("without a group: %s", summary(alone))
	}
}

// TestDinoAccepts takes an answer as Dino gives it: one payload type for each content, no group.
func TestDinoAccepts(t *testing.T) {
	offer := sdp.Offer(wire.Initiator, wants[:2], sdp.Default(), false)
	accept := parse(t, "<iq><jingle xmlns='urn:xmpp:jingle:1' action='session-accept' sid='1'>"+strings.ReplaceAll(
		strings.Replace(content("audio", "audio", "<payload-type id='96' name='opus' clockrate='48000' channels='2'/><rtcp-mux/>"), "setup='actpass'", "setup='active'", 1)+
			content("video", "video", "<payload-type id='96' name='VP8' clockrate='90000'/><rtcp-mux/>"), "actpass", "active")+"</jingle></iq>")
	d, err := offer.Accept(accept)
	if err != nil {
		t.Fatal(err)
	}
	want := "transport mux=true setup=passive\n audio audio both: opus=96\ntransport mux=true setup=passive\n video video both: VP8=96\n"
	if got := summary(d); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestAcceptRefuses(t *testing.T) {
	offer := sdp.Offer(wire.Initiator, wants[:2], sdp.Default(), true)
	good := func() *wire.Jingle {
		d, err := sdp.Answer(send(t, offer, wire.SessionInitiate), wire.Responder, sdp.Default())
		if err != nil {
			t.Fatal(err)
		}
		return send(t, d, wire.SessionAccept)
	}
	for _, c := range []struct {
		name   string
		change func(*wire.Jingle)
		want   wire.Condition
	}{
		{"nothing", func(*wire.Jingle) {}, ""},
		{"a content less", func(j *wire.Jingle) { j.Contents = j.Contents[:1] }, ""},
		{"no content", func(j *wire.Jingle) { j.Contents = nil }, wire.IncompatibleParameters},
		{"another content", func(j *wire.Jingle) { j.Contents[0].Name = "x" }, wire.IncompatibleParameters},
		{"another creator", func(j *wire.Jingle) { j.Contents[0].Creator = wire.Responder }, wire.IncompatibleParameters},
		{"another medium", func(j *wire.Jingle) { j.Contents[0].Description.Media = "video" }, wire.IncompatibleParameters},
		{"no description", func(j *wire.Jingle) { j.Contents[0].Description = nil }, wire.IncompatibleParameters},
		{"no transport", func(j *wire.Jingle) { j.Contents[0].Transport = nil }, wire.UnsupportedTransports},
		{"other numbers", func(j *wire.Jingle) {
			for i := range j.Contents[0].Description.Payloads {
				j.Contents[0].Description.Payloads[i].ID = uint8(110 + i)
			}
		}, wire.IncompatibleParameters},
		{"no fingerprint", func(j *wire.Jingle) { j.Contents[0].Transport.Fingerprints = nil }, wire.SecurityError},
		{"no credentials", func(j *wire.Jingle) { j.Contents[0].Transport.Ufrag = "" }, wire.FailedTransport},
		{"no group", func(j *wire.Jingle) { j.Groups = nil }, wire.FailedTransport},
		{"half a group", func(j *wire.Jingle) { j.Groups[0].Names = j.Groups[0].Names[:1] }, wire.FailedTransport},
	} {
		j := good()
		c.change(j)
		d, err := offer.Accept(j)
		if condition(err) != c.want || (err == nil) != (c.want == "") {
			t.Errorf("%s: %v", c.name, err)
		}
		if c.name == "a content less" && (d == nil || len(d.Refused) != 1 || d.Refused[0].Key.Name != "video") {
			t.Errorf("%s: %+v", c.name, d)
		}
	}
	accepted := sdp.Offer(wire.Initiator, wants[:2], sdp.Default(), false)
	if _, err := accepted.Accept(good()); condition(err) != wire.FailedTransport {
		t.Errorf("a group that was not offered: %v", err)
	}
}

// TestBothAgree has parties with any capabilities come to the same.
func TestBothAgree(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	some := func(c sdp.Capability) sdp.Capability {
		c.Codecs = slices.Clone(c.Codecs)
		random.Shuffle(len(c.Codecs), func(i, j int) { c.Codecs[i], c.Codecs[j] = c.Codecs[j], c.Codecs[i] })
		c.Codecs = c.Codecs[:random.IntN(len(c.Codecs)+1)]
		c.Extensions = c.Extensions[random.IntN(len(c.Extensions)):]
		c.Feedback = c.Feedback[random.IntN(len(c.Feedback)):]
		c.Events, c.RTX = c.Events && random.IntN(2) == 0, c.RTX && random.IntN(2) == 0
		c.NoSend, c.NoReceive, c.Layers = random.IntN(4) == 0, random.IntN(4) == 0, random.IntN(4)
		return c
	}
	agreed := 0
	for range 2000 {
		a, b := sdp.Default(), sdp.Default()
		a = sdp.Capabilities{Audio: some(a.Audio), Video: some(a.Video)}
		b = sdp.Capabilities{Audio: some(b.Audio), Video: some(b.Video)}
		offer := sdp.Offer(wire.Initiator, wants, a, random.IntN(2) == 0)
		if len(offer.Transports) == 0 {
			continue // no codecs at all
		}
		initiate := send(t, offer, wire.SessionInitiate)
		answered, err := sdp.Answer(initiate, wire.Responder, b)
		if err != nil {
			continue
		}
		accept := send(t, answered, wire.SessionAccept)
		checkAnswer(t, initiate, accept)
		accepted, err := offer.Accept(accept)
		if err != nil {
			t.Fatalf("%v\noffer\n%sanswer\n%s", err, summary(offer), summary(answered))
		}
		agreed++
		accepted.Role = wire.Responder // so that senders are written alike
		for i := range accepted.Transports {
			accepted.Transports[i].Setup = wire.Passive
			for j := range accepted.Transports[i].Contents {
				c := &accepted.Transports[i].Contents[j]
				c.Send, c.Receive = c.Receive, c.Send
				slices.SortFunc(c.Extensions, func(x, y wire.HeaderExtension) int { return int(x.ID) - int(y.ID) })
				c.Layers = nil
				slices.SortFunc(c.Events, func(x, y sdp.Events) int { return x.Clock - y.Clock })
			}
		}
		for i := range answered.Transports {
			for j := range answered.Transports[i].Contents {
				c := &answered.Transports[i].Contents[j]
				slices.SortFunc(c.Extensions, func(x, y wire.HeaderExtension) int { return int(x.ID) - int(y.ID) })
				slices.SortFunc(c.Events, func(x, y sdp.Events) int { return x.Clock - y.Clock })
			}
		}
		refused := len(answered.Refused)
		answered.Refused, accepted.Refused = nil, accepted.Refused[:len(accepted.Refused)-refused]
		if x, y := summary(answered), summary(accepted); x != y {
			t.Fatalf("the answerer has\n%sthe offerer\n%s", x, y)
		}
	}
	if agreed < 500 {
		t.Errorf("only %d pairs have agreed", agreed)
	}
}

// A telephone that is called by Conversations takes G.711 alone: the answer has it first, and Opus stays for who takes the call over.
func TestCodecsOfThePartnerComeFirst(t *testing.T) {
	for _, c := range []struct {
		partner []media.Codec
		want    string
	}{
		{[]media.Codec{media.PCMU, media.PCMA}, "PCMU PCMA opus G722"},
		{[]media.Codec{media.G722, {Name: "GSM", Clock: 8000}, media.Opus}, "G722 opus PCMA PCMU"},
		{nil, "opus G722 PCMA PCMU"},
	} {
		d, err := sdp.Answer(jingle(t, "conversations-initiate.xml"), wire.Responder, sdp.Default().Prefer(c.partner))
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, codec := range d.Transports[0].Contents[0].Codecs {
			names = append(names, codec.Name)
		}
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("for a partner with %v: %s; want %s", c.partner, got, c.want)
		}
	}
	if first := sdp.Default().Audio.Codecs[0]; !first.Is(media.Opus) {
		t.Errorf("the default begins with %v now", first)
	}
}
