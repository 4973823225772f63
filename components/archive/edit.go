package archive

import (
	"errors"

	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

// Edit changes what is stored under an id, such as for a retraction. Fn gets the other side and the stanza (nil when there is no such
// id) within the batch's transaction, maybe more than once, and returns what is to stand there; nil changes nothing. Its error
// fails the batch.
func (e *Engine) Edit(b *store.Batch, owner jid.JID, id ID, fn func(peer jid.JID, stanza []byte) ([]byte, error)) {
	o := owner.String()
	b.Do(func(tx *store.Tx) error {
		var bare, resource string
		var stanza []byte
		err := tx.QueryRow(`SELECT peer, resource, stanza FROM archive WHERE owner = $1 AND id = $2`, o, int64(id)).Scan(&bare, &resource, &stanza)
		if err != nil && !errors.Is(err, store.ErrNoRows) {
			return err
		}
		peer, _ := jid.Parse(bare)
		if full, err := peer.WithResource(resource); err == nil {
			peer = full
		}
		changed, err := fn(peer, stanza)
		if err != nil || changed == nil {
			return err
		}
		_, err = tx.Exec(`UPDATE archive SET stanza = $3 WHERE owner = $1 AND id = $2`, o, int64(id), changed)
		return err
	})
}
