package sdp

import (
	"slices"

	"plenum/components/media"
	"plenum/jingle/wire"
)

// A Description is what two parties have agreed on, or, of an offer, what one of them proposes.
type Description struct {
	Role       wire.Role // ours in the session
	Transports []Transport

	// Refused are contents of an offer that cannot be accepted, with the reason for each; the rest can. A session-accept leaves
	// them out, and a content-reject or content-remove names them. Conversations ends a session whose accept lacks a content.
	Refused []Refusal

	offered bool // this is an offer of ours
}

// A Refusal is a content that cannot be accepted.
type Refusal struct {
	Key    wire.Key
	Reason wire.Reason
}

// A Transport is one ICE and DTLS association and the media on it.
type Transport struct {
	Contents []Content // the first stands for all of them (RFC 9143 §7.2)
	// Group are the names of the BUNDLE group in its order, also those of contents that were there before a content-add; nil when the peer
	// does not group. A content-add whose group names a content of the session goes onto that one's transport.
	Group  []string
	Mux    bool           // RTP and RTCP on one component; otherwise the peer wants a second one
	Setup  wire.Setup     // ours
	Remote wire.Transport // of the peer: credentials, fingerprints, candidates of the components in use; zero in an offer
}

// A Content is one medium.
type Content struct {
	wire.Key
	Kind          media.Kind
	Send, Receive bool // whether we do
	Codecs        []Codec
	Events        []Events
	Extensions    []wire.HeaderExtension // their ids are those that stand in packets
	AllowMixed    bool                   // one-byte and two-byte extensions in one stream
	Sources       []Source               // that the peer has announced
	Layers        []string               // rids of the simulcast that the peer sends

	// Local is what is said to the peer of this content. Sources of our own are added to it.
	Local wire.Description
}

// A Codec is one that both parties have. Its Format is the peer's: what is sent to it follows that.
type Codec struct {
	media.Codec
	ID       uint8 // payload type
	RTX      uint8 // payload type of its retransmissions; 0 when there are none: a dynamic one is never 0
	Feedback []wire.Feedback
	MaxPTime uint32 // the longest packet that the peer takes, in milliseconds; 0 when it has not said
	PTime    uint32 // the length it would like; 0 when it has not said
}

// Events is the payload type of telephone-event at one clock rate.
type Events struct {
	ID     uint8
	Clock  int
	format string // the peer's
}

// A Source is a stream of the peer's.
type Source struct {
	SSRC   uint32
	Repair uint32 // SSRC of its retransmissions; 0 for none
	CNAME  string
	Stream string // of msid: sources of one stream belong together
	Track  string // of msid
	Layer  int    // place in its simulcast, the smallest picture first; 0 without one
}

// Codec returns the codec of a payload type, or nil; rtx says that the number is that of its retransmissions.
func (c *Content) Codec(id uint8) (codec *Codec, rtx bool) {
	for i := range c.Codecs {
		if c.Codecs[i].ID == id {
			return &c.Codecs[i], false
		}
	}
	for i := range c.Codecs {
		if id != 0 && c.Codecs[i].RTX == id {
			return &c.Codecs[i], true
		}
	}
	return nil, false
}

// Numbers are the numbers of the header extensions for reading packets.
func (c *Content) Numbers() (n media.Extensions) {
	for _, x := range c.Extensions {
		id := uint8(x.ID)
		switch x.URI {
		case AudioLevel:
			n.AudioLevel = id
		case TransportSequence:
			n.TransportSequence = id
		case MID:
			n.MID = id
		case RID:
			n.RID = id
		case RepairedRID:
			n.RepairedRID = id
		}
	}
	return n
}

// SetSenders takes over the senders of a content-modify (XEP-0166#def-action-content-modify).
func (c *Content) SetSenders(role wire.Role, s wire.Senders) {
	c.Send, c.Receive = s.Sends(role), s.Sends(role.Peer())
}

// Senders says who sends in the content.
func (c *Content) Senders(role wire.Role) wire.Senders {
	return wire.SendersOf(role, c.Send, c.Receive)
}

// Content returns the content with this key and its transport, or nil.
func (d *Description) Content(k wire.Key) (*Transport, *Content) {
	for i := range d.Transports {
		t := &d.Transports[i]
		for j := range t.Contents {
			if t.Contents[j].Key == k {
				return t, &t.Contents[j]
			}
		}
	}
	return nil, nil
}

// Contents writes contents and groups for session-initiate, session-accept, content-add or content-accept. local has credentials, fingerprints and
// candidates for each transport; the setup of the fingerprints is filled in. All contents of a group have the same credentials and
// fingerprints, and the first has the candidates.
func (d *Description) Contents(local []wire.Transport) ([]wire.Content, []wire.Group) {
	var contents []wire.Content
	var groups []wire.Group
	for i := range d.Transports {
		t := &d.Transports[i]
		own := local[i]
		own.Fingerprints = slices.Clone(own.Fingerprints)
		for j := range own.Fingerprints {
			own.Fingerprints[j].Setup = t.Setup
		}
		for j := range t.Contents {
			c := &t.Contents[j]
			description, transport := c.Local, own
			if j > 0 {
				transport.Candidates, transport.Complete = nil, false
			}
			contents = append(contents, wire.Content{
				Creator: c.Creator, Name: c.Name, Senders: c.Senders(d.Role), Description: &description, Transport: &transport,
			})
		}
		if t.Group != nil {
			groups = append(groups, wire.Group{Semantics: wire.Bundle, Names: t.Group})
		}
	}
	return contents, groups
}

// sources reads what the peer says of its streams (RFC 5576).
func sources(d *wire.Description) []Source {
	var out []Source
	repairs := make(map[uint32]uint32) // stream to retransmission
	layers := make(map[uint32]int)
	repairing := make(map[uint32]bool)
	for _, g := range d.SourceGroups {
		switch {
		case g.Semantics == "FID" && len(g.SSRCs) == 2 && g.SSRCs[0] != g.SSRCs[1]:
			repairs[g.SSRCs[0]], repairing[g.SSRCs[1]] = g.SSRCs[1], true
		case g.Semantics == "SIM":
			for i, ssrc := range g.SSRCs {
				layers[ssrc] = i
			}
		}
	}
	for _, s := range d.Sources {
		if repairing[s.SSRC] || slices.ContainsFunc(out, func(o Source) bool { return o.SSRC == s.SSRC }) {
			continue
		}
		cname, _ := wire.Value(s.Parameters, "cname")
		msid, _ := wire.Value(s.Parameters, "msid")
		stream, track := cutBlank(msid)
		out = append(out, Source{SSRC: s.SSRC, Repair: repairs[s.SSRC], CNAME: cname, Stream: stream, Track: track, Layer: layers[s.SSRC]})
	}
	if len(out) == 0 && d.SSRC != 0 {
		out = append(out, Source{SSRC: d.SSRC}) // as XEP-0167#format has it
	}
	return out
}
