package conference

import (
	"time"

	"plenum/xmppd/jid"
)

// Access is how guests enter a room.
type Access struct {
	Room  jid.JID
	Token string // of the link
	PIN   string // 9 digits
	Since time.Time
	By    jid.JID // who allowed guests
	Limit int     // guests at a time; 0 for Config.PerGroup
}
