package registrar

import (
	"net/netip"

	"github.com/emiago/sipgo/sip"

	"plenum/sipbridge/digest"
	"plenum/sipbridge/stack"
	"plenum/xmppd/sasl"
)

// Authenticate says which phone sent a request. When it returns false, it has challenged or refused the sender, or left him without an answer because
// too many of his tries failed.
func (r *Registrar) Authenticate(in *stack.In) (Device, bool) {
	var device Device
	source := in.Flow.Remote.Addr()
	locked := false
	user, verdict := r.digest.Verify(in.Request, r.parts.Realm, in.Flow.Remote, func(user string) (digest.HA1, bool) {
		if locked = !r.parts.Limiter.Allow(user, source); locked {
			return digest.HA1{}, false
		}
		var ok bool
		device, ok = r.parts.Devices.SIPDevice(user)
		return device.Keys, ok
	})
	switch {
	case locked:
		in.Tx.Drop()
	case verdict == digest.Accepted && device.Encryption == Required && !in.Flow.Secure():
		r.answer(in, sip.StatusForbidden, warning("this phone must use TLS"))
	case verdict == digest.Accepted:
		r.parts.Limiter.Succeed(user, source)
		r.plain.answered(in.Request, source)
		return device, true
	case verdict == digest.Invalid:
		r.answerOnce(in, sip.StatusBadRequest, warning("the credentials cannot be read, or are for another request"))
	default:
		answer := r.answerOnce
		if verdict == digest.Wrong {
			r.failed(user, source)
			answer = r.answer // so that a repetition does not count
		}
		onlyMD5 := r.cfg.MD5Only || r.plain.asks(in.Request, source, verdict == digest.Missing)
		answer(in, sip.StatusUnauthorized, r.digest.Challenge(false, r.parts.Realm, source, verdict == digest.Stale, onlyMD5)...)
	}
	return Device{}, false
}

// failed counts a wrong password, and tells the operator once when that locks somebody out.
func (r *Registrar) failed(user string, source netip.Addr) {
	r.parts.Limiter.Fail(user, source)
	if out := r.parts.Limiter.NewLockOut(user, source); out != sasl.NoLockOut {
		r.log.Warn("an address is locked out after too many wrong passwords of SIP phones", "user", user, "addr", source, "all", out == sasl.OfEverything)
	}
}

// warning says in a few words why (RFC 3261 §20.43, code 399).
func warning(text string) sip.Header { return sip.NewHeader("Warning", `399 plenum "`+text+`"`) }

// answer sends a final response. When it is lost, the phone asks again.
func (r *Registrar) answer(in *stack.In, code int, headers ...sip.Header) {
	if err := in.Tx.Answer(code, headers...); err != nil {
		r.log.Debug("an answer could not be sent", "flow", in.Flow, "code", code, "err", err)
	}
}

// answerOnce sends a final response to who may be anybody.
func (r *Registrar) answerOnce(in *stack.In, code int, headers ...sip.Header) {
	if err := in.Tx.AnswerOnce(code, headers...); err != nil {
		r.log.Debug("an answer could not be sent", "flow", in.Flow, "code", code, "err", err)
	}
}
