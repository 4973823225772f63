package trunk

import (
	"cmp"
	"errors"
	"fmt"
)

// Config is what operators say about all trunks. The zero value of a field means its default, which Validate fills in.
type Config struct {
	Expires int `toml:"expires" doc:"Seconds for which we ask to be registered at a provider, 60 to 86400. Default: 600."`
	Options int `toml:"options" doc:"Seconds between two OPTIONS to a provider that is to be watched, 10 to 3600; it also keeps a router's way open. Default: 30."`
	Retry   int `toml:"retry" doc:"Seconds until a failed registration is tried again, 5 to 3600. With every further failure the time is doubled. Default: 30."`
	Longest int `toml:"longest_retry" doc:"The longest time in seconds between two tries, up to 86400. Default: 1800."`
}

// Validate fills in defaults and reports every fault at once.
func (c *Config) Validate() error {
	c.Expires, c.Options, c.Retry, c.Longest = cmp.Or(c.Expires, 600), cmp.Or(c.Options, 30), cmp.Or(c.Retry, 30), cmp.Or(c.Longest, 1800)
	var errs []error
	for _, s := range []struct {
		name               string
		value, least, most int
	}{{"expires", c.Expires, 60, 86400}, {"options", c.Options, 10, 3600}, {"retry", c.Retry, 5, 3600}, {"longest_retry", c.Longest, c.Retry, 86400}} {
		if s.value < s.least || s.value > s.most {
			errs = append(errs, fmt.Errorf("%s: %d is not between %d and %d seconds", s.name, s.value, s.least, s.most))
		}
	}
	return errors.Join(errs...)
}
