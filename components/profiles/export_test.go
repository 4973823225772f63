package profiles

import (
	"context"
	"time"
)

// TeamsWatch returns what looks once for calls in Microsoft Teams, as if it were some time.
func TeamsWatch(e *Engine, cfg Config) func(context.Context, time.Time) error {
	return (&teamsCalls{Engine: e, cfg: cfg, revision: -1}).look
}

// Limits of the trigger.
const (
	TeamsInterval = teamsInterval
	TeamsMostWait = teamsMostWait
	GraphIDs      = graphIDs
)

// Look does what times want that are due, as if it were now.
func (p *Service) Look(ctx context.Context, now time.Time) error { return p.look(ctx, now) }
