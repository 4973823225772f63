package telephony

import (
	"crypto/rand"
	"fmt"
	"time"

	"plenum/components/call"
	"plenum/xmppd/jid"
)

// A Record is a step of a call: somebody who was looked for in it, and what became of that. A call has one for each, which are a chain (B10).
type Record struct {
	ID     string // grows with the time at which it began
	Chain  string // the first of the call
	Parent string // that this one goes on from; empty for the first

	Began, Answered, Ended time.Time // the latter two zero when it was not, or is not yet

	Caller, Callee RecordParty
	Dialled        string
	Prefix         string // what of it says that the number is one outside; of a call from outside, what is dialled before the number to call back
	Team           string // ID of the team which was called, or for which the callee is rung
	Via            Via
	By             By // who has brought this step about
	Result         Result
	Detail         Detail
	Reason         string        // a call.Reason in words, where Result and Detail do not say it
	Voicemail      string        // ID of the message that was left
	Labels         Labels        // that the call has had until then
	Billing        BillingGroups // of the parties and the team, as they are when the row is stored
	InJournals
}

// InJournals says to whom a row is shown as a call of his. A call is one entry for each: what was only a step to another row is none for the caller.
type InJournals struct {
	OfCaller, OfCallee, OfTeam bool
	Missed                     bool // the callee, or the team, has missed the call
}

// RecordParty is one of the two. What is not known is empty.
type RecordParty struct {
	User         jid.JID
	Number, Name string
	Device       string // the telephone
	Location     string // to which that belongs
	Trunk        string
}

// Via is how the caller came to look for the callee.
type Via string

const (
	ViaDial      Via = "dial"
	ViaForward   Via = "forward"   // who was called has his calls forwarded to the callee
	ViaTransfer  Via = "transfer"  // a partner has passed the caller on, or goes on at another telephone
	ViaPickup    Via = "pickup"    // the callee has taken a call that rang at somebody else
	ViaQueue     Via = "queue"     // the caller has waited in the line of a team, for this member, or in vain
	ViaVoicemail Via = "voicemail" // the callee has not taken the call, his box does
)

// By is who has brought a step about, as the row before it knows them.
type By string

const (
	ByNobody By = ""
	ByCaller By = "caller"
	ByDst    By = "dst"    // the callee, or what he has set
	ByAgent  By = "agent"  // a member of a team: the one who is rung, or has passed the caller on
	ByAction By = "action" // what is set for who is not taken
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

// Detail says more about a result.
type Detail string

const (
	DetailNone      Detail = ""          // the server has ended it: see Reason
	DetailCaller    Detail = "caller"    // has hung up, or passed the other on
	DetailDst       Detail = "dst"       // the callee has done so; of a call that was not answered: he, or his telephones, did not take it
	DetailAbandon   Detail = "abandon"   // the caller has given up
	DetailElsewhere Detail = "elsewhere" // somebody else has taken the call
	DetailVoicemail Detail = "voicemail" // the callee's box has
)

// Inbound reports whether the caller is outside. A user's mobile telephone is not.
func (r *Record) Inbound() bool { return r.Caller.outside() }

// Internal reports whether both are inside.
func (r *Record) Internal() bool { return !r.Caller.outside() && !r.Callee.outside() }

func (p *RecordParty) outside() bool { return p.Trunk != "" && p.User.IsZero() }

// recordID makes the ID of the n-th row of a call.
func recordID(now time.Time, n int) string {
	return fmt.Sprintf("%s-%04d%s", recordTime(now), n, rand.Text()[:10])
}

// recordTime is what the IDs of a time begin with, less than all of later ones.
func recordTime(t time.Time) string { return fmt.Sprintf("%011x", max(0, t.UnixMilli())) }

// toTeam reports whether the row is that of a team, and not of a member.
func (r *Record) toTeam() bool { return r.Team != "" && r.Callee.User.IsZero() }

// forMember reports whether the row is that of a member who is rung for a team.
func (r *Record) forMember() bool { return r.Via == ViaQueue && r.By == ByAgent }

// end closes the row. goesOn says that the caller goes on with another one.
func (r *Record) end(now time.Time, result Result, detail Detail, reason string, goesOn bool) {
	r.Ended, r.Result, r.Detail, r.Reason = now, result, detail, reason
	talked := !r.Answered.IsZero() && !r.toTeam() // not to music
	r.InJournals = InJournals{
		OfCaller: talked || !goesOn && !r.forMember(),
		OfCallee: !r.Callee.User.IsZero() && detail != DetailVoicemail, // that has a row of its own
		OfTeam:   r.Team != "" && (talked || r.toTeam() && r.Answered.IsZero()),
	}
	switch {
	case r.Caller.User == r.Callee.User && !r.Caller.User.IsZero():
	case r.Via == ViaVoicemail:
		r.Missed = true
	case result == ResultNoAnswer && (r.OfCallee || r.OfTeam):
		r.Missed = detail == DetailAbandon || detail == DetailDst && reason != call.Declined.String() && reason != call.Forbidden.String()
	}
}

func recordShown(p call.Party) RecordParty {
	return RecordParty{User: p.JID.Bare(), Number: p.Number, Name: p.Name}
}
