package xmlstream

import "bytes"

// Target is where a packet is written to.
type Target uint8

// On a stream the content namespace is the header's; a WebSocket frame, and a stanza inside of another
// one, says jabber:client itself.
const (
	ClientTCP Target = iota
	WebSocket
	Server
	Component
	Standalone = WebSocket
)

// Render appends the packet as target wants it. A from or to that is not empty takes the place of the
// packet's own. extra is inserted before the root's end tag: well-formed children.
func (p *Packet) Render(dst []byte, from, to string, extra []byte, t Target) []byte {
	dst = append(dst, p.raw[:p.name.end]...)
	if t == WebSocket && p.rootDefault() == (nsRef{}) && p.contentNS != "" {
		dst = append(dst, " xmlns='"+NSClient+"'"...)
	}
	if from != "" {
		dst = AppendAttr(dst, "from", from)
	}
	if to != "" {
		dst = AppendAttr(dst, "to", to)
	}
	first, second := p.replaced(from != "", to != "")
	at := p.name.end
	dst = append(dst, p.raw[at:first.off]...)
	dst = append(dst, p.raw[first.end:second.off]...)
	if len(extra) == 0 {
		return append(dst, p.raw[second.end:]...)
	}
	if p.raw[p.tagEnd-2] != '/' {
		dst = append(dst, p.raw[second.end:p.bodyEnd]...)
		return append(append(dst, extra...), p.raw[p.bodyEnd:]...)
	}
	dst = append(dst, bytes.TrimRight(p.raw[second.end:p.tagEnd-2], " \t\r\n")...)
	dst = append(append(dst, '>'), extra...)
	return appendEnd(dst, p.name.of(p.raw))
}

func appendEnd(dst, name []byte) []byte {
	return append(append(append(dst, "</"...), name...), '>')
}

// replaced returns the ranges of the attributes that give way, in order; empty ones stand behind the name.
func (p *Packet) replaced(from, to bool) (first, second span) {
	first = span{p.name.end, p.name.end}
	second = first
	add := func(f field) {
		first, second = second, span{f.cut, f.val.end + 1}
		if second.off < first.off {
			first, second = second, first
		}
	}
	if from && p.from.val.off != 0 {
		add(p.from)
	}
	if to && p.to.val.off != 0 {
		add(p.to)
	}
	return first, second
}
