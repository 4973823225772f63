package sasl

import (
	"crypto/hmac"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	mellium "mellium.im/sasl"
)

// scram is what an exchange keeps between the client's two messages (RFC 5802 §5).
type scram struct {
	hash    scramHash
	account *Account   // nil for an unknown user
	keys    StoredKeys // the account's, or fake ones
	real    bool       // keys are the account's

	binding     []byte // what c= must decode to: the GS2 header and the binding data
	nonce       string // the client's part and ours
	authMessage string // AuthMessage up to the comma before client-final-message-without-proof
}

// scramMechanism is SCRAM over stored keys; mellium's own wants a salted password, which is as good as the password itself, and has no -PLUS.
func scramMechanism(x *Exchange) mellium.Mechanism {
	return mellium.Mechanism{
		Name: x.mechanism,
		Next: func(_ *mellium.Negotiator, message []byte, data any) (bool, []byte, any, error) {
			if state, ok := data.(*scram); ok {
				out, failure := x.scramFinal(state, string(message))
				if failure != nil {
					return false, nil, nil, failure
				}
				return false, out, nil, nil
			}
			state, out, failure := x.scramFirst(string(message))
			if failure != nil {
				return false, nil, nil, failure
			}
			return true, out, state, nil
		},
	}
}

// scramFirst answers client-first-message with salt and iteration count. Nothing here depends on whether the account exists.
func (x *Exchange) scramFirst(message string) (*scram, []byte, *Failure) {
	first, err := parseClientFirst(message)
	if err != nil {
		return nil, nil, malformed("client-first-message: %w", err)
	}
	binding, failure := x.bind(first)
	if failure != nil {
		return nil, nil, failure
	}
	valid := x.nameUser(first.user)
	if failure := x.authorize(first.authzid); failure != nil {
		return nil, nil, failure
	}
	account, failure := x.lookup(valid)
	if failure != nil {
		return nil, nil, failure
	}
	state := &scram{hash: hashOf(x.mechanism), account: account, binding: binding, nonce: first.nonce + x.newNonce()}
	state.keys = state.hash.fakeKeys(&x.cfg, x.user)
	if account != nil {
		if keys, ok := account.Keys[state.hash.name]; ok {
			state.keys, state.real = keys, true
		}
	}
	out := "r=" + state.nonce + ",s=" + base64.StdEncoding.EncodeToString(state.keys.Salt) + ",i=" + strconv.Itoa(state.keys.Iterations)
	state.authMessage = first.bare + "," + out
	return state, []byte(out), nil
}

func hashOf(mechanism string) scramHash {
	name := strings.TrimSuffix(mechanism, "-PLUS")
	for _, h := range scramHashes {
		if h.name == name {
			return h
		}
	}
	panic("no hash for mechanism " + mechanism)
}

// bind checks the client's view of channel binding against ours (RFC 5802 §6) and returns what it must repeat in c=.
func (x *Exchange) bind(first clientFirst) ([]byte, *Failure) {
	plus := isPlus(x.mechanism)
	switch {
	case first.bindingFlag == 'p' && !plus, first.bindingFlag != 'p' && plus:
		return nil, malformed("channel binding flag %q does not go with %s", first.bindingFlag, x.mechanism)
	case first.bindingFlag == 'y' && x.cfg.offersPlus():
		// The client believes that we announced no -PLUS, and we did: somebody in between took it out.
		return nil, &Failure{Condition: NotAuthorized, Text: "server-does-support-channel-binding",
			Err: errors.New("client saw no -PLUS mechanism although it was announced: possible downgrade attack")}
	case !plus:
		return []byte(first.gs2), nil
	}
	data, err := x.cfg.bindingData(first.bindingName)
	if err != nil {
		return nil, &Failure{Condition: NotAuthorized, Text: errNoBinding.Error(), Err: fmt.Errorf("channel binding %.64q: %w", first.bindingName, err)}
	}
	return append([]byte(first.gs2), data...), nil
}

// scramFinal checks the client's proof and returns server-final-message.
func (x *Exchange) scramFinal(state *scram, message string) ([]byte, *Failure) {
	final, err := parseClientFinal(message)
	if err != nil {
		return nil, malformed("client-final-message: %w", err)
	}
	if subtle.ConstantTimeCompare([]byte(final.nonce), []byte(state.nonce)) != 1 {
		return nil, malformed("client-final-message: nonce is not ours")
	}
	if subtle.ConstantTimeCompare(final.binding, state.binding) != 1 {
		return nil, &Failure{Condition: NotAuthorized, Text: "channel-bindings-dont-match",
			Err: errors.New("channel binding differs: somebody may be in between")}
	}
	authMessage := state.authMessage + "," + final.withoutProof
	signature := state.hash.hmac(state.keys.ServerKey, authMessage)
	correct := state.verify(authMessage, final.proof) && state.real
	if failure := x.settle(state.account, correct); failure != nil {
		return nil, failure
	}
	return []byte("v=" + base64.StdEncoding.EncodeToString(signature)), nil
}

// verify reports whether the proof is ClientKey XOR ClientSignature for a ClientKey whose hash is stored (RFC 5802 §3).
func (s *scram) verify(authMessage string, proof []byte) bool {
	if len(proof) != s.hash.size {
		return false
	}
	clientKey := make([]byte, s.hash.size)
	subtle.XORBytes(clientKey, proof, s.hash.hmac(s.keys.StoredKey, authMessage))
	return hmac.Equal(s.hash.sum(clientKey), s.keys.StoredKey)
}
