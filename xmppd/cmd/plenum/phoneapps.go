package main

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"plenum/components/call"
	"plenum/components/conference"
	"plenum/components/media/play"
	"plenum/components/telephony"
	"plenum/components/telephony/dialin"
	"plenum/components/telephony/prompts"
	"plenum/xmppd/jid"
)

// buildPhoneApps makes the services that can be dialled.
func (p *parts) buildPhoneApps() (apps telephony.Apps, err error) {
	p.dialin, err = dialin.New(p.cfg.DialIn, dialin.Parts{Groups: phoneGroups{p.groups}, PINs: p.org.Guests, Prompts: p.prompts, Log: p.logs.For("telephony")})
	if err != nil {
		return apps, err
	}
	p.xmpp.Hooks.Stop.Add(func(context.Context) { p.dialin.Close() })
	if err := p.buildVoicemail(); err != nil {
		return apps, err
	}
	announcements := telephony.Announcements{Prompts: p.prompts, Log: p.logs.For("telephony")}
	codes := telephony.ForwardCodes{
		Speaker: telephony.Speaker{Prompts: p.prompts, Log: p.logs.For("telephony")}, Forwards: p.org.Forwards, People: telephony.Directory{Directory: p.org},
	}
	gate := telephony.NewGate(p.prompts, p.logs.For("telephony"))
	seats := telephony.SeatCodes{
		Speaker: codes.Speaker, Seats: p.org.Seats, People: codes.People, CheckPIN: p.accounts.CheckPIN,
		Guard: telephony.NewGate(p.prompts, p.logs.For("telephony")), Place: p.placeOf,
	}
	teams := telephony.TeamCodes{Speaker: codes.Speaker, Agents: p.org.Teams, People: codes.People}
	studio := telephony.PromptCode{Speaker: codes.Speaker, Studio: p.prompts, Guard: telephony.NewGate(p.prompts, p.logs.For("telephony"))}
	return telephony.Apps{
		Codes: slices.Concat(codes.Codes(), seats.Codes(), teams.Codes(), studio.Codes()), TeamCode: teams.Login, CodeFor: p.org.Telephony.CodeFor,
		Announce: announcements.For, Tell: announcements.Tell, Position: announcements.Position, Play: announcements.Play, Menu: announcements.Menu,
		Switch: telephony.SwitchCode{Speaker: codes.Speaker, Switches: p.org.CallFlows}.App,
		DialIn: taken(func(c dialin.Caller, leg call.Leg, o call.Offer) (call.Sink, error) {
			return p.dialin.DialIn(c, leg, o)
		}),
		PIN:   gate.App,
		Pick:  func() *play.Clip { return p.prompts.Get("", prompts.PressOne) },
		Group: p.groupApp, Voicemail: p.voicemailApp, Leave: p.leaveApp,
	}, nil
}

// placeOf is the location that a telephone belongs to.
func (p *parts) placeOf(device string) string {
	d, _ := p.org.Objects.SIPDeviceByID(device)
	return d.Location
}

// say is what callers are told in conferences.
func (p *parts) say(lang string, what conference.Announcement) *play.Clip {
	return p.prompts.Get(lang, prompts.ID(what))
}

// groupApp is the conference of a group by its number.
func (p *parts) groupApp(number string) (telephony.App, bool) {
	n, err := strconv.Atoi(number)
	if err != nil {
		return nil, false
	}
	room, ok := p.groups.ByGroupNumber(n)
	return taken(func(c dialin.Caller, leg call.Leg, o call.Offer) (call.Sink, error) {
		return p.dialin.Group(room, c, leg, o)
	}), ok
}

// taken is a service that takes a leg and goes on by itself.
func taken(take func(dialin.Caller, call.Leg, call.Offer) (call.Sink, error)) telephony.App {
	return func(_ context.Context, c telephony.Caller, leg *call.PipeEnd, o call.Offer) error {
		sink, err := take(dialin.Caller{Number: o.From.Number, Name: o.From.Name, User: c.User, Language: c.Language}, leg, o)
		if err == nil {
			leg.SetSink(sink)
		}
		return err
	}
}

// phoneGroups are the conferences, as callers get there.
type phoneGroups struct{ *conference.Service }

// Take implements dialin.Groups.
func (g phoneGroups) Take(ctx context.Context, room jid.JID, c dialin.Caller, leg call.Leg, o call.Offer) (call.Sink, error) {
	sink, err := g.IncomingPhone(ctx, room, conference.PhoneCaller(c), leg, o)
	if errors.Is(err, conference.ErrKeptOut) {
		err = dialin.ErrRemoved
	}
	return sink, err
}
