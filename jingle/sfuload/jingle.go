package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/url"
	"strings"
	"sync"

	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"
)

// jingle is the signaller for this project's own conferences: a colleague publishes, guests subscribe, each with a session of its own
// with the room's conference, as pages have it. Contents are named by their mid.
type jingle struct {
	config
	domain string
}

func newJingle(c config) *jingle {
	j := &jingle{config: c, domain: "localhost"}
	if _, domain, ok := strings.Cut(c.user, "@"); ok {
		j.domain = domain
	} else if u, err := url.Parse(c.url); err == nil && u.Hostname() != "" {
		j.domain = u.Hostname()
	}
	return j
}

const (
	audioSlots = 2 // who has one only is given a mix
	levelURI   = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
)

func (j *jingle) Publish(ctx context.Context, newPeer peerFactory, name string, tracks []webrtc.TrackLocal) (io.Closer, error) {
	pc, err := newPeer()
	if err != nil {
		return nil, err
	}
	for _, t := range tracks {
		if _, err := pc.AddTransceiverFromTrack(t, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly}); err != nil {
			return nil, err
		}
	}
	return j.join(ctx, pc, j.domain, j.user, name, "")
}

func (j *jingle) Subscribe(ctx context.Context, newPeer peerFactory, name string, onTrack func(*webrtc.TrackRemote)) (io.Closer, error) {
	pc, err := newPeer()
	if err != nil {
		return nil, err
	}
	forwardTracks(pc, onTrack)
	kinds := []webrtc.RTPCodecType{webrtc.RTPCodecTypeVideo}
	for range audioSlots {
		kinds = append([]webrtc.RTPCodecType{webrtc.RTPCodecTypeAudio}, kinds...)
	}
	for _, kind := range kinds {
		if _, err := pc.AddTransceiverFromKind(kind, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}); err != nil {
			return nil, err
		}
	}
	view := fmt.Sprintf("<view xmlns='urn:plenum:conference:0'><slot n='%d' height='1080'/></view>", audioSlots)
	return j.join(ctx, pc, "guest."+j.domain, "", name, view)
}

// participant is one party with its stream and its media.
type participant struct {
	*stream
	pc *webrtc.PeerConnection
}

func (p participant) Close() error {
	err := p.pc.Close()
	p.close()
	return err
}

// join enters the room and sets up the session; it returns when the session is accepted.
func (j *jingle) join(ctx context.Context, pc *webrtc.PeerConnection, domain, user, nick, view string) (io.Closer, error) {
	accepted := make(chan error, 1)
	var once sync.Once
	finish := func(err error) { once.Do(func() { accepted <- err }) }
	s, err := openStream(ctx, j.url, domain, user, j.password, j.token, func(n *node) {
		switch n.attr("action") {
		case "session-accept":
			finish(pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answerText(n)}))
		case "transport-info":
			for _, c := range n.all("content") {
				mid := c.attr("name")
				for _, line := range candidates(c) {
					_ = pc.AddICECandidate(webrtc.ICECandidateInit{Candidate: line, SDPMid: &mid})
				}
			}
		case "session-terminate":
			finish(fmt.Errorf("the session was ended: %s", describe(n.child("reason"))))
		}
	})
	if err != nil {
		return nil, err
	}
	p := participant{s, pc}
	if err := j.call(ctx, p, nick, view, accepted); err != nil {
		_ = p.Close()
		return nil, err
	}
	return p, nil
}

func (j *jingle) call(ctx context.Context, p participant, nick, view string, accepted <-chan error) error {
	if err := p.enter(ctx, j.room, nick); err != nil {
		return err
	}
	offer, err := p.pc.CreateOffer(nil)
	if err != nil {
		return err
	}
	local, err := gathered(p.pc, offer)
	if err != nil {
		return err
	}
	contents, err := offerContents(local.SDP)
	if err != nil {
		return err
	}
	focus := j.room + "/Conference"
	sid := fmt.Sprintf("%016x", rand.Uint64())
	initiate := fmt.Sprintf("<jingle xmlns='urn:xmpp:jingle:1' action='session-initiate' sid='%s' initiator='%s'>%s</jingle>", sid, escaped(p.jid), contents)
	if err := p.ask(ctx, focus, initiate); err != nil {
		return fmt.Errorf("session-initiate: %w", err)
	}
	select {
	case err := <-accepted:
		if err != nil {
			return err
		}
	case <-ctx.Done():
		return fmt.Errorf("no session-accept: %w", ctx.Err())
	}
	if view == "" {
		return nil
	}
	return p.ask(ctx, focus, view)
}

// offerContents says in Jingle what an offer says in SDP.
func offerContents(text string) (string, error) {
	var d sdp.SessionDescription
	if err := d.UnmarshalString(text); err != nil {
		return "", err
	}
	var b strings.Builder
	if group, ok := d.Attribute("group"); ok {
		b.WriteString("<group xmlns='urn:xmpp:jingle:apps:grouping:0' semantics='BUNDLE'>")
		for _, mid := range strings.Fields(group)[1:] {
			fmt.Fprintf(&b, "<content name='%s'/>", mid)
		}
		b.WriteString("</group>")
	}
	print, hasPrint := d.Attribute("fingerprint")
	for i, m := range d.MediaDescriptions {
		mid, ok := m.Attribute("mid")
		if own, has := m.Attribute("fingerprint"); has {
			print, hasPrint = own, true
		}
		if !ok || !hasPrint {
			return "", errors.New("an offer without mid or fingerprint")
		}
		senders := "initiator"
		if _, ok := m.Attribute("recvonly"); ok {
			senders = "responder"
		} else if _, ok := m.Attribute("sendrecv"); ok {
			senders = "both"
		}
		fmt.Fprintf(&b, "<content creator='initiator' name='%s' senders='%s'><description xmlns='urn:xmpp:jingle:apps:rtp:1' media='%s'>", mid, senders, m.MediaName.Media)
		writeMedia(&b, m)
		ufrag, _ := m.Attribute("ice-ufrag")
		pwd, _ := m.Attribute("ice-pwd")
		fmt.Fprintf(&b, "<rtcp-mux/></description><transport xmlns='urn:xmpp:jingle:transports:ice-udp:1' ufrag='%s' pwd='%s'>", ufrag, pwd)
		hash, value, _ := strings.Cut(print, " ")
		fmt.Fprintf(&b, "<fingerprint xmlns='urn:xmpp:jingle:apps:dtls:0' hash='%s' setup='actpass'>%s</fingerprint>", hash, value)
		if i == 0 {
			writeCandidates(&b, m)
		}
		b.WriteString("</transport></content>")
	}
	return b.String(), nil
}

func writeMedia(b *strings.Builder, m *sdp.MediaDescription) {
	type payload struct{ rtpmap, fmtp, feedback []string }
	payloads := map[string]*payload{}
	for _, id := range m.MediaName.Formats {
		payloads[id] = &payload{}
	}
	for _, a := range m.Attributes {
		id, value, _ := strings.Cut(a.Value, " ")
		p := payloads[id]
		switch {
		case a.Key == "extmap":
			number, _, _ := strings.Cut(id, "/")
			fmt.Fprintf(b, "<rtp-hdrext xmlns='urn:xmpp:jingle:apps:rtp:rtp-hdrext:0' id='%s' uri='%s'/>", number, escaped(value))
		case a.Key == "ssrc":
			name, of, _ := strings.Cut(value, ":")
			if name == "cname" {
				fmt.Fprintf(b, "<source xmlns='urn:xmpp:jingle:apps:rtp:ssma:0' ssrc='%s'><parameter name='cname' value='%s'/></source>", id, escaped(of))
			}
		case p == nil:
		case a.Key == "rtpmap":
			p.rtpmap = strings.Split(value, "/")
		case a.Key == "fmtp":
			p.fmtp = strings.Split(value, ";")
		case a.Key == "rtcp-fb":
			p.feedback = append(p.feedback, value)
		}
	}
	for _, id := range m.MediaName.Formats {
		p := payloads[id]
		if len(p.rtpmap) < 2 {
			continue
		}
		channels := ""
		if len(p.rtpmap) > 2 {
			channels = fmt.Sprintf(" channels='%s'", p.rtpmap[2])
		}
		fmt.Fprintf(b, "<payload-type id='%s' name='%s' clockrate='%s'%s>", id, p.rtpmap[0], p.rtpmap[1], channels)
		for _, f := range p.fmtp {
			name, value, _ := strings.Cut(f, "=")
			fmt.Fprintf(b, "<parameter name='%s' value='%s'/>", escaped(name), escaped(value))
		}
		for _, f := range p.feedback {
			typ, sub, _ := strings.Cut(f, " ")
			if sub != "" {
				sub = fmt.Sprintf(" subtype='%s'", sub)
			}
			fmt.Fprintf(b, "<rtcp-fb xmlns='urn:xmpp:jingle:apps:rtp:rtcp-fb:0' type='%s'%s/>", typ, sub)
		}
		b.WriteString("</payload-type>")
	}
}

func writeCandidates(b *strings.Builder, m *sdp.MediaDescription) {
	n := 0
	for _, a := range m.Attributes {
		f := strings.Fields(a.Value)
		if a.Key != "candidate" || len(f) < 8 || f[1] != "1" || f[2] != "udp" {
			continue
		}
		n++
		fmt.Fprintf(b, "<candidate component='1' foundation='%s' generation='0' id='c%d' ip='%s' network='0' port='%s' priority='%s' protocol='udp' type='%s'/>", f[0], n, f[4], f[5], f[3], f[7])
	}
}

// answerText says in SDP what a session-accept says in Jingle.
func answerText(jingle *node) string {
	lines := []string{"v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0"}
	if group := jingle.child("group"); group != nil {
		bundle := "a=group:BUNDLE"
		for _, c := range group.all("content") {
			bundle += " " + c.attr("name")
		}
		lines = append(lines, bundle)
	}
	for _, c := range jingle.all("content") {
		d, t := c.child("description"), c.child("transport")
		if d == nil || t == nil {
			continue
		}
		var ids []string
		for _, p := range d.all("payload-type") {
			ids = append(ids, p.attr("id"))
		}
		direction := "recvonly"
		switch c.attr("senders") {
		case "responder":
			direction = "sendonly"
		case "both", "":
			direction = "sendrecv"
		}
		lines = append(lines, fmt.Sprintf("m=%s 9 UDP/TLS/RTP/SAVPF %s", d.attr("media"), strings.Join(ids, " ")), "c=IN IP4 0.0.0.0",
			"a=mid:"+c.attr("name"), "a="+direction, "a=rtcp-mux", "a=ice-ufrag:"+t.attr("ufrag"), "a=ice-pwd:"+t.attr("pwd"))
		if f := t.child("fingerprint"); f != nil {
			lines = append(lines, "a=fingerprint:"+f.attr("hash")+" "+strings.TrimSpace(f.Text), "a=setup:"+f.attr("setup"))
		}
		for _, x := range d.all("rtp-hdrext") {
			lines = append(lines, "a=extmap:"+x.attr("id")+" "+x.attr("uri"))
		}
		for _, p := range d.all("payload-type") {
			name := p.attr("name") + "/" + p.attr("clockrate")
			if n := p.attr("channels"); n != "" && n != "1" {
				name += "/" + n
			}
			lines = append(lines, "a=rtpmap:"+p.attr("id")+" "+name)
			var format []string
			for _, v := range p.all("parameter") {
				format = append(format, v.attr("name")+"="+v.attr("value"))
			}
			if len(format) > 0 {
				lines = append(lines, "a=fmtp:"+p.attr("id")+" "+strings.Join(format, ";"))
			}
			for _, f := range p.all("rtcp-fb") {
				lines = append(lines, strings.TrimSpace("a=rtcp-fb:"+p.attr("id")+" "+f.attr("type")+" "+f.attr("subtype")))
			}
		}
		for _, s := range d.all("source") {
			lines = append(lines, "a=ssrc:"+s.attr("ssrc")+" cname:plenum", "a=ssrc:"+s.attr("ssrc")+" msid:"+c.attr("name")+" "+c.attr("name"))
		}
		for _, line := range candidates(c) {
			lines = append(lines, "a="+line)
		}
	}
	return strings.Join(lines, "\r\n") + "\r\n"
}

// candidates are those of a content as SDP has them.
func candidates(content *node) (lines []string) {
	t := content.child("transport")
	if t == nil {
		return nil
	}
	for _, c := range t.all("candidate") {
		if c.attr("protocol") != "udp" {
			continue
		}
		lines = append(lines, fmt.Sprintf("candidate:%s %s udp %s %s %s typ %s", c.attr("foundation"), c.attr("component"), c.attr("priority"), c.attr("ip"), c.attr("port"), c.attr("type")))
	}
	return lines
}
