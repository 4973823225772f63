// Package profiles lets users choose how they work, with one click: a profile says whether anything of them rings, and how they are shown. Times choose
// profiles as well.
//
// What profiles there are, who may use which, and who is in which knows the directory. Here is what follows from that: the steps that are taken for who
// comes into one or leaves it (engine.go, actions.go, dryrun.go), the command by which any client changes one's profile (command.go), the presence that
// others see (presence.go), and the node that it is published at (pep.go), the clock (times.go), and calls in Microsoft Teams (teamscalls.go, graph.go). That nothing rings is telephony's part.
package profiles

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"plenum/components/adhoc"
	"plenum/components/directory"
	"plenum/xmppd"
)

// NS is the namespace of <profile/> in presence, and the node of the command.
const NS = "urn:plenum:profile:0"

// Config of profiles.
type Config struct {
	TimeZone string `toml:"time_zone" doc:"The time zone in which the times of profiles are meant for users who have none of their own, and those of actions, such as Europe/Berlin. Default: that of the machine."`
	LoginURL string `toml:"login_url" doc:"Where Microsoft gives tokens for Graph, for calls in Teams as triggers. Default: https://login.microsoftonline.com; national clouds have others."`
	GraphURL string `toml:"graph_url" doc:"Microsoft Graph, with its version. Default: https://graph.microsoft.com/v1.0; national clouds have others."`

	zone *time.Location
}

// Validate fills in defaults and checks the settings.
func (c *Config) Validate() error {
	for _, u := range []struct {
		name, other string
		value       *string
	}{{"login_url", "https://login.microsoftonline.com", &c.LoginURL}, {"graph_url", "https://graph.microsoft.com/v1.0", &c.GraphURL}} {
		*u.value = strings.TrimSuffix(cmp.Or(*u.value, u.other), "/")
		if at, err := url.Parse(*u.value); err != nil || at.Host == "" || at.Scheme != "https" && !(at.Scheme == "http" && isLoopback(at.Hostname())) {
			return fmt.Errorf("%s: want an address that begins with https://", u.name)
		}
	}
	c.zone = time.Local
	if c.TimeZone == "" {
		return nil
	}
	zone, err := directory.LoadZone(c.TimeZone)
	if err != nil {
		return fmt.Errorf("time_zone: there is no time zone %q", c.TimeZone)
	}
	c.zone = zone
	return nil
}

// Location is the time zone, also of conditions of actions; that of the machine when none is set.
func (c *Config) Location() *time.Location {
	if zone, err := directory.LoadZone(c.TimeZone); err == nil && c.TimeZone != "" {
		return zone
	}
	return time.Local
}

// isLoopback reports whether a host is this machine, where nobody reads along.
func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// Service carries out what profiles say.
type Service struct {
	srv  *xmppd.Server
	org  *directory.Profiles
	do   *Engine
	log  *slog.Logger
	cfg  Config
	zone *time.Location

	nodes Nodes
	board *board

	work sync.WaitGroup
}

// Zone is the name of the time zone in which times are meant for users who have none of their own.
func (p *Service) Zone() string {
	if p.zone == time.Local {
		name, _ := time.Now().Zone()
		return name
	}
	return p.zone.String()
}

// Register puts the service into s. It hears of changes of the directory from then on.
func Register(s *xmppd.Server, cfg Config, org *directory.Directory, do *Engine, commands *adhoc.Service, nodes Nodes, log *slog.Logger) (*Service, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("profiles: %w", err)
	}
	p := &Service{srv: s, org: org.Profiles, do: do, log: log, cfg: cfg, zone: cfg.zone, nodes: nodes, board: newBoard()}
	commands.Add(p.command())
	s.Hooks.Presence.Add(xmppd.Rewrite, p.show)
	org.OnChange(p.changed)
	ctx, stop := context.WithCancel(s.Context())
	s.Hooks.Start.Add(func() {
		p.work.Go(func() { p.run(ctx) })
		p.work.Go(func() { p.watchTeams(ctx) })
		p.work.Go(func() { p.publishAll(ctx) })
	})
	s.Hooks.Stop.Add(func(context.Context) {
		stop()
		p.work.Wait()
	})
	return p, nil
}
