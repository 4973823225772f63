package xmppd

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"plenum/xmppd/cluster"
	"plenum/xmppd/jid"
	"plenum/xmppd/lru"
	"plenum/xmppd/store"
	"plenum/xmppd/xmlstream"
)

// offlineStore keeps messages for those who are not there; offline.go says how.
type offlineStore struct {
	srv *Server
	db  *store.DB

	mu   sync.Mutex
	full *lru.Cache[jid.JID, time.Time] // accounts found full, and until when that is believed
}

const (
	fullAccounts = 1000             // of how many accounts it is remembered that they are full
	fullFor      = 10 * time.Second // for how long; each refusal found out by writing costs a transaction
)

func newOfflineStore(s *Server) *offlineStore {
	return &offlineStore{srv: s, db: s.db, full: lru.New[jid.JID, time.Time](fullAccounts)}
}

func (o *offlineStore) isFull(owner jid.JID) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	until, ok := o.full.Get(owner)
	return ok && time.Now().Before(until)
}

func (o *offlineStore) setFull(owner jid.JID, full bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if full {
		o.full.Put(owner.Clone(), time.Now().Add(fullFor))
	} else {
		o.full.Delete(owner)
	}
}

var insertOffline = store.NewInsert("offline", []string{"owner", "archived", "stanza"}, "")

// insert adds a row to b unless the account has its fill by then.
func (o *offlineStore) insert(b *store.Batch, owner jid.JID, stanza []byte, archived bool) {
	limit := o.srv.cfg.OfflineMessages
	b.Do(func(tx *store.Tx) error {
		var n int
		if err := tx.QueryRow(`SELECT count(*) FROM offline WHERE owner = $1`, owner.String()).Scan(&n); err != nil {
			return err
		}
		if n >= limit {
			o.setFull(owner, true)
			return errOfflineFull
		}
		return tx.Insert(insertOffline, owner.String(), archived, stanza)
	})
}

// waitingMessage is a stored message without its content.
type waitingMessage struct {
	id       int64
	size     int // bytes
	archived bool
	node     cluster.NodeID // that is delivering it; empty when none is
}

func (o *offlineStore) waiting(ctx context.Context, owner jid.JID) ([]waitingMessage, error) {
	rows, err := o.db.Query(ctx, `SELECT id, length(stanza), archived, node FROM offline WHERE owner = $1 ORDER BY id`, owner.String())
	if err != nil {
		return nil, err
	}
	list := make([]waitingMessage, 0, rows.Len())
	for rows.Next() {
		var w waitingMessage
		if err := rows.Scan(&w.id, &w.size, &w.archived, &w.node); err != nil {
			return nil, err
		}
		list = append(list, w)
	}
	return list, rows.Err()
}

// claim carries a plan out. Of two sessions that take the same messages at the same time, one gets each.
func (o *offlineStore) claim(ctx context.Context, owner jid.JID, x *Session, pl offlinePlan) ([]claim, error) {
	var rows *store.Rows
	err := o.db.Commit(ctx, func(tx *store.Tx) (err error) {
		for _, node := range pl.dead {
			if _, err := tx.Exec(`UPDATE offline SET node = '', session = '' WHERE owner = $1 AND node = $2`, owner.String(), node); err != nil {
				return err
			}
		}
		for _, id := range pl.drop {
			if _, err := tx.Exec(`DELETE FROM offline WHERE id = $1 AND node = ''`, id); err != nil {
				return err
			}
		}
		rows, err = tx.Query(`UPDATE offline SET node = $1, session = $2 WHERE owner = $3 AND node = '' AND id <= $4 RETURNING id, stanza`,
			o.srv.node.ID, x.sid, owner.String(), pl.last)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("claim the offline messages of %s: %w", owner, err)
	}
	o.setFull(owner, false)
	var list, broken []claim
	for rows.Next() {
		var c claim
		var raw []byte
		if err := rows.Scan(&c.id, &raw); err != nil {
			return nil, err
		}
		if c.pkt, err = xmlstream.Parse(raw, NSClient, xmlstream.S2S); err != nil {
			x.Log().Error("a stored message is not well-formed and is dropped", "id", c.id, "err", err)
			broken = append(broken, c)
			continue
		}
		list = append(list, c)
	}
	o.remove(broken)
	slices.SortFunc(list, func(a, b claim) int { return cmp.Compare(a.id, b.id) })
	return list, nil
}

// remove deletes messages that have arrived.
func (o *offlineStore) remove(list []claim) {
	o.each("delete", list, `DELETE FROM offline WHERE id = $1`)
}

// release makes claimed messages available to other sessions.
func (o *offlineStore) release(list []claim) {
	o.each("release", list, `UPDATE offline SET node = '', session = '' WHERE id = $1`)
}

// each runs a statement for all messages in one transaction. What fails is left claimed, and delivered again after a restart.
func (o *offlineStore) each(what string, list []claim, sql string) {
	if len(list) == 0 {
		return
	}
	err := o.db.Commit(context.WithoutCancel(o.srv.ctx), func(tx *store.Tx) error {
		for _, c := range list {
			if _, err := tx.Exec(sql, c.id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		o.srv.log.Error("delivered offline messages stay as they are until the next start", "tried", what, "messages", len(list), "err", err)
	}
}

// releaseNode frees what an earlier life of this node has claimed.
func (o *offlineStore) releaseNode(ctx context.Context) error {
	err := o.db.Commit(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE offline SET node = '', session = '' WHERE node = $1`, o.srv.node.ID)
		return err
	})
	if err != nil {
		return fmt.Errorf("look for undelivered offline messages: %w", err)
	}
	return nil
}

func (o *offlineStore) deleteOwner(ctx context.Context, owner jid.JID) error {
	err := o.db.Commit(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`DELETE FROM offline WHERE owner = $1`, owner.String())
		return err
	})
	if err != nil {
		return fmt.Errorf("delete the offline messages of %s: %w", owner, err)
	}
	return nil
}
