package directory

import "time"

// A TriggerTime is a moment at which a trigger begins or ends a profile.
type TriggerTime struct {
	At  time.Time
	End bool
}

// Between returns the moments of the trigger after one time, up to and including another, in the order of time. A time of the day that the clock
// of the zone leaves out is the moment at which it does; one that comes twice is the first.
func (t *ProfileTrigger) Between(after, until time.Time, zone *time.Location) (moments []TriggerTime) {
	begin, ok := clock(t.At)
	if !ok || !until.After(after) {
		return nil
	}
	end, ends := clock(t.Until)
	from := after.In(zone)
	var last string
	for day := -1; ; day++ { // a profile that begins the day before may end within
		date := time.Date(from.Year(), from.Month(), from.Day()+day, 12, 0, 0, 0, zone)
		if date.Add(-36 * time.Hour).After(until) {
			return moments
		}
		same := date.Format(time.DateOnly) == last // the day before was left out
		if last = date.Format(time.DateOnly); same || !t.on(date) {
			continue
		}
		add := func(at time.Time, isEnd bool) {
			if at.After(after) && !at.After(until) {
				moments = append(moments, TriggerTime{at, isEnd})
			}
		}
		add(onClock(date, begin), false)
		if ends {
			if end < begin {
				date = time.Date(date.Year(), date.Month(), date.Day()+1, 12, 0, 0, 0, zone)
			}
			add(onClock(date, end), true)
		}
	}
}

// on reports whether the trigger begins on the day.
func (t *ProfileTrigger) on(date time.Time) bool {
	if t.Date != "" {
		return date.Format(time.DateOnly) == t.Date
	}
	for _, d := range t.Days {
		if d == date.Weekday() {
			return true
		}
	}
	return false
}

// onClock is when a day's clock shows a time.
func onClock(date time.Time, minutes int) time.Time {
	at := time.Date(date.Year(), date.Month(), date.Day(), minutes/60, minutes%60, 0, 0, date.Location())
	begin, end := at.ZoneBounds()
	wanted := time.Date(date.Year(), date.Month(), date.Day(), minutes/60, minutes%60, 0, 0, time.UTC)
	shown := time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), 0, 0, time.UTC)
	switch { // left out when the clock was put forward
	case shown.Before(wanted):
		return end
	case shown.After(wanted):
		return begin
	}
	if begin.IsZero() {
		return at
	}
	_, before := begin.Add(-time.Second).Zone()
	_, now := at.Zone()
	if first := at.Add(time.Duration(now-before) * time.Second); first.Before(begin) && first.Before(at) { // shown before the clock was put back, too
		return first
	}
	return at
}
