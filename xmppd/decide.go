package xmppd

import (
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// ruling is what happens to a message for a local account.
type ruling uint8

const (
	ignore ruling = iota
	refuse        // service-unavailable to the sender
	storeOffline
	deliver    // to every session that the rule names
	askBare    // as if it were addressed to the bare JID
	impossible // the situation does not occur
)

// situation is what RFC 6121 §8.5 distinguishes about the addressee.
type situation uint8

const (
	noAccount situation = iota
	nobody              // no session with a non-negative priority is available; bare JID or no match
	somebody            // at least one is
	exact               // the full JID is a session
	situations
)

// messageRules is RFC 6121 §8.5.4, table 1: rows by type, columns by situation; first for bare, then for full JIDs. A chat message for all
// means every available session with a non-negative priority. A message of type normal to a full JID that is gone is refused,
// as the sender meant that very session.
var messageRules = [2]map[string][situations]ruling{
	{
		"normal":    {refuse, storeOffline, deliver, impossible},
		"chat":      {refuse, storeOffline, deliver, impossible},
		"groupchat": {refuse, refuse, refuse, impossible},
		"headline":  {ignore, ignore, deliver, impossible},
		"error":     {ignore, ignore, ignore, impossible},
	}, {
		"normal":    {refuse, refuse, refuse, deliver},
		"chat":      {refuse, askBare, askBare, deliver},
		"groupchat": {refuse, refuse, refuse, deliver},
		"headline":  {ignore, ignore, ignore, deliver},
		"error":     {ignore, ignore, ignore, deliver},
	},
}

type decision struct {
	ruling  ruling
	targets []Target
}

// decideMessage applies the table to the sessions that exist now.
func (s *Server) decideMessage(p *xmlstream.Packet, to jid.JID) decision {
	typ := p.Type()
	if _, known := messageRules[0][typ]; !known {
		typ = "normal" // RFC 6121 §5.2.2
	}
	local, remote := s.users.get(to.Bare()), s.remote(to.Bare())
	if to.IsFull() {
		for _, x := range local {
			if x.jid == to {
				return decision{deliver, []Target{localTarget(x)}}
			}
		}
		for _, r := range remote {
			if r.Resource == to.Resource() {
				return decision{deliver, []Target{remoteTarget(to, r)}}
			}
		}
	}
	sit := nobody
	var targets []Target
	for _, x := range local {
		if pr := x.presence.Load(); pr.Available && pr.Priority >= 0 {
			targets = append(targets, localTarget(x))
		}
	}
	for _, r := range remote {
		if r.Available && r.Priority >= 0 {
			targets = append(targets, remoteTarget(to, r))
		}
	}
	switch {
	case len(targets) > 0:
		sit = somebody
	case len(local)+len(remote) == 0 && !s.AccountExists(to.Bare()):
		sit = noAccount
	}
	kind := 0
	if to.IsFull() {
		kind = 1
	}
	v := messageRules[kind][typ][sit]
	if v == askBare {
		v = messageRules[0][typ][sit]
	}
	if v == storeOffline && !s.offline.keeps(p) {
		v = ignore
	}
	return decision{v, targets}
}
