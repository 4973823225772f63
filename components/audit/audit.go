// Package audit is the log of who changed what in the administration. Entries are added and read; nobody changes one, and they go when they are old.
package audit

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"time"

	"plenum/xmppd/store"
)

// Config is what operators decide.
type Config struct {
	Keep time.Duration `toml:"keep" doc:"How long entries are kept. Default: 8760h, a year."`
}

// Validate fills in the default.
func (c *Config) Validate() error {
	c.Keep = cmp.Or(c.Keep, 365*24*time.Hour)
	if c.Keep < time.Hour {
		return fmt.Errorf("keep: %v is less than an hour", c.Keep)
	}
	return nil
}

// Entry is something that was done.
type Entry struct {
	ID      int64 // grows with time
	Time    time.Time
	Actor   string // bare address of who did it; for a refused log-in, the name that was given
	Address string // the IP address it came from; empty for the server itself
	Action  string // kind and verb: user.create
	Kind    string // of the object: user
	Object  string // its ID
	Name    string // what it was called then
	Changes []Change
}

// Change is a field before and after. Of a secret both stay empty.
type Change struct {
	Field  string `json:"f"`
	Before string `json:"b,omitempty"`
	After  string `json:"a,omitempty"`
}

// Query chooses entries; zero fields choose all.
type Query struct {
	Text        string // part of actor, object or name
	Actor       string
	Action      string // exactly, or the beginning of it when it ends with a dot
	Kind        string
	Object      string
	From, Until time.Time // from is within, until is not
	Before      int64     // older than the entry with this ID
	Limit       int       // at most MaxPage, which 0 means too
}

// MaxPage is the most entries that List returns at once.
const MaxPage = 500

// Limits of an entry, in bytes. What is longer is cut: an entry says what happened, it keeps no copy of it.
const (
	maxText    = 300
	maxChanges = 60
)

// Service keeps the log.
type Service struct {
	cfg Config
	db  *store.DB
	log *slog.Logger
}

// New opens the log in db.
func New(ctx context.Context, db *store.DB, cfg Config, log *slog.Logger) (*Service, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if err := migrate(ctx, db); err != nil {
		return nil, err
	}
	return &Service{cfg, db, log}, nil
}

// Add adds entries, all or none, with the time of now. ID and Time are not looked at.
func (s *Service) Add(ctx context.Context, entries ...Entry) error {
	short := make([]Entry, len(entries))
	for i, e := range entries {
		short[i] = e.short()
	}
	return add(ctx, s.db, short, time.Now())
}

// short is the entry within its limits.
func (e Entry) short() Entry {
	for _, text := range []*string{&e.Actor, &e.Address, &e.Action, &e.Kind, &e.Object, &e.Name} {
		*text = Shorten(*text)
	}
	all := e.Changes[:min(len(e.Changes), maxChanges)]
	e.Changes = make([]Change, 0, len(all))
	for _, c := range all {
		e.Changes = append(e.Changes, Change{Shorten(c.Field), Shorten(c.Before), Shorten(c.After)})
	}
	return e
}

// List returns entries, the newest first.
func (s *Service) List(ctx context.Context, q Query) ([]Entry, error) {
	if q.Limit <= 0 || q.Limit > MaxPage {
		q.Limit = MaxPage
	}
	return list(ctx, s.db, q)
}

// sweepEvery is how often old entries are removed.
const sweepEvery = time.Hour

// Sweep removes old entries, again and again until ctx ends.
func (s *Service) Sweep(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if err := removeBefore(ctx, s.db, time.Now().Add(-s.cfg.Keep)); err != nil && ctx.Err() == nil {
			s.log.Error("old entries could not be removed from the audit log", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Shorten cuts a text as entries have it: at a character's border.
func Shorten(text string) string {
	if len(text) <= maxText {
		return text
	}
	end := maxText
	for end > 0 && text[end]&0xC0 == 0x80 {
		end--
	}
	return text[:end] + "…"
}
