package directory

import (
	"slices"

	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

func (t *txn) object(kind Kind, id string) (Object, error) {
	rows, err := t.Query(objectSelect+" WHERE kind = $1 AND id = $2", string(kind), id)
	if err != nil {
		return Object{}, err
	}
	if !rows.Next() {
		return Object{}, fault.Newf(fault.NotFound, "there is no such %s", kind)
	}
	object, _, err := scanObject(rows)
	return object, err
}

// devicesOf returns the devices of a user, in no order.
func (t *txn) devicesOf(owner jid.JID) ([]Object, error) {
	// The second condition lets SQLite use the index, which has no objects without owner.
	rows, err := t.Query(objectSelect+" WHERE owner = $1 AND owner <> ''", owner.String())
	if err != nil {
		return nil, err
	}
	var devices []Object
	for rows.Next() {
		device, _, err := scanObject(rows)
		if err != nil {
			return nil, err
		}
		devices = append(devices, device)
	}
	return devices, nil
}

// putObject writes an object, new or changed; keys of a device stay.
func (t *txn) putObject(o *Object) error {
	if o.SIP() && o.SIPUser == "" {
		var err error
		if o.SIPUser, err = t.newSIPUser(o); err != nil {
			return err
		}
	}
	if o.Kind == Devices {
		if err := t.forgetFollowMe(o.ID, o.heldBy()); err != nil {
			return err
		}
	}
	o.Revision, o.Changed, o.ChangedBy = t.note(ObjectChanged, o.ID), now(), t.by
	_, err := t.Exec("INSERT INTO directory_object ("+objectColumns+") VALUES "+placeholders(1, 14)+" ON CONFLICT (kind, id) DO UPDATE SET"+
		" name = excluded.name, device = excluded.device, owner = excluded.owner, extension = excluded.extension, revision = excluded.revision,"+
		" changed = excluded.changed, changed_by = excluded.changed_by, by_switch = excluded.by_switch, sip_user = excluded.sip_user,"+
		" secret_since = excluded.secret_since, encryption = excluded.encryption, location = excluded.location",
		string(o.Kind), o.ID, o.Name, o.Device, o.Owner.String(), o.Extension, o.Revision, millis(o.Changed), o.ChangedBy.String(),
		o.BySwitch, o.SIPUser, millis(o.SecretSince), string(o.Encryption), o.Location)
	return err
}

// removeObject deletes an object with its extension and assignments.
func (t *txn) removeObject(o *Object) error {
	t.note(ObjectChanged, o.ID)
	if o.Kind == Locations {
		if err := t.clearLocation(o.ID); err != nil {
			return err
		}
	}
	if o.Kind == Devices {
		if err := t.forgetFollowMe(o.ID, ""); err != nil {
			return err
		}
	}
	if _, err := t.Exec("DELETE FROM directory_extension WHERE owner = $1", o.ID); err != nil {
		return err
	}
	if _, err := t.Exec("DELETE FROM directory_assignment WHERE kind = $1 AND object = $2", string(o.Kind), o.ID); err != nil {
		return err
	}
	if o.Kind == Teams {
		if err := t.removeTeam(o.ID); err != nil {
			return err
		}
	}
	_, err := t.Exec("DELETE FROM directory_object WHERE kind = $1 AND id = $2", string(o.Kind), o.ID)
	return err
}

// fitDevices makes and removes the devices that the switches of a user stand for.
func (t *txn) fitDevices(r *Record) error {
	devices, err := t.devicesOf(r.JID)
	if err != nil {
		return err
	}
	for _, want := range []struct {
		device, extension string
		on                bool
	}{{SoftphoneDevice, "", r.Softphone}, {MobileDevice, "", r.Mobile}, {FaxDevice, r.FaxExtension, r.FaxExtension != ""}} {
		if err := t.fitDevice(r, devices, want.device, want.extension, want.on); err != nil {
			return err
		}
	}
	return nil
}

func (t *txn) fitDevice(r *Record, devices []Object, device, extension string, on bool) error {
	i := slices.IndexFunc(devices, func(o Object) bool { return o.BySwitch && o.Device == device })
	switch {
	case i < 0 && !on, i >= 0 && on && devices[i].Extension == extension:
		return nil
	case !on:
		return t.removeObject(&devices[i])
	case i < 0:
		return t.putObject(&Object{Kind: Devices, ID: newID(), Name: device, Device: device, Owner: r.JID, Extension: extension, BySwitch: true})
	}
	devices[i].Extension = extension
	return t.putObject(&devices[i])
}
