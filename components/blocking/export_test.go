package blocking

import "plenum/xmppd/jid"

// Covers reports whether a list of these items blocks j.
func Covers(items []jid.JID, j jid.JID) bool { return listOf(items).covers(j) }

var Items = items
