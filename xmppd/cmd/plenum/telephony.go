package main

import (
	"context"
	"path/filepath"
	"time"

	"plenum/components/call"
	"plenum/components/directory"
	"plenum/components/disco"
	"plenum/components/telephony"
	"plenum/components/telephony/prompts"
	"plenum/jingle/endpoint"
	"plenum/sipbridge"
	"plenum/xmppd"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// numbersDomain is where numbers are, as XMPP clients see them.
func (c *Config) numbersDomain() string { return "pbx." + c.XMPP.Domains[0] }

// buildTelephony makes what decides who rings.
func (p *parts) buildTelephony() (err error) {
	if p.prompts, err = prompts.New(filepath.Join(p.cfg.Data, "prompts"), p.cfg.Telephony.Language); err != nil {
		return err
	}
	own := telephony.Parts{
		Domain: p.cfg.numbersDomain(), People: telephony.Directory{Directory: p.org}, Phones: telephones{p}, Lines: lines{p}, Forwards: p.org.Forwards, Teams: p.org.Teams, Viewers: p.org.Permissions,
		PlaceOf: p.placeOf, SIP: p.cfg.speaksSIP(), Online: p.registeredDevices, Flows: p.org.CallFlows, Zone: p.cfg.Profiles.Location(), Log: p.logs.For("telephony"),
		Billing: func(r *telephony.Record) []string {
			return p.org.Permissions.BillingGroups([]jid.JID{r.Caller.User, r.Callee.User}, r.Team)
		},
	}
	if own.Apps, err = p.buildPhoneApps(); err != nil {
		return err
	}
	if p.calls != nil {
		own.Clients = p.calls
	}
	if p.telephony, err = telephony.Register(p.xmpp, p.cfg.Telephony, own); err != nil {
		return err
	}
	if p.calls != nil {
		p.calls.Serve(own.Domain, endpoint.Callable{
			Owner: telephony.ClientCalls{Service: p.telephony}, Resource: telephony.Resource, Identities: telephony.Identities(),
		})
		p.telephony.Serve(p.calls)
		p.info.Caps.OnChange(func(x *xmppd.Session, _ *disco.Capabilities) { p.telephony.ClientMoved(x.JID().Bare()) })
	}
	p.org.OnChange(p.phonesChanged)
	p.org.OnChange(p.silenceChanged)
	p.org.OnChange(p.teamsChanged)
	p.telephony.OnPhoneState(p.phoneStateChanged)
	telephony.Everywhere{Service: p.telephony}.PublishPhones(p.events)
	p.buildPickups(own.Domain)
	p.metrics.MustRegister(telephonyMetrics(p.telephony.Stats))
	return nil
}

// teamsChanged tells the lines of teams who is in them, and who can be called.
func (p *parts) teamsChanged(c directory.Change) {
	switch {
	case c.Kind == directory.TeamChanged:
		p.telephony.TeamChanged(c.ID)
		p.forgetBox(c)
	case c.Kind == directory.Missed, c.Kind == directory.SkillsChanged, c.OfAccount(), c.OfPermission():
		p.telephony.TeamChanged("")
		p.telephony.TeamsTurned()
	}
}

// phonesChanged shows what telephones people have now. What rings of who is disabled or deleted stops.
func (p *parts) phonesChanged(c directory.Change) {
	if c.OfAccount() {
		if _, active := (telephony.Directory{Directory: p.org}).Get(c.JID); !active {
			p.telephony.Silence(c.JID)
		}
	}
	if c.OfAccount() || c.Kind == directory.SeatChanged {
		p.telephony.PhoneChanged(c.JID)
	} else if c.Kind == directory.FollowMeChanged {
		p.telephony.PhoneChanged(p.rungFor(c.ID))
	} else if c.Kind == directory.Missed || c.Kind == directory.ObjectChanged {
		p.phonesMoved()
	}
}

// rungFor is the user who is rung at what FollowMe calls a holder; zero when nobody is at a location.
func (p *parts) rungFor(holder string) jid.JID {
	if seat, ok := p.org.Seats.Who(holder); ok {
		return seat.User
	}
	if user := jid.Canonical(holder); user.Local() != "" {
		return user
	}
	return jid.JID{}
}

// silenceChanged stops what rings of those who are silent now.
func (p *parts) silenceChanged(c directory.Change) {
	var users []jid.JID
	switch c.Kind {
	case directory.ProfileSet:
		users = []jid.JID{c.JID}
	case directory.ProfileChanged:
		users = p.org.Profiles.Users(c.ID)
	case directory.Missed:
		for _, profile := range p.org.Profiles.List() {
			users = append(users, p.org.Profiles.Users(profile.ID)...)
		}
	}
	p.telephony.PhoneChanged(users...)
	for _, user := range users {
		if p.org.Profiles.Silent(user) {
			p.telephony.Silence(user)
		}
	}
}

// phonesMoved looks whose telephones there are now.
func (p *parts) phonesMoved() {
	p.telephony.PhonesChanged()
	if p.sip != nil {
		for _, b := range p.sip.registrar.All() {
			p.phoneMoved(b.Device)
		}
	}
}

// phoneMoved shows that a telephone has registered, or has gone.
func (p *parts) phoneMoved(device string) {
	if d, ok := p.org.Objects.SIPDeviceByID(device); ok {
		p.telephony.PhoneChanged(d.Owner, p.rungFor(d.Location))
	}
}

// registeredDevices are the telephones that have registered at this server.
func (p *parts) registeredDevices() (list []string) {
	if p.sip == nil {
		return nil
	}
	for _, b := range p.sip.registrar.All() {
		list = append(list, b.Device)
	}
	return list
}

// telephones are the telephones, as telephony wants them: none as long as nothing speaks SIP.
type telephones struct{ p *parts }

// DialDevice implements telephony.Phones.
func (t telephones) DialDevice(ctx context.Context, device string, o call.Offer, sink call.Sink) (call.Leg, error) {
	if t.p.bridge == nil {
		return nil, fault.New(fault.Unavailable, "there is no SIP")
	}
	return t.p.bridge.DialDevice(ctx, device, o, sink)
}

// Registered implements telephony.Phones.
func (t telephones) Registered(device string) bool {
	return t.p.sip != nil && t.p.sip.registrar.Registered(device)
}

// callableDevices are the telephones and clients, as apps want them.
type callableDevices struct{ p *parts }

// Registered implements apps.Devices.
func (d callableDevices) Registered(device string) bool {
	return telephones(d).Registered(device) || telephony.Everywhere{Service: d.p.telephony}.Registered(device)
}

// Callable implements apps.Devices.
func (d callableDevices) Callable(user jid.JID) bool {
	return d.p.calls != nil && d.p.calls.Callable(user)
}

// lines are the trunks, as telephony wants them.
type lines struct{ p *parts }

// Outbound implements telephony.Lines.
func (l lines) Outbound(caller telephony.User, number string, anonymous bool) ([]telephony.Line, error) {
	settings := l.p.org.Telephony.Get()
	choices, err := directory.Outbound(l.p.org.Trunks.List(), &settings, number, directory.Caller{Extension: caller.Extension, Anonymous: anonymous})
	if err != nil {
		return nil, err
	}
	list := make([]telephony.Line, len(choices))
	for i, c := range choices {
		list[i] = telephony.Line{
			Trunk: c.Trunk, Account: c.Account, Number: c.Number, Called: c.Called, From: c.From, FromName: caller.Name, Anonymous: c.Anonymous,
			Class: c.Class, PIN: c.PIN, Prefix: c.Prefix,
		}
	}
	return list, nil
}

// Emergency implements telephony.Lines.
func (l lines) Emergency(number string) bool {
	settings := l.p.org.Telephony.Get()
	_, is := settings.IsEmergency(number)
	return is
}

// DialIn implements telephony.Lines.
func (l lines) DialIn(number string) bool {
	settings := l.p.org.Telephony.Get()
	full, ok := settings.Normalise(number)
	return ok && full == settings.ExternalGroupNumber
}

// Inbound implements telephony.Lines.
func (l lines) Inbound(c telephony.Caller, dialled string) (telephony.Destination, error) {
	trunk, err := l.p.org.Trunks.Get(c.Trunk)
	if err != nil {
		return telephony.Destination{}, err
	}
	settings := l.p.org.Telephony.Get()
	a, err := directory.Inbound(&trunk, &settings, dialled, c.Number)
	if err != nil {
		return telephony.Destination{}, err
	}
	return telephony.Destination{
		Dialled: a.Extension, Fallback: a.Fallback, DialIn: a.Group, Number: a.Caller, Language: a.Language, Prefix: trunk.Prefix,
	}, nil
}

// DialTrunk implements telephony.Lines.
func (l lines) DialTrunk(ctx context.Context, line telephony.Line, o call.Offer, sink call.Sink) (call.Leg, error) {
	if l.p.bridge == nil {
		return nil, fault.New(fault.Unavailable, "there is no SIP")
	}
	trunk, err := l.p.org.Trunks.Get(line.Trunk)
	if err != nil {
		return nil, err
	}
	end, err := l.p.meter.Begin(&trunk, line.Class, time.Now())
	if err != nil {
		return nil, err
	}
	leg, err := l.p.bridge.DialTrunk(ctx, sipbridge.TrunkTarget{
		Trunk: line.Trunk, Account: line.Account, Number: line.Number, From: line.From, FromName: line.FromName, Anonymous: line.Anonymous,
	}, o, metered{sink, end})
	if err != nil {
		end()
	}
	return leg, err
}

// metered counts a call of a trunk until its leg has ended, or nobody takes its events any more, which ends it.
type metered struct {
	call.Sink
	end func()
}

// Post implements call.Sink.
func (m metered) Post(e call.Event) bool {
	taken := m.Sink.Post(e)
	if _, last := e.(call.Ended); last || !taken {
		m.end()
	}
	return taken
}

// Up implements telephony.Lines.
func (l lines) Up(line telephony.Line) bool {
	return l.p.lineUp == nil || l.p.lineUp(line.Trunk, line.Account)
}

// sipCalls are the calls that SIP brings, as telephony takes them.
type sipCalls struct{ p *parts }

// Incoming implements sipbridge.Owner.
func (s sipCalls) Incoming(in sipbridge.Incoming, leg call.Leg, o call.Offer) (call.Sink, error) {
	end := func() {}
	if in.Trunk != "" {
		trunk, err := s.p.org.Trunks.Get(in.Trunk)
		if err != nil {
			return nil, err
		}
		if end, err = s.p.meter.Begin(&trunk, directory.NationalNumber, time.Now()); err != nil {
			return nil, err
		}
	}
	sink, err := s.p.telephony.Incoming(telephony.Caller{
		User: in.Owner, Device: in.Device, Trunk: in.Trunk, Account: in.Account, Number: o.From.Number, Name: o.From.Name, Anonymous: in.Anonymous,
		Language: in.Language, Forwards: len(in.Diverted),
	}, in.Dialled, leg, o)
	if err != nil {
		end()
		return nil, err
	}
	return metered{sink, end}, nil
}
