package telephony

import (
	"context"

	"plenum/components/directory"
	"plenum/xmppd/jid"
)

// Directory is People, as the directory knows them.
type Directory struct{ *directory.Directory }

// AtExtension implements People.
func (d Directory) AtExtension(extension string) (User, bool) {
	if account, ok := d.Accounts.AtExtension(extension); ok {
		return d.user(account)
	}
	return User{}, false
}

// Get implements People.
func (d Directory) Get(user jid.JID) (User, bool) {
	account, err := d.Accounts.Get(context.Background(), user) // from memory
	if err != nil {
		return User{}, false
	}
	return d.user(account)
}

func (d Directory) user(a directory.Account) (User, bool) {
	return User{JID: a.JID, Extension: a.Extension, Name: a.DisplayName, Language: a.Language, CallWaiting: a.CallWaiting, ShownNumber: a.ShownNumber, Silent: d.Profiles.Silent(a.JID),
		BoxInside: a.Voicemail.Internal(), BoxOutside: a.Voicemail.External()}, a.Active()
}

// MayPickUp implements People.
func (d Directory) MayPickUp(user jid.JID, kind directory.Kind, from string) bool {
	return d.Permissions.MayPickUp(user, kind, from)
}

// Phones implements People: all devices of a user that speak SIP, his own and those of the location where he is logged in.
func (d Directory) Phones(user jid.JID) (list []string) {
	devices := d.Objects.DevicesOf(user)
	if seat, ok := d.Seats.At(user); ok {
		devices = append(devices, d.Objects.DevicesAt(seat.Location)...)
	}
	for _, device := range devices {
		if device.SIPUser != "" {
			list = append(list, device.ID)
		}
	}
	return list
}

// Penetrates implements People.
func (d Directory) Penetrates(user jid.JID) bool {
	return d.Permissions.Holds(user, directory.RedirectChoice)
}
