package sipbridge

import (
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"plenum/components/call"
	"plenum/sipbridge/stack"
	"plenum/xmppd/fault"
)

// keys are those of a telephone.
const keys = "0123456789*#ABCD"

// Durations of a key that come by INFO: without one, and at most.
const (
	keyTime    = 100 * time.Millisecond
	maxKeyTime = 10 * time.Second
)

const (
	relayType = "application/dtmf-relay"
	plainType = "application/dtmf"
)

// informed takes an INFO: keys, or nothing (RFC 2976; the two types are those of Cisco's and Nortel's phones, which all others have followed).
func (l *Leg) informed(_ *dialog, in *stack.In) {
	req := in.Request
	if value(req, "info-package") != "" {
		l.service.answer(in, 469, sip.NewHeader("Recv-Info", "")) // RFC 6086 §4.2.2
		return
	}
	var key byte
	var d time.Duration
	var ok bool
	switch t := contentType(req); {
	case len(req.Body()) == 0:
		l.service.answer(in, sip.StatusOK)
		return
	case t == relayType:
		key, d, ok = parseRelay(string(req.Body()))
	case t == plainType:
		key, ok = parseKey(strings.TrimSpace(string(req.Body())))
		d = keyTime
	default:
		l.service.answer(in, sip.StatusUnsupportedMediaType, sip.NewHeader("Accept", relayType+", "+plainType))
		return
	}
	if !ok {
		l.service.answer(in, sip.StatusBadRequest)
		return
	}
	l.service.answer(in, sip.StatusOK)
	l.tell(call.DTMF{Key: key, Duration: d})
}

// parseRelay reads "Signal=5" and "Duration=160", the latter in milliseconds.
func parseRelay(body string) (key byte, d time.Duration, ok bool) {
	d = keyTime
	for line := range strings.Lines(body) {
		name, v, _ := strings.Cut(line, "=")
		v = strings.TrimSpace(v)
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "signal":
			key, ok = parseKey(v)
		case "duration":
			if n, err := strconv.ParseUint(v, 10, 32); err == nil && n > 0 {
				d = min(time.Duration(n)*time.Millisecond, maxKeyTime)
			}
		}
	}
	return key, d, ok
}

// parseKey reads a key, or the number of its event: 10 is *, 11 #, 12 to 15 are A to D (RFC 4733 §3.2).
func parseKey(s string) (byte, bool) {
	s = strings.ToUpper(s)
	if n, err := strconv.Atoi(s); err == nil && n >= 10 && n < len(keys) && len(s) == 2 {
		return keys[n], true
	}
	if len(s) == 1 && strings.Contains(keys, s) {
		return s[0], true
	}
	return 0, false
}

// sendKeys presses keys for the peer: in the stream of its media, or by INFO when it takes no events there.
func (l *Leg) sendKeys(pressed string, d time.Duration) {
	h := l.media.Load()
	if h == nil || l.state == called || l.state == calling && !l.hasEarly() {
		return
	}
	err := h.SendDTMF(pressed, d)
	if err == nil {
		return
	}
	if fault.KindOf(err) != fault.Unavailable || l.state != active || !l.peer.info && !l.peer.infoUnknown {
		l.log.Info("keys cannot be sent", "err", err)
		return
	}
	if d == 0 {
		d = keyTime
	}
	l.sendKey(pressed, d)
}

// maxKeys is how many keys are sent by INFO at once.
const maxKeys = 64

// sendKey sends the first key, and the next when it was taken.
func (l *Leg) sendKey(pressed string, d time.Duration) {
	if pressed == "" || l.state != active {
		return
	}
	pressed = pressed[:min(len(pressed), maxKeys)]
	req := l.d.request(sip.INFO, sip.NewHeader("Content-Type", relayType))
	req.SetBody([]byte("Signal=" + pressed[:1] + "\r\nDuration=" + strconv.Itoa(int(d/time.Millisecond)) + "\r\n"))
	l.busy++
	l.ask(l.d, req, func(res *sip.Response, err error) {
		if err == nil && res.StatusCode < 300 {
			l.sendKey(pressed[1:], d)
		}
		l.done()
	})
}

// hasEarly reports whether the peer can be heard before it answers.
func (l *Leg) hasEarly() bool { return l.media.Load() != nil }
