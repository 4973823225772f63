package stack

import (
	"fmt"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// refuse answers a request that cannot be read. It copies what the peer needs to know his request by, right or wrong. It needs no transaction: a
// repetition is refused like the first.
func (s *Stack) refuse(p *parsed, f Flow) {
	req, ok := p.msg.(*sip.Request)
	if !ok || req.Method == sip.ACK {
		s.stats.drop("syntax")
		return
	}
	var b strings.Builder
	fmt.Fprintf(&b, "SIP/2.0 %d %s\r\n", p.fault.code, reasons[p.fault.code])
	s.copyVias(&b, p, f)
	seen := map[string]bool{}
	for _, h := range p.fields {
		if seen[h.lower] || !contains(answered, h.lower) {
			continue
		}
		seen[h.lower] = true
		value := clean(h.value)
		if h.lower == "to" && !strings.Contains(value, "tag=") {
			value += fmt.Sprintf(";tag=%x", hash(value))
		}
		fmt.Fprintf(&b, "%s: %s\r\n", h.name, value)
	}
	fmt.Fprintf(&b, "Warning: 399 plenum \"%s\"\r\nContent-Length: 0\r\n\r\n", clean(strings.NewReplacer(`"`, `'`, `\`, `/`).Replace(p.fault.why)))
	s.stats.response(p.fault.code)
	_ = s.write(f, []byte(b.String())) // the peer repeats its request
}

// answered are the headers that an answer has from its request, the Vias apart.
var answered = []string{"from", "to", "call-id", "cseq"}

// clean takes away what would end a line or worse.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, s)
}

// copyVias copies the Vias: as they are when the topmost cannot be read.
func (s *Stack) copyVias(b *strings.Builder, p *parsed, f Flow) {
	vias := p.msg.GetHeaders("via")
	if len(vias) > 0 {
		if top, ok := vias[0].(*sip.ViaHeader); ok {
			arrivedFrom(top, f)
		}
		for _, h := range vias {
			h.StringWrite(b)
			b.WriteString("\r\n")
		}
		return
	}
	for _, h := range p.fields {
		if h.lower == "via" {
			fmt.Fprintf(b, "Via: %s\r\n", clean(h.value))
		}
	}
}
