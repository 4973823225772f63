package xmlstream_test

import (
	"strings"
	"testing"

	"plenum/xmppd/xmlstream"
)

var stanzas = []struct{ name, xml string }{
	{"chat", `<message xml:lang='en' to='juliet@capulet.example/balcony' from='romeo@montague.example/orchard' type='chat' id='3d41c2a8-7c1e-4b8e-9f1f-000000000001'>` +
		`<body>But soft, what light through yonder window breaks? It is the east.</body><active xmlns='http://jabber.org/protocol/chatstates'/>` +
		`<request xmlns='urn:xmpp:receipts'/><origin-id xmlns='urn:xmpp:sid:0' id='3d41c2a8-7c1e-4b8e'/></message>`},
	{"presence", `<presence from='romeo@montague.example/orchard' id='p1'><show>away</show><status>be right back</status><priority>5</priority>` +
		`<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='https://client.example' ver='QgayPKawpkPSDYmwT/WM94uAlu0='/>` +
		`<x xmlns='vcard-temp:x:update'><photo>sha1-hash-of-image</photo></x></presence>`},
	{"omemo", `<message to='juliet@capulet.example' type='chat' id='1'><encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='27183'>` +
		strings.Repeat(`<key rid='31415'>`+strings.Repeat("MwohBWJhc2U2NA+/", 12)+`</key>`, 5) + `<iv>AAAAAAAAAAAAAAAA</iv></header><payload>` + strings.Repeat("QUJDRA", 30) +
		`</payload></encrypted><encryption xmlns='urn:xmpp:eme:0' namespace='eu.siacs.conversations.axolotl'/><body>I sent you an OMEMO encrypted message</body><store xmlns='urn:xmpp:hints'/></message>`},
	{"disco", `<iq type='result' from='capulet.example' to='juliet@capulet.example/balcony' id='info1'><query xmlns='http://jabber.org/protocol/disco#info'>` +
		`<identity category='server' type='im' name='Server'/>` + strings.Repeat(`<feature var='http://jabber.org/protocol/something#else'/>`, 26) + `</query></iq>`},
}

func BenchmarkParse(b *testing.B) {
	for _, s := range stanzas {
		b.Run(s.name, func(b *testing.B) {
			raw := []byte(s.xml)
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := xmlstream.Parse(raw, xmlstream.NSClient, xmlstream.C2S); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkRender(b *testing.B) {
	p := xmlstream.MustParse(stanzas[0].xml)
	buf := make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		buf = p.Render(buf[:0], "room@muc.example/romeo", "juliet@capulet.example/balcony", nil, xmlstream.ClientTCP)
	}
}

func BenchmarkRewrite(b *testing.B) {
	p := xmlstream.MustParse(stanzas[0].xml)
	b.ReportAllocs()
	for b.Loop() {
		p.Rewrite(xmlstream.Rewrite{From: xmlstream.Set("romeo@montague.example/x")})
	}
}

// endless repeats a stanza for ever.
type endless struct {
	s  string
	at int
}

func (e *endless) Read(b []byte) (int, error) {
	n := copy(b, e.s[e.at:])
	e.at = (e.at + n) % len(e.s)
	return n, nil
}

func BenchmarkFramer(b *testing.B) {
	for _, s := range stanzas {
		b.Run(s.name, func(b *testing.B) {
			f := xmlstream.NewFramer(&endless{s: s.xml}, xmlstream.C2S)
			b.SetBytes(int64(len(s.xml)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := f.ReadPacket(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
