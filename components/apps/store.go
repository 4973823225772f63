package apps

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"plenum/components/directory"
	"plenum/xmppd/cluster"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

//go:embed migrations
var migrations embed.FS

func migrate(ctx context.Context, db *store.DB) error {
	lite, _ := fs.Sub(migrations, "migrations/sqlite") // the path is a constant
	pg, _ := fs.Sub(migrations, "migrations/postgres")
	return db.Migrate(ctx, "apps", lite, pg)
}

// anyDevice stands for whichever device can be called.
const anyDevice = "auto"

// outgoing is the device at which a user's calls begin.
func (a *Service) outgoing(ctx context.Context, user jid.JID) (string, error) {
	var device string
	err := a.db.QueryRow(ctx, `SELECT device FROM apps_outgoing WHERE owner = $1`, user.String()).Scan(&device)
	if err != nil && !errors.Is(err, store.ErrNoRows) {
		return "", fmt.Errorf("read at which device the calls of %s begin: %w", user, err)
	}
	return cmp.Or(device, anyDevice), nil
}

// setOutgoing has them begin at another.
func (a *Service) setOutgoing(ctx context.Context, user jid.JID, device string) error {
	known := func(r directory.FollowMeRow) bool { return r.Device == device && a.dials(&r) }
	if device != anyDevice && !slices.ContainsFunc(a.rows(user), known) {
		return fault.New(fault.NotFound, "there is no such device, or calls do not begin there")
	}
	err := a.db.Commit(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`INSERT INTO apps_outgoing (owner, device) VALUES ($1, $2) ON CONFLICT (owner) DO UPDATE SET device = excluded.device`, user.String(), device)
		return err
	})
	if err != nil {
		return fmt.Errorf("store at which device the calls of %s begin: %w", user, err)
	}
	a.mark(user, keyDevices)
	a.srv.Announce(kindOutgoing, []byte(user.String()))
	return nil
}

// kindOutgoing tells the other nodes whose calls begin at another device now.
const kindOutgoing = "apps.outgoing"

// heardOutgoing takes that from another node.
func (a *Service) heardOutgoing(_ cluster.NodeID, text []byte) {
	if user, err := jid.ParseBytes(text); err == nil {
		a.mark(user, keyDevices)
	}
}

// ForgetAccount deletes what is an account's.
func (a *Service) ForgetAccount(ctx context.Context, owner jid.JID) error {
	return a.db.Commit(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`DELETE FROM apps_outgoing WHERE owner = $1`, owner.Bare().String())
		return err
	})
}
