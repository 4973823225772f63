package profiles

import (
	"context"
	"strings"

	"plenum/components/adhoc"
	"plenum/components/directory"
	"plenum/xmppd"
	"plenum/xmppd/dataform"
)

// command lets users change their profile from any client, by an ad-hoc command of their account.
func (p *Service) command() adhoc.Command {
	return adhoc.Command{Node: NS, Name: "Change my profile", Target: xmppd.ToAccount, Start: p.ask}
}

func (p *Service) ask(_ context.Context, r *adhoc.Request) (*adhoc.Step, error) {
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
	return &adhoc.Step{Form: f, Next: p.choose}, nil
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
	if _, err := p.org.Choose(ctx, r.From.Bare(), r.To, id); err != nil {
		return nil, err
	}
	now, _ := p.org.Of(r.To)
	return adhoc.Done("Your profile is %s now", now.Name), nil
}
