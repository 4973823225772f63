package telephony

import (
	"context"
	"time"

	"plenum/components/call"
	"plenum/components/directory"
	"plenum/components/media/play"
	"plenum/components/telephony/flow"
	"plenum/components/telephony/ivr"
	"plenum/components/telephony/prompts"
	"plenum/xmppd/jid"
)

// menuTries is how often a menu says what can be chosen, as long as nothing is, and no entry stands for that.
const menuTries = 3

// Menu lets a caller choose by his keys.
func (a Announcements) Menu(menu directory.Menu, chosen func(leg call.LegID, entry int)) App {
	return func(ctx context.Context, c Caller, leg *call.PipeEnd, _ call.Offer) error {
		s := ivr.New(leg, a.Log)
		leg.SetSink(s)
		s.Run(ctx, func(ctx context.Context, s *ivr.Session) call.Reason {
			if menu.AnswerDelay > 0 {
				s.Leg().Send(call.Ring{})
				select {
				case <-time.After(time.Duration(menu.AnswerDelay) * time.Second):
				case <-ctx.Done():
				}
			}
			if s.Answer(ctx) != nil {
				return call.Cancelled
			}
			entry, err := a.choose(ctx, s, c.Language, &menu)
			if err != nil {
				return call.Cancelled
			}
			chosen(s.Leg().ID(), entry)
			_, _ = s.Key(ctx, call.DecideTime) // the call takes the leg away
			return call.Failed
		})
		return nil
	}
}

// choose finds the entry that a caller wants; −1 for none.
func (a Announcements) choose(ctx context.Context, s *ivr.Session, language string, menu *directory.Menu) (entry int, err error) {
	limit := time.Duration(menu.KeyTimeout) * time.Second
	var say []*play.Clip
	if menu.Prompt != "" {
		say = []*play.Clip{a.Prompts.Get(language, prompts.ID(menu.Prompt))}
	}
	for range menuTries {
		keys, err := s.Ask(ctx, ivr.Question{Say: say, Max: 1, First: limit})
		for err == nil && keys != "" {
			found, more := flow.Match(menu.Entries, keys)
			if found >= 0 && !more {
				return found, nil
			}
			if !more {
				break
			}
			var key byte
			if key, err = s.Key(ctx, limit); key == 0 {
				if found >= 0 && err == nil {
					return found, nil
				}
				break
			}
			keys += string(rune(key))
		}
		if err != nil {
			return -1, err
		}
		if other := flow.Otherwise(menu.Entries, keys); other >= 0 {
			return other, nil
		}
		s.Forget()
	}
	return -1, nil
}

// A SwitchCode turns switches over for who dials them.
type SwitchCode struct {
	Speaker
	Switches interface {
		Toggle(ctx context.Context, by jid.JID, id string) (directory.CallObject, error)
	}
}

// App turns one over.
func (c SwitchCode) App(id string) App {
	return c.app(func(ctx context.Context, t talk) []prompts.ID {
		o, err := c.Switches.Toggle(ctx, t.User, id)
		switch {
		case err != nil:
			c.Log.Info("a switch is not turned", "by", t.User, "switch", id, "err", err)
			return []prompts.ID{prompts.ReasonFailed}
		case o.On:
			return []prompts.ID{prompts.SwitchOn}
		}
		return []prompts.ID{prompts.SwitchOff}
	})
}
