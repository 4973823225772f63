package xmppd

import (
	"slices"
	"time"

	"plenum/xmppd/cluster"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/xmlstream"
)

// Messages for accounts of which no session takes messages are kept and delivered to the first that does (XEP-0160).
//
// A message leaves the store when the client has it: with stream management when the client has acknowledged it, else when it is
// written to the connection. Until then its row names the session that is delivering it, so that no other session gets it, and the
// row is free again when that session ends or its node dies. A message so is delivered twice only if the server dies between
// the acknowledgement and the deletion that follows.
//
// Spec: XEP-0160 1.0.1 complete
// Spec: XEP-0203 2.0 complete

const nsDelay = "urn:xmpp:delay"

func (s *Server) registerOffline() {
	s.AddFeature(ToServer, "msgoffline")
	s.OnNode(kindOffline, func(_ cluster.NodeID, payload []byte) {
		if bare, err := jid.ParseBytes(payload); err == nil {
			s.background("offline messages", func() { s.offline.arrived(bare) })
		}
	})
}

// kindOffline tells a node that messages were stored for an account that has a session there.
const kindOffline = "offline"

// keeps reports whether a message is stored for somebody who is not there. XEP-0160#types: of chat and normal messages all but
// those that hold chat states alone. XEP-0334: no-store forbids it and store demands it; no-permanent-store speaks of archives, and
// allows to hold a message until it is delivered. Receipts and markers are kept: without an archive the sender would never
// learn of them. What carries nothing at all is not kept.
func (o *offlineStore) keeps(p *xmlstream.Packet) bool {
	switch p.Type() {
	case "error", "groupchat", "headline":
		return false
	}
	h := p.Hints()
	if h.Has(xmlstream.HintNoStore) {
		return false
	}
	return h.Has(xmlstream.HintStore) || hasContent(p)
}

// accompanies are the namespaces of elements that only go along with others.
var accompanies = map[string]bool{
	"http://jabber.org/protocol/chatstates": true, "urn:xmpp:hints": true, nsStanzaID: true, nsDelay: true, "jabber:x:delay": true,
	"urn:xmpp:occupant-id:0": true, "http://jabber.org/protocol/nick": true,
}

func hasContent(p *xmlstream.Packet) bool {
	for e := range p.Children() {
		switch {
		case accompanies[e.Space()],
			e.Is(NSClient, "thread"),
			e.Is("urn:xmpp:receipts", "request"),
			e.Is("urn:xmpp:chat-markers:0", "markable"):
		default:
			return true
		}
	}
	return false
}

// add puts a message into the batch that the offline store is to keep. The batch fails with service-unavailable, as XEP-0160#flow
// asks, when too many messages wait for the account; that is known only when it is written.
func (o *offlineStore) add(b *store.Batch, ev *Message) error {
	if o.isFull(ev.Owner) {
		return errOfflineFull
	}
	o.insert(b, ev.Owner, storedMessage(ev, time.Now()), ev.StanzaID != "")
	return nil
}

// errOfflineFull says no more than for an account that does not exist.
var errOfflineFull = Errorf("service-unavailable", "")

// storedMessage is the message as it will be delivered: with its place in the archive and the time it came.
func storedMessage(ev *Message, now time.Time) []byte {
	extra := ev.StanzaIDElement()
	if !delayed(ev.Packet, ev.Owner.Domain()) {
		extra = append(extra, "<delay xmlns='"+nsDelay+"'"...)
		extra = xmlstream.AppendAttr(extra, "from", ev.Owner.Domain())
		extra = xmlstream.AppendAttr(extra, "stamp", now.UTC().Format("2006-01-02T15:04:05.000Z"))
		extra = append(extra, ">Offline Storage</delay>"...)
	}
	if len(extra) == 0 {
		return ev.Packet.Raw()
	}
	return ev.Packet.Rewrite(xmlstream.Rewrite{Append: extra}).Raw()
}

// delayed reports whether the message has waited here before: then the first time counts (XEP-0198#acking).
func delayed(p *xmlstream.Packet, domain string) bool {
	if !p.Hints().Has(xmlstream.HintDelay) {
		return false
	}
	for e := range p.Children() {
		if from, _ := e.Attr("from"); e.Is(nsDelay, "delay") && from == domain {
			return true
		}
	}
	return false
}

// claim is a stored message that a session is delivering.
type claim struct {
	id  int64
	pkt *xmlstream.Packet // as it lies in the session's queue
}

// sessionOffline is what a session has to do with the offline store; guarded by Session.out.mu.
type sessionOffline struct {
	claims []claim // delivered, not yet known to have arrived
	more   bool    // further messages wait until these have arrived
	read   []int64 // messages that the client finds in the archive
}

// flush gives a session the messages that wait for its account, in order; also gets copies. What does not fit into the session's
// queue follows when the rest has arrived.
func (o *offlineStore) flush(x *Session, also ...Target) {
	ctx, owner := o.srv.ctx, x.jid.Bare()
	if !o.srv.hasRoster(owner) {
		return
	}
	// One part after the other: two at a time would be claimed in one order and queued in another.
	x.flushing.Lock()
	defer x.flushing.Unlock()
	waiting, err := o.waiting(ctx, owner)
	if err != nil {
		x.Log().Error("offline messages cannot be read", "err", err)
		return
	}
	if len(waiting) == 0 {
		return
	}
	pl := o.plan(waiting, x.archiveRead())
	claims, err := o.claim(ctx, owner, x, pl)
	if err != nil {
		x.Log().Error("offline messages cannot be read", "err", err)
		return
	}
	if !x.pushClaims(claims, pl.more) {
		o.release(claims)
		return
	}
	for _, c := range claims {
		for _, t := range also {
			o.srv.toTarget(t, c.pkt, nil)
		}
	}
}

// plan says what a session does with the messages that wait.
type offlinePlan struct {
	last int64            // take all up to this id
	drop []int64          // remove: the client has read them in the archive
	dead []cluster.NodeID // free what these have claimed
	more bool             // there are others after last
}

// plan takes as many messages as half of a session's queue holds, so that a client that reads slowly is not cut off for it.
func (o *offlineStore) plan(waiting []waitingMessage, read []int64) offlinePlan {
	var pl offlinePlan
	bytes, n := 0, 0
	cfg := &o.srv.cfg
	for _, w := range waiting {
		if w.node != "" {
			if !o.deadNode(w.node) {
				continue
			}
			if !slices.Contains(pl.dead, w.node) {
				pl.dead = append(pl.dead, w.node)
			}
		}
		if w.archived && slices.Contains(read, w.id) {
			pl.drop = append(pl.drop, w.id)
			continue
		}
		if n > 0 && (bytes+w.size > cfg.QueueBytes/2 || n+1 > cfg.QueueStanzas/2) {
			pl.more = true
			break
		}
		pl.last = w.id
		bytes += w.size
		n++
	}
	return pl
}

func (o *offlineStore) deadNode(id cluster.NodeID) bool {
	return id != o.srv.node.ID && !slices.Contains(o.srv.node.Peers(), id)
}

// pushClaims queues stored messages and notes when they have arrived. It reports false, and does nothing, when the session is over.
func (s *Session) pushClaims(claims []claim, more bool) bool {
	s.out.mu.Lock()
	if s.lost || s.out.closed {
		s.out.mu.Unlock()
		return false
	}
	if len(claims) == 0 {
		s.out.mu.Unlock()
		return true
	}
	if s.offline == nil {
		s.offline = &sessionOffline{}
	}
	for _, c := range claims {
		s.out.push(stanzaEntry(c.pkt, nil))
	}
	s.offline.claims = append(s.offline.claims, claims...)
	s.offline.more = s.offline.more || more
	s.out.watch(s.claimsArrived)
	start := !s.busy && s.wire != nil
	if start {
		s.busy = true
	}
	s.out.mu.Unlock()
	if start {
		s.srv.writers.add()
		go s.write()
	}
	return true
}

// claimsArrived is called, with out.mu held, when all claimed messages have left the queue.
func (s *Session) claimsArrived() {
	s.srv.background("offline messages", func() { s.srv.offline.arrivedAt(s) })
}

// arrivedAt deletes what a session's client has got and sends what is next.
func (o *offlineStore) arrivedAt(x *Session) {
	x.out.mu.Lock()
	if x.out.watching() || x.offline == nil || x.lost {
		x.out.mu.Unlock() // more was queued behind it, or settle does it
		return
	}
	done, more := x.offline.claims, x.offline.more
	x.offline.claims, x.offline.more = nil, false
	x.out.mu.Unlock()
	o.remove(done)
	if more {
		o.flush(x)
	}
}

// settle is called with what has not arrived when a session ends. Stored messages among it are free again, those that have arrived
// are deleted; what remains is returned.
func (o *offlineStore) settle(x *Session, rest []entry) []entry {
	x.out.mu.Lock()
	var claims []claim
	if x.offline != nil {
		claims = x.offline.claims
		x.offline = nil
	}
	x.out.mu.Unlock()
	if len(claims) == 0 {
		return rest
	}
	open := make(map[*xmlstream.Packet]bool, len(claims))
	for _, c := range claims {
		open[c.pkt] = false
	}
	rest = slices.DeleteFunc(rest, func(e entry) bool {
		_, stored := open[e.pkt]
		if stored {
			open[e.pkt] = true
		}
		return stored
	})
	var done, back []claim
	for _, c := range claims {
		if open[c.pkt] {
			back = append(back, c)
		} else {
			done = append(done, c)
		}
	}
	o.remove(done)
	o.release(back)
	if len(back) > 0 {
		o.arrived(x.jid.Bare())
	}
	return rest
}

// arrived delivers what was stored while somebody became available.
func (o *offlineStore) arrived(bare jid.JID) {
	s := o.srv
	var first *Session
	var also []Target
	for _, x := range s.users.get(bare) {
		if p := x.Presence(); !NonNegative.includes(p) {
			continue
		}
		if first == nil {
			first = x
			continue
		}
		also = append(also, localTarget(x))
	}
	for _, r := range s.remote(bare) {
		if !r.Available || r.Priority < 0 {
			continue
		}
		if first == nil {
			if err := s.SendNode(r.Node, kindOffline, []byte(bare.String())); err != nil {
				s.log.Warn("another node cannot be reached", "node", r.Node, "err", err)
			}
			return
		}
		also = append(also, remoteTarget(bare, r))
	}
	if first != nil {
		o.flush(first, also...)
	}
}

// ReadsArchive notes that the client is about to query its archive (XEP-0313#business-storeret-user-archives): messages that wait for it and stand in the
// archive already are then not sent to it again when it becomes available, but removed. The archive calls it before it
// answers a query of the owner's own archive, in the session's turn.
func (s *Session) ReadsArchive() {
	if s.Presence().Available {
		return
	}
	waiting, err := s.srv.offline.waiting(s.srv.ctx, s.jid.Bare())
	if err != nil {
		s.Log().Error("offline messages cannot be read", "err", err)
		return
	}
	var read []int64
	for _, w := range waiting {
		if w.archived {
			read = append(read, w.id)
		}
	}
	if len(read) == 0 {
		return
	}
	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	if s.offline == nil {
		s.offline = &sessionOffline{}
	}
	s.offline.read = read
}

// archiveRead takes what ReadsArchive has noted.
func (s *Session) archiveRead() []int64 {
	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	if s.offline == nil {
		return nil
	}
	read := s.offline.read
	s.offline.read = nil
	return read
}
