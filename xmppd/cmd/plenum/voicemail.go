package main

import (
	"context"
	"path/filepath"

	"plenum/components/call"
	"plenum/components/directory"
	"plenum/components/telephony"
	"plenum/components/telephony/voicemail"
	"plenum/xmppd/cluster"
	"plenum/xmppd/jid"
)

// kindVoicemail marks what nodes tell each other about voicemail boxes.
const kindVoicemail = "voicemail"

// buildVoicemail makes the voicemail boxes.
func (p *parts) buildVoicemail() error {
	mail, err := voicemail.NewSMTP(p.cfg.Mail)
	if err != nil {
		return err
	}
	own := voicemail.Parts{
		DB: p.db, Dir: filepath.Join(p.cfg.Data, "voicemail"), People: boxOwners{p.org, p.cfg.numbersDomain()}, Prompts: p.prompts, Log: p.logs.For("voicemail"),
		Announce: func(text []byte) { p.xmpp.Announce(kindVoicemail, text) },
		Left:     func(call, message string) { p.telephony.MessageLeft(call, message) },
	}
	if mail != nil {
		own.Mail = mail
	}
	if p.voicemail, err = voicemail.New(p.xmpp.Context(), p.cfg.Voicemail, own); err != nil {
		return err
	}
	p.voicemail.OnChange(p.messagesChanged)
	p.xmpp.OnNode(kindVoicemail, func(_ cluster.NodeID, text []byte) { p.voicemail.Heard(text) })
	p.xmpp.Hooks.Stop.Add(func(context.Context) { p.voicemail.Close() })
	return nil
}

// voicemailApp is a menu of voicemail, by the digits of its code.
func (p *parts) voicemailApp(code string) telephony.App {
	take := map[string]func(voicemail.Caller, call.Leg) (call.Sink, error){
		"100": p.voicemail.Own, "101": p.voicemail.Other, "104": p.voicemail.Monitored,
	}[code]
	return func(_ context.Context, c telephony.Caller, leg *call.PipeEnd, o call.Offer) error {
		return answeredBy(leg)(take(boxCaller(c, o), leg))
	}
}

// leaveApp takes messages for a user.
func (p *parts) leaveApp(owner jid.JID, busy bool) telephony.App {
	return func(_ context.Context, c telephony.Caller, leg *call.PipeEnd, o call.Offer) error {
		return answeredBy(leg)(p.voicemail.Leave(owner, busy, boxCaller(c, o), leg))
	}
}

// answeredBy lets a leg report to who has taken it.
func answeredBy(leg *call.PipeEnd) func(call.Sink, error) error {
	return func(sink call.Sink, err error) error {
		if err == nil {
			leg.SetSink(sink)
		}
		return err
	}
}

func boxCaller(c telephony.Caller, o call.Offer) voicemail.Caller {
	return voicemail.Caller{Number: o.From.Number, Name: o.From.Name, User: c.User, Language: c.Language, Call: c.Record}
}

// boxOwners are the users and teams, as voicemail wants them.
type boxOwners struct {
	org    *directory.Directory
	domain string // of numbers
}

// Owner implements voicemail.People.
func (b boxOwners) Owner(user jid.JID) (voicemail.Owner, bool) {
	if id, ok := telephony.TeamOfBox(b.domain, user); ok {
		t, err := b.org.Teams.Get(id)
		return b.team(t), err == nil
	}
	account, err := b.org.Accounts.Get(context.Background(), user) // from memory
	if err != nil {
		return voicemail.Owner{}, false
	}
	return boxOwner(account)
}

// AtExtension implements voicemail.People.
func (b boxOwners) AtExtension(extension string) (voicemail.Owner, bool) {
	if account, ok := b.org.Accounts.AtExtension(extension); ok {
		return boxOwner(account)
	}
	if t, ok := b.org.Teams.AtExtension(extension); ok {
		return b.team(t), true
	}
	return voicemail.Owner{}, false
}

func (b boxOwners) team(t directory.Team) voicemail.Owner {
	return voicemail.Owner{JID: telephony.TeamBox(b.domain, t.ID), Name: t.Name, Email: t.BoxEmail, Discard: t.BoxDiscard, Team: true}
}

func boxOwner(a directory.Account) (voicemail.Owner, bool) {
	return voicemail.Owner{JID: a.JID, Name: a.DisplayName, Language: a.Language, Email: a.Email}, a.Active()
}

// CheckPIN implements voicemail.People.
func (b boxOwners) CheckPIN(ctx context.Context, user jid.JID, pin string) (bool, error) {
	if id, ok := telephony.TeamOfBox(b.domain, user); ok {
		return b.org.Teams.CheckPIN(id, pin)
	}
	return b.org.Accounts.CheckPIN(ctx, user, pin)
}
