package directory

import "plenum/xmppd/jid"

// ChangeKind says what happened. Its text is what is stored.
type ChangeKind string

const (
	// Missed says that changes were lost on the way: anything may have changed. It names nothing.
	Missed ChangeKind = "missed"

	AccountCreated  ChangeKind = "account-created"
	AccountEdited   ChangeKind = "account-edited" // anything but password, state and existence
	PasswordSet     ChangeKind = "password-set"
	AccountDisabled ChangeKind = "account-disabled"
	AccountEnabled  ChangeKind = "account-enabled"
	AccountBinned   ChangeKind = "account-binned"
	AccountRestored ChangeKind = "account-restored"
	AccountDeleted  ChangeKind = "account-deleted" // for ever

	PermissionCreated  ChangeKind = "permission-created"
	PermissionEdited   ChangeKind = "permission-edited" // name, types, automatic assignment
	PermissionDeleted  ChangeKind = "permission-deleted"
	AssignmentsChanged ChangeKind = "assignments-changed" // of the permission that ID names

	ObjectChanged ChangeKind = "object-changed" // a device, team or location, that ID names, came, changed or went

	SeatChanged ChangeKind = "seat-changed" // the user that JID names sits elsewhere now, or nowhere

	TeamChanged ChangeKind = "team-changed" // the settings of the team that ID names, or what its members do, or it went

	TrunkChanged     ChangeKind = "trunk-changed"     // the trunk that ID names came, changed or went
	TelephonyChanged ChangeKind = "telephony-changed" // the settings for all telephones

	ProfileChanged ChangeKind = "profile-changed" // the profile that ID names came, changed or went
	ProfileSet     ChangeKind = "profile-set"     // the user that JID names is in another profile
	ForwardChanged ChangeKind = "forward-changed" // of the user that JID names
	SkillsChanged  ChangeKind = "skills-changed"  // of the user that JID names

	FollowMeChanged ChangeKind = "followme-changed" // when devices ring of the user or location that ID names: his bare JID, or its ID

	CallFlowChanged   ChangeKind = "callflow-changed"   // the actions of who ID names: user:JID or team:ID
	CallObjectChanged ChangeKind = "callobject-changed" // the menu, router, period, calendar, switch, template or label that ID names came, changed or went

	GuestsOn  ChangeKind = "guests-on"  // to the room that JID names; also when only the limit changed
	GuestsOff ChangeKind = "guests-off" // from the room that JID names
)

// Change is announced after it was committed, and when what is asked of the directory on this node shows it. Revisions grow by one with each
// change, over all nodes.
type Change struct {
	Revision int64
	Kind     ChangeKind
	JID      jid.JID // the account, the user or the room concerned; zero for other kinds
	ID       string  // the permission, device, team, location, trunk, profile or holder of devices concerned
	By       jid.JID // who did it; zero: the server or its operator
	Remote   bool    // another node made it
}

// OfAccount reports whether the change is one of an account.
func (c *Change) OfAccount() bool {
	switch c.Kind {
	case AccountCreated, AccountEdited, PasswordSet, AccountDisabled, AccountEnabled, AccountBinned, AccountRestored, AccountDeleted:
		return true
	}
	return false
}

// OfPermission reports whether the change is one of a permission or of its assignments.
func (c *Change) OfPermission() bool {
	switch c.Kind {
	case PermissionCreated, PermissionEdited, PermissionDeleted, AssignmentsChanged:
		return true
	}
	return false
}

// OfGuests reports whether the change is one of the access of guests to a room.
func (c *Change) OfGuests() bool { return c.Kind == GuestsOn || c.Kind == GuestsOff }
