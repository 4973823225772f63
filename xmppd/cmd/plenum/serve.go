package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"plenum/xmppd/cmd/internal/logging"
)

type serveCommand struct {
	Listen    string `help:"Address to listen at, in the place of the configuration's." placeholder:"ADDRESS"`
	portFlags `embed:""`
}

// Run serves until it is told to stop.
func (c serveCommand) Run(where *folder) error {
	load := func() (*Config, error) {
		cfg, err := where.load()
		if err != nil {
			return nil, err
		}
		if c.Listen != "" {
			cfg.Listen = c.Listen
		}
		cfg.Ports.override(Ports(c.portFlags))
		return cfg, cfg.Ports.Validate()
	}
	cfg, err := load()
	if err != nil {
		return err
	}
	return serve(cfg, load, func(p *parts) error {
		if cfg.Register.Open {
			if err := estrange(context.Background(), p.org); err != nil {
				return err
			}
		}
		fmt.Println("ready")
		return nil
	})
}

// serve builds the server and runs it until SIGTERM, SIGINT or the command to stop. Load reads the configuration again,
// ready is called once everything listens.
func serve(cfg *Config, load func() (*Config, error), ready func(*parts) error) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	logs, err := logging.New(os.Stderr, cfg.Log)
	if err != nil {
		return err
	}
	p, err := build(ctx, cfg, logs)
	if err != nil {
		return err
	}
	p.load = load
	return p.run(ctx, ready)
}

// quietLogs are for commands whose own output says what happened: only what an operator must see is logged.
func quietLogs() *logging.Logs {
	logs, err := logging.New(os.Stderr, logging.Config{Level: "error"})
	if err != nil {
		panic(err) // the level is a constant
	}
	return logs
}
