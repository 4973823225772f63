package call

import "fmt"

// A Reason is why a leg or a call has ended. Each edge has one table that maps it to what its protocol says, and back: Jingle's reasons
// (XEP-0166#def-reason), SIP's status codes and the Reason header field (RFC 3326), Q.850.
type Reason uint8

const (
	Failed       Reason = iota // for reasons of which nothing is known; an internal error
	Success                    // the call took place, and one of the parties or its time limit ended it
	Busy                       // the party is in another call
	Declined                   // the party does not want the call
	NoAnswer                   // it rang until the time was over
	Cancelled                  // the caller gave up, or was moved on, before somebody answered
	Elsewhere                  // another device or party has answered
	NotFound                   // there is nobody of this address
	Unavailable                // the party is known and cannot be reached now: not logged in, no device, no network
	Forbidden                  // the caller may not call there, or his identity was not proved
	Incompatible               // no codec, transport or media in common
	MediaLost                  // media could not be established, or nothing has come for too long
	Insecure                   // what the party demands of encryption was not met
	Congestion                 // a limit of this server, of a trunk or of the network
	Expired                    // the longest time for this kind of call is over
	Transferred                // the party's place was taken by another: transfer, pickup
	Removed                    // a moderator or administrator has ended it
	Finished                   // what was called is over: a conference ended for all, an announcement was played
)

var reasonNames = [...]string{
	Failed: "failed", Success: "success", Busy: "busy", Declined: "declined", NoAnswer: "no answer", Cancelled: "cancelled",
	Elsewhere: "answered elsewhere", NotFound: "not found", Unavailable: "unavailable", Forbidden: "forbidden",
	Incompatible: "incompatible", MediaLost: "media lost", Insecure: "insecure", Congestion: "congestion", Expired: "expired",
	Transferred: "transferred", Removed: "removed", Finished: "finished",
}

// Reasons is the number of reasons: an edge's table has an entry for each below.
const Reasons = Reason(len(reasonNames))

// String returns the reason in lower case words.
func (r Reason) String() string {
	if int(r) < len(reasonNames) {
		return reasonNames[r]
	}
	return fmt.Sprintf("reason %d", uint8(r))
}

// ranks orders what the branches of a call ended with by how much it tells the caller, best first, after RFC 3261 §16.7: what the callee
// himself has said, then that he was rung in vain, then why he was not. Other reasons come last.
var ranks = []Reason{Declined, Busy, NoAnswer, Forbidden, Insecure, Incompatible, Unavailable, NotFound, Congestion, MediaLost}

// better reports whether r tells a caller more than s.
func (r Reason) better(s Reason) bool { return r.rank() < s.rank() }

func (r Reason) rank() int {
	for i, ranked := range ranks {
		if r == ranked {
			return i
		}
	}
	return len(ranks)
}
