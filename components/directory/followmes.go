package directory

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

// FollowMe is the service for when the devices of users and locations ring. It answers from memory.
type FollowMe struct{ dir *Directory }

// Of returns when each device of a user or of a location rings, sorted by name; a user's XMPP clients come last.
func (s *FollowMe) Of(holder string) []FollowMeRow {
	m := s.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	user := jid.Canonical(holder)
	account := m.accounts[user]
	ids := m.places[holder]
	if account != nil {
		ids = m.devices[user]
	}
	devices := make([]*objectEntry, 0, len(ids))
	for _, id := range ids {
		if device := m.objects[objectKey{Devices, id}]; device.rings() {
			devices = append(devices, device)
		}
	}
	slices.SortFunc(devices, func(a, b *objectEntry) int { return strings.Compare(a.Name, b.Name) })
	rows := make([]FollowMeRow, 0, len(devices)+1)
	for _, device := range devices {
		row := m.followMeRow(holder, device.ID, device.Device)
		if row.Name = device.Name; device.Device == MobileDevice && account != nil {
			row.Number = account.account().MobileNumber
		}
		rows = append(rows, row)
	}
	if account != nil {
		rows = append(rows, m.followMeRow(holder, XMPPDevice, XMPPDevice))
	}
	return rows
}

func (m *model) followMeRow(holder, device, kind string) FollowMeRow {
	row, ok := m.followMe[holder][device]
	if !ok {
		row = FollowMeRow{Holder: holder, Device: device, FollowMeInput: DefaultFollowMe(kind)}
	}
	row.Kind = kind
	return row
}

// Get returns when one device of a user or of a location rings; fault.NotFound when it has no such device.
func (s *FollowMe) Get(holder, device string) (FollowMeRow, error) {
	rows := s.Of(holder)
	if i := slices.IndexFunc(rows, func(r FollowMeRow) bool { return r.Device == device }); i >= 0 {
		return rows[i], nil
	}
	return FollowMeRow{}, fault.New(fault.NotFound, "there is no such device here")
}

// Set saves when a device rings that was read at a revision, 0 for one that was never set. When it was changed since, the error is a *ConflictError.
// Who manages users may do so, and for a device that is configurable the user himself, or who is logged in at the location; whether it is
// configurable they do not change.
func (s *FollowMe) Set(ctx context.Context, by jid.JID, holder, device string, revision int64, in FollowMeInput) (FollowMeRow, error) {
	if err := in.check().orNil(); err != nil {
		return FollowMeRow{}, err
	}
	return s.set(ctx, by, holder, device, revision, true, func(FollowMeInput) FollowMeInput { return in })
}

// Change is Set for a part of what is set for a device: change makes what is to be of what is. Nothing is stored when that is the same.
func (s *FollowMe) Change(ctx context.Context, by jid.JID, holder, device string, change func(FollowMeInput) FollowMeInput) (FollowMeRow, error) {
	return s.set(ctx, by, holder, device, AnyRevision, true, change)
}

// CheckChange says what Change would, and changes nothing.
func (s *FollowMe) CheckChange(ctx context.Context, by jid.JID, holder, device string, change func(FollowMeInput) FollowMeInput) error {
	_, err := s.set(ctx, by, holder, device, AnyRevision, false, change)
	return err
}

func (s *FollowMe) set(ctx context.Context, by jid.JID, holder, device string, revision int64, stores bool, change func(FollowMeInput) FollowMeInput) (FollowMeRow, error) {
	if user, err := jid.Parse(holder); err == nil && user.Local() != "" {
		holder = user.Bare().String()
	}
	err := s.dir.write(ctx, by, "change when a device rings", func(t *txn) error {
		manages, err := t.mayFollowMe(holder)
		if err != nil {
			return err
		}
		kind, err := t.heldDevice(holder, device)
		if err != nil {
			return err
		}
		before, err := t.followMe(holder, device, kind)
		if err != nil {
			return err
		}
		in := change(before.FollowMeInput)
		switch {
		case in == before.FollowMeInput && revision == AnyRevision:
			return errUnchanged
		case !manages && !before.UserConfigurable:
			return fault.New(fault.Forbidden, "when this device rings is set by an administrator")
		case revision != AnyRevision && revision != before.Revision:
			return conflict(before.ChangedBy, before.Changed, before)
		case !manages:
			in.UserConfigurable = true
		}
		bad := in.check()
		if in.GSM && (kind != MobileDevice || jid.Canonical(holder).Local() == "") {
			bad.add("gsm", "not_mobile", "GSM mode is for mobile telephones of users")
		}
		if err := bad.orNil(); err != nil {
			return err
		}
		if in == before.FollowMeInput || !stores {
			return errUnchanged
		}
		return t.putFollowMe(holder, device, &in)
	})
	if err != nil {
		return FollowMeRow{}, err
	}
	return s.Get(holder, device)
}

// mayFollowMe refuses who may change nothing of what a user or a location has, and reports whether the one who acts may everything.
func (t *txn) mayFollowMe(holder string) (manages bool, err error) {
	if user := jid.Canonical(holder); user.Local() != "" {
		record, err := t.get(user)
		if err == nil && record.InBin() {
			err = fault.Newf(fault.NotFound, "there is no user %s", user)
		}
		if err != nil {
			return false, err
		}
		if err = t.mayManageUser(record.Role); err != nil && t.by == user && record.Active() {
			return false, nil
		}
		return err == nil, err
	}
	if _, err := t.object(Locations, holder); err != nil {
		return false, err
	}
	if err = t.mayManage(); err == nil {
		return true, nil
	}
	if sitter, failed := t.sitter(holder); failed != nil || !sitter.IsZero() && sitter == t.by {
		return false, failed
	}
	return false, err
}

// heldDevice returns of what kind a device of a user or of a location is.
func (t *txn) heldDevice(holder, id string) (kind string, err error) {
	if id == XMPPDevice && jid.Canonical(holder).Local() != "" {
		return XMPPDevice, nil
	}
	device, err := t.object(Devices, id)
	if fault.Is(err, fault.NotFound) || err == nil && (device.heldBy() != holder || !device.rings()) {
		return "", fault.New(fault.NotFound, "there is no such device here")
	}
	return device.Device, err
}

// heldBy is who holds a device, as FollowMe names him; empty for nobody.
func (o *Object) heldBy() string {
	if o.Location != "" {
		return o.Location
	}
	return o.Owner.String()
}

const followMeColumns = "holder, device, form, revision, changed, changed_by"

func scanFollowMe(rows *store.Rows) (FollowMeRow, error) {
	var row FollowMeRow
	var form, by string
	var changed int64
	if err := rows.Scan(&row.Holder, &row.Device, &form, &row.Revision, &changed, &by); err != nil {
		return row, err
	}
	row.Changed = fromMillis(changed)
	var err error
	row.ChangedBy, err = parseActor(by)
	return row, errors.Join(err, json.Unmarshal([]byte(form), &row.FollowMeInput))
}

func (f *found) followMeRow(rows *store.Rows) error {
	row, err := scanFollowMe(rows)
	f.followMe = append(f.followMe, row)
	return err
}

// followMe reads when a device of a kind rings, in the transaction.
func (t *txn) followMe(holder, device, kind string) (FollowMeRow, error) {
	rows, err := t.Query("SELECT "+followMeColumns+" FROM directory_followme WHERE holder = $1 AND device = $2", holder, device)
	if err != nil || !rows.Next() {
		return FollowMeRow{Holder: holder, Device: device, Kind: kind, FollowMeInput: DefaultFollowMe(kind)}, err
	}
	row, err := scanFollowMe(rows)
	row.Kind = kind
	return row, err
}

func (t *txn) putFollowMe(holder, device string, in *FollowMeInput) error {
	form, err := json.Marshal(in)
	if err != nil {
		return err
	}
	_, err = t.Exec("INSERT INTO directory_followme ("+followMeColumns+") VALUES "+placeholders(1, 6)+" ON CONFLICT (holder, device) DO UPDATE SET"+
		" form = excluded.form, revision = excluded.revision, changed = excluded.changed, changed_by = excluded.changed_by",
		holder, device, string(form), t.note(FollowMeChanged, holder), millis(now()), t.by.String())
	return err
}

// forgetFollowMe deletes what is set for a device by others than who holds it now: an empty holder is nobody.
func (t *txn) forgetFollowMe(device, holder string) error {
	rows, err := t.Query("SELECT holder FROM directory_followme WHERE device = $1 AND holder <> $2", device, holder)
	if err != nil || rows.Len() == 0 {
		return err
	}
	for rows.Next() {
		var before string
		if err := rows.Scan(&before); err != nil {
			return err
		}
		t.note(FollowMeChanged, before)
	}
	_, err = t.Exec("DELETE FROM directory_followme WHERE device = $1 AND holder <> $2", device, holder)
	return err
}
