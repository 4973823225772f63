package wire_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"plenum/jingle/wire"
	"plenum/xmppd"
	"plenum/xmppd/xmlstream"
)

// TestFixtures reads the stanzas of each client, writes them and reads them again.
func TestFixtures(t *testing.T) {
	for _, name := range fixtures(t) {
		t.Run(name, func(t *testing.T) {
			v, err := parse(fixture(t, name))
			if err != nil {
				t.Fatal(err)
			}
			again(t, v)
		})
	}
}

func TestConversationsOffer(t *testing.T) {
	j := jingle(t, "conversations-initiate.xml")
	if j.Action != wire.SessionInitiate || j.SID != "bXJ9wXqSxRA8LmTq4rW2pQ" || j.Initiator.Resource() != "Conversations.x4Kq" || !j.Responder.IsZero() {
		t.Errorf("head: %+v", j)
	}
	if len(j.Groups) != 1 || j.Groups[0].Semantics != wire.Bundle || !slices.Equal(j.Groups[0].Names, []string{"0", "1"}) {
		t.Errorf("groups: %+v", j.Groups)
	}
	audio, video := j.Content(wire.Initiator, "0"), j.Content(wire.Initiator, "1")
	if audio == nil || video == nil || j.Content(wire.Responder, "0") != nil {
		t.Fatal("contents are not found by creator and name")
	}
	d := audio.Description
	if d.Media != "audio" || len(d.Payloads) != 9 || !d.Mux || !d.AllowMixed || len(d.Extensions) != 4 {
		t.Errorf("audio: %+v", d)
	}
	if red := d.Payloads[1]; red.Name != "red" || red.Parameters[0] != (wire.Parameter{Value: "111/111"}) {
		t.Errorf("a parameter without a name: %+v", red)
	}
	if opus := d.Payloads[0]; opus.ID != 111 || opus.Clock != 48000 || opus.Channels != 2 || opus.Feedback[0].Type != "transport-cc" {
		t.Errorf("Opus: %+v", opus)
	}
	if v, _ := wire.Value(d.Sources[0].Parameters, "msid"); v != "my-media-stream my-audio-track" {
		t.Errorf("source: %+v", d.Sources)
	}
	if g := video.Description.SourceGroups[0]; g.Semantics != "FID" || !slices.Equal(g.SSRCs, []uint32{1372983120, 3096551742}) {
		t.Errorf("group of sources: %+v", g)
	}
	tr := audio.Transport
	if f := tr.Fingerprints[0]; f.Hash != "sha-256" || f.Setup != wire.ActPass || !strings.HasPrefix(f.String(), "1F:CE:47:40:") || len(f.Sum) != 32 {
		t.Errorf("fingerprint: %+v", f)
	}
	if tr.Ufrag != "KbNo" || !slices.Equal(tr.Options, []string{"trickle", "renomination"}) {
		t.Errorf("transport: %+v", tr)
	}
	// The fingerprint that was encrypted for the peer is kept to the letter: clients compare it.
	want := "<encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='1138274'><key rid='72621' prekey='true'>MwohBQ==</key><iv>3lZJcAaF</iv></header><payload>cGF5bG9hZA==</payload></encrypted>"
	if len(tr.Verified) != 1 || !strings.Contains(string(tr.Verified[0].XML), want) {
		t.Errorf("encrypted fingerprint: %s", tr.Verified)
	}
	if out := string(again(t, j).Raw()); !strings.Contains(out, want) {
		t.Errorf("the encrypted fingerprint is lost: %s", out)
	}
}

func TestTransportInfo(t *testing.T) {
	first := jingle(t, "conversations-initiate.xml").Contents[0].Transport
	candidate := jingle(t, "conversations-candidate.xml").Contents[0].Transport
	restart := jingle(t, "conversations-restart.xml").Contents
	if candidate.Restarts(first) {
		t.Error("a candidate of the same generation restarts ICE")
	}
	if c := candidate.Candidates[0]; c.Address != "2001:db8::17" || c.Port != 41885 || c.Priority != 2122262783 || c.Component != 1 || c.Type != "host" || c.Protocol != "udp" {
		t.Errorf("candidate: %+v", c)
	}
	for _, c := range restart {
		if !c.Transport.Restarts(first) || len(c.Transport.Candidates) != 0 {
			t.Errorf("no restart: %+v", c.Transport)
		}
	}
	if (&wire.Transport{}).Restarts(first) {
		t.Error("a transport without credentials restarts ICE")
	}
}

func TestOtherClients(t *testing.T) {
	dino := jingle(t, "dino-initiate.xml")
	if len(dino.Groups) != 0 || dino.Contents[0].Transport.Ufrag == dino.Contents[1].Transport.Ufrag {
		t.Error("Dino has one transport for each content")
	}
	if c := dino.Contents[0].Transport.Candidates[1]; c.Component != 2 {
		t.Errorf("component: %+v", c)
	}
	if d := dino.Contents[0].Description; !d.SDES || d.SDESRequired {
		t.Error("Dino offers SDES and does not need it")
	}
	if s := dino.Contents[1].Senders; s != wire.InitiatorOnly || !s.Sends(wire.Initiator) || s.Sends(wire.Responder) {
		t.Errorf("senders: %q", s)
	}
	cheogram := jingle(t, "cheogram-initiate.xml").Contents[0]
	if !cheogram.Description.SDESRequired || cheogram.Transport.Fingerprints[0].Hash != "sha-256" || cheogram.Transport.Candidates[0].Protocol != "udp" {
		t.Errorf("Cheogram: %+v", cheogram)
	}
	if out := build(jingle(t, "cheogram-initiate.xml")).Raw(); strings.Contains(string(out), "inline:") {
		t.Error("keys from the signalling are kept")
	}
	movim := jingle(t, "movim-initiate.xml")
	if movim.Muji.String() != "garden@groups.example" || !slices.Equal(movim.Contents[1].Description.Categories, []string{"slides"}) {
		t.Errorf("Movim: %+v", movim)
	}
	if d := movim.Contents[1].Description; d.Feedback[0].Type != "nack" || d.ReportEvery != 100 {
		t.Errorf("feedback of a whole content: %+v", d)
	}
	if d := movim.Contents[0].Description; *d.Bandwidth != (wire.Bandwidth{Type: "AS", Value: "128"}) || d.SSRC != 3214 || d.Payloads[0].PTime != 20 {
		t.Errorf("bandwidth: %+v", d)
	}
	if c := jingle(t, "monal-initiate.xml").Contents[0].Transport.Candidates[1]; c.TCPType != "active" {
		t.Errorf("TCP candidate: %+v", c)
	}
	if i := jingle(t, "dino-mute.xml").Infos; !slices.Equal(i, []wire.Info{{Kind: wire.Mute, Creator: wire.Initiator, Name: "audio"}}) {
		t.Errorf("infos: %+v", i)
	}
	r := jingle(t, "terminate.xml").Reason
	if r.Condition != wire.SecurityError || r.Text != "no <key>" || r.Detail.Local != "crypto-required" {
		t.Errorf("reason: %+v", r)
	}
}

func TestMessages(t *testing.T) {
	read := func(name string) *wire.Message {
		e, _ := wire.FindMessage(fixture(t, name))
		m, err := wire.ParseMessage(e)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return m
	}
	if m := read("conversations-propose.xml"); m.Kind != wire.MessagePropose || !slices.Equal(m.Media, []string{"audio", "video"}) {
		t.Errorf("propose: %+v", m)
	}
	m := read("conversations-proceed.xml")
	d := wire.Find(m.Other, wire.NSVerified, "device")
	if d == nil || string(d.XML) != "<device xmlns='"+wire.NSVerified+"' id='1138274'/>" {
		t.Errorf("device: %+v", m)
	}
	if out := string(again(t, m).Raw()); !strings.Contains(out, string(d.XML)) || !strings.Contains(out, "<store xmlns='urn:xmpp:hints'/>") {
		t.Errorf("written: %s", out)
	}
	if m := read("conversations-retract.xml"); m.Reason.Condition != wire.Cancel || m.Reason.Text != "Retracted" {
		t.Errorf("retract: %+v", m.Reason)
	}
	if m := read("monal-reject.xml"); !m.TieBreak || m.Reason.Condition != wire.Expired {
		t.Errorf("tie break: %+v", m)
	}
	if m := read("monal-finish.xml"); m.Migrated != "989a46a6-f202-4910-a7c3-83c6ba3f3947" {
		t.Errorf("migration: %+v", m)
	}
}

func TestInvites(t *testing.T) {
	e, ok := wire.FindInvite(fixture(t, "dino-invite.xml"))
	if !ok || e.Space() != wire.NSInvite {
		t.Fatal("the invitation of XEP-0482 goes before its twin")
	}
	i, err := wire.ParseInvite(e)
	if err != nil || i.Kind != wire.InviteOffer || !i.Video || !i.Audio || !i.Multi || i.Rooms[0].String() != "3f2a9c1d@groups.example" {
		t.Fatalf("%+v, %v", i, err)
	}
	out := string(build(i).Raw())
	for _, want := range []string{"<invite xmlns='urn:xmpp:call-invites:0' id='5d4b7c0e'", "<propose xmlns='urn:xmpp:call-message:1' id='5d4b7c0e'", "urn:xmpp:hints"} {
		if !strings.Contains(out, want) {
			t.Errorf("%s is not in %s", want, out)
		}
	}
	e, _ = wire.FindInvite(fixture(t, "dino-old-left.xml"))
	if i, err = wire.ParseInvite(e); err != nil || i.Kind != wire.InviteLeft || i.ID != "5d4b7c0e" {
		t.Errorf("%+v, %v", i, err)
	}
	p := xmlstream.MustParse("<message id='id2'><invite xmlns='urn:xmpp:call-invites:0'><jingle sid='sid2' jid='mixer@example.com/uuid'/><external uri='https://example.com/uuid'/><external uri='tel:+12345678'/><new xmlns='urn:example'/></invite></message>")
	e, _ = wire.FindInvite(p)
	i, err = wire.ParseInvite(e)
	if err != nil || i.Video || !i.Audio || i.Sessions[0].SID != "sid2" || i.Sessions[0].JID.Resource() != "uuid" || len(i.External) != 2 || len(i.Other) != 1 {
		t.Fatalf("%+v, %v", i, err)
	}
	again(t, i)
}

func TestMujiAndCoin(t *testing.T) {
	e, _ := fixture(t, "dino-muji.xml").Child(wire.NSMuji, "muji")
	m, err := wire.ParseMuji(e)
	if err != nil || m.Preparing || m.Contents[0].Creator != wire.Initiator || m.Contents[0].Description.Payloads[0].ID != 111 || wire.Find(m.Other, wire.NSVerified, "device") == nil {
		t.Errorf("Dino: %+v, %v", m, err)
	}
	e, _ = fixture(t, "muji-preparing.xml").Child(wire.NSMuji, "muji")
	m, err = wire.ParseMuji(e)
	if err != nil || !m.Preparing || m.Contents[0].Name != "voice" || m.Contents[0].DescriptionNS != "urn:xmpp:jingle:apps:rtp:0" {
		t.Errorf("XEP-0272: %+v, %v", m, err)
	}
	e, _ = fixture(t, "coin.xml").First()
	c, err := wire.ParseConferenceInfo(e)
	if err != nil || c.Version != 1 || c.State != wire.Full || c.Subject != "Ending a relationship" || c.UserCount != 2 || len(c.Users) != 2 {
		t.Fatalf("%+v, %v", c, err)
	}
	if u := c.Users[0]; u.Name != "Romeo" || u.Endpoints[0].Status != "disconnected" || u.Endpoints[0].Media[0].Source != 432424 || c.Users[1].State != wire.Deleted {
		t.Errorf("users: %+v", c.Users)
	}
}

const open = "<iq><jingle xmlns='urn:xmpp:jingle:1' action='session-initiate' sid='1'>"

func refusal(s string) string {
	p, err := xmlstream.Parse([]byte(s), xmppd.NSClient, xmlstream.C2S)
	if err != nil {
		return err.Error()
	}
	if _, err = parse(p); err == nil {
		return ""
	}
	return described(err)
}

func rtp(s string) string {
	return open + "<content name='a'><description xmlns='urn:xmpp:jingle:apps:rtp:1' media='audio'>" + s + "</description></content></jingle></iq>"
}

func ice(s string) string {
	return open + "<content name='a'><transport xmlns='urn:xmpp:jingle:transports:ice-udp:1' " + s + "</transport></content></jingle></iq>"
}

// many makes n elements whose %d are numbered.
func many(n int, form string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.ReplaceAll(form, "%d", fmt.Sprint(i)))
	}
	return b.String()
}

func TestRefusals(t *testing.T) {
	const bad, much = "modify bad-request", "wait resource-constraint"
	const candidate = "component='1' foundation='1' generation='0' id='c' ip='192.0.2.1' port='1' priority='1' protocol='udp' type='host'/>"
	for _, c := range []struct{ name, xml, want string }{
		{"an action that is none", "<iq><jingle xmlns='urn:xmpp:jingle:1' action='dance' sid='1'/></iq>", bad},
		{"no sid", "<iq><jingle xmlns='urn:xmpp:jingle:1' action='session-info'/></iq>", bad},
		{"a sid that is too long", "<iq><jingle xmlns='urn:xmpp:jingle:1' action='session-info' sid='" + strings.Repeat("a", 256) + "'/></iq>", bad},
		{"an initiator that is no address", "<iq><jingle xmlns='urn:xmpp:jingle:1' action='session-info' sid='1' initiator='@'/></iq>", "modify jid-malformed"},
		{"an offer without contents", open + "</jingle></iq>", bad},
		{"an empty session-info", "<iq><jingle xmlns='urn:xmpp:jingle:1' action='session-info' sid='1'/></iq>", ""},
		{"a content without a name", open + "<content/></jingle></iq>", bad},
		{"two contents of one name", open + "<content name='a'/><content name='a' creator='initiator'/></jingle></iq>", bad},
		{"two contents of one name and two creators", open + "<content name='a'/><content name='a' creator='responder'/></jingle></iq>", ""},
		{"a creator that is none", open + "<content name='a' creator='me'/></jingle></iq>", bad},
		{"senders that are none", open + "<content name='a' senders='all'/></jingle></iq>", bad},
		{"content-modify without senders", "<iq><jingle xmlns='urn:xmpp:jingle:1' action='content-modify' sid='1'><content name='a' creator='initiator'/></jingle></iq>", bad},
		{"as many contents as are taken", open + many(wire.MaxContents, "<content name='%d'/>") + "</jingle></iq>", ""},
		{"too many contents", open + many(wire.MaxContents+1, "<content name='%d'/>") + "</jingle></iq>", much},
		{"another application and transport", open + "<content name='a'><description xmlns='urn:xmpp:jingle:apps:file-transfer:5'/><transport xmlns='urn:xmpp:jingle:transports:s5b:1'/></content></jingle></iq>", ""},
		{"children from elsewhere", open + "<content name='a'><x xmlns='urn:example'/></content><x xmlns='urn:example'><y/></x></jingle></iq>", ""},
		{"too many children from elsewhere", open + "<content name='a'/>" + many(wire.MaxOther+1, "<x xmlns='urn:example'/>") + "</jingle></iq>", much},

		{"no medium", open + "<content name='a'><description xmlns='urn:xmpp:jingle:apps:rtp:1'/></content></jingle></iq>", bad},
		{"a payload type without an id", rtp("<payload-type name='opus'/>"), bad},
		{"a payload type beyond seven bits", rtp("<payload-type id='128' name='opus'/>"), bad},
		{"a dynamic payload type without a name", rtp("<payload-type id='96'/>"), bad},
		{"a static payload type without a name", rtp("<payload-type id='0'/>"), ""},
		{"a payload type given twice", rtp("<payload-type id='0'/><payload-type id='0'/>"), bad},
		{"a clock rate that is none", rtp("<payload-type id='96' name='a' clockrate='fast'/>"), bad},
		{"as many payload types as are taken", rtp(many(wire.MaxPayloads, "<payload-type id='%d' name='a'/>")), ""},
		{"too many payload types", rtp(many(wire.MaxPayloads+1, "<payload-type id='%d' name='a'/>")), much},
		{"an empty parameter", rtp("<payload-type id='0'><parameter/></payload-type>"), bad},
		{"too many parameters", rtp("<payload-type id='0'>" + many(wire.MaxParameters+1, "<parameter name='%d'/>") + "</payload-type>"), much},
		{"feedback without a type", rtp("<rtcp-fb xmlns='urn:xmpp:jingle:apps:rtp:rtcp-fb:0'/>"), bad},
		{"too much feedback", rtp(many(wire.MaxFeedback+1, "<rtcp-fb xmlns='urn:xmpp:jingle:apps:rtp:rtcp-fb:0' type='nack'/>")), much},
		{"a header extension without a uri", rtp("<rtp-hdrext xmlns='urn:xmpp:jingle:apps:rtp:rtp-hdrext:0' id='1'/>"), bad},
		{"a header extension of number 0", rtp("<rtp-hdrext xmlns='urn:xmpp:jingle:apps:rtp:rtp-hdrext:0' id='0' uri='a'/>"), bad},
		{"a header extension between the ranges", rtp("<rtp-hdrext xmlns='urn:xmpp:jingle:apps:rtp:rtp-hdrext:0' id='257' uri='a'/>"), bad},
		{"a header extension among alternatives", rtp("<rtp-hdrext xmlns='urn:xmpp:jingle:apps:rtp:rtp-hdrext:0' id='4097' uri='a'/>"), ""},
		{"too many header extensions", rtp(many(wire.MaxExtensions+1, "<rtp-hdrext xmlns='urn:xmpp:jingle:apps:rtp:rtp-hdrext:0' id='1' uri='a'/>")), much},
		{"a source that is no number", rtp("<source xmlns='urn:xmpp:jingle:apps:rtp:ssma:0' ssrc='-1'/>"), bad},
		{"too many sources", rtp(many(wire.MaxSources+1, "<source xmlns='urn:xmpp:jingle:apps:rtp:ssma:0' ssrc='%d'/>")), much},
		{"too many groups of sources", rtp(many(wire.MaxSourceGroups+1, "<ssrc-group xmlns='urn:xmpp:jingle:apps:rtp:ssma:0' semantics='FID'/>")), much},
		{"too many sources in a group", rtp("<ssrc-group xmlns='urn:xmpp:jingle:apps:rtp:ssma:0' semantics='FID'>" + many(wire.MaxSourceGroups+1, "<source ssrc='%d'/>") + "</ssrc-group>"), much},
		{"a layer with a dash", rtp("<rid xmlns='urn:plenum:rtp:rid:0' id='a-b' direction='send'/>"), bad},
		{"a layer without a direction", rtp("<rid xmlns='urn:plenum:rtp:rid:0' id='a'/>"), bad},

		{"ufrag alone", ice("ufrag='abcd'>"), bad},
		{"a ufrag that is too short", ice("ufrag='abc' pwd='2yZ1uC8tcIhJv7PDvUqeNUhD'>"), bad},
		{"a password with a line feed", ice("ufrag='abcd' pwd='2yZ1uC8tcIhJv7PDvUqe&#10;NUhD'>"), bad},
		{"a candidate", ice("ufrag='abcd' pwd='2yZ1uC8tcIhJv7PDvUqeNUhD'><candidate " + candidate), ""},
		{"a candidate of an unknown type", ice("ufrag='abcd' pwd='2yZ1uC8tcIhJv7PDvUqeNUhD'><candidate " + strings.Replace(candidate, "host", "psychic", 1)), ""},
		{"a candidate's port beyond 16 bits", ice("><candidate " + strings.Replace(candidate, "port='1'", "port='65536'", 1)), bad},
		{"a candidate without a priority", ice("><candidate " + strings.Replace(candidate, "priority='1'", "", 1)), bad},
		{"a candidate's address with a blank", ice("><candidate " + strings.Replace(candidate, "192.0.2.1", "192.0.2.1 typ host", 1)), bad},
		{"as many candidates as are taken", ice(">" + many(wire.MaxCandidates, "<candidate "+candidate)), ""},
		{"too many candidates", ice(">" + many(wire.MaxCandidates+1, "<candidate "+candidate)), much},
		{"a fingerprint without a hash", ice("><fingerprint xmlns='urn:xmpp:jingle:apps:dtls:0'>00</fingerprint>"), bad},
		{"a fingerprint that is too short", ice("><fingerprint xmlns='urn:xmpp:jingle:apps:dtls:0' hash='sha-256'>00:11</fingerprint>"), bad},
		{"a fingerprint of a hash that is not known", ice("><fingerprint xmlns='urn:xmpp:jingle:apps:dtls:0' hash='sha3-8'>00</fingerprint>"), ""},
		{"a fingerprint that is no number", ice("><fingerprint xmlns='urn:xmpp:jingle:apps:dtls:0' hash='sha3-8'>XY</fingerprint>"), bad},
		{"a setup that is none", ice("><fingerprint xmlns='urn:xmpp:jingle:apps:dtls:0' hash='sha3-8' setup='maybe'>00</fingerprint>"), bad},

		{"a Jingle message that is none", "<message><dance xmlns='urn:xmpp:jingle-message:0' id='1'/></message>", bad},
		{"a Jingle message without an id", "<message><ringing xmlns='urn:xmpp:jingle-message:0'/></message>", bad},
		{"a propose without a description", "<message><propose xmlns='urn:xmpp:jingle-message:0' id='1'/></message>", bad},
		{"a propose of a file", "<message><propose xmlns='urn:xmpp:jingle-message:0' id='1'><description xmlns='urn:xmpp:jingle:apps:file-transfer:5'/></propose></message>", ""},
		{"a propose of too many media", "<message><propose xmlns='urn:xmpp:jingle-message:0' id='1'>" + many(wire.MaxMedia+1, "<description xmlns='urn:xmpp:jingle:apps:rtp:1' media='%d'/>") + "</propose></message>", much},
		{"an accepted invitation without an id", "<message><accept xmlns='urn:xmpp:call-invites:0'/></message>", bad},
		{"an invitation without a room", "<message><invite xmlns='urn:xmpp:call-invites:0'><muji xmlns='urn:xmpp:jingle:muji:0'/></invite></message>", bad},
		{"an invitation to too many rooms", "<message><invite xmlns='urn:xmpp:call-invites:0'>" + many(wire.MaxMethods+1, "<muji xmlns='urn:xmpp:jingle:muji:0' room='a@b'/>") + "</invite></message>", much},
		{"a left of the older namespace by its new name", "<message><left xmlns='urn:xmpp:call-message:1' id='1'/></message>", bad},
		{"a conference whose version is no number", "<iq><conference-info xmlns='urn:ietf:params:xml:ns:conference-info' version='x'/></iq>", bad},
		{"a conference of too many users", "<iq><conference-info xmlns='urn:ietf:params:xml:ns:conference-info'><users>" + many(wire.MaxUsers+1, "<user/>") + "</users></conference-info></iq>", much},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := refusal(c.xml); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestErrors(t *testing.T) {
	ping := xmlstream.MustParse("<iq type='set' id='1' from='a@b/c'><jingle xmlns='urn:xmpp:jingle:1'/></iq>")
	for _, c := range []struct {
		err                          *xmppd.StanzaError
		typ, condition, jingle, text string
	}{
		{wire.UnknownSession(), "cancel", "item-not-found", "unknown-session", ""},
		{wire.OutOfOrder("it has been accepted"), "wait", "unexpected-request", "out-of-order", "it has been accepted"},
		{wire.TieBreak(), "cancel", "conflict", "tie-break", ""},
		{wire.UnsupportedInfo(), "cancel", "feature-not-implemented", "unsupported-info", ""},
		{wire.SecurityRequired(), "modify", "not-acceptable", "security-required", ""},
		{xmppd.Errorf("forbidden", ""), "auth", "forbidden", "", ""},
	} {
		got := wire.ParseError(xmppd.ErrorReply(ping, c.err))
		if *got != (wire.PeerError{Type: c.typ, Condition: c.condition, Jingle: c.jingle, Text: c.text}) {
			t.Errorf("%v is read as %+v", c.err, got)
		}
	}
	if got := wire.ParseError(xmlstream.MustParse("<iq type='error' id='1'/>")); got.Condition != "undefined-condition" {
		t.Errorf("no error is read as %+v", got)
	}
}

func TestReasons(t *testing.T) {
	for _, c := range wire.Conditions {
		again(t, &wire.Reason{Condition: c, Text: "because"})
	}
	again(t, &wire.Reason{Condition: wire.AlternativeSession, Alternative: "other"})
	r, err := parse(xmlstream.MustParse("<iq><reason xmlns='urn:xmpp:jingle:1'><bored/></reason></iq>"))
	if err != nil || r.(*wire.Reason).Condition != wire.GeneralError {
		t.Errorf("a condition that is not known: %+v, %v", r, err)
	}
}

func TestSenders(t *testing.T) {
	for _, role := range []wire.Role{wire.Initiator, wire.Responder} {
		for _, s := range []wire.Senders{wire.Both, wire.InitiatorOnly, wire.ResponderOnly, wire.None} {
			if got := wire.SendersOf(role, s.Sends(role), s.Sends(role.Peer())); got != s {
				t.Errorf("%s: %s becomes %s", role, s, got)
			}
		}
	}
}

// TestFocus announces a mixer (XEP-0298#call-create) and sends session-info payloads of others on.
func TestFocus(t *testing.T) {
	focus := true
	j := &wire.Jingle{Action: wire.SessionInfo, SID: "1", Focus: &focus, Infos: []wire.Info{{Kind: wire.Ringing}, {Kind: wire.Hold}, {Kind: wire.Active}}}
	again(t, j)
	v, err := parse(xmlstream.MustParse("<iq><jingle xmlns='urn:xmpp:jingle:1' action='session-info' sid='1'><trying xmlns='urn:xmpp:jingle:apps:rtp:info:1'/></jingle></iq>"))
	if err != nil || wire.Find(v.(*wire.Jingle).Other, wire.NSRTPInfo, "trying") == nil {
		t.Errorf("a payload that is not known: %+v, %v", v, err)
	}
}
