package xmppd

import "plenum/xmppd/xmlstream"

// maxDeferred is how many stanzas wait for an inactive client before they are written all the same.
const maxDeferred = 100

// SetInactive says whether nobody looks at the client (XEP-0352). As long as that is so, presence and chat states wait in the queue
// until something goes out that cannot; nothing overtakes anything. A resumed session is active.
func (s *Session) SetInactive(on bool) {
	s.SetFlag(flagInactive, on)
	if on {
		return
	}
	s.out.mu.Lock()
	s.letGo(true, false)
}

// defers reports whether e need not wake the writer. The caller holds out.mu.
func (s *Session) defers(e *entry) bool {
	return s.Has(flagInactive) && !s.busy && s.wire != nil && s.out.n-s.out.written < maxDeferred && e.canWait()
}

// canWait reports whether a client that nobody looks at need not have e at once: presence, and chat states alone. Entering a room
// is not delayed by that, since it ends with the subject.
func (e *entry) canWait() bool {
	if e.kind != entStanza || e.pkt == nil {
		return false
	}
	switch e.pkt.Kind() {
	case xmlstream.Presence:
		return e.pkt.Type() == "" || e.pkt.Type() == "unavailable"
	case xmlstream.Message:
		return e.pkt.Type() != "error" && e.pkt.Hints().Has(xmlstream.HintChatStateOnly)
	}
	return false
}

func (e *entry) sender() string {
	if e.from != "" {
		return e.from
	}
	return e.pkt.From()
}

// supersedes reports whether e makes old, which nobody has got yet, useless. In rooms each presence counts.
func (e *entry) supersedes(old *entry) bool {
	return old.canWait() && e.pkt.Kind() == old.pkt.Kind() && e.sender() == old.sender() && e.to == old.to &&
		(e.pkt.Kind() == xmlstream.Presence || e.pkt.Type() == old.pkt.Type()) &&
		len(e.extra)+len(old.extra) == 0 && !(e.pkt.Hints() | old.pkt.Hints()).Any(xmlstream.HintMUCUser)
}

// supersede puts e in the place of an entry that waits and says what is no longer so; it reports false when there is none.
func (q *queue) supersede(e entry) bool {
	for i := q.written; i < q.n; i++ {
		if old := q.at(i); e.supersedes(old) {
			q.bytes += e.size - old.size
			*old = e
			return true
		}
	}
	return false
}
