package session_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"plenum/xmppd/xmpptest"
)

const stageFull = "stage@" + stageDomain + "/Conference"

var (
	sender    = regexp.MustCompile(`^<(\w+)([^>]*?) from='[^']*'`)
	addressee = regexp.MustCompile(`^<(\w+)([^>]*?) to='([^'/]*)(/[^']*)?'`)
)

// as turns a stanza of a client to somebody into one to the stage, whose conference has the full JID.
func as(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.FromSlash(file))
	if err != nil {
		t.Fatal(err)
	}
	s := sender.ReplaceAllString(string(b), "<$1$2")
	return addressee.ReplaceAllStringFunc(s, func(head string) string {
		m := addressee.FindStringSubmatch(head)
		to := stageFull
		if m[4] == "" {
			to = "stage@" + stageDomain
		}
		return fmt.Sprintf("<%s%s to='%s'", m[1], m[2], to)
	})
}

// requested is a pattern for a request of ours, with the attributes and children of <jingle/>.
func requested(attrs, children string) string {
	return "<iq type='set' from='" + stageFull + "'><jingle xmlns='urn:xmpp:jingle:1' " + attrs + ">" + children + "</jingle></iq>"
}

func told(text string) string { return "<message type='headline'><body>" + text + "</body></message>" }

// device is a client that finds stanzas and acknowledges requests.
type device struct {
	*testing.T
	*xmpptest.Client
}

func (c device) send(file string) {
	c.Helper()
	c.Send(as(c.T, file))
}

func (c device) find(pattern string) {
	c.Helper()
	if p := c.Find(pattern); p.Type() == "set" {
		c.Send("<iq type='result' id='" + p.ID() + "' to='" + p.From() + "'/>")
	}
}

// withClient runs a test with one client in the conference's address book.
func withClient(t *testing.T, test func(c device)) {
	synctest.Test(t, func(t *testing.T) {
		srv := xmpptest.Start(t, register)
		test(device{t, srv.Login("romeo").Available()})
	})
}

// What this server's pages send and get, as the tests of the pages have it.
func TestPage(t *testing.T) {
	const dir = "../testdata/browser/"
	// theirs is a stanza of ours in that folder, but for what is different each time.
	theirs := func(t *testing.T, name string) string {
		b, err := os.ReadFile(dir + name)
		if err != nil {
			t.Fatal(err)
		}
		s := regexp.MustCompile(` to='[^']*'`).ReplaceAllString(string(b), "")
		s = regexp.MustCompile(`( ufrag| pwd| foundation|<iq type='set' id)='[^']*'`).ReplaceAllString(s, "$1='…'")
		s = regexp.MustCompile(`\s*<candidate [^>]*tcptype[^>]*>`).ReplaceAllString(s, "") // nothing is listened at here
		s = regexp.MustCompile(`(generation|id)='\d+' ip`).ReplaceAllString(s, "$1='…' ip")
		s = regexp.MustCompile(`generation='\d+'`).ReplaceAllString(s, "generation='…'")
		return strings.ReplaceAll(s, "garden@groups.example.org/Conference", stageFull)
	}
	withClient(t, func(c device) {
		c.send(dir + "initiate.xml")
		c.find("<iq type='result' id='p1'/>")
		c.find(theirs(t, "accept.xml"))
		c.find(told("trackadded mic"))
		c.find(told("trackadded cam"))
		c.find(told("mediaready, 12 slots"))
		c.send(dir + "transport-info.xml")
		c.find("<iq type='result' id='p2'/>")
		c.find(told("candidate 198.51.100.23:58012"))
		c.find(told("candidate 203.0.113.9:60120"))
		c.send(dir + "restart.xml")
		c.find("<iq type='result' id='p3'/>")
		c.find(theirs(t, "restart-answer.xml"))
		c.send(dir + "add-screen.xml")
		c.find("<iq type='result' id='p4'/>")
		c.find(told("trackadded screen"))
		c.find(told("trackadded screen-audio"))
		c.find(theirs(t, "accept-screen.xml"))
		c.find(told("mediaready, 12 slots"))
		c.send(dir + "mute.xml")
		c.find("<iq type='result' id='p6'/>")
		c.find(told("trackchanged mic muted true"))
		for command, answer := range map[string]string{"layers": "layers.xml", "mute": "muted.xml"} {
			c.Send("<message to='stage@" + stageDomain + "'><body>" + command + "</body></message>")
			c.find(theirs(t, answer))
		}
		c.send(dir + "remove-screen.xml")
		c.find("<iq type='result' id='p5'/>")
		c.find(told("trackremoved screen"))
		c.find(told("trackremoved screen-audio"))
		c.send(dir + "terminate.xml")
		c.find("<iq type='result' id='p7'/>")
		c.find(told("ended: success"))
	})
}

const theirCall = "../wire/testdata/"

// Conversations, and Snikket and Cheogram, which are made of it: a message first, one transport for sound and pictures, which come later when the
// call began without; an ICE restart without candidates, whose answer must have some.
func TestConversations(t *testing.T) {
	withClient(t, func(c device) {
		c.send(theirCall + "conversations-propose.xml")
		c.find("<message type='chat' from='" + stageFull + "'><ringing xmlns='urn:xmpp:jingle-message:0' id='bXJ9wXqSxRA8LmTq4rW2pQ'/><store xmlns='urn:xmpp:hints'/></message>")
		c.find("<message type='chat' from='" + stageFull + "'><proceed xmlns='urn:xmpp:jingle-message:0' id='bXJ9wXqSxRA8LmTq4rW2pQ'/><store xmlns='urn:xmpp:hints'/></message>")
		c.send(theirCall + "conversations-initiate.xml")
		c.find("<iq type='result' id='qKfLvK'/>")
		content := func(name string) string {
			return "<content creator='initiator' name='" + name + "' senders='both'><description xmlns='urn:xmpp:jingle:apps:rtp:1'>…<rtcp-mux/></description><transport xmlns='urn:xmpp:jingle:transports:ice-udp:1' ufrag='1000' pwd='…'><fingerprint xmlns='urn:xmpp:jingle:apps:dtls:0' hash='sha-256' setup='passive'>…</fingerprint>…</transport></content>"
		}
		c.find(requested("action='session-accept' sid='bXJ9wXqSxRA8LmTq4rW2pQ' responder='"+stageFull+"'",
			"<group xmlns='urn:xmpp:jingle:apps:grouping:0' semantics='BUNDLE'><content name='0'/><content name='1'/></group>"+content("0")+content("1")))
		c.find(told("answered"))
		c.send(theirCall + "conversations-candidate.xml")
		c.find(told("candidate [2001:db8::17]:41885"))
		c.send(theirCall + "conversations-restart.xml")
		c.find(requested("action='transport-info' sid='bXJ9wXqSxRA8LmTq4rW2pQ'",
			"<content creator='initiator' name='0' senders='both'><transport xmlns='urn:xmpp:jingle:transports:ice-udp:1' ufrag='1001' pwd='…'><fingerprint xmlns='urn:xmpp:jingle:apps:dtls:0' hash='sha-256' setup='passive'>…</fingerprint><candidate component='1' foundation='1' generation='1' id='…' ip='…' network='0' port='19302' priority='…' protocol='udp' type='host'/><gathering-complete/></transport></content>"))
		c.Send("<iq type='set' id='e' to='" + stageFull + "'><jingle xmlns='urn:xmpp:jingle:1' action='session-terminate' sid='bXJ9wXqSxRA8LmTq4rW2pQ'><reason><success/></reason></jingle></iq>")
		c.find("<message type='chat' from='" + stageFull + "'><finish xmlns='urn:xmpp:jingle-message:0' id='bXJ9wXqSxRA8LmTq4rW2pQ'>…</finish><store xmlns='urn:xmpp:hints'/></message>")
		c.find(told("ended: success"))
	})
}

// A call of sound alone to which Conversations adds pictures.
func TestConversationsAddsPictures(t *testing.T) {
	withClient(t, func(c device) {
		only := as(t, theirCall+"conversations-initiate.xml")
		second := strings.Index(only, "<content creator='initiator' name='1'")
		only = strings.Replace(only[:second], "<content name='1'/>", "", 1) + "</jingle></iq>"
		c.Send(only)
		c.find(requested("action='session-accept' sid='bXJ9wXqSxRA8LmTq4rW2pQ' responder='…'", "…"))
		c.find(told("mediaready, 1 slots"))
		c.send(theirCall + "conversations-upgrade.xml")
		c.find("<iq type='result' id='qKfLvU'/>")
		c.find(requested("action='content-accept' sid='bXJ9wXqSxRA8LmTq4rW2pQ'",
			"<group xmlns='urn:xmpp:jingle:apps:grouping:0' semantics='BUNDLE'><content name='0'/><content name='1'/></group><content creator='initiator' name='1' senders='both'>…<transport xmlns='urn:xmpp:jingle:transports:ice-udp:1' ufrag='1000' pwd='…'>…</transport></content>"))
		c.find(told("mediaready, 2 slots"))
	})
}

// Who retracts before there was an answer hears no more of it.
func TestConversationsRetracts(t *testing.T) {
	withClient(t, func(c device) {
		c.Send(strings.Replace(as(t, theirCall+"conversations-propose.xml"), "stage@", "idle@", 1))
		c.find("<message type='chat'><ringing xmlns='urn:xmpp:jingle-message:0' id='…'/>…</message>")
		c.Send(strings.Replace(as(t, theirCall+"conversations-retract.xml"), "stage@", "idle@", 1))
		c.find(told("ended: cancelled"))
		c.Expect(told("call from romeo@example.org, video true"))
		c.Silent()
	})
}

// Dino has no BUNDLE: a transport for sound and one for pictures. It says when it is muted, and switches pictures on by content-modify.
func TestDino(t *testing.T) {
	withClient(t, func(c device) {
		c.send(theirCall + "dino-initiate.xml")
		c.find("<iq type='result' id='59b6'/>")
		transport := func(ufrag string) string {
			return "<transport xmlns='urn:xmpp:jingle:transports:ice-udp:1' ufrag='" + ufrag + "' pwd='…'><fingerprint xmlns='urn:xmpp:jingle:apps:dtls:0' hash='sha-256' setup='passive'>…</fingerprint><candidate component='1' foundation='1' generation='0' id='…' ip='192.0.2.10' network='0' port='19302' priority='…' protocol='udp' type='host'/><gathering-complete/></transport>"
		}
		c.find(requested("action='session-accept' sid='0d2a7ac4-54b6-4f29-9d18-b2b1e9f5d3b6' responder='"+stageFull+"'",
			"<content creator='initiator' name='audio' senders='both'><description xmlns='urn:xmpp:jingle:apps:rtp:1' media='audio'>…<rtcp-mux/></description>"+transport("1000")+"</content>"+
				"<content creator='initiator' name='video' senders='initiator'><description xmlns='urn:xmpp:jingle:apps:rtp:1' media='video'>…<rtcp-mux/></description>"+transport("2000")+"</content>"))
		c.find(told("mediaready, 1 slots"))
		c.send(theirCall + "dino-mute.xml")
		c.find(told("trackchanged audio muted true"))
		c.send(theirCall + "dino-modify.xml")
		c.find("<iq type='result' id='59ba'/>")
		c.find(told("mediaready, 2 slots"))
	})
}

// Monal, Movim and Cheogram offer one group; Movim names the room whose conference it is.
func TestOthers(t *testing.T) {
	for _, test := range []struct{ file, id, sid, slots string }{
		{"monal-initiate.xml", "D0C5", "ca3cf894-5325-482f-a412-a6e9f832298d", "1"},
		{"movim-initiate.xml", "mv4", "7c8a1d00", "2"},
		{"cheogram-initiate.xml", "ch1", "kJpGqv0sQ5c7wXo2", "1"},
	} {
		t.Run(test.file, func(t *testing.T) {
			withClient(t, func(c device) {
				c.send(theirCall + test.file)
				c.find("<iq type='result' id='" + test.id + "'/>")
				c.find(requested("action='session-accept' sid='"+test.sid+"' responder='"+stageFull+"'", "<group xmlns='urn:xmpp:jingle:apps:grouping:0' semantics='BUNDLE'>…</group>…"))
				c.find(told("mediaready, " + test.slots + " slots"))
				c.find(told("answered"))
			})
		})
	}
}
