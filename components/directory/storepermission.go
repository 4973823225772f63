package directory

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

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

// assignAll does what assign does for several kinds and reports whether anything changed.
func (t *txn) assignAll(id string, all []Assignment) (changed bool, err error) {
	for i, a := range all {
		missing, err := t.missing(a.Kind, a.Add)
		if err != nil {
			return false, err
		}
		var bad FieldErrors
		for _, at := range missing {
			bad.add(fmt.Sprintf("members.%d.add.%d", i, at), "gone", fmt.Sprintf("there is no %s %.100q", a.Kind, a.Add[at]))
		}
		if err := bad.orNil(); err != nil {
			return false, err
		}
		n, err := t.assign(id, a.Kind, a.Add, a.Remove)
		if err != nil {
			return false, err
		}
		changed = changed || n > 0
	}
	return changed, nil
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
	missing, err := t.missing(kind, ids)
	if err == nil && len(missing) > 0 {
		err = fault.Newf(fault.NotFound, "there is no %s %.100q", kind, ids[missing[0]])
	}
	return err
}

// missing are the places of those that are not there.
func (t *txn) missing(kind Kind, ids []string) (places []int, err error) {
	begin := 0
	for part := range slices.Chunk(ids, chunk) {
		sql, args := inList("SELECT id FROM directory_object WHERE kind = $1 AND id IN ", part, string(kind))
		if kind == Users {
			sql, args = inList("SELECT jid FROM directory_account WHERE jid IN ", part)
		}
		rows, err := t.Query(sql, args...)
		if err != nil {
			return nil, err
		}
		there := make(map[string]bool, rows.Len())
		for rows.Next() {
			var id string
			if err := rows.Scan(&id); err != nil {
				return nil, err
			}
			there[id] = true
		}
		for i, id := range part {
			if !there[id] {
				places = append(places, begin+i)
			}
		}
		begin += len(part)
	}
	return places, nil
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
