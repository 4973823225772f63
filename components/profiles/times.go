package profiles

import (
	"context"
	"slices"
	"time"

	"plenum/components/directory"
	"plenum/xmppd/fault"
)

// latest is how late a time of a profile is still observed, when the server did not run or its clock was put forward. Older ones are left out: who comes
// in the morning does not want the lunch of yesterday.
const latest = time.Hour

// run looks at the clock at the beginning of every minute, for times are whole minutes.
func (p *Service) run(ctx context.Context) {
	for {
		if err := p.look(ctx, time.Now()); err != nil && ctx.Err() == nil {
			p.log.Error("the times of profiles cannot be observed", "err", err)
		}
		now := time.Now()
		select {
		case <-time.After(now.Truncate(time.Minute).Add(time.Minute).Sub(now)):
		case <-ctx.Done():
			return
		}
	}
}

// A due is a moment at which a profile begins or ends.
type due struct {
	directory.TriggerTime
	profile string
}

// look does what is due since somebody has looked last, on this server or another.
func (p *Service) look(ctx context.Context, now time.Time) error {
	last, mine, err := takeTurn(ctx, p.srv.Store(), now)
	if err != nil || !mine {
		return err
	}
	for _, d := range dues(p.org.All(), last, now, p.zone) {
		p.carryOut(ctx, d)
	}
	return nil
}

// dues are the moments after last up to now, in their order. Of those at the same time the ends come first.
func dues(profiles []directory.Profile, last, now time.Time, zone *time.Location) (list []due) {
	if earliest := now.Add(-latest); last.Before(earliest) {
		last = earliest
	}
	for _, profile := range profiles {
		for i := range profile.Triggers {
			for _, at := range profile.Triggers[i].Between(last, now, zone) {
				list = append(list, due{at, profile.ID})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b due) int {
		if c := a.At.Compare(b.At); c != 0 || a.End == b.End {
			return c
		}
		return map[bool]int{true: -1, false: 1}[a.End]
	})
	return list
}

// carryOut puts everybody concerned into a profile, or back into the one before.
func (p *Service) carryOut(ctx context.Context, d due) {
	users, change := p.org.Members(d.profile), p.do.Trigger
	if d.End {
		users, change = p.org.Users(d.profile), p.do.EndTrigger
	}
	var changed, refused int
	for _, user := range users {
		switch run, err := change(ctx, user, d.profile); {
		case err != nil && !fault.Is(err, fault.Conflict):
			p.log.Error("a time does not change a profile", "user", user, "profile", d.profile, "end", d.End, "err", err)
		case err != nil:
			refused++
		case run.Changed():
			changed++
		}
	}
	p.log.Info("a time has changed profiles", "profile", d.profile, "end", d.End, "users", changed, "sticky", refused)
}
