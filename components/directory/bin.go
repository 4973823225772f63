package directory

import (
	"context"
	"errors"
	"fmt"
	"time"

	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// BulkAction is what is done to many users at once.
type BulkAction string

const (
	BulkDisable BulkAction = "disable"
	BulkEnable  BulkAction = "enable"
	BulkTrash   BulkAction = "delete" // into the bin
	BulkRestore BulkAction = "restore"
)

// BulkError says why one of many users was left out.
type BulkError struct {
	JID jid.JID
	Err error // has a fault.Kind
}

// MaxBulk is the most users of one bulk action.
const MaxBulk = 10000

// Bulk does the same to many users in one transaction. Those for whom it is refused are left out and named; the others are done. Users for whom
// there is nothing to do count as done.
func (a *Accounts) Bulk(ctx context.Context, by jid.JID, action BulkAction, users []jid.JID) ([]BulkError, error) {
	kind, change := AccountEdited, (func(*txn, *Record) error)(nil)
	switch action {
	case BulkDisable:
		kind, change = AccountDisabled, disable
	case BulkEnable:
		kind, change = AccountEnabled, enable
	case BulkTrash:
		kind, change = AccountBinned, trash
	case BulkRestore:
		kind, change = AccountRestored, restore
	default:
		return nil, fault.Newf(fault.Invalid, "%.32q cannot be done to many users", action)
	}
	if len(users) > MaxBulk {
		return nil, fault.Newf(fault.Limit, "more than %d users at once", MaxBulk)
	}
	var refused []BulkError
	err := a.dir.write(ctx, by, "change many users", func(t *txn) error {
		refused = nil
		if err := t.mayManage(); err != nil {
			return err
		}
		for _, user := range users {
			switch err := t.changeUser(user, kind, change); {
			case err == nil, errors.Is(err, errUnchanged):
			case fault.KindOf(err) == fault.Internal:
				return err
			default:
				refused = append(refused, BulkError{user, err})
			}
		}
		return nil
	})
	return refused, err
}

// changeUser changes one user in one way, if the one who acts may.
func (t *txn) changeUser(user jid.JID, kind ChangeKind, change func(*txn, *Record) error) error {
	record, err := t.get(user)
	if err != nil {
		return err
	}
	if err := t.mayManageUser(record.Role); err != nil {
		return err
	}
	if err := change(t, &record); err != nil {
		return err
	}
	return t.put(&record, kind)
}

func trash(t *txn, r *Record) error {
	if r.InBin() {
		return errUnchanged
	}
	if r.JID == t.by {
		return fault.New(fault.Conflict, "you cannot delete yourself")
	}
	if err := t.keepAdministrator(r); err != nil {
		return err
	}
	r.Deleted = now()
	return t.leave(r.JID)
}

func restore(_ *txn, r *Record) error {
	if !r.InBin() {
		return errUnchanged
	}
	r.Deleted = time.Time{}
	return nil
}

// Trash puts a user into the bin: he cannot log in and is in no group, but name, extension, permissions and everything else of him stay, until
// Restore or, after the days that the configuration says, for ever.
func (a *Accounts) Trash(ctx context.Context, by, bare jid.JID) error {
	return a.one(ctx, by, bare, AccountBinned, trash)
}

// Restore takes a user out of the bin.
func (a *Accounts) Restore(ctx context.Context, by, bare jid.JID) error {
	return a.one(ctx, by, bare, AccountRestored, restore)
}

func (a *Accounts) one(ctx context.Context, by, bare jid.JID, kind ChangeKind, change func(*txn, *Record) error) error {
	return a.dir.write(ctx, by, fmt.Sprintf("change user %s", bare), func(t *txn) error {
		return t.changeUser(bare, kind, change)
	})
}

// Purge removes a user who is in the bin for ever, with all that is kept of him (RemoveWith).
func (a *Accounts) Purge(ctx context.Context, by, bare jid.JID) error {
	user, err := a.Get(ctx, bare)
	if err != nil {
		return err
	}
	if !user.InBin() {
		return fault.New(fault.Conflict, "only a user in the bin can be removed for ever")
	}
	if err := a.dir.allows(by, user.Role); err != nil {
		return err
	}
	if a.remover == nil {
		return a.Delete(ctx, bare)
	}
	return a.remover(ctx, bare)
}

// Expired returns those whose time in the bin is over.
func (a *Accounts) Expired() []jid.JID {
	before := millis(time.Now().AddDate(0, 0, -a.dir.cfg.BinDays))
	m := a.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	var expired []jid.JID
	for bare, e := range m.accounts {
		if e.inBin() && e.deleted < before {
			expired = append(expired, bare)
		}
	}
	return expired
}

// allows checks a right outside a transaction.
func (d *Directory) allows(by jid.JID, levels ...Role) error {
	t := txn{level: SystemAdministrator}
	if !by.IsZero() {
		d.model.mu.RLock()
		defer d.model.mu.RUnlock()
		t.level = NoRole
		if e := d.model.accounts[by.Bare()]; e != nil && e.active() {
			t.level = e.role
		}
	}
	return t.mayManageUser(levels...)
}
