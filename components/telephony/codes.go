package telephony

import (
	"context"
	"log/slog"
	"strings"

	"plenum/components/call"
	"plenum/components/media/play"
	"plenum/components/telephony/ivr"
	"plenum/components/telephony/prompts"
)

// A Code is something that users dial to have it done (B7). What came of it is said to them.
type Code struct {
	Prefix string // *74
	Name   string // as telephones show it
	// App does it, with what was dialled behind the prefix.
	App func(rest string) App

	Anybody bool // also at a telephone that is nobody's
	Secret  bool // what is behind a # is kept nowhere
}

// shown is what was dialled, as it may be kept.
func (c *Code) shown(number string) string {
	if i := strings.LastIndexByte(number, '#'); i >= 0 && c.Secret {
		return number[:i]
	}
	return number
}

// code finds the function that was dialled: that with the longest prefix.
func (a *Apps) code(number string) (found Code, rest string, ok bool) {
	for _, c := range a.Codes {
		if behind, fits := strings.CutPrefix(number, c.Prefix); fits && (!ok || len(c.Prefix) > len(found.Prefix)) {
			found, rest, ok = c, behind, true
		}
	}
	if !ok && a.TeamCode != nil {
		return a.TeamCode(number)
	}
	return found, rest, ok
}

// A Speaker speaks with who has dialled a code.
type Speaker struct {
	Prompts interface {
		Get(language string, id prompts.ID) *play.Clip
	}
	Log *slog.Logger
}

// app is a service that answers, does something and says what it returns: what came of it.
func (s Speaker) app(do func(ctx context.Context, t talk) []prompts.ID) App {
	return func(ctx context.Context, c Caller, leg *call.PipeEnd, _ call.Offer) error {
		session := ivr.New(leg, s.Log)
		leg.SetSink(session)
		session.Run(ctx, func(ctx context.Context, session *ivr.Session) call.Reason {
			if session.Answer(ctx) != nil {
				return call.Cancelled
			}
			t := talk{Session: session, Caller: c, speaker: s}
			if say := do(ctx, t); session.Say(ctx, t.clips(say)...) != nil {
				return call.Cancelled // that he hears no more of it is his wish
			}
			return call.Finished
		})
		return nil
	}
}

// A talk is one with somebody who has dialled a code.
type talk struct {
	*ivr.Session
	Caller
	speaker Speaker
}

func (t talk) clips(ids []prompts.ID) []*play.Clip {
	clips := make([]*play.Clip, len(ids))
	for i, id := range ids {
		clips[i] = t.speaker.Prompts.Get(t.Language, id)
	}
	return clips
}

// askNumber asks for a number that ends with the hash key; empty when nothing was entered, or the caller is gone.
func (t talk) askNumber(ctx context.Context, ids ...prompts.ID) string {
	number, err := t.Ask(ctx, ivr.Question{Say: t.clips(ids), Max: maxDialled, End: '#'})
	if err != nil {
		return ""
	}
	return number
}

// spell is a number as it is said: digit by digit.
func spell(number string) (ids []prompts.ID) {
	for _, c := range number {
		switch {
		case c >= '0' && c <= '9':
			ids = append(ids, prompts.ID(c))
		case c == '+':
			ids = append(ids, prompts.Plus)
		}
	}
	return ids
}
