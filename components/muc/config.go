package muc

import (
	"errors"
	"fmt"
	"time"

	"plenum/xmppd/jid"
)

// Config is what operators say about the rooms. The zero value of a field means its default, which Validate fills in.
type Config struct {
	Domain string `toml:"domain" doc:"The domain of the rooms. Empty means groups.DOMAIN of the first domain."`

	Name string `toml:"name" doc:"What clients show as the name of the service. Default: Group chats."`

	NewRooms NewRooms `toml:"new_rooms" doc:"What a new room is like unless its creator says otherwise."`

	RoomsPerUser int `toml:"rooms_per_user" doc:"How many rooms one user may own. Default: 100."`

	MaxOccupants int `toml:"max_occupants" doc:"How many occupants a room may have, whatever its owner allows. Admins and owners may enter even then. Default: 2000."`

	MaxAffiliations int `toml:"max_affiliations" doc:"How many members, admins, owners and banned users a room may have together. Default: 10000."`

	NickBytes int `toml:"nick_bytes" doc:"The longest nickname, in bytes. Default: 128."`

	MessageBytes int `toml:"message_bytes" doc:"The largest message to a room, in bytes. Default: 262144, which is also the default for any stanza."`

	MessagesPerSecond int `toml:"messages_per_second" doc:"How many messages per second one occupant may send for long; ten seconds' worth may come at once. 0 means no limit. Default: 0."`

	GuestMessagesPerSecond int `toml:"guest_messages_per_second" doc:"The same for guests, whose changes of presence and requests count as well. Default: 2."`

	History int `toml:"history" doc:"How many messages a room can show to those who enter; the owner may choose less. Default: 100."`

	QuietAbove int `toml:"quiet_above" doc:"In rooms with more occupants than this, only the presence of moderators is passed on to all. Default: 1000."`

	IdleTimeout time.Duration `toml:"idle_timeout" doc:"How long a room that nobody is in stays in memory; and, after a restart of the server, how long a temporary room waits for its occupants. Default: 5m."`

	Inbox int `toml:"inbox" doc:"How many stanzas may wait for one room; beyond it senders are told to try again later. Default: 2000."`
}

// NewRooms is the configuration that a room starts with. Without further words a new room is as clients expect an instant
// room of XEP-0045 to be: public, open, unmoderated, semi-anonymous, and it ends with the last occupant. Until then it keeps
// an archive.
type NewRooms struct {
	Hidden       bool `toml:"hidden" doc:"The room is not listed. Default: false."`
	Persistent   bool `toml:"persistent" doc:"The room stays when the last occupant leaves. Default: false; clients that make lasting rooms ask for it."`
	MembersOnly  bool `toml:"members_only" doc:"Only members may enter. Default: false."`
	Moderated    bool `toml:"moderated" doc:"Only members and those to whom a moderator gives voice may speak. Default: false."`
	NonAnonymous bool `toml:"non_anonymous" doc:"Everybody in the room sees the real addresses, as OMEMO needs it, and not only moderators. Default: false, as XEP-0045 has it; clients that make private groups ask for it."`
	NoArchive    bool `toml:"no_archive" doc:"Messages are not kept. Default: false."`
	History      int  `toml:"history" doc:"How many messages are shown to those who enter. Default: 20."`
}

// Validate fills in defaults and reports every fault at once.
func (c *Config) Validate() error {
	var errs []error
	if c.Domain != "" {
		j, err := jid.Parse(c.Domain)
		if err != nil || !j.IsDomain() {
			errs = append(errs, fmt.Errorf("domain: %q is not a domain", c.Domain))
		} else {
			c.Domain = j.String()
		}
	}
	if c.Name == "" {
		c.Name = "Group chats"
	}
	for _, f := range []struct {
		name          string
		value         *int
		def, min, max int
	}{
		{"rooms_per_user", &c.RoomsPerUser, 100, 1, 1 << 20},
		{"max_occupants", &c.MaxOccupants, 2000, 2, 100_000},
		{"max_affiliations", &c.MaxAffiliations, 10_000, 1, 1 << 20},
		{"nick_bytes", &c.NickBytes, 128, 1, 1023},
		{"message_bytes", &c.MessageBytes, 256 << 10, 1000, 1 << 24},
		{"messages_per_second", &c.MessagesPerSecond, 0, 0, 1 << 20},
		{"guest_messages_per_second", &c.GuestMessagesPerSecond, 2, 1, 1 << 20},
		{"history", &c.History, 100, 0, 1000},
		{"quiet_above", &c.QuietAbove, 1000, 1, 1 << 20},
		{"inbox", &c.Inbox, 2000, 10, 1 << 20},
		{"new_rooms.history", &c.NewRooms.History, 20, 0, 1000},
	} {
		if *f.value == 0 {
			*f.value = f.def
		}
		if *f.value < f.min || *f.value > f.max {
			errs = append(errs, fmt.Errorf("%s: %d is not within %d and %d", f.name, *f.value, f.min, f.max))
		}
	}
	if c.IdleTimeout == 0 {
		c.IdleTimeout = 5 * time.Minute
	}
	if c.IdleTimeout < time.Second {
		errs = append(errs, fmt.Errorf("idle_timeout: %v is less than a second", c.IdleTimeout))
	}
	return errors.Join(errs...)
}

// newRoom is the configuration of a room that has just been created.
func (c *Config) newRoom() RoomConfig {
	n := c.NewRooms
	return RoomConfig{
		Public: !n.Hidden, Persistent: n.Persistent, MembersOnly: n.MembersOnly, Moderated: n.Moderated, NonAnonymous: n.NonAnonymous,
		Archive: !n.NoArchive, History: min(n.History, c.History),
		AllowPM: Anyone, Broadcast: everyRole, MemberList: everyRole, Registration: true,
	}
}
