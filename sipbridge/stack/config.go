package stack

import (
	"errors"
	"fmt"
)

// Config is what operators say about SIP. The zero value of a field means its default, which Validate fills in.
type Config struct {
	Transactions int `toml:"transactions" doc:"How many requests over UDP are remembered at most after they were answered, so that repetitions get the same answer. REGISTER and OPTIONS need no memory. Default: 20000."`
}

// Validate fills in defaults and reports every fault at once.
func (c *Config) Validate() error {
	var errs []error
	for _, f := range []struct {
		name          string
		value         *int
		def, min, max int
	}{
		{"transactions", &c.Transactions, 20_000, 100, 1_000_000},
	} {
		if *f.value == 0 {
			*f.value = f.def
		}
		if *f.value < f.min || *f.value > f.max {
			errs = append(errs, fmt.Errorf("%s: %d is not within %d and %d", f.name, *f.value, f.min, f.max))
		}
	}
	return errors.Join(errs...)
}
