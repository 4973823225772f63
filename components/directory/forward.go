package directory

import (
	"fmt"
	"time"

	"plenum/xmppd/jid"
)

// ForwardToBox is the target of a forward that leads to the voicemail of who is called.
const ForwardToBox = "*103"

// MaxForwards is how many users a call may be forwarded by, one to the next (B8).
const MaxForwards = 30

const maxForwardTarget = 40 // characters: as many as can be dialled

// Forward is where a user has all his calls forwarded. One that is not active is kept, so that it can be switched on again.
type Forward struct {
	User      jid.JID
	Target    string // as he would dial it, or ForwardToBox
	Active    bool
	Revision  int64
	Changed   time.Time
	ChangedBy jid.JID // zero: the server or its operator
}

// leads reports whether calls go to another number by it.
func (f *Forward) leads() bool { return f.Active && f.Target != ForwardToBox }

// ForwardInput is the form of a forward.
type ForwardInput struct {
	Target string
	Active bool
}

func (in ForwardInput) tidy() ForwardInput {
	in.Target = CleanNumber(in.Target)
	return in
}

// check applies the rules that need nothing but the form itself.
func (in *ForwardInput) check() (bad FieldErrors) {
	switch rest := in.Target; {
	case rest == "":
		bad.add("target", "missing", "the number is missing to which calls are forwarded")
	case len(rest) > maxForwardTarget:
		bad.add("target", "too_long", fmt.Sprintf("the number has more than %d characters", maxForwardTarget))
	case rest == ForwardToBox:
	case !dialled(rest):
		bad.add("target", "bad_number", "calls are forwarded to an extension, to a number outside, or with *103 to the voicemail")
	}
	return bad
}

// dialled reports whether a number is one of digits, with + before it or not.
func dialled(number string) bool {
	if number[0] == '+' {
		number = number[1:]
	}
	return digits(number)
}
