package conference

import (
	"plenum/components/disco"
	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

const (
	nsPing      = "urn:xmpp:ping"
	nsExtDisco  = "urn:xmpp:extdisco:2"
	nsMUC       = "http://jabber.org/protocol/muc"
	nsMUCUser   = nsMUC + "#user"
	nsDataForms = "jabber:x:data"
	nsJingle    = "urn:xmpp:jingle:1"
)

// errConfined is the answer to everything that a guest must not send. It is the same for each address, so that nobody finds out
// who or what exists.
var errConfined = xmppd.Errorf("not-allowed", "guests reach their group and nothing else")

// request is what an IQ asks for.
type request struct{ typ, space, local string }

// What guests may ask: the domain at which they have logged in (XEP-0215: they call too), their room, and somebody in it, who can only be themselves.
var (
	askServer = map[request]bool{
		{xmppd.Get, nsPing, "ping"}: true, {xmppd.Get, disco.NSInfo, "query"}: true, {xmppd.Get, disco.NSItems, "query"}: true,
		{xmppd.Get, nsExtDisco, "services"}: true, {xmppd.Get, nsExtDisco, "credentials"}: true,
	}
	askRoom = map[request]bool{
		{xmppd.Get, nsPing, "ping"}: true, {xmppd.Get, disco.NSInfo, "query"}: true, {xmppd.Get, disco.NSItems, "query"}: true,
	}
	askOccupant   = map[request]bool{{xmppd.Get, nsPing, "ping"}: true} // XEP-0410
	askConference = map[request]bool{
		{xmppd.Get, nsPing, "ping"}: true, {xmppd.Get, disco.NSInfo, "query"}: true, {xmppd.Set, nsJingle, "jingle"}: true,
	}
	askOwn = map[request]bool{{xmppd.Set, xmppd.NSSession, "session"}: true}
)

// MaySend implements xmppd.Guests.
func (c *Service) MaySend(guest, to jid.JID, p *xmlstream.Packet) error {
	ok := false
	switch {
	case to.IsZero():
		ok = p.Kind() == xmlstream.Presence && p.Type() == "unavailable" || asks(p, askOwn)
	case to.Domain() == c.srv.GuestDomain():
		ok = to.IsDomain() && asks(p, askServer)
	case to.Domain() == c.Rooms.Domain().Domain() && to.Local() != "":
		if ok = maySendToRoom(to, p) && c.mayMeet(guest, to.Bare()); ok && entering(p) && !c.here.mayEnter(guest.Local()) {
			return errHasty
		}
		if ok && p.Kind() == xmlstream.Presence && p.Type() == "" {
			if err := c.mayCome(guest.Local(), to); err != nil {
				return err
			}
		}
	}
	if ok {
		return nil
	}
	return errConfined
}

func asks(p *xmlstream.Packet, what map[request]bool) bool {
	if p.Kind() != xmlstream.IQ {
		return false
	}
	e, ok := p.First()
	return ok && what[request{p.Type(), e.Space(), e.Local()}]
}

func maySendToRoom(to jid.JID, p *xmlstream.Packet) bool {
	occupant := to.Resource() != ""
	if to.Resource() == Nick && p.Kind() != xmlstream.Presence {
		return maySendToConference(p)
	}
	switch p.Kind() {
	case xmlstream.Presence:
		switch p.Type() {
		case "", "unavailable", "error":
			return true
		}
	case xmlstream.Message:
		switch p.Type() {
		case "groupchat":
			return !occupant
		case "", "normal", "chat":
			return occupant || asksForVoice(p) || callsTheRoom(p)
		case "error":
			return true
		}
	case xmlstream.IQ:
		switch p.Type() {
		case "result", "error":
			return true
		}
		if occupant {
			return asks(p, askOccupant)
		}
		return asks(p, askRoom)
	}
	return false
}

// maySendToConference: calls, and what is in the namespace of conferences.
func maySendToConference(p *xmlstream.Packet) bool {
	switch p.Kind() {
	case xmlstream.Message:
		return callsTheRoom(p)
	case xmlstream.IQ:
		e, _ := p.First()
		return p.Type() == "result" || p.Type() == "error" || asks(p, askConference) || p.Type() == xmppd.Set && e.Space() == NSConference
	}
	return false
}

// callsTheRoom reports whether a message is about a call to the conference (XEP-0353).
func callsTheRoom(p *xmlstream.Packet) bool {
	return p.Type() == "chat" && p.Hints().Has(xmlstream.HintJingleMessage)
}

// asksForVoice reports whether a message to the room is a form, and nothing else that rooms know: a guest who was silenced may
// ask for voice (XEP-0045#requestvoice).
func asksForVoice(p *xmlstream.Packet) bool { return p.Has(nsDataForms, "x") && !p.Has(nsMUCUser, "x") }

func entering(p *xmlstream.Packet) bool {
	return p.Kind() == xmlstream.Presence && p.Type() == "" && p.Has(nsMUC, "x")
}

// MayReach implements xmppd.Guests. The rooms decide who gets what; they pass nothing on to who is not in them.
func (c *Service) MayReach(_, from jid.JID) bool {
	return from.Domain() == c.Rooms.Domain().Domain() || from.IsDomain() && from.Domain() == c.srv.GuestDomain()
}
