package trunk

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"plenum/sipbridge/stack"
)

// pause is the time between two OPTIONS.
func (l *line) pause() time.Duration { return time.Duration(l.service.cfg.Options) * time.Second }

// ping asks the provider's servers, one after the other, until one answers (RFC 3261 §11). A registered line asks only the one where it is
// registered: when that does not answer, it registers anew.
func (l *line) ping(ctx context.Context, flows []stack.Flow) time.Duration {
	registered := l.account.Register
	if registered {
		flows = flows[:1]
	}
	failure := errors.New("the provider has no address")
	for _, f := range flows {
		req := l.request(sip.OPTIONS, strings.ToLower(rand.Text()), 1)
		contact := l.service.parts.Stack.Contact(f, escape(l.account.AddressUser()))
		req.AppendHeader(&contact)
		req.AppendHeader(sip.NewHeader("Accept", "application/sdp"))
		res, via, err := l.ask(ctx, req, f)
		if ctx.Err() != nil {
			return 0
		}
		if err == nil {
			if err = refusedBy(res); res.StatusCode < 300 || alive(res.StatusCode) {
				l.up(via)
				return l.next(l.pause())
			}
		}
		failure = err
	}
	if registered {
		l.log.Info("the provider where a trunk is registered does not answer: registering anew", "err", failure)
		l.registration.due = time.Time{}
		return 0
	}
	wait := l.failed(ctx, failure, 0)
	return min(wait, l.pause())
}

// next bounds a pause by what else is due.
func (l *line) next(wait time.Duration) time.Duration {
	if l.account.Register {
		wait = min(wait, max(0, time.Until(l.registration.due)))
	}
	return wait
}

// alive reports whether who answers so could take calls: most providers know no OPTIONS, or want credentials for it, and say just that.
func alive(code int) bool {
	switch code {
	case sip.StatusRequestTimeout, sip.StatusBadGateway, sip.StatusServiceUnavailable, sip.StatusGatewayTimeout:
		return false
	}
	return true
}
