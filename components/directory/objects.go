package directory

import (
	"context"

	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// Objects is the service for devices, teams and locations. Some devices come and go with the switches of their users.
type Objects struct{ dir *Directory }

// List returns all objects of a kind, sorted by name.
func (o *Objects) List(kind Kind) []Object {
	var all []Object
	o.dir.model.withObjects(kind, func(order []*objectEntry) {
		all = make([]Object, len(order))
		for i, e := range order {
			all[i] = e.Object
		}
	})
	return all
}

// Count returns how many objects of a kind there are.
func (o *Objects) Count(kind Kind) int {
	m := o.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	if kind == Users || !kind.Known() {
		return 0
	}
	return m.slots[kind.index()].count()
}

// Get returns an object; fault.NotFound when there is none.
func (o *Objects) Get(kind Kind, id string) (Object, error) {
	m := o.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	if e := m.objects[objectKey{kind, id}]; e != nil {
		return e.Object, nil
	}
	return Object{}, fault.Newf(fault.NotFound, "there is no such %.32s", kind)
}

// DevicesOf returns the devices of a user, sorted by name.
func (o *Objects) DevicesOf(owner jid.JID) []Object {
	m := o.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.sortedDevices(m.devices[owner.Bare()])
}

// Create makes a team or a location. Errors for fields are FieldErrors.
func (o *Objects) Create(ctx context.Context, by jid.JID, kind Kind, in ObjectInput) (Object, error) {
	id := newID()
	if err := o.save(ctx, by, kind, in, func(t *txn) (Object, error) { return Object{Kind: kind, ID: id}, nil }); err != nil {
		return Object{}, err
	}
	return o.Get(kind, id)
}

// Update saves the form of a team or location that was read at a revision. When it was changed since, the error is a *ConflictError.
func (o *Objects) Update(ctx context.Context, by jid.JID, kind Kind, id string, revision int64, in ObjectInput) (Object, error) {
	err := o.save(ctx, by, kind, in, func(t *txn) (Object, error) {
		object, err := t.object(kind, id)
		if err == nil && object.Revision != revision {
			err = conflict(object.ChangedBy, object.Changed, object)
		}
		return object, err
	})
	if err != nil {
		return Object{}, err
	}
	return o.Get(kind, id)
}

func (o *Objects) save(ctx context.Context, by jid.JID, kind Kind, in ObjectInput, start func(*txn) (Object, error)) error {
	if kind != Teams && kind != Locations {
		return fault.Newf(fault.Invalid, "a %.32s is not made by hand", kind)
	}
	in = in.tidy()
	if err := in.check(kind).orNil(); err != nil {
		return err
	}
	return o.dir.write(ctx, by, "save "+string(kind), func(t *txn) error {
		if err := t.mayManage(); err != nil {
			return err
		}
		object, err := start(t)
		if err != nil {
			return err
		}
		if object.Name == in.Name && object.Extension == in.Extension {
			return errUnchanged
		}
		taken, err := t.claim(in.Extension, object.Extension, PoolTeam, object.ID)
		if err != nil {
			return err
		}
		if taken {
			o.dir.model.mu.RLock()
			defer o.dir.model.mu.RUnlock()
			return FieldErrors{o.dir.extensionTaken("extension", in.Extension, PoolTeam)}.orNil()
		}
		object.Name, object.Extension = in.Name, in.Extension
		return t.putObject(&object)
	})
}

// Delete removes a team, a location, or a device that was made by hand.
func (o *Objects) Delete(ctx context.Context, by jid.JID, kind Kind, id string) error {
	if kind != Teams && kind != Locations && kind != Devices {
		return fault.Newf(fault.Invalid, "a %.32s is not deleted by hand", kind)
	}
	return o.dir.write(ctx, by, "delete "+string(kind), func(t *txn) error {
		if err := t.mayManage(); err != nil {
			return err
		}
		object, err := t.object(kind, id)
		if err != nil {
			return err
		}
		if object.BySwitch {
			return fault.Newf(fault.Conflict, "the %s of %s comes and goes with the switch in the user's form", object.Device, object.Owner)
		}
		return t.removeObject(&object)
	})
}
