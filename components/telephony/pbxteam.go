package telephony

import (
	"strings"

	"plenum/components/disco"
	"plenum/xmppd"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// Teams at the domain of numbers: a team's address has its ID where numbers have digits, so that it stays when the team gets another extension. It is a
// contact of those who are together with it in a permission with xmpp.group, tells what it is, and takes calls. For others there is no such address.

const (
	nodeTeam = "urn:plenum:team" // of the capabilities of teams (XEP-0115#protocol)
	nsVCard  = "vcard-temp"      // XEP-0054
)

// teamInfo is what a team is and can.
func (p *pbx) teamInfo() *disco.Info {
	return &disco.Info{
		Identities: []disco.Identity{{Category: "client", Type: "phone", Name: "Team"}},
		Features:   append(p.numbers.Features(p.domain), nsVCard, NSTeam),
	}
}

func (p *pbx) teamCaps() []byte {
	return xmlstream.NewBuilder().Element("c", disco.NSCaps, "", "hash", "sha-1", "node", nodeTeam, "ver", p.teamInfo().Hash()).Bytes()
}

// teamOf is the ID that an address names; false for what is a number, or the domain.
func teamOf(to jid.JID) (id string, ok bool) {
	id = to.Local()
	return id, id != "" && id != anonymous && dialledBy(id) == id && clean(id) == ""
}

// toTeam takes what has come for a team. It reports false for what the sender does not see, or is for no team.
func (p *pbx) toTeam(in *xmppd.Stanza) bool {
	id, ok := teamOf(in.To)
	if !ok || p.Viewers == nil {
		return false
	}
	full, err := in.To.Bare().WithResource(resource)
	if err != nil || in.To.IsFull() && in.To != full {
		return false
	}
	typ := in.Packet.Type()
	if in.Packet.Kind() == xmlstream.Presence && typ == "" {
		return true // whom a team sees does not matter to it
	}
	sees := p.Viewers.SeesTeam(in.From.Bare(), id)
	switch {
	case in.Packet.Kind() == xmlstream.Presence && typ == "unavailable":
		if !sees {
			p.teamFaces.gone(id, in.From)
		}
		return true
	case !sees:
		return false
	case in.Packet.Kind() == xmlstream.Presence:
		p.teamPresence(id, in)
		return true
	case in.Packet.Kind() == xmlstream.IQ && typ == xmppd.Get && p.askTeam(id, in):
		return true
	case p.passedOn(in), p.numbers.Deliver(full, in):
		return true
	case typ == "error", in.Packet.Kind() == xmlstream.IQ && typ == "result":
		return true
	}
	p.refuse(in, xmppd.Errorf("service-unavailable", "a team takes calls only"))
	return true
}

// teamPresence answers who sees the team. Whoever does needs no subscription, and gets none of his own: it would stay when he sees the team no more.
func (p *pbx) teamPresence(id string, in *xmppd.Stanza) {
	switch in.Packet.Type() {
	case "probe":
		if in.From.Resource() != phoneResource {
			p.teamFaces.inbox.Post(faceAsked{strings.Clone(id), in.From.Clone()})
		}
	case "subscribe":
		p.send("unsubscribed", in.To.Bare(), in.From.Bare())
	}
}

// askTeam answers what a team is, and how it is called.
func (p *pbx) askTeam(id string, in *xmppd.Stanza) bool {
	q, ok := in.Packet.First()
	if !ok {
		return false
	}
	iq := p.srv.NewIQ(in, q)
	switch {
	case q.Is(disco.NSInfo, "query"):
		info := p.teamInfo()
		if info.Node, _ = q.Attr("node"); info.Node != "" && info.Node != nodeTeam+"#"+info.Hash() {
			iq.Error(xmppd.Errorf("item-not-found", "there is no such node"))
			return true
		}
		iq.Result(info.Append(nil))
	case q.Is(nsVCard, "vCard"):
		t, err := p.Teams.Get(id)
		if err != nil {
			iq.Error(err)
			return true
		}
		b := xmlstream.NewBuilder().Start("vCard", nsVCard).Element("FN", "", t.Name).Element("NICKNAME", "", t.Name)
		if t.Extension != "" {
			b.Start("TEL", "").Element("WORK", "", "").Element("VOICE", "", "").Element("NUMBER", "", t.Extension).End()
		}
		iq.Result(b.End().Bytes())
	default:
		return false
	}
	return true
}

// numberAt is what is dialled for an address: of a team its extension.
func (s *Service) numberAt(to jid.JID) (string, error) {
	id, ok := teamOf(to)
	if !ok || s.Teams == nil {
		return dialledBy(to.Local()), nil
	}
	t, err := s.Teams.Get(id)
	if err == nil && t.Extension == "" {
		err = fault.Newf(fault.NotFound, "the team %s has no extension", t.Name)
	}
	return t.Extension, err
}
