package adhoc

import (
	"errors"
	"fmt"

	"plenum/xmppd"
	"plenum/xmppd/fault"
)

// The errors of XEP-0050#desc-errors. BadLocale is for commands that cannot do without a language; the others are returned by the
// frame.
var (
	errMalformedAction = badRequest("malformed-action", "the action is execute, next, prev, complete or cancel")
	errBadAction       = badRequest("bad-action", "this action is not possible now")
	errBadSession      = badRequest("bad-sessionid", "this is not the id of a command that you carry out")
	errExpired         = specific("cancel", "not-allowed", "session-expired", "this command is over; start it again")
	errForbidden       = &xmppd.StanzaError{Type: "cancel", Condition: "forbidden"}
	errTooMany         = &xmppd.StanzaError{Type: "cancel", Condition: "not-allowed",
		Text: fmt.Sprintf("at most %d commands at a time; finish or cancel one", MaxPerUser)}
)

// BadLocale says that a command cannot be carried out in the language that was asked for.
func BadLocale() error { return badRequest("bad-locale", "") }

// BadPayload says what is wrong with a form.
func BadPayload(format string, args ...any) error {
	return badRequest("bad-payload", fmt.Sprintf(format, args...))
}

func badRequest(condition, text string) *xmppd.StanzaError {
	return specific("modify", "bad-request", condition, text)
}

func specific(typ, general, condition, text string) *xmppd.StanzaError {
	return &xmppd.StanzaError{Type: typ, Condition: general, Text: text, App: []byte("<" + condition + " xmlns='" + NS + "'/>")}
}

// again reports whether an error leaves the command where it is: the form was not right.
func again(err error) (*xmppd.StanzaError, bool) {
	if e, ok := errors.AsType[*xmppd.StanzaError](err); ok {
		return e, e.Condition == "bad-request"
	}
	if fault.Is(err, fault.Invalid) {
		return badRequest("bad-payload", fault.Text(err)), true
	}
	return nil, false
}
