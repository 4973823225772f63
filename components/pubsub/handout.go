package pubsub

import (
	"time"

	"plenum/xmppd"
	"plenum/xmppd/jid"
)

// handout gives a session the last items of many owners in one lane, as its client takes them: there may be thousands.
type handout struct {
	session *xmppd.Session
	in      *interest
	lane    int
	owners  []jid.JID // who are left
	wants   func(node string) bool
	sent    *given
}

// handOut begins one. It runs in the lane, as do all that follow.
func (p *Service) handOut(x *xmppd.Session, in *interest, lane int, owners []jid.JID, wants func(node string) bool) {
	if len(owners) > 0 && x.Presence().Available {
		p.goOn(&handout{x, in, lane, owners, wants, in.give(lane)})
	}
}

// handoutLoad is of how many owners the nodes are read at a time.
const handoutLoad = 100

// goOn gives out what the client has room for. The rest follows when it has taken that; what was published meanwhile has come
// to it by itself.
func (p *Service) goOn(h *handout) {
	loaded := 0
	for len(h.owners) > 0 && h.session.Presence().Available {
		if !h.session.Roomy() {
			h.session.WhenRoomy(func() { p.engine.shards[h.lane].lane.post(func() { p.goOn(h) }) })
			return
		}
		if loaded == 0 {
			loaded = min(handoutLoad, len(h.owners))
			if err := p.engine.load(p.srv.Context(), h.owners[:loaded]); err != nil {
				p.complain("the last items cannot be sent", h.session.JID(), err)
				break
			}
		}
		p.sendLast(h.session, h.sent, h.owners[0], "", h.wants)
		h.owners = h.owners[1:]
		loaded--
	}
	p.given(h.in, h.lane, h.sent)
}

// give is called by who begins to give last items.
func (in *interest) give(lane int) *given {
	if in.given[lane] == nil {
		in.given[lane] = &given{serials: map[itemKey]int64{}}
	}
	in.given[lane].uses++
	return in.given[lane]
}

// given is called by who has given last items. What was given is remembered for a while, until nothing can come any more that is not
// newer.
func (p *Service) given(in *interest, lane int, g *given) {
	done := func() {
		if g.uses--; g.uses == 0 && in.given[lane] == g {
			in.given[lane] = nil
		}
	}
	if len(g.serials) == 0 {
		done()
		return
	}
	time.AfterFunc(settle, func() { p.engine.shards[lane].lane.post(done) })
}

// met gives an owner's sessions here the last items of contacts whom he sees from now on.
func (p *Service) met(owner jid.JID, contacts []jid.JID) {
	var by *[shards][]jid.JID // made for who wants items
	for _, x := range p.srv.Sessions(owner) {
		in := p.interestOf(x, false)
		if in == nil {
			continue
		}
		if by == nil {
			by = p.byShard(contacts)
		}
		for i, owners := range by {
			if len(owners) > 0 {
				p.engine.shards[i].lane.post(func() { p.handOut(x, in, i, owners, in.caps[i].Notify) })
			}
		}
	}
}

func (p *Service) byShard(contacts []jid.JID) *[shards][]jid.JID {
	var by [shards][]jid.JID
	for _, c := range contacts {
		if p.srv.IsHost(c.Domain()) {
			i := p.engine.shard(c).index
			by[i] = append(by[i], c)
		}
	}
	return &by
}
