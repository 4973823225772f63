// Package session is one Jingle session, from the message that proposes it to its end, as a [call.Leg]. What the peer says becomes events of the
// leg, its commands become stanzas. The media half is somebody else's, package sfu's in the program.
//
//	           propose           proceed         session-initiate      session-accept
//	incoming:  ──────▶ proposed ◀──────  proposed ─────────────▶ offered ─────────────▶ accepting ──(acknowledged)──▶ active
//	outgoing:  ──────▶ proposing ◀─────  preparing ────────────▶ initiating ◀─────────────────────────────────────── active
//
// Without Jingle Message Initiation (XEP-0353) a session begins with its session-initiate.
//
// One goroutine owns a session. Stanzas, commands, events of the media half and timers come to it as messages; it answers each request
// once, in the order in which they came, and before it acts on it.
//
// # How a session ends
//
// By the Hangup of its owner, by the peer's session-terminate, reject, retract or finish, by an error that the peer answers with, when nothing can
// be agreed on, when the peer's media stays away, and when a limit is exceeded. The owner is told Ended once, as the last thing.
//
// Spec: XEP-0166 1.1.2 partial: no second attempt over another session, security-info is not taken
// Spec: XEP-0167 1.2.3 partial: encrypted by DTLS only
// Spec: XEP-0176 1.1.1 complete
// Spec: XEP-0320 1.0.0 complete
// Spec: XEP-0353 0.8.0 partial: who is called is not sent presence first
package session

import "time"

// NSLayers is the namespace of <layers/>: which layers of a simulcast the page need send. It is this server's own.
const NSLayers = "urn:plenum:rtp:layers:0"

// Limits of one session. Clients stay far below them.
const (
	MaxContents   = 64  // in the whole of a session: a page has 14, and 2 for each screen
	MaxEarlyInfos = 128 // contents of transport-infos that wait for the answer to what they belong to; a browser has some 20 candidates
	MaxInbox      = 512 // messages that wait for the session's goroutine; beyond it, requests are refused
	MaxRestarts   = 30  // ICE restarts of a transport by the peer in a minute
)

// Times that a session keeps.
const (
	GatherTime   = 500 * time.Millisecond // until what is known of our candidates is told; others follow
	InitiateTime = 30 * time.Second       // from our proceed until the session-initiate
	RingTime     = 5 * time.Minute        // until who has been called has taken the call; owners are less patient
	ConnectTime  = 30 * time.Second       // from the accept until media can pass
	FindTime     = 8 * time.Second        // from the last sign of life until the loss of a transport is found, at most
	LostTime     = 25 * time.Second       // from the loss of the last way of media until the session ends, where the owner has not said otherwise
	ClosedTime   = 3 * time.Second        // from the end of the peer's DTLS until the session ends, which its session-terminate usually does
	RestartTime  = 2 * time.Second        // from a loss until we, if we have initiated, restart ICE
)
