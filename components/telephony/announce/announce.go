// Package announce tells callers why their calls come to nothing.
package announce

import (
	"context"
	"log/slog"
	"sync"

	"plenum/components/call"
	"plenum/components/telephony/ivr"
	"plenum/components/telephony/prompts"
	"plenum/xmppd/fault"
)

// texts are what is said for the reasons for which something can be said. For others a telephone has signs of its own.
var texts = map[call.Reason]prompts.ID{
	call.NotFound:    prompts.ReasonUnknownNumber,
	call.Unavailable: prompts.ReasonUnavailable,
	call.Busy:        prompts.ReasonBusy,
	call.NoAnswer:    prompts.ReasonNoAnswer,
	call.Declined:    prompts.ReasonUnavailable,
	call.Forbidden:   prompts.ReasonForbidden,
	call.Congestion:  prompts.ReasonNoLine,
	call.Failed:      prompts.ReasonFailed,
	call.MediaLost:   prompts.ReasonFailed,
}

// Service takes calls. Its methods do not block.
type Service struct {
	prompts *prompts.Service
	log     *slog.Logger

	mu   sync.Mutex
	ctx  context.Context // ends with the service
	stop context.CancelFunc
	work sync.WaitGroup
}

// New makes the service.
func New(p *prompts.Service, log *slog.Logger) *Service {
	s := &Service{prompts: p, log: log}
	s.ctx, s.stop = context.WithCancel(context.Background())
	return s
}

// Close ends all announcements.
func (s *Service) Close() {
	s.mu.Lock()
	s.stop()
	s.mu.Unlock()
	s.work.Wait()
}

// Knows reports whether there is something to say for a reason.
func Knows(why call.Reason) bool { return texts[why] != "" }

// Tell tells a caller, in a language, and ends the call with that reason. It is not answered, so that it costs nothing.
func (s *Service) Tell(why call.Reason, lang string, leg call.Leg) (call.Sink, error) {
	if !Knows(why) {
		return nil, fault.Newf(fault.NotFound, "there is nothing to say for %q", why)
	}
	session := ivr.New(leg, s.log)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx.Err() != nil {
		return nil, fault.New(fault.Unavailable, "the server stops")
	}
	s.work.Go(func() {
		session.Run(s.ctx, func(ctx context.Context, v *ivr.Session) call.Reason {
			if err := v.Early(ctx); err == nil {
				_ = v.Say(ctx, s.prompts.Get(lang, texts[why])) // who has hung up does not want to know
			}
			return why
		})
	})
	return session, nil
}
