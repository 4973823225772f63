package sipbridge

import (
	"errors"
	"fmt"
	"time"
)

// Config is what operators say about calls by SIP. The zero value of a field means its default, which Validate fills in.
type Config struct {
	Calls      int           `toml:"calls" doc:"How many calls of phones and trunks there may be at the same time; each side of a call counts. More are refused with 503. Default: 2000."`
	Ring       time.Duration `toml:"ring" doc:"How long a phone may ring, or a call may wait to be answered, at most. Default: 5m."`
	Session    time.Duration `toml:"session" doc:"How often phones and trunks are asked whether they still have a call (RFC 4028). A call on hold whose phone has vanished ends after this time at the latest. Default: 30m."`
	MinSession time.Duration `toml:"min_session" doc:"The shortest such time that a peer may ask for. Default: 90s."`
	Silence    time.Duration `toml:"silence" doc:"How long a trunk's server may leave a call without any answer, even that it tries, before the next server or trunk is tried. Default: 5s."`
	Bindings   int           `toml:"bindings" doc:"At how many places of one device a call rings at most. Default: 4."`
	Diversions int           `toml:"diversions" doc:"How often a call may have been forwarded when it comes in; it is refused as a loop otherwise. Default: 5."`
}

// Validate fills in defaults and reports every fault at once.
func (c *Config) Validate() error {
	var errs []error
	for _, f := range []struct {
		name          string
		value         *int
		def, min, max int
	}{
		{"calls", &c.Calls, 2000, 1, 100_000},
		{"bindings", &c.Bindings, 4, 1, 20},
		{"diversions", &c.Diversions, 5, 1, 20},
	} {
		if *f.value == 0 {
			*f.value = f.def
		}
		if *f.value < f.min || *f.value > f.max {
			errs = append(errs, fmt.Errorf("%s: %d is not within %d and %d", f.name, *f.value, f.min, f.max))
		}
	}
	for _, f := range []struct {
		name          string
		value         *time.Duration
		def, min, max time.Duration
	}{
		{"ring", &c.Ring, 5 * time.Minute, 10 * time.Second, time.Hour},
		{"session", &c.Session, 30 * time.Minute, 90 * time.Second, 24 * time.Hour}, // RFC 4028 §4: not below 90 s
		{"min_session", &c.MinSession, 90 * time.Second, 90 * time.Second, time.Hour},
		{"silence", &c.Silence, 5 * time.Second, time.Second, 32 * time.Second}, // RFC 3261 §17.1.1.2: timer B ends it in any case
	} {
		if *f.value == 0 {
			*f.value = f.def
		}
		if *f.value < f.min || *f.value > f.max {
			errs = append(errs, fmt.Errorf("%s: %s is not within %s and %s", f.name, *f.value, f.min, f.max))
		}
	}
	if c.MinSession > c.Session {
		errs = append(errs, fmt.Errorf("min_session: %s is longer than session, %s", c.MinSession, c.Session))
	}
	return errors.Join(errs...)
}
