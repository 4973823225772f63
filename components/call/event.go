package call

import (
	"time"

	"plenum/components/media"
)

// An Event is what a leg reports, or what an owner tells his [Call].
type Event interface{ event() }

// Events of a leg.
type (
	// Ringing says that the party is being alerted. Early: it can be heard already (early media).
	Ringing struct{ Early bool }

	// Answered says that the party has taken the call: an outgoing leg's, or an incoming one's after [Answer] was acknowledged.
	Answered struct{}

	// MediaReady says that [Leg.Media] has an endpoint, or one whose slots are others than before.
	MediaReady struct{}

	// TrackAdded and TrackRemoved say that the party has begun or ceased to publish a track; TrackChanged that it was muted or unmuted.
	TrackAdded   struct{ Track *media.Track }
	TrackRemoved struct{ Track *media.Track }
	TrackChanged struct{ Track *media.Track }

	// Held says that the party has put the other on hold, Resumed that it goes on.
	Held    struct{}
	Resumed struct{}

	// DTMF is a key that the party has pressed: 0 to 9, *, #, A to D. It is reported once, when its tone has ended.
	DTMF struct {
		Key      byte
		Duration time.Duration
	}

	// TransferAsked says that the party wants its partner to talk to somebody else (RFC 3515): to To, or, when Replaces is set, to the
	// partner of that leg of its own (RFC 3891). The owner answers with a [TransferResult].
	TransferAsked struct {
		To       Party
		Replaces LegID
	}

	// Identified says who the party has turned out to be: another device has answered, a forward was followed.
	Identified struct{ Party Party }

	// Quality is how well media gets through, from the party's reports, some seconds apart.
	Quality struct {
		Loss      float64 // share of packets that did not arrive, either way
		RoundTrip time.Duration
		Jitter    time.Duration
	}

	// Ended is the leg's last event.
	Ended struct{ Reason Reason }
)

// Events of a [Call]'s owner, who has no leg.
type (
	// Dial rings the branches for the caller, in place of those that ring now.
	Dial struct {
		Branches []Branch
		// Add leaves those that ring now alone, and what the caller hears meanwhile too.
		Add bool
		// Eager starts the next branches as soon as those that have been started failed, and does not wait for their time.
		Eager bool
	}

	// Accept answers the caller though nobody has been found for him yet: an announcement, a menu, a queue. He hears Sound until he has a partner,
	// or others are rung in place of those that ring now; Nothing leaves that to who rings. There is no time limit then to dial on.
	Accept struct{ Sound Sound }

	// Adopt takes a leg over that is under way elsewhere, for the caller to talk to: a pickup, an attended transfer. It has been
	// answered or is answered now. Replaces names a leg of the call whose place it takes; without one it takes that of all who ring.
	Adopt struct {
		Leg       LegID
		Party     Party
		Direction Direction
		Up        bool // the leg was answered already
		Held      bool // its former partner had put it on hold
		Replaces  LegID
		Ringing   bool // Replaces is still rung: who has just answered is left alone
	}

	// Release gives a leg up without ending it; another call adopts it. The call ends when its partner has nobody left.
	Release struct{ Leg LegID }

	// Transfer lets the leg go and rings the branches for its partner.
	Transfer struct {
		Leg      LegID
		Branches []Branch
	}

	// SetHold puts the leg's partner on hold, or takes it back, as if the leg's party had done it at its device.
	SetHold struct {
		Leg LegID
		On  bool
	}

	// Withdraw gives up the branches of a group, those that ring and those to come, as if each had ended for this reason.
	Withdraw struct {
		Group  string
		Reason Reason
	}

	// Drop ends the call with all its legs.
	Drop struct{ Reason Reason }

	// Tick says only that it is time for what [Call.Next] has named.
	Tick struct{}
)

func (Ringing) event()       {}
func (Answered) event()      {}
func (MediaReady) event()    {}
func (TrackAdded) event()    {}
func (TrackRemoved) event()  {}
func (TrackChanged) event()  {}
func (Held) event()          {}
func (Resumed) event()       {}
func (DTMF) event()          {}
func (TransferAsked) event() {}
func (Identified) event()    {}
func (Quality) event()       {}
func (Ended) event()         {}
func (Dial) event()          {}
func (Accept) event()        {}
func (Adopt) event()         {}
func (Release) event()       {}
func (Transfer) event()      {}
func (SetHold) event()       {}
func (Withdraw) event()      {}
func (Drop) event()          {}
func (Tick) event()          {}

// A Branch is one party that is rung.
type Branch struct {
	Leg   LegID // of the leg that will be made; new in the call
	Party Party
	Start time.Duration // after the Dial
	Ring  time.Duration // how long it may ring; 0 is as long as the caller waits
	// Confirm asks who answers to press 1 before he gets the call, so that the mailbox of a mobile network does not win it.
	Confirm bool
	// Announces is a branch which never answers and is heard, as soon as it can be, whoever else rings.
	Announces bool
	// Forwards counts how often the call has been forwarded to come to this party.
	Forwards int
	// Group ties branches that are devices of one person: who declines at one declines at all. Empty is no group.
	Group string
}
