package api

import (
	"context"
	"time"

	"plenum/components/audit"
)

func (a *API) audit(ctx context.Context, req auditRequest) (AuditPage, error) {
	q := audit.Query{Text: req.Text, Actor: req.Actor, Action: req.Action, Kind: req.Kind, Object: req.Object, Before: int64(req.Before), Limit: req.Limit + 1}
	var bad []FieldError
	for _, t := range []struct {
		field, text string
		into        *time.Time
	}{{"from", req.From, &q.From}, {"until", req.Until, &q.Until}} {
		if t.text == "" {
			continue
		}
		at, err := time.Parse(time.RFC3339, t.text)
		if err != nil {
			bad = append(bad, FieldError{Field: t.field, Code: codeFormat, Text: "want a time as in RFC 3339"})
		}
		*t.into = at
	}
	if len(bad) > 0 {
		return AuditPage{}, invalid(bad)
	}
	entries, err := a.Audit.List(ctx, q)
	if err != nil {
		return AuditPage{}, err
	}
	page := AuditPage{Items: make([]AuditEntry, 0, len(entries))}
	if len(entries) > req.Limit { // there is more
		entries = entries[:req.Limit]
		page.Next = entries[req.Limit-1].ID
	}
	for _, e := range entries {
		item := AuditEntry{ID: e.ID, Time: e.Time, Actor: e.Actor, Address: e.Address, Action: e.Action, Kind: e.Kind, Object: e.Object, Name: e.Name,
			Changes: make([]AuditChange, 0, len(e.Changes))}
		for _, c := range e.Changes {
			item.Changes = append(item.Changes, AuditChange(c))
		}
		page.Items = append(page.Items, item)
	}
	return page, nil
}
