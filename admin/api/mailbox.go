package api

import (
	"context"

	"plenum/components/audit"
	"plenum/components/directory"
	"plenum/components/telephony"
	"plenum/components/telephony/voicemail"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// Mailboxes are the boxes in which callers leave messages.
type Mailboxes interface {
	Settings(ctx context.Context, owner jid.JID) (voicemail.Settings, error)
	SetSettings(ctx context.Context, owner jid.JID, x voicemail.Settings) error
	Count(ctx context.Context, owner jid.JID) (voicemail.Counts, error)
}

// Mailbox is a user's box, without what is in it. Messages go to the e-mail address in the user's form.
type Mailbox struct {
	MailboxData
	MonitoredName string `json:"monitoredName" doc:"Of the user or team whose box it is; empty for his own."`
	New           int    `json:"new" doc:"Messages that nobody has listened to."`
	Old           int    `json:"old"`
	Mails         bool   `json:"mails" doc:"The server sends mail at all."`
}

// MailboxData is what can be set of a box.
type MailboxData struct {
	Discard   bool   `json:"discard" doc:"Messages are deleted when they were mailed."`
	Monitored string `json:"monitored" doc:"Address of the user, or ID of the team, whose box is listened to by the code for the monitored one (voicemail-watched); empty for his own."`
}

type mailboxRequest struct {
	userRequest
	Body MailboxData
}

func (a *API) mailbox(ctx context.Context, req userRequest) (Mailbox, error) {
	if _, err := a.Directory.Accounts.Get(ctx, req.JID); err != nil {
		return Mailbox{}, err
	}
	settings, err := a.Mailboxes.Settings(ctx, req.JID)
	if err != nil {
		return Mailbox{}, err
	}
	n, err := a.Mailboxes.Count(ctx, req.JID)
	if err != nil {
		return Mailbox{}, err
	}
	box := Mailbox{MailboxData: MailboxData{Discard: settings.Discard}, New: n.New, Old: n.Old, Mails: a.SendsMail}
	box.Monitored, box.MonitoredName = a.watchedBox(settings.Monitored)
	return box, nil
}

// watchedBox is whose box that is which somebody watches, as it is set, and what that is called.
func (a *API) watchedBox(owner jid.JID) (whose, name string) {
	if id, ok := telephony.TeamOfBox(a.NumberDomain, owner); ok {
		t, _ := a.Directory.Teams.Get(id)
		return id, t.Name
	}
	return owner.String(), a.Directory.Accounts.Name(owner)
}

func (a *API) setMailbox(ctx context.Context, req mailboxRequest) (Mailbox, error) {
	u, err := a.Directory.Accounts.Get(ctx, req.JID)
	if err != nil {
		return Mailbox{}, err
	}
	if u.Role.Above(me(ctx).Role) {
		return Mailbox{}, fault.New(fault.Forbidden, "a user of a higher administration level cannot be changed")
	}
	next := voicemail.Settings{Discard: req.Body.Discard}
	if t, err := a.Directory.Teams.Get(req.Body.Monitored); err == nil {
		next.Monitored = telephony.TeamBox(a.NumberDomain, t.ID)
	} else if req.Body.Monitored != "" {
		other, err := jid.Parse(req.Body.Monitored)
		if err != nil {
			return Mailbox{}, invalid([]FieldError{{Field: "monitored", Code: codeFormat, Text: "this is no address"}})
		}
		if next.Monitored, err = a.otherBox(ctx, u, other); err != nil {
			return Mailbox{}, err
		}
	}
	before, err := a.Mailboxes.Settings(ctx, req.JID)
	if err != nil {
		return Mailbox{}, err
	}
	if err := a.Mailboxes.SetSettings(ctx, req.JID, next); err != nil {
		return Mailbox{}, err
	}
	var d diff
	d.flag("discard", before.Discard, next.Discard)
	d.text("monitored", before.Monitored.String(), next.Monitored.String())
	note(ctx, audit.Entry{Action: "user.mailbox", Kind: "user", Object: u.JID.String(), Name: u.DisplayName, Changes: d})
	return a.mailbox(ctx, req.userRequest)
}

// otherBox is the address of somebody else; his own box is the zero one.
func (a *API) otherBox(ctx context.Context, u directory.Account, other jid.JID) (jid.JID, error) {
	found, err := a.Directory.Accounts.Get(ctx, other)
	if fault.Is(err, fault.NotFound) || err == nil && found.InBin() {
		return jid.JID{}, invalid([]FieldError{{Field: "monitored", Code: "unknown", Text: "there is no such user"}})
	}
	if err != nil || found.JID == u.JID {
		return jid.JID{}, err
	}
	return found.JID, nil
}
