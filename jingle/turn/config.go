package turn

import (
	"errors"
	"fmt"
	"net/netip"
	"time"
)

// Config is what operators say about the relay. The zero value of a field means its default, which Validate fills in.
type Config struct {
	Host string `toml:"host" doc:"The name or address by which clients are told to reach STUN and TURN. For TURN over TLS the certificate must have it. Default: the first domain."`

	CredentialTime time.Duration `toml:"credential_time" doc:"How long the credentials that a client asks for let it begin relaying; what it has begun it may keep up for a day longer. Default: 12h."`

	PerUser int `toml:"per_user" doc:"How many relayed addresses one user, or one guest, may have at the same time on this server. A client takes one for each way to the server and each network of its own. Default: 50."`

	Total int `toml:"total" doc:"How many relayed addresses there may be at the same time on this server; there are 1000 ports for them. Default: 900."`

	Bandwidth int `toml:"bandwidth" doc:"How many bytes a second one relayed address passes on in each direction; what comes faster is dropped. Default: 2000000."`

	AllowPeers []string `toml:"allow_peers" doc:"Networks or addresses of clients to whom the relay passes data on although they are not on the internet, such as \"192.168.0.0/16\". Without it nothing goes to loopback, private and link-local addresses. An address of this server itself counts only when it stands here alone, such as \"127.0.0.1\"; its relayed addresses can always be reached. Default: none."`
}

// Limits of settings.
const (
	minCredentialTime = 10 * time.Minute
	maxCredentialTime = 30 * 24 * time.Hour
)

// Validate fills in defaults and reports every fault at once.
func (c *Config) Validate() error {
	var errs []error
	for _, f := range []struct {
		name          string
		value         *int
		def, min, max int
	}{
		{"per_user", &c.PerUser, 50, 1, RelayPorts},
		{"total", &c.Total, 900, 1, RelayPorts},
		{"bandwidth", &c.Bandwidth, 2_000_000, 10_000, 1 << 30},
	} {
		if *f.value == 0 {
			*f.value = f.def
		}
		if *f.value < f.min || *f.value > f.max {
			errs = append(errs, fmt.Errorf("%s: %d is not within %d and %d", f.name, *f.value, f.min, f.max))
		}
	}
	if c.CredentialTime == 0 {
		c.CredentialTime = 12 * time.Hour
	}
	if c.CredentialTime < minCredentialTime || c.CredentialTime > maxCredentialTime {
		errs = append(errs, fmt.Errorf("credential_time: %s is not within %s and %s", c.CredentialTime, minCredentialTime, maxCredentialTime))
	}
	if _, err := parsePrefixes(c.AllowPeers); err != nil {
		errs = append(errs, fmt.Errorf("allow_peers: %w", err))
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
				return nil, fmt.Errorf("%q is no network like 192.168.0.0/16 and no address", text)
			}
			address = address.Unmap()
			network = netip.PrefixFrom(address, address.BitLen())
		}
		all = append(all, network.Masked())
	}
	return all, nil
}
