package muc

import (
	"context"
	"crypto/rand"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"plenum/xmppd"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/xmlstream"
)

//go:embed migrations
var migrations embed.FS

// roomStore keeps the rooms.
type roomStore struct{ db *store.DB }

func openStore(ctx context.Context, db *store.DB) (*roomStore, error) {
	lite, _ := fs.Sub(migrations, "migrations/sqlite")
	pg, _ := fs.Sub(migrations, "migrations/postgres")
	if err := db.Migrate(ctx, "muc", lite, pg); err != nil {
		return nil, err
	}
	return &roomStore{db}, nil
}

// fenceRow goes with everything that is written for a room. When somebody with a greater number has taken it over
// meanwhile, the row's check fails and with it the batch.
var fenceRow = store.NewInsert("muc_fence", []string{"room", "fence", "stale"},
	"ON CONFLICT (room) DO UPDATE SET fence = excluded.fence, stale = muc_fence.fence > excluded.fence")

var affiliationRow = store.NewInsert("muc_affiliation", []string{"room", "jid", "affiliation", "nick", "role", "reason"},
	"ON CONFLICT (room, jid) DO UPDATE SET affiliation = excluded.affiliation, nick = excluded.nick, role = excluded.role, reason = excluded.reason")

// write marks b as written by this node as the room's owner, and returns it.
func (r *Room) write(b *store.Batch) *store.Batch {
	b.Insert(fenceRow, r.addr, r.fence, false)
	return b
}

// isFenced reports whether a batch has failed because another node owns the room.
func isFenced(err error) bool { return errors.Is(err, store.ErrConflict) }

// stored is a room as the store has it.
type stored struct {
	fence        int64
	config       RoomConfig
	locked       bool
	secret       []byte
	subject      subject
	created      moment
	affiliations map[jid.JID]*affiliated
	occupants    []mirrored
}

// mirrored is an occupant's session that another node has left behind.
type mirrored struct {
	jid      jid.JID
	nick     string
	role     Role
	presence *xmlstream.Packet
}

// load makes the caller the owner of a room and reads it. It returns nil without an error when there is none.
func (s *roomStore) load(ctx context.Context, room string) (*stored, error) {
	out := &stored{affiliations: map[jid.JID]*affiliated{}}
	err := s.db.QueryRow(ctx, `SELECT 1 FROM muc_room WHERE room = $1`, room).Scan(new(int))
	if errors.Is(err, store.ErrNoRows) {
		return nil, nil
	}
	if err == nil {
		err = s.db.Commit(ctx, func(tx *store.Tx) error {
			return tx.QueryRow(`UPDATE muc_fence SET fence = fence + 1 WHERE room = $1 RETURNING fence`, room).Scan(&out.fence)
		})
	}
	for _, read := range []func(context.Context, string, *stored) error{s.readRoom, s.readAffiliations, s.readOccupants} {
		if err == nil {
			err = read(ctx, room, out)
		}
	}
	if errors.Is(err, store.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("load room %s: %w", room, err)
	}
	return out, nil
}

func (s *roomStore) readRoom(ctx context.Context, room string, out *stored) error {
	var config, raw []byte
	err := s.db.QueryRow(ctx, `SELECT locked, config, secret, subject, subject_at, created FROM muc_room WHERE room = $1`, room).
		Scan(&out.locked, &config, &out.secret, &raw, &out.subject.at, &out.created)
	if err != nil {
		return err
	}
	if len(raw) > 0 {
		if out.subject.packet, err = parseStored(raw); err != nil {
			return err
		}
	}
	return json.Unmarshal(config, &out.config)
}

// parseStored reads a stanza that the room has written itself.
func parseStored(raw []byte) (*xmlstream.Packet, error) {
	return xmlstream.Parse(raw, xmppd.NSClient, storedLimits)
}

// storedLimits are wider than what clients may send, as the room adds to it.
var storedLimits = xmlstream.Limits{Bytes: 1 << 24, Depth: 128, Attrs: 64, Elements: 100_000}

func (s *roomStore) readAffiliations(ctx context.Context, room string, out *stored) error {
	rows, err := s.db.Query(ctx, `SELECT jid, affiliation, nick, role, reason FROM muc_affiliation WHERE room = $1`, room)
	if err != nil {
		return err
	}
	for rows.Next() {
		var who, a, role string
		e := &affiliated{}
		if err := rows.Scan(&who, &a, &e.nick, &role, &e.reason); err != nil {
			return err
		}
		e.affiliation, _ = ParseAffiliation(a)
		e.role, _ = ParseRole(role)
		if j, err := jid.Parse(who); err == nil {
			out.affiliations[j] = e
		}
	}
	return rows.Err()
}

func (s *roomStore) readOccupants(ctx context.Context, room string, out *stored) error {
	rows, err := s.db.Query(ctx, `SELECT jid, nick, role, presence FROM muc_occupant WHERE room = $1`, room)
	if err != nil {
		return err
	}
	for rows.Next() {
		var m mirrored
		var who, role string
		var raw []byte
		if err := rows.Scan(&who, &m.nick, &role, &raw); err != nil {
			return err
		}
		m.role, _ = ParseRole(role)
		if m.jid, err = jid.Parse(who); err != nil {
			return err
		}
		if m.presence, err = parseStored(raw); err != nil {
			return err
		}
		out.occupants = append(out.occupants, m)
	}
	return rows.Err()
}

// newRoom is what the store needs to know of a room that is created.
type newRoom struct {
	room    string
	state   state
	config  RoomConfig
	secret  []byte
	owner   string
	created moment
	limit   int // of rooms that one user may own
}

// create adds a room. After the commit fence is the caller's number; the error is of kind Limit when the owner has too
// many rooms.
func (s *roomStore) create(b *store.Batch, n newRoom, fence *int64) {
	config, err := json.Marshal(n.config)
	b.Do(func(tx *store.Tx) error {
		if err != nil {
			return err
		}
		owned := 0
		if err := tx.QueryRow(`SELECT count(*) FROM muc_affiliation WHERE jid = $1 AND affiliation = 'owner'`, n.owner).Scan(&owned); err != nil {
			return err
		}
		if n.limit > 0 && owned >= n.limit {
			return fault.Newf(fault.Limit, "you own %d rooms, which is the limit", owned)
		}
		if err := leftovers(tx, n.room); err != nil {
			return err
		}
		if err := tx.QueryRow(`INSERT INTO muc_fence (room, fence, stale) VALUES ($1, 1, FALSE)
			ON CONFLICT (room) DO UPDATE SET fence = muc_fence.fence + 1 RETURNING fence`, n.room).Scan(fence); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO muc_room (room, name, public, persistent, locked, config, secret, subject, subject_at, created)
			VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, 0, $8)`,
			n.room, n.config.Name, n.config.Public, n.config.Persistent, n.state == locked, config, n.secret, int64(n.created))
		if err != nil {
			return err
		}
		return tx.Insert(affiliationRow, n.room, n.owner, Owner.String(), "", "", "")
	})
}

// saveConfig stores the configuration of an open room.
func (s *roomStore) saveConfig(b *store.Batch, room string, c RoomConfig) error {
	config, err := json.Marshal(c)
	if err != nil {
		return err
	}
	b.Do(func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE muc_room SET name = $2, public = $3, persistent = $4, locked = FALSE, config = $5 WHERE room = $1`,
			room, c.Name, c.Public, c.Persistent, config)
		return err
	})
	return nil
}

func (s *roomStore) saveSubject(b *store.Batch, room string, subj subject) {
	b.Do(func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE muc_room SET subject = $2, subject_at = $3 WHERE room = $1`, room, subj.packet.Raw(), int64(subj.at))
		return err
	})
}

// saveAffiliated stores what a room remembers of a user; nothing when that is empty.
func (s *roomStore) saveAffiliated(b *store.Batch, room, who string, a *affiliated) {
	if !a.empty() {
		role := ""
		if a.role != NoRole {
			role = a.role.String()
		}
		b.Insert(affiliationRow, room, who, a.affiliation.String(), a.nick, role, a.reason)
		return
	}
	b.Do(func(tx *store.Tx) error {
		_, err := tx.Exec(`DELETE FROM muc_affiliation WHERE room = $1 AND jid = $2`, room, who)
		return err
	})
}

// remove deletes a room with everything that belongs to it; its archive is left to purge.
func (s *roomStore) remove(b *store.Batch, room, archive string) {
	b.Do(func(tx *store.Tx) error {
		if _, err := tx.Exec(`DELETE FROM muc_room WHERE room = $1`, room); err != nil {
			return err
		}
		if _, err := tx.Exec(`INSERT INTO muc_purge (archive) VALUES ($1) ON CONFLICT DO NOTHING`, archive); err != nil {
			return err
		}
		return leftovers(tx, room)
	})
}

// leftovers deletes what belongs to a room besides its own row. A new room is created without them too, in case that a
// former owner has written late.
func leftovers(tx *store.Tx, room string) error {
	for _, table := range []string{"muc_affiliation", "muc_occupant", "muc_card", "muc_fence"} {
		if _, err := tx.Exec(`DELETE FROM `+table+` WHERE room = $1`, room); err != nil {
			return err
		}
	}
	return nil
}

func newStanzaID() string { return rand.Text() }
