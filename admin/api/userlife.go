package api

import (
	"context"
	"strings"

	"plenum/components/audit"
	"plenum/components/directory"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

func (a *API) deleteUser(ctx context.Context, req userRequest) (none, error) {
	return none{}, a.onUser(ctx, req.JID, "user.delete", a.Directory.Accounts.Trash)
}

func (a *API) restoreUser(ctx context.Context, req userRequest) (User, error) {
	if err := a.onUser(ctx, req.JID, "user.restore", a.Directory.Accounts.Restore); err != nil {
		return User{}, err
	}
	return a.user(ctx, req)
}

func (a *API) purgeUser(ctx context.Context, req userRequest) (none, error) {
	return none{}, a.onUser(ctx, req.JID, "user.purge", a.Directory.Accounts.Purge)
}

func (a *API) onUser(ctx context.Context, user jid.JID, action string, do func(ctx context.Context, by, bare jid.JID) error) error {
	u, err := a.Directory.Accounts.Get(ctx, user)
	if err != nil {
		return err
	}
	if err := do(ctx, me(ctx).JID, user); err != nil {
		return err
	}
	note(ctx, userEntry(action, u, nil))
	return nil
}

// bulk does one thing to many users. Those for whom it is refused stay as they are and are named.
func (a *API) bulk(ctx context.Context, req bulkRequest) (BulkResult, error) {
	b := req.Body
	if b.Action == "assign" || b.Action == "unassign" {
		return a.bulkAssign(ctx, b)
	}
	refused, err := a.Directory.Accounts.Bulk(ctx, me(ctx).JID, directory.BulkAction(b.Action), b.Users)
	if err != nil {
		return BulkResult{}, err
	}
	result := BulkResult{Done: []jid.JID{}, Failed: []BulkFailure{}}
	failed := make(map[jid.JID]bool, len(refused))
	for _, r := range refused {
		failed[r.JID] = true
		p := problemOf(r.Err, callOf(ctx).route.Path, a.Log)
		result.Failed = append(result.Failed, BulkFailure{r.JID, p.Code, p.Detail})
	}
	for _, user := range b.Users {
		if failed[user] {
			continue
		}
		result.Done = append(result.Done, user)
		note(ctx, audit.Entry{Action: "user." + b.Action, Kind: "user", Object: user.String(), Name: a.nameOf(ctx, user)})
	}
	return result, nil
}

// bulkAssign gives a permission to all of them or takes it from all, or does nothing.
func (a *API) bulkAssign(ctx context.Context, b Bulk) (BulkResult, error) {
	p, err := a.Directory.Permissions.Get(b.Permission)
	if fault.Is(err, fault.NotFound) {
		return BulkResult{}, invalid([]FieldError{{Field: "permission", Code: "unknown", Text: "there is no such permission"}})
	}
	if err != nil {
		return BulkResult{}, err
	}
	users := make([]string, 0, len(b.Users))
	for _, user := range b.Users {
		users = append(users, user.String())
	}
	add, remove := users, []string(nil)
	if b.Action == "unassign" {
		add, remove = nil, users
	}
	if err := a.Directory.Permissions.Assign(ctx, me(ctx).JID, p.ID, directory.Users, add, remove); err != nil {
		return BulkResult{}, err
	}
	note(ctx, membersEntry(p, directory.Users, add, remove))
	return BulkResult{Done: b.Users, Failed: []BulkFailure{}}, nil
}

// nameOf is what a user is called, in the bin too.
func (a *API) nameOf(ctx context.Context, user jid.JID) string {
	u, err := a.Directory.Accounts.Get(ctx, user)
	if err != nil {
		return ""
	}
	return u.DisplayName
}

func userEntry(action string, u directory.Account, changes []audit.Change) audit.Entry {
	return audit.Entry{Action: action, Kind: "user", Object: u.JID.String(), Name: u.DisplayName, Changes: changes}
}

// changesOf are the fields in which two states of a user differ.
func changesOf(before, after directory.Account) []audit.Change {
	var d diff
	d.text("displayName", before.DisplayName, after.DisplayName)
	d.text("level", before.Role.String(), after.Role.String())
	d.flag("disabled", before.Disabled, after.Disabled)
	d.text("extension", before.Extension, after.Extension)
	d.text("auth", string(before.Auth), string(after.Auth))
	d.text("email", before.Email, after.Email)
	d.text("language", before.Language, after.Language)
	d.flag("callWaiting", before.CallWaiting, after.CallWaiting)
	d.text("faxExtension", before.FaxExtension, after.FaxExtension)
	d.text("voicemail", string(before.Voicemail), string(after.Voicemail))
	d.flag("softphone", before.Softphone, after.Softphone)
	d.flag("mobile", before.Mobile, after.Mobile)
	d.text("mobileNumber", before.MobileNumber, after.MobileNumber)
	d.text("shownNumber", before.ShownNumber, after.ShownNumber)
	d.text("timeZone", before.TimeZone, after.TimeZone)
	return d
}

// diff collects fields that differ.
type diff []audit.Change

func (d *diff) text(field, before, after string) {
	if before != after {
		*d = append(*d, audit.Change{Field: field, Before: before, After: after})
	}
}

func (d *diff) flag(field string, before, after bool) {
	d.text(field, onOff(before), onOff(after))
}

func onOff(b bool) string {
	if b {
		return "on"
	}
	return "off"
}

// names are the permissions that the user has, for the audit log.
func (p *UserPermissions) names() string {
	var names []string
	for _, item := range p.Items {
		if item.Assigned {
			names = append(names, item.Name)
		}
	}
	return strings.Join(names, ", ")
}
