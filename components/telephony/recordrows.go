package telephony

import (
	"maps"
	"slices"
	"strings"
	"time"

	"plenum/components/call"
	"plenum/xmppd/jid"
)

// rows keeps the rows of a call as it goes.
type rows struct {
	row     *Record             // the last; nil for none
	members map[jid.JID]*Record // of those who are, or were, rung for the team in whose line the caller waits
	box     jid.JID             // whose voicemail is called in this step; zero for none
	unheard string              // why who was called before did not take the call
	chain   string
	count   int
}

// A hop is a user whose forward leads a call on.
type hop struct {
	party call.Party
	to    string // what is dialled in his place
}

// open begins the first row of a call.
func (m *machine) open(now time.Time, p plan) {
	m.chain = m.id
	r := &Record{ID: m.id, Chain: m.id, Began: now, Dialled: p.dialled, Via: ViaDial}
	if ids := m.Legs(); len(ids) > 0 {
		r.Caller = m.recordParty(ids[0])
	}
	if r.Caller.outside() {
		r.Prefix = m.dialler.Prefix
	}
	m.look(now, r, p)
}

// look begins a row for whom a plan looks for, after one for each who is passed on the way to him.
func (m *machine) look(now time.Time, r *Record, p plan) {
	for _, h := range p.hops {
		r.Callee, m.row = recordShown(h.party), r
		m.row.end(now, ResultTransfer, DetailDst, "", true)
		m.save(m.row)
		r = m.follower(now, ViaForward, ByDst)
		r.Caller, r.Dialled = m.row.Caller, h.to
	}
	if r.Callee = p.callee(); p.team != nil {
		r.Team = p.team.ID
	}
	if prefix := p.prefix(); prefix != "" {
		r.Prefix = prefix
	}
	m.row, m.unheard = r, ""
	m.save(r)
}

// follower is a row that goes on from the last one.
func (m *machine) follower(now time.Time, via Via, by By) *Record {
	m.count++
	return &Record{ID: recordID(now, m.count), Chain: m.chain, Parent: m.row.ID, Began: now, Via: via, By: by}
}

func (m *machine) save(r *Record) {
	r.Labels = labelsOf(m.state.Labels)
	m.effects = append(m.effects, save{*r})
}

// shut ends the last row.
func (m *machine) shut(now time.Time, r Result, d Detail, reason string, goesOn bool) {
	m.row.end(now, r, d, reason, goesOn)
	m.save(m.row)
}

// passOn begins a row for whom the partner of a leg, which lets him go, is to talk to next.
func (m *machine) passOn(now time.Time, leg call.LegID, p plan) {
	ids := m.pair()
	if m.row == nil || ids[1] == "" {
		return
	}
	by, who, stays := ByCaller, DetailCaller, ids[1]
	if leg == ids[1] {
		by, who, stays = ByDst, DetailDst, ids[0]
	}
	if by == ByDst && m.row.forMember() {
		by = ByAgent
	}
	m.shut(now, ResultTransfer, who, "", true)
	r := m.follower(now, ViaTransfer, by)
	r.Caller, r.Dialled = m.recordParty(stays), p.dialled
	m.look(now, r, p)
}

// afterLine begins a row for where a team's caller goes on to whom it has not taken.
func (m *machine) afterLine(now time.Time, why call.Reason, p plan) {
	if m.row == nil {
		return
	}
	m.settle(now, jid.JID{}, DetailDst, why)
	m.shut(now, ResultNoAnswer, DetailDst, why.String(), true)
	r := m.follower(now, ViaQueue, ByAction)
	r.Caller, r.Dialled = m.row.Caller, p.dialled
	m.look(now, r, p)
}

// afterAction begins a row for where an action has the call go on to.
func (m *machine) afterAction(now time.Time, p plan) {
	if m.row == nil {
		return
	}
	if m.course.over {
		m.shut(now, ResultNoAnswer, DetailDst, m.course.why.String(), true)
	} else {
		m.shut(now, ResultTransfer, DetailDst, "", true)
	}
	r := m.follower(now, ViaForward, ByAction)
	r.Caller, r.Dialled = m.row.Caller, p.dialled
	m.look(now, r, p)
}

// account keeps the rows after a step.
func (m *machine) account(now time.Time, before [2]call.LegID, from call.LegID, e call.Event, orders []call.Order) {
	if m.row == nil || m.row.Result != ResultOpen {
		return
	}
	m.ringMemberRows(now)
	m.toBox(now)
	for _, o := range orders {
		if over, ok := o.Command.(call.Over); ok {
			m.over(now, before, from, e, over.Reason)
			return
		}
	}
	after := m.pair()
	if after == before || after[1] == "" {
		if m.waiting == nil { // the line has let him go
			m.settle(now, jid.JID{}, DetailDst, call.NoAnswer)
		}
		return
	}
	if m.inMenu(after[0]) || m.inMenu(after[1]) { // nobody has been reached yet
		return
	}
	_, adopted := e.(call.Adopt)
	m.reached(now, before, e, after, adopted)
}

// reached says who the caller's partner is now.
func (m *machine) reached(now time.Time, before [2]call.LegID, e call.Event, after [2]call.LegID, adopted bool) {
	callee := m.recordParty(after[1])
	switch {
	case m.row.toTeam() && m.row.Answered.IsZero() && (adopted || m.talks != nil && m.talks.leg == after[1]):
		m.lineTaken(now, callee, after[0], adopted)
	case adopted && !m.row.Answered.IsZero():
		who, by := replacing(before, e)
		m.shut(now, ResultTransfer, who, "", true)
		m.row = m.follower(now, ViaTransfer, by)
		m.row.Caller = m.recordParty(after[0])
	case adopted && callee.User != m.row.Callee.User: // who was called has not missed it
		m.shut(now, ResultNoAnswer, DetailElsewhere, "", true)
		m.row = m.follower(now, ViaPickup, ByNobody)
		m.row.Caller = m.recordParty(after[0])
	case m.row.Via == ViaVoicemail:
		callee = m.row.Callee
	}
	m.row.Answered, m.row.Callee = now, callee
	m.save(m.row)
}

// replacing says whose place a leg that was adopted has taken.
func replacing(before [2]call.LegID, e call.Event) (Detail, By) {
	if adopt, _ := e.(call.Adopt); adopt.Replaces == before[0] {
		return DetailCaller, ByCaller
	}
	return DetailDst, ByDst
}

// lineTaken ends the row of a team whose caller somebody has: a member who was rung, or who has picked him up.
func (m *machine) lineTaken(now time.Time, callee RecordParty, caller call.LegID, adopted bool) {
	m.row.Answered = now
	team := m.row.Team
	m.shut(now, ResultTransfer, DetailDst, "", true)
	r, rung := m.members[callee.User]
	if !rung {
		r = m.follower(now, ViaQueue, ByAgent)
		if adopted {
			r.Via, r.By = ViaPickup, ByNobody
		}
		r.Team, r.Caller = team, m.recordParty(caller)
	}
	m.settle(now, callee.User, DetailElsewhere, call.Elsewhere)
	m.row = r
}

// over ends the last row, and those of members, with the call.
func (m *machine) over(now time.Time, before [2]call.LegID, from call.LegID, e call.Event, why call.Reason) {
	gaveUp := from != "" && from == before[0]
	release, _ := e.(call.Release)
	members := DetailDst
	switch answered := !m.row.Answered.IsZero(); {
	case why == call.Transferred && release.Leg != "" && release.Leg == before[0]:
		m.shut(now, ResultTransfer, DetailDst, "", true)
	case why == call.Transferred:
		m.shut(now, ResultTransfer, DetailCaller, "", true)
	case !answered && gaveUp:
		members = DetailAbandon
		m.shut(now, ResultNoAnswer, DetailAbandon, "", false)
	case !answered && why == call.Removed, !answered && why == call.Expired:
		members = DetailNone
		m.shut(now, ResultNoAnswer, DetailNone, why.String(), false)
	case !answered:
		m.shut(now, ResultNoAnswer, DetailDst, why.String(), false)
	case gaveUp:
		m.shut(now, ResultHangup, DetailCaller, "", false)
	case from != "" && from == before[1]:
		m.shut(now, ResultHangup, DetailDst, "", false)
	default:
		m.shut(now, ResultHangup, DetailNone, why.String(), false)
	}
	m.settle(now, jid.JID{}, members, why)
}

// close ends the rows of a call that nobody carries on.
func (m *machine) close(now time.Time) {
	result := ResultHangup
	if m.row.Answered.IsZero() {
		result = ResultNoAnswer
	}
	m.shut(now, result, DetailNone, call.Unavailable.String(), false)
	m.settle(now, jid.JID{}, DetailNone, call.Unavailable)
}

// ringMemberRows begins rows for members of a team who are rung now. One who is rung again while the same caller waits has the same row.
func (m *machine) ringMemberRows(now time.Time) {
	if m.waiting == nil {
		return
	}
	for _, f := range m.waiting.rung {
		user := f.user
		if m.members[user] != nil {
			continue
		}
		r := m.follower(now, ViaQueue, ByAgent)
		r.Team, r.Caller = m.row.Team, m.row.Caller
		if u, ok := m.plan.people.Get(user); ok {
			r.Callee = recordShown(call.Party{JID: u.JID, Number: u.Extension, Name: u.Name})
		}
		if m.members == nil {
			m.members = make(map[jid.JID]*Record)
		}
		m.members[user] = r
		m.save(r)
	}
}

// settle ends the rows of members, other than the one who has taken the call.
func (m *machine) settle(now time.Time, taker jid.JID, d Detail, why call.Reason) {
	reason := ""
	if d == DetailDst || d == DetailNone {
		reason = why.String()
	}
	byID := func(a, b *Record) int { return strings.Compare(a.ID, b.ID) }
	for _, r := range slices.SortedFunc(maps.Values(m.members), byID) {
		if r.Callee.User != taker {
			r.end(now, ResultNoAnswer, d, reason, true)
			m.save(r)
		}
	}
	m.members = nil
}

// toBox begins a row for the voicemail that is called now in the place of its owner.
func (m *machine) toBox(now time.Time) {
	owner := m.box
	m.box = jid.JID{} // who is passed on to from there is not called in its place
	if owner.IsZero() || m.row.Via == ViaVoicemail {
		return
	}
	detail := DetailVoicemail
	if m.row.Callee.User != owner {
		detail = DetailDst
	}
	m.shut(now, ResultNoAnswer, detail, m.unheard, true)
	r := m.follower(now, ViaVoicemail, ByDst)
	r.Caller = m.row.Caller
	if u, ok := m.plan.people.Get(owner); ok {
		r.Callee = recordShown(call.Party{JID: u.JID, Number: u.Extension, Name: u.Name})
	} else if id, ok := TeamOfBox(m.plan.domain, owner); ok && m.plan.teams != nil {
		if t, err := m.plan.teams.Get(id); err == nil {
			r.Callee = RecordParty{Number: t.Extension, Name: t.Name}
		}
	}
	m.row = r
	m.save(r)
}

// callee is who is looked for; somebody outside by the trunk that is asked first.
func (p *plan) callee() RecordParty {
	r := recordShown(p.party)
	if line := p.line(); line != nil {
		r = RecordParty{Number: p.party.Number, Trunk: line.Trunk} // and not who has his calls forwarded there
	}
	return r
}

// line is the one by which somebody outside is called; nil when nobody is.
func (p *plan) line() *Line {
	for _, step := range p.steps {
		if t := &step[0]; !t.gate {
			if t.mobile() {
				return nil
			}
			return t.line
		}
	}
	return nil
}

func (p *plan) prefix() string {
	if line := p.line(); line != nil {
		return line.Prefix
	}
	return ""
}

// recordParty is who is at a leg. One who does not want to be shown is not.
func (m *machine) recordParty(leg call.LegID) RecordParty {
	r := recordShown(m.Party(leg))
	p := m.legs.get(leg)
	if p == nil {
		return r
	}
	r.User, r.Device, r.Trunk = p.owner(), p.Device, p.Trunk
	if r.Device != "" && m.plan.place != nil {
		r.Location = m.plan.place(r.Device)
	}
	if r.outside() && p.direction == call.Outgoing {
		r.Name = "" // of who has his calls forwarded there
	}
	return r
}
