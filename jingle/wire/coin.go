package wire

import (
	"math"

	"plenum/xmppd/xmlstream"
)

// A State says whether a description of a conference, or of a user in it, is all there is to know (RFC 4575 §4.4).
type State string

const (
	Full    State = "full"
	Partial State = "partial" // what has changed
	Deleted State = "deleted"
)

// ConferenceInfo is the <conference-info/> that a mixer sends to those it mixes for (XEP-0298#coin-delivery, RFC 4575 §5).
type ConferenceInfo struct {
	Entity    string // URI of the conference, "xmpp:room@groups.example/focus"
	State     State
	Version   uint32 // grows by one with each that a recipient gets
	Subject   string
	UserCount uint32 // 0 when not stated
	Users     []ConferenceUser
}

// ConferenceUser is a participant.
type ConferenceUser struct {
	Entity    string // URI, "xmpp:juliet@capulet.example"
	State     State
	Name      string // to be shown
	Endpoints []ConferenceEndpoint
}

// ConferenceEndpoint is a device of a participant. Compat: Dino 0.5 shows a participant only when it has an endpoint.
type ConferenceEndpoint struct {
	Entity string
	Name   string
	Status string // "connected", "on-hold", "disconnected", …
	Media  []ConferenceMedia
}

// ConferenceMedia is a medium of an endpoint.
type ConferenceMedia struct {
	ID     string
	Name   string
	Type   string // "audio", "video"
	Source uint32 // SSRC; 0 when not stated
	Status string // "sendrecv", "sendonly", "recvonly", "inactive"; empty when not stated
}

// ParseConferenceInfo reads a <conference-info/>.
func ParseConferenceInfo(e xmlstream.Element) (*ConferenceInfo, error) {
	if !e.Is(NSCoinInfo, "conference-info") {
		return nil, badRequest("this is no <conference-info/>")
	}
	r := reader{e: e}
	c := &ConferenceInfo{Entity: r.long("entity"), State: r.state(), Version: uint32(r.number("version", 0, math.MaxUint32, 0))}
	if d, ok := e.Child(NSCoinInfo, "conference-description"); ok {
		c.Subject = childText(d, "subject")
	}
	if s, ok := e.Child(NSCoinInfo, "conference-state"); ok {
		c.UserCount = r.content(s, "user-count")
	}
	users, _ := e.Child(NSCoinInfo, "users")
	for u := range users.Children() {
		if !u.Is(NSCoinInfo, "user") || r.err != nil || !more(&r.err, len(c.Users), MaxUsers, "users") {
			continue
		}
		var user ConferenceUser
		user, r.err = parseUser(u)
		c.Users = append(c.Users, user)
	}
	if r.err != nil {
		return nil, r.err
	}
	return c, nil
}

func parseUser(e xmlstream.Element) (ConferenceUser, error) {
	r := reader{e: e}
	u := ConferenceUser{Entity: r.long("entity"), State: r.state(), Name: childText(e, "display-text")}
	for c := range e.Children() {
		if !c.Is(NSCoinInfo, "endpoint") || r.err != nil || !more(&r.err, len(u.Endpoints), MaxEndpoints, "endpoints") {
			continue
		}
		var p ConferenceEndpoint
		p, r.err = parseEndpoint(c)
		u.Endpoints = append(u.Endpoints, p)
	}
	return u, r.err
}

func parseEndpoint(e xmlstream.Element) (ConferenceEndpoint, error) {
	r := reader{e: e}
	p := ConferenceEndpoint{Entity: r.long("entity"), Name: childText(e, "display-text"), Status: childText(e, "status")}
	for c := range e.Children() {
		if !c.Is(NSCoinInfo, "media") || r.err != nil || !more(&r.err, len(p.Media), MaxEndpoints, "media of an endpoint") {
			continue
		}
		m := reader{e: c}
		p.Media = append(p.Media, ConferenceMedia{
			ID: m.required("id"), Name: childText(c, "display-text"), Type: childText(c, "type"), Source: m.content(c, "src-id"), Status: childText(c, "status"),
		})
		r.err = m.err
	}
	return p, r.err
}

func (r *reader) state() State {
	switch v := State(r.short("state")); v {
	case "", Full:
		return Full
	case Partial, Deleted:
		return v
	}
	r.fail("the state of <%s/> is full, partial or deleted", r.e.Local())
	return Full
}

// content is a child that holds a number; 0 when it is not there.
func (r *reader) content(e xmlstream.Element, local string) uint32 {
	v := childText(e, local)
	if v == "" {
		return 0
	}
	n, ok := parseNumber(v, math.MaxUint32)
	if !ok {
		r.fail("<%s/> holds a number", local)
	}
	return uint32(n)
}

func childText(e xmlstream.Element, local string) string {
	c, _ := e.Child(e.Space(), local)
	return cut(text(c))
}

// Build writes the element. Version and states are always written: without them Dino takes no notice.
func (c *ConferenceInfo) Build(b *xmlstream.Builder) {
	b.Start("conference-info", NSCoinInfo, "entity", c.Entity, "state", string(c.State), "version", dec(c.Version))
	if c.Subject != "" {
		b.Start("conference-description", "").Element("subject", "", c.Subject).End()
	}
	if c.UserCount != 0 {
		b.Start("conference-state", "").Element("user-count", "", dec(c.UserCount)).End()
	}
	b.Start("users", "")
	for i := range c.Users {
		c.Users[i].build(b)
	}
	b.End().End()
}

func (u *ConferenceUser) build(b *xmlstream.Builder) {
	b.Start("user", "", "entity", u.Entity, "state", string(u.State))
	buildText(b, "display-text", u.Name)
	for _, p := range u.Endpoints {
		b.Start("endpoint", "", "entity", p.Entity)
		buildText(b, "display-text", p.Name)
		buildText(b, "status", p.Status)
		for _, m := range p.Media {
			b.Start("media", "", "id", m.ID)
			buildText(b, "display-text", m.Name)
			buildText(b, "type", m.Type)
			buildText(b, "src-id", num(m.Source))
			buildText(b, "status", m.Status)
			b.End()
		}
		b.End()
	}
	b.End()
}

// buildText writes a child that holds text, if there is any.
func buildText(b *xmlstream.Builder, local, s string) {
	if s != "" {
		b.Element(local, "", s)
	}
}
