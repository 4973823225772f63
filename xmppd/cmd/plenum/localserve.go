package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"plenum/xmppd/cmd/internal/certs"
	"plenum/xmppd/cmd/internal/config"
)

// localserveCommand starts a server for trying out and for tests: no configuration, everything in one folder.
type localserveCommand struct {
	Domain            string `help:"Domain of the users' addresses." default:"localhost"`
	Listen            string `help:"Address to listen at." default:"127.0.0.1"`
	AllowPlaintext    bool   `help:"Let clients log in without TLS."`
	AllowRegistration bool   `help:"Let clients make accounts, with any password."`
	NoDemo            bool   `help:"Make no demonstration users and no room; users do not see each other by themselves."`
	LogLevel          string `help:"Lines from which level on are written: error, warn, info, debug, trace." default:"warn"`
	portFlags         `embed:""`
}

// Run serves until it is told to stop.
func (c localserveCommand) Run(where *folder) error {
	cfg, err := c.config(where)
	if err != nil {
		return err
	}
	names, err := namesOf(c.Domain)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(cfg.Data, 0o750); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	if err := localCertificate(cfg.TLS.Certificates[0], append(names, "localhost", "127.0.0.1", "::1")); err != nil {
		return err
	}
	return serve(cfg, func() (*Config, error) { return c.config(where) }, func(p *parts) error { return c.ready(p) })
}

// config composes the configuration from the flags.
func (c localserveCommand) config(where *folder) (*Config, error) {
	cfg := &Config{Data: where.Data, Listen: c.Listen, Ports: Ports(c.portFlags)}
	cfg.XMPP.Domains = []string{c.Domain}
	cfg.XMPP.AllowPlaintext, cfg.SIP.AllowPlaintext = c.AllowPlaintext, c.AllowPlaintext
	cfg.TLS.Certificates = []certs.Pair{{Cert: filepath.Join(where.Data, ownCertificate.Cert), Key: filepath.Join(where.Data, ownCertificate.Key)}}
	cfg.Register.Open, cfg.Register.AnyPassword = c.AllowRegistration, c.AllowRegistration
	cfg.Log.Level = c.LogLevel
	if ip, err := netip.ParseAddr(c.Listen); err == nil && !ip.IsUnspecified() {
		cfg.TURN.Host = c.Listen // "localhost" may lead to ::1 first, where nothing listens
	}
	if cfg.Ports.Metrics == 0 {
		cfg.Ports.Metrics = -1 // they are at /metrics of HTTPS
	}
	cfg.local = true
	return cfg, config.Validate("plenum localserve", cfg)
}

// localCertificate makes a certificate, again when the one that is there lacks a name.
func localCertificate(pair certs.Pair, names []string) error {
	if set, err := certs.Load([]certs.Pair{pair}); err == nil {
		if len(set.Missing(names)) == 0 {
			return nil
		}
		if err := errors.Join(os.Remove(pair.Cert), os.Remove(pair.Key)); err != nil {
			return fmt.Errorf("replace the certificate: %w", err)
		}
	}
	return ensureCertificate(pair, names)
}

// ready makes the demonstration and prints where everything is; last of all the line "ready", which tools wait for.
func (c localserveCommand) ready(p *parts) error {
	var b strings.Builder
	p.describe(&b)
	if c.NoDemo {
		if err := estrange(context.Background(), p.org); err != nil {
			return err
		}
	} else {
		logins, err := demonstrate(context.Background(), p)
		if err != nil {
			return fmt.Errorf("make the demonstration: %w", err)
		}
		b.WriteString(logins)
	}
	fmt.Fprintf(&b, "Stop it with Ctrl-C.\nready\n")
	_, err := io.WriteString(os.Stdout, b.String())
	return err
}
