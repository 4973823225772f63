package stack

import (
	"net/netip"
	"testing"
)

// BenchmarkScanner is what a scanner's message costs, which gets no answer.
func BenchmarkScanner(b *testing.B) {
	cfg := Config{Unlimited: []string{"198.51.100.0/24"}}
	if err := cfg.Validate(); err != nil {
		b.Fatal(err)
	}
	f := newFilter(&cfg)
	text := []byte("OPTIONS sip:100@203.0.113.1 SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.1:5060;branch=z9hG4bK-1\r\nMax-Forwards: 70\r\nFrom: \"x\"<sip:100@1.1.1.1>;tag=1\r\n" +
		"To: \"x\"<sip:100@1.1.1.1>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nUser-Agent: friendly-scanner\r\nContent-Length: 0\r\n\r\n")
	from := netip.MustParseAddrPort("198.51.100.1:5060")
	b.ReportAllocs()
	for b.Loop() {
		if f.drops(text, from) == "" {
			b.Fatal("not dropped")
		}
	}
}
