package wire

import (
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// An InviteKind is a step of a call invitation (XEP-0482).
type InviteKind string

const (
	InviteOffer   InviteKind = "invite"
	InviteAccept  InviteKind = "accept"
	InviteRetract InviteKind = "retract"
	InviteReject  InviteKind = "reject"
	InviteLeft    InviteKind = "left"
)

// inviteNames are the elements of XEP-0482 and what Dino called them before.
var inviteNames = []struct {
	kind InviteKind
	old  string
}{{InviteOffer, "propose"}, {InviteAccept, "accept"}, {InviteRetract, "retract"}, {InviteReject, "reject"}, {InviteLeft, "finish"}}

// Invite is a call invitation or what becomes of it. The ways to join are those offered, or the one that was accepted.
type Invite struct {
	Kind InviteKind
	// ID names the invitation. In an offer by XEP-0482 it is empty: the stanza's own id, origin-id or stanza-id counts (XEP-0482#business-id).
	// Compat: Dino 0.5 puts an id of its own into the offer, by which it knows the answers.
	ID           string
	Video, Audio bool
	Multi        bool // Dino's: it is a group call
	Sessions     []InviteSession
	Rooms        []jid.JID // of Muji
	External     []string  // URIs
	Other        []Raw
}

// InviteSession is a Jingle session that can be joined.
type InviteSession struct {
	SID string
	JID jid.JID // who will initiate it; zero is the sender
}

// FindInvite returns the call invitation in a message stanza, the one of XEP-0482 where there are two of the same meaning.
func FindInvite(p *xmlstream.Packet) (xmlstream.Element, bool) {
	var old xmlstream.Element
	for c := range p.Children() {
		switch c.Space() {
		case NSInvite:
			return c, true
		case NSInviteOld:
			old = c
		}
	}
	return old, old.Local() != ""
}

// ParseInvite reads a call invitation in either namespace.
func ParseInvite(e xmlstream.Element) (*Invite, error) {
	i := new(Invite)
	for _, n := range inviteNames {
		if e.Is(NSInvite, string(n.kind)) || e.Is(NSInviteOld, n.old) {
			i.Kind = n.kind
		}
	}
	r := reader{e: e}
	if i.Kind == "" {
		r.fail("this is no call invitation")
		return nil, r.err
	}
	i.ID = r.short("id")
	if i.ID == "" && i.Kind != InviteOffer {
		r.fail("<%s/> needs the id of the invitation", i.Kind)
	}
	if i.Kind == InviteOffer {
		i.Video, i.Audio, i.Multi = r.boolean("video", false), r.boolean("audio", true), r.boolean("multi", false)
	}
	for c := range e.Children() {
		if r.err != nil {
			return nil, r.err
		}
		r.err = i.method(c)
	}
	if r.err != nil {
		return nil, r.err
	}
	return i, nil
}

// method reads a way to join.
func (i *Invite) method(e xmlstream.Element) (err error) {
	if !more(&err, len(i.Sessions)+len(i.Rooms)+len(i.External), MaxMethods, "ways to join") {
		return err
	}
	r := reader{e: e}
	own := e.Space() == NSInvite || e.Space() == NSInviteOld
	switch {
	case own && e.Local() == "jingle":
		i.Sessions = append(i.Sessions, InviteSession{r.required("sid"), r.jid("jid")})
	case own && e.Local() == "external":
		uri := r.long("uri")
		if uri == "" {
			r.fail("<external/> needs a uri")
		}
		i.External = append(i.External, uri)
	case e.Is(NSMuji, "muji"):
		room := r.jid("room")
		if room.IsZero() {
			r.fail("<muji/> needs a room")
		}
		i.Rooms = append(i.Rooms, room)
	case own: // of a later version
	default:
		i.Other = keep(i.Other, e, &r.err)
	}
	return r.err
}

// Build writes the element, its twin in Dino's older namespace, and the hint that has the message archived.
func (i *Invite) Build(b *xmlstream.Builder) {
	for _, n := range inviteNames {
		if n.kind == i.Kind {
			i.build(b, string(n.kind), NSInvite)
			i.build(b, n.old, NSInviteOld)
		}
	}
	buildStore(b)
}

func (i *Invite) build(b *xmlstream.Builder, local, space string) {
	b.Start(local, space, "id", i.ID)
	if i.Kind == InviteOffer {
		b.Attr("video", truth(i.Video)).Attr("audio", truth(i.Audio))
		if i.Multi {
			b.Attr("multi", "true")
		}
	}
	for _, room := range i.Rooms {
		b.Element("muji", NSMuji, "", "room", room.String())
	}
	for _, s := range i.Sessions {
		b.Element("jingle", "", "", "sid", s.SID, "jid", s.JID.String())
	}
	for _, uri := range i.External {
		b.Element("external", "", "", "uri", uri)
	}
	buildRaw(b, i.Other)
	b.End()
}
