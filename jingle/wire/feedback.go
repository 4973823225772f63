package wire

import (
	"math"

	"plenum/xmppd/xmlstream"
)

// Feedback is a kind of RTCP feedback that the sender understands (XEP-0293), as "nack" "pli".
type Feedback struct {
	Type, Subtype string
	Parameters    []Parameter
}

// parseFeedback reads an element of XEP-0293 into the list, or into every.
func parseFeedback(e xmlstream.Element, list *[]Feedback, every *uint32) error {
	r := reader{e: e}
	switch e.Local() {
	case "rtcp-fb-trr-int":
		*every = uint32(r.number("value", 0, math.MaxUint32, 0))
	case "rtcp-fb":
		f := Feedback{Type: r.required("type"), Subtype: r.short("subtype")}
		for c := range e.Children() {
			if c.Local() == "parameter" && r.err == nil {
				f.Parameters, r.err = addParameter(f.Parameters, c)
			}
		}
		if more(&r.err, len(*list), MaxFeedback, "kinds of feedback") {
			*list = append(*list, f)
		}
	}
	return r.err
}

func buildFeedback(b *xmlstream.Builder, list []Feedback, every uint32) {
	for _, f := range list {
		b.Start("rtcp-fb", NSFeedback, "type", f.Type, "subtype", f.Subtype)
		buildParameters(b, f.Parameters)
		b.End()
	}
	if every != 0 {
		b.Element("rtcp-fb-trr-int", NSFeedback, "", "value", dec(every))
	}
}

// HeaderExtension is an extension of RTP headers that the sender would use (XEP-0294).
type HeaderExtension struct {
	ID         uint16 // 1 to 256; those from 4096 on only tell alternatives of an offer apart
	URI        string
	Senders    Senders
	Parameters []Parameter
}

// Numbers of header extensions: those that stand in packets, and those that an answer replaces by one of the others (RFC 8285 §7).
const (
	lastExtension    = 256
	firstAlternative = 4096
	lastAlternative  = 4351
)

func parseExtension(e xmlstream.Element) (HeaderExtension, error) {
	r := reader{e: e}
	x := HeaderExtension{ID: uint16(r.needNumber("id", 1, lastAlternative)), URI: r.long("uri"), Senders: r.senders()}
	if x.URI == "" {
		r.fail("a header extension needs a uri")
	}
	if x.ID > lastExtension && x.ID < firstAlternative {
		r.fail("a header extension has an id from 1 to %d or from %d to %d", lastExtension, firstAlternative, lastAlternative)
	}
	for c := range e.Children() {
		if c.Local() == "parameter" && r.err == nil {
			x.Parameters, r.err = addParameter(x.Parameters, c)
		}
	}
	return x, r.err
}

func (x *HeaderExtension) build(b *xmlstream.Builder) {
	senders := x.Senders
	if senders == Both {
		senders = "" // the default
	}
	b.Start("rtp-hdrext", NSHeaderExt, "id", dec(x.ID), "uri", x.URI, "senders", string(senders))
	buildParameters(b, x.Parameters)
	b.End()
}

// Source is a synchronization source and what is known of it (XEP-0339#sdp-ssrc): "cname", "msid".
type Source struct {
	SSRC       uint32
	Parameters []Parameter
}

// SourceGroup ties sources together (XEP-0339#sdp-ssrc-group): "FID" a stream and its retransmissions, "SIM" the layers of a simulcast.
type SourceGroup struct {
	Semantics string
	SSRCs     []uint32
}

func parseSource(e xmlstream.Element) (Source, error) {
	r := reader{e: e}
	s := Source{SSRC: uint32(r.needNumber("ssrc", 0, math.MaxUint32))}
	for c := range e.Children() {
		if c.Is(NSSources, "parameter") && r.err == nil {
			s.Parameters, r.err = addParameter(s.Parameters, c)
		}
	}
	return s, r.err
}

func (s *Source) build(b *xmlstream.Builder) {
	b.Start("source", NSSources, "ssrc", dec(s.SSRC))
	buildParameters(b, s.Parameters)
	b.End()
}

func parseSourceGroup(e xmlstream.Element) (SourceGroup, error) {
	r := reader{e: e}
	g := SourceGroup{Semantics: r.required("semantics")}
	for c := range e.Children() {
		if !c.Is(NSSources, "source") || r.err != nil || !more(&r.err, len(g.SSRCs), MaxSourceGroups, "sources of a group") {
			continue
		}
		n := reader{e: c}
		g.SSRCs = append(g.SSRCs, uint32(n.needNumber("ssrc", 0, math.MaxUint32)))
		r.err = n.err
	}
	return g, r.err
}

func (g *SourceGroup) build(b *xmlstream.Builder) {
	b.Start("ssrc-group", NSSources, "semantics", g.Semantics)
	for _, ssrc := range g.SSRCs {
		b.Element("source", "", "", "ssrc", dec(ssrc))
	}
	b.End()
}

// RID is a layer of a simulcast (RFC 8851): the identifier that packets carry, and whether who writes the description receives it or sends it.
type RID struct {
	ID      string
	Receive bool
}

func (id RID) direction() string {
	if id.Receive {
		return "recv"
	}
	return "send"
}

func parseRID(e xmlstream.Element) (RID, error) {
	r := reader{e: e}
	id := RID{ID: r.required("id")}
	for _, c := range []byte(id.ID) {
		// RFC 8852 §3.1 has letters and digits alone; they are what fits the header extension.
		if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			r.fail("a layer's id has letters and digits")
		}
	}
	switch attr(e, "direction") {
	case "recv":
		id.Receive = true
	case "send":
	default:
		r.fail("the direction of a layer is send or recv")
	}
	return id, r.err
}
