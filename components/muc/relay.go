package muc

import (
	"crypto/rand"
	"time"

	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// relay is an IQ that one occupant has sent to another and that is not answered yet. The two never learn each other's
// address (XEP-0045#bizrules-iq), so the room keeps who asked under an id of its own.
type relay struct {
	in    *xmppd.Stanza
	o     *occupant // who is asked
	to    jid.JID   // where the answer has to come from
	timer *time.Timer
}

const (
	maxRelays    = 1000             // per room
	relayTimeout = 60 * time.Second // twice what servers wait for an answer of their own
)

// occupantRequest is an IQ for an occupant: a ping to oneself, which the room answers (XEP-0410), or something to pass on.
type occupantRequest struct{ request }

func (q occupantRequest) apply(r *Room) {
	if r.isResident(q.To) {
		q.handOver(r)
		return
	}
	from, to := r.occupantOf(q.From), r.occupants[q.To.Resource()]
	switch {
	case r.state == absent, from == nil && q.payload.Is(nsPing, "ping"):
		q.refuse(r, "not-acceptable", "you are not in the room")
	case from == nil:
		q.refuse(r, "bad-request", "you are not in the room") // XEP-0045#disco-occupant
	case to == nil:
		q.refuse(r, "item-not-found", "there is nobody of that name in the room")
	case r.throttle(from) != nil:
		r.svc.refuse(q.Stanza, errThrottled)
	case from == to && q.payload.Is(nsPing, "ping"):
		r.svc.result(q.Stanza, nil)
	case from.guest: // what clients answer may name people
		q.refuse(r, "not-allowed", "guests ask nobody but the room")
	case to.guest && !guestRequests[q.payload.Space()]:
		q.refuse(r, "service-unavailable", "guests are not asked that")
	case len(r.relays) >= maxRelays:
		r.svc.refuse(q.Stanza, errBusy)
	default:
		r.relay(q, from, to)
	}
}

func (q occupantRequest) refuse(r *Room, condition, text string) {
	r.svc.refuse(q.Stanza, xmppd.Errorf(condition, "%s", text))
}

// relay passes a request on to one session of an occupant, or to his account when the server answers for that.
func (r *Room) relay(q occupantRequest, from, to *occupant) {
	x := &relay{in: q.Stanza, o: to, to: to.primary().jid}
	switch q.payload.Space() {
	case nsVCard, nsPubSub:
		x.to = to.bare
	}
	id := rand.Text()
	x.timer = time.AfterFunc(relayTimeout, func() {
		r.report(func(r *Room) { r.failRelay(id, xmppd.Errorf("remote-server-timeout", "there was no answer")) })
	})
	r.relays[id] = x
	r.route(q.Packet.Rewrite(xmlstream.Rewrite{From: xmlstream.Set(from.addr), To: xmlstream.Set(x.to.String()), ID: xmlstream.Set(id)}))
}

// answer is an IQ of type result or error.
type answer struct{ stanza }

func (a answer) apply(r *Room) {
	if r.isResident(a.To) {
		a.handOver(r)
		return
	}
	x := r.relays[a.Packet.ID()]
	if x == nil || x.to != a.From {
		return
	}
	x.timer.Stop()
	delete(r.relays, a.Packet.ID())
	r.svc.reply(x.in, a.Packet.Rewrite(xmlstream.Rewrite{
		From: xmlstream.Set(x.in.Packet.To()), To: xmlstream.Set(x.in.From.String()), ID: xmlstream.Set(x.in.Packet.ID()),
	}))
}

func (r *Room) failRelay(id string, err error) {
	if x := r.relays[id]; x != nil {
		x.timer.Stop()
		delete(r.relays, id)
		r.svc.refuse(x.in, err)
	}
}

// cancelRelays answers what o was asked, who has left.
func (r *Room) cancelRelays(o *occupant) {
	for id, x := range r.relays {
		if x.o == o {
			r.failRelay(id, xmppd.Errorf("item-not-found", "the occupant has left"))
		}
	}
}
