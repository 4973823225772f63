package apps

import (
	"context"

	"plenum/components/call"
	"plenum/components/profiles"
	"plenum/components/telephony"
	"plenum/components/telephony/voicemail"
	"plenum/xmppd/jid"
)

// Calls are those that go on at all nodes, the journal of those that are over, and the lines of teams.
type Calls interface {
	Calls() []telephony.LiveCall
	Call(id string) (telephony.LiveCall, bool)
	Wish(ctx context.Context, user jid.JID, id string, leg call.LegID, w telephony.Wish) error
	Dial(context.Context, telephony.Start) (id string, err error)
	Journal() telephony.Journal
	TeamState(ctx context.Context, id string) (telephony.TeamState, error)
	OnCall(fn func(id string))
	OnTeams(fn func())
	OnPhoneState(fn func(user jid.JID)) // the zero JID is anybody
	Pickups(user jid.JID) []telephony.Pickup
	OnPickups(fn func(user jid.JID))
	OnJournal(fn func(user jid.JID))
}

// Profiles puts users into profiles.
type Profiles interface {
	Choose(ctx context.Context, by, user jid.JID, profile string) (profiles.Run, error)
}

// Voicemail are the boxes.
type Voicemail interface {
	Count(ctx context.Context, owner jid.JID) (voicemail.Counts, error)
	OnChange(fn func(owner jid.JID))
}

// Devices knows what can be called now.
type Devices interface {
	// Registered is about a telephone, Callable about the XMPP clients of a user.
	Registered(device string) bool
	Callable(user jid.JID) bool
}
