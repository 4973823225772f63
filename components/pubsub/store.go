package pubsub

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

//go:embed migrations
var migrations embed.FS

// lastBytes is the size up to which the payload of the item published last is kept in memory with its node.
const lastBytes = 4 << 10

// loadBatch is how many accounts are read by one statement.
const loadBatch = 50

func migrate(ctx context.Context, db *store.DB) error {
	lite, _ := fs.Sub(migrations, "migrations/sqlite")
	pg, _ := fs.Sub(migrations, "migrations/postgres")
	if err := db.Migrate(ctx, "pubsub", lite, pg); err != nil {
		return fmt.Errorf("pubsub: %w", err)
	}
	return nil
}

// querier is a DB or a transaction.
type querier interface {
	query(sql string, args ...any) (*store.Rows, error)
}

type dbQuerier struct {
	ctx context.Context
	db  *store.DB
}

func (q dbQuerier) query(sql string, args ...any) (*store.Rows, error) {
	return q.db.Query(q.ctx, sql, args...)
}

type txQuerier struct{ *store.Tx }

func (q txQuerier) query(sql string, args ...any) (*store.Rows, error) { return q.Query(sql, args...) }

var nodeColumns = `n.service, n.node, n.config, n.created, n.serial, n.edition, n.items, n.bytes, COALESCE(i.item, ''), COALESCE(i.published, 0),
	COALESCE(i.expires, 0), COALESCE(i.publisher, ''), COALESCE(i.serial, 0), COALESCE(length(i.payload), 0),
	CASE WHEN length(i.payload) <= ` + strconv.Itoa(lastBytes) + ` THEN i.payload END
	FROM pubsub_nodes n LEFT JOIN pubsub_items i ON i.service = n.service AND i.node = n.node AND i.item = n.last`

// readNodes reads nodes without their entities.
func readNodes(q querier, cs *configs, where string, args ...any) ([]*node, error) {
	rows, err := q.query(`SELECT `+nodeColumns+` WHERE `+where, args...)
	if err != nil {
		return nil, err
	}
	var out []*node
	for rows.Next() {
		n, err := scanNode(rows, cs)
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, nil
}

func scanNode(rows *store.Rows, cs *configs) (*node, error) {
	var n node
	var it Item
	var service, config, publisher string
	var created, published int64
	err := rows.Scan(&service, &n.name, &config, &created, &n.serial, &n.edition, &n.items, &n.bytes,
		&it.ID, &published, &it.expires, &publisher, &it.serial, &it.size, &it.Payload)
	if err != nil {
		return nil, err
	}
	if n.service, err = jid.Parse(service); err != nil {
		return nil, err
	}
	if n.config, err = cs.decode(config); err != nil {
		return nil, err
	}
	n.created = time.UnixMilli(created).UTC()
	if it.ID != "" {
		it.Published = time.UnixMilli(published).UTC()
		it.Publisher, _ = jid.Parse(publisher)
		n.last = &it
	}
	return &n, nil
}

// readEntities fills in the entities of nodes that belong to the services which where names.
func readEntities(q querier, nodes []*node, where string, args ...any) error {
	rows, err := q.query(`SELECT service, node, jid, affiliation, subscription FROM pubsub_entities WHERE `+where, args...)
	if err != nil || rows.Len() == 0 {
		return err
	}
	byKey := make(map[[2]string]*node, len(nodes))
	for _, n := range nodes {
		byKey[[2]string{n.service.String(), n.name}] = n
	}
	for rows.Next() {
		var service, name, who string
		var e entity
		if err := rows.Scan(&service, &name, &who, (*string)(&e.affiliation), (*string)(&e.subscription)); err != nil {
			return err
		}
		n := byKey[[2]string{service, name}]
		if n == nil {
			continue // was made between the two statements
		}
		if e.jid, err = jid.Parse(who); err == nil {
			n.entities = append(n.entities, e)
		}
	}
	for _, n := range nodes {
		sortEntities(n.entities)
	}
	return nil
}

// readAccounts reads all nodes of some services.
func readAccounts(ctx context.Context, db *store.DB, cs *configs, services []jid.JID) (map[jid.JID]*account, error) {
	out := make(map[jid.JID]*account, len(services))
	q := dbQuerier{ctx, db}
	for chunk := range slices.Chunk(services, loadBatch) {
		args := make([]any, len(chunk))
		marks := make([]string, len(chunk))
		for i, s := range chunk {
			args[i], marks[i] = s.String(), "$"+strconv.Itoa(i+1)
			out[s] = &account{}
		}
		in := "service IN (" + strings.Join(marks, ",") + ")"
		nodes, err := readNodes(q, cs, "n."+in+" ORDER BY n.service, n.node", args...)
		if err == nil && len(nodes) > 0 {
			err = readEntities(q, nodes, in, args...)
		}
		if err != nil {
			return nil, fmt.Errorf("read pubsub nodes: %w", err)
		}
		for _, n := range nodes {
			if a := out[n.service]; a != nil {
				a.nodes = append(a.nodes, n)
			}
		}
	}
	for _, a := range out {
		slices.SortFunc(a.nodes, func(x, y *node) int { return strings.Compare(x.name, y.name) }) // the database may sort by language
	}
	return out, nil
}

// lockNode reads a node that the transaction is going to change; nil when there is none. Other servers wait until the transaction ends.
// Known is what the cache has of the node: it saves reading the entities when it is not old.
func (e *engine) lockNode(tx *store.Tx, service jid.JID, name string, known *node) (*node, error) {
	if e.db.Dialect() == store.Postgres {
		if _, err := tx.Query(`SELECT 1 FROM pubsub_nodes WHERE service = $1 AND node = $2 FOR UPDATE`, service.String(), name); err != nil {
			return nil, err
		}
	}
	nodes, err := readNodes(txQuerier{tx}, e.configs, "n.service = $1 AND n.node = $2", service.String(), name)
	if err != nil || len(nodes) == 0 {
		return nil, err
	}
	n := nodes[0]
	if known != nil && known.serial == n.serial {
		n.entities = known.entities
		return n, nil
	}
	return n, readEntities(txQuerier{tx}, nodes, "service = $1 AND node = $2", service.String(), name)
}

// insertNode makes a node; false when there is one already.
func insertNode(tx *store.Tx, n *node) (bool, error) {
	config, err := n.config.encode()
	if err != nil {
		return false, err
	}
	rows, err := tx.Exec(`INSERT INTO pubsub_nodes (service, node, config, created, serial, edition, items, bytes, last)
		VALUES ($1, $2, $3, $4, $5, $6, 0, 0, '') ON CONFLICT (service, node) DO NOTHING`,
		n.service.String(), n.name, config, n.created.UnixMilli(), n.serial, n.edition)
	return rows == 1, err
}

// saveNode writes a changed node.
func saveNode(tx *store.Tx, n *node) error {
	config, err := n.config.encode()
	if err != nil {
		return err
	}
	last := ""
	if n.last != nil {
		last = n.last.ID
	}
	_, err = tx.Exec(`UPDATE pubsub_nodes SET config = $3, serial = $4, edition = $5, items = $6, bytes = $7, last = $8
		WHERE service = $1 AND node = $2`, n.service.String(), n.name, config, n.serial, n.edition, n.items, n.bytes, last)
	return err
}

func deleteNode(tx *store.Tx, service jid.JID, name string) error {
	for _, table := range []string{"pubsub_items", "pubsub_entities", "pubsub_nodes"} {
		if _, err := tx.Exec(`DELETE FROM `+table+` WHERE service = $1 AND node = $2`, service.String(), name); err != nil {
			return err
		}
	}
	return nil
}

func saveEntity(tx *store.Tx, n *node, e entity) error {
	args := []any{n.service.String(), n.name, e.jid.String()}
	if e.affiliation == None && e.subscription == Unsubscribed {
		_, err := tx.Exec(`DELETE FROM pubsub_entities WHERE service = $1 AND node = $2 AND jid = $3`, args...)
		return err
	}
	_, err := tx.Exec(`INSERT INTO pubsub_entities (service, node, jid, bare, affiliation, subscription) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (service, node, jid) DO UPDATE SET affiliation = excluded.affiliation, subscription = excluded.subscription`,
		append(args, e.jid.Bare().String(), string(e.affiliation), string(e.subscription))...)
	return err
}

// usage is what an account has: how many nodes, and the bytes of their items.
func usage(tx *store.Tx, service jid.JID) (nodes, bytes int, err error) {
	err = tx.QueryRow(`SELECT count(*), CAST(COALESCE(sum(bytes), 0) AS BIGINT) FROM pubsub_nodes WHERE service = $1`, service.String()).Scan(&nodes, &bytes)
	return nodes, bytes, err
}

// forgetService removes everything of a service, and its subscriptions and affiliations elsewhere. It returns who served these.
func forgetService(tx *store.Tx, service jid.JID) (elsewhere []jid.JID, err error) {
	rows, err := tx.Query(`SELECT DISTINCT service FROM pubsub_entities WHERE bare = $1`, service.String())
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		if j, err := jid.Parse(s); err == nil && j != service {
			elsewhere = append(elsewhere, j)
		}
	}
	for _, where := range []string{"pubsub_items WHERE service", "pubsub_entities WHERE service", "pubsub_nodes WHERE service",
		"pubsub_entities WHERE bare", "pubsub_old_bookmarks WHERE owner"} {
		if _, err := tx.Exec(`DELETE FROM `+where+` = $1`, service.String()); err != nil {
			return nil, err
		}
	}
	return elsewhere, nil
}

func isNone(err error) bool { return errors.Is(err, store.ErrNoRows) }
