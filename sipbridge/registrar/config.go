package registrar

import (
	"errors"
	"fmt"
	"time"
)

// Config is what operators say about registrations. The zero value of a field means its default, which Validate fills in.
type Config struct {
	MinExpires time.Duration `toml:"min_expires" doc:"The shortest time for which a phone may register. Default: 1m."`
	Expires    time.Duration `toml:"expires" doc:"For how long a phone registers that does not say for how long. Default: 10m."`
	MaxExpires time.Duration `toml:"max_expires" doc:"The longest time for which a phone may register; who asks for more gets this. Default: 1h."`
	MD5Only    bool          `toml:"md5_only" doc:"Whether phones are asked to log in with MD5 alone. By default they are offered SHA-256 first and MD5 second. Some fail over the offer that they do not know; the server finds that out and offers them MD5 alone when they try again. Default: false."`

	KeepAlive time.Duration `toml:"keep_alive" doc:"How often a phone behind NAT that has registered over UDP is sent something, so that it stays reachable. Default: 25s."`
}

// Limits that are the same everywhere.
const (
	maxBindings = 10 // of a device: a phone has one or two, and leaves some behind when its address changes
	maxContacts = 8  // in one REGISTER
	maxURI      = 500
	maxAgent    = 200
	maxInstance = 200
)

// Validate fills in defaults and reports every fault at once.
func (c *Config) Validate() error {
	var errs []error
	for _, f := range []struct {
		name          string
		value         *time.Duration
		def, min, max time.Duration
	}{
		{"min_expires", &c.MinExpires, time.Minute, 10 * time.Second, time.Hour},
		{"expires", &c.Expires, 10 * time.Minute, time.Minute, 24 * time.Hour},
		{"max_expires", &c.MaxExpires, time.Hour, time.Minute, 24 * time.Hour},
		{"keep_alive", &c.KeepAlive, 25 * time.Second, 5 * time.Second, 5 * time.Minute},
	} {
		if *f.value == 0 {
			*f.value = f.def
		}
		if *f.value < f.min || *f.value > f.max {
			errs = append(errs, fmt.Errorf("%s: %s is not within %s and %s", f.name, *f.value, f.min, f.max))
		}
	}
	if c.MinExpires > c.Expires || c.Expires > c.MaxExpires {
		errs = append(errs, fmt.Errorf("expires: %s is not within min_expires and max_expires", c.Expires))
	}
	return errors.Join(errs...)
}
