package wire

import (
	"math"
	"slices"

	"plenum/xmppd/xmlstream"
)

// Description is the RTP <description/> of a content (XEP-0167#format).
type Description struct {
	Media        string // "audio", "video"
	SSRC         uint32 // 0 when not stated
	Payloads     []Payload
	Feedback     []Feedback // for all payload types
	ReportEvery  uint32     // trr-int in milliseconds (XEP-0293#elements)
	Extensions   []HeaderExtension
	AllowMixed   bool // one-byte and two-byte header extensions may be mixed (RFC 8285 §6)
	Sources      []Source
	SourceGroups []SourceGroup
	RIDs         []RID
	Mux          bool // RTP and RTCP on one port
	Bandwidth    *Bandwidth
	Categories   []string // RFC 4796: what kind of picture it is (XEP-0507)

	// SDES says that keys for SRTP were offered in the signalling, SDESRequired that the peer takes nothing less. The keys are not read:
	// media is encrypted by DTLS here, whose fingerprint stands in the transport.
	SDES, SDESRequired bool
}

// Payload is a <payload-type/>.
type Payload struct {
	ID              uint8 // 0 to 127
	Name            string
	Clock           uint32 // Hz; 0 when not stated
	Channels        uint8  // 0 when not stated, which is one
	PTime, MaxPTime uint32 // milliseconds; 0 when not stated
	Parameters      []Parameter
	Feedback        []Feedback
	ReportEvery     uint32 // as in Description
}

// Bandwidth is a b= line.
type Bandwidth struct{ Type, Value string }

// firstDynamic is the first payload type that has no meaning of its own (RFC 3551 §6).
const firstDynamic = 96

func parseDescription(e xmlstream.Element) (*Description, error) {
	r := reader{e: e}
	d := &Description{Media: r.required("media"), SSRC: uint32(r.number("ssrc", 0, math.MaxUint32, 0))}
	for c := range e.Children() {
		if r.err != nil {
			return nil, r.err
		}
		if c.Space() == NSRTP {
			r.err = d.own(c)
		} else {
			r.err = d.foreign(c)
		}
	}
	if r.err != nil {
		return nil, r.err
	}
	return d, nil
}

// own reads children in the namespace of XEP-0167.
func (d *Description) own(e xmlstream.Element) (err error) {
	switch e.Local() {
	case "payload-type":
		if !more(&err, len(d.Payloads), MaxPayloads, "payload types") {
			return err
		}
		p, err := parsePayload(e)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(d.Payloads, func(o Payload) bool { return o.ID == p.ID }) {
			return badRequest("two payload types have the id %d", p.ID)
		}
		d.Payloads = append(d.Payloads, p)
	case "rtcp-mux":
		d.Mux = true
	case "bandwidth":
		r := reader{e: e}
		d.Bandwidth, err = &Bandwidth{r.short("type"), cut(text(e))}, r.err
	case "encryption":
		r := reader{e: e}
		d.SDES, d.SDESRequired, err = true, r.boolean("required", false), r.err
	}
	return err
}

// foreign reads children of the XEPs that extend it.
func (d *Description) foreign(e xmlstream.Element) (err error) {
	switch {
	case e.Space() == NSFeedback:
		return parseFeedback(e, &d.Feedback, &d.ReportEvery)
	case e.Is(NSHeaderExt, "rtp-hdrext"):
		var x HeaderExtension
		if x, err = parseExtension(e); err == nil && more(&err, len(d.Extensions), MaxExtensions, "header extensions") {
			d.Extensions = append(d.Extensions, x)
		}
	case e.Is(NSHeaderExt, "extmap-allow-mixed"):
		d.AllowMixed = true
	case e.Is(NSSources, "source"):
		var s Source
		if s, err = parseSource(e); err == nil && more(&err, len(d.Sources), MaxSources, "sources") {
			d.Sources = append(d.Sources, s)
		}
	case e.Is(NSSources, "ssrc-group"):
		var g SourceGroup
		if g, err = parseSourceGroup(e); err == nil && more(&err, len(d.SourceGroups), MaxSourceGroups, "groups of sources") {
			d.SourceGroups = append(d.SourceGroups, g)
		}
	case e.Is(NSRID, "rid"):
		var id RID
		if id, err = parseRID(e); err == nil && more(&err, len(d.RIDs), MaxRIDs, "layers") {
			d.RIDs = append(d.RIDs, id)
		}
	case e.Is(NSCategory, "category"):
		r := reader{e: e}
		if name := r.required("name"); r.err == nil && more(&r.err, len(d.Categories), MaxCategories, "categories") {
			d.Categories = append(d.Categories, name)
		}
		return r.err
	}
	return err
}

func parsePayload(e xmlstream.Element) (Payload, error) {
	r := reader{e: e}
	p := Payload{
		ID: uint8(r.needNumber("id", 0, 127)), Name: r.short("name"),
		Clock: uint32(r.number("clockrate", 0, math.MaxUint32, 0)), Channels: uint8(r.number("channels", 0, 255, 0)),
		PTime: uint32(r.number("ptime", 0, math.MaxUint32, 0)), MaxPTime: uint32(r.number("maxptime", 0, math.MaxUint32, 0)),
	}
	if p.Name == "" && p.ID >= firstDynamic {
		r.fail("the payload type %d needs a name", p.ID)
	}
	for c := range e.Children() {
		if r.err != nil {
			break
		}
		switch {
		case c.Is(NSRTP, "parameter"):
			p.Parameters, r.err = addParameter(p.Parameters, c)
		case c.Space() == NSFeedback:
			r.err = parseFeedback(c, &p.Feedback, &p.ReportEvery)
		}
	}
	return p, r.err
}

func addParameter(list []Parameter, e xmlstream.Element) ([]Parameter, error) {
	p, err := parseParameter(e)
	if !more(&err, len(list), MaxParameters, "parameters") {
		return list, err
	}
	return append(list, p), nil
}

func (d *Description) build(b *xmlstream.Builder) {
	b.Start("description", NSRTP, "media", d.Media, "ssrc", num(d.SSRC))
	for _, name := range d.Categories {
		b.Element("category", NSCategory, "", "name", name)
	}
	for i := range d.Payloads {
		d.Payloads[i].build(b)
	}
	buildFeedback(b, d.Feedback, d.ReportEvery)
	for i := range d.Extensions {
		d.Extensions[i].build(b)
	}
	if d.AllowMixed {
		b.Element("extmap-allow-mixed", NSHeaderExt, "")
	}
	for i := range d.SourceGroups {
		d.SourceGroups[i].build(b)
	}
	for i := range d.Sources {
		d.Sources[i].build(b)
	}
	for _, id := range d.RIDs {
		b.Element("rid", NSRID, "", "id", id.ID, "direction", id.direction())
	}
	if d.Bandwidth != nil {
		b.Element("bandwidth", "", d.Bandwidth.Value, "type", d.Bandwidth.Type)
	}
	if d.SDES {
		b.Element("encryption", "", "", "required", truth(d.SDESRequired))
	}
	if d.Mux {
		b.Element("rtcp-mux", "", "")
	}
	b.End()
}

func (p *Payload) build(b *xmlstream.Builder) {
	b.Start("payload-type", "", "id", dec(p.ID), "name", p.Name, "clockrate", num(p.Clock), "channels", num(p.Channels),
		"ptime", num(p.PTime), "maxptime", num(p.MaxPTime))
	buildParameters(b, p.Parameters)
	buildFeedback(b, p.Feedback, p.ReportEvery)
	b.End()
}
