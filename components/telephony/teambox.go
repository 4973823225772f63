package telephony

import "plenum/xmppd/jid"

// TeamBox is whose voicemail box that of a team is: its ID at the domain of numbers, where no user can be.
func TeamBox(domain, team string) jid.JID { return jid.Canonical(team + "@" + domain) }

// TeamOfBox is the ID of the team whose box this is; false for the box of a user.
func TeamOfBox(domain string, owner jid.JID) (team string, ok bool) {
	return owner.Local(), owner.Domain() == domain && owner.Local() != ""
}
