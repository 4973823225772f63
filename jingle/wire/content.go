package wire

import "plenum/xmppd/xmlstream"

// A Role is one of the two parties of a session.
type Role string

const (
	Initiator Role = "initiator"
	Responder Role = "responder"
)

// Peer is the other role.
func (r Role) Peer() Role {
	if r == Initiator {
		return Responder
	}
	return Initiator
}

// A Creator is the role of the party that brought a content into the session, whoever speaks of it now.
type Creator = Role

// Senders says which parties send in a content.
type Senders string

const (
	Both          Senders = "both"
	InitiatorOnly Senders = "initiator"
	ResponderOnly Senders = "responder"
	None          Senders = "none"
)

// SendersOf is the value for what a role and its peer do.
func SendersOf(role Role, sends, receives bool) Senders {
	switch {
	case sends && receives:
		return Both
	case sends:
		return Senders(role)
	case receives:
		return Senders(role.Peer())
	}
	return None
}

// Sends reports whether the party of this role sends. The zero value is Both.
func (s Senders) Sends(role Role) bool {
	return s == Both || s == "" || s == Senders(role)
}

// Content is a <content/> (XEP-0166#def-content): one medium over one transport.
type Content struct {
	Creator     Creator
	Name        string
	Senders     Senders // empty is Both
	Disposition string  // empty is "session"

	Description   *Description // nil when there is none, or none of RTP
	DescriptionNS string       // of a description that is none of RTP
	Transport     *Transport   // nil when there is none, or none of ICE-UDP
	TransportNS   string       // of a transport that is none of ICE-UDP
}

// Key tells a content from others of its session.
type Key struct {
	Creator Creator
	Name    string
}

// Key is the content's key.
func (c *Content) Key() Key { return Key{c.Creator, c.Name} }

// parseContent reads a <content/>. modify: senders must be stated.
func parseContent(e xmlstream.Element, modify bool) (c Content, err error) {
	r := reader{e: e}
	senders, stated := e.Attr("senders")
	c = Content{Creator: r.role("creator"), Name: r.required("name"), Senders: r.senders(), Disposition: r.short("disposition")}
	if modify && (!stated || senders == "") {
		r.fail("content-modify needs the senders of its contents")
	}
	for k := range e.Children() {
		if r.err != nil {
			break
		}
		switch {
		case k.Is(NSRTP, "description"):
			c.Description, r.err = parseDescription(k)
		case k.Local() == "description" && c.Description == nil:
			c.DescriptionNS = clone(k.Space())
		case k.Is(NSICE, "transport"):
			c.Transport, r.err = parseTransport(k)
		case k.Local() == "transport" && c.Transport == nil:
			c.TransportNS = clone(k.Space())
		}
	}
	return c, r.err
}

// role reads a creator. XEP-0166#def-content requires it and names a default all the same.
// Compat: Dino 0.5 leaves it out of the contents in its Muji presence.
func (r *reader) role(name string) Role {
	switch v := r.short(name); Role(v) {
	case "", Initiator:
		return Initiator
	case Responder:
		return Responder
	}
	r.fail("the %s of <%s/> is initiator or responder", name, r.e.Local())
	return Initiator
}

func (r *reader) senders() Senders {
	switch v := Senders(r.short("senders")); v {
	case "", Both:
		return Both
	case InitiatorOnly, ResponderOnly, None:
		return v
	}
	r.fail("the senders of <%s/> are both, initiator, responder or none", r.e.Local())
	return Both
}

func (c *Content) build(b *xmlstream.Builder) { c.buildIn(b, "") }

// buildIn writes the element in a namespace, that of the parent when it is empty.
func (c *Content) buildIn(b *xmlstream.Builder, space string) {
	senders := c.Senders
	if senders == "" {
		senders = Both // always written: some clients take what is missing for a change
	}
	b.Start("content", space, "creator", string(c.Creator), "disposition", c.Disposition, "name", c.Name, "senders", string(senders))
	switch {
	case c.Description != nil:
		c.Description.build(b)
	case c.DescriptionNS != "":
		b.Element("description", c.DescriptionNS, "")
	}
	switch {
	case c.Transport != nil:
		c.Transport.build(b)
	case c.TransportNS != "":
		b.Element("transport", c.TransportNS, "")
	}
	b.End()
}

// Group is a <group/> (XEP-0338): contents that belong together, as by BUNDLE.
type Group struct {
	Semantics string
	Names     []string // of the contents
}

// Bundle is the semantics of contents that share one transport (RFC 9143 §7).
const Bundle = "BUNDLE"

func parseGroup(e xmlstream.Element) (g Group, err error) {
	r := reader{e: e}
	g.Semantics = r.required("semantics")
	for c := range e.Children() {
		if !c.Is(NSGrouping, "content") || r.err != nil || !more(&r.err, len(g.Names), MaxContents, "contents of a group") {
			continue
		}
		n := reader{e: c}
		g.Names = append(g.Names, n.required("name"))
		r.err = n.err
	}
	return g, r.err
}

func (g *Group) build(b *xmlstream.Builder) {
	b.Start("group", NSGrouping, "semantics", g.Semantics)
	for _, n := range g.Names {
		b.Element("content", "", "", "name", n)
	}
	b.End()
}
