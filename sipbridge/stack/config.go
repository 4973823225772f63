package stack

import (
	"errors"
	"fmt"
)

// Config is what operators say about SIP. The zero value of a field means its default, which Validate fills in.
type Config struct {
	AllowPlaintext bool `toml:"allow_plaintext" doc:"Whether SIP over UDP, TCP and WebSocket without TLS is served on other addresses than loopback. Phones and trunks that cannot speak TLS need it. Whoever is on the way can then hear and change what is said. Default: false."`

	Hosts []string `toml:"hosts" doc:"Names by which phones and trunks reach this server, besides the domains and addresses. Requests for other names are dropped. Default: none."`

	Connections  int `toml:"connections" doc:"How many connections (TCP, TLS, WebSocket) peers may have open at the same time. Default: 5000."`
	PerAddress   int `toml:"per_address" doc:"How many of them may come from one address. A whole office may share one. Default: 500."`
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
		{"connections", &c.Connections, 5000, 1, 1_000_000},
		{"per_address", &c.PerAddress, 500, 1, 1_000_000},
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
