// Package profiles lets users choose how they work, with one click: a profile says whether anything of them rings, and how they are shown. Times choose
// profiles as well.
//
// What profiles there are, who may use which, and who is in which knows the directory. Here is what follows from that: the steps that are taken for who
// comes into one or leaves it (engine.go, actions.go, dryrun.go), the command by which any client changes one's profile (command.go), the presence that
// others see (presence.go), and the clock (times.go). That nothing rings is telephony's part.
package profiles

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"
	_ "time/tzdata" // machines without time zones

	"plenum/components/adhoc"
	"plenum/components/directory"
	"plenum/xmppd"
)

// NS is the namespace of <profile/> in presence, and the node of the command.
const NS = "urn:plenum:profile:0"

// Config of profiles.
type Config struct {
	TimeZone string `toml:"time_zone" doc:"The time zone in which the times of profiles are meant, such as Europe/Berlin. Default: that of the machine."`

	zone *time.Location
}

// Validate fills in defaults and checks the settings.
func (c *Config) Validate() error {
	c.zone = time.Local
	if c.TimeZone == "" {
		return nil
	}
	zone, err := time.LoadLocation(c.TimeZone)
	if err != nil {
		return fmt.Errorf("time_zone: there is no time zone %q", c.TimeZone)
	}
	c.zone = zone
	return nil
}

// Service carries out what profiles say.
type Service struct {
	srv  *xmppd.Server
	org  *directory.Profiles
	do   *Engine
	log  *slog.Logger
	zone *time.Location

	work sync.WaitGroup
}

// Zone is the name of the time zone in which times are meant.
func (p *Service) Zone() string {
	if p.zone == time.Local {
		name, _ := time.Now().Zone()
		return name
	}
	return p.zone.String()
}

// Register puts the service into s. It hears of changes of the directory from then on.
func Register(s *xmppd.Server, cfg Config, org *directory.Directory, do *Engine, commands *adhoc.Service, log *slog.Logger) (*Service, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("profiles: %w", err)
	}
	p := &Service{srv: s, org: org.Profiles, do: do, log: log, zone: cfg.zone}
	commands.Add(p.command())
	s.Hooks.Presence.Add(xmppd.Rewrite, p.show)
	org.OnChange(p.changed)
	ctx, stop := context.WithCancel(s.Context())
	s.Hooks.Start.Add(func() { p.work.Go(func() { p.run(ctx) }) })
	s.Hooks.Stop.Add(func(context.Context) {
		stop()
		p.work.Wait()
	})
	return p, nil
}
