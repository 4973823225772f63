package directory

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"

	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
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

// Update saves the form of a permission that was read at a revision. When it was changed since, the error is a *ConflictError. Automatic assignment
// that is switched on takes in all objects of the kind; switched off it leaves them assigned by hand, so that nothing changes at that moment.
func (p *Permissions) Update(ctx context.Context, by jid.JID, id string, revision int64, in PermissionInput) (Permission, error) {
	in = in.tidy()
	if err := p.check(id, &in).orNil(); err != nil {
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
		if before.Name == in.Name && before.Description == in.Description && before.Auto == in.Auto && slices.Equal(before.Types, in.Types) {
			return errUnchanged
		}
		if err := t.switchAuto(&before, in.Auto); err != nil {
			return err
		}
		return t.putPermission(id, &in, PermissionEdited)
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
		return fault.Newf(fault.Invalid, "%.32q is no kind of objects", kind)
	}
	if len(add)+len(remove) > MaxBulk {
		return fault.Newf(fault.Limit, "more than %d objects at once", MaxBulk)
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
		return fault.Newf(fault.Invalid, "%.32q is no kind of objects", kind)
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

// ensureAll makes the built-in permission at the first start.
func (s *sqlStore) ensureAll(ctx context.Context) error {
	err := s.write(ctx, jid.JID{}, func(t *txn) error {
		switch _, err := t.permission(AllID); {
		case err == nil:
			return errUnchanged
		case !fault.Is(err, fault.NotFound):
			return err
		}
		in := PermissionInput{
			Name: allName, Description: "Everybody and everything", Types: []PermissionType{XMPPGroup},
			Auto: Auto{Users: true, Teams: true, Locations: true, Devices: true},
		}
		return t.putPermission(AllID, &in, PermissionCreated)
	})
	if errors.Is(err, errUnchanged) {
		return nil
	}
	return err
}

// permission reads one in the transaction.
func (t *txn) permission(id string) (Permission, error) {
	rows, err := t.Query("SELECT "+permissionColumns+" FROM directory_permission WHERE id = $1", id)
	if err != nil {
		return Permission{}, err
	}
	if !rows.Next() {
		return Permission{}, errNoPermission()
	}
	return scanPermission(rows)
}

// putPermission writes a permission, new or changed.
func (t *txn) putPermission(id string, in *PermissionInput, kind ChangeKind) error {
	types := make([]string, len(in.Types))
	for i, name := range in.Types {
		types[i] = string(name)
	}
	folded := fold(in.Name)
	var other string
	switch err := t.QueryRow("SELECT id FROM directory_permission WHERE folded = $1 AND id <> $2", folded, id).Scan(&other); {
	case err == nil:
		return FieldErrors{{Field: "name", Code: "taken", Text: "there is a permission of this name already"}}.orNil()
	case !errors.Is(err, store.ErrNoRows):
		return err
	}
	revision := t.note(kind, id)
	_, err := t.Exec("INSERT INTO directory_permission ("+permissionColumns+", folded) VALUES "+placeholders(1, 12)+" ON CONFLICT (id) DO UPDATE SET"+
		" name = excluded.name, folded = excluded.folded, description = excluded.description, types = excluded.types,"+
		" auto_users = excluded.auto_users, auto_teams = excluded.auto_teams, auto_locations = excluded.auto_locations,"+
		" auto_devices = excluded.auto_devices, revision = excluded.revision, changed = excluded.changed, changed_by = excluded.changed_by",
		id, in.Name, in.Description, strings.Join(types, " "), in.Auto.Users, in.Auto.Teams, in.Auto.Locations, in.Auto.Devices, revision,
		millis(now()), t.by.String(), folded)
	return err
}

// switchAuto turns automatic assignment on and off. On: rows by hand are not needed. Off: everything that is there gets a row.
func (t *txn) switchAuto(before *Permission, after Auto) error {
	for _, kind := range Kinds() {
		was, is := before.Auto.Of(kind), after.Of(kind)
		if was == is {
			continue
		}
		if _, err := t.Exec("DELETE FROM directory_assignment WHERE permission = $1 AND kind = $2", before.ID, string(kind)); err != nil {
			return err
		}
		if is {
			continue
		}
		source := "SELECT $1, $2, id FROM directory_object WHERE kind = $2"
		if kind == Users {
			source = "SELECT $1, $2, jid FROM directory_account"
		}
		if _, err := t.Exec("INSERT INTO directory_assignment (permission, kind, object) "+source, before.ID, string(kind)); err != nil {
			return err
		}
	}
	return nil
}

// assign writes and deletes rows and returns how many.
func (t *txn) assign(id string, kind Kind, add, remove []string) (changed int64, err error) {
	if err := t.objectsExist(kind, add); err != nil {
		return 0, err
	}
	for part := range slices.Chunk(add, chunk) {
		args := make([]any, 0, 3*len(part))
		for _, object := range part {
			args = append(args, id, string(kind), object)
		}
		n, err := t.Exec("INSERT INTO directory_assignment (permission, kind, object) VALUES "+placeholders(len(part), 3)+" ON CONFLICT DO NOTHING", args...)
		if err != nil {
			return 0, err
		}
		changed += n
	}
	for part := range slices.Chunk(remove, chunk) {
		sql, args := inList("DELETE FROM directory_assignment WHERE permission = $1 AND kind = $2 AND object IN ", part, id, string(kind))
		n, err := t.Exec(sql, args...)
		if err != nil {
			return 0, err
		}
		changed += n
	}
	return changed, nil
}

// inList appends a list of placeholders for the values after the first arguments.
func inList(sql string, values []string, first ...any) (string, []any) {
	args := first
	places := make([]string, len(values))
	for i, value := range values {
		args = append(args, value)
		places[i] = fmt.Sprintf("$%d", len(args))
	}
	return sql + "(" + strings.Join(places, ", ") + ")", args
}

// objectsExist refuses what is not there.
func (t *txn) objectsExist(kind Kind, ids []string) error {
	for part := range slices.Chunk(ids, chunk) {
		sql, args := inList("SELECT id FROM directory_object WHERE kind = $1 AND id IN ", part, string(kind))
		if kind == Users {
			sql, args = inList("SELECT jid FROM directory_account WHERE jid IN ", part)
		}
		rows, err := t.Query(sql, args...)
		if err != nil {
			return err
		}
		there := make(map[string]bool, rows.Len())
		for rows.Next() {
			var id string
			if err := rows.Scan(&id); err != nil {
				return err
			}
			there[id] = true
		}
		for _, id := range part {
			if !there[id] {
				return fault.Newf(fault.NotFound, "there is no %s %.100q", kind, id)
			}
		}
	}
	return nil
}

// assignedByHand returns the IDs of the permissions of an object.
func (t *txn) assignedByHand(kind Kind, object string) (map[string]bool, error) {
	rows, err := t.Query("SELECT permission FROM directory_assignment WHERE kind = $1 AND object = $2", string(kind), object)
	if err != nil {
		return nil, err
	}
	have := make(map[string]bool)
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		have[id] = true
	}
	return have, nil
}
