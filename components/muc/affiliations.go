package muc

// Affiliation is a user's lasting connection with a room (XEP-0045#affil).
type Affiliation int8

// The affiliations, in the order of their power.
const (
	Outcast Affiliation = iota - 1
	None
	Member
	Admin
	Owner
)

var affiliationNames = [...]string{"outcast", "none", "member", "admin", "owner"}

func (a Affiliation) String() string { return affiliationNames[a+1] }

// ParseAffiliation reads the name of an affiliation.
func ParseAffiliation(s string) (Affiliation, bool) {
	for i, n := range affiliationNames {
		if n == s {
			return Affiliation(i - 1), true
		}
	}
	return None, false
}

// mayChangeAffiliation says whether an actor may give the affiliation to to somebody who has from
// (XEP-0045#affil-change). Self says that he changes his own, which he may only lower; banning oneself and the last owner
// are looked at elsewhere.
func mayChangeAffiliation(actor, from, to Affiliation, self bool) ruling {
	switch {
	case actor < Admin:
		return forbidden
	case from == to:
		return allowed
	case actor == Owner:
		return allowed
	case self: // an admin resigns
		if to < from {
			return allowed
		}
		return forbidden
	case to >= Admin:
		return forbidden // the lists of admins and owners belong to the owners
	case from == Owner, from == Admin && to == Outcast:
		return notAllowed // XEP-0045#ban: not by one who is below, nor among equals
	case from == Admin:
		return forbidden
	}
	return allowed
}
