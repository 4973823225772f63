package conference

import (
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"plenum/components/muc"
	"plenum/xmppd"
	"plenum/xmppd/cluster"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

// Members of a group find it in their bookmarks. What is to be written there is noted in the transaction that makes somebody a
// member, and written after it in the background, so that none is lost and no room waits for it.

//go:embed migrations
var migrations embed.FS

func migrate(ctx context.Context, db *store.DB) error {
	lite, _ := fs.Sub(migrations, "migrations/sqlite") // the path is a constant
	pg, _ := fs.Sub(migrations, "migrations/postgres")
	return db.Migrate(ctx, "conference", lite, pg)
}

// What is to be done to a bookmark.
const (
	addBookmark    = "add"
	renameBookmark = "rename"
	removeBookmark = "remove"
)

var bookmarkColumns = []string{"room", "owner", "what", "name", "was", "node", "serial"}

// noteBookmark takes the place of an older note about the same bookmark. A new name does so too, but an addition remains one.
var (
	noteBookmark = store.NewInsert("conference_bookmark", bookmarkColumns, `ON CONFLICT (room, owner) DO UPDATE SET
		what = excluded.what, name = excluded.name, was = excluded.was, node = excluded.node, serial = excluded.serial`)
	noteName = store.NewInsert("conference_bookmark", bookmarkColumns, `ON CONFLICT (room, owner) DO UPDATE SET
		name = excluded.name, node = excluded.node, serial = excluded.serial`)
)

// roomChanged is the door of the rooms.
func (c *Service) roomChanged(b *store.Batch, x *muc.Change) {
	if x.Made || x.Before.Exists && !x.After.Exists {
		c.endAccess(b, x.Room)
	}
	c.numberRoom(b, x)
	notes := false
	note := func(ins *store.Insert, owner jid.JID, what string) {
		notes = true
		b.Insert(ins, x.Room.String(), owner.String(), what, x.After.Name, x.Before.Name, string(c.srv.Node().ID), rand.Text())
	}
	if x.After.Group {
		for _, who := range x.Joined {
			note(noteBookmark, who, addBookmark)
		}
	}
	if x.Before.Group {
		for _, who := range x.Left {
			note(noteBookmark, who, removeBookmark)
		}
	}
	if x.Before.Group && x.After.Group && x.Before.Name != x.After.Name {
		for _, who := range x.Members() {
			note(noteName, who, renameBookmark)
		}
	}
	if len(x.Left) > 0 {
		c.phonesLeave(b, x.Room, x.Left)
	}
	if notes {
		b.OnCommit(func(err error) {
			if err == nil {
				c.wakeBookmarks()
			}
		})
	}
}

// endAccess makes the link invalid that stands for a room when b is committed: the room is no more. One that is made anew under the
// address has nothing to do with it.
func (c *Service) endAccess(b *store.Batch, room jid.JID) {
	old, err := c.Access.Get(room)
	if err != nil {
		return
	}
	end := func(ctx context.Context) {
		if a, err := c.Access.Get(room); err != nil || a.Token != old.Token {
			return
		}
		if err := c.Access.Off(ctx, room, room); err != nil && ctx.Err() == nil {
			c.log.Error("the access of guests to a room that has ended could not be taken away", "room", room, "err", err)
		}
	}
	b.OnCommit(func(err error) {
		if err == nil {
			c.later("the access of guests to a room that has ended", end)
		}
	})
}

func (c *Service) wakeBookmarks() {
	select {
	case c.pending <- struct{}{}:
	default:
	}
}

const (
	bookmarksAtOnce = 200
	retryBookmarks  = 5 * time.Second
)

// writeBookmarks carries out what is noted for this node: what an earlier life has left, and what comes.
func (c *Service) writeBookmarks() {
	c.wakeBookmarks()
	for {
		select {
		case <-c.pending:
		case <-c.ctx.Done():
			return
		}
		if err := c.writeNoted(c.ctx); err != nil && c.ctx.Err() == nil {
			c.log.Error("the bookmarks of a group could not be written; trying again", "err", err)
			select {
			case <-time.After(retryBookmarks):
				c.wakeBookmarks()
			case <-c.ctx.Done():
				return
			}
		}
	}
}

// noted is a row.
type noted struct {
	room, owner             jid.JID
	what, name, was, serial string
}

func (c *Service) writeNoted(ctx context.Context) error {
	for {
		list, err := c.readNoted(ctx)
		if err != nil || len(list) == 0 {
			return err
		}
		for _, n := range list {
			if err := c.writeBookmark(ctx, &n); err != nil {
				var refused *xmppd.StanzaError
				if !errors.As(err, &refused) {
					return fmt.Errorf("%s a bookmark of %s: %w", n.what, n.owner, err)
				}
				c.log.Warn("a bookmark was not accepted", "user", n.owner, "room", n.room, "what", n.what, "err", err)
			}
		}
		err = c.db.Commit(ctx, func(tx *store.Tx) error {
			for _, n := range list {
				if _, err := tx.Exec(`DELETE FROM conference_bookmark WHERE room = $1 AND owner = $2 AND serial = $3`, n.room.String(), n.owner.String(), n.serial); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}

func (c *Service) readNoted(ctx context.Context) (list []noted, err error) {
	rows, err := c.db.Query(ctx, `SELECT room, owner, what, name, was, serial FROM conference_bookmark WHERE node = $1 ORDER BY serial LIMIT $2`,
		string(c.srv.Node().ID), bookmarksAtOnce)
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		var n noted
		var room, owner string
		if err = rows.Scan(&room, &owner, &n.what, &n.name, &n.was, &n.serial); err == nil {
			n.room, err = jid.Parse(room)
		}
		if err == nil {
			n.owner, err = jid.Parse(owner)
		}
		if err != nil {
			return nil, err
		}
		list = append(list, n)
	}
	return list, rows.Err()
}

func (c *Service) writeBookmark(ctx context.Context, n *noted) error {
	if !c.srv.AccountExists(n.owner) {
		return nil // who gets the name next has nothing to do with it
	}
	switch n.what {
	case addBookmark:
		return c.Bookmarks.AddBookmark(ctx, n.owner, n.room, n.name)
	case renameBookmark:
		return c.Bookmarks.RenameBookmark(ctx, n.owner, n.room, n.was, n.name)
	case removeBookmark:
		return c.Bookmarks.RemoveBookmark(ctx, n.owner, n.room)
	}
	c.log.Error("a note about a bookmark is of no known kind", "what", n.what)
	return nil
}

// nodeDown takes over what another node had to write.
func (c *Service) nodeDown(d cluster.Down) {
	if err := c.findCutOff(c.ctx, d.Node); err != nil {
		c.log.Error("nobody will learn that his conference was cut off", "node", d.Node, "err", err)
	}
	err := c.db.Commit(c.ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE conference_bookmark SET node = $1 WHERE node = $2`, string(c.srv.Node().ID), string(d.Node))
		return err
	})
	if err != nil {
		c.log.Error("bookmarks that another node had to write are left until it is back", "node", d.Node, "err", err)
		return
	}
	c.wakeBookmarks()
}
