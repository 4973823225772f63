package telephony

import (
	"crypto/rand"
	"fmt"
	"time"

	"plenum/components/call"
	"plenum/xmppd/jid"
)

// A Record says what became of one party that was looked for in a call. A call that is passed on has several, which are a chain.
type Record struct {
	ID     string // grows with the time at which it began
	Chain  string // the first of the call
	Parent string // that this one goes on from; empty for the first

	Began, Answered, Ended time.Time // the latter two zero when it was not, or is not yet

	Caller, Callee RecordParty
	Dialled        string
	Via            Via
	Result         Result
	Detail         string // of a call that was answered, who has hung up: caller, callee; else a call.Reason in words
}

// RecordParty is one of the two. What is not known is empty.
type RecordParty struct {
	User         jid.JID
	Number, Name string
	Device       string // the telephone
	Trunk        string
}

// Via is how the caller came to look for the callee.
type Via string

const (
	ViaDial     Via = "dial"
	ViaTransfer Via = "transfer"
	ViaPickup   Via = "pickup" // the callee has taken a call that rang at somebody else
	ViaQueue    Via = "queue"  // the caller has waited in the line of a team, for this member, or in vain
)

// Result is how a row has ended.
type Result string

const (
	ResultOpen        Result = ""
	ResultHangup      Result = "hangup"      // they have talked
	ResultNoAnswer    Result = "noanswer"    // they have not
	ResultTransfer    Result = "transfer"    // the call went on with others
	ResultInterrupted Result = "interrupted" // the server has ended without warning
)

// Internal reports whether both were inside, Inbound whether the caller was not.
func (r *Record) Internal() bool { return r.Caller.Trunk == "" && r.Callee.Trunk == "" }
func (r *Record) Inbound() bool  { return r.Caller.Trunk != "" }

// rows keeps the rows of a call as it goes.
type rows struct {
	row   *Record // the last; nil for none
	chain string
	count int
}

// recordID makes the ID of the n-th row of a call.
func recordID(now time.Time, n int) string {
	return fmt.Sprintf("%s-%02d%s", recordTime(now), n, rand.Text()[:10])
}

// recordTime is what the IDs of a time begin with, less than all of later ones.
func recordTime(t time.Time) string { return fmt.Sprintf("%011x", t.UnixMilli()) }

// open begins the first row of a call.
func (m *machine) open(now time.Time, p plan) {
	m.chain = m.id
	m.row = &Record{ID: m.id, Chain: m.id, Began: now, Dialled: p.dialled, Via: ViaDial, Callee: p.callee()}
	if ids := m.Legs(); len(ids) > 0 {
		m.row.Caller = m.recordParty(ids[0])
	}
	m.effects = append(m.effects, save{*m.row})
}

// passOn begins a row for whom the partner of a leg is to talk to next.
func (m *machine) passOn(now time.Time, p plan) {
	if ids := m.pair(); m.row != nil && ids[1] != "" {
		m.shut(now, ResultTransfer, "")
		stays := ids[0]
		if m.legs.get(stays) != nil && m.legs.get(stays).User == m.dialler.User {
			stays = ids[1]
		}
		m.row = &Record{ID: m.nextID(now), Chain: m.chain, Parent: m.row.ID, Began: now, Dialled: p.dialled, Via: ViaTransfer,
			Caller: m.recordParty(stays), Callee: p.callee()}
		m.effects = append(m.effects, save{*m.row})
	}
}

// account keeps the row after a step.
func (m *machine) account(now time.Time, before [2]call.LegID, from call.LegID, e call.Event, orders []call.Order) {
	if m.row == nil || m.row.Result != ResultOpen {
		return
	}
	for _, o := range orders {
		over, ok := o.Command.(call.Over)
		switch {
		case !ok:
		case over.Reason == call.Transferred:
			m.shut(now, ResultTransfer, "")
		case m.row.Answered.IsZero():
			m.shut(now, ResultNoAnswer, over.Reason.String())
		case from != "" && from == before[0]:
			m.shut(now, ResultHangup, "caller")
		case from != "" && from == before[1]:
			m.shut(now, ResultHangup, "callee")
		default:
			m.shut(now, ResultHangup, over.Reason.String())
		}
	}
	after := m.pair()
	if m.Over() || after == before || after[1] == "" {
		return
	}
	if p := m.legs.get(after[1]); p != nil && p.target.gate { // nobody has been reached yet
		return
	}
	callee := m.recordParty(after[1])
	if _, adopted := e.(call.Adopt); !adopted && m.row.Answered.IsZero() && m.talks != nil && m.talks.leg == after[1] {
		m.row.Answered = now // the team has the call
		m.goesOn(now, ResultTransfer, "", ViaQueue, after[0])
	} else if adopted {
		switch {
		case !m.row.Answered.IsZero():
			m.goesOn(now, ResultTransfer, "", ViaTransfer, after[0])
		case callee.User != m.row.Callee.User: // who was called has not missed it
			m.goesOn(now, ResultNoAnswer, call.Elsewhere.String(), ViaPickup, after[0])
		}
	}
	m.row.Answered, m.row.Callee = now, callee
	m.effects = append(m.effects, save{*m.row})
}

// goesOn ends the row and begins another for whom the caller has now.
func (m *machine) goesOn(now time.Time, r Result, detail string, via Via, caller call.LegID) {
	m.shut(now, r, detail)
	m.row = &Record{ID: m.nextID(now), Chain: m.chain, Parent: m.row.ID, Began: now, Via: via, Caller: m.recordParty(caller)}
}

func (m *machine) nextID(now time.Time) string {
	m.count++
	return recordID(now, m.count)
}

// close ends the row of a call that nobody carries on.
func (m *machine) close(now time.Time) {
	result := ResultHangup
	if m.row.Answered.IsZero() {
		result = ResultNoAnswer
	}
	m.shut(now, result, call.Unavailable.String())
}

func (m *machine) shut(now time.Time, r Result, detail string) {
	m.row.Ended, m.row.Result, m.row.Detail = now, r, detail
	m.effects = append(m.effects, save{*m.row})
}

// callee is who is looked for; somebody outside by the trunk that is asked first.
func (p *plan) callee() RecordParty {
	r := recordShown(p.party)
	if len(p.steps) > 0 && len(p.steps[0]) > 0 && p.steps[0][0].line != nil && !p.steps[0][0].mobile() {
		r.Trunk = p.steps[0][0].line.Trunk
	}
	return r
}

func recordShown(p call.Party) RecordParty {
	return RecordParty{User: p.JID.Bare(), Number: p.Number, Name: p.Name}
}

// recordParty is who is at a leg. One who does not want to be shown is not.
func (m *machine) recordParty(leg call.LegID) RecordParty {
	r := recordShown(m.Party(leg))
	if p := m.legs.get(leg); p != nil {
		r.User, r.Device, r.Trunk = p.owner(), p.Device, p.Trunk
	}
	return r
}
