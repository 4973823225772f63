package directory

import (
	"time"

	"plenum/xmppd/jid"
	"plenum/xmppd/sasl"
)

// Auth says who checks a user's password.
type Auth string

const (
	AuthInternal Auth = "internal" // the server, which keeps the keys of the password
	AuthExternal Auth = "external" // a third party, such as LDAP
	AuthNone     Auth = "none"     // nobody: the user cannot log in
)

// Voicemail says for which calls a user's voicemail box is among the actions that follow when nobody answers.
type Voicemail string

const (
	VoicemailNone     Voicemail = "none" // the box is there, nothing leads to it by itself
	VoicemailExternal Voicemail = "external"
	VoicemailInternal Voicemail = "internal"
	VoicemailAll      Voicemail = "all"
)

// External reports whether the box takes calls from outside that nobody answers.
func (v Voicemail) External() bool { return v == VoicemailExternal || v == VoicemailAll }

// Internal reports whether the box takes calls from inside that nobody answers.
func (v Voicemail) Internal() bool { return v == VoicemailInternal || v == VoicemailAll }

// Account is a user: who he is, how he logs in, by XMPP and everywhere else, and what he has.
type Account struct {
	JID             jid.JID // bare; names the account for ever
	DisplayName     string  // what others see; never empty
	Role            Role    // in the web administration
	Disabled        bool    // nobody can log in; everything else of the account stays
	Created         time.Time
	PasswordChanged time.Time

	Extension    string // the internal number; empty for none
	Auth         Auth
	HasPIN       bool
	Email        string // where faxes and voicemails go; may be empty
	Language     string // of prompts and pages: "de", "en", or empty for the server's
	CallWaiting  bool   // a second call during a call is signalled
	FaxExtension string // the number of his virtual fax device; empty for none
	Voicemail    Voicemail
	Softphone    bool // he has a softphone device
	Mobile       bool // he has a mobile device
	MobileNumber string
	ShownNumber  string // that other users see as his instead of the extension; empty for the extension
	TimeZone     string // of the IANA database, such as Europe/Berlin; empty for the organisation's

	Deleted   time.Time // when the account was put into the bin; zero when it is not there
	Revision  int64     // of the last change; an edit names it, so that two who edit do not undo each other's work
	Changed   time.Time
	ChangedBy jid.JID // zero: the server or its operator
}

// InBin reports whether the account is deleted and may still be restored. Nobody can log in to it, and it is in no group.
func (a *Account) InBin() bool { return !a.Deleted.IsZero() }

// Active reports whether the user takes part in the organisation: others see him.
func (a *Account) Active() bool { return !a.Disabled && !a.InBin() }

// CanLogIn reports whether a login can succeed.
func (a *Account) CanLogIn() bool { return a.Active() && a.Auth == AuthInternal }

// Record is an account with its secrets, as only the store and a login see it.
type Record struct {
	Account
	Keys sasl.Keys
	PIN  []byte // sealed; nil for none
}

// isSystemAdministrator reports whether the account can use its right to everything.
func (a *Account) isSystemAdministrator() bool { return a.Role == SystemAdministrator && a.Active() }

// NewAccount is what an account is made of where there is no form: by a client, a command or a file.
type NewAccount struct {
	JID         jid.JID // bare, in one of the server's domains
	Password    string
	DisplayName string // empty means the login name
	Role        Role
	AnyPassword bool // the password need not follow the rule, only its length is checked: for load tools, where an operator allows it
}
