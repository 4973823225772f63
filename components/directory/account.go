package directory

import (
	"time"

	"plenum/xmppd/jid"
	"plenum/xmppd/sasl"
)

// Account is a user who can log in, by XMPP and everywhere else.
type Account struct {
	JID             jid.JID // bare; names the account for ever
	DisplayName     string  // what others see; never empty
	Role            Role    // in the web administration
	Disabled        bool    // nobody can log in; everything else of the account stays
	Created         time.Time
	PasswordChanged time.Time
	Revision        int64 // of the last change
}

// Record is an account with its credential, as only the store and a login see it.
type Record struct {
	Account
	Keys sasl.Keys
}

// isSystemAdministrator reports whether the account can use its right to everything.
func (a *Account) isSystemAdministrator() bool { return a.Role == SystemAdministrator && !a.Disabled }

// NewAccount is what an account is made of.
type NewAccount struct {
	JID         jid.JID // bare, in one of the server's domains
	Password    string
	DisplayName string // empty means the login name
	Role        Role
	AnyPassword bool // the password need not follow the rule, only its length is checked: for load tools, where an operator allows it
}

// ChangeKind says what happened.
type ChangeKind uint8

const (
	// Missed says that changes were lost on the way: anything may have changed. It names no account.
	Missed ChangeKind = iota
	AccountCreated
	AccountEdited // display name or role
	PasswordSet
	AccountDisabled
	AccountEnabled
	AccountDeleted
)

// Change is announced after it was committed. Revisions grow by one with each change, over all nodes.
type Change struct {
	Revision int64      `json:"revision"`
	JID      jid.JID    `json:"jid"`
	Kind     ChangeKind `json:"kind"`
	Remote   bool       `json:"-"` // another node made it
}
