package xmlstream

import "testing"

// BenchmarkScan measures framing, checks and index without the packet that owns a copy.
func BenchmarkScan(b *testing.B) {
	d := []byte(`<message xml:lang='en' to='juliet@capulet.example/balcony' from='romeo@montague.example/orchard' type='chat' id='3d41c2a8-7c1e-4b8e-9f1f-000000000001'>` +
		`<body>But soft, what light through yonder window breaks? It is the east.</body><active xmlns='http://jabber.org/protocol/chatstates'/>` +
		`<request xmlns='urn:xmpp:receipts'/><origin-id xmlns='urn:xmpp:sid:0' id='3d41c2a8-7c1e-4b8e'/></message>`)
	b.SetBytes(int64(len(d)))
	b.ReportAllocs()
	for b.Loop() {
		s := newScanner(NSClient, nil, C2S)
		if done, err := s.scan(d, true); !done || err != nil {
			b.Fatal(err)
		}
		s.free()
	}
}
