package telephony

import (
	"context"
	"time"

	"plenum/components/call"
	"plenum/components/directory"
	"plenum/components/media/play"
	"plenum/components/telephony/prompts"
	"plenum/xmppd/jid"
)

// Phones are the telephones. Their methods do not block.
type Phones interface {
	// DialDevice begins to call a device, wherever it has registered; fault.Unavailable when it has not.
	DialDevice(ctx context.Context, device string, o call.Offer, sink call.Sink) (call.Leg, error)
	// Registered reports whether the device can be called now.
	Registered(device string) bool
}

// A Line is a way to the public network for one call.
type Line struct {
	Trunk, Account string
	Number         string // to be dialled there
	Called         string // the same for people: with + and country code where that is known
	From, FromName string // of the caller, as the outside world is to see them
	Anonymous      bool   // and it is not to see them at all

	Prefix string                // by which it was dialled: 0
	Class  directory.NumberClass // what it costs
	PIN    string                // that the caller has to enter before; empty for none
}

// Lines are the trunks. Their methods do not block.
type Lines interface {
	// Outbound says by which lines a number is to be reached for a user, the best first. The error is fault.NotFound when the number is none of
	// the public network, fault.Forbidden when he may not call it, fault.Unavailable when there is no trunk for it.
	Outbound(caller User, number string, anonymous bool) ([]Line, error)
	// Emergency reports whether a number is one of the emergency services.
	Emergency(number string) bool
	// DialIn reports whether a number, as it is dialled inside, is the one by which anybody reaches the groups.
	DialIn(number string) bool
	// Inbound says where a call from a trunk goes: to what would be dialled for that from inside. The caller's number is returned as people here
	// would dial or read it.
	Inbound(c Caller, dialled string) (Destination, error)
	// DialTrunk begins a call on a line; fault.Limit when its trunk has as many as it may have.
	DialTrunk(ctx context.Context, l Line, o call.Offer, sink call.Sink) (call.Leg, error)
	// Up reports whether the line's account works.
	Up(l Line) bool
}

// Destination is where a call from outside goes.
type Destination struct {
	Dialled  string // an extension, or a code
	Fallback string // instead, when that does not exist; may be empty
	DialIn   bool   // or the dial-in to groups
	Number   string // of the caller, with + and country code; empty when he shows none
	Language string // of announcements; empty for the server's own
	Prefix   string // that is dialled before the caller's number to call back
}

// Clients are the XMPP clients. Their methods do not block.
type Clients interface {
	call.Dialer
	// Callable reports whether one of a user's clients may take calls.
	Callable(user jid.JID) bool
}

// A Caller is who begins a call, as his edge knows him.
type Caller struct {
	User           jid.JID // bare; zero for who is no user of this server
	Device         string  // the telephone; empty for none
	Trunk, Account string  // that brings the call; empty for calls from inside
	Number, Name   string  // of a caller from outside, as they came
	Anonymous      bool    // he wants neither to be shown
	Language       string  // of announcements; empty when the edge does not know it
	Forwards       int     // how often the call was forwarded before
	Prefix         string  // that is dialled before the number of a caller from outside to call back
	Record         string  // ID of the record of the call, for services
}

// Inside reports whether the caller is a user here.
func (c Caller) Inside() bool { return !c.User.IsZero() }

// An App takes a call that was dialled for it, like any leg that comes in. It runs on a goroutine of its own for as long as it likes, and says by
// [call.PipeEnd.SetSink] where the leg is to report; what it reports before is kept. ctx ends with the server. An error ends the call for the reason
// that its kind has.
type App func(ctx context.Context, c Caller, leg *call.PipeEnd, o call.Offer) error

// Apps are the services that can be dialled. Nil stands for one that does not exist.
type Apps struct {
	Voicemail func(code string) App              // a menu: 100 the settings of one's own box, 101 another box, 104 the monitored one
	Leave     func(owner jid.JID, busy bool) App // takes a message for a user who does not answer, or is busy
	Group     func(n string) (App, bool)         // the conference of a group by its number; false when there is no such group
	DialIn    App                                // greets who calls the groups' number, and asks for a PIN
	// Codes are the functions that users can dial.
	Codes []Code
	// CodeFor is what is dialled now for a function with a standard code; nil when nothing but the standard is.
	CodeFor func(standard string) string
	// TeamCode is the function of a team that has a code of its own, and what was dialled behind that; false for other numbers.
	TeamCode func(number string) (c Code, rest string, ok bool)
	// PIN asks for a PIN before a call. Who enters it goes on to whom he has called: right is told the leg then, which must not have been let go.
	PIN func(pin string, right func(call.LegID)) App
	// Position tells a caller in the line of a team where he is, before the call is answered by somebody; nil when there is nothing to say.
	Position func(n int) App
	// Announce tells the caller why his call comes to nothing and ends it with that reason; nil when there is nothing to say.
	Announce func(call.Reason) App
	// Tell tells the caller something else, and ends his call for a reason; nil when nothing is said.
	Tell func(prompts.ID, call.Reason) App
	// Play says something to a caller before the call is answered by somebody, and ends.
	Play func(prompts.ID) App
	// Menu lets a caller choose by his keys. Chosen is told the leg then, which must not have been let go, and the entry; −1 for none.
	Menu func(m directory.Menu, chosen func(leg call.LegID, entry int)) App
	// Switch turns a switch over, and says what it is then.
	Switch func(id string) App
	// Pick is what somebody hears who has answered at a mobile telephone and is to press 1; nil is silence.
	Pick func() *play.Clip
}

// A User is somebody with a number.
type User struct {
	JID         jid.JID
	Extension   string // empty for none
	Name        string
	ShownNumber string // instead of the extension, to other users; empty for the extension
	Language    string
	CallWaiting bool // he is rung though he is in a call
	Silent      bool // nothing of his rings
}

// A Way is a device on which somebody is rung.
type Way struct {
	Device string // its ID; empty for all his XMPP clients
	Number string // of a mobile telephone, in the public network
	Delay  time.Duration
	Ring   time.Duration // after that; 0 is as long as others ring
}

// People knows the users and their telephones. It answers from memory.
type People interface {
	// AtExtension is the active user whose extension this is.
	AtExtension(extension string) (User, bool)
	// Get is an active user.
	Get(user jid.JID) (User, bool)
	// Ways are the devices on which a user is rung for calls of a class, and when; none when all are switched off.
	Ways(user jid.JID, class directory.RingClass) []Way
	// Skills are the levels of what a user can, by name; nil for nothing.
	Skills(user jid.JID) map[string]int
	// Penetrates reports whether a user reaches whom he calls whatever forwards they have.
	Penetrates(user jid.JID) bool
	// MayPickUp reports whether a user may take the calls that ring at another user or a team.
	MayPickUp(user jid.JID, kind directory.Kind, from string) bool
}
