package sasl

import (
	"fmt"
	"unicode/utf8"

	mellium "mellium.im/sasl"
)

// externalMechanism asks for no secret: who the client is was proved before the stream began (RFC 4422 appendix A). All that it says is whom it
// wants to act for, and that is nobody but itself.
func externalMechanism(x *Exchange) mellium.Mechanism {
	return mellium.Mechanism{
		Name: External,
		Next: func(_ *mellium.Negotiator, authzid []byte, _ any) (bool, []byte, any, error) {
			if failure := x.external(authzid); failure != nil {
				return false, nil, nil, failure
			}
			return false, nil, nil, nil
		},
	}
}

func (x *Exchange) external(authzid []byte) *Failure {
	if !utf8.Valid(authzid) {
		return malformed("authorization identity is not UTF-8")
	}
	if !x.nameUser(x.cfg.External) {
		return &Failure{Condition: TemporaryAuthFailure, Err: fmt.Errorf("the name %q is no localpart", x.cfg.External)}
	}
	if failure := x.authorize(string(authzid)); failure != nil {
		return failure
	}
	account, failure := x.lookup(true)
	switch {
	case failure != nil:
		return failure
	case account == nil:
		return refused(ErrUnknownUser)
	case account.Disabled:
		return refused(ErrDisabled)
	}
	return nil
}
