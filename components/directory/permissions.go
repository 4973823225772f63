package directory

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"

	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// Permissions is the service for permissions and for what they are assigned to.
type Permissions struct{ dir *Directory }

// MaxPermissions is how many permissions there can be: each is looked at in some questions.
const MaxPermissions = 1000

// newID returns an ID that nobody can guess or confuse with another.
func newID() string { return strings.ToLower(rand.Text()[:16]) }

// List returns all permissions: the one that is built in first, then by name.
func (p *Permissions) List() []Permission {
	m := p.dir.model
	var all []Permission
	m.withGrants(func() {
		all = make([]Permission, 0, len(m.sorted))
		for _, g := range m.sorted {
			all = append(all, g.Permission)
		}
	})
	return all
}

// Get returns a permission; fault.NotFound when there is none.
func (p *Permissions) Get(id string) (Permission, error) {
	m := p.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	if g := m.permissions[id]; g != nil {
		return g.Permission, nil
	}
	return Permission{}, errNoPermission()
}

func errNoPermission() error { return fault.New(fault.NotFound, "there is no such permission") }

func errNoKind(kind Kind) error {
	return fault.Newf(fault.Invalid, "%.32q is no kind of objects", kind)
}

func errTooMany() error { return fault.Newf(fault.Limit, "more than %d objects at once", MaxBulk) }

// CheckPermission applies all rules to a form without saving it: the error has FieldErrors. An empty id stands for a new permission.
func (p *Permissions) CheckPermission(id string, in PermissionInput) error {
	in = in.tidy()
	return p.check(id, &in).orNil()
}

func (p *Permissions) check(id string, in *PermissionInput) FieldErrors {
	bad := in.check()
	if id == AllID && in.Name != allName {
		bad.add("name", "fixed", "the name of the built-in permission cannot be changed")
	}
	m := p.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	folded := fold(in.Name)
	for _, g := range m.permissions {
		if g.ID != id && g.sortName == folded {
			bad.add("name", "taken", "there is a permission of this name already")
		}
	}
	return bad
}

// Create makes a permission. Errors for fields are FieldErrors.
func (p *Permissions) Create(ctx context.Context, by jid.JID, in PermissionInput) (Permission, error) {
	in = in.tidy()
	if err := p.check("", &in).orNil(); err != nil {
		return Permission{}, err
	}
	id := newID()
	err := p.dir.write(ctx, by, "create permission", func(t *txn) error {
		if err := t.mayManage(); err != nil {
			return err
		}
		var n int
		if err := t.QueryRow("SELECT COUNT(*) FROM directory_permission").Scan(&n); err != nil {
			return err
		}
		if n >= MaxPermissions {
			return fault.Newf(fault.Limit, "there are %d permissions, and more cannot be", n)
		}
		return t.putPermission(id, &in, PermissionCreated)
	})
	if err != nil {
		return Permission{}, err
	}
	return p.Get(id)
}

// Assignment is who of a kind gets a permission by hand, and who loses it. Users are named by JID, other objects by ID.
type Assignment struct {
	Kind        Kind
	Add, Remove []string
}

// Update saves the form of a permission that was read at a revision, and who is assigned to it by hand: all or nothing. When the form was changed since,
// the error is a *ConflictError; assignments made since stay, for what one adds and another removes does not collide. Automatic assignment that is
// switched on takes in all objects of the kind; switched off it leaves them assigned by hand, so that nothing changes at that moment. Who cannot be added
// because he is not there is named in FieldErrors: members.0.add.3 is the fourth of the first Assignment.
func (p *Permissions) Update(ctx context.Context, by jid.JID, id string, revision int64, in PermissionInput, assign ...Assignment) (Permission, error) {
	in = in.tidy()
	bad := p.check(id, &in)
	n := 0
	for i, a := range assign {
		if !a.Kind.Known() {
			return Permission{}, errNoKind(a.Kind)
		}
		if in.Auto.Of(a.Kind) {
			bad.add(fmt.Sprintf("members.%d.kind", i), "automatic", "all of this kind are assigned automatically")
		}
		n += len(a.Add) + len(a.Remove)
	}
	if n > MaxBulk {
		return Permission{}, errTooMany()
	}
	if err := bad.orNil(); err != nil {
		return Permission{}, err
	}
	err := p.dir.write(ctx, by, "change permission "+id, func(t *txn) error {
		if err := t.mayManage(); err != nil {
			return err
		}
		before, err := t.permission(id)
		if err != nil {
			return err
		}
		if before.Revision != revision {
			return conflict(before.ChangedBy, before.Changed, before)
		}
		edited := before.Name != in.Name || before.Description != in.Description || before.Auto != in.Auto || !slices.Equal(before.Types, in.Types)
		if edited {
			if err := t.switchAuto(&before, in.Auto); err != nil {
				return err
			}
			if err := t.putPermission(id, &in, PermissionEdited); err != nil {
				return err
			}
		}
		assigned, err := t.assignAll(id, assign)
		if err != nil {
			return err
		}
		if assigned {
			t.note(AssignmentsChanged, id)
		}
		if !edited && !assigned {
			return errUnchanged
		}
		return nil
	})
	if err != nil {
		return Permission{}, err
	}
	return p.Get(id)
}

// Delete removes a permission; the one that is built in stays.
func (p *Permissions) Delete(ctx context.Context, by jid.JID, id string) error {
	if id == AllID {
		return fault.New(fault.Conflict, "the built-in permission cannot be deleted; its types and assignments can be emptied")
	}
	return p.dir.write(ctx, by, "delete permission "+id, func(t *txn) error {
		if err := t.mayManage(); err != nil {
			return err
		}
		if _, err := t.permission(id); err != nil {
			return err
		}
		t.note(PermissionDeleted, id)
		if _, err := t.Exec("DELETE FROM directory_assignment WHERE permission = $1", id); err != nil {
			return err
		}
		_, err := t.Exec("DELETE FROM directory_permission WHERE id = $1", id)
		return err
	})
}

// Assign gives a permission to objects of a kind by hand, and takes it from others: all or nothing. Objects are named by ID, users by JID. It is
// refused where assignment is automatic (fault.Conflict), and for objects that are not there (fault.NotFound).
func (p *Permissions) Assign(ctx context.Context, by jid.JID, id string, kind Kind, add, remove []string) error {
	if !kind.Known() {
		return errNoKind(kind)
	}
	if len(add)+len(remove) > MaxBulk {
		return errTooMany()
	}
	return p.dir.write(ctx, by, "assign permission "+id, func(t *txn) error {
		if err := t.mayManage(); err != nil {
			return err
		}
		permission, err := t.permission(id)
		if err != nil {
			return err
		}
		if permission.Auto.Of(kind) {
			return fault.Newf(fault.Conflict, "the permission %s is assigned automatically: switch that off first", permission.Name)
		}
		changed, err := t.assign(id, kind, add, remove)
		if err != nil {
			return err
		}
		if changed == 0 {
			return errUnchanged
		}
		t.note(AssignmentsChanged, id)
		return nil
	})
}

// SetOf makes these the permissions that an object has by hand. Those that it has automatically stay, named or not.
func (p *Permissions) SetOf(ctx context.Context, by jid.JID, kind Kind, object string, permissions []string) error {
	if !kind.Known() {
		return errNoKind(kind)
	}
	return p.dir.write(ctx, by, "set permissions", func(t *txn) error {
		if err := t.mayManage(); err != nil {
			return err
		}
		if err := t.objectsExist(kind, []string{object}); err != nil {
			return err
		}
		have, err := t.assignedByHand(kind, object)
		if err != nil {
			return err
		}
		changed := false
		for _, id := range permissions {
			permission, err := t.permission(id)
			if err != nil {
				return err
			}
			if !have[id] && !permission.Auto.Of(kind) {
				if _, err := t.assign(id, kind, []string{object}, nil); err != nil {
					return err
				}
				t.note(AssignmentsChanged, id)
				changed = true
			}
			delete(have, id)
		}
		for id := range have {
			if _, err := t.assign(id, kind, nil, []string{object}); err != nil {
				return err
			}
			t.note(AssignmentsChanged, id)
			changed = true
		}
		if !changed {
			return errUnchanged
		}
		return nil
	})
}
