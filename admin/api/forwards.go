package api

import (
	"context"
	"strings"
	"time"

	"plenum/components/audit"
	"plenum/components/directory"
	"plenum/xmppd/fault"
)

// Forward is where a user has all his calls forwarded.
type Forward struct {
	User      string    `json:"user" doc:"Address of the user."`
	UserName  string    `json:"userName"`
	Extension string    `json:"extension" doc:"The user's; empty for none."`
	Target    string    `json:"target" doc:"As he would dial it; *103 is his voicemail."`
	ToName    string    `json:"toName" doc:"Which user or team has the extension that is the target; empty for a number outside and the voicemail."`
	Active    bool      `json:"active"`
	Changed   time.Time `json:"changed"`
	ChangedBy string    `json:"changedBy"`
	Revision  int64     `json:"revision"`
}

// ForwardPage is a part of the list of forwards.
type ForwardPage struct {
	Items []Forward `json:"items"`
	Total int       `json:"total"`
}

// ForwardChange sets a forward.
type ForwardChange struct {
	Revision int64  `json:"revision" doc:"The one that was read, 0 for none: when it is not the forward's any more, somebody else has changed it."`
	Target   string `json:"target" doc:"The extension of a user or a team, a number outside as the user would dial it, or *103 for his voicemail."`
	Active   bool   `json:"active"`
}

type forwardsRequest struct {
	Text  string `query:"q" doc:"Part of the user's name, of his extension or of the target."`
	State string `query:"state" enum:",active,inactive"`
	page
}

type forwardRequest struct {
	userRequest
	Body ForwardChange
}

type ownForwardRequest struct{ Body ForwardChange }

func (a *API) forwards(ctx context.Context, req forwardsRequest) (ForwardPage, error) {
	words := strings.Fields(strings.ToLower(req.Text))
	page := ForwardPage{Items: []Forward{}}
	for _, f := range a.Directory.Forwards.List() {
		if req.State != "" && f.Active != (req.State == "active") {
			continue
		}
		one := a.forwardOf(ctx, f)
		if !containsAll(strings.ToLower(one.UserName+"\n"+one.Extension+"\n"+one.Target+"\n"+one.ToName), words) {
			continue
		}
		if page.Total >= req.Offset && len(page.Items) < req.Limit {
			page.Items = append(page.Items, one)
		}
		page.Total++
	}
	return page, nil
}

// forwardOf is a forward as the API shows it.
func (a *API) forwardOf(ctx context.Context, f directory.Forward) Forward {
	one := Forward{User: f.User.String(), Target: f.Target, Active: f.Active, Changed: f.Changed, ChangedBy: f.ChangedBy.String(), Revision: f.Revision}
	if u, err := a.Directory.Accounts.Get(ctx, f.User); err == nil {
		one.UserName, one.Extension = u.DisplayName, u.Extension
	}
	if u, ok := a.Directory.Accounts.AtExtension(f.Target); ok {
		one.ToName = u.DisplayName
	} else if t, ok := a.Directory.Teams.AtExtension(f.Target); ok {
		one.ToName = t.Name
	}
	return one
}

func (a *API) forward(ctx context.Context, req userRequest) (Forward, error) {
	f, ok := a.Directory.Forwards.Get(req.JID)
	if !ok {
		return Forward{}, fault.New(fault.NotFound, "the user has no forward")
	}
	return a.forwardOf(ctx, f), nil
}

func (a *API) setForward(ctx context.Context, req forwardRequest) (Forward, error) {
	u, err := a.Directory.Accounts.Get(ctx, req.JID)
	if err != nil {
		return Forward{}, err
	}
	before, _ := a.Directory.Forwards.Get(req.JID)
	f, err := a.Directory.Forwards.Set(ctx, me(ctx).JID, req.JID, req.Body.Revision, directory.ForwardInput{Target: req.Body.Target, Active: req.Body.Active})
	if err != nil {
		return Forward{}, err
	}
	var d diff
	d.text("target", before.Target, f.Target)
	d.flag("active", before.Active, f.Active)
	note(ctx, userEntry("forward.change", u, d))
	return a.forwardOf(ctx, f), nil
}

func (a *API) clearForward(ctx context.Context, req userRequest) (none, error) {
	u, err := a.Directory.Accounts.Get(ctx, req.JID)
	if err != nil {
		return none{}, err
	}
	before, _ := a.Directory.Forwards.Get(req.JID)
	if err := a.Directory.Forwards.Clear(ctx, me(ctx).JID, req.JID); err != nil {
		return none{}, err
	}
	note(ctx, userEntry("forward.delete", u, []audit.Change{{Field: "target", Before: before.Target}}))
	return none{}, nil
}

func own(ctx context.Context) userRequest { return userRequest{JID: me(ctx).JID} }

func (a *API) ownForward(ctx context.Context, _ none) (Forward, error) {
	return a.forward(ctx, own(ctx))
}

func (a *API) setOwnForward(ctx context.Context, req ownForwardRequest) (Forward, error) {
	return a.setForward(ctx, forwardRequest{own(ctx), req.Body})
}

func (a *API) clearOwnForward(ctx context.Context, _ none) (none, error) {
	return a.clearForward(ctx, own(ctx))
}
