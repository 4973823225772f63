package pubsub

import (
	"errors"
	"testing"

	"plenum/xmppd"
	"plenum/xmppd/fault"
	"plenum/xmppd/xmlstream"
)

func parseString(s string, set bool) (*request, error) {
	p, err := xmlstream.Parse([]byte("<iq>"+s+"</iq>"), xmppd.NSClient, xmlstream.C2S)
	if err != nil {
		return nil, err
	}
	e, _ := p.First()
	return parseRequest(e, set)
}

func TestParseRequest(t *testing.T) {
	const open, owner = "<pubsub xmlns='" + NS + "'>", "<pubsub xmlns='" + NSOwner + "'>"
	const x = "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>"
	cases := []struct {
		name string
		xml  string
		set  bool
		want string // error
		see  func(*request) bool
	}{
		{"nothing", open + "</pubsub>", true, "bad-request", nil},
		{"a verb of the other type", open + "<publish node='a'/></pubsub>", false, "bad-request", nil},
		{"publish with options before it", open + "<publish-options>" + x + formOptions + "</value></field></x></publish-options><publish node='n'><item id='i'><a xmlns='b'/></item></publish></pubsub>", true, "",
			func(r *request) bool {
				return r.verb == "publish" && r.options != nil && r.items[0].id == "i" && string(r.items[0].payload) == "<a xmlns='b'/>"
			}},
		{"options without a form", open + "<publish node='n'/><publish-options/></pubsub>", true, "bad-request invalid-options", nil},
		{"two payloads are counted", open + "<publish node='n'><item><a xmlns='b'/><c xmlns='d'/></item></publish></pubsub>", true, "",
			func(r *request) bool { return r.items[0].elements == 2 }},
		{"subscribing with options", open + "<subscribe node='n' jid='a@b'/><options/></pubsub>", true, "feature-not-implemented unsupported", nil},
		{"retraction with notice", open + "<retract node='n' notify='true'><item id='1'/></retract></pubsub>", true, "", func(r *request) bool { return r.notify }},
		{"max_items below one", open + "<items node='n' max_items='0'/></pubsub>", false, "bad-request", nil},
		{"a page", open + "<items node='n'/><set xmlns='http://jabber.org/protocol/rsm'><max>2</max></set></pubsub>", false, "", func(r *request) bool { return r.rsmSet && r.rsm.Max == 2 }},
		{"a bad page", open + "<items node='n'/><set xmlns='http://jabber.org/protocol/rsm'><max>x</max></set></pubsub>", false, "bad-request", nil},
		{"a cancelled form", owner + "<configure node='n'><x xmlns='jabber:x:data' type='cancel'/></configure></pubsub>", true, "", func(r *request) bool { return r.hasForm && r.config == nil }},
		{"affiliations", owner + "<affiliations node='n'><affiliation jid='a@b' affiliation='member'/></affiliations></pubsub>", true, "",
			func(r *request) bool { return r.changes[0].value == "member" }},
		{"an entity named twice", owner + "<affiliations node='n'><affiliation jid='a@b'/><affiliation jid='A@b'/></affiliations></pubsub>", true, "bad-request", nil},
		{"an entity that is none", owner + "<subscriptions node='n'><subscription jid='@'/></subscriptions></pubsub>", true, "bad-request invalid-jid", nil},
		{"a redirection", owner + "<delete node='n'><redirect uri='xmpp:a@b'/></delete></pubsub>", true, "", func(r *request) bool { return r.uri == "xmpp:a@b" }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r, err := parseString(c.xml, c.set)
			var e *xmppd.StanzaError
			got := ""
			switch {
			case errors.As(err, &e):
				got = describe(e)
			case fault.Is(err, fault.Invalid):
				got = "bad-request"
			case err != nil:
				got = err.Error()
			}
			if got != c.want {
				t.Fatalf("%q, want %q", got, c.want)
			}
			if c.see != nil && !c.see(r) {
				t.Errorf("%+v", r)
			}
		})
	}
}

func FuzzParseRequest(f *testing.F) {
	for _, s := range []string{
		"<pubsub xmlns='" + NS + "'><publish node='n'><item id='i'><a xmlns='b'><c/></a></item></publish><publish-options><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>" + formOptions + "</value></field><field var='pubsub#max_items'><value>max</value></field></x></publish-options></pubsub>",
		"<pubsub xmlns='" + NS + "'><items node='n' max_items='3'><item id='1'/></items><set xmlns='http://jabber.org/protocol/rsm'><max>2</max><before/></set></pubsub>",
		"<pubsub xmlns='" + NS + "'><subscribe node='n' jid='a@b/c'/></pubsub>",
		"<pubsub xmlns='" + NSOwner + "'><configure node='n'><x xmlns='jabber:x:data' type='submit'><field var='pubsub#access_model'><value>roster</value></field><field var='pubsub#roster_groups_allowed'><value>a</value><value/></field></x></configure></pubsub>",
		"<pubsub xmlns='" + NSOwner + "'><affiliations node='n'><affiliation jid='a@b' affiliation='outcast'/></affiliations></pubsub>",
		"<p:pubsub xmlns:p='" + NSOwner + "'><p:delete node='n'><p:redirect uri='x'/></p:delete></p:pubsub>",
	} {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, s string, set bool) {
		r, err := parseString(s, set)
		if err != nil || r.verb == "" {
			return
		}
		n := newNode(jidOf("juliet@example.org"), r.node, DefaultConfig(r.node))
		for _, form := range []struct {
			f  func() (*NodeConfig, *xmppd.StanzaError)
			ok bool
		}{
			{func() (*NodeConfig, *xmppd.StanzaError) { return n.config.withOptions(r.options, someLimits) }, r.options != nil},
			{func() (*NodeConfig, *xmppd.StanzaError) { return n.config.configured(r.config, someLimits) }, r.config != nil},
		} {
			if !form.ok {
				continue
			}
			if c, err := form.f(); err == nil {
				if again, err := DefaultConfig("").configured(c.form("form"), someLimits); err != nil || again.Access != c.Access {
					t.Errorf("the form of a configuration does not lead back to it: %v", err)
				}
			}
		}
		for _, it := range r.items {
			item := cloneItem(it)
			if _, err := xmlstream.Parse(itemEvent(n, &item), xmppd.NSClient, xmlstream.S2S); err != nil {
				t.Errorf("%v: %s", err, itemEvent(n, &item))
			}
		}
	})
}
