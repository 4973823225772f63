package sdp

import (
	"slices"
	"strconv"
	"strings"

	"plenum/components/media"
	"plenum/jingle/wire"
)

// numbers keeps what payload types and header extensions stand for on one transport: contents of a group that give a number two meanings
// cannot be told apart (RFC 9143 §9.1, §10.1), so that the first meaning counts.
type numbers struct {
	payloads   map[uint8]string
	extensions map[uint16]string
}

func newNumbers() *numbers { return &numbers{make(map[uint8]string), make(map[uint16]string)} }

// take reserves a payload type. It reports false when it means something else already.
func (n *numbers) take(id uint8, c media.Codec) bool {
	meaning := meaningOf(c)
	if have, ok := n.payloads[id]; ok {
		return have == meaning
	}
	n.payloads[id] = meaning
	return true
}

func meaningOf(c media.Codec) string { return strings.ToLower(c.String()) + " " + c.Format }

// takeExtension is take for header extensions.
func (n *numbers) takeExtension(id uint16, uri string) bool {
	if have, ok := n.extensions[id]; ok {
		return have == uri
	}
	n.extensions[id] = uri
	return true
}

// freeExtension finds a number for a header extension that has none yet (RFC 8285 §7).
func (n *numbers) freeExtension(uri string) (uint16, bool) {
	for id, have := range n.extensions {
		if have == uri {
			return id, true
		}
	}
	for id := uint16(1); id <= maxOneByte; id++ {
		if n.takeExtension(id, uri) {
			return id, true
		}
	}
	return 0, false
}

const (
	maxOneByte = 14  // the last number of the one-byte form (RFC 8285 §4.2)
	maxTwoByte = 255 // and of the two-byte form
)

// negotiator agrees on one content. ours is what we can do or have offered, theirs what the peer says.
type negotiator struct {
	cap    *Capability
	theirs *wire.Description
	n      *numbers
	c      *Content
}

// kindOf is what a description is for; false when it is for something that is not carried here.
func kindOf(d *wire.Description) (media.Kind, bool) {
	slides := slices.Contains(d.Categories, "slides") // a shared screen (XEP-0507)
	switch d.Media {
	case "audio":
		if slides {
			return media.ScreenAudio, true
		}
		return media.Audio, true
	case "video":
		if slides {
			return media.Screen, true
		}
		return media.Video, true
	}
	return 0, false
}

// find returns the peer's payload type for a codec of ours.
func (g *negotiator) find(ours media.Codec) *wire.Payload {
	for i := range g.theirs.Payloads {
		p := &g.theirs.Payloads[i]
		if theirs := codecOf(p); compatible(ours, theirs) && g.n.take(p.ID, theirs) {
			return p
		}
	}
	return nil
}

// codecs agrees on codecs: those of both, in the order of ours, since an answer states the answerer's preference (XEP-0167#negotiation).
func (g *negotiator) codecs() {
	for _, ours := range g.cap.Codecs {
		p := g.find(ours)
		if p == nil {
			continue
		}
		if have, _ := g.c.Codec(p.ID); have != nil {
			continue
		}
		theirs := codecOf(p)
		c := Codec{Codec: ours, ID: p.ID, RTX: g.rtx(p), Feedback: g.feedback(p), PTime: p.PTime, MaxPTime: p.MaxPTime}
		c.Channels, c.Format = theirs.Channels, theirs.Format
		g.c.Codecs = append(g.c.Codecs, c)
		g.c.Local.Payloads = append(g.c.Local.Payloads, payloadOf(c, answered(ours, theirs)))
		if c.RTX != 0 {
			g.c.Local.Payloads = append(g.c.Local.Payloads, rtxOf(c))
		}
	}
}

// rtx returns the payload type of a codec's retransmissions, 0 for none.
func (g *negotiator) rtx(of *wire.Payload) uint8 {
	if !g.cap.RTX {
		return 0
	}
	for i := range g.theirs.Payloads {
		p := &g.theirs.Payloads[i]
		apt, _ := wire.Value(p.Parameters, "apt")
		if strings.EqualFold(p.Name, nameRTX) && p.Clock == of.Clock && apt == strconv.Itoa(int(of.ID)) && p.ID != 0 && g.n.take(p.ID, codecOf(p)) {
			return p.ID
		}
	}
	return 0
}

// feedback agrees on the feedback of a payload type.
func (g *negotiator) feedback(p *wire.Payload) (out []wire.Feedback) {
	offered := func(ours wire.Feedback) bool {
		same := func(f wire.Feedback) bool { return f.Type == ours.Type && f.Subtype == ours.Subtype }
		return slices.ContainsFunc(p.Feedback, same) || slices.ContainsFunc(g.theirs.Feedback, same)
	}
	for _, ours := range g.cap.Feedback {
		if offered(ours) {
			out = append(out, ours)
		}
	}
	return out
}

// events agrees on telephone-event at the clock rates of the codecs: both have one timeline (RFC 4733 §2.1).
func (g *negotiator) events() {
	if !g.cap.Events {
		return
	}
	for i := range g.theirs.Payloads {
		p := &g.theirs.Payloads[i]
		clock := int(p.Clock)
		if clock == 0 {
			clock = media.PCMU.Clock // the default of its registration (RFC 4733 §7.1.1)
		}
		used := slices.ContainsFunc(g.c.Codecs, func(c Codec) bool { return c.Clock == clock })
		double := slices.ContainsFunc(g.c.Events, func(e Events) bool { return e.Clock == clock })
		if strings.EqualFold(p.Name, nameEvents) && used && !double && g.n.take(p.ID, codecOf(p)) {
			e := Events{ID: p.ID, Clock: clock, format: formatOf(p.Parameters)}
			g.c.Events = append(g.c.Events, e)
			g.c.Local.Payloads = append(g.c.Local.Payloads, eventsOf(e))
		}
	}
}

// extensions agrees on header extensions, which an answer repeats as they were offered (XEP-0294#negotiation).
func (g *negotiator) extensions() {
	for _, uri := range g.cap.Extensions {
		i := slices.IndexFunc(g.theirs.Extensions, func(x wire.HeaderExtension) bool { return x.URI == uri })
		if i < 0 {
			continue
		}
		x := g.theirs.Extensions[i]
		ok := x.ID <= maxTwoByte && g.n.takeExtension(x.ID, uri)
		if x.ID > maxTwoByte {
			x.ID, ok = g.n.freeExtension(uri)
		}
		if ok {
			g.c.Extensions = append(g.c.Extensions, x)
		}
	}
	g.c.Local.Extensions = g.c.Extensions
	g.c.AllowMixed = g.theirs.AllowMixed && len(g.c.Extensions) > 0
	g.c.Local.AllowMixed = g.c.AllowMixed
}

// layers agrees on a simulcast: as many layers as are taken, of those that the peer would send. Without the extension that carries their names
// there is none (RFC 8853 §5.5).
func (g *negotiator) layers() {
	if g.c.Numbers().RID == 0 {
		return
	}
	for _, id := range g.theirs.RIDs {
		if !id.Receive && len(g.c.Layers) < g.cap.Layers && !slices.Contains(g.c.Layers, id.ID) {
			g.c.Layers = append(g.c.Layers, id.ID)
			g.c.Local.RIDs = append(g.c.Local.RIDs, wire.RID{ID: id.ID, Receive: true})
		}
	}
}

// run agrees on everything but the direction.
func (g *negotiator) run() {
	g.c.Local.Media, g.c.Local.Categories = g.theirs.Media, g.theirs.Categories
	g.codecs()
	g.events()
	g.extensions()
	g.layers()
	g.c.Sources = sources(g.theirs)
}

// bundles returns the groups of contents that share a transport, each in the order of its BUNDLE group; the others are alone. named has
// for each group the names it lists, nil for one that is none.
func bundles(j *wire.Jingle) (sets [][]*wire.Content, named [][]string) {
	taken := make(map[*wire.Content]bool)
	for _, g := range j.Groups {
		if g.Semantics != wire.Bundle {
			continue
		}
		var set []*wire.Content
		for _, name := range g.Names {
			for i := range j.Contents {
				if c := &j.Contents[i]; c.Name == name && !taken[c] {
					taken[c] = true
					set = append(set, c)
				}
			}
		}
		if len(set) > 0 {
			sets, named = append(sets, set), append(named, g.Names)
		}
	}
	for i := range j.Contents {
		if c := &j.Contents[i]; !taken[c] {
			sets, named = append(sets, []*wire.Content{c}), append(named, nil)
		}
	}
	return sets, named
}

// remote is what the peer says of the transport of a group: that of the first content, and the candidates of all with the same credentials.
func remote(set []*wire.Content, mux bool) wire.Transport {
	t := *set[0].Transport
	t.Candidates = nil
	for _, c := range set {
		if c.Transport == nil || c.Transport.Ufrag != t.Ufrag || c.Transport.Pwd != t.Pwd {
			continue
		}
		for _, candidate := range c.Transport.Candidates {
			if (!mux || candidate.Component == 1) && !slices.Contains(t.Candidates, candidate) {
				t.Candidates = append(t.Candidates, candidate)
			}
		}
	}
	return t
}
