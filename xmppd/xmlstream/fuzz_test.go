package xmlstream_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"plenum/xmppd/xmlstream"
)

// node is an element as an independent reader sees it: expanded names, no declarations.
type node struct {
	name  xml.Name
	attrs map[xml.Name]string
	text  string
	kids  []*node
}

func (n *node) String() string {
	var b strings.Builder
	n.print(&b)
	return b.String()
}

func (n *node) print(b *strings.Builder) {
	fmt.Fprintf(b, "({%s}%s", n.name.Space, n.name.Local)
	keys := slices.SortedFunc(maps.Keys(n.attrs), func(a, b xml.Name) int {
		return strings.Compare(a.Space+" "+a.Local, b.Space+" "+b.Local)
	})
	for _, k := range keys {
		fmt.Fprintf(b, " {%s}%s=%q", k.Space, k.Local, n.attrs[k])
	}
	fmt.Fprintf(b, " %q", n.text)
	for _, k := range n.kids {
		k.print(b)
	}
	b.WriteByte(')')
}

// flat maps the white space of a value, which encoding/xml does not normalise, to spaces.
var flat = strings.NewReplacer("\t", " ", "\n", " ", "\r", " ")

// standard reads one element with encoding/xml.
func standard(b []byte, defaultNS string) (*node, error) {
	d := xml.NewDecoder(bytes.NewReader(b))
	d.DefaultSpace = defaultNS
	top := &node{}
	stack := []*node{top}
	for {
		t, err := d.Token()
		if err == io.EOF {
			if len(top.kids) != 1 {
				return nil, fmt.Errorf("%d elements", len(top.kids))
			}
			return top.kids[0], nil
		}
		if err != nil {
			return nil, err
		}
		inner := stack[len(stack)-1]
		switch t := t.(type) {
		case xml.StartElement:
			n := &node{name: t.Name, attrs: map[xml.Name]string{}}
			for _, a := range t.Attr {
				if a.Name.Space == "xmlns" || a.Name == (xml.Name{Local: "xmlns"}) {
					continue
				}
				if _, twice := n.attrs[a.Name]; twice {
					return nil, fmt.Errorf("attribute %v twice", a.Name)
				}
				n.attrs[a.Name] = flat.Replace(a.Value)
			}
			inner.kids = append(inner.kids, n)
			stack = append(stack, n)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			inner.text += string(t)
		default:
			return nil, fmt.Errorf("token %T", t)
		}
	}
}

// same compares an element as the packet shows it with what encoding/xml makes of it.
func same(e xmlstream.Element, n *node) error {
	if e.Local() != n.name.Local || e.Space() != n.name.Space {
		return fmt.Errorf("name {%s}%s, want %v", e.Space(), e.Local(), n.name)
	}
	if e.Text() != n.text {
		return fmt.Errorf("text %q, want %q", e.Text(), n.text)
	}
	for name, v := range n.attrs {
		if name.Space == "" {
			if got, ok := e.Attr(name.Local); !ok || flat.Replace(got) != v {
				return fmt.Errorf("attribute %s = %q, want %q", name.Local, got, v)
			}
		}
	}
	i := 0
	for c := range e.Children() {
		if i == len(n.kids) {
			return fmt.Errorf("more children than %d", i)
		}
		if err := same(c, n.kids[i]); err != nil {
			return err
		}
		if err := standsAlone(c, n.kids[i]); err != nil {
			return err
		}
		i++
	}
	if i != len(n.kids) {
		return fmt.Errorf("%d children, want %d", i, len(n.kids))
	}
	return nil
}

func standsAlone(e xmlstream.Element, n *node) error {
	got, err := standard(e.Standalone(), "")
	if err == nil && got.String() != n.String() {
		err = fmt.Errorf("other tree %s, want %s", got, n)
	}
	if err != nil {
		return fmt.Errorf("standalone %s: %w", e.Standalone(), err)
	}
	return nil
}

func checkPacket(t *testing.T, p *xmlstream.Packet, want *node) {
	t.Helper()
	if err := same(p.Root(), want); err != nil {
		t.Fatalf("%s: %v", p.Raw(), err)
	}
	if err := standsAlone(p.Root(), want); err != nil {
		t.Fatal(err)
	}
	i := 0
	for e := range p.Children() {
		if err := same(e, want.kids[i]); err != nil {
			t.Fatalf("%s: child %d: %v", p.Raw(), i, err)
		}
		if err := standsAlone(e, want.kids[i]); err != nil {
			t.Fatal(err)
		}
		i++
	}
	for name, got := range map[string]string{"to": p.To(), "from": p.From(), "id": p.ID(), "type": p.Type()} {
		if flat.Replace(got) != want.attrs[xml.Name{Local: name}] {
			t.Fatalf("%s: %s is %q", p.Raw(), name, got)
		}
	}
	again, err := xmlstream.Parse(p.Raw(), p.ContentNS(), xmlstream.C2S)
	if err != nil || !bytes.Equal(again.Raw(), p.Raw()) || again.Hints() != p.Hints() || again.Kind() != p.Kind() {
		t.Fatalf("%s is not canonical: %v", p.Raw(), err)
	}
}

// checkOutput reads what a packet writes with encoding/xml.
func checkOutput(t *testing.T, p *xmlstream.Packet, want *node) {
	t.Helper()
	extra := []byte("<z:extra xmlns:z='urn:z' z:a='1'/>")
	added := &node{name: xml.Name{Space: "urn:z", Local: "extra"}, attrs: map[xml.Name]string{{Space: "urn:z", Local: "a"}: "1"}}
	expect := *want
	expect.attrs = maps.Clone(want.attrs)
	expect.attrs[xml.Name{Local: "from"}] = "a'<b"
	expect.attrs[xml.Name{Local: "to"}] = "c"
	expect.kids = append(slices.Clone(want.kids), added)

	q := p.Rewrite(xmlstream.Rewrite{From: xmlstream.Set("a'<b"), To: xmlstream.Set("c"), Append: extra})
	checkPacket(t, q, &expect)
	for _, target := range []xmlstream.Target{xmlstream.ClientTCP, xmlstream.WebSocket} {
		ns := xmlstream.NSClient
		if target == xmlstream.WebSocket {
			ns = ""
		}
		got, err := standard(p.Render(nil, "a'<b", "c", extra, target), ns)
		if err != nil || got.String() != expect.String() {
			t.Fatalf("rendered for %d: %s, want %s, %v", target, got, &expect, err)
		}
		if got, err = standard(p.Render(nil, "", "", nil, target), ns); err != nil || got.String() != want.String() {
			t.Fatalf("rendered for %d: %s, want %s, %v", target, got, want, err)
		}
	}
	delete(expect.attrs, xml.Name{Local: "from"})
	delete(expect.attrs, xml.Name{Local: "to"})
	expect.kids = nil
	bare := p.Rewrite(xmlstream.Rewrite{From: xmlstream.Remove(), To: xmlstream.Remove(), Drop: func(xmlstream.Element) bool { return true }})
	checkPacket(t, bare, &expect)
}

var seeds = []string{
	chat, "<iq/>", "<message><body xmlns='jabber:client'>x</body></message>", "<message xmlns='jabber:client'/>", "<a xmlns='' b='c'>t<d/>u</a>",
	"<message to='a' from=\"b\" id='&#13;&lt;' type = 'c'\n xml:lang='x' ><![CDATA[a]]]]>b\r\nc</message >", "<x:a xmlns:x='u' xmlns='v'><b x:c=''/><x:d xmlns=''><e/></x:d></x:a>",
	"<a xmlns:p='&#117;' p:q='1' q='2'><p:é xmlns='&amp;'><r/></p:é></a>", "<presence><c xmlns='jabber:server'><d xmlns='jabber:client'/></c></presence>",
	"<iq><a xmlns:x='1'><x:b xmlns:x='2' x:c=''/><x:d/></a></iq>", "<iq xmlns:x='1'><a><b xmlns:x='2'><x:c/></b><x:d/></a></iq>", "<a xml:lang='x' lang='y'/>", "<iq><a xmlns:xml='http://www.w3.org/XML/1998/namespace'/></iq>",
}

func FuzzParse(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	for _, s := range stanzas {
		f.Add([]byte(s.xml))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := xmlstream.Parse(b, xmlstream.NSClient, xmlstream.C2S)
		if err != nil {
			return
		}
		want, err := standard(bytes.Trim(b, " \t\r\n"), xmlstream.NSClient)
		if err != nil {
			t.Fatalf("accepted, but encoding/xml says %v", err)
		}
		checkPacket(t, p, want)
		checkOutput(t, p, want)
	})
}

// FuzzStream feeds a stream in pieces of different sizes, which must make no difference.
func FuzzStream(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(clientHeader + s + " " + s + "</stream:stream>"))
	}
	for _, s := range []string{"<a b='<'", "<a></b", "<stream:x/><x:y/>", "<a>]]></a>", "<a>\xC3", strings.Repeat("<a>", 70), manyAttrs(40), "</stream:strea", "<!", "<![CDATA["} {
		f.Add([]byte(clientHeader + s))
	}
	f.Add([]byte("<?xml version=\"1.0\" encoding='utf-8' standalone='no' ?>\n<stream xmlns='http://etherx.jabber.org/streams' xmlns:p='u'><p:q/><message xmlns='jabber:client'/></stream>"))
	limits := xmlstream.Limits{Bytes: 700, Depth: 8, Attrs: 8, Elements: 20}
	f.Fuzz(func(t *testing.T, b []byte) {
		h, want, wantErr := readAll(bytes.NewReader(b), limits)
		for _, n := range []int{1, 7, 300} {
			h2, got, err := readAll(&chunks{string(b), n}, limits)
			if fmt.Sprint(h2) != fmt.Sprint(h) || !slices.Equal(got, want) || fmt.Sprint(err) != fmt.Sprint(wantErr) {
				t.Fatalf("whole: %v %q %v\npieces of %d: %v %q %v", h, want, wantErr, n, h2, got, err)
			}
		}
		for _, raw := range want {
			if _, err := xmlstream.Parse([]byte(raw), xmlstream.NSClient, xmlstream.C2S); err != nil && h.ContentNS == xmlstream.NSClient {
				t.Fatalf("%s does not stand alone: %v", raw, err)
			}
		}
	})
}
