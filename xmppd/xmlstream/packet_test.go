package xmlstream_test

import (
	"encoding/xml"
	"strings"
	"testing"

	"plenum/xmppd/xmlstream"
)

const chat = `<message xml:lang='en' to='juliet@capulet.example/balcony' from="romeo@montague.example/orchard" type='chat' id='a&amp;b'>` +
	`<body>Art thou not Romeo, &amp; a Montague?</body><active xmlns='http://jabber.org/protocol/chatstates'/>` +
	`<request xmlns='urn:xmpp:receipts'/><x:y xmlns:x='urn:x' x:z='1'><x:deep><plain/></x:deep></x:y></message>`

func TestPacketAccessors(t *testing.T) {
	p := xmlstream.MustParse(chat)
	for name, c := range map[string][2]string{
		"to": {p.To(), "juliet@capulet.example/balcony"}, "from": {p.From(), "romeo@montague.example/orchard"}, "type": {p.Type(), "chat"},
		"id": {p.ID(), "a&b"}, "lang": {p.Lang(), "en"}, "local": {p.Local(), "message"}, "space": {p.Space(), "jabber:client"},
	} {
		if c[0] != c[1] {
			t.Errorf("%s: %q", name, c[0])
		}
	}
	if v, ok := p.Attr("id"); !ok || v != "a&b" {
		t.Error("Attr", v, ok)
	}
	if _, ok := p.Attr("none"); ok {
		t.Error("an attribute that is not there")
	}
	var names []string
	for e := range p.Children() {
		names = append(names, e.Space()+"|"+e.Local())
	}
	if got := strings.Join(names, " "); got != "jabber:client|body http://jabber.org/protocol/chatstates|active urn:xmpp:receipts|request urn:x|y" {
		t.Error(got)
	}
	body, _ := p.Child("jabber:client", "body")
	if body.Text() != "Art thou not Romeo, & a Montague?" || string(body.Inner()) != "Art thou not Romeo, &amp; a Montague?" {
		t.Error(body.Text(), string(body.Inner()))
	}
	y, _ := p.Child("urn:x", "y")
	deep, ok := y.Child("urn:x", "deep")
	if v, _ := y.Attr("x:z"); !ok || v != "1" {
		t.Error("prefixed", v, ok)
	}
	plain, ok := deep.First()
	if !ok || !plain.Is("jabber:client", "plain") || plain.Text() != "" || plain.Inner() != nil {
		t.Error("plain", plain)
	}
	if got := string(deep.Standalone()); got != `<x:deep xmlns='jabber:client' xmlns:x='urn:x'><plain/></x:deep>` {
		t.Error(got)
	}
	if got := string(body.Standalone()); got != `<body xmlns='jabber:client'>Art thou not Romeo, &amp; a Montague?</body>` {
		t.Error(got)
	}
	if p.Has("urn:x", "none") || !p.Has("urn:xmpp:receipts", "request") {
		t.Error("Has")
	}
}

func TestManyChildren(t *testing.T) {
	p := xmlstream.MustParse("<iq>" + strings.Repeat("<a/>", 9) + "<b/></iq>")
	n := 0
	for range p.Children() {
		n++
	}
	if n != 10 || !p.Has("jabber:client", "b") {
		t.Fatal(n)
	}
}

func TestNoElement(t *testing.T) {
	var e xmlstream.Element
	if _, ok := e.First(); ok || e.Local() != "" || e.Space() != "" || e.Text() != "" || e.Inner() != nil || e.Standalone() != nil {
		t.Fatal("the zero value is no element")
	}
	for range e.Children() {
		t.Fatal("child of nothing")
	}
}

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"<a>x</a>": "x", "<a/>": "", "<a></a>": "", "<a>x<b>y</b>z</a>": "xz", "<a>&lt;<![CDATA[&lt;]]]]><![CDATA[>]]>é</a>": "<&lt;]]>é",
		"<a>x\r\ny\rz\n</a>": "x\ny\nz\n", "<a>&#13;&#xA;</a>": "\r\n", "<a><![CDATA[x\r\ny]]></a>": "x\ny", "<a b='/'>c</a>": "c",
	} {
		p := xmlstream.MustParse("<iq>" + in + "</iq>")
		e, _ := p.First()
		if e.Text() != want {
			t.Errorf("%s: %q", in, e.Text())
		}
	}
	p := xmlstream.MustParse("<iq id='a\r\nb\tc&#10;d'/>")
	if p.ID() != "a b c\nd" {
		t.Errorf("white space in a value: %q", p.ID())
	}
}

func TestHints(t *testing.T) {
	state := "<composing xmlns='http://jabber.org/protocol/chatstates'/>"
	for _, c := range []struct {
		in        string
		yes, none xmlstream.Hints
	}{
		{"<message><body/>" + state + "</message>", xmlstream.HintBody | xmlstream.HintChatState, xmlstream.HintChatStateOnly},
		{"<message>" + state + "<thread/><no-store xmlns='urn:xmpp:hints'/></message>", xmlstream.HintChatStateOnly | xmlstream.HintNoStore, xmlstream.HintBody},
		{"<message>" + state + "<x xmlns='urn:other'/></message>", xmlstream.HintChatState, xmlstream.HintChatStateOnly},
		{"<message><body xmlns='other'/></message>", 0, xmlstream.HintBody},
		{"<message><private xmlns='urn:xmpp:carbons:2'/></message>", xmlstream.HintPrivate, xmlstream.HintCarbon},
		{"<message><encrypted xmlns='eu.siacs.conversations.axolotl'/></message>", xmlstream.HintEncrypted, 0},
		{"<presence><error/></presence>", xmlstream.HintError, 0},
	} {
		h := xmlstream.MustParse(c.in).Hints()
		if !h.Has(c.yes) || h.Any(c.none) {
			t.Errorf("%s: %b", c.in, h)
		}
	}
}

func TestDecode(t *testing.T) {
	p := xmlstream.MustParse(`<iq type='get'><query xmlns='jabber:iq:roster' ver='1'><item jid='a@b'/></query></iq>`)
	var iq struct {
		XMLName xml.Name `xml:"jabber:client iq"`
		Type    string   `xml:"type,attr"`
	}
	if err := p.Decode(&iq); err != nil || iq.Type != "get" {
		t.Fatal(iq, err)
	}
	var q struct {
		XMLName xml.Name `xml:"jabber:iq:roster query"`
		Item    []struct {
			JID string `xml:"jid,attr"`
		} `xml:"item"`
	}
	e, _ := p.First()
	if err := e.Decode(&q); err != nil || len(q.Item) != 1 || q.Item[0].JID != "a@b" {
		t.Fatal(q, err)
	}
}

func TestRender(t *testing.T) {
	for _, c := range []struct {
		name, in, from, to, extra string
		target                    xmlstream.Target
		want                      string
	}{
		{"as it is", "<message to='a'/>", "", "", "", xmlstream.ClientTCP, "<message to='a'/>"},
		{"other addresses", "<message id='1' to='a' from='b' type='t'><body/></message>", "x&", "y'", "", xmlstream.Server, "<message from='x&amp;' to='y&apos;' id='1' type='t'><body/></message>"},
		{"addresses in the other order", "<message from='b'  to='a'/>", "x", "y", "", xmlstream.ClientTCP, "<message from='x' to='y'/>"},
		{"one address", "<message from='b' to='a' id='i'/>", "", "y", "", xmlstream.ClientTCP, "<message to='y' from='b' id='i'/>"},
		{"no address before", "<presence/>", "x", "y", "", xmlstream.ClientTCP, "<presence from='x' to='y'/>"},
		{"extra child", "<message><body/></message>", "", "", "<z xmlns='z'/>", xmlstream.ClientTCP, "<message><body/><z xmlns='z'/></message>"},
		{"extra child of an empty one", "<message to='a' />", "x", "", "<z xmlns='z'/>", xmlstream.ClientTCP, "<message from='x' to='a'><z xmlns='z'/></message>"},
		{"with namespace", "<message to='a'/>", "x", "", "", xmlstream.WebSocket, "<message xmlns='jabber:client' from='x' to='a'/>"},
		{"nonza with its own", "<r xmlns='urn:xmpp:sm:3'/>", "", "", "", xmlstream.WebSocket, "<r xmlns='urn:xmpp:sm:3'/>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := string(xmlstream.MustParse(c.in).Render([]byte("|"), c.from, c.to, []byte(c.extra), c.target)); got != "|"+c.want {
				t.Fatal(got)
			}
		})
	}
}

func TestRewrite(t *testing.T) {
	in := "<message to='a' from='b' id='i' x='1'><body>t</body><delay xmlns='urn:xmpp:delay'/></message>"
	drop := func(e xmlstream.Element) bool { return e.Local() == "delay" }
	for _, c := range []struct {
		name, in string
		r        xmlstream.Rewrite
		want     string
	}{
		{"nothing", in, xmlstream.Rewrite{}, in},
		{"from stamped", in, xmlstream.Rewrite{From: xmlstream.Set("c/'d")}, "<message from='c/&apos;d' to='a' id='i' x='1'><body>t</body><delay xmlns='urn:xmpp:delay'/></message>"},
		{"attributes removed", in, xmlstream.Rewrite{From: xmlstream.Remove(), ID: xmlstream.Set(""), Type: xmlstream.Remove()}, "<message to='a' x='1'><body>t</body><delay xmlns='urn:xmpp:delay'/></message>"},
		{"child dropped, one added", in, xmlstream.Rewrite{Drop: drop, Append: []byte("<z xmlns='z'/>")}, "<message to='a' from='b' id='i' x='1'><body>t</body><z xmlns='z'/></message>"},
		{"child added to an empty one", "<message/>", xmlstream.Rewrite{Lang: xmlstream.Set("de"), Append: []byte("<body/>")}, "<message xml:lang='de'><body/></message>"},
		{"empty one stays empty", "<message />", xmlstream.Rewrite{To: xmlstream.Set("a")}, "<message to='a'/>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := xmlstream.MustParse(c.in)
			q := p.Rewrite(c.r)
			if string(q.Raw()) != c.want {
				t.Fatalf("%s", q.Raw())
			}
			if string(p.Raw()) != c.in {
				t.Fatal("the packet itself changed")
			}
		})
	}
}

func TestBuilder(t *testing.T) {
	p := xmlstream.NewBuilder().Start("iq", "", "type", "result", "id", "a'b", "to", "").
		Start("query", "jabber:iq:roster", "ver", "7").
		Element("item", "", "", "jid", "x@y").Element("group", "", "a<b\n").
		Raw([]byte("<r xmlns='r'/>")).Packet()
	want := "<iq type='result' id='a&apos;b'><query xmlns='jabber:iq:roster' ver='7'><item jid='x@y'/><group>a&lt;b\n</group><r xmlns='r'/></query></iq>"
	if string(p.Raw()) != want {
		t.Fatalf("%s", p.Raw())
	}
	if p.ID() != "a'b" || p.Kind() != xmlstream.IQ {
		t.Fatal(p.ID(), p.Kind())
	}
}

func TestAppendEscaped(t *testing.T) {
	if got := string(xmlstream.AppendEscaped(nil, "a<>&'\"\r\n\té\x00\xff\uFFFE")); got != "a&lt;&gt;&amp;&apos;&quot;&#13;&#10;&#9;é\uFFFD\uFFFD\uFFFD" {
		t.Fatal(got)
	}
	if got := string(xmlstream.AppendText(nil, "a<>&'\"\r\n\té\x00]]>")); got != "a&lt;&gt;&amp;'\"&#13;\n\té\uFFFD]]&gt;" {
		t.Fatal(got)
	}
}

func TestInAnotherContentNamespace(t *testing.T) {
	p, err := xmlstream.Parse([]byte("<message xmlns='jabber:server'><body>x</body><a xmlns='jabber:client'/></message>"), xmlstream.NSServer, xmlstream.S2S)
	if err != nil {
		t.Fatal(err)
	}
	q, err := p.In(xmlstream.NSClient)
	if err != nil || string(q.Raw()) != "<message><body>x</body><a/></message>" {
		t.Fatal(q, err)
	}
	if !q.Has(xmlstream.NSClient, "body") || q.Kind() != xmlstream.Message || q.Space() != xmlstream.NSClient {
		t.Fatal("the content namespace did not change")
	}
	if !p.Has(xmlstream.NSServer, "body") || p.Has(xmlstream.NSClient, "body") {
		t.Fatal("the packet itself changed")
	}
	c, err := xmlstream.Parse([]byte("<message><c:body xmlns:c='jabber:client'/></message>"), xmlstream.NSServer, xmlstream.S2S)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.In(xmlstream.NSClient); condition(err) != "bad-namespace-prefix" {
		t.Fatal(err)
	}
}

func TestManyPrefixes(t *testing.T) {
	p := xmlstream.MustParse("<iq xmlns:a='1'><q xmlns:b='2' xmlns:a='3'><r a:x='' xmlns:c='4'><b:s/><d:t xmlns:d='5'/></r></q></iq>")
	q, _ := p.First()
	r, _ := q.First()
	if got := string(r.Standalone()); got != "<r xmlns='jabber:client' xmlns:b='2' xmlns:a='3' a:x='' xmlns:c='4'><b:s/><d:t xmlns:d='5'/></r>" {
		t.Fatal(got)
	}
	s, _ := r.First()
	if s.Space() != "2" {
		t.Fatal(s.Space())
	}
}
