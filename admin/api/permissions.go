package api

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"plenum/components/audit"
	"plenum/components/directory"
)

func (a *API) permissions(_ context.Context, req permissionsRequest) (PermissionPage, error) {
	existing := a.existing()
	words := strings.Fields(strings.ToLower(req.Text))
	page := PermissionPage{Items: []Permission{}}
	for _, p := range a.Directory.Permissions.List() {
		if !containsAll(strings.ToLower(p.Name+"\n"+p.Description), words) || req.Type != "" && !slices.Contains(p.Types, directory.PermissionType(req.Type)) {
			continue
		}
		if page.Total >= req.Offset && len(page.Items) < req.Limit {
			page.Items = append(page.Items, a.permissionOf(p, existing))
		}
		page.Total++
	}
	return page, nil
}

func containsAll(text string, words []string) bool {
	for _, word := range words {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// existing counts all objects.
func (a *API) existing() Counts {
	return Counts{
		Users: a.Directory.Accounts.Count(), Devices: len(a.Directory.Objects.List(directory.Devices)),
		Teams: len(a.Directory.Objects.List(directory.Teams)), Locations: len(a.Directory.Objects.List(directory.Locations))}
}

func (a *API) permissionOf(p directory.Permission, existing Counts) Permission {
	count := func(kind directory.Kind) int { return a.Directory.Permissions.Count(p.ID, kind) }
	return Permission{
		ID: p.ID, Name: p.Name, Description: p.Description, Types: typeNames(p.Types), Auto: automatic(p.Auto), BuiltIn: p.ID == directory.AllID,
		Members:  Counts{Users: count(directory.Users), Devices: count(directory.Devices), Teams: count(directory.Teams), Locations: count(directory.Locations)},
		Existing: existing, Changed: p.Changed, ChangedBy: p.ChangedBy.String(), Revision: p.Revision}
}

func automatic(auto directory.Auto) Automatic {
	return Automatic{Users: auto.Users, Devices: auto.Devices, Teams: auto.Teams, Locations: auto.Locations}
}

func typeNames(types []directory.PermissionType) []string {
	names := make([]string, 0, len(types))
	for _, t := range types {
		names = append(names, string(t))
	}
	return names
}

func (a *API) permission(_ context.Context, req permissionRequest) (Permission, error) {
	p, err := a.Directory.Permissions.Get(req.ID)
	if err != nil {
		return Permission{}, err
	}
	return a.permissionOf(p, a.existing()), nil
}

func (d *PermissionData) input() directory.PermissionInput {
	in := directory.PermissionInput{Name: d.Name, Description: d.Description,
		Auto: directory.Auto{Users: d.Auto.Users, Teams: d.Auto.Teams, Locations: d.Auto.Locations, Devices: d.Auto.Devices}}
	for _, name := range d.Types {
		in.Types = append(in.Types, directory.PermissionType(name))
	}
	return in
}

func (a *API) createPermission(ctx context.Context, req newPermissionRequest) (created[Permission], error) {
	p, err := a.Directory.Permissions.Create(ctx, me(ctx).JID, req.Body.input())
	if err != nil {
		return created[Permission]{}, err
	}
	note(ctx, permissionEntry("permission.create", p, permissionChanges(directory.Permission{}, p)))
	return created[Permission]{a.permissionOf(p, a.existing()), "/permissions/" + url.PathEscape(p.ID)}, nil
}

func (a *API) changePermission(ctx context.Context, req permissionChangeRequest) (Permission, error) {
	before, err := a.Directory.Permissions.Get(req.ID)
	if err != nil {
		return Permission{}, err
	}
	moves := make([]directory.Assignment, 0, len(req.Body.Members))
	for _, m := range req.Body.Members {
		moves = append(moves, directory.Assignment{Kind: directory.Kind(m.Kind), Add: m.Add, Remove: m.Remove})
	}
	p, err := a.Directory.Permissions.Update(ctx, me(ctx).JID, req.ID, req.Body.Revision, req.Body.input(), moves...)
	if err != nil {
		return Permission{}, err
	}
	if changes := permissionChanges(before, p); len(changes) > 0 || len(moves) == 0 {
		note(ctx, permissionEntry("permission.change", p, changes))
	}
	for _, m := range moves {
		note(ctx, membersEntry(p, m.Kind, m.Add, m.Remove))
	}
	return a.permissionOf(p, a.existing()), nil
}

func (a *API) deletePermission(ctx context.Context, req permissionRequest) (none, error) {
	p, err := a.Directory.Permissions.Get(req.ID)
	if err != nil {
		return none{}, err
	}
	if err := a.Directory.Permissions.Delete(ctx, me(ctx).JID, req.ID); err != nil {
		return none{}, err
	}
	note(ctx, permissionEntry("permission.delete", p, nil))
	return none{}, nil
}

func (a *API) permissionTypes(context.Context, noRequest) (PermissionTypes, error) {
	types := PermissionTypes{Items: []PermissionType{}}
	for _, info := range directory.PermissionTypes() {
		t := PermissionType{Type: string(info.Type), Kinds: []string{}}
		for _, kind := range info.Kinds {
			t.Kinds = append(t.Kinds, string(kind))
		}
		types.Items = append(types.Items, t)
	}
	return types, nil
}

func (a *API) members(_ context.Context, req membersRequest) (MemberPage, error) {
	found, err := a.Directory.Permissions.Assigned(req.ID, directory.AssigneeQuery{
		Kind: directory.Kind(req.Kind), Assigned: req.Assigned, Text: req.Text, Offset: req.Offset, Limit: req.Limit})
	if err != nil {
		return MemberPage{}, err
	}
	page := MemberPage{Items: make([]Member, 0, len(found.Items)), Total: found.Total}
	for _, m := range found.Items {
		detail := cmp.Or(m.Extension, a.Directory.Accounts.Name(m.Owner))
		page.Items = append(page.Items, Member{Kind: req.Kind, ID: m.ID, Name: m.Name, Detail: detail, Assigned: req.Assigned})
	}
	return page, nil
}

func (a *API) changeMembers(ctx context.Context, req membersChangeRequest) (Permission, error) {
	p, err := a.Directory.Permissions.Get(req.ID)
	if err != nil {
		return Permission{}, err
	}
	kind := directory.Kind(req.Body.Kind)
	if err := a.Directory.Permissions.Assign(ctx, me(ctx).JID, req.ID, kind, req.Body.Add, req.Body.Remove); err != nil {
		return Permission{}, err
	}
	note(ctx, membersEntry(p, kind, req.Body.Add, req.Body.Remove))
	return a.permission(ctx, req.permissionRequest)
}

func permissionEntry(action string, p directory.Permission, changes []audit.Change) audit.Entry {
	return audit.Entry{Action: action, Kind: "permission", Object: p.ID, Name: p.Name, Changes: changes}
}

func permissionChanges(before, after directory.Permission) []audit.Change {
	var d diff
	d.text("name", before.Name, after.Name)
	d.text("description", before.Description, after.Description)
	d.text("types", strings.Join(typeNames(before.Types), ", "), strings.Join(typeNames(after.Types), ", "))
	for _, kind := range directory.Kinds() {
		d.flag("auto."+string(kind), before.Auto.Of(kind), after.Auto.Of(kind))
	}
	return d
}

// membersEntry names who came and who went, as far as there is room for it.
func membersEntry(p directory.Permission, kind directory.Kind, add, remove []string) audit.Entry {
	return permissionEntry("permission.members", p, []audit.Change{{Field: string(kind), Before: someOf(remove), After: someOf(add)}})
}

// named is how many members an entry of the audit log names.
const named = 5

func someOf(ids []string) string {
	if len(ids) <= named {
		return strings.Join(ids, ", ")
	}
	return strings.Join(ids[:named], ", ") + " and " + strconv.Itoa(len(ids)-named) + " more"
}
