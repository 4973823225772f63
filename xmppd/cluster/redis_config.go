package cluster

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"regexp"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Defaults of RedisConfig.
const (
	defaultPrefix = "plenum:"
	// defaultTTL is how long a node may be silent: long enough for a garbage collection of a starved machine, short enough that
	// callers of a dead room wait once and not for ever.
	defaultTTL = 15 * time.Second
	// minTTL leaves a few hundred milliseconds for each of the renewals.
	minTTL = time.Second
)

// redisTimeout bounds one command: what Redis does in more than this is not answered in time for a stanza either.
const redisTimeout = 2 * time.Second

// RedisConfig says how this node finds the others. Without addresses the server is alone.
type RedisConfig struct {
	Addresses      []string      `toml:"addresses" doc:"Redis (7.0 or later) as host:port, or its sentinels when sentinel_master is set. Default: none, this server runs alone."`
	SentinelMaster string        `toml:"sentinel_master" doc:"Name by which the sentinels know the Redis server. Default: none, the address is the server itself."`
	Node           string        `toml:"node" doc:"Name of this node, different on each node and kept over restarts: letters, digits, dot, hyphen, underscore. Default: the host name."`
	Username       string        `toml:"username" doc:"User for Redis. Default: none."`
	Password       string        `toml:"password" doc:"Password for Redis. Default: none."`
	Database       int           `toml:"database" doc:"Number of the Redis database. Default: 0."`
	TLS            bool          `toml:"tls" doc:"Whether to speak TLS with Redis. Default: false."`
	CAFile         string        `toml:"ca_file" doc:"PEM file with the authorities that may have signed the certificate of Redis. Default: those of the operating system."`
	Prefix         string        `toml:"prefix" doc:"What all keys begin with. Nodes with the same prefix in the same database are one cluster. Default: plenum:."`
	TTL            time.Duration `toml:"ttl" doc:"How long a node may be silent before the others declare it dead and take over its rooms; at least 1s. Default: 15s."`
}

var nodeName = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// Validate fills in the defaults and checks the settings. It does not connect.
func (c *RedisConfig) Validate() error {
	if len(c.Addresses) == 0 {
		return nil
	}
	if c.Node == "" {
		c.Node, _ = os.Hostname() // without a host name the check below says what to do
	}
	if c.Prefix == "" {
		c.Prefix = defaultPrefix
	}
	if c.TTL == 0 {
		c.TTL = defaultTTL
	}
	var errs []error
	for _, address := range c.Addresses {
		if _, _, err := net.SplitHostPort(address); err != nil {
			errs = append(errs, fmt.Errorf("addresses: %q is not host:port", address))
		}
	}
	if len(c.Addresses) > 1 && c.SentinelMaster == "" {
		errs = append(errs, errors.New("addresses: name one server, or set sentinel_master"))
	}
	if !nodeName.MatchString(c.Node) {
		errs = append(errs, fmt.Errorf("node: %q must be 1 to 64 letters, digits, dots, hyphens or underscores", c.Node))
	}
	if c.Database < 0 {
		errs = append(errs, errors.New("database: must not be negative"))
	}
	if c.TTL < minTTL {
		errs = append(errs, fmt.Errorf("ttl: must be at least %s", minTTL))
	}
	if c.CAFile != "" && !c.TLS {
		errs = append(errs, errors.New("ca_file: is of use only with tls = true"))
	}
	return errors.Join(errs...)
}

// LogValue shows the settings without the password.
func (c RedisConfig) LogValue() slog.Value {
	return slog.GroupValue(slog.Any("addresses", c.Addresses), slog.String("sentinel_master", c.SentinelMaster), slog.String("node", c.Node),
		slog.Int("database", c.Database), slog.Bool("tls", c.TLS), slog.String("prefix", c.Prefix), slog.Duration("ttl", c.TTL))
}

// String is LogValue as text, so that %v shows no password either.
func (c RedisConfig) String() string { return c.LogValue().String() }

func (c RedisConfig) client() (*redis.Client, error) {
	var security *tls.Config
	if c.TLS {
		security = &tls.Config{MinVersion: tls.VersionTLS12}
		if c.CAFile != "" {
			pem, err := os.ReadFile(c.CAFile)
			if err != nil {
				return nil, fmt.Errorf("ca_file: %w", err)
			}
			security.RootCAs = x509.NewCertPool()
			if !security.RootCAs.AppendCertsFromPEM(pem) {
				return nil, fmt.Errorf("ca_file: %s holds no certificate", c.CAFile)
			}
		}
	}
	if c.SentinelMaster != "" {
		return redis.NewFailoverClient(&redis.FailoverOptions{
			MasterName: c.SentinelMaster, SentinelAddrs: c.Addresses,
			Username: c.Username, Password: c.Password, DB: c.Database, TLSConfig: security,
			DialTimeout: redisTimeout, ReadTimeout: redisTimeout, WriteTimeout: redisTimeout,
			MaxRetries: 1, ContextTimeoutEnabled: true,
		}), nil
	}
	return redis.NewClient(&redis.Options{
		Addr:     c.Addresses[0],
		Username: c.Username, Password: c.Password, DB: c.Database, TLSConfig: security,
		DialTimeout: redisTimeout, ReadTimeout: redisTimeout, WriteTimeout: redisTimeout,
		MaxRetries: 1, ContextTimeoutEnabled: true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}), nil
}
