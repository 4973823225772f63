package main

import (
	"context"
	"strings"
	"testing"

	"plenum/components/directory"
	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// user is a session without a socket.
type user struct {
	t *testing.T
	*xmppd.Session
	got chan *xmlstream.Packet
}

func enter(t *testing.T, s *xmppd.Server, who string) *user {
	u := &user{t: t, got: make(chan *xmlstream.Packet, 64)}
	var err error
	if u.Session, err = s.OpenSession(context.Background(), jid.MustParse(who), func(p *xmlstream.Packet) { u.got <- p }); err != nil {
		t.Fatal(err)
	}
	return u
}

func (u *user) send(stanza string) {
	u.t.Helper()
	p, err := xmlstream.Parse([]byte(stanza), xmppd.NSClient, xmlstream.S2S)
	if err == nil {
		err = u.Submit(p)
	}
	if err != nil {
		u.t.Fatalf("%s: %v", stanza, err)
	}
}

// ask sends a stanza and gives all that comes back before the answer to a ping.
func (u *user) ask(stanza string) string {
	u.t.Helper()
	u.send(stanza)
	u.send("<iq type='get' id='last' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>")
	var all []string
	for p := range u.got {
		if p.ID() == "last" {
			break
		}
		all = append(all, string(p.Raw()))
	}
	return strings.Join(all, "\n")
}

// What strangers may send to an account, without 'id' and 'to'.
var probes = []string{
	`<iq type='get'><query xmlns='jabber:iq:roster'/></iq>`,
	`<iq type='set'><query xmlns='jabber:iq:roster'><item jid='a@localhost'/></query></iq>`,
	`<iq type='get'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>`,
	`<iq type='get'><query xmlns='http://jabber.org/protocol/disco#info' node='shown'/></iq>`,
	`<iq type='get'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>`,
	`<iq type='get'><query xmlns='http://jabber.org/protocol/disco#items' node='shown'/></iq>`,
	`<iq type='get'><query xmlns='http://jabber.org/protocol/disco#items' node='http://jabber.org/protocol/commands'/></iq>`,
	`<iq type='set'><command xmlns='http://jabber.org/protocol/commands' node='x' action='execute'/></iq>`,
	`<iq type='get'><ping xmlns='urn:xmpp:ping'/></iq>`,
	`<iq type='get'><query xmlns='jabber:iq:version'/></iq>`,
	`<iq type='get'><query xmlns='jabber:iq:last'/></iq>`,
	`<iq type='get'><time xmlns='urn:xmpp:time'/></iq>`,
	`<iq type='get'><vCard xmlns='vcard-temp'/></iq>`,
	`<iq type='set'><vCard xmlns='vcard-temp'/></iq>`,
	`<iq type='get'><query xmlns='jabber:iq:private'><a xmlns='b'/></query></iq>`,
	`<iq type='set'><query xmlns='jabber:iq:private'><a xmlns='b'/></query></iq>`,
	`<iq type='get'><query xmlns='jabber:iq:register'/></iq>`,
	`<iq type='set'><query xmlns='jabber:iq:register'><remove/></query></iq>`,
	`<iq type='get'><blocklist xmlns='urn:xmpp:blocking'/></iq>`,
	`<iq type='set'><block xmlns='urn:xmpp:blocking'><item jid='a@localhost'/></block></iq>`,
	`<iq type='set'><unblock xmlns='urn:xmpp:blocking'/></iq>`,
	`<iq type='set'><enable xmlns='urn:xmpp:carbons:2'/></iq>`,
	`<iq type='get'><query xmlns='urn:xmpp:mam:2'/></iq>`,
	`<iq type='set'><query xmlns='urn:xmpp:mam:2'/></iq>`,
	`<iq type='get'><metadata xmlns='urn:xmpp:mam:2'/></iq>`,
	`<iq type='get'><prefs xmlns='urn:xmpp:mam:2'/></iq>`,
	`<iq type='set'><prefs xmlns='urn:xmpp:mam:2' default='always'/></iq>`,
	`<iq type='get'><nothing xmlns='urn:test'/></iq>`,
	`<iq type='set'/>`,
	`<presence type='probe'/>`,
	`<presence type='subscribe'/>`,
	`<presence type='unsubscribe'/>`,
	`<presence type='subscribed'/>`,
	`<presence type='unsubscribed'/>`,
	`<presence/>`,
	`<presence type='unavailable'/>`,
}

// pubSubProbes are requests at a node, whose name takes the place of NODE.
var pubSubProbes = []string{
	`<iq type='get'><pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='NODE'/></pubsub></iq>`,
	`<iq type='get'><pubsub xmlns='http://jabber.org/protocol/pubsub'><subscriptions node='NODE'/></pubsub></iq>`,
	`<iq type='get'><pubsub xmlns='http://jabber.org/protocol/pubsub'><affiliations node='NODE'/></pubsub></iq>`,
	`<iq type='set'><pubsub xmlns='http://jabber.org/protocol/pubsub'><subscribe node='NODE' jid='tybalt@localhost'/></pubsub></iq>`,
	`<iq type='set'><pubsub xmlns='http://jabber.org/protocol/pubsub'><unsubscribe node='NODE' jid='tybalt@localhost'/></pubsub></iq>`,
	`<iq type='set'><pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='NODE'><item><a xmlns='b'/></item></publish></pubsub></iq>`,
	`<iq type='set'><pubsub xmlns='http://jabber.org/protocol/pubsub'><retract node='NODE'><item id='1'/></retract></pubsub></iq>`,
	`<iq type='set'><pubsub xmlns='http://jabber.org/protocol/pubsub'><create node='NODE'/></pubsub></iq>`,
	`<iq type='get'><pubsub xmlns='http://jabber.org/protocol/pubsub#owner'><configure node='NODE'/></pubsub></iq>`,
	`<iq type='get'><pubsub xmlns='http://jabber.org/protocol/pubsub#owner'><default/></pubsub></iq>`,
	`<iq type='get'><pubsub xmlns='http://jabber.org/protocol/pubsub#owner'><affiliations node='NODE'/></pubsub></iq>`,
	`<iq type='get'><pubsub xmlns='http://jabber.org/protocol/pubsub#owner'><subscriptions node='NODE'/></pubsub></iq>`,
	`<iq type='set'><pubsub xmlns='http://jabber.org/protocol/pubsub#owner'><delete node='NODE'/></pubsub></iq>`,
	`<iq type='set'><pubsub xmlns='http://jabber.org/protocol/pubsub#owner'><purge node='NODE'/></pubsub></iq>`,
}

// publish puts an item into a node of the account's own that is not open to all.
func (u *user) publish(node, access string) {
	u.t.Helper()
	got := u.ask(`<iq type='set' id='p'><pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='` + node + `'><item id='1'><a xmlns='b'/></item></publish>
		<publish-options><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>http://jabber.org/protocol/pubsub#publish-options</value></field>
		<field var='pubsub#access_model'><value>` + access + `</value></field></x></publish-options></pubsub></iq>`)
	if !strings.Contains(got, "type='result'") {
		u.t.Fatal(got)
	}
}

// RFC 6120 §13.11: nobody finds out who has an account by asking accounts with whom he has nothing to do.
func TestStrangersCannotTellWhoHasAnAccount(t *testing.T) {
	ctx := context.Background()
	p := assemble(t, t.TempDir())
	defer closing(t, p)
	if err := p.xmpp.Start(); err != nil {
		t.Fatal(err)
	}
	defer p.xmpp.Stop(ctx)
	if err := estrange(ctx, p.org); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"juliet", "tybalt"} {
		if _, err := p.accounts.Create(ctx, directory.NewAccount{JID: jid.MustParse(name + "@localhost"), Password: "Wherefore4"}); err != nil {
			t.Fatal(err)
		}
	}
	juliet, tybalt := enter(t, p.xmpp, "juliet@localhost/r"), enter(t, p.xmpp, "tybalt@localhost/r")
	juliet.publish("shown", "presence")
	juliet.publish("hidden", "whitelist")
	juliet.Close("", "")
	all := probes
	for _, node := range []string{"shown", "hidden", "missing"} {
		for _, x := range pubSubProbes {
			all = append(all, strings.ReplaceAll(x, "NODE", node))
		}
	}
	for _, x := range all {
		for _, resource := range []string{"", "/gone"} {
			answer := func(name string) string {
				at := strings.IndexAny(x, "/> ")
				got := tybalt.ask(x[:at] + " id='q' to='" + name + "@localhost" + resource + "'" + x[at:])
				return strings.ReplaceAll(got, name+"@localhost", "SOMEBODY")
			}
			if there, nobody := answer("juliet"), answer("nobody"); there != nobody {
				t.Errorf("%s to SOMEBODY%s\n  juliet: %s\n  nobody: %s", x, resource, there, nobody)
			}
		}
	}
}
