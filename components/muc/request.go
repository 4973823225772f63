package muc

import (
	"plenum/xmppd"
	"plenum/xmppd/xmlstream"

	"plenum/components/archive"
	"plenum/components/disco"
)

// request is an IQ of type get or set.
type request struct {
	stanza
	payload xmlstream.Element
}

type requestKey struct{ typ, space, local string }

// requests are what a room answers.
var requests = map[requestKey]func(*Room, request){
	{xmppd.Get, disco.NSInfo, "query"}:  (*Room).info,
	{xmppd.Get, disco.NSItems, "query"}: (*Room).items,
	{xmppd.Get, NSAdmin, "query"}:       (*Room).listed,
	{xmppd.Set, NSAdmin, "query"}:       (*Room).administer,
	{xmppd.Get, NSOwner, "query"}:       (*Room).configuration,
	{xmppd.Set, NSOwner, "query"}:       (*Room).configure,
	{xmppd.Get, nsRegister, "query"}:    (*Room).registration,
	{xmppd.Set, nsRegister, "query"}:    (*Room).register,
	{xmppd.Set, nsModerate, "moderate"}: (*Room).moderate,
	{xmppd.Get, nsPing, "ping"}:         (*Room).ping,
	{xmppd.Get, nsCard, "vCard"}:        (*Room).card,
	{xmppd.Set, nsCard, "vCard"}:        (*Room).setCard,
	{xmppd.Get, archive.NS, "query"}:    (*Room).archiveForm,
	{xmppd.Set, archive.NS, "query"}:    (*Room).archiveQuery,
	{xmppd.Get, archive.NS, "metadata"}: (*Room).archiveMetadata,
}

// roomRequest is a request to the room itself.
type toRoom struct {
	request
	answer func(*Room, request)
}

func roomRequest(q request) (event, error) {
	fn := requests[requestKey{q.Packet.Type(), q.payload.Space(), q.payload.Local()}]
	if fn == nil {
		return nil, xmppd.Errorf("service-unavailable", "")
	}
	return toRoom{q, fn}, nil
}

func (q toRoom) apply(r *Room) {
	if r.state == absent || r.state == locked && r.affiliation(q.From.Bare()) != Owner {
		r.svc.refuse(q.Stanza, xmppd.Errorf("item-not-found", "there is no such room"))
		return
	}
	if o := r.occupantOf(q.From); o != nil && o.guest && r.throttle(o) != nil {
		r.svc.refuse(q.Stanza, errThrottled)
		return
	}
	q.answer(r, q.request)
}

// ping answers for the room (XEP-0199).
func (r *Room) ping(q request) { r.svc.result(q.Stanza, nil) }
