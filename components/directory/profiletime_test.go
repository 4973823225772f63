package directory_test

import (
	"slices"
	"testing"
	"time"

	"plenum/components/directory"
)

// a time, repeated on days of the week, whatever the clock of the zone does.
func TestTriggerTimes(t *testing.T) {
	weekdays := []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}
	daily := append([]time.Weekday{time.Saturday, time.Sunday}, weekdays...)
	for name, c := range map[string]struct {
		trigger     directory.ProfileTrigger
		zone        string
		after, till string // UTC
		want        []string
	}{
		"on working days, not at the weekend": {
			directory.ProfileTrigger{At: "09:00", Days: weekdays}, "Europe/Berlin", "2026-11-27 00:00", "2026-11-30 23:00",
			[]string{"begin 2026-11-27 08:00", "begin 2026-11-30 08:00"},
		},
		"with an end": {
			directory.ProfileTrigger{At: "12:00", Until: "12:30", Days: daily}, "Europe/Berlin", "2026-11-27 11:00", "2026-11-28 11:00",
			[]string{"end 2026-11-27 11:30", "begin 2026-11-28 11:00"},
		},
		"over midnight, the end belongs to the day of the beginning": {
			directory.ProfileTrigger{At: "22:00", Until: "06:00", Days: []time.Weekday{time.Friday}}, "Europe/Berlin", "2026-11-27 00:00", "2026-11-29 12:00",
			[]string{"begin 2026-11-27 21:00", "end 2026-11-28 05:00"},
		},
		"on one date": {
			directory.ProfileTrigger{At: "14:00", Date: "2026-12-24"}, "Europe/Berlin", "2026-12-01 00:00", "2027-12-31 00:00",
			[]string{"begin 2026-12-24 13:00"},
		},
		"when the clock leaves the time out, at the moment when it does": {
			directory.ProfileTrigger{At: "02:30", Days: daily}, "Europe/Berlin", "2026-03-28 12:00", "2026-03-30 00:30",
			[]string{"begin 2026-03-29 01:00", "begin 2026-03-30 00:30"},
		},
		"when the clock shows the time twice, once": {
			directory.ProfileTrigger{At: "02:30", Days: daily}, "Europe/Berlin", "2026-10-24 12:00", "2026-10-26 01:30",
			[]string{"begin 2026-10-25 00:30", "begin 2026-10-26 01:30"},
		},
		"the same in America": {
			directory.ProfileTrigger{At: "01:30", Days: daily}, "America/New_York", "2026-10-31 12:00", "2026-11-02 06:30",
			[]string{"begin 2026-11-01 05:30", "begin 2026-11-02 06:30"},
		},
		"where midnight is left out": {
			directory.ProfileTrigger{At: "00:10", Days: daily}, "America/Santiago", "2026-09-05 12:00", "2026-09-06 12:00",
			[]string{"begin 2026-09-06 04:00"},
		},
		"where a whole day was left out": {
			directory.ProfileTrigger{At: "10:00", Date: "2011-12-31"}, "Pacific/Apia", "2011-12-28 00:00", "2012-01-02 00:00",
			[]string{"begin 2011-12-30 20:00"},
		},
		"not at the moment that was looked at before": {
			directory.ProfileTrigger{At: "09:00", Days: daily}, "UTC", "2026-11-27 09:00", "2026-11-28 08:59", nil,
		},
		"not when the clock was put back": {
			directory.ProfileTrigger{At: "09:00", Days: daily}, "UTC", "2026-11-27 09:30", "2026-11-27 08:00", nil,
		},
	} {
		zone, err := time.LoadLocation(c.zone)
		must(t, err)
		after, err := time.Parse("2006-01-02 15:04", c.after)
		must(t, err)
		till, err := time.Parse("2006-01-02 15:04", c.till)
		must(t, err)
		var got []string
		for _, m := range c.trigger.Between(after, till, zone) {
			text := "begin "
			if m.End {
				text = "end "
			}
			got = append(got, text+m.At.UTC().Format("2006-01-02 15:04"))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// Whether the time is looked at once a day or every minute, the same comes.
func TestTriggerTimesInParts(t *testing.T) {
	for _, name := range []string{"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"} {
		zone, err := time.LoadLocation(name)
		must(t, err)
		for _, at := range []string{"00:00", "00:30", "01:45", "02:15", "02:30", "03:00", "23:59"} {
			trigger := directory.ProfileTrigger{At: at, Until: "02:01", Days: []time.Weekday{0, 1, 2, 3, 4, 5, 6}}
			begin := time.Date(2026, 3, 1, 0, 7, 0, 0, time.UTC)
			whole := trigger.Between(begin, begin.AddDate(1, 0, 0), zone)
			var parts []directory.TriggerTime
			for from := begin; from.Before(begin.AddDate(1, 0, 0)); from = from.Add(time.Hour) {
				parts = append(parts, trigger.Between(from, from.Add(time.Hour), zone)...)
			}
			same := slices.EqualFunc(whole, parts, func(a, b directory.TriggerTime) bool { return a.At.Equal(b.At) && a.End == b.End })
			if !same || len(whole) < 728 {
				t.Errorf("%s in %s: %d at once, %d hour by hour", at, name, len(whole), len(parts))
			}
		}
	}
}
