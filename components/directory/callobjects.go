package directory

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

func errNoCallObject() error {
	return fault.New(fault.NotFound, "there is no such menu, router, period, calendar, switch, template or label")
}

// Objects returns those of a kind, sorted by name; of all kinds with an empty one.
func (s *CallFlows) Objects(kind CallObjectKind) []CallObject {
	m := s.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	var all []CallObject
	for _, o := range m.callObjects {
		if kind == "" || o.Kind == kind {
			all = append(all, o.copy())
		}
	}
	slices.SortFunc(all, func(a, b CallObject) int { return a.byName(&b) })
	return all
}

func (o *CallObject) byName(other *CallObject) int {
	return cmp.Or(strings.Compare(fold(o.Name), fold(other.Name)), strings.Compare(o.ID, other.ID))
}

func (o *CallObject) copy() CallObject {
	c := *o
	c.CallObjectInput = o.clone()
	return c
}

// Object returns one; fault.NotFound when there is none.
func (s *CallFlows) Object(id string) (CallObject, error) {
	m := s.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	if o := m.callObjects[id]; o != nil {
		return o.copy(), nil
	}
	return CallObject{}, errNoCallObject()
}

// AtExtension returns the menu, router or switch whose extension this is. It reports false for a number that none has.
func (s *CallFlows) AtExtension(extension string) (CallObject, bool) {
	m := s.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	owner, ok := m.extensions[extension]
	if o := m.callObjects[owner.owner]; ok && owner.pool == PoolExtension && o != nil {
		return o.copy(), true
	}
	return CallObject{}, false
}

// CheckObject applies all rules to a form without saving it: the error has FieldErrors. An empty id stands for a new object.
func (s *CallFlows) CheckObject(id string, kind CallObjectKind, in CallObjectInput) error {
	in = in.tidy(kind)
	return s.checkObject(id, kind, &in).orNil()
}

func (s *CallFlows) checkObject(id string, kind CallObjectKind, in *CallObjectInput) FieldErrors {
	bad := in.check(kind)
	s.targetErrors("actions", id, in.Actions, &bad)
	s.conditionErrors("label.", in.Label.When, &bad)
	in.Menu.lists(func(name string, list []CallAction) { s.targetErrors("menu."+name, id, list, &bad) })
	for i, e := range in.Menu.Entries {
		s.targetErrors(fmt.Sprintf("menu.entries.%d.actions", i), "", e.Actions, &bad) // an entry may lead back to its menu
	}
	m := s.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	if owner, used := m.extensions[in.Extension]; in.Extension != "" && used && owner.owner != id {
		bad = append(bad, s.dir.extensionTaken("extension", in.Extension, PoolExtension))
	}
	for _, permission := range in.Permissions {
		if m.permissions[permission] == nil {
			bad.add("permissions", "unknown", fmt.Sprintf("there is no permission %.32q", permission))
		}
	}
	for _, o := range m.callObjects {
		if o.Kind == kind && o.ID != id && fold(o.Name) == fold(in.Name) {
			bad.add("name", "taken", "there is one of this name already")
		}
	}
	return bad
}

// CreateObject makes a menu, router, period, calendar or switch. Errors for fields are FieldErrors.
func (s *CallFlows) CreateObject(ctx context.Context, by jid.JID, kind CallObjectKind, in CallObjectInput) (CallObject, error) {
	id := newID()
	err := s.saveObject(ctx, by, id, kind, in, func(t *txn) (CallObject, error) {
		var n int
		if err := t.QueryRow("SELECT COUNT(*) FROM directory_callobject WHERE kind = $1", string(kind)).Scan(&n); err != nil {
			return CallObject{}, err
		}
		if n >= MaxCallObjects {
			return CallObject{}, fault.Newf(fault.Limit, "there are %d of them, and more cannot be", n)
		}
		return CallObject{ID: id, Kind: kind, On: in.Initial && kind == Switches}, nil
	})
	if err != nil {
		return CallObject{}, err
	}
	return s.Object(id)
}

// UpdateObject saves the form of an object that was read at a revision. When it was changed since, the error is a *ConflictError.
func (s *CallFlows) UpdateObject(ctx context.Context, by jid.JID, id string, revision int64, in CallObjectInput) (CallObject, error) {
	before, err := s.Object(id)
	if err != nil {
		return CallObject{}, err
	}
	err = s.saveObject(ctx, by, id, before.Kind, in, func(t *txn) (CallObject, error) {
		stored, err := t.callObject(id)
		if err == nil && stored.Revision != revision {
			err = conflict(stored.ChangedBy, stored.Changed, stored)
		}
		return stored, err
	})
	if err != nil {
		return CallObject{}, err
	}
	return s.Object(id)
}

func (s *CallFlows) saveObject(ctx context.Context, by jid.JID, id string, kind CallObjectKind, in CallObjectInput, start func(*txn) (CallObject, error)) error {
	in = in.tidy(kind)
	if err := s.checkObject(id, kind, &in).orNil(); err != nil {
		return err
	}
	return s.dir.write(ctx, by, "save "+string(kind)+" "+id, func(t *txn) error {
		if err := t.mayManage(); err != nil {
			return err
		}
		o, err := start(t)
		if err != nil {
			return err
		}
		taken, err := t.claim(in.Extension, o.Extension, PoolExtension, id)
		if err != nil {
			return err
		}
		if taken { // since it was checked
			return FieldErrors{{Field: "extension", Code: "taken", Text: "the extension is taken"}}.orNil()
		}
		o.CallObjectInput = in
		if o.Revision == 0 && kind == Menus {
			t.startMenu(s.dir.model, &o)
		}
		return t.putCallObject(&o)
	})
}

// DeleteObject removes one. Lines of actions that name it are passed over from then on, and conditions that do are not met.
func (s *CallFlows) DeleteObject(ctx context.Context, by jid.JID, id string) error {
	return s.dir.write(ctx, by, "delete "+id, func(t *txn) error {
		if err := t.mayManage(); err != nil {
			return err
		}
		if _, err := t.callObject(id); err != nil {
			return err
		}
		t.note(CallObjectChanged, id)
		if _, err := t.Exec("DELETE FROM directory_extension WHERE owner = $1", id); err != nil {
			return err
		}
		_, err := t.Exec("DELETE FROM directory_callobject WHERE id = $1", id)
		return err
	})
}

// SwitchesOf returns the switches that a user sees, sorted by name: those that are for a permission that he has. They are none for who is no active user.
func (s *CallFlows) SwitchesOf(user jid.JID) []CallObject {
	return slices.DeleteFunc(s.Objects(Switches), func(o CallObject) bool { return !s.SeesSwitch(user, o.ID) })
}

// SeesSwitch reports whether an object is a switch that a user sees.
func (s *CallFlows) SeesSwitch(user jid.JID, id string) bool {
	m := s.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	e, o := m.accounts[user.Bare()], m.callObjects[id]
	return e != nil && e.active() && o != nil && o.Kind == Switches && m.hasOne(e, o.Permissions)
}

// Switch turns a switch on or off. Everybody with an account may: it is there to be dialled. fault.NotFound says that there is no such switch.
func (s *CallFlows) Switch(ctx context.Context, by jid.JID, id string, on bool) (CallObject, error) {
	return s.turn(ctx, by, id, func(bool) bool { return on })
}

// Toggle turns a switch over.
func (s *CallFlows) Toggle(ctx context.Context, by jid.JID, id string) (CallObject, error) {
	return s.turn(ctx, by, id, func(on bool) bool { return !on })
}

func (s *CallFlows) turn(ctx context.Context, by jid.JID, id string, to func(on bool) bool) (CallObject, error) {
	err := s.dir.write(ctx, by, "turn the switch "+id, func(t *txn) error {
		if account, err := s.dir.Accounts.Get(ctx, t.by); !t.by.IsZero() && (err != nil || !account.Active()) {
			return fault.New(fault.Forbidden, "only users turn switches")
		}
		o, err := t.callObject(id)
		if err != nil {
			return err
		}
		if o.Kind != Switches {
			return errNoCallObject()
		}
		if to(o.On) == o.On {
			return errUnchanged
		}
		// The form is what it was: who edits it is not disturbed.
		t.note(CallObjectChanged, id)
		_, err = t.Exec("UPDATE directory_callobject SET switched = $2 WHERE id = $1", id, to(o.On))
		return err
	})
	if err != nil {
		return CallObject{}, err
	}
	return s.Object(id)
}

const callObjectColumns = "id, kind, folded, extension, form, switched, revision, changed, changed_by"

func scanCallObject(rows *store.Rows) (CallObject, error) {
	var o CallObject
	var folded, form, by string
	var changed int64
	if err := rows.Scan(&o.ID, &o.Kind, &folded, &o.Extension, &form, &o.On, &o.Revision, &changed, &by); err != nil {
		return o, err
	}
	o.Changed = fromMillis(changed)
	extension := o.Extension
	var err error
	o.ChangedBy, err = parseActor(by)
	err = errors.Join(err, json.Unmarshal([]byte(form), &o.CallObjectInput))
	o.Extension = extension
	return o, err
}

func (f *found) callObject(rows *store.Rows) error {
	o, err := scanCallObject(rows)
	f.callObjects = append(f.callObjects, &o)
	return err
}

// callObject reads one in the transaction.
func (t *txn) callObject(id string) (CallObject, error) {
	rows, err := t.Query("SELECT "+callObjectColumns+" FROM directory_callobject WHERE id = $1", id)
	if err != nil {
		return CallObject{}, err
	}
	if !rows.Next() {
		return CallObject{}, errNoCallObject()
	}
	return scanCallObject(rows)
}

func (t *txn) putCallObject(o *CallObject) error {
	form, err := json.Marshal(o.CallObjectInput)
	if err != nil {
		return err
	}
	folded := fold(o.Name)
	var other string
	switch err := t.QueryRow("SELECT id FROM directory_callobject WHERE kind = $1 AND folded = $2 AND id <> $3", string(o.Kind), folded, o.ID).Scan(&other); {
	case err == nil:
		return FieldErrors{{Field: "name", Code: "taken", Text: "there is one of this name already"}}.orNil()
	case !errors.Is(err, store.ErrNoRows):
		return err
	}
	_, err = t.Exec("INSERT INTO directory_callobject ("+callObjectColumns+") VALUES "+placeholders(1, 9)+" ON CONFLICT (id) DO UPDATE SET"+
		" folded = excluded.folded, extension = excluded.extension, form = excluded.form, revision = excluded.revision, changed = excluded.changed,"+
		" changed_by = excluded.changed_by",
		o.ID, string(o.Kind), folded, o.Extension, string(form), o.On, t.note(CallObjectChanged, o.ID), millis(now()), t.by.String())
	return err
}

// putCallObject takes one into the model, dropCallObject out of it.
func (m *model) putCallObject(o *CallObject) {
	m.dropCallObject(o.ID)
	m.callObjects[o.ID] = o
	m.takeExtension(o.Extension, PoolExtension, o.ID)
}

func (m *model) dropCallObject(id string) {
	if o := m.callObjects[id]; o != nil {
		m.freeExtension(o.Extension, id)
		delete(m.callObjects, id)
	}
}

// leadsCalls reports whether an ID is that of a menu or a router.
func (d *Directory) leadsCalls(id string) bool {
	o, err := d.CallFlows.Object(id)
	return err == nil && o.Kind != Switches && o.Kind.dialled()
}
