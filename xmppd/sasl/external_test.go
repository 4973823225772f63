package sasl_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"plenum/xmppd/fault"
	"plenum/xmppd/sasl"
)

func TestExternal(t *testing.T) {
	tests := []struct {
		name, known, authzid string
		condition            string
		reason               error
	}{
		{"who is known gets in", "juliet", "", "", nil},
		{"who is known gets in under his own address", "juliet", "juliet@capulet.lit", "", nil},
		{"nobody acts for another", "juliet", "romeo@capulet.lit", sasl.InvalidAuthzid, nil},
		{"nobody acts for a namesake elsewhere", "juliet", "juliet@montague.lit", sasl.InvalidAuthzid, nil},
		{"nobody acts for all others", "juliet", strings.Repeat("x", 2000), sasl.InvalidAuthzid, nil},
		{"a name that is not UTF-8 is refused", "juliet", "\xff", sasl.MalformedRequest, nil},
		{"an account that is gone gets nobody in", "tybalt", "", sasl.NotAuthorized, sasl.ErrUnknownUser},
		{"an account that is disabled gets nobody in", "paris", "", sasl.NotAuthorized, sasl.ErrDisabled},
		{"accounts that do not answer are a temporary failure", "nurse", "", sasl.TemporaryAuthFailure, nil},
		{"nobody known is no mechanism", "", "", sasl.InvalidMechanism, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			x, err := sasl.NewExchange(sasl.External, sasl.Config{
				Domain: "capulet.lit", External: test.known, FakeSecret: []byte("0123456789abcdef"),
				Lookup: func(_ context.Context, user string) (sasl.Account, error) {
					switch user {
					case "juliet", "paris":
						return sasl.Account{Disabled: user == "paris"}, nil
					case "nurse":
						return sasl.Account{}, errors.New("broken")
					}
					return sasl.Account{}, fault.New(fault.NotFound, "no such account")
				},
			})
			if err != nil {
				wantCondition(t, failureOf(t, err), test.condition)
				return
			}
			_, done, failure := step(t, x, test.authzid, true)
			wantCondition(t, failure, test.condition)
			if test.reason != nil && !errors.Is(failure, test.reason) {
				t.Errorf("the log sees %v, want %v", failure, test.reason)
			}
			if done != (test.condition == "") || done && x.User() != "juliet" {
				t.Errorf("done %v, user %q", done, x.User())
			}
		})
	}
}
