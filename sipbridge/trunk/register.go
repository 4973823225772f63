package trunk

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"plenum/sipbridge/digest"
	"plenum/sipbridge/stack"
)

// registration is what has to be remembered between two REGISTERs (RFC 3261 §10.2).
type registration struct {
	callID  string // all of a line have the same
	seq     uint32
	seconds int       // that are asked for, when the provider wants more than the configuration
	due     time.Time // of the next
	expires time.Time // zero as long as we are not registered
	flow    stack.Flow
}

// register tries the provider's servers, one after the other, until one has us registered or refuses that for good.
func (l *line) register(ctx context.Context, flows []stack.Flow) time.Duration {
	var failure error
	var after time.Duration
	for _, f := range flows {
		res, via, err := l.registerAt(ctx, f, l.seconds())
		if ctx.Err() != nil {
			return 0
		}
		if err == nil {
			return l.registered(res, via)
		}
		failure = err
		if res != nil {
			after = max(after, retryAfter(res))
		}
		if isFinal(err) {
			break
		}
	}
	if failure == nil {
		failure = errors.New("the provider has no address")
	}
	l.registration.expires, l.registration.due = time.Time{}, time.Time{}
	return l.failed(ctx, failure, after)
}

// seconds is for how long we ask.
func (l *line) seconds() int { return max(l.registration.seconds, l.service.cfg.Expires) }

// maxTries is how often a REGISTER is sent again to the same server: with credentials, with newer ones, with a longer time.
const maxTries = 4

// registerAt registers at one server for some seconds; 0 takes the registration back. The answer is returned with a refusal, too.
func (l *line) registerAt(ctx context.Context, f stack.Flow, seconds int) (*sip.Response, stack.Flow, error) {
	r := &l.registration
	if r.callID == "" {
		r.callID = strings.ToLower(rand.Text())
	}
	var credentials []sip.Header
	for range maxTries {
		r.seq++
		req := l.request(sip.REGISTER, r.callID, r.seq)
		contact := l.service.parts.Stack.Contact(f, escape(l.account.AddressUser()))
		contact.Address.UriParams = append(contact.Address.UriParams.Clone(), sip.HeaderKV{K: lineParam, V: l.token})
		req.AppendHeader(&contact)
		req.AppendHeader(sip.NewHeader("Expires", strconv.Itoa(seconds)))
		for _, h := range credentials {
			req.AppendHeader(h)
		}
		res, via, err := l.ask(ctx, req, f)
		if err != nil {
			return nil, f, err
		}
		f = via
		switch res.StatusCode {
		case sip.StatusOK:
			return res, f, nil
		case sip.StatusUnauthorized, sip.StatusProxyAuthRequired:
			if l.password == "" {
				return res, f, errNoPassword
			}
			if err := digest.Authorize(req, res, l.account.LoginUser(), l.password); err != nil {
				return res, f, err
			}
			credentials = append(req.GetHeaders("Authorization"), req.GetHeaders("Proxy-Authorization")...)
		case sip.StatusIntervalToBrief:
			least, err := strconv.Atoi(strings.TrimSpace(headerText(res, "Min-Expires")))
			if err != nil || least <= seconds || least > 86400 {
				return res, f, refusedBy(res)
			}
			r.seconds, seconds = least, least
		default:
			return res, f, refusedBy(res)
		}
	}
	return nil, f, fmt.Errorf("the provider has challenged %d times", maxTries)
}

// lineParam is the parameter of our contact by which calls to it are known: who sends it has been told it by the provider's registrar.
const lineParam = "line"

// registered notes until when we are registered, and returns when to renew that: before, so that one lost round does not matter.
func (l *line) registered(res *sip.Response, f stack.Flow) time.Duration {
	granted := l.granted(res)
	r := &l.registration
	r.flow, r.expires = f, time.Now().Add(granted)
	wait := granted * 4 / 5
	if granted <= 2*time.Minute {
		wait = granted / 2
	}
	wait -= mathrand.N(wait/10 + 1) // those of many accounts are not to come all at once
	r.due = time.Now().Add(wait)
	l.service.parts.Stack.Trust(f)
	l.up(f)
	if l.account.Options {
		wait = min(wait, l.pause())
	}
	return wait
}

// shortest is what is taken for the time of a registration at least, whatever the provider says.
const shortest = 20 * time.Second

// granted reads for how long the provider has us registered: it says so in our contact, or in Expires (RFC 3261 §10.2.4).
func (l *line) granted(res *sip.Response) time.Duration {
	seconds := l.seconds()
	if n, err := strconv.Atoi(strings.TrimSpace(headerText(res, "Expires"))); err == nil {
		seconds = n
	}
	for _, h := range res.GetHeaders("Contact") {
		contact, ok := h.(*sip.ContactHeader)
		if !ok {
			continue
		}
		if token, _ := contact.Address.UriParams.Get(lineParam); token != l.token {
			continue
		}
		if text, ok := contact.Params.Get("expires"); ok {
			if n, err := strconv.Atoi(text); err == nil {
				seconds = n
			}
		}
	}
	return max(shortest, min(time.Duration(seconds)*time.Second, 24*time.Hour))
}

// leaveTime is how long taking back a registration may take.
const leaveTime = 3 * time.Second

// leave takes back the registration, if there is one.
func (l *line) leave() {
	if l.registration.expires.IsZero() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), leaveTime)
	defer cancel()
	if _, _, err := l.registerAt(ctx, l.registration.flow, 0); err != nil {
		l.log.Info("a registration could not be taken back", "err", err)
	}
}

// retryAfter reads how long a peer asks to be left alone.
func retryAfter(res *sip.Response) time.Duration {
	text, _, _ := strings.Cut(headerText(res, "Retry-After"), ";")
	text, _, _ = strings.Cut(text, "(")
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || n < 0 {
		return 0
	}
	return time.Duration(min(n, 86400)) * time.Second
}

func headerText(res *sip.Response, name string) string {
	if h := res.GetHeader(name); h != nil {
		return h.Value()
	}
	return ""
}
