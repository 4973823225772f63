package api

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"plenum/components/audit"
	"plenum/components/directory"
	"plenum/components/telephony"
	"plenum/xmppd/jid"
)

// Calls are those that go on, and the records of all.
type Calls interface {
	Calls() []telephony.LiveCall
	// HangUp ends a call; fault.NotFound when it is over.
	HangUp(id string) error
	Records(context.Context, telephony.RecordQuery) ([]telephony.Record, error)
}

// CallParty is one of the two in a call. What is not known is empty.
type CallParty struct {
	User     string `json:"user" doc:"Address of the user."`
	Name     string `json:"name"`
	Number   string `json:"number"`
	Device   string `json:"device" doc:"Name of the telephone."`
	Location string `json:"location" doc:"Name of the location to which the telephone belongs."`
	Trunk    string `json:"trunk" doc:"Name of the trunk, for somebody outside and for a mobile telephone."`
}

// Call is a call that goes on.
type Call struct {
	ID       string     `json:"id"`
	Began    time.Time  `json:"began"`
	Answered *time.Time `json:"answered,omitempty" doc:"Missing: it rings."`
	Caller   CallParty  `json:"caller"`
	Callee   CallParty  `json:"callee"`
	Dialled  string     `json:"dialled"`
}

// CallPage is a part of the list of calls.
type CallPage struct {
	Items []Call `json:"items"`
	Total int    `json:"total"`
}

// CallRecord says what became of one party that was looked for in a call. A call that is passed on has several.
type CallRecord struct {
	ID        string     `json:"id"`
	Chain     string     `json:"chain" doc:"ID of the first record of the call."`
	Parent    string     `json:"parent" doc:"ID of the record that this one goes on from; empty for the first."`
	Began     time.Time  `json:"began"`
	Answered  *time.Time `json:"answered,omitempty"`
	Ended     *time.Time `json:"ended,omitempty"`
	Seconds   int        `json:"seconds" doc:"For which they have talked."`
	Direction string     `json:"direction" enum:"internal,inbound,outbound"`
	Caller    CallParty  `json:"caller"`
	Callee    CallParty  `json:"callee"`
	Dialled   string     `json:"dialled"`
	Prefix    string     `json:"prefix" doc:"What of it says that the number is one outside; of a call from outside, what is dialled before the number to call back."`
	Team      string     `json:"team" doc:"ID of the team which was called, or for which the callee is rung; empty for none."`
	TeamName  string     `json:"teamName"`
	Via       string     `json:"via" enum:"dial,forward,transfer,pickup,queue,voicemail" doc:"How the caller came to look for the callee."`
	By        string     `json:"by" enum:",caller,dst,agent,action" doc:"Who has brought that about, as the record before knows them: dst is the callee, agent a member of a team, action what is set for calls that are not taken."`
	Result    string     `json:"result" enum:",hangup,noanswer,transfer,interrupted" doc:"Empty: not over yet."`
	Detail    string     `json:"detail" enum:",caller,dst,abandon,elsewhere,voicemail" doc:"Who has hung up or passed the other on; of a call that was not answered: dst, when the callee or his telephones did not take it, abandon, when the caller gave up, elsewhere, when somebody else has taken it, voicemail, when the callee's box has. Empty: the server has ended it."`
	Reason    string     `json:"reason" doc:"In words, where result and detail do not say it: busy."`
	Voicemail string     `json:"voicemail" doc:"ID of the message that was left."`
	Missed    bool       `json:"missed" doc:"The callee, or the team, has missed the call."`

	Labels  []LabelValue `json:"labels" doc:"That the call has had until then, sorted by name; in journals those that are shown to users."`
	Billing []string     `json:"billing" doc:"Names of the permissions with billing.group that one of the two, or the team, had then; none in journals."`
}

// LabelValue is a label of a call.
type LabelValue struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// labelsOf are the labels of a call for which something holds.
func labelsOf(labels telephony.Labels, holds func(name string) bool) []LabelValue {
	list := []LabelValue{}
	values := labels.Values()
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if holds(name) {
			list = append(list, LabelValue{name, values[name]})
		}
	}
	return list
}

// shownLabels says which labels users see.
func (a *API) shownLabels() func(name string) bool {
	shown := make(map[string]bool)
	for _, o := range a.Directory.CallFlows.Labels() {
		shown[o.Name] = o.Label.Shown
	}
	return func(name string) bool { return shown[name] }
}

// RecordPage is a part of the records, the newest first.
type RecordPage struct {
	Items []CallRecord `json:"items"`
	Next  string       `json:"next,omitempty" doc:"To be given as before for what is older; missing at the end."`
	Days  int          `json:"days" doc:"For how many days records are kept."`
}

type callsRequest struct {
	Text string `query:"q" doc:"Part of a name or number."`
	page
}

type callRequest struct {
	ID string `path:"id"`
}

// recordFilter chooses records.
type recordFilter struct {
	Text      string `query:"q" doc:"Part of a number, a name or a user, on either side."`
	User      string `query:"user" doc:"Address of a user on either side."`
	Direction string `query:"direction" enum:",internal,external,inbound,outbound"`
	Outcome   string `query:"outcome" enum:",answered,missed"`
	Chain     string `query:"chain" doc:"Only the records of this call."`
	Billing   string `query:"billing" doc:"Name of a permission with billing.group."`
	From      string `query:"from" doc:"Begun not before this time (RFC 3339)."`
	Until     string `query:"until" doc:"Begun before this time (RFC 3339)."`
}

type recordsRequest struct {
	recordFilter
	Before string `query:"before" doc:"Only what is older than the record with this ID."`
	Limit  int    `query:"limit" min:"1" max:"200" default:"50"`
}

type recordTableRequest struct{ recordFilter }

func (a *API) calls(_ context.Context, req callsRequest) (CallPage, error) {
	words := strings.Fields(strings.ToLower(req.Text))
	page := CallPage{Items: []Call{}}
	for _, c := range a.Calls.Calls() {
		call := Call{ID: c.ID, Began: c.Began, Answered: timeOrNone(c.Answered), Caller: a.partyOf(c.Caller), Callee: a.partyOf(c.Callee), Dialled: c.Dialled}
		text := strings.ToLower(strings.Join([]string{call.Caller.Name, call.Caller.Number, call.Callee.Name, call.Callee.Number, call.Dialled}, "\n"))
		if !containsAll(text, words) {
			continue
		}
		if page.Total >= req.Offset && len(page.Items) < req.Limit {
			page.Items = append(page.Items, call)
		}
		page.Total++
	}
	return page, nil
}

func (a *API) hangUp(ctx context.Context, req callRequest) (none, error) {
	name := ""
	for _, c := range a.Calls.Calls() {
		if c.ID == req.ID {
			name = cmp.Or(c.Caller.Name, c.Caller.Number) + " – " + cmp.Or(c.Callee.Name, c.Callee.Number, c.Dialled)
		}
	}
	if err := a.Calls.HangUp(req.ID); err != nil {
		return none{}, err
	}
	note(ctx, audit.Entry{Action: "call.hangUp", Kind: "call", Object: req.ID, Name: name})
	return none{}, nil
}

func (a *API) partyOf(p telephony.RecordParty) CallParty {
	party := CallParty{User: p.User.String(), Name: p.Name, Number: p.Number, Device: p.Device, Location: p.Location, Trunk: p.Trunk}
	if name := a.Directory.Accounts.Name(p.User); name != "" {
		party.Name = name
	}
	if o, err := a.Directory.Objects.Get(directory.Devices, p.Device); err == nil {
		party.Device = o.Name
	}
	if o, err := a.Directory.Objects.Get(directory.Locations, p.Location); err == nil {
		party.Location = o.Name
	}
	if t, err := a.Directory.Trunks.Get(p.Trunk); err == nil {
		party.Trunk = t.Name
	}
	return party
}

func timeOrNone(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func (a *API) recordOf(r telephony.Record) CallRecord {
	record := CallRecord{
		ID: r.ID, Chain: r.Chain, Parent: r.Parent, Began: r.Began, Answered: timeOrNone(r.Answered), Ended: timeOrNone(r.Ended), Direction: "outbound",
		Caller: a.partyOf(r.Caller), Callee: a.partyOf(r.Callee), Dialled: r.Dialled, Prefix: r.Prefix, Team: r.Team, TeamName: a.teamName(r.Team),
		Via: string(r.Via), By: string(r.By), Result: string(r.Result), Detail: string(r.Detail), Reason: r.Reason, Voicemail: r.Voicemail, Missed: r.Missed,
		Labels: labelsOf(r.Labels, func(string) bool { return true }), Billing: append([]string{}, r.Billing.Names()...)}
	switch {
	case r.Internal():
		record.Direction = "internal"
	case r.Inbound():
		record.Direction = "inbound"
	}
	record.Seconds = secondsOf(r)
	return record
}

// secondsOf is for how long the two have talked.
func secondsOf(r telephony.Record) int {
	if r.Answered.IsZero() || !r.Ended.After(r.Answered) {
		return 0
	}
	return int(r.Ended.Sub(r.Answered) / time.Second)
}

// teamName is empty for a team that is no more.
func (a *API) teamName(id string) string {
	if id == "" {
		return ""
	}
	t, err := a.Directory.Teams.Get(id)
	if err != nil {
		return ""
	}
	return t.Name
}

// query is the filter as the records take it.
func (f *recordFilter) query() (telephony.RecordQuery, error) {
	q := telephony.RecordQuery{Text: f.Text, Direction: telephony.Direction(f.Direction), Chain: f.Chain, Billing: f.Billing}
	if f.Outcome != "" {
		answered := f.Outcome == "answered"
		q.Answered = &answered
	}
	var bad []FieldError
	if f.User != "" {
		var err error
		if q.User, err = jid.Parse(f.User); err != nil {
			bad = append(bad, FieldError{Field: "user", Code: codeFormat, Text: "this is no address"})
		}
	}
	for _, t := range []struct {
		field, text string
		into        *time.Time
	}{{"from", f.From, &q.From}, {"until", f.Until, &q.Until}} {
		if t.text == "" {
			continue
		}
		var err error
		if *t.into, err = time.Parse(time.RFC3339, t.text); err != nil {
			bad = append(bad, FieldError{Field: t.field, Code: codeFormat, Text: "want a time as in RFC 3339"})
		}
	}
	if len(bad) > 0 {
		return q, invalid(bad)
	}
	return q, nil
}

func (a *API) records(ctx context.Context, req recordsRequest) (RecordPage, error) {
	q, err := req.query()
	if err != nil {
		return RecordPage{}, err
	}
	q.Before, q.Limit = req.Before, req.Limit+1
	list, err := a.Calls.Records(ctx, q)
	if err != nil {
		return RecordPage{}, err
	}
	page := RecordPage{Items: make([]CallRecord, 0, len(list)), Days: int(a.KeepRecords / (24 * time.Hour))}
	if len(list) > req.Limit { // there is more
		list = list[:req.Limit]
		page.Next = list[req.Limit-1].ID
	}
	for _, r := range list {
		page.Items = append(page.Items, a.recordOf(r))
	}
	return page, nil
}
