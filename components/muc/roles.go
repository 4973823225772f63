package muc

import "plenum/xmppd"

// Role is what an occupant may do during his visit (XEP-0045#roles).
type Role uint8

// The roles, in the order of their power.
const (
	NoRole Role = iota
	Visitor
	Participant
	Moderator
)

var roleNames = [...]string{"none", "visitor", "participant", "moderator"}

func (r Role) String() string { return roleNames[r] }

// ParseRole reads the name of a role.
func ParseRole(s string) (Role, bool) {
	for i, n := range roleNames {
		if n == s {
			return Role(i), true
		}
	}
	return NoRole, false
}

// defaultRole is the role that comes with an affiliation on entering (XEP-0045#roles-default).
func defaultRole(a Affiliation, moderated bool) Role {
	switch {
	case a >= Admin:
		return Moderator
	case a == Member || !moderated:
		return Participant
	}
	return Visitor
}

// ruling is the answer to whether somebody may do something to somebody else.
type ruling uint8

const (
	allowed    ruling = iota
	forbidden         // the asker lacks the power altogether
	notAllowed        // he has it, but not over this one
)

func (r ruling) err(text string) error {
	switch r {
	case forbidden:
		return xmppd.Errorf("forbidden", "%s", text)
	case notAllowed:
		return xmppd.Errorf("not-allowed", "%s", text)
	}
	return nil
}

// mayChangeRole says whether an actor may give the role to to a target that has the role from
// (XEP-0045#roles-change, XEP-0045#kick, XEP-0045#revokevoice, XEP-0045#revokemod).
func mayChangeRole(actor Affiliation, actorRole Role, target Affiliation, from, to Role) ruling {
	switch {
	case actorRole != Moderator && actor < Admin:
		return forbidden
	case from == to:
		return allowed
	case from != Moderator && to == Moderator, from == Moderator && to == NoRole:
		if actor < Admin {
			return notAllowed
		}
		if to == NoRole && target > actor {
			return notAllowed
		}
		return allowed
	case to == NoRole: // a participant or visitor is kicked, though not by those below him
		if target > actor {
			return notAllowed
		}
		return allowed
	case from == Moderator: // nobody takes the role from admins and owners
		if actor < Admin || target >= Admin {
			return notAllowed
		}
		return allowed
	case to == Participant: // voice is granted
		return allowed
	}
	// Voice is revoked: not from one at the moderator's level or above, and never from admins and owners. Read to the letter,
	// a moderator without affiliation could silence nobody; those without affiliation are below every moderator.
	if target >= Admin || target >= actor && target != None {
		return notAllowed
	}
	return allowed
}
