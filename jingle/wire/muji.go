package wire

import "plenum/xmppd/xmlstream"

// Muji is what an occupant's presence says of his part in a conference (XEP-0272#joining).
type Muji struct {
	Preparing bool      // he is about to join or to add a medium; others wait for him
	Contents  []Content // what he sends and takes; none of them has a transport
	Other     []Raw
}

// ParseMuji reads a <muji/> element of a presence. The contents are in Jingle's namespace, as clients write them, or in that of Muji, as the
// examples of XEP-0272 have it.
func ParseMuji(e xmlstream.Element) (*Muji, error) {
	if !e.Is(NSMuji, "muji") {
		return nil, badRequest("this is no <muji/>")
	}
	m := new(Muji)
	var err error
	for c := range e.Children() {
		switch {
		case c.Is(NSMuji, "preparing"):
			m.Preparing = true
		case c.Is(NS, "content"), c.Is(NSMuji, "content"):
			if !more(&err, len(m.Contents), MaxContents, "contents") {
				return nil, err
			}
			var content Content
			if content, err = parseContent(c, false); err == nil {
				m.Contents = append(m.Contents, content)
			}
		case c.Space() == NSMuji: // of a later version
		default:
			m.Other = keep(m.Other, c, &err)
		}
		if err != nil {
			return nil, err
		}
	}
	return m, nil
}

// Build writes the element. Its contents are in Jingle's namespace.
func (m *Muji) Build(b *xmlstream.Builder) {
	b.Start("muji", NSMuji)
	if m.Preparing {
		b.Element("preparing", "", "")
	}
	for i := range m.Contents {
		m.Contents[i].buildIn(b, NS)
	}
	buildRaw(b, m.Other)
	b.End()
}
