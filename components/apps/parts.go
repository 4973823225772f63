package apps

import (
	"context"
	"slices"
	"strconv"
	"time"

	"plenum/components/directory"
	"plenum/components/telephony"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// attributes are names and values in turn. Empty ones are left out by the builder.
type attributes []string

func (a attributes) text(name, value string) attributes { return append(a, name, value) }

func (a attributes) flag(name string, on bool) attributes {
	if on {
		return append(a, name, "true")
	}
	return a
}

func (a attributes) number(name string, n int) attributes { return append(a, name, strconv.Itoa(n)) }

func (a attributes) time(name string, t time.Time) attributes {
	if t.IsZero() {
		return a
	}
	return append(a, name, t.UTC().Format("2006-01-02T15:04:05Z"))
}

func (a attributes) user(name string, j jid.JID) attributes {
	if j.IsZero() {
		return a
	}
	return append(a, name, j.String())
}

// fragment begins an element that will stand in one of the namespace.
func fragment(local string, a attributes) *xmlstream.Builder {
	return xmlstream.NewBuilderIn(NS).Start(local, "", a...)
}

func (a *Service) selfPart(ctx context.Context, user jid.JID) ([]byte, error) {
	account, err := a.Org.Accounts.Get(ctx, user)
	if err != nil {
		return nil, err
	}
	var at attributes
	at = at.user("jid", user).text("name", account.DisplayName).text("extension", account.Extension).text("shown-number", account.ShownNumber)
	b := fragment("self", at.text("language", account.Language))
	for _, t := range directory.PermissionTypes() {
		if a.Org.Permissions.Holds(user, t.Type) {
			b.Element("permission", "", "", "type", string(t.Type))
		}
	}
	return b.End().Bytes(), nil
}

func (a *Service) profilesPart(_ context.Context, user jid.JID) ([]byte, error) {
	_, use := a.Org.Profiles.Of(user)
	var at attributes
	b := fragment("profiles", at.text("active", use.Profile).time("since", use.Since).flag("triggered", use.Triggered))
	for _, p := range a.Org.Profiles.OfferedTo(user) {
		var at attributes
		at = at.text("id", p.ID).text("name", p.Name).text("icon", p.Icon).text("colour", p.Colour).text("show", string(p.Show)).flag("icon-shown", p.ShowIcon)
		b.Element("profile", "", "", at.flag("sticky", p.Sticky).flag("silent", p.Silent).flag("own", !p.Owner.IsZero())...)
	}
	return b.End().Bytes(), nil
}

func (a *Service) devicesPart(ctx context.Context, user jid.JID) ([]byte, error) {
	outgoing, err := a.outgoing(ctx, user)
	if err != nil {
		return nil, err
	}
	b := fragment("devices", attributes{"outgoing", outgoing})
	for _, r := range a.rows(user) {
		var at attributes
		at = at.text("holder", r.Holder).text("id", r.Device).text("kind", r.Kind).text("name", r.Name).text("number", r.Number).flag("online", a.online(&r, user))
		b.Start("device", "", at.flag("configurable", r.UserConfigurable).flag("gsm", r.GSM).number("revision", int(r.Revision))...)
		for _, class := range directory.RingClasses() {
			t := r.Of(class)
			var at attributes
			at = at.text("class", string(class)).flag("enabled", t.Enabled).number("delay", t.Delay)
			if t.Timeout != directory.NoTimeout {
				at = at.number("ring", t.Timeout)
			}
			b.Element("timer", "", "", at...)
		}
		b.End()
	}
	return b.End().Bytes(), nil
}

func (a *Service) locationsPart(_ context.Context, user jid.JID) ([]byte, error) {
	var at attributes
	seat, seated := a.Org.Seats.At(user)
	if seated {
		at = at.text("at", seat.Location).time("since", seat.Since)
	}
	b := fragment("locations", at)
	recent := a.Org.Seats.Recent(user)
	places := a.Org.Seats.Open(user)
	if here, err := a.Org.Objects.Get(directory.Locations, seat.Location); seated && err == nil &&
		!slices.ContainsFunc(places, func(o directory.Object) bool { return o.ID == here.ID }) {
		places = append(places, here) // where he may not log in any more
	}
	for _, o := range places {
		at := attributes{"id", o.ID, "name", o.Name}
		if i := slices.Index(recent, o.ID); i >= 0 {
			at = at.number("recent", i+1)
		}
		if who, ok := a.Org.Seats.Who(o.ID); ok {
			at = at.user("user", who.User)
		}
		b.Element("location", "", "", at...)
	}
	return b.End().Bytes(), nil
}

func (a *Service) forwardPart(_ context.Context, user jid.JID) ([]byte, error) {
	var at attributes
	if f, ok := a.Org.Forwards.Get(user); ok {
		at = at.text("target", f.Target).flag("active", f.Active).number("revision", int(f.Revision))
	}
	return fragment("forward", at).End().Bytes(), nil
}

func (a *Service) voicemailPart(ctx context.Context, user jid.JID) ([]byte, error) {
	n, err := a.Voicemail.Count(ctx, user)
	if err != nil {
		return nil, err
	}
	var at attributes
	b := fragment("voicemail", at.number("new", n.New).number("old", n.Old))
	for _, t := range a.Org.Teams.Of(user) {
		n, err := a.Voicemail.Count(ctx, telephony.TeamBox(a.Domain, t.ID))
		if err != nil {
			return nil, err
		}
		at := attributes{"id", t.ID, "name", t.Name}
		b.Element("team", "", "", at.number("new", n.New).number("old", n.Old)...)
	}
	return b.End().Bytes(), nil
}

// pickupsPart are the callers of teams of whom the user is to know that he may pick them up.
func (a *Service) pickupsPart(_ context.Context, user jid.JID) ([]byte, error) {
	b := fragment("pickups", nil)
	for _, p := range a.Calls.Pickups(user) {
		at := attributes{"call", p.Call, "team", p.Team, "team-name", p.TeamName}
		b.Element("caller", "", "", at.text("extension", p.Extension).text("number", p.Number).text("name", p.Name).time("since", p.Since)...)
	}
	return b.End().Bytes(), nil
}

// switchesPart are the switches that the user sees and may turn.
func (a *Service) switchesPart(_ context.Context, user jid.JID) ([]byte, error) {
	b := fragment("switches", nil)
	for _, o := range a.Org.CallFlows.SwitchesOf(user) {
		at := attributes{"id", o.ID, "name", o.Name}
		b.Element("switch", "", "", at.text("extension", o.Extension).flag("on", o.On)...)
	}
	return b.End().Bytes(), nil
}

// missedPart is how many calls the user has missed and not seen.
func (a *Service) missedPart(ctx context.Context, user jid.JID) ([]byte, error) {
	n, err := a.Calls.Journal().Missed(ctx, user)
	if err != nil {
		return nil, err
	}
	var at attributes
	return fragment("missed", at.number("calls", n)).End().Bytes(), nil
}

// journal are the calls of a user that are over, the newest first.
func (a *Service) journal(ctx context.Context, user jid.JID, most int) (ids []string, entries map[string][]byte, err error) {
	entries = make(map[string][]byte)
	if most == 0 {
		return nil, entries, nil
	}
	list, err := a.Calls.Journal().List(ctx, user, telephony.JournalFilter{Limit: most})
	if err != nil {
		return nil, nil, err
	}
	for _, e := range list {
		ids = append(ids, e.ID)
		entries[e.ID] = entry(&e)
	}
	return ids, entries, nil
}

func entry(e *telephony.JournalEntry) []byte {
	direction := "out"
	if e.Incoming {
		direction = "in"
	}
	other := e.With()
	var at attributes
	at = at.text("id", e.ID).text("chain", e.Chain).time("began", e.Began).time("answered", e.Answered).time("ended", e.Ended)
	if !e.Answered.IsZero() && e.Ended.After(e.Answered) {
		at = at.number("seconds", int(e.Ended.Sub(e.Answered)/time.Second))
	}
	at = at.text("direction", direction).text("outcome", string(e.Outcome)).text("number", other.Number).text("name", other.Name).user("user", other.User)
	at = at.text("dialled", e.Dialled).text("via", string(e.Via)).text("team", e.Team).text("result", string(e.Result)).text("detail", string(e.Detail))
	return fragment("entry", at.text("message", e.Voicemail)).End().Bytes()
}
