package apps_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
	"plenum/xmppd/xmpptest"
)

// FuzzCommand sends whatever there is: each request has one answer, and none is the server's fault.
func FuzzCommand(f *testing.F) {
	var st *stage
	srv := xmpptest.Start(f, func(s *xmppd.Server) { st = register(f, s) })
	st.apps.Unlimited()
	got := make(chan *xmlstream.Packet, 4)
	x, err := srv.OpenSession(context.Background(), jid.MustParse("juliet@example.org/r"), func(p *xmlstream.Packet) {
		if p.Kind() == xmlstream.IQ {
			got <- p
		}
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Add("set", "dial", "number='12' device='auto' for='romeo@example.org'", "")
	f.Add("set", "transfer", "call='0dc6acfac00' leg='A' with='B'", "")
	f.Add("set", "followme", "device='xmpp' revision='9223372036854775808'", "<timer class='internal' enabled='true' delay='3' ring='1e9'/>")
	f.Add("set", "followme", "device='xmpp' holder='nurse@example.org/x'", "<timer class='queue'/><timer/>")
	f.Add("set", "forward", "target='*103' active='1' revision='-0'", "")
	f.Add("set", "team", "id='x' do='pause' reason='1'", "")
	f.Add("set", "pickup", "from='٣'", "")
	f.Add("set", "profile", "id='dnd' for='@'", "<x/>")
	f.Add("get", "snapshot", "scope='all' journal='100' events='true'", "")
	f.Add("get", "snapshot", "numbers='true' events='0'", "")
	f.Add("set", "pickup", "call='0dc6acfac00-0000' device='auto'", "")
	f.Add("set", "dial", "number='take 0dc6acfac00' for='juliet@example.org/x'", "")
	f.Add("set", "hangup", "call='' leg=' ' for=''", "")
	f.Add("set", "profile", "id='dnd' for='@'", "<x xmlns='urn:other'/>text")
	f.Fuzz(func(t *testing.T, typ, name, attrs, children string) {
		p, err := xmlstream.Parse([]byte("<iq type='"+typ+"' id='1'><"+name+" xmlns='urn:plenum:app:0' "+attrs+">"+children+"</"+name+"></iq>"), xmlstream.NSClient, xmlstream.C2S)
		if err != nil || p.Kind() != xmlstream.IQ || p.Type() != "get" && p.Type() != "set" || p.To() != "" || p.From() != "" {
			return
		}
		if err := x.Submit(p); err != nil {
			t.Skip(err)
		}
		var answer *xmlstream.Packet
		select {
		case answer = <-got:
		case <-time.After(xmpptest.Timeout):
			t.Fatalf("%s has no answer", p.Raw())
		}
		if answer.Type() != "result" && answer.Type() != "error" || strings.Contains(string(answer.Raw()), "internal-server-error") {
			t.Errorf("%s is answered %s", p.Raw(), answer.Raw())
		}
	})
}
