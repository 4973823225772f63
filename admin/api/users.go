package api

import (
	"context"
	"errors"
	"net/url"

	"plenum/components/audit"
	"plenum/components/directory"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

func (a *API) users(ctx context.Context, req usersRequest) (UserPage, error) {
	key := directory.SortKey(req.Sort)
	if req.Sort == "level" {
		key = directory.SortRole
	}
	return a.search(ctx, directory.UserQuery{
		Text: req.Text, Domain: req.Domain, Permission: req.Permission, State: directory.UserState(req.State),
		Sort: key, Desc: req.Desc, Offset: req.Offset, Limit: req.Limit})
}

// bin lists the deleted ones, who was deleted last first.
func (a *API) bin(ctx context.Context, req binRequest) (UserPage, error) {
	return a.search(ctx, directory.UserQuery{
		Text: req.Text, State: directory.BinState, Sort: directory.SortDeleted, Desc: true, Offset: req.Offset, Limit: req.Limit})
}

func (a *API) search(ctx context.Context, q directory.UserQuery) (UserPage, error) {
	found, err := a.Directory.Accounts.Search(q)
	if err != nil {
		return UserPage{}, err
	}
	page := UserPage{Items: make([]User, 0, len(found.Accounts)), Total: found.Total}
	for _, account := range found.Accounts {
		page.Items = append(page.Items, a.userOf(ctx, account))
	}
	return page, nil
}

// userOf is a user as the API shows him.
func (a *API) userOf(ctx context.Context, u directory.Account) User {
	user := User{
		JID: u.JID, Login: u.JID.Local(), Domain: u.JID.Domain(), DisplayName: u.DisplayName, Extension: u.Extension, Auth: string(u.Auth), Email: u.Email,
		Language: u.Language, CallWaiting: u.CallWaiting, FaxExtension: u.FaxExtension, Voicemail: string(u.Voicemail), Softphone: u.Softphone,
		Mobile: u.Mobile, MobileNumber: u.MobileNumber, ShownNumber: u.ShownNumber, TimeZone: u.TimeZone, HasPIN: u.HasPIN, Level: u.Role, State: "active", Presence: Offline,
		Permissions: []PermissionRef{}, Created: u.Created, PasswordChanged: u.PasswordChanged, Changed: u.Changed, ChangedBy: u.ChangedBy.String(),
		Revision: u.Revision, Editable: !u.Role.Above(me(ctx).Role)}
	for _, p := range a.Directory.Permissions.Of(directory.Users, u.JID.String()) {
		user.Permissions = append(user.Permissions, PermissionRef{p.ID, p.Name})
	}
	switch {
	case u.InBin():
		gone := u.Deleted.Add(a.BinTime)
		user.State, user.Deleted, user.Gone = "deleted", &u.Deleted, &gone
	case u.Disabled:
		user.State = "disabled"
	default:
		user.Presence = a.Clients.Presence(u.JID)
	}
	return user
}

func (a *API) user(ctx context.Context, req userRequest) (User, error) {
	u, err := a.Directory.Accounts.Get(ctx, req.JID)
	if err != nil {
		return User{}, err
	}
	return a.userOf(ctx, u), nil
}

// input is the form of the directory.
func (d *UserData) input() directory.UserInput {
	return directory.UserInput{
		DisplayName: d.DisplayName, Role: d.Level, Disabled: d.Disabled, Auth: directory.Auth(d.Auth), PIN: d.PIN, Extension: d.Extension, Email: d.Email,
		Language: d.Language, CallWaiting: d.CallWaiting, FaxExtension: d.FaxExtension, Voicemail: directory.Voicemail(d.Voicemail),
		Softphone: d.Softphone, Mobile: d.Mobile, MobileNumber: d.MobileNumber, ShownNumber: d.ShownNumber, TimeZone: d.TimeZone}
}

func (u *NewUser) input() directory.UserInput {
	in := u.UserData.input()
	in.Login, in.Domain, in.Password = u.Login, u.Domain, u.Password
	return in
}

func (a *API) createUser(ctx context.Context, req newUserRequest) (created[User], error) {
	u, err := a.Directory.Accounts.CreateUser(ctx, me(ctx).JID, req.Body.input())
	if err != nil {
		return created[User]{}, err
	}
	note(ctx, userEntry("user.create", u, changesOf(directory.Account{}, u)))
	return created[User]{a.userOf(ctx, u), "/users/" + url.PathEscape(u.JID.String())}, nil
}

// checkUser says what createUser or changeUser would.
func (a *API) checkUser(_ context.Context, req userCheckRequest) (Checked, error) {
	var address jid.JID
	if req.Body.JID != nil {
		address = *req.Body.JID
	}
	err := a.Directory.Accounts.CheckUser(address, req.Body.input())
	bad, ok := errors.AsType[directory.FieldErrors](err)
	if err != nil && !ok {
		return Checked{}, err
	}
	return Checked{fieldErrors(bad)}, nil
}

func (a *API) changeUser(ctx context.Context, req userChangeRequest) (User, error) {
	before, err := a.Directory.Accounts.Get(ctx, req.JID)
	if err != nil {
		return User{}, err
	}
	u, err := a.Directory.Accounts.UpdateUser(ctx, me(ctx).JID, req.JID, req.Body.Revision, req.Body.input())
	if err != nil {
		return User{}, err
	}
	changes := changesOf(before, u)
	if req.Body.PIN != nil {
		changes = append(changes, audit.Change{Field: "pin"})
	}
	note(ctx, userEntry("user.change", u, changes))
	return a.userOf(ctx, u), nil
}

func (a *API) nextExtension(_ context.Context, req nextExtensionRequest) (NextExtension, error) {
	extension, err := a.Directory.Accounts.NextExtension(directory.Pool(req.Kind))
	return NextExtension{extension}, err
}

// setPassword replaces a password. Who changes his own proves that he knows it: an unattended console must not be enough to take an account over.
func (a *API) setPassword(ctx context.Context, req passwordRequest) (none, error) {
	u, err := a.Directory.Accounts.Get(ctx, req.JID)
	if err != nil {
		return none{}, err
	}
	by := me(ctx).JID
	if by == u.JID {
		if err := a.Logins.CheckPassword(ctx, by, req.Body.Current, addressOf(callOf(ctx).echo)); err != nil {
			if !fault.Is(err, fault.Unauthenticated) {
				return none{}, err
			}
			a.refused(ctx, by.String(), err)
			return none{}, invalid([]FieldError{{Field: "current", Code: "wrong", Text: "this is not the present password"}})
		}
	}
	if err := a.Directory.Accounts.SetPasswordBy(ctx, by, u.JID, req.Body.Password); err != nil {
		return none{}, onField("password", err)
	}
	note(ctx, userEntry("user.password", u, nil))
	return none{}, nil
}

// setOwnPassword is for those too who may not change users.
func (a *API) setOwnPassword(ctx context.Context, req ownPasswordRequest) (none, error) {
	return a.setPassword(ctx, passwordRequest{userRequest{me(ctx).JID}, req.Body})
}

// onField says which field an error is about, when it is about what was typed in.
func onField(field string, err error) error {
	if _, ok := errors.AsType[directory.FieldErrors](err); ok || !fault.Is(err, fault.Invalid) {
		return err
	}
	return invalid([]FieldError{{Field: field, Code: "invalid", Text: fault.Text(err)}})
}

func (a *API) userPermissions(ctx context.Context, req userRequest) (UserPermissions, error) {
	u, err := a.Directory.Accounts.Get(ctx, req.JID)
	if err != nil {
		return UserPermissions{}, err
	}
	return a.permissionsOf(u.JID), nil
}

func (a *API) permissionsOf(user jid.JID) UserPermissions {
	has := make(map[string]bool)
	for _, p := range a.Directory.Permissions.Of(directory.Users, user.String()) {
		has[p.ID] = true
	}
	all := UserPermissions{Items: []UserPermission{}}
	for _, p := range a.Directory.Permissions.List() {
		all.Items = append(all.Items, UserPermission{
			ID: p.ID, Name: p.Name, Description: p.Description, Types: typeNames(p.Types), Assigned: has[p.ID], Automatic: p.Auto.Users})
	}
	return all
}

func (a *API) setUserPermissions(ctx context.Context, req userPermissionsRequest) (UserPermissions, error) {
	u, err := a.Directory.Accounts.Get(ctx, req.JID)
	if err != nil {
		return UserPermissions{}, err
	}
	before := a.permissionsOf(u.JID)
	if err := a.Directory.Permissions.SetOf(ctx, me(ctx).JID, directory.Users, u.JID.String(), req.Body.Permissions); err != nil {
		return UserPermissions{}, err
	}
	after := a.permissionsOf(u.JID)
	note(ctx, userEntry("user.permissions", u, []audit.Change{{Field: "permissions", Before: before.names(), After: after.names()}}))
	return after, nil
}
