package telephony

import (
	"context"
	"crypto/subtle"
	"log/slog"
	"sync"
	"time"

	"plenum/components/call"
	"plenum/components/directory"
	"plenum/components/media/play"
	"plenum/components/telephony/ivr"
	"plenum/components/telephony/prompts"
	"plenum/xmppd/jid"
)

// A Gate asks for the PIN that an outbound rule wants (B13) before a call goes out. Three tries in a call; who has entered ten wrong PINs within
// an hour is not asked again until that is over.
type Gate struct {
	prompts interface {
		Get(language string, id prompts.ID) *play.Clip
	}
	log *slog.Logger

	mu    sync.Mutex
	wrong map[jid.JID]wrongPINs
}

// wrongPINs are those of a user.
type wrongPINs struct {
	n     int
	since time.Time
}

const (
	gateTries  = 3
	gateWrong  = 10
	gateWindow = time.Hour
)

// NewGate returns the service that asks for PINs.
func NewGate(texts interface {
	Get(language string, id prompts.ID) *play.Clip
}, log *slog.Logger) *Gate {
	return &Gate{prompts: texts, log: log, wrong: make(map[jid.JID]wrongPINs)}
}

// try counts an entry of a user before it is looked at, so that several calls at the same time do not get more of them. It reports whether he
// may have one.
func (g *Gate) try(user jid.JID) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	w := g.wrong[user]
	if now.Sub(w.since) >= gateWindow {
		w = wrongPINs{since: now}
	}
	if w.n >= gateWrong {
		return false
	}
	w.n++
	g.wrong[user] = w
	return true
}

// right takes a user's count back.
func (g *Gate) right(user jid.JID) {
	g.mu.Lock()
	delete(g.wrong, user)
	g.mu.Unlock()
}

// App is the service that asks for one PIN; right is told the leg when it was entered.
func (g *Gate) App(pin string, right func(call.LegID)) App {
	return func(ctx context.Context, c Caller, leg *call.PipeEnd, _ call.Offer) error {
		s := ivr.New(leg, g.log)
		leg.SetSink(s)
		s.Run(ctx, func(ctx context.Context, s *ivr.Session) call.Reason { return g.ask(ctx, s, c, pin, right) })
		return nil
	}
}

func (g *Gate) ask(ctx context.Context, s *ivr.Session, c Caller, pin string, right func(call.LegID)) call.Reason {
	if s.Answer(ctx) != nil {
		return call.Cancelled
	}
	say := []prompts.ID{prompts.VoicemailEnterPIN}
	for range gateTries {
		clips := make([]*play.Clip, len(say))
		for i, id := range say {
			clips[i] = g.prompts.Get(c.Language, id)
		}
		entered, err := s.Ask(ctx, ivr.Question{Say: clips, Max: directory.MaxPIN, End: '#'})
		switch {
		case err != nil:
			return call.Cancelled
		case entered == "":
			say = []prompts.ID{prompts.NothingEntered, prompts.VoicemailEnterPIN}
			continue
		case !g.try(c.User):
			g.log.Warn("a user has entered too many wrong PINs for outgoing calls", "user", c.User)
			_ = s.Say(ctx, g.prompts.Get(c.Language, prompts.TooManyTries))
			return call.Forbidden
		case subtle.ConstantTimeCompare([]byte(entered), []byte(pin)) == 1:
			g.right(c.User)
			right(s.Leg().ID())
			_, _ = s.Key(ctx, call.DecideTime) // the call takes the leg away
			return call.Failed
		}
		say = []prompts.ID{prompts.VoicemailWrong, prompts.VoicemailEnterPIN}
	}
	_ = s.Say(ctx, g.prompts.Get(c.Language, prompts.TooManyTries))
	return call.Forbidden
}
