package voicemail

import (
	"context"
	"crypto/rand"
	"os"
	"time"

	"plenum/components/call"
	"plenum/components/media/play"
	"plenum/components/telephony/ivr"
	"plenum/components/telephony/prompts"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// Leave takes a call for a user who does not answer: the caller hears the greeting and may speak. Busy says why the user does not. It does
// not block. The errors are of kind NotFound, when there is no such user, and Unavailable.
func (s *Service) Leave(owner jid.JID, busy bool, c Caller, leg call.Leg) (call.Sink, error) {
	who, ok := s.People.Owner(owner.Bare())
	if !ok {
		return nil, fault.New(fault.NotFound, "there is no such mailbox")
	}
	v := &visit{svc: s, Session: ivr.New(leg, s.Log), caller: c, owner: who}
	return s.begin(v, func(ctx context.Context, _ *ivr.Session) call.Reason { return v.leave(ctx, busy) })
}

// begin runs the script of a call.
func (s *Service) begin(v *visit, script func(context.Context, *ivr.Session) call.Reason) (call.Sink, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx.Err() != nil {
		return nil, fault.New(fault.Unavailable, "the server stops")
	}
	s.work.Go(func() { v.Run(s.ctx, script) })
	return v.Session, nil
}

// A visit is one call.
type visit struct {
	*ivr.Session
	svc    *Service
	caller Caller
	owner  Owner // whose box it is about
}

func (v *visit) clip(id prompts.ID) *play.Clip { return v.svc.Prompts.Get(v.caller.Language, id) }

func (v *visit) clips(ids ...prompts.ID) []*play.Clip {
	list := make([]*play.Clip, len(ids))
	for i, id := range ids {
		list[i] = v.clip(id)
	}
	return list
}

func (v *visit) say(ctx context.Context, ids ...prompts.ID) error {
	return v.Say(ctx, v.clips(ids...)...)
}

// endWith says why there is no more, and is the reason for which the call ends.
func (v *visit) endWith(ctx context.Context, why call.Reason, ids ...prompts.ID) call.Reason {
	if v.Leg().Media() == nil {
		if err := v.Early(ctx); err != nil {
			return why
		}
	}
	_ = v.say(ctx, ids...) // who has hung up does not want to know
	return why
}

// failed is endWith for what is not the caller's fault.
func (v *visit) failed(ctx context.Context, err error) call.Reason {
	if ctx.Err() != nil {
		return call.Success
	}
	v.svc.Log.Error("a mailbox does not work", "leg", string(v.Leg().ID()), "box", v.owner.JID, "err", err)
	return v.endWith(ctx, call.Failed, prompts.VoicemailFailed, prompts.Goodbye)
}

// silence is how long nobody speaks until a message is complete.
const silence = 10 * time.Second

func (v *visit) leave(ctx context.Context, busy bool) call.Reason {
	n, err := v.svc.Count(ctx, v.owner.JID)
	switch {
	case err != nil:
		return v.failed(ctx, err)
	case n.New+n.Old >= v.svc.cfg.Messages:
		return v.endWith(ctx, call.Congestion, prompts.VoicemailFull, prompts.Goodbye)
	}
	if err := v.Answer(ctx); err != nil {
		return call.MediaLost
	}
	key, err := v.Ask(ctx, ivr.Question{Say: []*play.Clip{v.greeting(busy)}, Max: 1, First: time.Millisecond})
	switch {
	case err != nil:
		return call.Success
	case key == "*": // the owner, at another telephone
		return v.login(ctx)
	}
	if err := v.Say(ctx, ivr.Beep()); err != nil {
		return call.Success
	}
	if err := v.record(ctx); err != nil {
		return v.failed(ctx, err)
	}
	return v.endWith(ctx, call.Finished, prompts.Goodbye)
}

// greeting is what callers hear.
func (v *visit) greeting(busy bool) *play.Clip {
	if own, err := clip(v.svc.file(v.owner.JID, greetingFile), longestGreeting); err == nil {
		return own
	}
	if busy {
		return v.clip(prompts.VoicemailBusy)
	}
	return v.clip(prompts.VoicemailGreeting)
}

// storeWithin is how long it may take to store a message after its caller has hung up.
const storeWithin = 30 * time.Second

// record takes a message down. What is too short is not kept.
func (v *visit) record(ctx context.Context) error {
	s := v.svc
	file, err := s.create(v.owner.JID)
	if err != nil {
		return err
	}
	m := &Message{ID: rand.Text(), Owner: v.owner.JID, At: time.Now().UTC(), Number: v.caller.Number, Name: v.caller.Name, Caller: v.caller.User}
	v.Forget()
	m.Duration, err = v.Record(ctx, file, ivr.Recording{Longest: s.cfg.Longest, Silence: silence, Stop: "#"})
	if closing := file.Close(); err == nil {
		err = closing
	}
	if err != nil || m.Duration < s.cfg.Shortest {
		s.remove(file.Name())
		return err
	}
	if err := os.Rename(file.Name(), s.file(m.Owner, m.ID)); err != nil {
		s.remove(file.Name())
		return err
	}
	mail := s.Mail != nil && v.owner.Email != ""
	storing, stop := context.WithTimeout(context.WithoutCancel(ctx), storeWithin)
	defer stop()
	if err := s.insert(storing, m, mail); err != nil {
		s.remove(s.file(m.Owner, m.ID))
		if ctx.Err() != nil { // there is nobody left to tell
			s.Log.Error("a message is lost", "box", m.Owner, "err", err)
			return nil
		}
		return err
	}
	s.Log.Info("somebody has left a message", "leg", string(v.Leg().ID()), "box", m.Owner, "seconds", int(m.Duration.Seconds()))
	if s.Left != nil && v.caller.Call != "" {
		s.Left(v.caller.Call, m.ID)
	}
	s.changed(m.Owner)
	if mail {
		s.wakeMail()
	}
	return nil
}
