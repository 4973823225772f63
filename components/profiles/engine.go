package profiles

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"plenum/components/directory"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

// Engine puts users into profiles, and takes the steps that the profiles want: those for leaving the one before, then those for entering the new one,
// strictly in their order. For one user it does one change after the other. Steps are taken in the user's own name: a profile
// does nothing that he could not do himself, except that those of administrators change also when devices ring that are locked (actor).
type Engine struct {
	db  *store.DB
	org *directory.Directory
	log *slog.Logger

	mu    sync.Mutex
	turns map[jid.JID]*turn
}

// A turn is held by who changes the profile of a user.
type turn struct {
	sync.Mutex
	wanted int
}

// NewEngine makes the engine, and its tables.
func NewEngine(ctx context.Context, db *store.DB, org *directory.Directory, log *slog.Logger) (*Engine, error) {
	if err := migrate(ctx, db); err != nil {
		return nil, fmt.Errorf("profiles: %w", err)
	}
	return &Engine{db: db, org: org, log: log, turns: make(map[jid.JID]*turn)}, nil
}

// Outcome is how a step went.
type Outcome string

const (
	Done    Outcome = "done"
	Nothing Outcome = "nothing" // it was so already
	Failed  Outcome = "failed"
)

// A Step is an action that was carried out, or would be.
type Step struct {
	Leaving bool // it is of the profile that was left
	directory.ProfileAction
	About   string // name of the team or location, where the action names one
	Outcome Outcome
	Text    string // why it failed; in a dry run also what else it does
}

// A Run is what has happened when a user came into a profile.
type Run struct {
	User      jid.JID
	Profile   string // its ID
	Name      string
	Left      string // the ID of the one before
	LeftName  string
	Triggered bool
	By        jid.JID // zero: a trigger, or the operator
	At        time.Time
	Steps     []Step
}

// Failed returns how many steps have failed.
func (r *Run) Failed() (n int) {
	for _, s := range r.Steps {
		if s.Outcome == Failed {
			n++
		}
	}
	return n
}

// Changed reports whether the user is in another profile than before.
func (r *Run) Changed() bool { return r.Profile != r.Left }

// Choose puts a user into a profile that is offered to him, in the name of by (directory.Profiles.Choose). What its steps have come to is in the run; the
// error says that he is not put into it.
func (e *Engine) Choose(ctx context.Context, by, user jid.JID, profile string) (Run, error) {
	return e.change(ctx, by, user, func() (directory.ProfileUse, error) { return e.org.Profiles.Choose(ctx, by, user, profile) })
}

// Trigger does the same for a trigger (directory.Profiles.Trigger).
func (e *Engine) Trigger(ctx context.Context, user jid.JID, profile string) (Run, error) {
	return e.change(ctx, jid.JID{}, user, func() (directory.ProfileUse, error) { return e.org.Profiles.Trigger(ctx, user, profile) })
}

// EndTrigger puts a user back into the profile that he was in before a trigger (directory.Profiles.EndTrigger).
func (e *Engine) EndTrigger(ctx context.Context, user jid.JID, profile string) (Run, error) {
	return e.change(ctx, jid.JID{}, user, func() (directory.ProfileUse, error) { return e.org.Profiles.EndTrigger(ctx, user, profile) })
}

// Delete removes a profile. Who is in it leaves it, with its steps, and is in Available then.
func (e *Engine) Delete(ctx context.Context, by jid.JID, id string) error {
	p, err := e.org.Profiles.Get(id)
	if err != nil {
		return err
	}
	users := e.org.Profiles.Users(id)
	if err := e.org.Profiles.Delete(ctx, by, id); err != nil {
		return err
	}
	for _, user := range users {
		release := e.take(user.Bare())
		now, _ := e.org.Profiles.Of(user)
		e.run(ctx, Run{User: user.Bare(), By: by.Bare()}, p, now)
		release()
	}
	return nil
}

func (e *Engine) change(ctx context.Context, by, user jid.JID, put func() (directory.ProfileUse, error)) (Run, error) {
	user = user.Bare()
	defer e.take(user)()
	before, _ := e.org.Profiles.Of(user)
	use, err := put()
	if err != nil {
		return Run{}, err
	}
	after, _ := e.org.Profiles.Of(user)
	return e.run(ctx, Run{User: user, By: by.Bare(), Triggered: use.Triggered}, before, after), nil
}

// take waits until nobody else changes the profile of a user, and returns what ends the turn.
func (e *Engine) take(user jid.JID) (release func()) {
	e.mu.Lock()
	t := e.turns[user]
	if t == nil {
		t = &turn{}
		e.turns[user] = t
	}
	t.wanted++
	e.mu.Unlock()
	t.Lock()
	return func() {
		t.Unlock()
		e.mu.Lock()
		defer e.mu.Unlock()
		if t.wanted--; t.wanted == 0 {
			delete(e.turns, user)
		}
	}
}

// run takes the steps of leaving a profile and entering another, and keeps what came of them. A step that fails does not stop those after it, and
// neither does it when who has asked for the profile goes away.
func (e *Engine) run(ctx context.Context, r Run, before, after directory.Profile) Run {
	r.Profile, r.Name, r.Left, r.LeftName, r.At = after.ID, after.Name, before.ID, before.Name, time.Now().UTC().Truncate(time.Microsecond)
	if !r.Changed() {
		return r
	}
	ctx = context.WithoutCancel(ctx)
	for _, list := range []struct {
		leaving bool
		of      directory.Profile
		actions []directory.ProfileAction
	}{{true, before, before.Leave}, {false, after, after.Enter}} {
		for _, action := range list.actions {
			step := e.act(ctx, actor(r.User, &list.of), r.User, action)
			step.Leaving = list.leaving
			r.Steps = append(r.Steps, step)
		}
	}
	if err := keepRun(ctx, e.db, &r); err != nil {
		e.log.Error("what the actions of a profile have done cannot be kept", "user", r.User, "profile", r.Profile, "err", err)
	}
	if n := r.Failed(); n > 0 {
		e.log.Warn("actions of a profile have failed", "user", r.User, "profile", r.Profile, "left", r.Left, "failed", n, "of", len(r.Steps))
	}
	return r
}

// Runs returns what has happened when a user changed his profile, the last time first.
func (e *Engine) Runs(ctx context.Context, user jid.JID) ([]Run, error) {
	return runsOf(ctx, e.db, user.Bare())
}

// ForgetAccount removes what is kept of an account that is no more.
func (e *Engine) ForgetAccount(ctx context.Context, owner jid.JID) error {
	return e.db.Commit(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec("DELETE FROM profile_run WHERE owner = $1", owner.Bare().String())
		return err
	})
}

var errNothing = errors.New("it was so already")
