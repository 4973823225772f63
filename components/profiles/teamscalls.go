package profiles

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"plenum/components/directory"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// How often Microsoft is asked.
const (
	teamsInterval = 7 * time.Second
	teamsMostWait = 5 * time.Minute  // after failures, unless the server wants more
	teamsMostTold = time.Hour        // that a server may want
	teamsNewUsers = 10 * time.Minute // after which the list of users is asked for again, when somebody is not in it
	teamsOldUsers = 6 * time.Hour    // after which it is in any case
)

// teamsCalls asks Microsoft Graph who is in a call, and puts those into their profile as long as it lasts. What a call has begun and ended is
// in the database, so that a restart or another server goes on there. While Graph does not answer everybody stays as he is.
type teamsCalls struct {
	*Engine
	cfg      Config
	timeout  time.Duration // of each request
	graph    *graph
	revision int64             // of the settings that graph was made with
	ids      map[string]string // of Microsoft's users, by address
	listed   time.Time
}

// watchTeams asks until ctx ends.
func (p *Service) watchTeams(ctx context.Context) {
	w := &teamsCalls{Engine: p.do, cfg: p.cfg, timeout: graphTimeout, revision: -1}
	for {
		if err := w.look(ctx, time.Now()); err != nil && ctx.Err() == nil {
			p.log.Error("calls in Microsoft Teams cannot be observed", "err", err)
		}
		select {
		case <-time.After(teamsInterval):
		case <-ctx.Done():
			return
		}
	}
}

// look asks when it is time, and nobody else does.
func (w *teamsCalls) look(ctx context.Context, now time.Time) error {
	s, mine, err := takeTeamsTurn(ctx, w.db, now, teamsInterval)
	if err != nil || !mine {
		return err
	}
	if !s.Enabled {
		return w.endOthers(ctx, nil)
	}
	if w.revision != s.Revision {
		secret, err := w.org.Sealer().Open(s.sealed)
		if err != nil {
			return err
		}
		w.graph, w.revision, w.ids = newGraph(&w.cfg, s.Tenant, s.Client, string(secret), w.timeout), s.Revision, nil
	}
	asked, err := w.ask(ctx, now)
	failure, ok := errors.AsType[*graphError](err)
	switch {
	case ok:
		if s.Failures == 0 {
			w.log.Warn("Microsoft Teams cannot be asked who is in a call; everybody stays in his profile until it can", "err", failure)
		}
		if failure.refused { // what an administrator of Microsoft's allows now shows in a new token
			w.revision = -1
		}
		wait := max(waitAfter(s.Failures), min(failure.after, teamsMostTold))
		return teamsAsked(ctx, w.db, s.Revision, now, now.Add(wait), s.Failures+1, failure.text, asked)
	case err != nil:
		return err
	case s.Failures > 0:
		w.log.Info("Microsoft Teams can be asked again who is in a call")
	}
	return teamsAsked(ctx, w.db, s.Revision, now, now.Add(teamsInterval), 0, "", asked)
}

// waitAfter is how long nobody asks after one more failure.
func waitAfter(failures int) time.Duration {
	return min(teamsMostWait, 2*teamsInterval<<min(failures, 10))
}

// ask asks for everybody concerned, and returns of how many.
func (w *teamsCalls) ask(ctx context.Context, now time.Time) (asked int, err error) {
	wanted := w.wanted(ctx)
	missing := false
	for address := range wanted {
		missing = missing || w.ids[address] == ""
	}
	if age := now.Sub(w.listed); len(wanted) > 0 && (w.ids == nil || age > teamsOldUsers || missing && age > teamsNewUsers) {
		ids, err := w.graph.users(ctx)
		if err != nil {
			return 0, err
		}
		w.ids, w.listed = ids, now
	}
	users := make(map[string]jid.JID) // by Microsoft's ID
	for address, user := range wanted {
		if id := w.ids[address]; id != "" {
			users[id] = user
		}
	}
	ids := make([]string, 0, len(users))
	for id := range users {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	if err := w.endOthers(ctx, users); err != nil {
		return 0, err
	}
	for part := range slices.Chunk(ids, graphIDs) {
		calls, err := w.graph.calls(ctx, part)
		if err != nil {
			return asked, err
		}
		asked += len(part)
		if err := w.follow(ctx, users, calls); err != nil {
			return asked, err
		}
	}
	return asked, nil
}

// wanted is whom Microsoft is asked for, by the address in lower case: who is offered a profile for calls, and has an address that nobody else has.
func (w *teamsCalls) wanted(ctx context.Context) map[string]jid.JID {
	wanted := make(map[string]jid.JID)
	shared := make(map[string]bool)
	for _, p := range w.org.Profiles.All() {
		if !p.TeamsCall {
			continue
		}
		for _, user := range w.org.Profiles.Members(p.ID) {
			account, err := w.org.Accounts.Get(ctx, user)
			address := strings.ToLower(account.Email)
			if err != nil || address == "" {
				continue
			}
			if other, ok := wanted[address]; ok && other != user {
				shared[address] = true
			}
			wanted[address] = user
		}
	}
	for address := range shared {
		delete(wanted, address)
	}
	return wanted
}

// follow does what calls that have begun or ended since want.
func (w *teamsCalls) follow(ctx context.Context, users map[string]jid.JID, calls map[string]bool) error {
	known, err := teamsCallsOf(ctx, w.db)
	if err != nil {
		return err
	}
	for id, in := range calls {
		user, asked := users[id]
		profile, was := known[user]
		switch {
		case !asked, in == was:
		case in:
			err = errors.Join(err, w.begin(ctx, user))
		default:
			err = errors.Join(err, w.end(ctx, user, profile))
		}
	}
	return err
}

// begin puts a user into his profile for calls. One in a sticky profile stays in it for the whole call.
func (w *teamsCalls) begin(ctx context.Context, user jid.JID) error {
	profile := w.profileFor(user)
	if profile == "" {
		return nil
	}
	if err := putTeamsCall(ctx, w.db, user, profile); err != nil {
		return err
	}
	_, err := w.Trigger(ctx, user, profile)
	if fault.Is(err, fault.Conflict) || fault.Is(err, fault.Forbidden) || fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// end puts him back into the one before, unless he has chosen another meanwhile.
func (w *teamsCalls) end(ctx context.Context, user jid.JID, profile string) error {
	_, err := w.EndTrigger(ctx, user, profile)
	if err != nil && !fault.Is(err, fault.Forbidden) && !fault.Is(err, fault.NotFound) {
		return err
	}
	return dropTeamsCall(ctx, w.db, user)
}

// endOthers ends the calls of those who are not asked for any more.
func (w *teamsCalls) endOthers(ctx context.Context, asked map[string]jid.JID) error {
	known, err := teamsCallsOf(ctx, w.db)
	if err != nil {
		return err
	}
	for _, user := range asked {
		delete(known, user)
	}
	for user, profile := range known {
		err = errors.Join(err, w.end(ctx, user, profile))
	}
	return err
}

// profileFor is the profile into which calls put a user: one of his own before others, then by name.
func (w *teamsCalls) profileFor(user jid.JID) string {
	list := slices.DeleteFunc(w.org.Profiles.OfferedTo(user), func(p directory.Profile) bool { return !p.TeamsCall })
	if len(list) == 0 {
		return ""
	}
	return slices.MinFunc(list, func(a, b directory.Profile) int { // the first of those that are equal
		rank := func(p *directory.Profile) int {
			if p.Owner.IsZero() {
				return 1
			}
			return 0
		}
		return cmp.Compare(rank(&a), rank(&b))
	}).ID
}
