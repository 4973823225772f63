// Package logging makes the program's loggers: one for each package, with a level that can be changed while the server
// runs, and a handler that keeps secrets out of the lines.
package logging

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Levels below Debug, for what passes over the wire. Packages log it at LevelTrace (xmppd.LevelTrace is the same) with the text in the attribute "xml";
// how much of it is shown is decided here: at LevelTrace the stanzas without login data and cut when long, at
// LevelTraceSASL with login data, at LevelTraceBulk whole.
const (
	LevelTrace     = slog.LevelDebug - 4
	LevelTraceSASL = slog.LevelDebug - 8
	LevelTraceBulk = slog.LevelDebug - 12
)

var levelNames = map[string]slog.Level{
	"error": slog.LevelError, "warn": slog.LevelWarn, "info": slog.LevelInfo, "debug": slog.LevelDebug,
	"trace": LevelTrace, "trace-sasl": LevelTraceSASL, "trace-bulk": LevelTraceBulk,
}

// All names every package at once, when levels are set.
const All = "all"

// Config says what is logged and how.
type Config struct {
	Level  string            `toml:"level" doc:"From which level on lines are written: error, warn, info, debug, or for what passes over the wire trace (without login data, long stanzas cut), trace-sasl (with login data) or trace-bulk (whole). Can be changed while the server runs: plenum ctl loglevel. Default: info."`
	Levels map[string]string `toml:"levels" doc:"Other levels for single parts of the server, by the name that stands in their lines as pkg: xmppd = \"debug\". Default: none."`
	Format string            `toml:"format" doc:"How a line is written to the standard error output: text or json. Default: text."`
}

// Validate fills in defaults and reports every fault.
func (c *Config) Validate() error {
	c.Level = cmp.Or(c.Level, "info")
	c.Format = cmp.Or(c.Format, "text")
	var errs []error
	if _, err := parseLevel(c.Level); err != nil {
		errs = append(errs, fmt.Errorf("level: %w", err))
	}
	for _, pkg := range slices.Sorted(maps.Keys(c.Levels)) {
		if _, err := parseLevel(c.Levels[pkg]); err != nil {
			errs = append(errs, fmt.Errorf("levels.%s: %w", pkg, err))
		}
	}
	if c.Format != "text" && c.Format != "json" {
		errs = append(errs, fmt.Errorf("format: %q is neither text nor json", c.Format))
	}
	return errors.Join(errs...)
}

func parseLevel(name string) (slog.Level, error) {
	level, ok := levelNames[name]
	if !ok {
		return 0, fmt.Errorf("%q is no level: use error, warn, info, debug, trace, trace-sasl or trace-bulk", name)
	}
	return level, nil
}

// LevelName is the configuration's word for a level.
func LevelName(level slog.Level) string {
	for name, l := range levelNames {
		if l == level {
			return name
		}
	}
	return level.String()
}

// Logs makes loggers and holds their levels. Its methods may be called from everywhere.
type Logs struct {
	handler slog.Handler // writes what it gets; the levels are checked before

	mu     sync.Mutex
	common slog.Level
	own    map[string]slog.Level // packages with a level other than the common one
	vars   map[string]*slog.LevelVar
}

// New writes lines to out as the config says.
func New(out io.Writer, cfg Config) (*Logs, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	options := &slog.HandlerOptions{Level: LevelTraceBulk, ReplaceAttr: nameLevel}
	l := &Logs{vars: make(map[string]*slog.LevelVar)}
	if cfg.Format == "json" {
		l.handler = slog.NewJSONHandler(out, options)
	} else {
		l.handler = slog.NewTextHandler(out, options)
	}
	return l, l.Apply(cfg)
}

// Apply sets the levels of a configuration; what was set for single packages before is forgotten.
func (l *Logs) Apply(cfg Config) error {
	if err := cfg.Validate(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.common = levelNames[cfg.Level]
	l.own = make(map[string]slog.Level)
	for pkg, name := range cfg.Levels {
		l.own[pkg] = levelNames[name]
	}
	l.refresh()
	return nil
}

// Set changes the level of one package, or of all (which forgets what was set for single ones).
func (l *Logs) Set(pkg, name string) error {
	level, err := parseLevel(name)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case pkg == All:
		l.common = level
		clear(l.own)
	case l.vars[pkg] == nil:
		return fmt.Errorf("no part of the server logs as %q: there are %s", pkg, strings.Join(slices.Sorted(maps.Keys(l.vars)), ", "))
	default:
		l.own[pkg] = level
	}
	l.refresh()
	return nil
}

// Levels are the levels in force, by package.
func (l *Logs) Levels() map[string]string {
	l.mu.Lock()
	defer l.mu.Unlock()
	levels := make(map[string]string)
	for pkg, v := range l.vars {
		levels[pkg] = LevelName(v.Level())
	}
	return levels
}

// For is the logger of one package. Its lines carry the name as pkg.
func (l *Logs) For(pkg string) *slog.Logger {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.vars[pkg] == nil {
		l.vars[pkg] = new(slog.LevelVar)
		l.refresh()
	}
	h := &handler{next: l.handler, level: l.vars[pkg]}
	return slog.New(h.WithAttrs([]slog.Attr{slog.String("pkg", pkg)}))
}

// refresh puts the levels into the variables that the handlers look at. The caller holds mu.
func (l *Logs) refresh() {
	for pkg, v := range l.vars {
		level, own := l.own[pkg]
		if !own {
			level = l.common
		}
		v.Set(level)
	}
}

func nameLevel(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == slog.LevelKey {
		if level, ok := a.Value.Any().(slog.Level); ok {
			a.Value = slog.StringValue(strings.ToUpper(LevelName(level)))
		}
	}
	return a
}
