package profiles

import (
	"context"
	"time"
)

// TeamsWatch returns what looks once for calls in Microsoft Teams, as if it were some time. Each request takes so long at most.
func TeamsWatch(e *Engine, cfg Config, timeout time.Duration) func(context.Context, time.Time) error {
	return (&teamsCalls{Engine: e, cfg: cfg, timeout: timeout, revision: -1}).look
}

// Limits of the trigger.
const (
	TeamsInterval = teamsInterval
	TeamsMostWait = teamsMostWait
	GraphIDs      = graphIDs
	GraphTimeout  = graphTimeout
)

// Look does what times want that are due, as if it were now.
func (p *Service) Look(ctx context.Context, now time.Time) error { return p.look(ctx, now) }
