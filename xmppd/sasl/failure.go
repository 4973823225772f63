package sasl

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// Conditions of a SASL failure (RFC 6120 §6.5).
const (
	Aborted              = "aborted"
	EncryptionRequired   = "encryption-required"
	IncorrectEncoding    = "incorrect-encoding"
	InvalidAuthzid       = "invalid-authzid"
	InvalidMechanism     = "invalid-mechanism"
	MalformedRequest     = "malformed-request"
	NotAuthorized        = "not-authorized"
	TemporaryAuthFailure = "temporary-auth-failure"
)

// Failure is why an exchange ended without a user.
type Failure struct {
	Condition string // element name in <failure/>, one of the conditions above
	Text      string // for <text/>, may be empty; the same for every reason why a password was not accepted
	Err       error  // the reason for the log; never for the peer
}

// Error returns condition and reason, for the log.
func (f *Failure) Error() string {
	switch {
	case f.Err != nil:
		return f.Condition + ": " + f.Err.Error()
	case f.Text != "":
		return f.Condition + ": " + f.Text
	}
	return f.Condition
}

// Unwrap returns the reason.
func (f *Failure) Unwrap() error { return f.Err }

// Reasons that a password was not accepted, as the log sees them in Failure.Err. The peer sees no difference.
var (
	ErrUnknownUser   = errors.New("unknown user")
	ErrWrongPassword = errors.New("wrong password")
	ErrDisabled      = errors.New("account is disabled")
	ErrLockedOut     = errors.New("locked out after too many failures")
)

// refused is the one answer to a password that was not accepted.
func refused(reason error) *Failure {
	return &Failure{Condition: NotAuthorized, Text: "Wrong user name or password", Err: reason}
}

func malformed(format string, args ...any) *Failure {
	return &Failure{Condition: MalformedRequest, Err: fmt.Errorf(format, args...)}
}

// maxMessage bounds a decoded message in bytes: two names of 1023 bytes with each byte escaped, nonce and proof fit well below.
const maxMessage = 8 << 10

// Decode reads the text of <auth/> or <response/> (RFC 6120 §6.4.2): base64 with padding, where a single "=" is a message of no bytes.
// An <auth/> with empty text carries no initial response at all; Decode returns no bytes for it, and the caller passes hasInitial=false.
// The error is a *Failure.
func Decode(text string) ([]byte, error) {
	if text == "=" {
		return []byte{}, nil
	}
	if len(text) > base64.StdEncoding.EncodedLen(maxMessage) {
		return nil, malformed("message has %d characters", len(text))
	}
	message, err := decodeBase64(text)
	if err != nil {
		return nil, &Failure{Condition: IncorrectEncoding, Err: err}
	}
	return message, nil
}

// decodeBase64 refuses every character outside the alphabet (RFC 6120 §13.9.1); encoding/base64 would skip line breaks.
func decodeBase64(text string) ([]byte, error) {
	if i := strings.IndexAny(text, "\r\n"); i >= 0 {
		return nil, base64.CorruptInputError(i)
	}
	return base64.StdEncoding.Strict().DecodeString(text)
}

// Encode is Decode's counterpart for <success/> (RFC 6120 §6.4.6): no bytes become "=". A <challenge/> of no bytes is an empty element or "=".
func Encode(message []byte) string {
	if len(message) == 0 {
		return "="
	}
	return base64.StdEncoding.EncodeToString(message)
}
