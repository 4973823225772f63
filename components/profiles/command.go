package profiles

import (
	"cmp"
	"context"
	"strings"

	"plenum/components/adhoc"
	"plenum/components/directory"
	"plenum/xmppd"
	"plenum/xmppd/dataform"
)

// command lets users change their profile from any client, by an ad-hoc command of their account.
func (p *Service) command() adhoc.Command {
	return adhoc.Command{Node: NS, Name: "Change my profile", Target: xmppd.ToAccount, AtServer: true, Start: p.ask}
}

func (p *Service) ask(ctx context.Context, r *adhoc.Request) (*adhoc.Step, error) {
	offered := p.org.OfferedTo(r.To)
	if len(offered) == 0 {
		return adhoc.Failed("No profile is offered to you"), nil
	}
	now, _ := p.org.Of(r.To)
	field := dataform.Field{Var: "profile", Type: dataform.ListSingle, Label: "Profile", Required: true, Values: []string{now.ID}}
	for _, one := range offered {
		field.Options = append(field.Options, dataform.Option{Label: label(&one), Value: one.ID})
	}
	f := dataform.New("form", NS).Add(field)
	f.Title = "Profile"
	runs, err := p.do.Runs(ctx, r.To)
	if err != nil {
		return nil, err
	}
	if len(runs) > 0 { // what a trigger has done nobody was told
		f.Instructions = failures(&runs[0])
	}
	return &adhoc.Step{Form: f, Next: p.choose}, nil
}

// failures says what has failed when a user changed his profile the last time; it is empty when nothing has.
func failures(r *Run) string {
	var lines []string
	for _, s := range r.Steps {
		if s.Outcome == Failed {
			lines = append(lines, s.String())
		}
	}
	if len(lines) == 0 {
		return ""
	}
	return "When your profile became " + r.Name + ":\n" + strings.Join(lines, "\n")
}

// label is the name of a profile, and what it does.
func label(p *directory.Profile) string {
	var what []string
	if p.Silent {
		what = append(what, "nothing rings")
	}
	if p.Sticky {
		what = append(what, "stays until you change it")
	}
	if len(what) == 0 {
		return p.Name
	}
	return p.Name + " (" + strings.Join(what, ", ") + ")"
}

func (p *Service) choose(ctx context.Context, r *adhoc.Request) (*adhoc.Step, error) {
	id, _ := r.Form.Get("profile")
	run, err := p.do.Choose(ctx, r.From.Bare(), r.To, id)
	if err != nil {
		return nil, err
	}
	step := adhoc.Done("Your profile is %s now", run.Name)
	for _, s := range run.Steps {
		note := adhoc.Note{Type: "info", Text: s.String()}
		if s.Outcome == Failed {
			note.Type = "warn"
		}
		step.Notes = append(step.Notes, note)
	}
	return step, nil
}

// Action says what the step does.
func (s Step) Action() string {
	if s.OfRinging() {
		return ringing(&s.ProfileAction, s.About)
	}
	team := "all teams"
	if s.About != "" {
		team = s.About
	}
	return cmp.Or(map[directory.ActionKind]string{
		directory.ActTeamLogin:     "Log in to " + team,
		directory.ActTeamLogout:    "Log out of " + team,
		directory.ActTeamPause:     "Pause in " + team,
		directory.ActTeamUnpause:   "Go on in " + team,
		directory.ActLocationSet:   "Log in at " + s.About,
		directory.ActLocationUnset: "Log out of the location",
		directory.ActForwardSet:    "Forward calls to " + s.Target,
		directory.ActForwardUnset:  "Forward calls no more",
	}[s.Kind], string(s.Kind))
}

// String is the step in one line.
func (s Step) String() string {
	text := s.Action()
	switch s.Outcome {
	case Failed:
		return text + ": failed, " + s.Text
	case Nothing:
		return text + ": it was so already"
	}
	return text + ": done"
}
