package telephony

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"plenum/components/media"
	"plenum/components/media/play"
	"plenum/components/media/wav"
	"plenum/components/telephony/prompts"
)

// Config is what operators say about calls. The zero value of a field means its default, which Validate fills in.
type Config struct {
	Calls int `toml:"calls" doc:"How many calls of telephones and with the public network there may be at the same time, besides conferences. A caller beyond that hears that all lines are busy. Default: 1000."`

	CallsPerUser int `toml:"calls_per_user" doc:"How many calls one user may make at the same time, on all of his devices together. Calls that he gets do not count. Default: 6."`

	CallsPerTrunk int `toml:"calls_per_trunk" doc:"How many calls one trunk may bring at the same time. Default: 200."`

	Ring time.Duration `toml:"ring" doc:"How long somebody who is called from inside or outside is rung, at devices for which FollowMe says nothing else, before the caller is told that nobody answers. Default: 60s."`

	Longest time.Duration `toml:"longest" doc:"How long one call may last. Default: 12h."`

	Transfers int `toml:"transfers" doc:"How often one call may be transferred or passed on; it guards against calls that go round in a circle. Default: 30."`

	Language string `toml:"language" doc:"In which language callers are spoken to of whom none is known: de or en. Default: en."`

	Music string `toml:"music" doc:"A WAV file of at most ten minutes that people hear while they are on hold. Relative to this file. Default: music of this program's own."`

	TeamPresence time.Duration `toml:"team_presence" doc:"How long the presence of a team stays as it is at least, for those who see what goes on in it: changes that come sooner are sent together. Default: 1s."`

	KeepRecords time.Duration `toml:"keep_records" doc:"How long the records of calls are kept. Default: 8760h, a year."`

	ShowNumbers bool `toml:"show_numbers" doc:"Lets colleagues see in the presence of user@domain/phone whom the user talks to, by number and name. Without it they see only that he is called or talks. Default: false."`
}

const longestMusic = 10 * time.Minute

// Validate fills in defaults and reports every fault at once.
func (c *Config) Validate() error {
	var errs []error
	for _, f := range []struct {
		name     string
		value    *int
		def, max int
	}{
		{"calls", &c.Calls, 1000, 100_000},
		{"calls_per_user", &c.CallsPerUser, 6, 1000},
		{"calls_per_trunk", &c.CallsPerTrunk, 200, 100_000},
		{"transfers", &c.Transfers, 30, 1000},
	} {
		if *f.value == 0 {
			*f.value = f.def
		}
		if *f.value < 1 || *f.value > f.max {
			errs = append(errs, fmt.Errorf("%s: %d is not within 1 and %d", f.name, *f.value, f.max))
		}
	}
	for _, f := range []struct {
		name          string
		value         *time.Duration
		def, min, max time.Duration
	}{
		{"ring", &c.Ring, time.Minute, time.Second, 10 * time.Minute},
		{"longest", &c.Longest, 12 * time.Hour, time.Minute, 30 * 24 * time.Hour},
		{"team_presence", &c.TeamPresence, time.Second, 100 * time.Millisecond, time.Minute},
		{"keep_records", &c.KeepRecords, 365 * 24 * time.Hour, time.Hour, 100 * 365 * 24 * time.Hour},
	} {
		if *f.value == 0 {
			*f.value = f.def
		}
		if *f.value < f.min || *f.value > f.max {
			errs = append(errs, fmt.Errorf("%s: %v is not within %v and %v", f.name, *f.value, f.min, f.max))
		}
	}
	if c.Language == "" {
		c.Language = prompts.Default
	}
	if !slices.Contains(prompts.Languages(), c.Language) {
		errs = append(errs, fmt.Errorf("language: there are no prompts in %q, but in %s", c.Language, strings.Join(prompts.Languages(), ", ")))
	}
	return errors.Join(errs...)
}

// clip reads the music.
func (c *Config) clip() (*play.Clip, error) {
	if c.Music == "" {
		return play.Music(), nil
	}
	f, err := os.Open(c.Music)
	if err != nil {
		return nil, fmt.Errorf("music: %w", err)
	}
	defer f.Close()
	pcm, err := wav.Read(f, longestMusic)
	if err == nil && len(pcm) < media.Rate {
		err = errors.New("it is shorter than a second")
	}
	if err != nil {
		return nil, fmt.Errorf("music: %s: %w", c.Music, err)
	}
	return play.NewClip(pcm), nil
}
