package sdp

import (
	"slices"

	"plenum/components/media"
	"plenum/jingle/wire"
)

// A Want is a content that is to be offered.
type Want struct {
	Name          string // at most 16 characters without blanks: Conversations takes it for a mid
	Kind          media.Kind
	Send, Receive bool
	Layers        int // of a simulcast that the peer may send; 0 or 1 for none. No client but this server's pages knows how.
}

// layerNames are the rids of a simulcast, the smallest picture first.
var layerNames = []string{"l", "m", "h"}

// firstDynamic is the first payload type that is given out; those of the codecs that have a number of their own are below.
const firstDynamic = 96

// Offer proposes contents in the given order. role is ours in the session. With bundle all go over one transport, as peers can that announce
// grouping (XEP-0338#disco); the others get one each. A medium for which there is no codec is left out.
func Offer(role wire.Role, wants []Want, caps Capabilities, bundle bool) *Description {
	d := &Description{Role: role, offered: true}
	var t *Transport
	if bundle {
		t = new(Transport)
	}
	d.offer(wants, &caps, t)
	return d
}

// Offer proposes further contents in a content-add: on the transport of the session when its contents are grouped, else on one each. The result
// has the added contents alone; [Description.Merge] takes in what its Accept returns.
func (d *Description) Offer(wants []Want, caps Capabilities) *Description {
	out := &Description{Role: d.Role, offered: true}
	var on *Transport
	for i := range d.Transports {
		if d.Transports[i].Group != nil {
			on = &d.Transports[i]
			break
		}
	}
	out.offer(wants, &caps, on)
	return out
}

// offer adds contents, beside those of a transport with a group, or on transports of their own when it is nil.
func (d *Description) offer(wants []Want, caps *Capabilities, on *Transport) {
	n := on.numbers()
	for _, w := range wants {
		ability := caps.of(w.Kind)
		if len(ability.Codecs) == 0 {
			continue
		}
		if on == nil {
			n = newNumbers()
		}
		c := offerContent(wire.Key{Creator: d.Role, Name: w.Name}, w, ability, n)
		if on == nil || len(d.Transports) == 0 {
			d.Transports = append(d.Transports, Transport{Mux: true, Setup: wire.ActPass})
			if on != nil {
				d.Transports[0].Group = slices.Clone(on.Group)
			}
		}
		t := &d.Transports[len(d.Transports)-1]
		t.Contents = append(t.Contents, c)
		if on != nil {
			t.Group = append(t.Group, w.Name)
		}
	}
}

func offerContent(k wire.Key, w Want, ability *Capability, n *numbers) Content {
	c := Content{Key: k, Kind: w.Kind, Send: w.Send && !ability.NoSend, Receive: w.Receive && !ability.NoReceive, AllowMixed: true}
	c.Local = wire.Description{Media: "video", Mux: true, AllowMixed: true}
	if w.Kind.Sound() {
		c.Local.Media = "audio"
	}
	if w.Kind == media.Screen || w.Kind == media.ScreenAudio {
		c.Local.Categories = []string{"slides"}
	}
	for _, codec := range ability.Codecs {
		o := Codec{Codec: codec, ID: n.number(codec), Feedback: ability.Feedback}
		if ability.RTX && !w.Kind.Sound() {
			o.RTX = n.number(codecOf(&wire.Payload{Name: nameRTX, Clock: uint32(codec.Clock), Parameters: rtxOf(o).Parameters}))
		}
		c.Codecs = append(c.Codecs, o)
		c.Local.Payloads = append(c.Local.Payloads, payloadOf(o, codec.Format))
		if o.RTX != 0 {
			c.Local.Payloads = append(c.Local.Payloads, rtxOf(o))
		}
	}
	c.offerEvents(ability, n)
	for _, uri := range ability.Extensions {
		if id, ok := n.freeExtension(uri); ok {
			c.Extensions = append(c.Extensions, wire.HeaderExtension{ID: id, URI: uri, Senders: wire.Both})
		}
	}
	c.Local.Extensions = c.Extensions
	if most := min(w.Layers, ability.Layers, len(layerNames)); most > 1 && c.Receive && c.Numbers().RID != 0 {
		for _, name := range layerNames[:most] {
			c.Local.RIDs = append(c.Local.RIDs, wire.RID{ID: name, Receive: true})
		}
	}
	return c
}

// offerEvents adds telephone-event for each clock rate of the codecs.
func (c *Content) offerEvents(ability *Capability, n *numbers) {
	if !ability.Events {
		return
	}
	done := make(map[int]bool)
	for _, codec := range c.Codecs {
		if done[codec.Clock] {
			continue
		}
		done[codec.Clock] = true
		e := Events{Clock: codec.Clock}
		p := eventsOf(e)
		e.ID = n.number(codecOf(&p))
		c.Events = append(c.Events, e)
		c.Local.Payloads = append(c.Local.Payloads, eventsOf(e))
	}
}

// number gives a codec a payload type: its own, or one that is free or has the same meaning already.
func (n *numbers) number(c media.Codec) uint8 {
	for id, meaning := range n.payloads {
		if meaning == meaningOf(c) {
			return id
		}
	}
	for id, known := range static {
		if known.Is(c) && n.take(id, c) {
			return id
		}
	}
	id := uint8(firstDynamic)
	for !n.take(id, c) {
		id++
	}
	return id
}

// Accept takes the peer's answer to an offer of ours, a session-accept or content-accept. Contents that the answer leaves out are
// refused. The error is a *Failure when nothing was accepted, or something that was not offered.
func (d *Description) Accept(answer *wire.Jingle) (*Description, error) {
	out := &Description{Role: d.Role}
	sets, named := bundles(answer)
	for i, set := range sets {
		t, f := d.accept(set, named[i])
		if f != nil {
			return nil, f
		}
		out.Transports = append(out.Transports, t)
	}
	if len(out.Transports) == 0 {
		return nil, fail(wire.IncompatibleParameters, "nothing was accepted")
	}
	for _, t := range d.Transports {
		var on *Transport
		for _, c := range t.Contents {
			in, _ := out.Content(c.Key)
			switch {
			case in == nil:
				out.Refused = append(out.Refused, Refusal{c.Key, wire.Reason{Condition: wire.Decline}})
			case on != nil && on != in:
				return nil, fail(wire.FailedTransport, "contents were offered on one transport and accepted on several")
			default:
				on = in
			}
		}
	}
	return out, nil
}

// accept agrees on one transport of an answer.
func (d *Description) accept(set []*wire.Content, names []string) (Transport, *Failure) {
	n := newNumbers()
	t := Transport{Group: names, Mux: true}
	for _, w := range set {
		from, offered := d.Content(w.Key())
		if offered == nil || !d.offered {
			return t, fail(wire.IncompatibleParameters, "the content "+w.Name+" was not offered")
		}
		if w.Description == nil || w.Description.Media != offered.Local.Media {
			return t, fail(wire.IncompatibleParameters, "the content "+w.Name+" was offered for "+offered.Local.Media)
		}
		if w.Transport == nil {
			return t, fail(wire.UnsupportedTransports, "only ICE-UDP is taken")
		}
		if names != nil && from.Group == nil && len(set) > 1 {
			return t, fail(wire.FailedTransport, "contents were offered on several transports and accepted on one")
		}
		c := d.acceptContent(w, offered, n)
		if len(c.Codecs) == 0 {
			return t, fail(wire.IncompatibleParameters, "none of the codecs offered for "+w.Name+" was accepted")
		}
		c.Local.Mux = w.Description.Mux || names != nil
		t.Mux = t.Mux && c.Local.Mux
		t.Contents = append(t.Contents, c)
	}
	var f *Failure
	if t.Setup, f = acceptSetup(set[0].Transport); f != nil {
		return t, f
	}
	t.Remote = remote(set, t.Mux)
	return t, nil
}

// acceptContent agrees on what the answer has of the offer. Payload types and extensions have the offer's numbers (XEP-0167#negotiation), and
// the answer's order counts.
func (d *Description) acceptContent(w *wire.Content, offered *Content, n *numbers) Content {
	c := Content{Key: offered.Key, Kind: offered.Kind}
	ability := Capability{Events: len(offered.Events) > 0, Layers: len(offered.Local.RIDs)}
	for i := range w.Description.Payloads {
		if codec, rtx := offered.Codec(w.Description.Payloads[i].ID); codec != nil {
			if rtx {
				ability.RTX = true
				continue
			}
			ability.Codecs = append(ability.Codecs, codec.Codec)
			ability.Feedback = codec.Feedback
		}
	}
	for _, x := range offered.Extensions {
		ability.Extensions = append(ability.Extensions, x.URI)
		n.takeExtension(x.ID, x.URI)
	}
	theirs := *w.Description
	theirs.Payloads = offeredOnly(theirs.Payloads, offered)
	(&negotiator{&ability, &theirs, n, &c}).run()
	c.Local.Categories = offered.Local.Categories
	c.Send = offered.Send && w.Senders.Sends(d.Role)
	c.Receive = offered.Receive && w.Senders.Sends(d.Role.Peer())
	return c
}

// offeredOnly leaves payload types out that the offer does not have.
func offeredOnly(list []wire.Payload, offered *Content) (out []wire.Payload) {
	for _, p := range list {
		for _, o := range offered.Local.Payloads {
			if o.ID == p.ID {
				out = append(out, p)
			}
		}
	}
	return out
}

// acceptSetup takes the answerer's choice: its active is our passive.
func acceptSetup(t *wire.Transport) (wire.Setup, *Failure) {
	if len(t.Fingerprints) == 0 {
		return "", unencrypted()
	}
	if t.Ufrag == "" {
		return "", fail(wire.FailedTransport, "there are no ICE credentials")
	}
	switch t.Fingerprints[0].Setup {
	case wire.Act:
		return wire.Passive, nil
	case wire.Passive:
		return wire.Act, nil
	}
	return "", fail(wire.IncompatibleParameters, "an answer is active or passive (RFC 5763 §5)")
}
