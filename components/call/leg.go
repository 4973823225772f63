package call

import (
	"context"

	"plenum/components/media"
	"plenum/xmppd/jid"
)

// A LegID names a leg. It is unique in its call at least; edges and logs know the leg by it. The empty one stands for the call's owner.
type LegID string

// A Party is somebody who calls or is called, as far as he is known.
type Party struct {
	JID    jid.JID // bare JID of an account, a room, a number, a team; zero for strangers
	Number string  // as it was dialled, or with "+" and country code from outside; empty for who has none
	Name   string  // to show
}

// A Direction is which way a call went between this server and the leg's party.
type Direction uint8

const (
	Incoming Direction = iota // the party calls
	Outgoing                  // the party is called
)

// An Offer is what is known of a leg as it begins.
type Offer struct {
	ID       LegID
	From, To Party
	Video    bool // the call is asked for with pictures
	// Replaces names the leg whose place this one takes when it is answered: an attended transfer, a pickup (RFC 3891).
	Replaces LegID
	// Forwards counts how often the call was forwarded before it came here.
	Forwards int
	// Wanted says that who is called has asked for the call himself: his device may answer at once where it can.
	Wanted bool
	// Codecs are those of sound that who calls can take, best first: the edge fills it in for a leg that comes in, and lists the first of
	// them first where it makes an offer for one that goes out. Nil when nothing is known.
	Codecs []media.Codec
	// Hops is how many servers the call may still pass, this one among them, so that one which goes in circles ends (RFC 3261 §8.1.1.6). 0 when nothing
	// is known.
	Hops int
}

// A Leg is one party's part in a call. Its methods may be called from any goroutine.
type Leg interface {
	ID() LegID
	// Send carries out a command in the order of calls. It never blocks; what comes of it is reported as events.
	Send(Command)
	// Media is the leg's media half, nil until media is agreed, which [MediaReady] reports.
	Media() media.Endpoint
}

// A Sink is where a leg reports. Post never blocks; it reports false when the owner is gone or cannot keep up, and the leg then ends
// by itself.
type Sink interface {
	Post(Event) bool
}

// A Dialer makes outgoing legs: telephony asks the edge that reaches the party.
type Dialer interface {
	// Dial begins to call o.To. It does not wait for the party: all that follows comes to sink, Ended too when the party cannot be reached.
	Dial(ctx context.Context, o Offer, sink Sink) (Leg, error)
}
