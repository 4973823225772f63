package conference

import (
	"context"
	"fmt"
	"maps"
	"sync/atomic"
	"time"

	"plenum/components/muc"
	"plenum/xmppd/cluster"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

// Each group has a small number, by which its conference is dialled from inside. It is the least that was free when the room became a
// group, and stays with it until it is destroyed.

// kindNumbers tells other nodes that numbers have changed.
const kindNumbers = "conference.numbers"

// numberTable is the numbers as this node knows them.
type numberTable struct{ known atomic.Pointer[numbersKnown] }

type numbersKnown struct {
	byRoom   map[jid.JID]int
	byNumber map[int]jid.JID
}

func (t *numberTable) set(byRoom map[jid.JID]int) {
	k := &numbersKnown{byRoom, make(map[int]jid.JID, len(byRoom))}
	for room, n := range byRoom {
		k.byNumber[n] = room
	}
	t.known.Store(k)
}

// GroupNumber is the number of a group, by which it is dialled from inside; 0 when it has none.
func (c *Service) GroupNumber(room jid.JID) int {
	if k := c.numbers.known.Load(); k != nil {
		return k.byRoom[room]
	}
	return 0
}

// InternalNumber is what is dialled for a group from telephones inside; "" when there is nothing.
func (c *Service) InternalNumber(room jid.JID) string {
	n := c.GroupNumber(room)
	if n == 0 || c.Code == nil {
		return ""
	}
	return c.Code(n)
}

// ByGroupNumber is the group of a number.
func (c *Service) ByGroupNumber(n int) (room jid.JID, ok bool) {
	if k := c.numbers.known.Load(); k != nil {
		room, ok = k.byNumber[n]
	}
	return room, ok
}

// IsMember reports whether a user belongs to a group. It waits for the store.
func (c *Service) IsMember(ctx context.Context, room, user jid.JID) (bool, error) {
	list, err := c.Rooms.Affiliations(ctx, room)
	if err != nil {
		return false, err
	}
	for _, a := range list {
		if a.JID == user.Bare() {
			return a.Affiliation >= muc.Member, nil
		}
	}
	return false, nil
}

// readNumbers learns all numbers.
func (c *Service) readNumbers(ctx context.Context) error {
	rows, err := c.db.Query(ctx, `SELECT room, number FROM conference_number`)
	if err != nil {
		return fmt.Errorf("read the numbers of groups: %w", err)
	}
	list := map[jid.JID]int{}
	for rows.Next() {
		var room string
		var n int
		if err := rows.Scan(&room, &n); err != nil {
			return fmt.Errorf("read the numbers of groups: %w", err)
		}
		if j, err := jid.Parse(room); err == nil {
			list[j] = n
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read the numbers of groups: %w", err)
	}
	c.numbers.set(list)
	return nil
}

// beginNumbers learns the numbers, and gives one to each group that has none: those from before there were any.
func (c *Service) beginNumbers() {
	err := c.readNumbers(c.ctx)
	for after := ""; err == nil; {
		var rooms []jid.JID
		if rooms, err = c.Rooms.List(c.ctx, after, groupsAtOnce); err != nil || len(rooms) == 0 {
			break
		}
		for _, room := range rooms {
			after = room.String()
			if c.GroupNumber(room) == 0 && err == nil {
				err = c.giveNumber(c.ctx, room)
			}
		}
	}
	if err != nil && c.ctx.Err() == nil {
		c.log.Error("groups are without a number", "err", err)
	}
}

const groupsAtOnce = 500

// numberTries is how often a number is looked for that another node has taken meanwhile.
const numberTries = 20

// giveNumber gives a group the least number that is free.
func (c *Service) giveNumber(ctx context.Context, room jid.JID) error {
	s, err := c.summary(ctx, room)
	switch {
	case fault.Is(err, fault.NotFound) || err == nil && !s.Config.MembersOnly:
		return nil // it is no group
	case err != nil:
		return err
	}
	for range numberTries {
		done := false
		err = c.db.Commit(ctx, func(tx *store.Tx) error {
			n, err := leastFree(tx)
			if err != nil {
				return err
			}
			if _, err := tx.Exec(`INSERT INTO conference_number (room, number) VALUES ($1, $2) ON CONFLICT DO NOTHING`, room.String(), n); err != nil {
				return err
			}
			var one int
			switch err := tx.QueryRow(`SELECT 1 FROM conference_number WHERE room = $1`, room.String()).Scan(&one); err {
			case nil:
				done = true
				return nil
			case store.ErrNoRows:
				return nil // the number was taken
			default:
				return err
			}
		})
		if err != nil {
			return fmt.Errorf("give %s a number: %w", room, err)
		}
		if done {
			return c.numbersChanged(ctx)
		}
	}
	return fault.New(fault.Unavailable, "no number could be given to the group")
}

// leastFree is the least number that no group has.
func leastFree(tx *store.Tx) (int, error) {
	n := 0
	err := tx.QueryRow(`SELECT MIN(n) FROM (SELECT 1 AS n UNION ALL SELECT number + 1 FROM conference_number) AS candidates
		WHERE n NOT IN (SELECT number FROM conference_number)`).Scan(&n)
	return n, err
}

func (c *Service) numbersChanged(ctx context.Context) error {
	if len(c.srv.Node().Peers()) > 0 {
		c.srv.Announce(kindNumbers, nil)
	}
	return c.readNumbers(ctx)
}

func (c *Service) heardNumbers(cluster.NodeID, []byte) {
	c.later("the numbers of groups", func(ctx context.Context) {
		if err := c.readNumbers(ctx); err != nil && ctx.Err() == nil {
			c.log.Error("the numbers of groups are old", "err", err)
		}
	})
}

// numberRoom sees to the number of a room whose change b commits.
func (c *Service) numberRoom(b *store.Batch, x *muc.Change) {
	switch {
	case x.After.Group && c.GroupNumber(x.Room) == 0:
		room := x.Room.Clone()
		b.OnCommit(func(err error) {
			if err == nil {
				c.later("the number of a group", func(ctx context.Context) { c.tryNumber(ctx, room) })
			}
		})
	case !x.After.Exists && c.GroupNumber(x.Room) != 0:
		room := x.Room.String()
		b.Do(func(tx *store.Tx) error {
			_, err := tx.Exec(`DELETE FROM conference_number WHERE room = $1`, room)
			return err
		})
		b.OnCommit(func(err error) {
			if err == nil {
				c.forgetNumber(x.Room.Clone())
			}
		})
	}
}

func (c *Service) tryNumber(ctx context.Context, room jid.JID) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if err := c.giveNumber(ctx, room); err != nil && c.ctx.Err() == nil {
		c.log.Error("a group is without a number until the next start", "room", room, "err", err)
	}
}

// forgetNumber takes a number out of memory at once, so that nobody is led to a group that is gone.
func (c *Service) forgetNumber(room jid.JID) {
	if k := c.numbers.known.Load(); k != nil {
		list := maps.Clone(k.byRoom)
		delete(list, room)
		c.numbers.set(list)
	}
	c.later("the numbers of groups", func(ctx context.Context) {
		if err := c.numbersChanged(ctx); err != nil && ctx.Err() == nil {
			c.log.Error("the numbers of groups are old", "err", err)
		}
	})
}
