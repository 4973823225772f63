package main

import (
	"cmp"
	"context"

	"plenum/components/directory"
	"plenum/components/telephony"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// nsPickup is the namespace of <waiting/>, by which clients know what a message about a caller of a team is about.
const nsPickup = "urn:plenum:pickup:0"

// buildPickups tells those whom a team has chosen of callers that wait for it.
func (p *parts) buildPickups(domain string) {
	p.telephony.OnPickups(func(user jid.JID, fresh []telephony.Pickup) {
		for _, one := range fresh {
			p.xmpp.Route(pickupMessage(domain, p.org.Telephony.CodeFor(telephony.PickupCode), user, one))
		}
	})
	p.telephony.OnWaiting(func(team string) {
		if t, err := p.org.Teams.Get(team); err == nil && t.Extension != "" && p.sip != nil {
			p.sip.lamps.DialogsChanged(t.Extension)
		}
	})
}

// pickupMessage tells a user, who takes callers by a code, at all clients that are online, of somebody who waits. Clients that know nothing else show the text; it is never kept.
func pickupMessage(domain, code string, user jid.JID, w telephony.Pickup) *xmlstream.Packet {
	from, err := jid.New(w.Extension, domain, "")
	if err != nil || w.Extension == "" {
		from = telephony.TeamBox(domain, w.Team)
	}
	who := cmp.Or(w.Name, w.Number, "Somebody")
	if w.Name != "" && w.Number != "" {
		who += " (" + w.Number + ")"
	}
	text := who + " waits for " + w.TeamName + "."
	if w.Extension != "" {
		text += " Dial " + code + w.Extension + " to take the call."
	}
	b := xmlstream.NewBuilder().Start("message", "", "type", "headline", "from", from.String(), "to", user.String())
	b.Element("subject", "", w.TeamName).Element("body", "", text)
	at := []string{"call", w.Call, "team", w.Team, "since", w.Since.UTC().Format("2006-01-02T15:04:05Z")}
	for _, a := range [][2]string{{"extension", w.Extension}, {"number", w.Number}, {"name", w.Name}} {
		if a[1] != "" {
			at = append(at, a[0], a[1])
		}
	}
	return b.Element("waiting", nsPickup, "", at...).End().Packet()
}

// forgetBox removes the voicemail box of a team that was deleted here.
func (p *parts) forgetBox(c directory.Change) {
	if _, err := p.org.Teams.Get(c.ID); err == nil || c.Remote {
		return
	}
	p.boxes.Go(func() {
		if err := p.voicemail.ForgetAccount(context.WithoutCancel(p.xmpp.Context()), telephony.TeamBox(p.cfg.numbersDomain(), c.ID)); err != nil {
			p.logs.For("voicemail").Error("the box of a team that is gone could not be removed", "team", c.ID, "err", err)
		}
	})
}
