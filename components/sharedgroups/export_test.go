package sharedgroups

import (
	"plenum/xmppd"
	"plenum/xmppd/jid"
)

// Snapshot is a snapshot for tests.
type Snapshot = snapshot

// Build makes a snapshot.
func Build(groups []Group, name func(jid.JID) string) *Snapshot {
	return build(groups, name, "guest.example.org")
}

// Compare finds the difference.
var Compare = compare

// Roster is what an owner sees, and its version.
func (s *snapshot) Roster(owner jid.JID) (items []xmppd.RosterItem, version string) {
	o := s.people[owner]
	if o == nil {
		return nil, nobody
	}
	for c := range o.contacts() {
		items = append(items, c.item(sharedNames(o, c)))
	}
	return items, o.circle.version
}

// Changes are those of an owner.
func (d *difference) Changes(owner jid.JID) (list []xmppd.RosterChange) {
	for ch := range d.changes(owner) {
		list = append(list, ch)
	}
	return list
}

// Count counts the changes of an owner.
func (d *difference) Count(owner jid.JID) (n int) {
	for range d.changes(owner) {
		n++
	}
	return n
}
