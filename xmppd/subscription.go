package xmppd

// Subscription says who sees whose presence, from the roster owner's side (RFC 6121 §2.1.2.5).
type Subscription uint8

// The two halves of a subscription.
const (
	SubscriptionTo   Subscription = 1 << iota // the owner sees the contact's presence
	SubscriptionFrom                          // the contact sees the owner's presence
)

// String is the name in a roster item: none, to, from or both.
func (s Subscription) String() string { return subscriptionNames[s&(SubscriptionTo|SubscriptionFrom)] }

var subscriptionNames = [...]string{"none", "to", "from", "both"}

// To reports whether the owner sees the contact's presence.
func (s Subscription) To() bool { return s&SubscriptionTo != 0 }

// From reports whether the contact sees the owner's presence.
func (s Subscription) From() bool { return s&SubscriptionFrom != 0 }

// subState is one of the nine subscription states (RFC 6121 §A.1). The numbers stand in the database.
type subState uint8

const (
	stNone           subState = iota
	stNonePendingOut          // the owner has asked
	stNonePendingIn           // the contact has asked
	stNonePendingBoth
	stTo
	stToPendingIn
	stFrom
	stFromPendingOut
	stBoth
	subStates
)

// subStateInfo is what the name of each state says.
var subStateInfo = [subStates]struct {
	sub     Subscription
	out, in bool // pending
}{
	stNone:            {},
	stNonePendingOut:  {out: true},
	stNonePendingIn:   {in: true},
	stNonePendingBoth: {out: true, in: true},
	stTo:              {sub: SubscriptionTo},
	stToPendingIn:     {sub: SubscriptionTo, in: true},
	stFrom:            {sub: SubscriptionFrom},
	stFromPendingOut:  {sub: SubscriptionFrom, out: true},
	stBoth:            {sub: SubscriptionTo | SubscriptionFrom},
}

func (s subState) subscription() Subscription { return subStateInfo[s].sub }
func (s subState) pendingOut() bool           { return subStateInfo[s].out }
func (s subState) pendingIn() bool            { return subStateInfo[s].in }

// subEvent is a presence stanza that manages subscriptions.
type subEvent uint8

const (
	evSubscribe subEvent = iota
	evUnsubscribe
	evSubscribed
	evUnsubscribed
	subEvents
)

var subEventNames = [subEvents]string{"subscribe", "unsubscribe", "subscribed", "unsubscribed"}

func subEventOf(typ string) (subEvent, bool) {
	for e, name := range subEventNames {
		if name == typ {
			return subEvent(e), true
		}
	}
	return 0, false
}

// transition is what a stanza does in one state. Pass: an outbound one is routed to the contact, an inbound one is
// delivered to the owner's clients.
type transition struct {
	pass bool
	next subState
}

// outboundStates is RFC 6121 §A.2: the owner sends the stanza. Rows by stanza, columns by state.
var outboundStates = [subEvents][subStates]transition{
	evSubscribe: {
		stNone:            {true, stNonePendingOut},
		stNonePendingOut:  {true, stNonePendingOut},
		stNonePendingIn:   {true, stNonePendingBoth},
		stNonePendingBoth: {true, stNonePendingBoth},
		stTo:              {true, stTo},
		stToPendingIn:     {true, stToPendingIn},
		stFrom:            {true, stFromPendingOut},
		stFromPendingOut:  {true, stFromPendingOut},
		stBoth:            {true, stBoth},
	},
	evUnsubscribe: {
		stNone:            {true, stNone},
		stNonePendingOut:  {true, stNone},
		stNonePendingIn:   {true, stNonePendingIn},
		stNonePendingBoth: {true, stNonePendingIn},
		stTo:              {true, stNone},
		stToPendingIn:     {true, stNonePendingIn},
		stFrom:            {true, stFrom},
		stFromPendingOut:  {true, stFrom},
		stBoth:            {true, stFrom},
	},
	evSubscribed: {
		stNone:            {false, stNone}, // pre-approval
		stNonePendingOut:  {false, stNonePendingOut},
		stNonePendingIn:   {true, stFrom},
		stNonePendingBoth: {true, stFromPendingOut},
		stTo:              {false, stTo},
		stToPendingIn:     {true, stBoth},
		stFrom:            {false, stFrom},
		stFromPendingOut:  {false, stFromPendingOut},
		stBoth:            {false, stBoth},
	},
	evUnsubscribed: {
		stNone:            {false, stNone}, // takes a pre-approval back
		stNonePendingOut:  {false, stNonePendingOut},
		stNonePendingIn:   {true, stNone},
		stNonePendingBoth: {true, stNonePendingOut},
		stTo:              {false, stTo},
		stToPendingIn:     {true, stTo},
		stFrom:            {true, stNone},
		stFromPendingOut:  {true, stNonePendingOut},
		stBoth:            {true, stTo},
	},
}

// inboundStates is RFC 6121 §A.3: the contact sends the stanza. A subscribe in a state with "from" is answered by the
// server; one that was approved beforehand follows preapproved.
var inboundStates = [subEvents][subStates]transition{
	evSubscribe: {
		stNone:            {true, stNonePendingIn},
		stNonePendingOut:  {true, stNonePendingBoth},
		stNonePendingIn:   {false, stNonePendingIn},
		stNonePendingBoth: {false, stNonePendingBoth},
		stTo:              {true, stToPendingIn},
		stToPendingIn:     {false, stToPendingIn},
		stFrom:            {false, stFrom},
		stFromPendingOut:  {false, stFromPendingOut},
		stBoth:            {false, stBoth},
	},
	evUnsubscribe: {
		stNone:            {false, stNone},
		stNonePendingOut:  {false, stNonePendingOut},
		stNonePendingIn:   {true, stNone},
		stNonePendingBoth: {true, stNonePendingOut},
		stTo:              {false, stTo},
		stToPendingIn:     {true, stTo},
		stFrom:            {true, stNone},
		stFromPendingOut:  {true, stNonePendingOut},
		stBoth:            {true, stTo},
	},
	evSubscribed: {
		stNone:            {false, stNone},
		stNonePendingOut:  {true, stTo},
		stNonePendingIn:   {false, stNonePendingIn},
		stNonePendingBoth: {true, stToPendingIn},
		stTo:              {false, stTo},
		stToPendingIn:     {false, stToPendingIn},
		stFrom:            {false, stFrom},
		stFromPendingOut:  {true, stBoth},
		stBoth:            {false, stBoth},
	},
	evUnsubscribed: {
		stNone:            {false, stNone},
		stNonePendingOut:  {true, stNone},
		stNonePendingIn:   {false, stNonePendingIn},
		stNonePendingBoth: {true, stNonePendingIn},
		stTo:              {true, stNone},
		stToPendingIn:     {true, stNonePendingIn},
		stFrom:            {false, stFrom},
		stFromPendingOut:  {true, stFrom},
		stBoth:            {true, stFrom},
	},
}

// preapproved is where a subscribe leads that the owner has approved beforehand (RFC 6121 §3.4.2). Only these states can
// hold a pre-approval.
var preapproved = map[subState]subState{stNone: stFrom, stNonePendingOut: stFromPendingOut, stTo: stBoth}
