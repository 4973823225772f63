package conference

import (
	"errors"
	"fmt"
	"os"
	"time"

	"plenum/components/media"
	"plenum/components/media/play"
	"plenum/components/media/wav"
)

// Rules are what operators say about conferences. The zero value of a field means its default, which Validate fills in.
type Rules struct {
	People int `toml:"people" doc:"How many people one conference may have; twenty more when they are moderators. Default: 200."`

	Grace time.Duration `toml:"grace" doc:"How long a conference goes on after the connection of its last moderator was lost, before guests wait again. When he leaves by himself they wait at once. Default: 15s."`

	Wait time.Duration `toml:"wait" doc:"How long guests wait for a moderator before the conference ends for them. Default: 10m."`

	Longest time.Duration `toml:"longest" doc:"How long a conference may last. Default: 24h."`

	Music string `toml:"music" doc:"A WAV file of at most ten minutes that guests hear while they wait. Relative to this file. Default: music of this program's own."`
}

const longestMusic = 10 * time.Minute

// clip reads the music; it is nil when that is the program's own.
func (r *Rules) clip() (*play.Clip, error) {
	if r.Music == "" {
		return nil, nil
	}
	f, err := os.Open(r.Music)
	if err != nil {
		return nil, fmt.Errorf("music: %w", err)
	}
	defer f.Close()
	pcm, err := wav.Read(f, longestMusic)
	if err == nil && len(pcm) < media.Rate {
		err = errors.New("it is shorter than a second")
	}
	if err != nil {
		return nil, fmt.Errorf("music: %s: %w", r.Music, err)
	}
	return play.NewClip(pcm), nil
}

// Validate fills in defaults and reports every fault at once.
func (r *Rules) Validate() error {
	var errs []error
	if r.People == 0 {
		r.People = 200
	}
	if r.People < 2 || r.People > 10_000 {
		errs = append(errs, fmt.Errorf("people: %d is not within 2 and 10000", r.People))
	}
	for _, f := range []struct {
		name          string
		value         *time.Duration
		def, min, max time.Duration
	}{
		{"grace", &r.Grace, 15 * time.Second, time.Second, 10 * time.Minute},
		{"wait", &r.Wait, 10 * time.Minute, 10 * time.Second, 24 * time.Hour},
		{"longest", &r.Longest, 24 * time.Hour, time.Minute, 30 * 24 * time.Hour},
	} {
		if *f.value == 0 {
			*f.value = f.def
		}
		if *f.value < f.min || *f.value > f.max {
			errs = append(errs, fmt.Errorf("%s: %v is not within %v and %v", f.name, *f.value, f.min, f.max))
		}
	}
	return errors.Join(errs...)
}
