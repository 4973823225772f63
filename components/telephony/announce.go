package telephony

import (
	"context"
	"log/slog"
	"strconv"

	"plenum/components/call"
	"plenum/components/media/play"
	"plenum/components/telephony/ivr"
	"plenum/components/telephony/prompts"
)

// Announcements are the texts that tell a caller why his call comes to nothing.
type Announcements struct {
	Prompts interface {
		Get(language string, id prompts.ID) *play.Clip
	}
	Log *slog.Logger
}

// words are what is said for each reason. For others the caller's telephone has a tone, which tells as much.
var words = map[call.Reason]prompts.ID{
	call.NotFound: prompts.ReasonUnknownNumber, call.Unavailable: prompts.ReasonUnavailable, call.Forbidden: prompts.ReasonForbidden,
	call.Congestion: prompts.ReasonNoLine, call.Failed: prompts.ReasonFailed, call.Incompatible: prompts.ReasonFailed, call.MediaLost: prompts.ReasonFailed,
}

// Position tells a caller his place in the line of a team; nil for one that is too far back to be counted.
func (a Announcements) Position(n int) App {
	if n < 1 || n > 99 {
		return nil
	}
	return func(ctx context.Context, c Caller, leg *call.PipeEnd, _ call.Offer) error {
		s := ivr.New(leg, a.Log)
		leg.SetSink(s)
		s.Run(ctx, func(ctx context.Context, s *ivr.Session) call.Reason {
			if s.Early(ctx) == nil {
				_ = s.Say(ctx, a.Prompts.Get(c.Language, prompts.TeamPlace), a.Prompts.Get(c.Language, prompts.ID(strconv.Itoa(n))))
			}
			return call.Finished
		})
		return nil
	}
}

// Play says a text once.
func (a Announcements) Play(id prompts.ID) App {
	return func(ctx context.Context, c Caller, leg *call.PipeEnd, _ call.Offer) error {
		s := ivr.New(leg, a.Log)
		leg.SetSink(s)
		s.Run(ctx, func(ctx context.Context, s *ivr.Session) call.Reason {
			if s.Early(ctx) == nil {
				_ = s.Say(ctx, a.Prompts.Get(c.Language, id)) // that the caller hears no more of it is his wish
			}
			return call.Finished
		})
		return nil
	}
}

// For is the service that says why, twice, before the call is answered, and ends it; nil when there is nothing to say.
func (a Announcements) For(why call.Reason) App {
	id, ok := words[why]
	if !ok {
		return nil
	}
	return a.Tell(id, why)
}

// Tell is the service that says a text in the same way.
func (a Announcements) Tell(id prompts.ID, why call.Reason) App {
	return func(ctx context.Context, c Caller, leg *call.PipeEnd, _ call.Offer) error {
		clip := a.Prompts.Get(c.Language, id)
		s := ivr.New(leg, a.Log)
		leg.SetSink(s)
		s.Run(ctx, func(ctx context.Context, s *ivr.Session) call.Reason {
			if s.Early(ctx) == nil && s.Say(ctx, clip) == nil {
				_ = s.Say(ctx, clip) // that the caller hears no more of it is his wish
			}
			return why
		})
		return nil
	}
}
