package api

import (
	"context"
	"time"

	"plenum/components/telephony"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// Journal is the calls of users and teams, as they see them.
type Journal interface {
	List(ctx context.Context, user jid.JID, f telephony.JournalFilter) ([]telephony.JournalEntry, error)
	Entry(ctx context.Context, user jid.JID, id string) (telephony.JournalDetail, error)
	OfTeam(ctx context.Context, team string, f telephony.JournalFilter) ([]telephony.JournalEntry, error)
	TeamEntry(ctx context.Context, team, id string) (telephony.JournalDetail, error)
	Missed(ctx context.Context, user jid.JID) (int, error)
	See(ctx context.Context, user jid.JID, until time.Time) error
}

// JournalCall is a call as one of the two sees it, or the team. The telephones of others are not told.
type JournalCall struct {
	ID        string     `json:"id"`
	Began     time.Time  `json:"began"`
	Answered  *time.Time `json:"answered,omitempty"`
	Ended     *time.Time `json:"ended,omitempty"`
	Seconds   int        `json:"seconds" doc:"For which they have talked."`
	Incoming  bool       `json:"incoming"`
	Internal  bool       `json:"internal" doc:"Both are inside."`
	Outcome   string     `json:"outcome" enum:"accepted,missed,voicemail,elsewhere,forwarded,refused" doc:"missed: nobody has answered; voicemail: the box has taken it; elsewhere: somebody else has; refused: one has declined it, or the server has ended it."`
	With      CallParty  `json:"with" doc:"The other one; empty when he does not want to be shown."`
	Own       CallParty  `json:"own" doc:"Oneself, with the telephone; in the journal of a team who has taken the call, or the team."`
	Dialled   string     `json:"dialled"`
	Prefix    string     `json:"prefix" doc:"What is dialled before the number to call back, or was."`
	Team      string     `json:"team" doc:"ID of the team whose call this is; empty for none."`
	TeamName  string     `json:"teamName"`
	Via       string     `json:"via" enum:"dial,forward,transfer,pickup,queue,voicemail" doc:"How the caller came to look for the callee."`
	Voicemail string     `json:"voicemail" doc:"ID of the message that was left."`
}

// JournalPage is a part of a journal, the newest first.
type JournalPage struct {
	Items  []JournalCall `json:"items"`
	Next   string        `json:"next,omitempty" doc:"To be given as before for what is older; missing at the end."`
	Missed int           `json:"missed" doc:"Calls that one has missed and not seen, 999 at most; 0 in the journal of a team."`
	AsOf   time.Time     `json:"asOf" doc:"When this was so: what is to be noted as seen by POST /app/journal/seen."`
}

// JournalDetail is a call with what belongs to it.
type JournalDetail struct {
	JournalCall
	Labels []LabelValue `json:"labels" doc:"Of the call, those that are shown to users, sorted by name."`

	Steps []CallRecord  `json:"steps" doc:"Of the whole call, the oldest first: each below its parent."`
	Last  []JournalCall `json:"last" doc:"The last three calls with the other one before, the newest first; empty in the journal of a team."`
}

// JournalSeen notes what was seen.
type JournalSeen struct {
	Until time.Time `json:"until" doc:"asOf of the page that was shown; what has ended later stays unseen."`
}

type journalFilter struct {
	Scope   string `query:"scope" enum:",internal,external"`
	Side    string `query:"side" enum:",in,out" doc:"On which one is; without meaning in the journal of a team."`
	Outcome string `query:"outcome" enum:",accepted,missed,voicemail" doc:"Of an outgoing call, missed is that nobody has answered."`
	Text    string `query:"q" doc:"Part of a number, a name or a user, on either side."`
	From    string `query:"from" doc:"Begun not before this time (RFC 3339)."`
	Until   string `query:"until" doc:"Begun before this time (RFC 3339)."`
	Before  string `query:"before" doc:"Only what is older than the call with this ID."`
	Limit   int    `query:"limit" min:"1" max:"200" default:"50"`
}

type journalRequest struct{ journalFilter }

type journalEntryRequest struct {
	Entry string `path:"entry"`
}

type journalSeenRequest struct{ Body JournalSeen }

type teamJournalRequest struct {
	ID string `path:"id"`
	journalFilter
}

type teamJournalEntryRequest struct {
	ID    string `path:"id"`
	Entry string `path:"entry"`
}

func (f *journalFilter) query() (telephony.JournalFilter, error) {
	times, err := (&recordFilter{From: f.From, Until: f.Until}).query()
	return telephony.JournalFilter{
		Scope: telephony.Direction(f.Scope), Side: telephony.Side(f.Side), Outcome: telephony.Outcome(f.Outcome), Text: f.Text, From: times.From, Until: times.Until,
		Before: f.Before, Limit: f.Limit + 1, // one more, which says that there is more
	}, err
}

// journalPage reads a page.
func (a *API) journalPage(f *journalFilter, read func(telephony.JournalFilter) ([]telephony.JournalEntry, error)) (JournalPage, error) {
	page := JournalPage{AsOf: time.Now().UTC().Truncate(time.Millisecond)}
	q, err := f.query()
	if err != nil {
		return page, err
	}
	list, err := read(q)
	if len(list) > f.Limit {
		list = list[:f.Limit]
		page.Next = list[f.Limit-1].ID
	}
	page.Items = a.journalCalls(list)
	return page, err
}

func (a *API) journalCalls(list []telephony.JournalEntry) []JournalCall {
	calls := make([]JournalCall, len(list))
	for i, e := range list {
		calls[i] = a.journalCall(e)
	}
	return calls
}

func (a *API) journalCall(e telephony.JournalEntry) JournalCall {
	own := e.Callee
	if !e.Incoming {
		own = e.Caller
	}
	return JournalCall{
		ID: e.ID, Began: e.Began, Answered: timeOrNone(e.Answered), Ended: timeOrNone(e.Ended), Seconds: secondsOf(e.Record), Incoming: e.Incoming,
		Internal: e.Internal(), Outcome: string(e.Outcome), With: a.partyOf(e.With()), Own: a.partyOf(own), Dialled: e.Dialled, Prefix: e.Prefix,
		Team: e.Team, TeamName: a.teamName(e.Team), Via: string(e.Via), Voicemail: e.Voicemail,
	}
}

func (a *API) journalDetail(d telephony.JournalDetail, err error) (JournalDetail, error) {
	detail := JournalDetail{JournalCall: a.journalCall(d.JournalEntry), Steps: make([]CallRecord, len(d.Steps)), Last: a.journalCalls(d.Last)}
	shown := a.shownLabels()
	detail.Labels = labelsOf(d.Labels, shown)
	for i, r := range d.Steps {
		detail.Steps[i] = a.recordOf(r)
		detail.Steps[i].Labels, detail.Steps[i].Billing = labelsOf(r.Labels, shown), []string{}
	}
	return detail, err
}

func (a *API) ownJournal(ctx context.Context, req journalRequest) (JournalPage, error) {
	user := me(ctx).JID
	page, err := a.journalPage(&req.journalFilter, func(f telephony.JournalFilter) ([]telephony.JournalEntry, error) { return a.Journal.List(ctx, user, f) })
	if err != nil {
		return page, err
	}
	page.Missed, err = a.Journal.Missed(ctx, user)
	return page, err
}

func (a *API) ownJournalEntry(ctx context.Context, req journalEntryRequest) (JournalDetail, error) {
	return a.journalDetail(a.Journal.Entry(ctx, me(ctx).JID, req.Entry))
}

func (a *API) seeJournal(ctx context.Context, req journalSeenRequest) (none, error) {
	return none{}, a.Journal.See(ctx, me(ctx).JID, req.Body.Until)
}

func (a *API) teamJournal(ctx context.Context, req teamJournalRequest) (JournalPage, error) {
	if _, err := a.Directory.Teams.Get(req.ID); err != nil {
		return JournalPage{}, err
	}
	return a.journalPage(&req.journalFilter, func(f telephony.JournalFilter) ([]telephony.JournalEntry, error) {
		return a.Journal.OfTeam(ctx, req.ID, f)
	})
}

func (a *API) teamJournalEntry(ctx context.Context, req teamJournalEntryRequest) (JournalDetail, error) {
	return a.journalDetail(a.Journal.TeamEntry(ctx, req.ID, req.Entry))
}

func (a *API) ownTeamJournal(ctx context.Context, req teamJournalRequest) (JournalPage, error) {
	if err := a.memberOf(ctx, req.ID); err != nil {
		return JournalPage{}, err
	}
	return a.teamJournal(ctx, req)
}

func (a *API) ownTeamJournalEntry(ctx context.Context, req teamJournalEntryRequest) (JournalDetail, error) {
	if err := a.memberOf(ctx, req.ID); err != nil {
		return JournalDetail{}, err
	}
	return a.teamJournalEntry(ctx, req)
}

// memberOf refuses who is no member of a team, whether there is such a team or not.
func (a *API) memberOf(ctx context.Context, team string) error {
	t, err := a.Directory.Teams.Get(team)
	if err == nil {
		if _, member := t.Agent(me(ctx).JID); member {
			return nil
		}
	}
	return fault.New(fault.Forbidden, "only members see the calls of a team")
}
