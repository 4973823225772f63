package api

import (
	"context"
	"fmt"
	"slices"

	"plenum/components/directory"
)

// maxRolledOut is how many are listed of those to whom a template was rolled out.
const maxRolledOut = 200

func templateOf(t *directory.Template) *CallTemplate {
	return &CallTemplate{
		For: string(t.For), Slot: map[bool]string{true: "after", false: "before"}[t.After], Origin: string(t.Origin),
		Position: map[bool]string{true: "first", false: "last"}[t.First], Auto: t.Auto,
	}
}

func (t *CallTemplate) input() directory.Template {
	return directory.Template{
		For: directory.Kind(t.For), After: t.Slot == "after", Origin: directory.CallOrigin(t.Origin), First: t.Position == "first", Auto: t.Auto,
	}
}

func templateDiff(d *diff, before, after *directory.Template) {
	was, is := templateOf(before), templateOf(after)
	if before.For == "" {
		was = &CallTemplate{}
	}
	if after.For == "" {
		is = &CallTemplate{}
	}
	d.text("for", was.For, is.For)
	d.text("slot", was.Slot, is.Slot)
	d.text("origin", was.Origin, is.Origin)
	d.text("position", was.Position, is.Position)
	d.flag("auto", was.Auto, is.Auto)
}

func (a *API) checkRollOut(ctx context.Context, req rollOutRequest) (RollOutResult, error) {
	return a.carryOut(ctx, req, true)
}

func (a *API) rollOut(ctx context.Context, req rollOutRequest) (RollOutResult, error) {
	return a.carryOut(ctx, req, false)
}

// carryOut rolls a template out, or says what that would do.
func (a *API) carryOut(ctx context.Context, req rollOutRequest, dry bool) (RollOutResult, error) {
	template, err := a.Directory.CallFlows.Object(req.ID)
	if err != nil {
		return RollOutResult{}, err
	}
	list, err := a.Directory.CallFlows.RollOut(ctx, me(ctx).JID, req.ID, directory.RollOut{
		All: req.Body.All, To: req.Body.To, Mode: directory.RollOutMode(req.Body.Mode), Again: req.Body.Again, DryRun: dry,
	})
	if err != nil {
		return RollOutResult{}, err
	}
	result := rollOutResult(list)
	if !dry && result.Changed > 0 {
		var changed []string
		for _, one := range list {
			if one.Outcome == directory.RolledOut {
				changed = append(changed, one.Name)
			}
		}
		var d diff
		d.text("mode", "", req.Body.Mode)
		d.flag("again", false, req.Body.Again)
		d.text("changed", "", fmt.Sprintf("%d: %s", len(changed), someOf(changed)))
		note(ctx, callObjectEntry("callobject.rollout", template, d))
	}
	return result, nil
}

func rollOutResult(list []directory.RollOutResult) RollOutResult {
	result := RollOutResult{Items: []RollOutItem{}}
	counts := map[directory.RollOutcome]*int{
		directory.RolledOut: &result.Changed, directory.HadIt: &result.Unchanged, directory.HadOthers: &result.Skipped, directory.RollOutRefused: &result.Refused,
	}
	refused := func(one directory.RollOutResult) int {
		if one.Outcome == directory.RollOutRefused {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(list, func(a, b directory.RollOutResult) int { return refused(a) - refused(b) })
	for _, one := range list {
		*counts[one.Outcome]++
		if len(result.Items) < maxRolledOut {
			result.Items = append(result.Items, RollOutItem{ID: one.Owner.ID, Name: one.Name, Outcome: string(one.Outcome), Why: one.Why})
		}
	}
	return result
}
