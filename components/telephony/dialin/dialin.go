// Package dialin leads people at telephones into the conferences of groups: anybody by the one number of all groups and the PIN of his, and
// members from inside by the number of their group alone.
//
// PINs have nine digits and are asked for three times in a call; guard.go keeps guessing hopeless. They are never logged, nor are other keys.
package dialin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"plenum/components/call"
	"plenum/components/directory"
	"plenum/components/media/play"
	"plenum/components/telephony/ivr"
	"plenum/components/telephony/prompts"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// Config is what operators say about dialling in. The zero value of a field means its default, which Validate fills in.
type Config struct {
	Pause time.Duration `toml:"pause" doc:"How long the server waits between answering a call to the groups' number and its greeting, so that nothing of it is lost on the way. Default: 1s."`

	WrongPINs int `toml:"wrong_pins" doc:"How many wrong PINs all callers together may enter within an hour. Beyond that only callers are asked for a PIN, and may enter as many wrong ones again, who are at telephones of this server, or have entered a right one from the same number within the last 30 days. Default: 100."`
}

// Validate fills in defaults and reports every fault at once.
func (c *Config) Validate() error {
	var errs []error
	if c.Pause == 0 {
		c.Pause = time.Second
	}
	if c.Pause < 0 || c.Pause > 30*time.Second {
		errs = append(errs, fmt.Errorf("pause: %v is not within 0s and 30s", c.Pause))
	}
	if c.WrongPINs == 0 {
		c.WrongPINs = 100
	}
	if c.WrongPINs < 3 || c.WrongPINs > 10_000 {
		errs = append(errs, fmt.Errorf("wrong_pins: %d is not within 3 and 10000", c.WrongPINs))
	}
	return errors.Join(errs...)
}

// A Caller is who calls, as far as he is known.
type Caller struct {
	Number   string  // with "+" when he comes from outside; "" when it is withheld
	Name     string  // to show; "" for none
	User     jid.JID // whose telephone it is; zero for strangers
	Language string  // that he is spoken to in; "" for the server's
	Code     string  // of the page whose sound this call carries; "" for none
}

// Errors of Groups.Take that a caller is told apart.
var ErrRemoved = errors.New("a moderator has removed this caller a while ago")

// Groups are the conferences. Their methods may wait for the store and for rooms.
type Groups interface {
	// Take lets a caller into the conference of a group. Who is no member of it is a guest. The errors are of kind Forbidden when guests are
	// not admitted, Limit and Busy when there is no place, Unavailable when it is out of reach, NotFound; or ErrRemoved.
	Take(ctx context.Context, room jid.JID, c Caller, leg call.Leg, o call.Offer) (call.Sink, error)
	// IsMember reports whether a user belongs to a group.
	IsMember(ctx context.Context, room, user jid.JID) (bool, error)
	// ExpectsCode reports whether somebody's page shows a code to be typed at a telephone, and IsCode whether it is this.
	ExpectsCode(room jid.JID) bool
	IsCode(ctx context.Context, room jid.JID, code string) (bool, error)
}

// PINs know which group a PIN stands for, and whether a group has one; fault.NotFound for none.
type PINs interface {
	ByPIN(pin string) (directory.Access, error)
	Get(room jid.JID) (directory.Access, error)
}

// Parts are what the service stands on.
type Parts struct {
	Groups  Groups
	PINs    PINs
	Prompts *prompts.Service
	Log     *slog.Logger
}

// Service takes calls. Its methods do not block.
type Service struct {
	Parts
	cfg   Config
	guard *guard

	mu   sync.Mutex
	ctx  context.Context // ends with the service
	stop context.CancelFunc
	work sync.WaitGroup
}

// New makes the service.
func New(cfg Config, p Parts) (*Service, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("dial-in: %w", err)
	}
	s := &Service{Parts: p, cfg: cfg, guard: newGuard(cfg.WrongPINs)}
	s.ctx, s.stop = context.WithCancel(context.Background())
	return s, nil
}

// Close ends all calls that are not in a conference yet.
func (s *Service) Close() {
	s.mu.Lock()
	s.stop()
	s.mu.Unlock()
	s.work.Wait()
}

// DialIn takes a call to the number of all groups.
func (s *Service) DialIn(c Caller, leg call.Leg, o call.Offer) (call.Sink, error) {
	return s.begin(c, leg, o, jid.JID{})
}

// Group takes a call from inside to the number of a group. Who is no member of it is asked for its PIN.
func (s *Service) Group(room jid.JID, c Caller, leg call.Leg, o call.Offer) (call.Sink, error) {
	return s.begin(c, leg, o, room)
}

var errClosed = fault.New(fault.Unavailable, "the server stops")

func (s *Service) begin(c Caller, leg call.Leg, o call.Offer, room jid.JID) (call.Sink, error) {
	session := ivr.New(leg, s.Log)
	v := &visit{svc: s, Session: session, caller: c, offer: o, only: room}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx.Err() != nil {
		return nil, errClosed
	}
	s.work.Go(func() { session.Run(s.ctx, v.script) })
	return session, nil
}

// A visit is one call.
type visit struct {
	*ivr.Session
	svc    *Service
	caller Caller
	offer  call.Offer
	only   jid.JID // the group that was dialled; zero for the number of all
}

func (v *visit) clip(id prompts.ID) *play.Clip { return v.svc.Prompts.Get(v.caller.Language, id) }

// say says some texts one after the other.
func (v *visit) say(ctx context.Context, ids ...prompts.ID) error {
	clips := make([]*play.Clip, len(ids))
	for i, id := range ids {
		clips[i] = v.clip(id)
	}
	return v.Say(ctx, clips...)
}

// endWith says why there is no more, and is the reason for which the call ends. A call that was not answered yet costs nothing.
func (v *visit) endWith(ctx context.Context, why call.Reason, ids ...prompts.ID) call.Reason {
	if v.Leg().Media() == nil {
		if err := v.Early(ctx); err != nil {
			return why
		}
	}
	_ = v.say(ctx, ids...) // who has hung up does not want to know
	return why
}

func (v *visit) script(ctx context.Context, _ *ivr.Session) call.Reason {
	if !v.only.IsZero() {
		switch member, err := v.isMember(ctx); {
		case err != nil:
			return v.failed(ctx, err)
		case member:
			return v.enter(ctx, v.only)
		}
		if _, err := v.svc.PINs.Get(v.only); err != nil {
			return v.endWith(ctx, call.Forbidden, prompts.GroupForbidden, prompts.Goodbye)
		}
	}
	if err := v.Answer(ctx); err != nil {
		return call.MediaLost
	}
	select {
	case <-time.After(v.svc.cfg.Pause):
	case <-ctx.Done():
		return call.Success
	}
	room, why := v.askPIN(ctx)
	if room.IsZero() {
		return why
	}
	if err := v.askCode(ctx, room); err != nil {
		return call.Success
	}
	return v.enter(ctx, room)
}

func (v *visit) isMember(ctx context.Context) (bool, error) {
	if v.caller.User.IsZero() {
		return false, nil
	}
	return v.svc.Groups.IsMember(ctx, v.only, v.caller.User)
}

const (
	tries     = 3
	pinDigits = 9
)

// askPIN finds out which group the caller wants; zero when he has not found one, and then why the call ends.
func (v *visit) askPIN(ctx context.Context) (jid.JID, call.Reason) {
	if !v.svc.guard.may(&v.caller, time.Now()) {
		v.svc.Log.Warn("a caller is not asked for a PIN, after too many wrong ones", "leg", string(v.Leg().ID()), "number", v.caller.Number)
		return jid.JID{}, v.endWith(ctx, call.Forbidden, prompts.TooManyTries, prompts.Goodbye)
	}
	ask := []prompts.ID{prompts.Greeting, prompts.EnterPIN}
	for range tries {
		clips := make([]*play.Clip, len(ask))
		for i, id := range ask {
			clips[i] = v.clip(id)
		}
		pin, err := v.Ask(ctx, ivr.Question{Say: clips, Max: pinDigits, End: '#'})
		switch {
		case err != nil:
			return jid.JID{}, call.Success
		case pin == "":
			ask = []prompts.ID{prompts.NothingEntered, prompts.EnterPIN}
			continue
		}
		if room, ok := v.try(pin); ok {
			return room, call.Success
		}
		v.Forget()
		ask = []prompts.ID{prompts.WrongPIN, prompts.EnterPIN}
		if !v.svc.guard.may(&v.caller, time.Now()) {
			break
		}
	}
	v.svc.Log.Info("a caller has not found a group", "leg", string(v.Leg().ID()), "number", v.caller.Number)
	if ask[0] == prompts.NothingEntered {
		return jid.JID{}, v.endWith(ctx, call.Finished, prompts.NothingEntered, prompts.Goodbye)
	}
	return jid.JID{}, v.endWith(ctx, call.Forbidden, prompts.WrongPIN, prompts.Goodbye)
}

// try finds the group of a PIN and counts it. Many may have been asked at the same time: they try one after the other, and when too many were wrong
// meanwhile, no PIN is right.
func (v *visit) try(pin string) (jid.JID, bool) {
	g, now := v.svc.guard, time.Now()
	g.turn.Lock()
	defer g.turn.Unlock()
	if !g.may(&v.caller, now) {
		return jid.JID{}, false
	}
	room, ok := v.roomOf(pin)
	if ok {
		g.right(&v.caller, now)
	} else {
		g.wrong(&v.caller, now)
	}
	return room, ok
}

// roomOf is the group of a PIN.
func (v *visit) roomOf(pin string) (jid.JID, bool) {
	if len(pin) != pinDigits || strings.Trim(pin, "0123456789") != "" {
		return jid.JID{}, false
	}
	a, err := v.svc.PINs.ByPIN(pin)
	if err != nil || !v.only.IsZero() && a.Room != v.only {
		return jid.JID{}, false
	}
	return a.Room, true
}

const maxCode = 4

// askCode lets the caller's page and his call be one, if a page waits for that.
func (v *visit) askCode(ctx context.Context, room jid.JID) error {
	if !v.svc.Groups.ExpectsCode(room) {
		return nil
	}
	ask := []*play.Clip{v.clip(prompts.ConferenceCode)}
	for range tries {
		code, err := v.Ask(ctx, ivr.Question{Say: ask, Max: maxCode, End: '#'})
		if err != nil || code == "" {
			return err
		}
		is, err := v.svc.Groups.IsCode(ctx, room, code)
		if err != nil {
			v.svc.Log.Error("a code of a page cannot be looked at", "leg", string(v.Leg().ID()), "room", room, "err", err)
			return context.Cause(ctx)
		}
		if is {
			v.caller.Code = code
			return nil
		}
		ask = []*play.Clip{v.clip(prompts.ConferenceWrongCode), v.clip(prompts.ConferenceCode)}
	}
	return nil
}

// enter gives the call to the conference.
func (v *visit) enter(ctx context.Context, room jid.JID) call.Reason {
	err := v.Hand(func(leg call.Leg) (call.Sink, error) { return v.svc.Groups.Take(ctx, room, v.caller, leg, v.offer) })
	if err != nil {
		return v.failed(ctx, err)
	}
	return call.Success
}

// failed tells the caller why he does not take part.
func (v *visit) failed(ctx context.Context, err error) call.Reason {
	if ctx.Err() != nil {
		return call.Success
	}
	v.svc.Log.Info("a caller does not get into a conference", "leg", string(v.Leg().ID()), "err", err)
	switch {
	case errors.Is(err, ErrRemoved):
		return v.endWith(ctx, call.Forbidden, prompts.ConferenceRemoved, prompts.Goodbye)
	case fault.Is(err, fault.Forbidden):
		return v.endWith(ctx, call.Forbidden, prompts.ConferenceClosed, prompts.Goodbye)
	case fault.Is(err, fault.NotFound):
		return v.endWith(ctx, call.NotFound, prompts.GroupUnknown, prompts.Goodbye)
	case fault.Is(err, fault.Limit), fault.Is(err, fault.Busy):
		return v.endWith(ctx, call.Congestion, prompts.ConferenceFull, prompts.Goodbye)
	}
	return v.endWith(ctx, call.Unavailable, prompts.ConferenceNotHere, prompts.Goodbye)
}
