package muc

import (
	"strconv"

	"plenum/components/archive"
	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// past is a message that those who enter may be shown.
type past struct {
	id     archive.ID
	packet *xmlstream.Packet // as it was delivered,
	extra  []byte            // with this added: the stanza id
	at     moment
	from   jid.JID // full JID of the sender
}

// history is the last messages of a room, oldest first.
type history struct{ list []past }

// add appends a message and forgets what is beyond limit.
func (h *history) add(m past, limit int) {
	if limit == 0 || m.packet.Hints().Has(xmlstream.HintSubject) && !m.packet.Hints().Has(xmlstream.HintBody) {
		return
	}
	h.list = append(h.list, m)
	h.trim(limit)
}

// trim keeps the last n messages. The slice is copied now and then only.
func (h *history) trim(n int) {
	if len(h.list) <= n {
		return
	}
	drop := len(h.list) - n
	clear(h.list[:drop])
	h.list = h.list[drop:]
}

// retract forgets a message; of a certain sender only, unless by is zero.
func (h *history) retract(id string, by jid.JID) {
	n, ok := archive.ParseID(id)
	if !ok {
		return
	}
	for i, m := range h.list {
		if m.id == n && (by.IsZero() || m.from.Bare() == by) {
			h.list = append(h.list[:i:i], h.list[i+1:]...)
			return
		}
	}
}

// wanted is what a client asks of the history (XEP-0045#enter-managehistory); -1 and 0 mean that it does not say.
type wanted struct {
	chars, stanzas int
	since          moment
	said           bool
}

// parseWanted reads <history/>. The error is bad-request.
func parseWanted(e xmlstream.Element) (w wanted, err error) {
	w = wanted{chars: -1, stanzas: -1, said: true}
	number := func(name string) int {
		v, ok := e.Attr(name)
		if !ok {
			return -1
		}
		n, bad := strconv.Atoi(v)
		if bad != nil || n < 0 {
			err = xmppd.Errorf("bad-request", "%s is a number, 0 or more", name)
		}
		return n
	}
	w.chars, w.stanzas = number("maxchars"), number("maxstanzas")
	if s := number("seconds"); s >= 0 {
		w.since = now() - moment(min(int64(s), 1<<32))*1000
	}
	if v, ok := e.Attr("since"); ok {
		at, ok := parseMoment(v)
		if !ok {
			return w, xmppd.Errorf("bad-request", "since is a time such as 2002-10-13T23:58:37Z")
		}
		w.since = max(w.since, at)
	}
	return w, err
}

// pick is the largest part of the history that meets everything a client asks for.
func (h *history) pick(w wanted, limit int) []past {
	list := h.list
	if len(list) > limit {
		list = list[len(list)-limit:]
	}
	if !w.said {
		return list
	}
	first, chars := len(list), 0
	for first > 0 {
		m := &list[first-1]
		chars += m.packet.Size()
		if w.stanzas >= 0 && len(list)-first >= w.stanzas || w.chars >= 0 && chars > w.chars || m.at < w.since {
			break
		}
		first--
	}
	return list[first:]
}

// replay sends the history and the subject to a session that enters (XEP-0045#enter-history). What was said before a guest came
// is not for him.
func (r *Room) replay(s *session, w wanted) {
	defer r.sendSubject(s)
	if s.occupant.guest {
		return
	}
	to := []*xmppd.Recipient{s.to}
	named := r.sees(s.occupant)
	for _, m := range r.history.pick(w, r.cfg.History) {
		extra := r.appendDelay(append(make([]byte, 0, 384), m.extra...), m.at)
		if named {
			extra = append(extra, "<addresses xmlns='"+nsAddress+"'><address type='ofrom'"...)
			extra = append(xmlstream.AppendAttr(extra, "jid", m.from.String()), "/></addresses>"...)
		}
		r.send(m.packet, "", extra, to)
	}
}
