package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"plenum/components/directory"
	"plenum/xmppd/cmd/internal/certs"
	"plenum/xmppd/cmd/internal/config"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// localserveCommand starts a server for trying out and for tests: no configuration, everything in one folder.
type localserveCommand struct {
	Domain            string `help:"Domain of the users' addresses." default:"localhost"`
	Listen            string `help:"Address to listen at." default:"127.0.0.1"`
	AllowPlaintext    bool   `help:"Let clients log in without TLS."`
	AllowRegistration bool   `help:"Let clients make accounts, with any password."`
	NoDemo            bool   `help:"Make no demonstration users and no room."`
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
	cfg.XMPP.AllowPlaintext = c.AllowPlaintext
	cfg.TLS.Certificates = []certs.Pair{{Cert: filepath.Join(where.Data, ownCertificate.Cert), Key: filepath.Join(where.Data, ownCertificate.Key)}}
	cfg.Register.Open, cfg.Register.AnyPassword = c.AllowRegistration, c.AllowRegistration
	cfg.Log.Level = c.LogLevel
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
	if !c.NoDemo {
		logins, err := demonstration(context.Background(), p)
		if err != nil {
			return fmt.Errorf("make the demonstration: %w", err)
		}
		b.WriteString(logins)
	}
	fmt.Fprintf(&b, "Stop it with Ctrl-C.\nready\n")
	_, err := io.WriteString(os.Stdout, b.String())
	return err
}

// demoUsers are the people of the demonstration, the first one an administrator.
var demoUsers = []struct{ login, name string }{
	{"romeo", "Romeo Montague"}, {"juliet", "Juliet Capulet"}, {"mercutio", "Mercutio"}, {"nurse", "The Nurse"},
}

// demoFile holds the passwords of the demonstration in the data folder, so that each start can print them.
const demoFile = "demo-logins.txt"

// demonstration makes the users and the room that are missing, and returns the text that says how to log in.
func demonstration(ctx context.Context, p *parts) (string, error) {
	var b strings.Builder
	path := filepath.Join(p.cfg.Data, demoFile)
	known, err := readLogins(path)
	if err != nil {
		return "", err
	}
	fmt.Fprintf(&b, "Demonstration users (passwords are kept in %s):\n", path)
	for i := range demoUsers {
		address, password, err := demoUser(ctx, p, i, known, path)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "  %-24s %s\n", address, password)
	}
	room, err := demoRoom(ctx, p)
	if err != nil {
		return "", err
	}
	fmt.Fprintf(&b, "Demonstration room: %s\n", room)
	return b.String(), nil
}

// demoUser makes one of the users unless he is there. His password is noted first, so that it is known whatever happens.
func demoUser(ctx context.Context, p *parts, i int, known map[string]string, path string) (address jid.JID, password string, err error) {
	address, err = jid.New(demoUsers[i].login, p.cfg.XMPP.Domains[0], "")
	if err != nil {
		return address, "", err
	}
	if password = known[address.String()]; password == "" {
		if password, err = newPassword(); err != nil {
			return address, "", err
		}
		if err := appendLogin(path, address.String(), password); err != nil {
			return address, "", err
		}
	}
	role := directory.NoRole
	if i == 0 {
		role = directory.SystemAdministrator
	}
	_, err = p.accounts.Create(ctx, directory.NewAccount{JID: address, Password: password, DisplayName: demoUsers[i].name, Role: role})
	if fault.Is(err, fault.Conflict) {
		err = nil
	}
	return address, password, err
}

// demoRoom makes a room that belongs to the first user, unless it is there.
func demoRoom(ctx context.Context, p *parts) (jid.JID, error) {
	room, err := jid.New("garden", p.rooms.Domain().String(), "")
	if err != nil {
		return room, err
	}
	owner, err := jid.New(demoUsers[0].login, p.cfg.XMPP.Domains[0], "")
	if err != nil {
		return room, err
	}
	shape := p.rooms.NewConfig()
	shape.Name, shape.Description = "Garden", "Where everybody meets"
	if err := p.rooms.Create(ctx, room, shape, owner); err != nil && !fault.Is(err, fault.Conflict) {
		return room, err
	}
	return room, nil
}

func readLogins(path string) (map[string]string, error) {
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	logins := make(map[string]string)
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) == 2 {
			logins[fields[0]] = fields[1]
		}
	}
	return logins, nil
}

func appendLogin(path, address, password string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "%s %s\n", address, password)
	return errors.Join(err, f.Close())
}
