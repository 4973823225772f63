package apps

import (
	"slices"

	"plenum/components/telephony"
	"plenum/xmppd/jid"
)

// callsOf are those that a client sees, the oldest first.
func (x *subscriber) callsOf() []telephony.LiveCall {
	list := x.svc.Calls.Calls()
	if !x.all.Load() {
		list = slices.DeleteFunc(list, func(c telephony.LiveCall) bool { return !c.In(x.user) })
	}
	return list[:min(len(list), MaxCalls)]
}

// callPart is a call as a client sees it; nil when it does not, or when the call is over.
func (x *subscriber) callPart(id string) []byte {
	c, ok := x.svc.Calls.Call(id)
	if !ok || !x.all.Load() && !c.In(x.user) {
		return nil
	}
	return callXML(&c, x.user, x.all.Load())
}

// callXML is a call as a user sees it: the devices of others, and who hides from whom he calls, are for supervisors.
func callXML(c *telephony.LiveCall, user jid.JID, all bool) []byte {
	var at attributes
	b := fragment("call", at.text("id", c.ID).text("dialled", c.Dialled).time("began", c.Began).time("answered", c.Answered))
	for _, p := range c.Parties {
		role := "caller"
		if p.Callee {
			role = "callee"
		}
		own := p.User == user
		var at attributes
		at = at.text("leg", string(p.Leg)).text("role", role)
		if own || all || !p.Anonymous {
			at = at.user("user", p.User)
		}
		if own || all {
			at = at.text("device", p.Device)
		}
		at = at.text("number", p.Number).text("name", p.Name).text("doing", string(p.Doing)).flag("holds", p.Holds).flag("own", own)
		b.Element("party", "", "", at...)
	}
	return b.End().Bytes()
}
