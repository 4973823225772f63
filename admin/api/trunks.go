package api

import (
	"context"
	"crypto/rand"
	"net/url"
	"strconv"
	"strings"
	"time"

	"plenum/components/audit"
	"plenum/components/directory"
	"plenum/xmppd/fault"
)

// TrunkState says whether an account of a trunk can carry calls.
type TrunkState struct {
	Up    bool
	Since time.Time
	Error string
}

// TrunkStates knows how the accounts of trunks do.
type TrunkStates interface {
	// TrunkState returns the state of an account; false for one that nobody looks after, such as that of a trunk that is switched off.
	TrunkState(trunk, account string) (TrunkState, bool)
	// TryTrunk registers or asks the provider now, and returns the state that comes of it. fault.NotFound says that nobody looks after the account,
	// fault.Unavailable that ctx ended before the provider had answered.
	TryTrunk(ctx context.Context, trunk, account string) (TrunkState, error)
}

// trunkTrial is how long a provider may take to answer when an account is tried.
const trunkTrial = 20 * time.Second

// tryAccount asks the provider of an account now whether it works.
func (a *API) tryAccount(ctx context.Context, req accountRequest) (AccountState, error) {
	t, err := a.Directory.Trunks.Get(req.ID)
	if err != nil {
		return AccountState{}, err
	}
	if t.Account(req.Account) == nil {
		return AccountState{}, fault.New(fault.NotFound, "the trunk has no such account")
	}
	if a.TrunkStates == nil {
		return AccountState{}, fault.New(fault.NotFound, "nobody looks after trunks here: SIP is switched off")
	}
	ctx, cancel := context.WithTimeout(ctx, trunkTrial)
	defer cancel()
	state, err := a.TrunkStates.TryTrunk(ctx, req.ID, req.Account)
	if fault.Is(err, fault.Unavailable) {
		return AccountState{Account: req.Account, Error: err.Error()}, nil
	}
	if err != nil {
		return AccountState{}, err
	}
	return accountState(req.Account, state), nil
}

func accountState(account string, state TrunkState) AccountState {
	s := AccountState{Account: account, Up: state.Up, Error: state.Error}
	if !state.Since.IsZero() {
		s.Since = &state.Since
	}
	return s
}

func (a *API) trunks(_ context.Context, req trunksRequest) (TrunkPage, error) {
	words := strings.Fields(strings.ToLower(req.Text))
	page := TrunkPage{Items: []Trunk{}}
	for _, t := range a.Directory.Trunks.List() {
		text := t.Name
		for _, account := range t.Accounts {
			text += "\n" + account.Title + "\n" + account.Host
		}
		if !containsAll(strings.ToLower(text), words) {
			continue
		}
		if page.Total >= req.Offset && len(page.Items) < req.Limit {
			page.Items = append(page.Items, a.trunkOf(t))
		}
		page.Total++
	}
	return page, nil
}

// trunkOf is a trunk as the API shows it, without passwords.
func (a *API) trunkOf(t directory.Trunk) Trunk {
	answer := Trunk{ID: t.ID, Changed: t.Changed, ChangedBy: t.ChangedBy.String(), Revision: t.Revision, States: []AccountState{}, TrunkData: TrunkData{
		Name: t.Name, Enabled: t.Enabled, Kind: string(t.Kind), Accounts: []TrunkAccount{}, Country: t.Country, Area: t.Area, International: t.International,
		National: t.National, Prefix: t.Prefix, Format: string(t.Format), Inbound: []InboundRule{}, Outbound: []OutboundRule{}, MaxCalls: t.MaxCalls,
		Policy:   TrunkPolicy{International: t.Policy.International, Premium: t.Policy.Premium, Prefixes: listOf(t.Policy.Prefixes), PerHour: t.Policy.PerHour},
		Fallback: t.Fallback}}
	for _, x := range t.Accounts {
		answer.Accounts = append(answer.Accounts, TrunkAccount{
			ID: x.ID, Title: x.Title, Host: x.Host, Port: x.Port, Transport: x.Transport, Proxy: x.Proxy, Addresses: listOf(x.Addresses), Extension: x.Extension,
			User: x.User, HasPassword: x.HasPassword, Register: x.Register, Options: x.Options, CLIP: string(x.CLIP), CLIR: string(x.CLIR), ToHeader: x.ToHeader, Encrypt: x.Encrypt})
		if state, known := a.trunkState(t.ID, x.ID); known {
			answer.States = append(answer.States, accountState(x.ID, state))
		}
	}
	for _, r := range t.Inbound {
		answer.Inbound = append(answer.Inbound, InboundRule(r))
	}
	for _, r := range t.Outbound {
		answer.Outbound = append(answer.Outbound, OutboundRule(r))
	}
	return answer
}

func (a *API) trunkState(trunk, account string) (TrunkState, bool) {
	if a.TrunkStates == nil {
		return TrunkState{}, false
	}
	return a.TrunkStates.TrunkState(trunk, account)
}

// listOf is a list that is never null.
func listOf(list []string) []string { return append([]string{}, list...) }

// input is the form of the directory. New accounts get their IDs here, by which their passwords are found.
func (d *TrunkData) input() directory.TrunkInput {
	in := directory.TrunkInput{
		Name: d.Name, Enabled: d.Enabled, Kind: directory.TrunkKind(d.Kind), Passwords: map[string]string{}, Country: d.Country, Area: d.Area,
		International: d.International, National: d.National, Prefix: d.Prefix, Format: directory.NumberFormat(d.Format), MaxCalls: d.MaxCalls,
		Policy:   directory.TrunkPolicy{International: d.Policy.International, Premium: d.Policy.Premium, Prefixes: d.Policy.Prefixes, PerHour: d.Policy.PerHour},
		Fallback: d.Fallback}
	for _, x := range d.Accounts {
		if x.ID == "" {
			x.ID = strings.ToLower(rand.Text()[:16])
		}
		if x.Password != nil {
			in.Passwords[x.ID] = *x.Password
		}
		in.Accounts = append(in.Accounts, directory.TrunkAccount{
			ID: x.ID, Title: x.Title, Host: x.Host, Port: x.Port, Transport: x.Transport, Proxy: x.Proxy, Addresses: x.Addresses, Extension: x.Extension,
			User: x.User, Register: x.Register, Options: x.Options, CLIP: directory.CLIP(x.CLIP), CLIR: directory.CLIR(x.CLIR), ToHeader: x.ToHeader, Encrypt: x.Encrypt})
	}
	for _, r := range d.Inbound {
		in.Inbound = append(in.Inbound, directory.InboundRule(r))
	}
	for _, r := range d.Outbound {
		in.Outbound = append(in.Outbound, directory.OutboundRule(r))
	}
	return in
}

func (a *API) trunk(_ context.Context, req trunkRequest) (Trunk, error) {
	t, err := a.Directory.Trunks.Get(req.ID)
	if err != nil {
		return Trunk{}, err
	}
	return a.trunkOf(t), nil
}

func (a *API) createTrunk(ctx context.Context, req newTrunkRequest) (created[Trunk], error) {
	var block *directory.NumberBlock
	if b := req.Body.Block; b != nil {
		block = &directory.NumberBlock{Base: b.Base, Digits: b.Digits, Central: b.Central}
	}
	t, err := a.Directory.Trunks.Create(ctx, me(ctx).JID, req.Body.input(), block)
	if err != nil {
		return created[Trunk]{}, err
	}
	note(ctx, trunkEntry("trunk.create", t, a.trunkChanges(Trunk{}, a.trunkOf(t))))
	return created[Trunk]{a.trunkOf(t), "/trunks/" + url.PathEscape(t.ID)}, nil
}

func (a *API) checkTrunk(_ context.Context, req trunkCheckRequest) (Checked, error) {
	return checked(a.Directory.Trunks.CheckTrunk(req.Body.ID, req.Body.input()))
}

func (a *API) changeTrunk(ctx context.Context, req trunkChangeRequest) (Trunk, error) {
	before, err := a.Directory.Trunks.Get(req.ID)
	if err != nil {
		return Trunk{}, err
	}
	in := req.Body.input()
	t, err := a.Directory.Trunks.Update(ctx, me(ctx).JID, req.ID, req.Body.Revision, in)
	if err != nil {
		return Trunk{}, err
	}
	changes := a.trunkChanges(a.trunkOf(before), a.trunkOf(t))
	if len(in.Passwords) > 0 {
		changes = append(changes, audit.Change{Field: "password"})
	}
	note(ctx, trunkEntry("trunk.change", t, changes))
	return a.trunkOf(t), nil
}

func (a *API) deleteTrunk(ctx context.Context, req trunkRequest) (none, error) {
	t, err := a.Directory.Trunks.Get(req.ID)
	if err != nil {
		return none{}, err
	}
	if err := a.Directory.Trunks.Delete(ctx, me(ctx).JID, req.ID); err != nil {
		return none{}, err
	}
	note(ctx, trunkEntry("trunk.delete", t, nil))
	return none{}, nil
}

func trunkEntry(action string, t directory.Trunk, changes []audit.Change) audit.Entry {
	return audit.Entry{Action: action, Kind: "trunk", Object: t.ID, Name: t.Name, Changes: changes}
}

func (a *API) trunkChanges(before, after Trunk) []audit.Change {
	var d diff
	d.text("name", before.Name, after.Name)
	d.flag("enabled", before.Enabled, after.Enabled)
	d.text("kind", before.Kind, after.Kind)
	d.text("accounts", accountTexts(before.Accounts), accountTexts(after.Accounts))
	d.text("country", before.Country, after.Country)
	d.text("area", before.Area, after.Area)
	d.text("international", before.International, after.International)
	d.text("national", before.National, after.National)
	d.text("prefix", before.Prefix, after.Prefix)
	d.text("format", before.Format, after.Format)
	d.text("inbound", inboundTexts(before.Inbound), inboundTexts(after.Inbound))
	d.text("outbound", outboundTexts(before.Outbound), outboundTexts(after.Outbound))
	d.text("maxCalls", strconv.Itoa(before.MaxCalls), strconv.Itoa(after.MaxCalls))
	d.flag("policy.international", before.Policy.International, after.Policy.International)
	d.flag("policy.premium", before.Policy.Premium, after.Policy.Premium)
	d.text("policy.prefixes", strings.Join(before.Policy.Prefixes, ", "), strings.Join(after.Policy.Prefixes, ", "))
	d.text("policy.perHour", strconv.Itoa(before.Policy.PerHour), strconv.Itoa(after.Policy.PerHour))
	d.text("fallback", before.Fallback, after.Fallback)
	return d
}

func accountTexts(list []TrunkAccount) string {
	texts := make([]string, 0, len(list))
	for _, x := range list {
		text := x.Title + ": " + x.User + "@" + x.Host + ":" + strconv.Itoa(x.Port) + " " + x.Transport + " " + x.CLIP + " " + x.CLIR
		for _, more := range []struct {
			on   bool
			text string
		}{{x.Extension != "", x.Extension}, {x.Proxy != "", "by " + x.Proxy}, {len(x.Addresses) > 0, strings.Join(x.Addresses, " ")}, {x.Register, "register"},
			{x.Options, "options"}, {x.ToHeader, "to"}, {x.Encrypt, "encrypt"}} {
			if more.on {
				text += " " + more.text
			}
		}
		texts = append(texts, text)
	}
	return someOf(texts)
}

func inboundTexts(list []InboundRule) string {
	texts := make([]string, 0, len(list))
	for _, r := range list {
		texts = append(texts, strings.TrimSpace(r.Title+": "+r.Source+" "+r.Destination+" → "+r.Extension+" "+r.Language))
	}
	return someOf(texts)
}

// outboundTexts leaves out PINs, but says that there is one.
func outboundTexts(list []OutboundRule) string {
	texts := make([]string, 0, len(list))
	for _, r := range list {
		text := strings.TrimSpace(r.Title + ": " + r.Source + " " + r.InPrefix + " " + r.Destination + " → " + r.OutPrefix + " " + r.CID + " " + r.Account)
		if r.Deny {
			text += " deny"
		}
		if r.Show {
			text += " shown"
		}
		if r.PIN != "" {
			text += " PIN"
		}
		texts = append(texts, text)
	}
	return someOf(texts)
}

// testTrunk says what would become of a call, by the rules as they are saved.
func (a *API) testTrunk(_ context.Context, req trunkTestRequest) (TrunkTested, error) {
	settings := a.Directory.Telephony.Get()
	answer := TrunkTested{Ways: []Way{}}
	if req.Body.Direction == "in" {
		t, err := a.Directory.Trunks.Get(req.Body.Trunk)
		if fault.Is(err, fault.NotFound) {
			return TrunkTested{}, invalid([]FieldError{{Field: "trunk", Code: "unknown", Text: "there is no such trunk"}})
		}
		if err != nil {
			return TrunkTested{}, err
		}
		arrival, err := directory.Inbound(&t, &settings, req.Body.Number, req.Body.From)
		if err != nil && !answer.refuse(err) {
			return TrunkTested{}, err
		}
		answer.Arrival = &Arriving{Group: arrival.Group, Extension: arrival.Extension, Rule: arrival.Rule, Called: arrival.Called, Caller: arrival.Caller, CallBack: arrival.CallBack}
		if u, ok := a.Directory.Accounts.AtExtension(arrival.Extension); ok {
			answer.Arrival.Name = u.DisplayName
		}
		return answer, nil
	}
	trunks := a.Directory.Trunks.List()
	choices, err := directory.Outbound(trunks, &settings, req.Body.Number, directory.Caller{Extension: req.Body.From})
	if err != nil && !answer.refuse(err) {
		return TrunkTested{}, err
	}
	for _, c := range choices {
		way := Way{Trunk: c.Trunk, Rule: c.Rule, Number: c.Number, From: c.From, PIN: c.PIN != "", Class: string(c.Class), State: "unknown"}
		for i := range trunks {
			if trunks[i].ID == c.Trunk {
				way.TrunkName, way.Account = trunks[i].Name, trunks[i].Account(c.Account).Title
			}
		}
		if state, known := a.trunkState(c.Trunk, c.Account); known {
			way.State, way.Error = "down", state.Error
			if state.Up {
				way.State = "up"
			}
		}
		answer.Ways = append(answer.Ways, way)
	}
	return answer, nil
}

// refuse takes the reason why there would be no call; false when the test itself has failed.
func (t *TrunkTested) refuse(err error) bool {
	switch k := fault.KindOf(err); k {
	case fault.NotFound, fault.Forbidden, fault.Invalid, fault.Unavailable:
		t.Code, t.Refused = kinds[k].code, fault.Text(err)
		return true
	}
	return false
}
