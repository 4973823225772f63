// Package sipbridge makes legs of calls out of SIP dialogs: of phones that have registered here, and of trunks.
//
// A [Leg] lives in the mailbox of its Call-ID: requests, responses, timers, and what its owner sends all come through it, one at a time. It
// has an INVITE that is not answered yet, or one dialog; an outgoing leg has a [branch] for each place where its party may be, and the first
// of them that answers makes the dialog. What remains to be said when its owner was told that it has ended (ACK, BYE) the leg says by itself.
//
// Spec: RFC 3261 partial: user agents; redirections are not followed
// Spec: RFC 2976
// Spec: RFC 3262
// Spec: RFC 3264
// Spec: RFC 3311
// Spec: RFC 3326
// Spec: RFC 3515 partial: within dialogs
// Spec: RFC 3891
// Spec: RFC 4028
// Spec: RFC 4488
package sipbridge
