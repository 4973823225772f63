package directory

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

// changesAfter returns the last revision, and the changes after a known one, at most limit. The first of them is
// not the next one when the list does not reach back so far.
func (s *sqlStore) changesAfter(ctx context.Context, known int64, limit int) (latest int64, changes []Change, err error) {
	if latest, err = s.latest(ctx); err != nil || latest <= known {
		return latest, nil, err
	}
	rows, err := s.db.Query(ctx, "SELECT revision, kind, object, actor, origin FROM directory_change WHERE revision > $1 AND revision <= $2"+
		" ORDER BY revision LIMIT $3", known, latest, limit)
	if err != nil {
		return 0, nil, fmt.Errorf("read changes of the directory: %w", storeFault(err))
	}
	for rows.Next() {
		var c Change
		var object, actor, origin string
		if err := rows.Scan(&c.Revision, &c.Kind, &object, &actor, &origin); err != nil {
			return 0, nil, fmt.Errorf("read changes of the directory: %w", err)
		}
		c.Remote = origin != s.origin
		if c.By, err = parseActor(actor); err != nil {
			return 0, nil, fmt.Errorf("read changes of the directory: %w", err)
		}
		if c.OfAccount() || c.OfGuests() || c.Kind == ProfileSet || c.Kind == SeatChanged || c.Kind == ForwardChanged || c.Kind == SkillsChanged {
			if c.JID, err = jid.Parse(object); err != nil {
				return 0, nil, fmt.Errorf("read changes of the directory: %w", err)
			}
		} else {
			c.ID = object
		}
		changes = append(changes, c)
	}
	return latest, changes, nil
}

// read returns what is wanted, and everything without w.
func (s *sqlStore) read(ctx context.Context, w *wanted) (*found, error) {
	f := &found{assigned: make(map[string][]assignment)}
	everything := w == nil
	if everything {
		w = &wanted{}
	}
	for _, part := range []struct {
		sql, key string
		ids      []string
		scan     func(*store.Rows) error
	}{
		{"SELECT " + accountColumns + " FROM directory_account", "jid", w.accounts, f.account},
		{objectSelect, "id", w.objects, f.object},
		{"SELECT " + permissionColumns + " FROM directory_permission", "id", w.permissions, f.permission},
		{"SELECT " + guestColumns + " FROM directory_guest", "room", w.rooms, f.guest},
		{"SELECT " + trunkColumns + " FROM directory_trunk", "id", w.trunks, f.trunk},
		{"SELECT " + teamColumns + " FROM directory_team", "id", w.teams, f.team},
		{"SELECT " + memberColumns + " FROM directory_team_member", "team", w.teams, f.teamMember},
		{"SELECT " + telephonyColumns + " FROM directory_telephony", "id", w.telephony, f.settings},
		{"SELECT " + profileColumns + " FROM directory_profile", "id", w.profiles, f.profile},
		{"SELECT " + profileUseColumns + " FROM directory_profile_use", "owner", w.profileUses, f.profileUse},
		{"SELECT " + seatColumns + " FROM directory_seat", "member", w.seats, f.seat},
		{"SELECT member, location, since FROM directory_recent", "member", w.seats, f.recently},
		{"SELECT " + forwardColumns + " FROM directory_forward", "jid", w.forwards, f.forward},
		{"SELECT " + skillColumns + " FROM directory_skills", "jid", w.skills, f.userSkills},
		{"SELECT " + followMeColumns + " FROM directory_followme", "holder", w.followMe, f.followMeRow},
		{"SELECT " + flowColumns + " FROM directory_callflow", "owner", w.flows, f.flow},
		{"SELECT " + callObjectColumns + " FROM directory_callobject", "id", w.callObjects, f.callObject},
	} {
		var err error
		if everything {
			err = s.each(ctx, part.scan, part.sql)
		} else {
			err = s.eachOf(ctx, part.scan, part.sql, part.key, part.ids)
		}
		if err != nil {
			return nil, fmt.Errorf("read the directory: %w", storeFault(err))
		}
	}
	for _, p := range f.permissions { // one after the other: there may be a million in all
		if err := s.readAssigned(ctx, f, p.ID); err != nil {
			return nil, fmt.Errorf("read what permission %s is assigned to: %w", p.ID, storeFault(err))
		}
	}
	return f, nil
}

// eachOf reads the rows with these keys.
func (s *sqlStore) eachOf(ctx context.Context, scan func(*store.Rows) error, sql, key string, ids []string) error {
	for part := range slices.Chunk(ids, chunk) {
		args := make([]any, len(part))
		for i, id := range part {
			args[i] = id
		}
		if err := s.each(ctx, scan, sql+" WHERE "+key+" IN "+placeholders(1, len(args)), args...); err != nil {
			return err
		}
	}
	return nil
}

func (s *sqlStore) each(ctx context.Context, scan func(*store.Rows) error, sql string, args ...any) error {
	rows, err := s.db.Query(ctx, sql, args...)
	if err != nil {
		return err
	}
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return nil
}

func (f *found) account(rows *store.Rows) error {
	record, err := scanRecord(rows)
	f.accounts = append(f.accounts, record.Account)
	return err
}

const objectColumns = "kind, id, name, device, owner, extension, revision, changed, changed_by, by_switch, sip_user, secret_since, encryption, location"

func (f *found) object(rows *store.Rows) error {
	o, sealed, err := scanObject(rows)
	f.objects = append(f.objects, objectRow{Object: o, sealed: sealed})
	return err
}

const objectSelect = "SELECT " + objectColumns + ", sip_keys FROM directory_object"

// scanObject returns an object, and the sealed keys of a device, nil for none.
func scanObject(rows *store.Rows) (o Object, sealed []byte, err error) {
	var owner, changedBy string
	var changed, secretSince int64
	err = rows.Scan(&o.Kind, &o.ID, &o.Name, &o.Device, &owner, &o.Extension, &o.Revision, &changed, &changedBy, &o.BySwitch, &o.SIPUser,
		&secretSince, &o.Encryption, &o.Location, &sealed)
	if err != nil {
		return o, nil, err
	}
	o.Changed, o.SecretSince = fromMillis(changed), fromMillis(secretSince)
	if o.Owner, err = parseActor(owner); err != nil {
		return o, nil, err
	}
	o.ChangedBy, err = parseActor(changedBy)
	return o, sealed, err
}

// objectRow is an object as it is stored, and its keys as the model holds them.
type objectRow struct {
	Object
	sealed []byte
	keys   *HA1
}

const permissionColumns = "id, name, description, types, auto_users, auto_teams, auto_locations, auto_devices, revision, changed, changed_by"

func (f *found) permission(rows *store.Rows) error {
	p, err := scanPermission(rows)
	f.permissions = append(f.permissions, p)
	return err
}

func scanPermission(rows *store.Rows) (Permission, error) {
	var p Permission
	var types, changedBy string
	var changed int64
	err := rows.Scan(&p.ID, &p.Name, &p.Description, &types, &p.Auto.Users, &p.Auto.Teams, &p.Auto.Locations, &p.Auto.Devices, &p.Revision,
		&changed, &changedBy)
	if err != nil {
		return p, err
	}
	for name := range strings.FieldsSeq(types) {
		p.Types = append(p.Types, PermissionType(name))
	}
	p.Changed = fromMillis(changed)
	p.ChangedBy, err = parseActor(changedBy)
	return p, err
}

func (s *sqlStore) readAssigned(ctx context.Context, f *found, permission string) error {
	return s.each(ctx, func(rows *store.Rows) error {
		var a assignment
		err := rows.Scan(&a.kind, &a.object)
		f.assigned[permission] = append(f.assigned[permission], a)
		return err
	}, "SELECT kind, object FROM directory_assignment WHERE permission = $1", permission)
}
