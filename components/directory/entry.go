package directory

import (
	"slices"

	"plenum/xmppd/jid"
)

// entry is an account in memory, packed: there may be many, and few are looked at. It does not change: who has one may go on reading it.
type entry struct {
	jid  jid.JID
	text string            // of the fields below, one after the other
	ends [entryTexts]int16 // where each ends in text
	slot int32

	role                                                 Role
	auth, voicemail                                      uint8 // indexes of auths and voicemails
	disabled, hasPIN, callWaiting, softphone, mobile     bool
	created, passwordChanged, deleted, changed, revision int64 // times in milliseconds
}

// The texts of an entry.
const (
	entryName = iota
	entryExtension
	entryFax
	entryEmail
	entryLanguage
	entryNumber
	entryShown
	entryZone
	entryChangedBy
	entryTexts
)

var (
	auths      = []Auth{AuthNone, AuthInternal, AuthExternal}
	voicemails = []Voicemail{VoicemailNone, VoicemailExternal, VoicemailInternal, VoicemailAll}
)

func newEntry(a *Account, slot int) *entry {
	e := &entry{
		jid: a.JID, slot: int32(slot), role: a.Role, auth: uint8(max(0, slices.Index(auths, a.Auth))),
		voicemail: uint8(max(0, slices.Index(voicemails, a.Voicemail))), disabled: a.Disabled, hasPIN: a.HasPIN, callWaiting: a.CallWaiting,
		softphone: a.Softphone, mobile: a.Mobile, created: millis(a.Created), passwordChanged: millis(a.PasswordChanged),
		deleted: millis(a.Deleted), changed: millis(a.Changed), revision: a.Revision,
	}
	for i, text := range []string{a.DisplayName, a.Extension, a.FaxExtension, a.Email, a.Language, a.MobileNumber, a.ShownNumber, a.TimeZone, a.ChangedBy.String()} {
		e.text += text
		e.ends[i] = int16(len(e.text))
	}
	return e
}

// field returns one of the texts.
func (e *entry) field(i int) string {
	if i == 0 {
		return e.text[:e.ends[0]]
	}
	return e.text[e.ends[i-1]:e.ends[i]]
}

func (e *entry) inBin() bool    { return e.deleted != 0 }
func (e *entry) active() bool   { return !e.disabled && !e.inBin() }
func (e *entry) canLogIn() bool { return e.active() && auths[e.auth] == AuthInternal }

// account unpacks the entry.
func (e *entry) account() Account {
	changedBy, _ := parseActor(e.field(entryChangedBy)) // it was one when it was packed
	return Account{
		JID: e.jid, DisplayName: e.field(entryName), Role: e.role, Disabled: e.disabled, Created: fromMillis(e.created),
		PasswordChanged: fromMillis(e.passwordChanged), Extension: e.field(entryExtension), Auth: auths[e.auth], HasPIN: e.hasPIN,
		Email: e.field(entryEmail), Language: e.field(entryLanguage), CallWaiting: e.callWaiting, FaxExtension: e.field(entryFax),
		Voicemail: voicemails[e.voicemail], Softphone: e.softphone, Mobile: e.mobile, MobileNumber: e.field(entryNumber), ShownNumber: e.field(entryShown), TimeZone: e.field(entryZone),
		Deleted: fromMillis(e.deleted), Revision: e.revision, Changed: fromMillis(e.changed), ChangedBy: changedBy,
	}
}

// searchText is what words are looked for in, folded. The name stands first, so that it also sorts by name, and by login name where names are the same.
func (e *entry) searchText() string {
	return fold(e.field(entryName) + "\n" + e.jid.Local() + "\n" + e.field(entryExtension) + "\n" + e.field(entryEmail) + "\n" + e.field(entryNumber))
}
