package xmlstream_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"plenum/xmppd/xmlstream"
)

const clientHeader = `<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='example.com' version='1.0' xml:lang='en'>`

// chunks reads n bytes at a time.
type chunks struct {
	s string
	n int
}

func (c *chunks) Read(b []byte) (int, error) {
	if c.s == "" {
		return 0, io.EOF
	}
	n := copy(b[:min(len(b), c.n)], c.s)
	c.s = c.s[n:]
	return n, nil
}

// readAll returns the packets of a stream and the error that ended it.
func readAll(r io.Reader, l xmlstream.Limits) (h *xmlstream.Header, out []string, err error) {
	f := xmlstream.NewFramer(r, l)
	if h, err = f.ReadHeader(); err != nil {
		return h, nil, err
	}
	for {
		p, err := f.ReadPacket()
		if err != nil {
			return h, out, err
		}
		out = append(out, string(p.Raw()))
	}
}

func TestReadHeader(t *testing.T) {
	for _, n := range []int{1, 7, 4096} {
		h, _, err := readAll(&chunks{clientHeader, n}, xmlstream.PreAuth)
		if err != io.ErrUnexpectedEOF {
			t.Fatal(err)
		}
		if h.To != "example.com" || h.Version != "1.0" || h.Lang != "en" || h.ContentNS != xmlstream.NSClient ||
			h.Name.Local != "stream" || h.Name.Space != xmlstream.NSStream || len(h.Prefixes) != 1 {
			t.Fatalf("%+v", h)
		}
	}
}

func condition(err error) string {
	var e *xmlstream.Error
	if errors.As(err, &e) {
		return e.Condition
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func TestHeaderErrors(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"text first", "GET / HTTP/1.1\r\n", "not-well-formed"},
		{"binary noise", "\x16\x03\x01\x02\x00\x01", "not-well-formed"},
		{"UTF-16", "\xFF\xFE<\x00", "unsupported-encoding"},
		{"another encoding", `<?xml version='1.0' encoding='ISO-8859-1'?><a>`, "unsupported-encoding"},
		{"XML 1.1", `<?xml version='1.1'?><a>`, "not-well-formed"},
		{"declaration without version", `<?xml encoding='UTF-8'?><a>`, "not-well-formed"},
		{"empty declaration", `<?xml ?><a>`, "not-well-formed"},
		{"declaration in the wrong order", `<?xml encoding='UTF-8' version='1.0'?><a>`, "not-well-formed"},
		{"declaration with '>' in it", `<?xml version='1.0'><a/>?><a>`, "not-well-formed"},
		{"declaration with space at its end", `<?xml version='1.0' ?><a>`, "bad-format"},
		{"two declarations", `<?xml version='1.0'?><?xml version='1.0'?><a>`, "restricted-xml"},
		{"endless declaration", `<?xml ` + strings.Repeat(" ", 300), "not-well-formed"},
		{"DTD", `<?xml version='1.0'?><!DOCTYPE a><a>`, "restricted-xml"},
		{"comment", `<!-- x --><a>`, "restricted-xml"},
		{"processing instruction", `<?php x ?><a>`, "restricted-xml"},
		{"other root", `<a>`, "bad-format"},
		{"stream in no namespace", `<stream>`, "invalid-namespace"},
		{"stream in another namespace", `<stream:stream xmlns:stream='urn:x'>`, "invalid-namespace"},
		{"prefix not declared", `<stream:stream>`, "not-well-formed"},
		{"end tag", `</stream:stream>`, "not-well-formed"},
		{"too big", `<stream:stream a='` + strings.Repeat("x", 20<<10), "policy-violation"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, n := range []int{1, 7, 4096} {
				_, _, err := readAll(&chunks{c.in, n}, xmlstream.PreAuth)
				if condition(err) != c.want {
					t.Fatalf("chunks of %d: %v", n, err)
				}
			}
		})
	}
}

func manyAttrs(n int) string {
	var b strings.Builder
	b.WriteString("<a")
	for i := range n {
		fmt.Fprintf(&b, " a%d=''", i)
	}
	return b.String() + "/>"
}

// TestStream feeds what follows the header; want lists the packets, then the error.
func TestStream(t *testing.T) {
	deep := func(n int) string { return "<a>" + strings.Repeat("<a>", n-1) + strings.Repeat("</a>", n) }
	for _, c := range []struct {
		name, in string
		want     []string
		err      string
	}{
		{"stanzas and white space", " <message/>\n<iq><a xmlns='x'/></iq> \n</stream:stream >", []string{"<message/>", "<iq><a xmlns='x'/></iq>"}, "EOF"},
		{"connection lost", "<message/>", []string{"<message/>"}, "unexpected EOF"},
		{"connection lost in a stanza", "<message><bo", nil, "unexpected EOF"},
		{"redundant namespace of the root", `<message xmlns="jabber:client" to='a'><body>x</body></message>`, []string{"<message to='a'><body>x</body></message>"}, "unexpected EOF"},
		{"redundant namespaces of children", `<message to='a' xmlns='jabber:client'><body xmlns='jabber:client'>x</body></message>`, []string{"<message to='a'><body>x</body></message>"}, "unexpected EOF"},
		{"namespace of a forwarded stanza stays", `<message><f xmlns='f'><message xmlns='jabber:client'/></f></message>`, []string{`<message><f xmlns='f'><message xmlns='jabber:client'/></f></message>`}, "unexpected EOF"},
		{"prefix of the header", `<message><stream:x/></message>`, []string{`<message xmlns:stream='http://etherx.jabber.org/streams'><stream:x/></message>`}, "unexpected EOF"},
		{"prefix of the header declared anew", `<message><stream:x xmlns:stream='y'/></message>`, []string{`<message><stream:x xmlns:stream='y'/></message>`}, "unexpected EOF"},
		{"CDATA and references", `<message><![CDATA[<&]]]]>&#x41;&#65;&lt;&gt;&amp;&apos;&quot;</message>`, []string{`<message><![CDATA[<&]]]]>&#x41;&#65;&lt;&gt;&amp;&apos;&quot;</message>`}, "unexpected EOF"},
		{"quote in CDATA", `<message><![CDATA[it's]]></message>`, []string{`<message><![CDATA[it's]]></message>`}, "unexpected EOF"},
		{"'>' in a value", `<message a='>' b=">'"/>`, []string{`<message a='>' b=">'"/>`}, "unexpected EOF"},
		{"text outside", "x", nil, "bad-format"},
		{"control character outside", "\x01", nil, "not-well-formed"},
		{"comment", "<!-- -->", nil, "restricted-xml"},
		{"comment inside", "<a><!-- --></a>", nil, "restricted-xml"},
		{"DTD", "<!DOCTYPE x>", nil, "restricted-xml"},
		{"processing instruction", "<?x ?>", nil, "restricted-xml"},
		{"XML declaration again", "<?xml version='1.0'?>", nil, "restricted-xml"},
		{"CDATA outside", "<![CDATA[]]>", nil, "not-well-formed"},
		{"entity", "<a>&nbsp;</a>", nil, "restricted-xml"},
		{"bare ampersand", "<a>& </a>", nil, "not-well-formed"},
		{"reference to NUL", "<a>&#0;</a>", nil, "not-well-formed"},
		{"reference to a surrogate", "<a>&#xD800;</a>", nil, "not-well-formed"},
		{"reference beyond Unicode", "<a>&#x110000;</a>", nil, "not-well-formed"},
		{"reference that overflows", "<a>&#x100000041;</a>", nil, "not-well-formed"},
		{"endless reference", "<a>&#x" + strings.Repeat("0", 100), nil, "not-well-formed"},
		{"U+FFFE", "<a>\uFFFE</a>", nil, "not-well-formed"},
		{"U+FFFF in a value", "<a b='\uFFFF'/>", nil, "not-well-formed"},
		{"U+FFFF in CDATA", "<a><![CDATA[\uFFFF]]></a>", nil, "not-well-formed"},
		{"surrogate in UTF-8", "<a>\xED\xA0\x80</a>", nil, "not-well-formed"},
		{"overlong UTF-8", "<a>\xC0\x80</a>", nil, "not-well-formed"},
		{"control character", "<a>\x0B</a>", nil, "not-well-formed"},
		{"NUL", "<a>\x00</a>", nil, "not-well-formed"},
		{"']]>' in text", "<a>]]></a>", nil, "not-well-formed"},
		{"mismatched end tag", "<a></b>", nil, "not-well-formed"},
		{"end tag with more", "<a></ab>", nil, "not-well-formed"},
		{"other end of the stream", "</stream>", nil, "not-well-formed"},
		{"'<' in a value", "<a b='<'/>", nil, "not-well-formed"},
		{"'<' in a tag", "<a <", nil, "not-well-formed"},
		{"attribute twice", "<a b='' b=''/>", nil, "not-well-formed"},
		{"attribute twice by namespace", "<a xmlns:x='u' xmlns:y='u' x:b='' y:b=''/>", nil, "not-well-formed"},
		{"attribute twice by an escaped namespace", "<a xmlns:x='u' xmlns:y='&#117;' x:b='' y:b=''/>", nil, "not-well-formed"},
		{"attributes without space", "<a b=''c=''/>", nil, "not-well-formed"},
		{"attribute without a value", "<a b/>", nil, "not-well-formed"},
		{"attribute without quotes", "<a b=c/>", nil, "not-well-formed"},
		{"element prefix not declared", "<x:a/>", nil, "not-well-formed"},
		{"attribute prefix not declared", "<a x:b=''/>", nil, "not-well-formed"},
		{"prefix out of scope", "<a><b xmlns:x='u'/><x:c/></a>", nil, "not-well-formed"},
		{"prefix undeclared", "<a xmlns:x=''/>", nil, "not-well-formed"},
		{"xml redefined", "<a xmlns:xml='u'/>", nil, "not-well-formed"},
		{"xmlns redefined", "<a xmlns:xmlns='u'/>", nil, "not-well-formed"},
		{"namespace of xml by another prefix", "<a xmlns:x='http://www.w3.org/XML/1998/namespace'/>", nil, "not-well-formed"},
		{"two colons", "<a:b:c/>", nil, "not-well-formed"},
		{"empty prefix", "<:a/>", nil, "not-well-formed"},
		{"empty local name", "<a:/>", nil, "not-well-formed"},
		{"name with a digit first", "<1a/>", nil, "not-well-formed"},
		{"symbol in a name", "<a♚/>", nil, "not-well-formed"},
		{"stanza with a prefix", "<c:message xmlns:c='jabber:client'/>", nil, "bad-namespace-prefix"},
		{"body with a prefix", "<message xmlns:c='jabber:client'><c:body/></message>", nil, "bad-namespace-prefix"},
		{"deepest", deep(64), []string{deep(64)}, "unexpected EOF"},
		{"too deep", deep(65), nil, "policy-violation"},
		{"100000 nested elements", strings.Repeat("<a>", 100000), nil, "policy-violation"},
		{"too many elements", "<a>" + strings.Repeat("<b/>", 10000), nil, "policy-violation"},
		{"attribute twice in an unfinished tag", "<a b='' b='", nil, "not-well-formed"},
		{"mismatch in an unfinished end tag", "<a></b", nil, "not-well-formed"},
		{"most attributes", manyAttrs(32), []string{manyAttrs(32)}, "unexpected EOF"},
		{"too many attributes", manyAttrs(33), nil, "policy-violation"},
		{"endless attribute", "<a b='" + strings.Repeat("x", 300<<10), nil, "policy-violation"},
		{"endless text", "<a>" + strings.Repeat("x", 300<<10), nil, "policy-violation"},
		{"endless white space in an end tag", "<a></a" + strings.Repeat(" ", 300<<10), nil, "policy-violation"},
		{"endless end of the stream", "</stream:stream" + strings.Repeat(" ", 300<<10), nil, "policy-violation"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, n := range []int{1, 7, 4096} {
				_, got, err := readAll(&chunks{clientHeader + c.in, n}, xmlstream.C2S)
				if strings.Join(got, "|") != strings.Join(c.want, "|") || condition(err) != c.err {
					t.Fatalf("chunks of %d: %q, %v", n, got, err)
				}
			}
		})
	}
}

func TestHeaderWithOtherDefaultNamespace(t *testing.T) {
	header := `<stream xmlns='http://etherx.jabber.org/streams' to='b'>`
	_, got, err := readAll(strings.NewReader(header+`<message xmlns='jabber:client'><body/></message><error/></stream>`), xmlstream.C2S)
	want := []string{`<message><body/></message>`, `<error xmlns='http://etherx.jabber.org/streams'/>`}
	if err != io.EOF || len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Fatalf("%q %v", got, err)
	}
}

func TestRestartKeepsWhatWasRead(t *testing.T) {
	f := xmlstream.NewFramer(strings.NewReader(clientHeader+"<auth xmlns='s'/>"+clientHeader+"<iq/>"), xmlstream.PreAuth)
	for range 2 {
		if _, err := f.ReadHeader(); err != nil {
			t.Fatal(err)
		}
		if _, err := f.ReadPacket(); err != nil {
			t.Fatal(err)
		}
		f.Restart()
	}
	if f.Buffered() != 0 {
		t.Fatal("bytes left over")
	}
}

func TestBufferedAndReset(t *testing.T) {
	f := xmlstream.NewFramer(strings.NewReader(clientHeader+"<starttls xmlns='t'/><iq/>"), xmlstream.PreAuth)
	f.ReadHeader()
	f.ReadPacket()
	if f.Buffered() != len("<iq/>") {
		t.Fatal("pipelined bytes not reported", f.Buffered())
	}
	f.Reset(strings.NewReader(clientHeader+"<message/>"), xmlstream.C2S)
	if _, err := f.ReadHeader(); err != nil {
		t.Fatal(err)
	}
	if p, err := f.ReadPacket(); err != nil || p.Kind() != xmlstream.Message {
		t.Fatal(p, err)
	}
}

func TestTimeoutIsNoEnd(t *testing.T) {
	f := xmlstream.NewFramer(iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader(clientHeader+"<message/>"))), xmlstream.C2S)
	if _, err := f.ReadHeader(); err != iotest.ErrTimeout {
		t.Fatal(err)
	}
	if _, err := f.ReadHeader(); err != nil {
		t.Fatal(err)
	}
	if _, err := f.ReadPacket(); err != nil {
		t.Fatal(err)
	}
}

func TestErrorIsSticky(t *testing.T) {
	f := xmlstream.NewFramer(strings.NewReader(clientHeader+"<a></b><message/>"), xmlstream.C2S)
	f.ReadHeader()
	for range 2 {
		if _, err := f.ReadPacket(); condition(err) != "not-well-formed" {
			t.Fatal(err)
		}
	}
}

func TestParseDocument(t *testing.T) {
	h, err := xmlstream.ParseDocument([]byte(`<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="example.com" version="1.0" xml:lang="de"/>`), xmlstream.PreAuth)
	if err != nil || h.Name.Space != xmlstream.NSFraming || h.Name.Local != "open" || h.To != "example.com" || h.Lang != "de" {
		t.Fatalf("%+v %v", h, err)
	}
	doc := []byte(`<?xml version='1.0' ?><close xmlns='urn:ietf:params:xml:ns:xmpp-framing' see-other-uri='wss://x'/>`)
	before := string(doc)
	if h, err = xmlstream.ParseDocument(doc, xmlstream.PreAuth); err != nil || h.Attr("see-other-uri") != "wss://x" || string(doc) != before {
		t.Fatalf("%+v %v %s", h, err, doc)
	}
	for _, in := range []string{"", "<open>", "<open/>x", "<open/><a/>", "open", "<?xml"} {
		if h, err := xmlstream.ParseDocument([]byte(in), xmlstream.PreAuth); err == nil {
			t.Errorf("%q accepted: %+v", in, h)
		}
	}
}

func TestReuse(t *testing.T) {
	f := xmlstream.NewFramer(strings.NewReader(clientHeader+"<iq id='1' type='result'/><iq id='2' type='error'/><iq id='3'><a/></iq><iq id='4'/><iq id='5'/>"), xmlstream.C2S)
	if _, err := f.ReadHeader(); err != nil {
		t.Fatal(err)
	}
	read := func(want string) *xmlstream.Packet {
		t.Helper()
		p, err := f.ReadPacket()
		if err != nil || string(p.Raw()) != want {
			t.Fatalf("%v, %s instead of %s", err, p.Raw(), want)
		}
		return p
	}
	first := read("<iq id='1' type='result'/>")
	f.Reuse(first)
	second := read("<iq id='2' type='error'/>")
	if second != first || second.ID() != "2" || second.Type() != "error" {
		t.Errorf("id %s, type %s", second.ID(), second.Type())
	}
	f.Reuse(second)
	third := read("<iq id='3'><a/></iq>")
	if third == second || !third.Has("jabber:client", "a") {
		t.Error("a packet with a child lies where there is no room for one")
	}
	f.Reuse(third)
	fourth := read("<iq id='4'/>")
	if fourth != second {
		t.Error("the memory given back is forgotten")
	}
	if read("<iq id='5'/>"); fourth.ID() != "4" {
		t.Error("a packet that was not given back has changed")
	}
}
