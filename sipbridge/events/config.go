package events

import (
	"cmp"
	"errors"
	"fmt"
)

// Config is what operators say about subscriptions. The zero value of a field means its default, which Validate fills in.
type Config struct {
	PerPhone int `toml:"per_phone" doc:"How many lamps a phone may subscribe to, up to 1000. Default: 200."`
	All      int `toml:"all" doc:"How many subscriptions there may be in all, up to 200000. Default: 20000."`
}

// Validate fills in defaults and reports every fault at once.
func (c *Config) Validate() error {
	c.PerPhone, c.All = cmp.Or(c.PerPhone, 200), cmp.Or(c.All, 20000)
	var errs []error
	if c.PerPhone < 1 || c.PerPhone > 1000 {
		errs = append(errs, fmt.Errorf("per_phone: %d is not between 1 and 1000", c.PerPhone))
	}
	if c.All < 1 || c.All > 200000 {
		errs = append(errs, fmt.Errorf("all: %d is not between 1 and 200000", c.All))
	}
	return errors.Join(errs...)
}
