package directory

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

// SIPRealm is the realm of all devices' secrets: the main domain.
func (d *Directory) SIPRealm() string { return d.domains[0] }

// SIPDevice returns the device with this SIP user name, from memory. There is none without a secret, nor one of a user who is disabled or in
// the bin.
func (o *Objects) SIPDevice(user string) (SIPDevice, bool) {
	m := o.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.sipDevice(m.sip[user])
}

// SIPDeviceByID is SIPDevice by the ID of the device.
func (o *Objects) SIPDeviceByID(id string) (SIPDevice, bool) {
	m := o.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.sipDevice(m.objects[objectKey{Devices, id}])
}

func (m *model) sipDevice(e *objectEntry) (SIPDevice, bool) {
	if e == nil || e.keys == nil {
		return SIPDevice{}, false
	}
	holder := m.holder(&e.Object)
	if owner := m.accounts[holder]; !holder.IsZero() && (owner == nil || !owner.active()) {
		return SIPDevice{}, false
	}
	return SIPDevice{ID: e.ID, Name: e.Name, Owner: holder, Location: e.Location, User: e.SIPUser, Keys: *e.keys, Encryption: e.Encryption}, true
}

// CreateDevice makes a device by hand. It has a SIP user name, and a secret from NewSecret on. Errors for fields are FieldErrors.
func (o *Objects) CreateDevice(ctx context.Context, by jid.JID, in DeviceInput) (Object, error) {
	id := newID()
	in = in.tidy()
	if err := in.check(false).orNil(); err != nil {
		return Object{}, err
	}
	err := o.dir.write(ctx, by, "create device", func(t *txn) error {
		if err := t.mayManage(); err != nil {
			return err
		}
		if err := t.checkOwner("owner", in.Owner); err != nil {
			return err
		}
		if err := t.checkLocation(in.Location); err != nil {
			return err
		}
		return t.putObject(&Object{Kind: Devices, ID: id, Name: in.Name, Device: in.Device, Owner: in.Owner, Location: in.Location, Encryption: in.Encryption})
	})
	if err != nil {
		return Object{}, err
	}
	return o.Get(Devices, id)
}

// UpdateDevice saves the form of a SIP device that was read at a revision. When it was changed since, the error is a *ConflictError. What a switch
// has made takes encryption from the form only.
func (o *Objects) UpdateDevice(ctx context.Context, by jid.JID, id string, revision int64, in DeviceInput) (Object, error) {
	in = in.tidy()
	err := o.dir.write(ctx, by, "change device", func(t *txn) error {
		device, err := t.sipDevice(id)
		if err != nil {
			return err
		}
		if device.Revision != revision {
			return conflict(device.ChangedBy, device.Changed, device)
		}
		in.Device = device.Device
		if err := in.check(device.BySwitch).orNil(); err != nil {
			return err
		}
		before := device
		device.Encryption = in.Encryption
		if !device.BySwitch {
			if err := t.checkOwner("owner", in.Owner); err != nil && in.Owner != device.Owner {
				return err
			}
			if err := t.checkLocation(in.Location); err != nil {
				return err
			}
			device.Name, device.Owner, device.Location = in.Name, in.Owner, in.Location
		}
		if device == before {
			return errUnchanged
		}
		return t.putObject(&device)
	})
	if err != nil {
		return Object{}, err
	}
	return o.Get(Devices, id)
}

// AssignDevices gives devices that nobody has to a user, and takes others from him, in one transaction.
func (o *Objects) AssignDevices(ctx context.Context, by, user jid.JID, assign, unassign []string) error {
	user = user.Bare()
	return o.dir.write(ctx, by, "assign devices to "+user.String(), func(t *txn) error {
		if err := t.mayManage(); err != nil {
			return err
		}
		if user.IsZero() {
			return fault.New(fault.NotFound, "there is no such user")
		}
		if err := t.checkOwner("user", user); err != nil {
			return err
		}
		given, err := t.moveDevices(assign, belonging{}, belonging{owner: user})
		if err != nil {
			return err
		}
		taken, err := t.moveDevices(unassign, belonging{owner: user}, belonging{})
		if err == nil && given+taken == 0 {
			err = errUnchanged
		}
		return err
	})
}

// belonging is where a device belongs: to a user, to a location, or nowhere.
type belonging struct {
	owner    jid.JID
	location string
}

// moveDevices changes where devices belong, and returns how many do elsewhere now.
func (t *txn) moveDevices(ids []string, from, to belonging) (moved int, err error) {
	for _, id := range ids {
		device, err := t.sipDevice(id)
		now := belonging{device.Owner, device.Location}
		switch {
		case err != nil:
			return 0, err
		case now == to:
			continue
		case device.BySwitch:
			return 0, fault.Newf(fault.Conflict, "the %s of %s comes and goes with the switch in the user's form", device.Device, device.Owner)
		case device.Location != from.location:
			return 0, fault.Newf(fault.Conflict, "the device %q belongs to another location", device.Name)
		case device.Owner != from.owner:
			return 0, fault.Newf(fault.Conflict, "the device %q belongs to %s", device.Name, device.Owner)
		}
		device.Owner, device.Location = to.owner, to.location
		if err := t.putObject(&device); err != nil {
			return 0, err
		}
		moved++
	}
	return moved, nil
}

// NewSecret gives a device a new secret, and returns it: this is the only time that it is known here. What was registered with the old one
// is refused from now on.
func (o *Objects) NewSecret(ctx context.Context, by jid.JID, id string) (string, error) {
	secret := randomText(secretSize)
	err := o.dir.write(ctx, by, "renew the secret of a device", func(t *txn) error {
		device, err := t.sipDevice(id)
		if err != nil {
			return err
		}
		if device.SIPUser == "" {
			if device.SIPUser, err = t.newSIPUser(&device); err != nil {
				return err
			}
		}
		realm := o.dir.SIPRealm()
		keys := NewHA1(device.SIPUser, realm, secret)
		sealed, err := o.dir.seal.Seal(keys.sealText(realm))
		if err != nil {
			return err
		}
		device.SecretSince = now()
		if err := t.putObject(&device); err != nil {
			return err
		}
		_, err = t.Exec("UPDATE directory_object SET sip_keys = $2 WHERE kind = 'device' AND id = $1", id, sealed)
		return err
	})
	if err != nil {
		return "", err
	}
	return secret, nil
}

// sipDevice returns a device that may be changed by who acts.
func (t *txn) sipDevice(id string) (Object, error) {
	if err := t.mayManage(); err != nil {
		return Object{}, err
	}
	device, err := t.object(Devices, id)
	if err == nil && !device.SIP() {
		err = fault.Newf(fault.Invalid, "a %s device does not speak SIP", device.Device)
	}
	return device, err
}

// checkOwner refuses a user whom nobody can reach. A zero owner is fine.
func (t *txn) checkOwner(field string, owner jid.JID) error {
	if owner.IsZero() {
		return nil
	}
	record, err := t.get(owner)
	if fault.Is(err, fault.NotFound) || err == nil && record.InBin() {
		return FieldErrors{{Field: field, Code: "unknown", Text: "there is no such user"}}.orNil()
	}
	return err
}

// checkLocation accepts a location that exists, or none.
func (t *txn) checkLocation(id string) error {
	if id == "" {
		return nil
	}
	_, err := t.object(Locations, id)
	if fault.Is(err, fault.NotFound) {
		return FieldErrors{{Field: "location", Code: "unknown", Text: "there is no such location"}}.orNil()
	}
	return err
}

// sipUserTries is how often a user name is drawn again that another device has: with 31^4 tails so many are taken only by a fault.
const sipUserTries = 100

// newSIPUser draws a user name that no device has.
func (t *txn) newSIPUser(o *Object) (string, error) {
	extension := ""
	if !o.Owner.IsZero() {
		record, err := t.get(o.Owner)
		if err != nil {
			return "", err
		}
		extension = record.Extension
	}
	for range sipUserTries {
		user := newSIPUser(extension, o.Owner.Local())
		var one int
		switch err := t.QueryRow("SELECT 1 FROM directory_object WHERE sip_user = $1 AND sip_user <> ''", user).Scan(&one); {
		case errors.Is(err, store.ErrNoRows):
			return user, nil
		case err != nil:
			return "", err
		}
	}
	return "", fault.New(fault.Limit, "no SIP user name is free")
}

// unsealKeys decrypts the keys of devices. A device whose keys cannot be read registers nowhere until it has a new secret.
func (f *found) unsealKeys(seal *Sealer, realm string, log *slog.Logger) {
	for i := range f.objects {
		o := &f.objects[i]
		if o.sealed == nil {
			continue
		}
		text, err := seal.Open(o.sealed)
		if err == nil {
			var keys HA1
			if keys, err = parseHA1(text, realm); err == nil {
				o.keys = &keys
			}
		}
		if err != nil {
			log.Error("the secret of a device does not hold any more: give it a new one", "device", o.ID, "user", o.SIPUser, "err", err)
			o.SecretSince = time.Time{}
		}
	}
}
