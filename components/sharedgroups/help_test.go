package sharedgroups_test

import (
	"context"
	"strings"
	"sync"

	"plenum/components/sharedgroups"
	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// org is a source that a test changes.
type org struct {
	mu       sync.Mutex
	groups   []sharedgroups.Group
	names    map[jid.JID]string
	services []*sharedgroups.Service // of all nodes
}

func (o *org) Groups() []sharedgroups.Group {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]sharedgroups.Group(nil), o.groups...)
}

func (o *org) Name(who jid.JID) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	if name, ok := o.names[who]; ok {
		return name
	}
	return who.Local()
}

func (o *org) register(s *xmppd.Server) {
	g := sharedgroups.Register(s, o)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.services = append(o.services, g)
}

// change does something with the source and says so on all nodes.
func (o *org) change(fn func(o *org)) {
	o.mu.Lock()
	fn(o)
	services := o.services
	o.mu.Unlock()
	for _, g := range services {
		g.Changed()
	}
}

// set makes a group of these members, or changes it; without members there is none.
func (o *org) set(id, name, members string) {
	made := sharedgroups.Group{ID: id, Name: name}
	for _, m := range strings.Fields(members) {
		made.Members = append(made.Members, user(m))
	}
	var rest []sharedgroups.Group
	for _, g := range o.groups {
		if g.ID != id {
			rest = append(rest, g)
		}
	}
	if len(made.Members) > 0 {
		rest = append(rest, made)
	}
	o.groups = rest
}

// user is the address of a member, in the main domain when none is named.
func user(name string) jid.JID {
	if !strings.Contains(name, "@") {
		name += "@example.org"
	}
	return jid.MustParse(name)
}

// pbx is a component that says what it has heard.
type pbx struct{ s *xmppd.Server }

func (c pbx) Deliver(_ context.Context, in *xmppd.Stanza) {
	what, ok := map[string]string{"probe": "you asked", "": "welcome", "unavailable": "farewell"}[in.Packet.Type()]
	if in.Packet.Kind() == xmlstream.Presence && ok {
		c.s.Route(xmlstream.MustParse("<presence from='" + in.To.String() + "' to='" + in.From.String() + "'><status>" + what + "</status></presence>"))
	}
}

const nsTest = "urn:test:organisation"

// obey lets scripts change the source:
//
//	romeo > <iq type='set' id='1' to='example.org'><group xmlns='urn:test:organisation' id='red' name='Red' members='romeo juliet'/></iq>
//	romeo > <iq type='set' id='2' to='example.org'><person xmlns='urn:test:organisation' jid='juliet' name='Juliet C.'/></iq>
func (o *org) obey(s *xmppd.Server) {
	s.HandleIQ(xmppd.ToServer, xmppd.Set, nsTest, "group", func(_ context.Context, iq *xmppd.IQ) (any, error) {
		id, _ := iq.Payload.Attr("id")
		name, _ := iq.Payload.Attr("name")
		members, _ := iq.Payload.Attr("members")
		o.change(func(o *org) { o.set(strings.Clone(id), strings.Clone(name), strings.Clone(members)) })
		return nil, nil
	})
	s.HandleIQ(xmppd.ToServer, xmppd.Set, nsTest, "person", func(_ context.Context, iq *xmppd.IQ) (any, error) {
		who, _ := iq.Payload.Attr("jid")
		name, _ := iq.Payload.Attr("name")
		o.change(func(o *org) { o.names[user(strings.Clone(who))] = strings.Clone(name) })
		return nil, nil
	})
}
