package directory

import (
	"cmp"
	"slices"
	"strings"

	"plenum/xmppd/jid"
)

type objectKey struct {
	kind Kind
	id   string
}

// objectEntry is a device, team or location with what lists of it need. A device that comes with a switch has the name of its owner.
type objectEntry struct {
	Object
	slot     int
	search   string
	sortName string
	keys     *HA1 // of a device that has a secret
}

func (m *model) putObject(o objectRow) {
	e := &objectEntry{Object: o.Object, keys: o.keys}
	if old := m.objects[objectKey{o.Kind, o.ID}]; old != nil {
		e.slot = old.slot
		m.forgetObject(old)
	} else {
		e.slot = m.slots[o.Kind.index()].take()
	}
	if o.SIPUser != "" {
		m.sip[o.SIPUser] = e
	}
	if o.BySwitch {
		e.Name = m.deviceName(&o.Object)
	}
	if !o.Owner.IsZero() {
		m.devices[o.Owner] = append(m.devices[o.Owner], o.ID)
	}
	if o.Location != "" {
		m.places[o.Location] = append(m.places[o.Location], o.ID)
	}
	e.sortName = fold(e.Name)
	e.search = e.sortName + "\n" + o.Owner.Local() + "\n" + o.Extension + "\n" + o.SIPUser
	m.objects[objectKey{o.Kind, o.ID}] = e
	if o.Kind == Teams {
		m.takeExtension(o.Extension, PoolTeam, o.ID)
	}
	m.objectsChanged(o.Kind)
}

// forgetObject takes out what else the model knows of an object.
func (m *model) forgetObject(e *objectEntry) {
	m.freeExtension(e.Extension, e.ID)
	if m.sip[e.SIPUser] == e {
		delete(m.sip, e.SIPUser)
	}
	if ids := slices.DeleteFunc(m.devices[e.Owner], func(id string) bool { return id == e.ID }); len(ids) > 0 {
		m.devices[e.Owner] = ids
	} else {
		delete(m.devices, e.Owner)
	}
	if ids := slices.DeleteFunc(m.places[e.Location], func(id string) bool { return id == e.ID }); len(ids) > 0 {
		m.places[e.Location] = ids
	} else {
		delete(m.places, e.Location)
	}
}

func (m *model) dropObject(kind Kind, id string) {
	e := m.objects[objectKey{kind, id}]
	if e == nil {
		return
	}
	m.forgetObject(e)
	m.freeSlot(kind, e.slot)
	delete(m.objects, objectKey{kind, id})
	m.objectsChanged(kind)
}

func (m *model) objectsChanged(kind Kind) {
	delete(m.objectOrders, kind)
	if kind == Teams {
		m.groups = nil
	}
}

// deviceName says whose a device is that has no name of its own.
func (m *model) deviceName(o *Object) string {
	owner := o.Owner.Local()
	if e := m.accounts[o.Owner]; e != nil {
		owner = e.field(entryName)
	}
	return owner + " (" + deviceNames[o.Device] + ")"
}

var deviceNames = map[string]string{SoftphoneDevice: "Softphone", MobileDevice: "Mobile", FaxDevice: "Fax"}

// renameDevices follows the display name of an owner.
func (m *model) renameDevices(owner jid.JID) {
	for _, id := range slices.Clone(m.devices[owner]) {
		e := m.objects[objectKey{Devices, id}]
		m.putObject(objectRow{Object: e.Object, keys: e.keys})
	}
}

// withObjects calls read, with the lock for reading held, with all objects of a kind by their names.
func (m *model) withObjects(kind Kind, read func([]*objectEntry)) {
	m.mu.RLock()
	if m.objectOrders[kind] == nil {
		m.mu.RUnlock()
		m.mu.Lock()
		m.orderObjects(kind)
		m.mu.Unlock()
		m.mu.RLock()
	}
	defer m.mu.RUnlock()
	read(m.objectOrders[kind])
}

// orderObjects returns all objects of a kind by their names, to who holds the lock.
func (m *model) orderObjects(kind Kind) []*objectEntry {
	if order := m.objectOrders[kind]; order != nil {
		return order
	}
	order := make([]*objectEntry, 0)
	for key, e := range m.objects {
		if key.kind == kind {
			order = append(order, e)
		}
	}
	slices.SortFunc(order, func(a, b *objectEntry) int {
		return cmp.Or(strings.Compare(a.sortName, b.sortName), strings.Compare(a.ID, b.ID))
	})
	m.objectOrders[kind] = order
	return order
}
