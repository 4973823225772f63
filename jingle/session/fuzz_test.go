package session_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"plenum/xmppd"
	"plenum/xmppd/xmlstream"
	"plenum/xmppd/xmpptest"
)

// FuzzSignalling has a client send Jingle in any order, some of it acknowledged and some not: each of its requests is answered once, and
// when it has gone no session is left.
func FuzzSignalling(f *testing.F) {
	f.Add([]byte{0, 0, 1, 0, 12, 0})
	f.Add([]byte{20, 0, 0, 0, 12, 0, 2, 1, 255, 3, 6, 0})
	f.Add([]byte{0, 0, 240, 12, 5, 241, 9, 0, 242, 40, 13, 7})
	f.Add([]byte{0, 64, 9, 1, 9, 2, 8, 3, 10, 4, 14, 5, 243, 255, 11, 0, 0, 32})
	f.Fuzz(func(t *testing.T, input []byte) {
		if len(input) > 100 {
			t.Skip("more events than a run has time for")
		}
		synctest.Test(t, func(t *testing.T) {
			var st *stage
			srv := xmpptest.Start(t, func(s *xmppd.Server) { st = newStage(s) })
			c := srv.Login("romeo").Available()
			asked := map[string]int{}
			for i := 0; i+1 < len(input); i += 2 {
				text := stanzaOf(input[i], input[i+1], i)
				if strings.HasPrefix(text, "<iq") {
					asked[fmt.Sprint("q", i)] = 0
				}
				if text == "" {
					time.Sleep(time.Duration(input[i+1]) * time.Second)
				} else {
					c.Send(text)
				}
				synctest.Wait()
				for _, p := range c.Drain() {
					if p.Kind() != xmlstream.IQ {
						continue
					}
					if p.Type() == "set" {
						if input[i+1]%5 != 0 { // else nobody answers
							c.Send("<iq type='result' id='" + p.ID() + "' to='" + p.From() + "'/>")
						}
						continue
					}
					if _, ok := asked[p.ID()]; !ok {
						t.Errorf("this answers nothing: %s", p.Raw())
					}
					asked[p.ID()]++
				}
			}
			synctest.Wait()
			for _, p := range c.Drain() {
				if p.Kind() == xmlstream.IQ && p.Type() != "set" {
					asked[p.ID()]++
				}
			}
			for id, n := range asked {
				if n != 1 {
					t.Errorf("the request %s has %d answers", id, n)
				}
			}
			c.Close()
			time.Sleep(10 * time.Minute)
			if n := st.calls.Stats().Sessions; n != 0 {
				t.Errorf("%d sessions are left", n)
			}
		})
	})
}

var fuzzActions = []string{"session-initiate", "session-accept", "session-info", "transport-info", "transport-replace", "transport-accept",
	"transport-reject", "content-add", "content-remove", "content-modify", "content-accept", "content-reject", "session-terminate", "description-info",
	"security-info", "nonsense"}

var fuzzMessages = []string{"propose", "ringing", "proceed", "accept", "reject", "retract", "finish"}

var fuzzCommands = []string{"answer", "ring", "hold", "resume", "hang up", "remove", "lose", "find", "close", "wrong certificate", "press 5", "call romeo@example.org"}

// stanzaOf is a stanza: what says which kind, how its details. It is empty for a wait.
func stanzaOf(what, how byte, i int) string {
	who := []string{"stage", "desk", "idle", "engaged"}[how>>6]
	sid := []string{"S1", "S2"}[how&1]
	switch {
	case what >= 250:
		return ""
	case what >= 200:
		return "<message to='" + who + "@" + stageDomain + "'><body>" + fuzzCommands[int(what)%len(fuzzCommands)] + "</body></message>"
	case what >= 100:
		kind := fuzzMessages[int(what)%len(fuzzMessages)]
		inside := "<description xmlns='urn:xmpp:jingle:apps:rtp:1' media='audio'/>"
		if how&8 != 0 {
			inside = "<reason xmlns='urn:xmpp:jingle:1'><busy/></reason><tie-break/>"
		}
		return fmt.Sprintf("<message type='chat' to='%s@%s'><%s xmlns='urn:xmpp:jingle-message:0' id='%s'>%s</%s><store xmlns='urn:xmpp:hints'/></message>",
			who, stageDomain, kind, sid, inside, kind)
	}
	action := fuzzActions[int(what)%len(fuzzActions)]
	var contents strings.Builder
	for n := range 1 + int(how>>1&1) {
		contents.WriteString(fuzzContent(n+int(how>>2&1), how))
	}
	inside := map[bool]string{true: "<mute xmlns='urn:xmpp:jingle:apps:rtp:info:1'/><hold xmlns='urn:xmpp:jingle:apps:rtp:info:1'/>", false: contents.String()}[action == "session-info"]
	if how&16 != 0 {
		inside = "<group xmlns='urn:xmpp:jingle:apps:grouping:0' semantics='BUNDLE'><content name='0'/><content name='1'/></group>" + inside
	}
	return fmt.Sprintf("<iq type='set' id='q%d' to='%s@%s/Conference'><jingle xmlns='urn:xmpp:jingle:1' action='%s' sid='%s'>%s</jingle></iq>",
		i, who, stageDomain, action, sid, inside)
}

func fuzzContent(n int, how byte) string {
	media, codec := "audio", "<payload-type id='111' name='opus' clockrate='48000' channels='2'/>"
	if n == 1 {
		media, codec = "video", "<payload-type id='96' name='VP8' clockrate='90000'/>"
	}
	if how&32 != 0 {
		codec = strings.Replace(codec, "name='", "name='no", 1)
	}
	ufrag := []string{"a1Bz", "b2Cx", "deadx", "c3Dw"}[how>>3&3]
	return fmt.Sprintf("<content creator='initiator' name='%d' senders='both'><description xmlns='urn:xmpp:jingle:apps:rtp:1' media='%s'>%s<rtcp-mux/></description>"+
		"<transport xmlns='urn:xmpp:jingle:transports:ice-udp:1' ufrag='%s' pwd='8d9Sh2jVY0bC1Xl7kQzP5wTr'><fingerprint xmlns='urn:xmpp:jingle:apps:dtls:0' hash='sha-256' setup='actpass'>%s</fingerprint>"+
		"<candidate component='1' foundation='1' generation='0' id='x' ip='198.51.100.%d' port='5000' priority='1' protocol='udp' type='host'/></transport></content>",
		n, media, codec, ufrag, strings.TrimSuffix(strings.Repeat("02:", 32), ":"), how)
}
