package xmppd

import (
	"encoding/binary"

	"plenum/xmppd/cluster"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// Recipient is an addressee of many stanzas, such as a room's occupant, with what can be worked out once. It belongs to
// the goroutine that owns the list it is in.
type Recipient struct {
	JID     jid.JID // full, of a local domain
	to      string
	node    cluster.NodeID // where the session is, when not here
	session *Session
}

// NewRecipient finds the session of a full JID.
func (s *Server) NewRecipient(full jid.JID) *Recipient {
	r := &Recipient{JID: full, to: full.String()}
	s.Resolve(r)
	return r
}

// Resolve finds the session anew, for a full JID that another session may have by now, perhaps on another node. It reports whether
// there is one.
func (s *Server) Resolve(r *Recipient) bool {
	r.node = ""
	if r.session = s.Session(r.JID); r.session != nil {
		return true
	}
	for _, e := range s.remote(r.JID.Bare()) {
		if e.Resource == r.JID.Resource() {
			r.node = e.Node
			return true
		}
	}
	return false
}

// Fanout gives one stanza to many sessions: from replaces its 'from', and each gets its own 'to'. The packet is shared;
// extra children, if any, are the same for all. It skips hooks and archives: a room has its own. It returns the
// recipients that are gone; sessions lost on other nodes are reported to 'from' by an error stanza.
func (s *Server) Fanout(p *xmlstream.Packet, from string, extra []byte, list []*Recipient) (gone []*Recipient) {
	var far map[cluster.NodeID][]*Recipient
	c := newParcel(p, from, extra)
	for _, r := range list {
		if r.session != nil && r.session.push(entry{parcel: c, to: r.to}) {
			continue
		}
		if r.session != nil || r.node == "" {
			if !s.Resolve(r) || r.session != nil && !r.session.push(entry{parcel: c, to: r.to}) {
				gone = append(gone, r)
				continue
			}
			if r.session != nil {
				continue
			}
		}
		if far == nil {
			far = map[cluster.NodeID][]*Recipient{}
		}
		far[r.node] = append(far[r.node], r)
	}
	for node, rs := range far {
		if err := s.SendNode(node, kindFanout, marshalFanout(p, from, extra, rs)); err != nil {
			s.log.Warn("another node cannot be reached", "node", node, "err", err)
			gone = append(gone, rs...)
		}
	}
	return gone
}

const kindFanout = "fanout"

// marshalFanout is: from, extra, packet, and the full JIDs, each with its length before it.
func marshalFanout(p *xmlstream.Packet, from string, extra []byte, rs []*Recipient) []byte {
	b := appendField(nil, from)
	b = appendField(b, extra)
	b = appendField(b, p.Raw())
	for _, r := range rs {
		b = appendField(b, r.to)
	}
	return b
}

func appendField[T string | []byte](b []byte, f T) []byte {
	b = binary.AppendUvarint(b, uint64(len(f)))
	return append(b, f...)
}

func takeField(b []byte) (f, rest []byte, err error) {
	n, k := binary.Uvarint(b)
	if k <= 0 || uint64(len(b)-k) < n {
		return nil, nil, errEnvelope
	}
	return b[k : k+int(n) : k+int(n)], b[k+int(n):], nil
}

func (s *Server) receiveFanout(_ cluster.NodeID, b []byte) {
	var head [3][]byte
	var err error
	for i := range head {
		if head[i], b, err = takeField(b); err != nil {
			s.log.Error("a fan-out cannot be read", "err", err)
			return
		}
	}
	p, err := xmlstream.Parse(head[2], NSClient, xmlstream.S2S)
	if err != nil {
		s.log.Error("a fan-out cannot be read", "err", err)
		return
	}
	from := string(head[0])
	var extra []byte
	if len(head[1]) > 0 {
		extra = head[1]
	}
	c := newParcel(p, from, extra)
	for len(b) > 0 {
		var to []byte
		if to, b, err = takeField(b); err != nil {
			return
		}
		full, err := jid.Parse(string(to))
		if err != nil {
			continue
		}
		if x := s.Session(full); x == nil || !x.push(entry{parcel: c, to: x.jid.String()}) {
			s.fanoutLost(p, from, extra, full)
		}
	}
}

// fanoutLost tells the room that an occupant is gone. When another node has a session of his with this full JID by now, that one
// gets the stanza: he may be in the room again, and an error would put him out.
func (s *Server) fanoutLost(p *xmlstream.Packet, from string, extra []byte, full jid.JID) {
	if from == "" {
		from = p.From()
	}
	to := full.String()
	q := p.Rewrite(xmlstream.Rewrite{From: xmlstream.Set(from), To: xmlstream.Set(to), Append: extra})
	if s.toFull(q, full, nil) {
		return
	}
	if e := ErrorReply(q, Errorf("recipient-unavailable", "")); e != nil {
		s.Route(e)
	}
}
