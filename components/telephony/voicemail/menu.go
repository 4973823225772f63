package voicemail

import (
	"context"
	"time"

	"plenum/components/call"
	"plenum/components/media/play"
	"plenum/components/telephony/ivr"
	"plenum/components/telephony/prompts"
	"plenum/xmppd/fault"
)

// menu takes the call of a user who wants to listen. It does not block.
func (s *Service) menu(c Caller, leg call.Leg, script func(*visit, context.Context) call.Reason) (call.Sink, error) {
	owner, ok := s.People.Owner(c.User.Bare())
	if !ok {
		return nil, fault.New(fault.Forbidden, "only users have a mailbox")
	}
	v := &visit{svc: s, Session: ivr.New(leg, s.Log), caller: c, owner: owner}
	return s.begin(v, func(ctx context.Context, _ *ivr.Session) call.Reason {
		if err := v.Answer(ctx); err != nil {
			return call.MediaLost
		}
		return script(v, ctx)
	})
}

// Own takes the call of a user at his own telephone, who listens to his box and changes its greeting. He needs no PIN.
func (s *Service) Own(c Caller, leg call.Leg) (call.Sink, error) {
	return s.menu(c, leg, (*visit).main)
}

// Monitored is Own for the box that he keeps an eye on.
func (s *Service) Monitored(c Caller, leg call.Leg) (call.Sink, error) {
	return s.menu(c, leg, func(v *visit, ctx context.Context) call.Reason {
		x, err := s.Settings(ctx, v.owner.JID)
		if err != nil {
			return v.failed(ctx, err)
		}
		if !x.Monitored.IsZero() {
			other, ok := s.People.Owner(x.Monitored)
			if !ok {
				return v.endWith(ctx, call.Forbidden, prompts.VoicemailForbidden, prompts.Goodbye)
			}
			v.owner = other
		}
		return v.main(ctx)
	})
}

// Other takes the call of a user who wants to listen to another box: he is asked for its number and PIN.
func (s *Service) Other(c Caller, leg call.Leg) (call.Sink, error) {
	return s.menu(c, leg, func(v *visit, ctx context.Context) call.Reason {
		number, err := v.Ask(ctx, ivr.Question{Say: v.clips(prompts.VoicemailEnterBox), Max: maxExtension, End: '#'})
		if err != nil {
			return call.Success
		}
		own := v.owner.JID
		if v.owner, _ = s.People.AtExtension(number); v.owner.JID == own {
			return v.main(ctx)
		}
		return v.login(ctx) // it asks for a PIN also when there is no such box
	})
}

const (
	maxExtension = 16
	maxPIN       = 32
	tries        = 3
)

// login asks for the PIN of the box.
func (v *visit) login(ctx context.Context) call.Reason {
	for range tries {
		pin, err := v.Ask(ctx, ivr.Question{Say: v.clips(prompts.VoicemailEnterPIN), Max: maxPIN, End: '#'})
		if err != nil {
			return call.Success
		}
		if pin == "" {
			continue
		}
		right, err := v.check(ctx, pin)
		switch {
		case err != nil:
			return v.failed(ctx, err)
		case right:
			return v.main(ctx)
		}
		v.Forget()
		if err := v.say(ctx, prompts.VoicemailWrong); err != nil {
			return call.Success
		}
	}
	return v.endWith(ctx, call.Forbidden, prompts.Goodbye)
}

// check compares a PIN. While a box is locked none is right.
func (v *visit) check(ctx context.Context, pin string) (bool, error) {
	if v.owner.JID.IsZero() || !v.svc.locks.try(v.owner.JID, time.Now()) {
		return false, nil
	}
	right, err := v.svc.People.CheckPIN(ctx, v.owner.JID, pin)
	if err != nil {
		return false, err
	}
	if right {
		v.svc.locks.right(v.owner.JID)
	} else {
		v.svc.Log.Warn("somebody has entered a wrong PIN for a mailbox", "leg", string(v.Leg().ID()), "box", v.owner.JID, "number", v.caller.Number)
	}
	return right, nil
}

// rounds is how often a menu is read to somebody who presses nothing.
const rounds = 3

// main is the menu of a box.
func (v *visit) main(ctx context.Context) call.Reason {
	for quiet := 0; quiet < rounds; quiet++ {
		status, err := v.status(ctx)
		if err != nil {
			return v.failed(ctx, err)
		}
		key, err := v.Ask(ctx, ivr.Question{Say: append(status, v.clip(prompts.VoicemailMenu)), Max: 1})
		if err != nil {
			return call.Success
		}
		switch key {
		case "1":
			err = v.listen(ctx, false)
		case "2":
			err = v.listen(ctx, true)
		case "3":
			err = v.greetings(ctx)
		case "*":
			return v.endWith(ctx, call.Finished, prompts.Goodbye)
		default:
			continue
		}
		if err != nil {
			return v.failed(ctx, err)
		}
		quiet = -1
	}
	return v.endWith(ctx, call.Finished, prompts.Goodbye)
}

// status says how many messages there are.
func (v *visit) status(ctx context.Context) ([]*play.Clip, error) {
	n, err := v.svc.Count(ctx, v.owner.JID)
	list := v.clips(prompts.VoicemailYouHave)
	switch {
	case err != nil:
		return nil, err
	case n.New == 0 && n.Old == 0:
		list = append(list, v.clip(prompts.VoicemailNone))
	case n.New == 0:
		list = append(list, v.clip(prompts.VoicemailNoNew))
	case n.New == 1:
		list = append(list, v.clip(prompts.VoicemailOneNew))
	case n.New > 99:
		list = append(list, append(v.clips(prompts.VoicemailMoreThan, "99"), v.clip(prompts.VoicemailNew))...)
	default:
		list = append(append(list, v.number(n.New)...), v.clip(prompts.VoicemailNew))
	}
	return list, nil
}

func (v *visit) number(n int) []*play.Clip { return v.svc.Prompts.Number(v.caller.Language, n) }

// listen plays the new messages, or the old ones.
func (v *visit) listen(ctx context.Context, old bool) error {
	list, err := v.svc.Messages(ctx, v.owner.JID)
	if err != nil {
		return err
	}
	n := 0
	for _, m := range list {
		if m.Heard != old {
			continue
		}
		n++
		if on, err := v.play(ctx, &m, n); err != nil || !on {
			return err
		}
	}
	return v.say(ctx, prompts.VoicemailNoMore)
}

// play plays one message and does with it what the listener wants. It reports whether he wants the next.
func (v *visit) play(ctx context.Context, m *Message, n int) (on bool, err error) {
	sound, err := clip(v.svc.file(m.Owner, m.ID), v.svc.cfg.Longest)
	if err != nil {
		v.svc.Log.Error("a message cannot be played", "box", m.Owner, "message", m.ID, "err", err)
		return true, v.say(ctx, prompts.VoicemailFailed)
	}
	for quiet := 0; quiet < rounds; quiet++ {
		key, err := v.Ask(ctx, ivr.Question{Say: append(v.headOf(m, n), sound, v.clip(prompts.VoicemailOptions)), Max: 1})
		if err != nil {
			return false, err
		}
		if !m.Heard {
			if err := v.svc.SetHeard(ctx, m.Owner, m.ID, true); err != nil && !fault.Is(err, fault.NotFound) {
				return false, err
			}
			m.Heard = true
		}
		switch key {
		case "1":
			quiet = -1
		case "2", "#":
			return true, nil
		case "3":
			if err := v.svc.Delete(ctx, m.Owner, m.ID); err != nil && !fault.Is(err, fault.NotFound) {
				return false, err
			}
			return true, v.say(ctx, prompts.VoicemailDeleted)
		case "*":
			return false, nil
		}
	}
	return false, nil
}

// headOf says from whom and of when a message is.
func (v *visit) headOf(m *Message, n int) []*play.Clip {
	list := append(v.clips(prompts.VoicemailMessage), v.number(n)...)
	if digits := v.svc.Prompts.Digits(v.caller.Language, m.Number); len(digits) > 0 {
		list = append(append(list, v.clip(prompts.VoicemailFrom)), digits...)
	} else {
		list = append(list, v.clip(prompts.VoicemailAnonymous))
	}
	at := m.At.Local()
	switch days := daysBetween(at, time.Now().Local()); days {
	case 0:
		list = append(list, v.clip(prompts.VoicemailToday))
	case 1:
		list = append(list, v.clip(prompts.VoicemailYesterday))
	default:
		list = append(append(list, v.number(days)...), v.clip(prompts.VoicemailDaysAgo))
	}
	list = append(append(list, v.clip(prompts.VoicemailAt)), v.number(at.Hour())...)
	list = append(list, v.clip(prompts.VoicemailOClock))
	if at.Minute() > 0 {
		list = append(list, v.number(at.Minute())...)
	}
	return list
}

// daysBetween is how many midnights lie between two times.
func daysBetween(from, to time.Time) int {
	day := func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC) }
	return max(int(day(to).Sub(day(from))/(24*time.Hour)), 0)
}

// greetings is the menu of what callers hear.
func (v *visit) greetings(ctx context.Context) error {
	for quiet := 0; quiet < rounds; quiet++ {
		key, err := v.Ask(ctx, ivr.Question{Say: v.clips(prompts.VoicemailGreetingMenu), Max: 1})
		if err != nil {
			return err
		}
		switch key {
		case "1":
			err = v.recordGreeting(ctx)
		case "2":
			_, err = v.Ask(ctx, ivr.Question{Say: []*play.Clip{v.greeting(false)}, Max: 1, First: time.Millisecond})
		case "3":
			if err = v.svc.ResetGreeting(v.owner.JID); err == nil {
				err = v.say(ctx, prompts.VoicemailGreetingReset)
			}
		case "*":
			return nil
		default:
			continue
		}
		if err != nil {
			return err
		}
		quiet = -1
	}
	return nil
}

// recordGreeting records what callers hear from now on.
func (v *visit) recordGreeting(ctx context.Context) error {
	if err := v.Say(ctx, v.clip(prompts.VoicemailRecord), ivr.Beep()); err != nil {
		return err
	}
	file, err := v.svc.create(v.owner.JID)
	if err != nil {
		return err
	}
	defer v.svc.remove(file.Name())
	v.Forget()
	d, err := v.Record(ctx, file, ivr.Recording{Longest: longestGreeting, Silence: silence, Stop: "#"})
	if err != nil {
		file.Close()
		return err
	}
	if d < v.svc.cfg.Shortest || ctx.Err() != nil {
		file.Close()
		return v.say(ctx, prompts.VoicemailGreetingShort)
	}
	if _, err = file.Seek(0, 0); err == nil {
		err = v.svc.SetGreeting(v.owner.JID, file)
	}
	if closing := file.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return err
	}
	return v.say(ctx, prompts.VoicemailGreetingSaved)
}
