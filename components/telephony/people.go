package telephony

import (
	"context"
	"time"

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
	return User{JID: a.JID, Extension: a.Extension, Name: a.DisplayName, Language: a.Language, CallWaiting: a.CallWaiting, ShownNumber: a.ShownNumber, Silent: d.Profiles.Silent(a.JID)}, a.Active()
}

// Skills implements People.
func (d Directory) Skills(user jid.JID) map[string]int { return d.Directory.Skills.Levels(user) }

// MayPickUp implements People.
func (d Directory) MayPickUp(user jid.JID, kind directory.Kind, from string) bool {
	return d.Permissions.MayPickUp(user, kind, from)
}

// Ways implements People: all devices of a user, his own and those of the location where he is logged in, that are to ring. In GSM mode that is his
// mobile telephone alone.
func (d Directory) Ways(user jid.JID, class directory.RingClass) (list []Way) {
	rows := d.FollowMe.Of(user.Bare().String())
	if seat, ok := d.Seats.At(user); ok {
		rows = append(rows, d.FollowMe.Of(seat.Location)...)
	}
	rows = directory.InGSMMode(rows)
	list = make([]Way, 0, len(rows))
	for i := range rows {
		row := &rows[i]
		timer := row.Now(class)
		if !timer.Enabled || row.Kind == directory.MobileDevice && row.Number == "" {
			continue
		}
		way := Way{Device: row.Device, Number: row.Number, Delay: time.Duration(timer.Delay) * time.Second}
		if row.Kind == directory.XMPPDevice {
			way.Device = ""
		}
		if timer.Timeout != directory.NoTimeout {
			way.Ring = time.Duration(timer.Timeout) * time.Second
		}
		list = append(list, way)
	}
	return list
}

// Penetrates implements People.
func (d Directory) Penetrates(user jid.JID) bool {
	return d.Permissions.Holds(user, directory.RedirectChoice)
}
