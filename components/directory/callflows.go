package directory

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

// CallFlows is the service for the actions of users and teams, and for what leads calls besides them. It answers from memory.
type CallFlows struct{ dir *Directory }

// A FlowOwner is a user or a team: whose actions they are.
type FlowOwner struct {
	Kind Kind // Users or Teams
	ID   string
}

// OfUser and OfTeam name them.
func OfUser(user jid.JID) FlowOwner { return FlowOwner{Users, user.Bare().String()} }

func OfTeam(id string) FlowOwner { return FlowOwner{Teams, id} }

// key is how the owner is stored.
func (o FlowOwner) key() string { return string(o.Kind) + ":" + o.ID }

func flowOwner(key string) FlowOwner {
	kind, id, _ := strings.Cut(key, ":")
	return FlowOwner{Kind(kind), id}
}

// OwnedFlow is what an owner has set.
type OwnedFlow struct {
	Owner     FlowOwner
	Revision  int64 // 0 as long as nobody has changed anything
	Changed   time.Time
	ChangedBy jid.JID // zero: the server or its operator
	CallFlow
}

// Get returns the actions of a user or a team: none for who has set none. fault.NotFound says that there is no such owner.
func (s *CallFlows) Get(owner FlowOwner) (OwnedFlow, error) {
	m := s.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	if !m.ownsFlow(owner) {
		return OwnedFlow{}, fault.Newf(fault.NotFound, "there is no such %.32s", owner.Kind)
	}
	return m.flow(owner), nil
}

// ownsFlow reports whether there is somebody who can have actions.
func (m *model) ownsFlow(owner FlowOwner) bool {
	switch owner.Kind {
	case Users:
		e := m.accounts[jid.Canonical(owner.ID)]
		return e != nil && !e.inBin()
	case Teams:
		return m.objects[objectKey{Teams, owner.ID}] != nil
	}
	return false
}

func (m *model) flow(owner FlowOwner) OwnedFlow {
	if f := m.flows[owner]; f != nil {
		c := *f
		c.CallFlow = f.clone()
		return c
	}
	return OwnedFlow{Owner: owner}
}

// Of returns what Get does, and nothing for an owner that is not there.
func (s *CallFlows) Of(owner FlowOwner) CallFlow {
	f, _ := s.Get(owner)
	return f.CallFlow
}

// Check applies all rules to the lists of an owner without saving them: the error has FieldErrors.
func (s *CallFlows) Check(owner FlowOwner, in CallFlow) error {
	in = in.tidy()
	return s.check(owner, &in).orNil()
}

func (s *CallFlows) check(owner FlowOwner, in *CallFlow) (bad FieldErrors) {
	in.check(owner.Kind, &bad)
	in.lists(func(name string, list []CallAction) { s.targetErrors(name, owner.ID, list, &bad) })
	return bad
}

// targetErrors applies the rules for what the lines of a list name: that it is there, and not whose list it is.
func (s *CallFlows) targetErrors(name, own string, list []CallAction, bad *FieldErrors) {
	for i, a := range list {
		at := fmt.Sprintf("%s.%d.", name, i)
		if a.Kind == CallNumber && dialled(a.Target) {
			var wrong FieldErrors
			s.dir.Forwards.checkOutside(&wrong, s.callerFor(own), a.Target)
			for _, e := range wrong {
				bad.add(at+e.Field, e.Code, e.Text)
			}
		}
		s.dir.model.mu.RLock()
		s.dir.model.targetErrors(at, own, &a, bad)
		s.dir.model.mu.RUnlock()
	}
}

// conditionErrors applies the rule that what a condition names is there.
func (s *CallFlows) conditionErrors(at string, c Condition, bad *FieldErrors) {
	s.dir.model.mu.RLock()
	defer s.dir.model.mu.RUnlock()
	s.dir.model.conditionErrors(at, c, bad)
}

// callerFor is in whose name a list calls a number: the user's whose list it is, nobody's for others.
func (s *CallFlows) callerFor(own string) *Account {
	if e := s.dir.model.account(jid.Canonical(own)); e != nil {
		a := e.account()
		return &a
	}
	return &Account{}
}

func (m *model) targetErrors(at, own string, a *CallAction, bad *FieldErrors) {
	self := a.Target == own
	there := true
	switch a.Kind {
	case CallTeam:
		there = m.objects[objectKey{Teams, a.Target}] != nil
	case CallMenu:
		there = m.isCallObject(a.Target, Menus)
	case CallRouter:
		there = m.isCallObject(a.Target, CallRouters)
	case CallExtension:
		var owner extensionOwner
		if owner, there = m.callable(a.Target); there {
			self = owner.owner == own
		}
	case CallVoicemail:
		user, err := jid.Parse(a.Box)
		switch team := a.TeamBox(); {
		case team != "" && m.objects[objectKey{Teams, team}] == nil:
			bad.add(at+"box", "unknown", "there is no such user, and no such team")
		case a.Box != "" && team == "" && err == nil && (m.accounts[user] == nil || m.accounts[user].inBin()):
			bad.add(at+"box", "unknown", "there is no user "+a.Box)
		}
	}
	switch {
	case a.Target != "" && !there:
		bad.add(at+"target", "unknown", "this does not exist")
	case a.Target != "" && self:
		bad.add(at+"target", "self", "the call would come back to this list")
	}
	m.conditionErrors(at, a.When, bad)
}

func (m *model) conditionErrors(at string, c Condition, bad *FieldErrors) {
	if c.Object != "" && !m.isCallObject(c.Object, CallObjectKind(c.Kind)) {
		bad.add(at+"when.object", "unknown", "this does not exist")
	}
}

func (m *model) isCallObject(id string, kind CallObjectKind) bool {
	return m.callObjects[id] != nil && m.callObjects[id].Kind == kind
}

// callable is who can be called at an extension: a user, a team, a menu or a router.
func (m *model) callable(extension string) (owner extensionOwner, ok bool) {
	owner, ok = m.extensions[extension]
	switch {
	case !ok:
	case owner.pool == PoolAccount, owner.pool == PoolTeam:
		return owner, true
	case owner.pool == PoolExtension:
		o := m.callObjects[owner.owner]
		return owner, o != nil && o.Kind != Switches
	}
	return owner, false
}

// Set saves the lists of an owner that were read at a revision. When they were changed since, the error is a *ConflictError. The option in the form of a user
// follows.
func (s *CallFlows) Set(ctx context.Context, by jid.JID, owner FlowOwner, revision int64, in CallFlow) (OwnedFlow, error) {
	if owner.Kind == Users {
		owner.ID = jid.Canonical(owner.ID).String()
	}
	if _, err := s.Get(owner); err != nil {
		return OwnedFlow{}, err
	}
	in = in.tidy()
	if err := s.check(owner, &in).orNil(); err != nil {
		return OwnedFlow{}, err
	}
	err := s.dir.write(ctx, by, "change the actions of "+owner.ID, func(t *txn) error {
		if err := t.mayManage(); err != nil {
			return err
		}
		before, err := t.flow(owner)
		if err != nil {
			return err
		}
		if before.Revision != revision {
			return conflict(before.ChangedBy, before.Changed, before)
		}
		if owner.Kind == Teams {
			if _, err := t.object(Teams, owner.ID); err != nil {
				return err
			}
		} else if err := t.showVoicemail(owner, &in); err != nil {
			return err
		}
		return t.putFlow(owner, &in)
	})
	if err != nil {
		return OwnedFlow{}, err
	}
	return s.Get(owner)
}

// showVoicemail has the form of a user show what his lists say.
func (t *txn) showVoicemail(owner FlowOwner, f *CallFlow) error {
	record, err := t.get(jid.Canonical(owner.ID))
	if err != nil {
		return err
	}
	if err := t.mayManageUser(record.Role); err != nil || record.Voicemail == f.Voicemail() {
		return err
	}
	record.Voicemail = f.Voicemail()
	return t.put(&record, AccountEdited)
}

// fitVoicemail has the lists of a user say what his form shows.
func (t *txn) fitVoicemail(r *Record) error {
	owner := OfUser(r.JID)
	before, err := t.flow(owner)
	if err != nil || before.Voicemail() == r.Voicemail {
		return err
	}
	after := before.withVoicemail(r.Voicemail)
	return t.putFlow(owner, &after)
}

const flowColumns = "owner, form, revision, changed, changed_by"

func scanFlow(rows *store.Rows) (OwnedFlow, error) {
	var f OwnedFlow
	var owner, form, by string
	var changed int64
	if err := rows.Scan(&owner, &form, &f.Revision, &changed, &by); err != nil {
		return f, err
	}
	f.Owner, f.Changed = flowOwner(owner), fromMillis(changed)
	var err error
	f.ChangedBy, err = parseActor(by)
	return f, errors.Join(err, json.Unmarshal([]byte(form), &f.CallFlow))
}

func (f *found) flow(rows *store.Rows) error {
	one, err := scanFlow(rows)
	f.flows = append(f.flows, &one)
	return err
}

// flow reads what an owner has set in the transaction.
func (t *txn) flow(owner FlowOwner) (OwnedFlow, error) {
	rows, err := t.Query("SELECT "+flowColumns+" FROM directory_callflow WHERE owner = $1", owner.key())
	if err != nil || !rows.Next() {
		return OwnedFlow{Owner: owner}, err
	}
	return scanFlow(rows)
}

func (t *txn) putFlow(owner FlowOwner, f *CallFlow) error {
	form, err := json.Marshal(f)
	if err != nil {
		return err
	}
	_, err = t.Exec("INSERT INTO directory_callflow ("+flowColumns+") VALUES "+placeholders(1, 5)+" ON CONFLICT (owner) DO UPDATE SET"+
		" form = excluded.form, revision = excluded.revision, changed = excluded.changed, changed_by = excluded.changed_by",
		owner.key(), string(form), t.note(CallFlowChanged, owner.key()), millis(now()), t.by.String())
	return err
}

// removeFlow deletes the actions of who is gone.
func (t *txn) removeFlow(owner FlowOwner) error {
	n, err := t.Exec("DELETE FROM directory_callflow WHERE owner = $1", owner.key())
	if n > 0 {
		t.note(CallFlowChanged, owner.key())
	}
	return err
}
