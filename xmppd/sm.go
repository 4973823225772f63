package xmppd

import (
	"context"
	"crypto/rand"
	"strconv"
	"sync/atomic"
	"time"

	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

var smRequest = []byte("<r xmlns='" + NSSM + "'/>")

// smState is the inbound half of stream management (XEP-0198); the outbound half is the queue.
type smState struct {
	on        atomic.Bool
	resumable atomic.Bool
	h         atomic.Uint32 // stanzas of the client that have been carried out, modulo 2^32
	expiry    *time.Timer   // guarded by Session.out.mu; runs while detached
	tally
}

// done is the count of what nobody holds.
var done = &count{done: true}

// handled counts a stanza once everything it caused is settled. The session's turn calls it for one after the other.
func (m *smState) handled() {
	c := done
	if m.next != nil {
		c, m.next = m.next, nil
	}
	if m.on.Load() && m.pass(c) {
		m.h.Add(1)
	}
}

// receiveNonza handles the elements of stream management. Others end the stream (RFC 6120 §4.9.3.24).
func (s *Session) receiveNonza(p *xmlstream.Packet) error {
	if p.Space() == NSSM {
		switch p.Local() {
		case "r":
			s.seq.Do(false, s.acknowledge)
			return nil
		case "a":
			return s.acked(p)
		case "enable":
			resume, _ := p.Attr("resume")
			s.seq.Do(true, func() { s.enableSM(resume == "true" || resume == "1") })
			return nil
		case "resume":
			s.nonza(smFailed("unexpected-request", -1))
			return nil
		}
	}
	for _, h := range s.srv.nonzas {
		if h.space == p.Space() && h.local == p.Local() {
			s.seq.Do(true, func() { h.fn(s, p) })
			return nil
		}
	}
	return &xmlstream.Error{Condition: "unsupported-stanza-type", Text: p.Local()}
}

// nonzaHandler is a component's interest in a first-level element that is no stanza.
type nonzaHandler struct {
	space, local string
	fn           func(*Session, *xmlstream.Packet)
}

// HandleNonza registers fn for first-level elements {space}local of bound sessions, such as client state indication.
func (s *Server) HandleNonza(space, local string, fn func(*Session, *xmlstream.Packet)) {
	s.mustRegister()
	s.nonzas = append(s.nonzas, nonzaHandler{space, local, fn})
}

// acknowledge answers <r/>. It runs in the session's turn, so that h covers only what is settled.
func (s *Session) acknowledge() {
	if s.sm.on.Load() && s.sm.pass(&count{done: true, request: true}) {
		s.answerRequest()
	}
}

// acked takes the client's <a/>. An h beyond what was sent ends the stream (XEP-0198#acking).
func (s *Session) acked(p *xmlstream.Packet) error {
	v, _ := p.Attr("h")
	h, err := strconv.ParseUint(v, 10, 32)
	if err != nil {
		return &xmlstream.Error{Condition: "bad-format", Text: "h is not a number below 2^32"}
	}
	s.out.mu.Lock()
	if !s.out.keep {
		s.out.mu.Unlock()
		return nil
	}
	before, sent := s.out.acked, s.out.out
	ok := s.out.ack(uint32(h))
	more := s.out.advance(&s.srv.cfg)
	if ok && s.out.acked != before && s.out.wantsAck() { // what was written after the last request would otherwise wait for the next stanza
		s.out.asked, more = true, true
		s.out.push(rawEntry(smRequest, entNonza))
	}
	s.letGo(more, false)
	if !ok {
		return tooHigh(uint32(h), sent)
	}
	return nil
}

// tooHigh is the stream error for an h that claims more than was sent (XEP-0198#acking, "handled-count-too-high").
func tooHigh(h, sent uint32) *StreamError {
	return &StreamError{Condition: "undefined-condition",
		App: "<handled-count-too-high xmlns='" + NSSM + "' h='" + strconv.FormatUint(uint64(h), 10) + "' send-count='" + strconv.FormatUint(uint64(sent), 10) + "'/>"}
}

// enableSM switches stream management on. What was queued before is not counted.
func (s *Session) enableSM(resume bool) {
	if s.sm.on.Load() {
		s.nonza(smFailed("unexpected-request", -1))
		return
	}
	s.sm.resumable.Store(resume)
	s.sm.on.Store(true)
	b := append(make([]byte, 0, 128), "<enabled xmlns='"+NSSM+"'"...)
	if resume {
		b = xmlstream.AppendAttr(b, "id", s.sid)
		b = append(b, " resume='true'"...)
		b = xmlstream.AppendAttr(b, "max", strconv.Itoa(int(s.resumeTimeout()/time.Second)))
	}
	s.out.mu.Lock()
	s.out.uncount()
	s.out.keep = true
	s.out.mu.Unlock()
	s.nonza(append(b, "/>"...))
}

// smFailed is <failed/>; h is left out when negative.
func smFailed(condition string, h int64) []byte {
	b := append(make([]byte, 0, 160), "<failed xmlns='"+NSSM+"'"...)
	if h >= 0 {
		b = append(b, " h='"...)
		b = strconv.AppendInt(b, h, 10)
		b = append(b, '\'')
	}
	b = append(append(b, "><"...), condition...)
	return append(b, " xmlns='"+NSStanzas+"'/></failed>"...)
}

// detach is called by the reader when the connection is lost. A resumable session waits for its client; others end.
func (s *Session) detach() {
	if !s.sm.resumable.Load() || s.srv.closing.Load() {
		s.cut()
		s.end("", "")
		return
	}
	s.out.mu.Lock()
	w := s.wire
	s.wire = nil
	gone := s.out.closed || s.lost
	if !gone {
		if s.sm.expiry != nil {
			s.sm.expiry.Stop()
		}
		s.sm.expiry = time.AfterFunc(s.resumeTimeout(), func() {
			s.srv.metrics.expired.Add(1)
			s.end("connection-timeout", "")
		})
	}
	s.out.mu.Unlock()
	if w != nil {
		w.close()
	}
	if gone {
		s.end("", "")
		return
	}
	s.SetFlag(flagDetached, true)
	s.Log().Info("connection lost; the session can be resumed", "for", s.resumeTimeout())
}

// resume continues a session on a new connection (XEP-0198#resumption). It waits until everything that the client had sent
// on the old one is settled, so that h is final. The failure is the element to answer with; the client may go on with
// binding then. Turn is the right to read for the session (see readRight).
func (s *Server) resume(bare jid.JID, previd string, h uint32, w transport) (x *Session, turn uint32, failure []byte, err error) {
	for _, c := range s.users.get(bare) {
		if c.sid == previd {
			x = c
		}
	}
	if x == nil || !x.sm.resumable.Load() {
		return nil, 0, s.smElsewhere(bare, previd), nil
	}
	turn = x.reader.take() // what the old connection still brings is not handled any more: the client sends it again
	x.cut()
	ctx, cancel := context.WithTimeout(s.ctx, resumeSettle)
	defer cancel()
	if !x.settle(ctx) {
		x.detach()
		return nil, 0, smFailed("item-not-found", -1), nil
	}
	x.out.mu.Lock()
	if x.lost || x.out.closed || x.reader.holder.Load() != turn {
		hIn := int64(x.sm.h.Load())
		x.out.mu.Unlock()
		return nil, 0, smFailed("item-not-found", hIn), nil
	}
	if x.sm.expiry != nil {
		x.sm.expiry.Stop()
		x.sm.expiry = nil
	}
	if !x.out.ack(h) {
		sent := x.out.out
		x.out.mu.Unlock()
		x.detach()
		return nil, 0, nil, tooHigh(h, sent)
	}
	x.out.rewind()
	x.out.prepend(x.resumed())
	x.wire = w
	x.busy = true
	x.out.mu.Unlock()
	x.SetFlag(flagDetached|flagInactive, false) // XEP-0352#stream-resumption
	s.writers.add()
	go x.write()
	s.metrics.resumed.Add(1)
	return x, turn, nil, nil
}

// resumeSettle bounds how long a resumption waits for the store.
const resumeSettle = 10 * time.Second

func (s *Session) resumed() entry {
	b := append(make([]byte, 0, 128), "<resumed xmlns='"+NSSM+"'"...)
	b = xmlstream.AppendAttr(b, "previd", s.sid)
	b = append(b, " h='"...)
	b = strconv.AppendUint(b, uint64(s.sm.h.Load()), 10)
	return rawEntry(append(b, "'/>"...), entNonza)
}

// settle waits until nothing that the client sent is under way and no writer runs.
func (s *Session) settle(ctx context.Context) bool {
	done := make(chan struct{})
	go func() {
		s.seq.WaitBelow(1)
		select {
		case <-s.sm.drained():
		case <-ctx.Done():
			return
		}
		s.out.mu.Lock()
		for s.busy {
			wait := s.out.idle()
			s.out.mu.Unlock()
			<-wait
			s.out.mu.Lock()
		}
		s.out.mu.Unlock()
		close(done)
	}()
	select {
	case <-done:
		return true
	case <-ctx.Done():
		return false
	}
}

// smElsewhere is the failure for a session that is not here. If another node has it, that one is told to end it: what it
// holds goes to the offline store or is read from the archive.
func (s *Server) smElsewhere(bare jid.JID, previd string) []byte {
	for _, r := range s.remote(bare) {
		if r.SID == previd {
			s.kick(r.Node, bare, previd, "conflict", "the client has come back to another server", false)
		}
	}
	return smFailed("item-not-found", -1)
}

// probeAlive asks a silent client for a sign of life: an <r/> or, without stream management, a ping, which every client has
// to answer if only with an error (RFC 6120 §4.6.1, §8.2.3). A space would find out no more than that the network still stands.
func (s *Session) probeAlive() {
	if s.sm.on.Load() {
		s.nonza(smRequest)
		return
	}
	b := appendHead(nil, "iq", Get, rand.Text(), s.jid.Domain(), s.jid.String())
	s.Send(mustOwn(append(b, "><ping xmlns='urn:xmpp:ping'/></iq>"...)))
}
