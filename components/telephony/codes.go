package telephony

import (
	"context"
	"log/slog"
	"slices"
	"strings"

	"plenum/components/call"
	"plenum/components/media/play"
	"plenum/components/telephony/ivr"
	"plenum/components/telephony/prompts"
)

// A Code is something that users dial to have it done (B7). What came of it is said to them.
type Code struct {
	Prefix string // *74: the standard of what is dialled
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

// standard is the standard code of the function that was dialled, whatever code is set for it, and what was dialled behind that: of all that fit the
// longest. It is empty for everything else.
func (a *Apps) standard(number string) (standard, rest string) {
	longest := 0
	try := func(code string, whole bool) {
		dialled := code
		if a.CodeFor != nil {
			dialled = a.CodeFor(code)
		}
		behind, fits := strings.CutPrefix(number, dialled)
		if fits && len(dialled) > longest && (behind == "" || !whole) {
			standard, rest, longest = code, behind, len(dialled)
		}
	}
	try(codeEcho, true)
	try(PickupCode, false)
	try(codeGroup, false)
	for code := range voicemailCodes {
		try(code, true)
	}
	for _, c := range a.Codes {
		try(c.Prefix, false)
	}
	return standard, rest
}

// code finds the function among Codes that was dialled, or that of a team, and what was dialled behind it.
func (a *Apps) code(number string) (found Code, rest string, ok bool) {
	standard, rest := a.standard(number)
	if standard == "" && a.TeamCode != nil {
		return a.TeamCode(number)
	}
	i := slices.IndexFunc(a.Codes, func(c Code) bool { return c.Prefix == standard })
	if i < 0 {
		return Code{}, "", false
	}
	return a.Codes[i], rest, true
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
