package session

import (
	"plenum/components/call"
	"plenum/jingle/wire"
	"plenum/xmppd/fault"
)

// conditions says for each reason of a leg's end how Jingle has it (XEP-0166#def-reason).
var conditions = [call.Reasons]wire.Condition{
	call.Failed: wire.GeneralError, call.Success: wire.Success, call.Busy: wire.Busy, call.Declined: wire.Decline,
	call.NoAnswer: wire.Timeout, call.Cancelled: wire.Cancel, call.Elsewhere: wire.Cancel, call.NotFound: wire.Gone,
	call.Unavailable: wire.Gone, call.Forbidden: wire.Decline, call.Incompatible: wire.IncompatibleParameters,
	call.MediaLost: wire.ConnectivityError, call.Insecure: wire.SecurityError, call.Congestion: wire.GeneralError,
	call.Expired: wire.Expired, call.Transferred: wire.Success, call.Removed: wire.Cancel, call.Finished: wire.Success,
}

// texts tell people what the condition alone does not.
var texts = [call.Reasons]string{
	call.Elsewhere: "answered elsewhere", call.NotFound: "there is nobody of this address", call.Forbidden: "not allowed",
	call.Congestion: "too much is going on here", call.Transferred: "another has taken over", call.Removed: "removed by a moderator",
	call.Finished: "it is over",
}

// reasons are the conditions that the peer may give.
var reasons = map[wire.Condition]call.Reason{
	wire.AlternativeSession: call.Transferred, wire.Busy: call.Busy, wire.Cancel: call.Cancelled, wire.ConnectivityError: call.MediaLost,
	wire.Decline: call.Declined, wire.Expired: call.Expired, wire.FailedApplication: call.Incompatible, wire.FailedTransport: call.Incompatible,
	wire.GeneralError: call.Failed, wire.Gone: call.Unavailable, wire.IncompatibleParameters: call.Incompatible, wire.MediaError: call.Failed,
	wire.SecurityError: call.Insecure, wire.Success: call.Success, wire.Timeout: call.NoAnswer,
	wire.UnsupportedApplications: call.Incompatible, wire.UnsupportedTransports: call.Incompatible,
}

// kinds are what an owner's refusal of a leg means to the caller.
var kinds = map[fault.Kind]call.Reason{
	fault.NotFound: call.NotFound, fault.Conflict: call.Busy, fault.Busy: call.Busy, fault.Forbidden: call.Forbidden,
	fault.Unauthenticated: call.Forbidden, fault.Invalid: call.Incompatible, fault.Limit: call.Congestion, fault.Unavailable: call.Unavailable,
}

// WireReason is a reason as the peer is told it.
func WireReason(r call.Reason) wire.Reason {
	if r >= call.Reasons {
		r = call.Failed
	}
	return wire.Reason{Condition: conditions[r], Text: texts[r]}
}

// ReasonOf is what a peer's reason means; nil is one that has said none.
func ReasonOf(r *wire.Reason) call.Reason {
	if r == nil {
		return call.Success
	}
	return reasons[r.Condition]
}

// Refusal is what an owner's error means as the reason to refuse a call.
func Refusal(err error) call.Reason { return kinds[fault.KindOf(err)] }

// failure is why a session ends whose peer has answered a request with an error, or not at all.
func failure(e *wire.PeerError) call.Reason {
	switch {
	case e == nil: // no answer
		return call.Unavailable
	case e.Jingle == "tie-break":
		return call.Elsewhere // its own session goes on in place of this one
	case e.Jingle == "unknown-session":
		return call.Success // it has ended there
	}
	switch e.Condition {
	case "service-unavailable", "recipient-unavailable", "gone", "remote-server-not-found", "remote-server-timeout", "item-not-found":
		return call.Unavailable
	case "forbidden", "not-allowed", "not-authorized", "policy-violation":
		return call.Forbidden
	case "resource-constraint":
		return call.Congestion
	case "not-acceptable", "feature-not-implemented":
		return call.Incompatible
	}
	return call.Failed
}
