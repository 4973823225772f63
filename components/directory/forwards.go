package directory

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

// Forwards is the service for the forwards of users. It answers from memory.
type Forwards struct{ dir *Directory }

// AnyRevision lets a form be saved whatever was changed since: by who has seen nothing of what he replaces, such as at a telephone.
const AnyRevision = -1

// Get returns the forward of a user, active or not; false when he has none.
func (s *Forwards) Get(user jid.JID) (Forward, bool) {
	m := s.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	f, ok := m.forwards[user.Bare()]
	return f, ok
}

// List returns all forwards, active or not, sorted by user. Those of users in the bin are left out.
func (s *Forwards) List() []Forward {
	m := s.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	all := make([]Forward, 0, len(m.forwards))
	for user, f := range m.forwards {
		if e := m.accounts[user]; e != nil && !e.inBin() {
			all = append(all, f)
		}
	}
	slices.SortFunc(all, func(a, b Forward) int { return cmp.Compare(a.User.String(), b.User.String()) })
	return all
}

// May returns an error of the kind fault.Forbidden when somebody may not change the forward of a user: he may his own, that of others with
// redirect.group, and administrators may those of all who are not above them.
func (s *Forwards) May(by, user jid.JID) error {
	by, user = by.Bare(), user.Bare()
	if by.IsZero() || by == user || s.dir.Permissions.Holds(by, RedirectGroup) {
		return nil
	}
	role := NoRole
	if e := s.dir.model.account(user); e != nil {
		role = e.role
	}
	if s.dir.allows(by, role) != nil {
		return fault.New(fault.Forbidden, "setting the forward of somebody else needs the permission redirect.group")
	}
	return nil
}

// Set saves the forward of a user that was read at a revision, 0 for none. When it was changed since, the error is a *ConflictError. A forward
// that is switched on may lead neither to the user himself nor, by forwards of others, back to him.
func (s *Forwards) Set(ctx context.Context, by, user jid.JID, revision int64, in ForwardInput) (Forward, error) {
	in, user = in.tidy(), user.Bare()
	if err := in.check().orNil(); err != nil {
		return Forward{}, err
	}
	err := s.change(ctx, by, user, revision, func(t *txn, before Forward, of *Account) error {
		if before.Revision != 0 && in.Target == before.Target && in.Active == before.Active {
			return errUnchanged
		}
		if in.Active || in.Target != before.Target { // what leads nowhere any more can be switched off
			if err := s.checkTarget(t, of, in); err != nil {
				return err
			}
		}
		_, err := t.Exec("INSERT INTO directory_forward ("+forwardColumns+") VALUES "+placeholders(1, 6)+" ON CONFLICT (jid) DO UPDATE SET"+
			" target = excluded.target, active = excluded.active, revision = excluded.revision, changed = excluded.changed, changed_by = excluded.changed_by",
			user.String(), in.Target, in.Active, t.note(ForwardChanged, user.String()), millis(now()), t.by.String())
		return err
	})
	if err != nil {
		return Forward{}, err
	}
	f, _ := s.Get(user)
	return f, nil
}

// Check applies all rules to a forward of a user that is switched on, without saving it.
func (s *Forwards) Check(ctx context.Context, by, user jid.JID, target string) error {
	in := ForwardInput{Target: target, Active: true}.tidy()
	if err := in.check().orNil(); err != nil {
		return err
	}
	return s.change(ctx, by, user.Bare(), AnyRevision, func(t *txn, _ Forward, of *Account) error {
		if err := s.checkTarget(t, of, in); err != nil {
			return err
		}
		return errUnchanged
	})
}

// Switch turns the forward that a user has on or off, and keeps its target; fault.NotFound when he has none.
func (s *Forwards) Switch(ctx context.Context, by, user jid.JID, on bool) (Forward, error) {
	f, ok := s.Get(user)
	if !ok {
		return Forward{}, errNoForward()
	}
	return s.Set(ctx, by, user, AnyRevision, ForwardInput{Target: f.Target, Active: on})
}

// Clear removes the forward of a user; fault.NotFound when he has none.
func (s *Forwards) Clear(ctx context.Context, by, user jid.JID) error {
	user = user.Bare()
	return s.change(ctx, by, user, AnyRevision, func(t *txn, before Forward, _ *Account) error {
		if before.Revision == 0 {
			return errNoForward()
		}
		t.note(ForwardChanged, user.String())
		_, err := t.Exec("DELETE FROM directory_forward WHERE jid = $1", user.String())
		return err
	})
}

func errNoForward() error { return fault.New(fault.NotFound, "the user has no forward") }

// change changes the forward of a user, if the one who acts may.
func (s *Forwards) change(ctx context.Context, by, user jid.JID, revision int64, fn func(*txn, Forward, *Account) error) error {
	if err := s.May(by, user); err != nil {
		return err
	}
	return s.dir.write(ctx, by, "change the forward of "+user.String(), func(t *txn) error {
		record, err := t.get(user)
		if err == nil && record.InBin() {
			err = fault.Newf(fault.NotFound, "there is no user %s", user)
		}
		if err != nil {
			return err
		}
		before, err := t.forward(user)
		if err != nil {
			return err
		}
		if revision != AnyRevision && revision != before.Revision {
			return conflict(before.ChangedBy, before.Changed, before)
		}
		return fn(t, before, &record.Account)
	})
}

// checkTarget refuses a forward that leads nowhere, or round in a circle.
func (s *Forwards) checkTarget(t *txn, of *Account, in ForwardInput) error {
	var bad FieldErrors
	if in.Target == ForwardToBox {
		return nil
	}
	if in.Target == of.Extension {
		bad.add("target", "self", "calls cannot be forwarded to the extension that they were made to")
		return bad.orNil()
	}
	owner, kind, err := t.extensionOwner(in.Target)
	if err != nil {
		return err
	}
	if kind == "" {
		s.checkOutside(&bad, of, in.Target)
	} else if kind != PoolAccount && kind != PoolTeam && !s.dir.leadsCalls(owner) {
		bad.add("target", "not_callable", "nobody can be called at this extension")
	}
	if len(bad) > 0 || !in.Active {
		return bad.orNil()
	}
	for range MaxForwards {
		if kind == PoolAccount && owner == of.JID.String() {
			bad.add("target", "circle", "by the forwards of others, calls would come back to who is called")
			return bad.orNil()
		}
		next, err := t.passesOn(owner, kind)
		if err != nil || next == "" {
			return err
		}
		if owner, kind, err = t.extensionOwner(next); err != nil {
			return err
		}
	}
	bad.add("target", "too_many", "calls would be forwarded too often, by the forwards of others")
	return bad.orNil()
}

// passesOn is to which number a call goes on from who has an extension: by the forward of a user, or from a team when nobody takes the call. It is empty
// when it stays there.
func (t *txn) passesOn(owner string, kind Pool) (string, error) {
	switch kind {
	case PoolAccount:
		if f, err := t.forward(jid.Canonical(owner)); err != nil || f.leads() {
			return f.Target, err
		}
	case PoolTeam:
		_, team, err := t.team(owner)
		return team.leads(), err
	}
	return "", nil
}

// checkOutside refuses a number outside that could not be called in the name of the user.
func (s *Forwards) checkOutside(bad *FieldErrors, of *Account, number string) {
	settings := s.dir.Telephony.Get()
	if _, emergency := settings.IsEmergency(number); emergency {
		bad.add("target", "emergency", "calls are not forwarded to emergency services")
		return
	}
	ways, err := Outbound(s.dir.Trunks.List(), &settings, number, Caller{Extension: of.Extension})
	switch {
	case fault.Is(err, fault.Unavailable):
	case err != nil && !strings.HasPrefix(number, "+") && fault.Is(err, fault.NotFound):
		bad.add("target", "unknown", "there is no such extension, and no trunk has a rule for this number")
	case err != nil:
		bad.add("target", "not_callable", fault.Text(err))
	case ways[0].PIN != "":
		bad.add("target", "asks_pin", "a number for which a PIN must be entered cannot be the target of a forward")
	}
}

const forwardColumns = "jid, target, active, revision, changed, changed_by"

func scanForward(rows *store.Rows) (Forward, error) {
	var f Forward
	var user, by string
	var changed int64
	if err := rows.Scan(&user, &f.Target, &f.Active, &f.Revision, &changed, &by); err != nil {
		return f, err
	}
	f.Changed = fromMillis(changed)
	var errs [2]error
	f.User, errs[0] = jid.Parse(user)
	f.ChangedBy, errs[1] = parseActor(by)
	return f, errors.Join(errs[:]...)
}

func (f *found) forward(rows *store.Rows) error {
	one, err := scanForward(rows)
	f.forwards = append(f.forwards, one)
	return err
}

// forward reads the forward of a user in the transaction; the zero value says that he has none.
func (t *txn) forward(user jid.JID) (Forward, error) {
	rows, err := t.Query("SELECT "+forwardColumns+" FROM directory_forward WHERE jid = $1", user.String())
	if err != nil || !rows.Next() {
		return Forward{}, err
	}
	return scanForward(rows)
}

// extensionOwner returns who has an extension, and of what kind he is; empty for nobody.
func (t *txn) extensionOwner(extension string) (owner string, kind Pool, err error) {
	err = t.QueryRow("SELECT owner, kind FROM directory_extension WHERE extension = $1", extension).Scan(&owner, &kind)
	if errors.Is(err, store.ErrNoRows) {
		return "", "", nil
	}
	return owner, kind, err
}
