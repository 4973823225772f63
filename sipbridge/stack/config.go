package stack

import (
	"errors"
	"fmt"
	"net/netip"

	"plenum/sipbridge/dscp"
)

// Config is what operators say about SIP. The zero value of a field means its default, which Validate fills in.
type Config struct {
	AllowPlaintext bool `toml:"allow_plaintext" doc:"Whether SIP over UDP, TCP and WebSocket without TLS is served on other addresses than loopback. Phones and trunks that cannot speak TLS need it. Whoever is on the way can then hear and change what is said. Default: false."`

	Hosts []string `toml:"hosts" doc:"Names by which phones and trunks reach this server, besides the domains and addresses. Requests for other names are dropped. Default: none."`

	Rate      int      `toml:"rate" doc:"How many SIP messages per second are taken from one address in the long run; what comes faster is dropped. Default: 200."`
	Burst     int      `toml:"burst" doc:"How many may come at once, as when a power cut ends and a whole office registers. Default: 3000."`
	Unlimited []string `toml:"unlimited" doc:"Networks or addresses without such a limit, for instance those of a large trunk: \"203.0.113.0/24\". This machine has none. Default: none."`

	DSCP int `toml:"dscp" doc:"With which codepoint of Differentiated Services SIP messages are marked, for networks that let them pass first: 1 to 63, -1 for none. SIP over WebSocket is not marked. Default: 24 (CS3)."`

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
		{"rate", &c.Rate, 200, 1, 1_000_000},
		{"burst", &c.Burst, 3000, 1, 1_000_000},
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
	var err error
	if c.DSCP, err = dscp.Default(c.DSCP, dscp.ClassThree); err != nil {
		errs = append(errs, err)
	}
	if _, err := parsePrefixes(c.Unlimited); err != nil {
		errs = append(errs, fmt.Errorf("unlimited: %w", err))
	}
	return errors.Join(errs...)
}

// parsePrefixes reads networks and addresses; an address is a network of its own.
func parsePrefixes(list []string) ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, text := range list {
		network, err := netip.ParsePrefix(text)
		if err != nil {
			address, addressErr := netip.ParseAddr(text)
			if addressErr != nil || address.Zone() != "" {
				return nil, fmt.Errorf("%q is no network like 203.0.113.0/24 and no address", text)
			}
			address = address.Unmap()
			network = netip.PrefixFrom(address, address.BitLen())
		}
		all = append(all, network.Masked())
	}
	return all, nil
}
