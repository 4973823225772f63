package conference

// What the tests look at from outside.
var (
	Slug           = slug
	InvitationText = invitation
)

var Hidden = hidden
