package directory

import (
	"fmt"
	"time"

	"plenum/xmppd/jid"
)

// A RingClass is a kind of calls that a device rings for.
type RingClass string

const (
	RingInternal RingClass = "internal" // calls of users here
	RingExternal RingClass = "external" // calls of a trunk
	RingQueue    RingClass = "queue"    // calls of a team, to a user who is logged in there
)

// RingClasses are all of them.
func RingClasses() []RingClass { return []RingClass{RingInternal, RingExternal, RingQueue} }

// XMPPDevice stands for all XMPP clients of a user, as one device of his that is always there.
const XMPPDevice = "xmpp"

const (
	// MaxRing is the most seconds of a timer.
	MaxRing = 999
	// NoTimeout is the timeout of a device that rings as long as others do: as the configuration says, or for a team as the team says.
	NoTimeout = MaxRing
)

// A Timer says whether a device rings for a class, and when.
type Timer struct {
	Enabled bool
	Delay   int // seconds before it begins to ring
	Timeout int // seconds that it rings then; NoTimeout for as long as others
}

// FollowMeInput is the form of a device: when it rings.
type FollowMeInput struct {
	UserConfigurable          bool // who is rung may change it himself
	Internal, External, Queue Timer
	GSM                       bool // of a user's mobile telephone: it alone rings, at once, for all classes
}

// Of is the timer of a class.
func (in *FollowMeInput) Of(class RingClass) Timer {
	switch class {
	case RingExternal:
		return in.External
	case RingQueue:
		return in.Queue
	}
	return in.Internal
}

// Now is the timer of a class as it holds: in GSM mode the device rings at once, whatever is set.
func (in *FollowMeInput) Now(class RingClass) Timer {
	t := in.Of(class)
	if in.GSM {
		t.Enabled, t.Delay = true, 0
	}
	return t
}

// InGSMMode returns the devices of a user that ring, of all at which he is rung: in GSM mode his mobile telephone alone, if it has a number.
func InGSMMode(rows []FollowMeRow) []FollowMeRow {
	var mobiles []FollowMeRow
	for _, row := range rows {
		if row.GSM && row.Number != "" {
			mobiles = append(mobiles, row)
		}
	}
	if len(mobiles) > 0 {
		return mobiles
	}
	return rows
}

func (in *FollowMeInput) check() (bad FieldErrors) {
	for _, class := range RingClasses() {
		t := in.Of(class)
		if t.Delay < 0 || t.Delay > MaxRing {
			bad.add(string(class)+".delay", "out_of_range", fmt.Sprintf("the delay is 0 to %d seconds", MaxRing))
		}
		if t.Timeout < 1 || t.Timeout > MaxRing {
			bad.add(string(class)+".timeout", "out_of_range", fmt.Sprintf("a device rings for 1 to %d seconds; one that is not to ring is switched off", MaxRing))
		}
	}
	return bad
}

// FollowMeRow is when a device rings for who holds it: a user, or who is logged in at a location.
type FollowMeRow struct {
	Holder string // the bare JID of a user, or the ID of a location
	Device string // its ID, or XMPPDevice
	Kind   string // PhoneDevice, SoftphoneDevice, MobileDevice or XMPPDevice
	Name   string // of the device; empty for XMPPDevice
	Number string // of a mobile device, where it is known
	FollowMeInput
	Revision  int64 // 0 as long as nobody has changed anything
	Changed   time.Time
	ChangedBy jid.JID // zero: the server or its operator
}

// DefaultFollowMe is what holds for a kind of device as long as nothing is set: it rings at once. A mobile device does not, for its calls cost. Users
// may change what is their own to carry: not what stands on a desk.
func DefaultFollowMe(kind string) FollowMeInput {
	t := Timer{Enabled: kind != MobileDevice, Timeout: NoTimeout}
	return FollowMeInput{UserConfigurable: kind != PhoneDevice, Internal: t, External: t, Queue: t}
}

// rings reports whether a device of a kind rings for people at all.
func (o *Object) rings() bool { return o.SIP() || o.Device == MobileDevice }
