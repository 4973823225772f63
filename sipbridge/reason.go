package sipbridge

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"

	"plenum/components/call"
	"plenum/xmppd/fault"
)

// An ending is how SIP has a reason: the status with which an INVITE is refused, and the Q.850 cause of the Reason header field.
type ending struct{ status, cause int }

// endings says for each reason of a leg's end how SIP has it (RFC 3261 §21, RFC 3398 §8.2.6.1).
var endings = [call.Reasons]ending{
	call.Failed: {500, 127}, call.Success: {480, 16}, call.Busy: {486, 17}, call.Declined: {603, 21}, call.NoAnswer: {480, 19},
	call.Cancelled: {487, 16}, call.Elsewhere: {487, 26}, call.NotFound: {404, 1}, call.Unavailable: {480, 18}, call.Forbidden: {403, 21},
	call.Incompatible: {488, 88}, call.MediaLost: {480, 41}, call.Insecure: {488, 88}, call.Congestion: {503, 42}, call.Expired: {480, 16},
	call.Transferred: {487, 16}, call.Removed: {603, 21}, call.Finished: {480, 16},
}

// statuses are the final responses that say something of their own; others mean what their class does.
var statuses = map[int]call.Reason{
	400: call.Failed, 401: call.Forbidden, 403: call.Forbidden, 404: call.NotFound, 406: call.Incompatible, 407: call.Forbidden,
	408: call.Unavailable, 410: call.NotFound, 415: call.Incompatible, 416: call.NotFound, 420: call.Incompatible, 433: call.Forbidden,
	480: call.Unavailable, 481: call.Failed, 482: call.Failed, 483: call.Failed, 484: call.NotFound, 486: call.Busy, 487: call.Cancelled,
	488: call.Incompatible, 493: call.Insecure, 494: call.Insecure, 503: call.Congestion, 504: call.Unavailable,
	600: call.Busy, 603: call.Declined, 604: call.NotFound, 606: call.Incompatible, 607: call.Declined, 608: call.Declined,
}

// classes are what the other final responses mean, by their first digit.
var classes = map[int]call.Reason{3: call.Unavailable, 4: call.Failed, 5: call.Failed, 6: call.Declined}

// causes are those of Q.850 that a peer may give (RFC 3398 §7.2.4.1, §8.2.6.1).
var causes = map[int]call.Reason{
	1: call.NotFound, 2: call.NotFound, 3: call.NotFound, 16: call.Success, 17: call.Busy, 18: call.Unavailable, 19: call.NoAnswer,
	20: call.Unavailable, 21: call.Declined, 22: call.NotFound, 26: call.Elsewhere, 27: call.Unavailable, 28: call.NotFound, 31: call.Success,
	34: call.Congestion, 38: call.Unavailable, 41: call.Unavailable, 42: call.Congestion, 44: call.Congestion, 55: call.Forbidden,
	57: call.Forbidden, 63: call.Unavailable, 65: call.Incompatible, 79: call.Incompatible, 88: call.Incompatible, 102: call.NoAnswer,
}

// kinds are what an owner's refusal of a call means to the caller.
var kinds = map[fault.Kind]call.Reason{
	fault.NotFound: call.NotFound, fault.Conflict: call.Busy, fault.Busy: call.Busy, fault.Forbidden: call.Forbidden,
	fault.Unauthenticated: call.Forbidden, fault.Invalid: call.Incompatible, fault.Limit: call.Congestion, fault.Unavailable: call.Unavailable,
}

// completedElsewhere is what other phones of a call are told, so that they do not list it as missed (RFC 3326 §3.1).
const completedElsewhere = `SIP;cause=200;text="Call completed elsewhere"`

// Status is the final response that a reason refuses a call with.
func Status(r call.Reason) int {
	if r >= call.Reasons {
		r = call.Failed
	}
	return endings[r].status
}

// ReasonOf is what a final response to INVITE means.
func ReasonOf(status int) call.Reason {
	if r, ok := statuses[status]; ok {
		return r
	}
	return classes[status/100]
}

// reasonHeader is a reason as the Reason header field has it (RFC 3326 §2).
func reasonHeader(r call.Reason) sip.Header {
	if r >= call.Reasons {
		r = call.Failed
	}
	if r == call.Elsewhere {
		return sip.NewHeader("Reason", completedElsewhere)
	}
	return sip.NewHeader("Reason", fmt.Sprintf("Q.850;cause=%d;text=%q", endings[r].cause, r.String()))
}

// saidReason is what the Reason header fields of a BYE, a CANCEL or a response say; ok is false when they say nothing that is known.
func saidReason(m message) (r call.Reason, ok bool) {
	for _, value := range values(m, "reason") {
		protocol, params, _ := strings.Cut(value, ";")
		number, err := strconv.Atoi(parameter(params, "cause"))
		if err != nil {
			continue
		}
		switch strings.ToUpper(strings.TrimSpace(protocol)) {
		case "Q.850":
			r, ok = causes[number]
		case "SIP":
			if number == 200 {
				return call.Elsewhere, true
			}
			if number >= 300 {
				r, ok = ReasonOf(number), true
			}
		}
		if ok {
			return r, true
		}
	}
	return 0, false
}
