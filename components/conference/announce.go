package conference

import (
	"crypto/rand"
	"fmt"
	"hash/maphash"
	"strconv"
	"time"

	"plenum/components/muc"
	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

const (
	nsHints = "urn:xmpp:hints"
	nsCaps  = "http://jabber.org/protocol/caps"
)

// headline is what conferences send: whoever is not there does not need it.
var headline = xmlstream.MustParse("<message type='headline'><no-store xmlns='" + nsHints + "'/></message>")

// say sends something to one client.
func (m *meeting) say(l *listener, payload []byte) {
	if l.to == nil { // at a telephone
		return
	}
	m.svc.srv.Fanout(headline, m.addr, payload, []*xmppd.Recipient{l.to})
}

// element is <name xmlns='…' attributes/>, or its beginning when it is left open. Empty values are left out.
func element(b []byte, name string, attrs ...string) []byte {
	b = append(append(append(b, '<'), name...), " xmlns='"+NSConference+"'"...)
	return attributes(b, attrs...)
}

func attributes(b []byte, attrs ...string) []byte {
	for i := 0; i < len(attrs); i += 2 {
		if attrs[i+1] != "" {
			b = xmlstream.AppendAttr(b, attrs[i], attrs[i+1])
		}
	}
	return b
}

func closed(b []byte) []byte { return append(b, "/>"...) }

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05Z")
}

// tell gives everybody the state as it is.
func (m *meeting) tell() {
	m.armed = false
	m.tellState(&m.state)
	m.show()
}

// tellState tells everybody the state when that has changed for him. In a conference of many, who knows all participants is told those of whom there
// is news alone: else each change would cost the square of their number.
func (m *meeting) tellState(s *state) {
	everybody, news, f := m.roster(), m.news(), m.count()
	for _, l := range m.listeners {
		if !l.watches && (l.part == nil || !l.part.understands()) {
			l.follows = false
			continue
		}
		head := m.headFor(s, l, f)
		switch {
		case l.isOutside() || !l.follows:
			if b := m.whole(head, l, everybody); l.learns(m, b) {
				m.say(l, b)
			}
			if l.follows = !l.isOutside(); l.follows {
				l.learns(m, head)
			}
		case l.learns(m, head) || len(news) > 0:
			if len(m.people) > many {
				m.say(l, filled(attributes(head, "part", "true"), news))
			} else {
				m.say(l, filled(head, everybody))
			}
		}
	}
}

// learns reports whether a state is another than the client was told last.
func (l *listener) learns(m *meeting, state []byte) bool {
	sum := maphash.Bytes(m.seed, state)
	was := l.told
	l.told = sum
	return was != sum
}

// roster is all participants, as those see them who may.
func (m *meeting) roster() (b []byte) {
	for _, p := range m.listed() {
		b = m.append(b, p)
	}
	return b
}

// news is what of the roster is another than it was when asked last: all participants of a nick when one of them is, and nicks that are gone.
func (m *meeting) news() (b []byte) {
	now := make(map[string]string, len(m.people))
	for _, p := range m.listed() {
		now[p.nick()] += string(m.append(nil, p))
	}
	said := make(map[string]bool)
	for _, p := range m.listed() {
		if nick := p.nick(); now[nick] != m.known[nick] && !said[nick] {
			b, said[nick] = append(b, now[nick]...), true
		}
	}
	for nick := range m.known {
		if _, here := now[nick]; !here {
			b = closed(attributes(append(b, "<participant"...), "nick", nick, "state", "gone"))
		}
	}
	m.known = now
	return b
}

// append writes <participant/>.
func (m *meeting) append(b []byte, p *participant) []byte {
	where := p.place.String()
	if !p.ready || p.place == nowhere {
		where = "connecting"
	}
	hand := "false"
	if !p.hand.IsZero() {
		hand = stamp(p.hand)
	}
	screen := "off"
	if p.screen != nil && !p.screen.Blocked() {
		screen = "on"
	}
	b = append(b, "<participant"...)
	return closed(attributes(b, "nick", p.nick(), "id", p.id, "state", where, "moderator", strconv.FormatBool(m.moderates(p)),
		"guest", strconv.FormatBool(p.l.who.Guest), "phone", strconv.FormatBool(p.phone || p.twin != nil), "audio", p.audio(), "video", p.video(),
		"screen", screen, "hand", hand, "quality", p.quality))
}

// isOutside reports whether a client is kept from knowing who is there: a guest who does not take part.
func (l *listener) isOutside() bool {
	return l.who.Guest && (l.part == nil || l.part.place != takesPart)
}

// headFor is the beginning of <conference/> for one client.
func (m *meeting) headFor(s *state, l *listener, f figures) []byte {
	you := nowhere
	if l.part != nil {
		you = l.part.place
	}
	people, waiting := strconv.Itoa(f.people), strconv.Itoa(f.waiting)
	if l.isOutside() {
		people, waiting = "", ""
	}
	return element(make([]byte, 0, 512), "conference", "state", s.phase.String(), "since", stamp(s.since), "locked", strconv.FormatBool(s.locked),
		"you", you.String(), "moderator", strconv.FormatBool(m.svc.moderates(m.room, &l.who)), "reason", s.reason, "people", people, "waiting", waiting)
}

// whole is <conference/> with all that a client may know.
func (m *meeting) whole(head []byte, l *listener, everybody []byte) []byte {
	if l.isOutside() {
		everybody = nil
		if l.part != nil {
			everybody = m.append(nil, l.part)
		}
	}
	return filled(head, everybody)
}

func filled(head, participants []byte) []byte {
	b := make([]byte, 0, len(head)+len(participants)+16)
	b = append(append(append(b, head...), '>'), participants...)
	return append(b, "</conference>"...)
}

func (m *meeting) count() (f figures) {
	f.phase = m.state.phase
	for _, p := range m.listed() {
		if p.code != "" && p.twin == nil {
			f.codes++
		}
		switch p.place {
		case takesPart:
			f.people++
		case waits, knocks:
			f.waiting++
		}
	}
	return f
}

// publish makes known to others what they ask without waiting for the meeting.
func (m *meeting) publish() {
	f := m.count()
	if f != *m.figures.Swap(&f) {
		m.svc.here.signal()
	}
	silent := map[jid.JID]bool{}
	for _, p := range m.people {
		if p.caller == nil && p.l.who.Guest && (p.place == waits || p.place == knocks) {
			silent[p.l.full] = true
		}
	}
	if len(silent) == 0 {
		m.silent.Store(nil)
		return
	}
	m.silent.Store(&silent)
}

// show has the room show what the conference is doing.
func (m *meeting) show() {
	f := m.count()
	m.showing.Store(m.svc.presence(m.room, f))
	m.svc.Rooms.ResidentChanged(m.room)
}

// presence is what a conference shows in its room; nil when it is not there: nobody is in it, and nobody from outside could come.
func (c *Service) presence(room jid.JID, f figures) *muc.Showing {
	public := c.public(room)
	running := f.phase == waiting || f.phase == live || f.phase == hold
	if c.Signalling == nil || !public && !running {
		return nil
	}
	show, en, de := "", "", ""
	switch f.phase {
	case waiting:
		show, en, de = "chat", guestsWait(f.waiting), gästeWarten(f.waiting)
	case hold:
		show, en, de = "chat", "On hold, "+guestsWait(f.waiting), "Unterbrochen, "+gästeWarten(f.waiting)
	case live:
		en, de = fmt.Sprintf("Conference: %d people", f.people), fmt.Sprintf("Konferenz: %d Personen", f.people)
		if f.people == 1 {
			en, de = "Conference: 1 person", "Konferenz: 1 Person"
		}
	default:
		show, en, de = "away", "Guests are let in", "Gäste haben Zutritt"
	}
	write := func(members bool) []byte {
		b := make([]byte, 0, 512)
		if show != "" {
			b = append(append(append(b, "<show>"...), show...), "</show>"...)
		}
		people, waiting := "", ""
		if members {
			// In the stanza's language, for clients that look no further; then in others.
			b = append(xmlstream.AppendText(append(b, "<status>"...), en), "</status>"...)
			b = append(xmlstream.AppendText(append(b, "<status xml:lang='de'>"...), de), "</status>"...)
			people, waiting = strconv.Itoa(f.people), strconv.Itoa(f.waiting)
		}
		b = append(b, "<c xmlns='"+nsCaps+"' hash='sha-1'"...)
		b = closed(attributes(b, "node", capsNode, "ver", c.info("").Hash()))
		return closed(element(b, "conference", "state", f.phase.String(), "people", people, "waiting", waiting, "public", strconv.FormatBool(public)))
	}
	return &muc.Showing{Lang: "en", ToAll: write(true), ToGuests: write(false)}
}

func guestsWait(n int) string {
	if n == 1 {
		return "1 guest is waiting"
	}
	return fmt.Sprintf("%d guests are waiting", n)
}

func gästeWarten(n int) string {
	if n == 1 {
		return "1 Gast wartet"
	}
	return fmt.Sprintf("%d Gäste warten", n)
}

func beginSlots(dominant string) []byte {
	return append(element(make([]byte, 0, 512), "slots", "dominant", dominant), '>')
}

const endSlots = "</slots>"

// noSlots is what everybody knows at the beginning: nothing comes.
var noSlots = string(beginSlots("")) + endSlots

// tellSlots tells a client what comes in which slot, when that has changed.
func (m *meeting) tellSlots(p *participant) {
	if !p.understands() || !p.ready {
		return
	}
	dominant := ""
	if d := m.byNumber(m.spoken.dominant); d != nil && p.place == takesPart {
		dominant = d.nick()
	}
	b := beginSlots(dominant)
	e, _ := p.endpoint.(sizer)
	for i, c := range p.picks {
		owner := m.byNumber(c.who)
		if owner == nil {
			continue
		}
		paused := ""
		if e != nil && e.Paused(i) {
			paused = "true"
		}
		b = closed(attributes(append(b, "<slot"...), "n", strconv.Itoa(i), "nick", owner.nick(), "media", kindName(c.kind), "paused", paused))
	}
	b = append(b, endSlots...)
	if string(b) != p.told {
		p.told = string(b)
		m.say(p.l, b)
	}
}

// summons is what the members of a group are told when somebody begins to wait: a sentence, and an invitation to join by a client that
// knows calls, or by the app (XEP-0482).
func (c *Service) summons(room jid.JID, nick string) []byte {
	id := rand.Text()
	b := xmlstream.AppendText([]byte("<body>"), nick+" is waiting in the conference.")
	b = append(attributes(append(b, "</body><invite xmlns='urn:xmpp:call-invites:0' audio='true' video='true'"...), "id", id), '>')
	b = closed(attributes(append(b, "<jingle"...), "sid", id, "jid", room.String()+"/"+Nick))
	if c.AppLink != nil {
		b = closed(attributes(append(b, "<external"...), "uri", c.AppLink(room)))
	}
	return append(b, "</invite><no-store xmlns='"+nsHints+"'/>"...)
}
