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

// A due is a moment at which a profile begins or ends, for those in a time zone.
type due struct {
	directory.TriggerTime
	profile string
	zone    string // empty: the organisation's
}

// look does what is due since somebody has looked last, on this server or another.
func (p *Service) look(ctx context.Context, now time.Time) error {
	last, mine, err := takeTurn(ctx, p.srv.Store(), now)
	if err != nil || !mine {
		return err
	}
	var list []due
	for _, zone := range p.do.org.Accounts.TimeZones() {
		at, err := directory.LoadZone(zone)
		if err != nil { // the organisation's, or one that a newer program knows
			at = p.zone
		}
		list = append(list, dues(p.org.All(), last, now, zone, at)...)
	}
	slices.SortStableFunc(list, func(a, b due) int { // of those at the same time the ends come first
		if c := a.At.Compare(b.At); c != 0 || a.End == b.End {
			return c
		}
		return map[bool]int{true: -1, false: 1}[a.End]
	})
	for _, d := range list {
		p.carryOut(ctx, d)
	}
	return nil
}

// dues are the moments in a zone, after last up to now.
func dues(profiles []directory.Profile, last, now time.Time, name string, zone *time.Location) (list []due) {
	if earliest := now.Add(-latest); last.Before(earliest) {
		last = earliest
	}
	for _, profile := range profiles {
		for i := range profile.Triggers {
			for _, at := range profile.Triggers[i].Between(last, now, zone) {
				list = append(list, due{at, profile.ID, name})
			}
		}
	}
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
		if p.do.org.Accounts.TimeZone(user) != d.zone {
			continue
		}
		switch run, err := change(ctx, user, d.profile); {
		case err != nil && !fault.Is(err, fault.Conflict):
			p.log.Error("a time does not change a profile", "user", user, "profile", d.profile, "end", d.End, "err", err)
		case err != nil:
			refused++
		case run.Changed():
			changed++
		}
	}
	p.log.Info("a time has changed profiles", "profile", d.profile, "end", d.End, "zone", d.zone, "users", changed, "sticky", refused)
}
