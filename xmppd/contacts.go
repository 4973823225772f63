package xmppd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"plenum/xmppd/cluster"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

// contacts is the roster source of what users have added themselves, with the state of their subscriptions.
type contacts struct {
	srv   *Server
	db    *store.DB
	cache *rosterCache
}

func newContacts(s *Server) *contacts {
	return &contacts{srv: s, db: s.db, cache: newRosterCache(time.Now)}
}

// kindRoster is the envelope that says whose contacts have changed.
const kindRoster = "roster"

// register lets other nodes' changes empty the cache.
func (c *contacts) register() {
	c.srv.OnNode(kindRoster, func(_ cluster.NodeID, payload []byte) {
		if owner, err := jid.ParseBytes(payload); err == nil {
			c.cache.forget(owner)
		}
	})
}

// record is a row: one contact with what only the server knows.
type record struct {
	state    subState
	listed   bool // clients see it
	approved bool
	name     string
	groups   string // separated by groupSeparator
	request  []byte // the unanswered subscription request, serialised; nil when there is none
}

// groupSeparator cannot stand in XML, and so not in a group's name.
const groupSeparator = "\x1f"

// absent is a contact of which nothing is known.
func (r *record) absent() bool {
	return !r.listed && !r.approved && r.state == stNone
}

func (r *record) equal(o *record) bool {
	return r.sameItem(o) && r.state == o.state && bytes.Equal(r.request, o.request)
}

// sameItem reports whether clients see no difference.
func (r *record) sameItem(o *record) bool {
	return r.listed == o.listed && (!r.listed ||
		r.approved == o.approved && r.name == o.name && r.groups == o.groups &&
			r.state.subscription() == o.state.subscription() && r.state.pendingOut() == o.state.pendingOut())
}

// RosterItem implements RosterSource.
func (c *contacts) RosterItem(ctx context.Context, owner, contact jid.JID) (RosterItem, bool, error) {
	r, err := c.roster(ctx, owner)
	if err != nil {
		return RosterItem{}, false, err
	}
	i, ok := r.find(contact)
	if !ok {
		return RosterItem{}, false, nil
	}
	return r.item(i), true, nil
}

// RosterItems implements RosterSource.
func (c *contacts) RosterItems(ctx context.Context, owner jid.JID) (iter.Seq[RosterItem], error) {
	r, err := c.roster(ctx, owner)
	if err != nil {
		return nil, err
	}
	return r.items(), nil
}

// RosterVersion implements RosterSource.
func (c *contacts) RosterVersion(ctx context.Context, owner jid.JID) (string, error) {
	r, err := c.roster(ctx, owner)
	if err != nil {
		return "", err
	}
	return r.versionText(), nil
}

// roster gives an owner's contacts, from memory if they are there.
func (c *contacts) roster(ctx context.Context, owner jid.JID) (*ownRoster, error) {
	if !c.srv.hasRoster(owner) {
		return noRoster, nil
	}
	r, epoch := c.cache.get(owner)
	if r != nil {
		return r, nil
	}
	r, err := c.load(ctx, owner)
	if err != nil {
		return nil, fmt.Errorf("read the roster of %s: %w", owner, err)
	}
	c.cache.put(owner, r, epoch)
	return r, nil
}

// load reads version and contacts in one statement, so that they belong together.
func (c *contacts) load(ctx context.Context, owner jid.JID) (*ownRoster, error) {
	rows, err := c.db.Query(ctx, `SELECT r.version, r.serial, COALESCE(c.contact, ''), COALESCE(c.state, 0), COALESCE(c.listed, FALSE),
		COALESCE(c.approved, FALSE), COALESCE(c.name, ''), COALESCE(c.group_names, ''), c.request IS NOT NULL
		FROM rosters r LEFT JOIN contacts c ON c.owner = r.owner WHERE r.owner = $1`, owner.String())
	if err != nil {
		return nil, err
	}
	var b rosterBuilder
	for rows.Next() {
		var contact string
		var rec record
		var request bool
		if err := rows.Scan(&b.version, &b.serial, &contact, &rec.state, &rec.listed, &rec.approved, &rec.name, &rec.groups, &request); err != nil {
			return nil, err
		}
		if request {
			b.requests++
		}
		if rec.listed {
			b.add(contact, &rec)
		}
	}
	return b.build(), rows.Err()
}

// contactChange is what an edit has done.
type contactChange struct {
	owner, contact jid.JID
	before, after  record
	version        int64 // of the owner's contacts
	serial         int64 // likewise; the change has made it one greater
}

// change applies edit to what is stored about a contact, in one transaction. edit may run more than once. Other nodes are told,
// clients are not. The error of edit is returned as it is.
func (c *contacts) change(ctx context.Context, owner, contact jid.JID, edit func(*record) error) (contactChange, error) {
	ch, _, err := c.changeBoth(ctx, owner, contact, false, func(r, _ *record) error { return edit(r) })
	return ch, err
}

// changeBoth is change for two accounts, each of which is the other's contact, in one transaction. Without both, edit gets an empty
// record for the contact's side, and nothing is stored of it. If the contact can take no more, its side stays as it was.
func (c *contacts) changeBoth(ctx context.Context, owner, contact jid.JID, both bool, edit func(mine, theirs *record) error) (mine, theirs contactChange, err error) {
	err = c.db.Commit(ctx, func(tx *store.Tx) error {
		mine, theirs = contactChange{owner: owner, contact: contact}, contactChange{owner: contact, contact: owner}
		sides := []*contactChange{&mine, &theirs}
		if !both {
			sides = sides[:1]
		} else if contact.String() < owner.String() {
			slices.Reverse(sides) // always in the same order, as the locks are kept until the transaction ends
		}
		for _, ch := range sides {
			if err := c.begin(tx, ch); err != nil {
				return err
			}
		}
		if err := edit(&mine.after, &theirs.after); err != nil {
			return err
		}
		if err := c.finish(tx, &mine); err != nil || !both {
			return err
		}
		err := c.finish(tx, &theirs)
		if refused := (*StanzaError)(nil); errors.As(err, &refused) {
			theirs.after = theirs.before
			return nil
		}
		return err
	})
	if refused := (*StanzaError)(nil); errors.As(err, &refused) {
		return mine, theirs, refused
	} else if err != nil {
		return mine, theirs, fmt.Errorf("change the roster of %s: %w", owner, err)
	}
	c.changed(&mine)
	if both {
		c.changed(&theirs)
	}
	return mine, theirs, nil
}

// changed makes a change known to what keeps rosters in memory.
func (c *contacts) changed(ch *contactChange) {
	if !ch.before.equal(&ch.after) {
		c.cache.apply(ch)
		c.srv.Announce(kindRoster, []byte(ch.owner.String()))
	}
}

// begin reads what is to be changed.
func (c *contacts) begin(tx *store.Tx, ch *contactChange) error {
	owner := ch.owner.String()
	if err := lockOwner(tx, c.db.Dialect(), owner); err != nil {
		return err
	}
	err := tx.QueryRow(`SELECT version, serial FROM rosters WHERE owner = $1`, owner).Scan(&ch.version, &ch.serial)
	if err != nil && !errors.Is(err, store.ErrNoRows) {
		return err
	}
	if err := readRecord(tx, owner, ch.contact.String(), &ch.before); err != nil {
		return err
	}
	ch.after = ch.before
	return nil
}

// finish writes what has changed. When it refuses to, nothing is written.
func (c *contacts) finish(tx *store.Tx, ch *contactChange) error {
	if ch.after.equal(&ch.before) {
		return nil
	}
	owner := ch.owner.String()
	if ch.before.absent() || ch.after.listed && !ch.before.listed {
		if err := c.checkLimit(tx, owner, ch.after.listed); err != nil {
			return err
		}
	}
	ch.serial++
	if !ch.after.sameItem(&ch.before) {
		// Time makes sure that an account made anew never has a version its predecessor had.
		ch.version = max(ch.version+1, time.Now().UnixMilli())
	}
	_, err := tx.Exec(`INSERT INTO rosters (owner, version, serial) VALUES ($1, $2, $3)
		ON CONFLICT (owner) DO UPDATE SET version = excluded.version, serial = excluded.serial`, owner, ch.version, ch.serial)
	if err != nil {
		return err
	}
	return writeRecord(tx, owner, ch.contact.String(), &ch.after)
}

// lockOwner keeps other nodes from changing the same roster until the transaction ends. SQLite has one writer anyway.
func lockOwner(tx *store.Tx, d store.Dialect, owner string) error {
	if d != store.Postgres {
		return nil
	}
	_, err := tx.Query(`SELECT 1 FROM pg_advisory_xact_lock(hashtextextended($1, 0))`, owner)
	return err
}

// maxRequests is how many strangers' subscription requests wait for one account; what comes beyond is dropped.
const maxRequests = 500

// checkLimit refuses a further contact, or a further request of a stranger.
func (c *contacts) checkLimit(tx *store.Tx, owner string, listed bool) error {
	var n int
	if err := tx.QueryRow(`SELECT count(*) FROM contacts WHERE owner = $1 AND listed = $2`, owner, listed).Scan(&n); err != nil {
		return err
	}
	switch {
	case listed && n >= c.srv.cfg.RosterItems:
		return Errorf("resource-constraint", "a roster has at most %d contacts", c.srv.cfg.RosterItems)
	case !listed && n >= maxRequests:
		return Errorf("resource-constraint", "")
	}
	return nil
}

func readRecord(tx *store.Tx, owner, contact string, r *record) error {
	err := tx.QueryRow(`SELECT state, listed, approved, name, group_names, request FROM contacts WHERE owner = $1 AND contact = $2`, owner, contact).
		Scan(&r.state, &r.listed, &r.approved, &r.name, &r.groups, &r.request)
	if errors.Is(err, store.ErrNoRows) {
		return nil
	}
	if err == nil && r.state >= subStates {
		err = fmt.Errorf("contact %s has the unknown subscription state %d", contact, r.state)
	}
	return err
}

func writeRecord(tx *store.Tx, owner, contact string, r *record) error {
	if r.absent() {
		_, err := tx.Exec(`DELETE FROM contacts WHERE owner = $1 AND contact = $2`, owner, contact)
		return err
	}
	_, err := tx.Exec(`INSERT INTO contacts (owner, contact, state, listed, approved, name, group_names, request)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (owner, contact) DO UPDATE SET state = excluded.state, listed = excluded.listed,
		approved = excluded.approved, name = excluded.name, group_names = excluded.group_names, request = excluded.request`,
		owner, contact, r.state, r.listed, r.approved, r.name, r.groups, r.request)
	return err
}

// requests are the unanswered subscription requests, serialised.
func (c *contacts) requests(ctx context.Context, owner jid.JID) ([][]byte, error) {
	r, err := c.roster(ctx, owner)
	if err != nil || r.requests == 0 {
		return nil, err
	}
	rows, err := c.db.Query(ctx, `SELECT request FROM contacts WHERE owner = $1 AND request IS NOT NULL ORDER BY contact`, owner.String())
	if err != nil {
		return nil, fmt.Errorf("read the subscription requests of %s: %w", owner, err)
	}
	var list [][]byte
	for rows.Next() {
		var b []byte
		if err := rows.Scan(&b); err != nil {
			return nil, err
		}
		list = append(list, b)
	}
	return list, rows.Err()
}

// known is what remove returns: a contact and how things stood with it.
type known struct {
	contact jid.JID
	state   subState
}

// removeAll deletes an account's contacts and returns what they were.
func (c *contacts) removeAll(ctx context.Context, owner jid.JID) ([]known, error) {
	var list []known
	err := c.db.Commit(ctx, func(tx *store.Tx) error {
		list = nil
		if err := lockOwner(tx, c.db.Dialect(), owner.String()); err != nil {
			return err
		}
		rows, err := tx.Query(`SELECT contact, state FROM contacts WHERE owner = $1`, owner.String())
		if err != nil {
			return err
		}
		for rows.Next() {
			var contact string
			var k known
			if err := rows.Scan(&contact, &k.state); err != nil {
				return err
			}
			if k.contact, err = jid.Parse(contact); err == nil && k.state < subStates {
				list = append(list, k)
			}
		}
		if _, err := tx.Exec(`DELETE FROM contacts WHERE owner = $1`, owner.String()); err != nil {
			return err
		}
		_, err = tx.Exec(`DELETE FROM rosters WHERE owner = $1`, owner.String())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("delete the roster of %s: %w", owner, err)
	}
	c.cache.forget(owner)
	c.srv.Announce(kindRoster, []byte(owner.String()))
	return list, nil
}
