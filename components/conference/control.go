package conference

import (
	"cmp"
	"context"
	"time"

	"plenum/components/call"
	"plenum/components/media"
	"plenum/components/muc"
	"plenum/xmppd"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// demand is a request in the namespace of conferences.
type demand struct {
	iq      *xmppd.IQ
	who     muc.OccupantInfo
	request any
}

func (d demand) apply(m *meeting) {
	payload, err := m.answer(d.iq.From, &d.who, d.request)
	if err != nil {
		d.iq.Error(err)
		return
	}
	d.iq.Result(payload)
}

// answer does what a client wants.
func (m *meeting) answer(full jid.JID, who *muc.OccupantInfo, request any) (payload []byte, err error) {
	if _, ok := request.(watchRequest); ok {
		l := m.listener(full, who)
		l.watches, l.follows = true, false
		b := m.whole(m.headFor(&m.state, l, m.count()), l, m.roster())
		l.learns(m, b)
		return b, nil
	}
	if c, ok := request.(controlRequest); ok {
		return nil, m.control(&c, who)
	}
	var p *participant
	if l := m.listeners[full]; l != nil {
		p = l.part
	}
	if p == nil {
		return nil, xmppd.Errorf("unexpected-request", "you are not in the conference")
	}
	p.speaks = true
	switch r := request.(type) {
	case phoneRequest:
		return m.tellPhone(p)
	case viewRequest:
		p.view = &r
		m.stale = true
	case statusRequest:
		if !p.statuses.take(time.Now()) {
			return nil, &xmppd.StanzaError{Type: "wait", Condition: "policy-violation", Text: "you change too often"}
		}
		err = m.says(p, &r)
		m.touched()
	}
	return nil, err
}

// statusesPerMinute is how often somebody may say what he publishes: everybody is told.
const statusesPerMinute = 60

// says takes note of what a client says about itself. When it must not share its screen that is the error; the rest holds.
func (m *meeting) says(p *participant, s *statusRequest) (err error) {
	now := time.Now()
	if s.screen == "on" {
		err = m.mayShare(p)
	}
	if s.audio != "" && p.noAudio.says(s.audio == "on", now) {
		p.said.audio = s.audio
	}
	if s.video != "" && p.noVideo.says(s.video == "on", now) {
		p.said.video = s.video
	}
	if s.screen == "off" {
		p.noScreen.says(false, now)
		if m.sharer == p {
			m.sharer = nil
		}
	}
	switch believed := s.hand != "" && p.noHand.says(s.hand == "true", now); {
	case !believed:
	case s.hand == "false" && p.isMute() && p.said.hand != "true": // the telephone has raised it, and the page does not know yet
	case s.hand == "false":
		p.hand = time.Time{}
	case p.hand.IsZero():
		p.hand = now.UTC()
	}
	p.said.hand = cmp.Or(s.hand, p.said.hand)
	p.guard(m)
	return err
}

// screenWithin is how soon a screen has to come that was announced.
const screenWithin = 15 * time.Second

// mayShare gives a participant the right to share a screen: there is one at a time. A moderator takes it over from whoever has it.
func (m *meeting) mayShare(p *participant) error {
	now := time.Now()
	switch {
	case p.place != takesPart:
		return xmppd.Errorf("forbidden", "you do not take part yet")
	case p.voiceless():
		return xmppd.Errorf("forbidden", "you have no voice in this room")
	case !p.noScreen.says(true, now):
		return xmppd.Errorf("forbidden", "your screen was stopped a moment ago by %s", p.noScreen.by)
	case m.sharer == p:
		return nil
	case m.sharer != nil && !m.moderates(p):
		return xmppd.Errorf("conflict", "%s shares a screen already", m.sharer.nick())
	case m.sharer != nil:
		m.stopScreen(m.sharer, p.nick(), "taken")
	}
	m.sharer, m.sharedAt = p, now
	return nil
}

// screenCame lets others see a screen, unless its owner must not share it.
func (m *meeting) screenCame(p *participant) {
	if err := m.mayShare(p); err != nil {
		by, why := p.noScreen.by, ""
		if m.sharer != nil {
			by, why = m.sharer.nick(), "busy"
		}
		m.say(p.l, closed(element(nil, "stop", "media", "screen", "by", by, "reason", why)))
	}
}

// stopScreen ends the right to share a screen: a moderator has stopped it, or has taken it over.
func (m *meeting) stopScreen(p *participant, by, why string) {
	p.noScreen = ban{by: by, at: time.Now()}
	if m.sharer == p {
		m.sharer = nil
	}
	p.guard(m)
	m.say(p.l, closed(element(nil, "stop", "media", "screen", "by", by, "reason", why)))
}

// moderates reports whether a participant is a moderator.
func (m *meeting) moderates(p *participant) bool { return m.svc.moderates(m.room, &p.l.who) }

// control carries out what only moderators may do, whether they take part or not.
func (m *meeting) control(c *controlRequest, who *muc.OccupantInfo) error {
	switch {
	case !m.svc.moderates(m.room, who):
		return xmppd.Errorf("forbidden", "only moderators do that")
	case !m.state.running():
		return xmppd.Errorf("unexpected-request", "there is no conference")
	}
	var p *participant
	if c.nick != "" {
		if p = m.byNick(c.nick); p == nil {
			return xmppd.Errorf("item-not-found", "there is nobody of that name in the conference")
		}
	}
	defer m.touched()
	switch c.do {
	case "mute":
		m.mute(p, who.Nick)
	case "mute-all":
		for _, other := range m.listed() {
			if other.id != who.ID && other.audio() == "on" {
				m.mute(other, who.Nick)
			}
		}
	case "stop":
		m.stop(p, c.kind, who.Nick)
	case "remove":
		return m.throwOut(p, who)
	case "lock", "unlock":
		m.step(setLock{c.do == "lock"})
	case "admit":
		id := ""
		if p != nil {
			id = p.id
		}
		m.step(letIn{id})
		if p != nil && p.twin != nil {
			m.step(letIn{p.twin.id})
		}
	case "reject":
		if p.place != waits && p.place != knocks {
			return xmppd.Errorf("unexpected-request", "%s takes part already", p.nick())
		}
		nick, guest := p.nick(), p.l.who.Guest && p.caller == nil
		if p.twin != nil {
			m.step(turnsAway{p.twin.id})
		}
		m.step(turnsAway{p.id})
		if guest {
			m.kick(nick, who.Nick, "You were not let into the conference.")
		}
	case "lower":
		shown := p.shown()
		shown.hand, shown.noHand = time.Time{}, ban{by: who.Nick, at: time.Now()}
		if p.twin != nil {
			m.announce(p.twin, SayHandOff)
		}
		m.announce(p, SayHandOff)
	case "end":
		m.step(endsAll{})
	}
	return nil
}

func (m *meeting) mute(p *participant, by string) {
	if p.isMute() {
		p = p.twin
	}
	p.noAudio = ban{by: by, at: time.Now(), ack: p.audio() != "on"}
	p.guard(m)
	m.say(p.l, closed(element(nil, "mute", "by", by)))
	m.announce(p, SayMutedBy)
	if p.mic != nil && !p.speaks {
		p.leg.Send(call.Mute{Track: p.mic})
	}
}

func (m *meeting) stop(p *participant, kind media.Kind, by string) {
	if kind == media.Screen {
		m.stopScreen(p, by, "")
		return
	}
	p.noVideo = ban{by: by, at: time.Now(), ack: p.video() != "on"}
	p.guard(m)
	m.say(p.l, closed(element(nil, "stop", "media", "camera", "by", by)))
	if p.cam != nil && !p.speaks {
		p.leg.Send(call.Mute{Track: p.cam})
	}
}

// throwOut ends somebody's call and puts him out of the room. Moderators do it to those who are above them as little as in the room.
func (m *meeting) throwOut(p *participant, by *muc.OccupantInfo) error {
	if !p.l.who.Guest && p.l.who.Affiliation > by.Affiliation {
		return xmppd.Errorf("not-allowed", "%s stands above you in this group", p.nick())
	}
	nick := p.nick()
	for _, half := range []*participant{p.twin, p} {
		if half == nil {
			continue
		}
		if half.caller != nil && half.l.who.Guest {
			m.svc.removals.add(phoneKey(m.room, half.caller), time.Now().Add(m.svc.cfg.RemovedFor))
		}
		m.part(half, call.Removed)
		m.step(departs{id: half.id})
	}
	if p.caller == nil {
		m.kick(nick, by.Nick, "")
	}
	return nil
}

// kickAfter is how long somebody stays in the room whose call was ended, so that he hears of that first: a guest's stream ends with it.
const kickAfter = 300 * time.Millisecond

// kick puts somebody out of the room.
func (m *meeting) kick(nick, by, reason string) {
	kick := func(ctx context.Context) {
		if err := m.svc.Rooms.Kick(ctx, m.room, nick, by, reason); err != nil && !fault.Is(err, fault.NotFound) && ctx.Err() == nil {
			m.log.Error("a participant could not be put out of the room", "nick", nick, "err", err)
		}
	}
	time.AfterFunc(kickAfter, func() { m.svc.later("the removal of a participant", kick) })
}
