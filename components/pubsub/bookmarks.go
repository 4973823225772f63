package pubsub

import (
	"context"
	"fmt"
	"strings"

	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/xmlstream"
)

// Namespaces of bookmarks. The first is also the name of their node.
const (
	NSBookmarks    = "urn:xmpp:bookmarks:1"
	nsOldBookmarks = "storage:bookmarks"
)

// bookmark is a room that a user remembers.
type bookmark struct {
	id         string // as the item is named; the room's JID
	room       jid.JID
	name       string
	autojoin   bool
	nick       string
	password   string
	extensions []byte // <extensions/> standing alone; nil for none
}

// same reports whether old clients would see no difference.
func (b *bookmark) same(c *bookmark) bool {
	return b.name == c.name && b.autojoin == c.autojoin && b.nick == c.nick && b.password == c.password
}

// readBookmark reads a <conference/> of either kind; jid is the attribute or the item's id.
func readBookmark(e xmlstream.Element, id string) (b bookmark, ok bool) {
	room, err := jid.Parse(id)
	if err != nil || e.Local() != "conference" {
		return b, false
	}
	b = bookmark{id: id, room: room}
	b.name, _ = e.Attr("name")
	join, _ := e.Attr("autojoin")
	b.autojoin, _ = parseBool(join)
	for c := range e.Children() {
		switch {
		case c.Is(e.Space(), "nick"):
			b.nick = c.Text()
		case c.Is(e.Space(), "password"):
			b.password = c.Text()
		case c.Is(NSBookmarks, "extensions"):
			b.extensions = c.Standalone()
		}
	}
	return b, true
}

// append writes <conference/> into a namespace that is declared around it, or by itself when ns is not empty.
func (b *bookmark) append(dst []byte, ns string) []byte {
	dst = append(dst, "<conference"...)
	if ns != "" {
		dst = xmlstream.AppendAttr(dst, "xmlns", ns)
	} else {
		dst = xmlstream.AppendAttr(dst, "jid", b.id)
	}
	if b.name != "" {
		dst = xmlstream.AppendAttr(dst, "name", b.name)
	}
	if b.autojoin {
		dst = append(dst, " autojoin='true'"...)
	}
	dst = append(dst, '>')
	for _, c := range [...][2]string{{"nick", b.nick}, {"password", b.password}} {
		if c[1] != "" {
			dst = append(append(append(dst, '<'), c[0]...), '>')
			dst = xmlstream.AppendEscaped(dst, c[1])
			dst = append(append(append(dst, "</"...), c[0]...), '>')
		}
	}
	if ns != "" {
		dst = append(dst, b.extensions...)
	}
	return append(dst, "</conference>"...)
}

// UnifyBookmarks makes native bookmarks (XEP-0402) and those in private XML (XEP-0048, XEP-0049) the same, and announces it
// (XEP-0402#compatibility). Mirror takes what a client stores as private XML, source gives what it reads; other elements are left to
// the private storage.
func (p *Service) UnifyBookmarks() (mirror func(ctx context.Context, owner jid.JID, e xmlstream.Element) (taken bool, err error),
	source func(ctx context.Context, owner jid.JID, space, local string) (data []byte, taken bool, err error)) {
	p.srv.AddFeature(xmppd.ToAccount, NSBookmarks+"#compat")
	return p.mirrorBookmarks, p.oldBookmarks
}

// bookmarks are an owner's native bookmarks. They are unified with the old ones only while nobody else can see them
// (XEP-0411#security), and there may be several.
func (p *Service) bookmarks(ctx context.Context, owner jid.JID) (list []bookmark, unified bool, err error) {
	n, err := p.engine.node(ctx, owner, NSBookmarks)
	if err != nil {
		return nil, false, err
	}
	if n != nil && (n.config.Access != AccessWhitelist || !n.config.Persist || p.engine.most(n.config) == 1) {
		return nil, false, nil
	}
	items, err := p.Items(ctx, owner, NSBookmarks)
	for _, it := range items {
		pkt, err := xmlstream.Parse(it.Payload, NSBookmarks, xmlstream.S2S)
		if err != nil {
			continue
		}
		if b, ok := readBookmark(pkt.Root(), it.ID); ok {
			list = append(list, b)
		}
	}
	return list, true, err
}

func (p *Service) oldBookmarks(ctx context.Context, owner jid.JID, space, local string) (data []byte, taken bool, err error) {
	if space != nsOldBookmarks || local != "storage" {
		return nil, false, nil
	}
	list, unified, err := p.bookmarks(ctx, owner)
	if !unified || err != nil {
		return nil, false, err
	}
	rest, err := p.bookmarkRest(ctx, owner)
	if err != nil || len(list) == 0 && len(rest) == 0 {
		return nil, true, err
	}
	data = []byte("<storage xmlns='" + nsOldBookmarks + "'>")
	for i := range list {
		data = list[i].append(data, "")
	}
	return append(append(data, rest...), "</storage>"...), true, nil
}

// mirrorBookmarks makes the native bookmarks those that a client has stored in the old way (XEP-0402#publishing-legacy). What is no
// room is kept beside them.
func (p *Service) mirrorBookmarks(ctx context.Context, owner jid.JID, e xmlstream.Element) (taken bool, err error) {
	if !e.Is(nsOldBookmarks, "storage") {
		return false, nil
	}
	known, unified, err := p.bookmarks(ctx, owner)
	if !unified || err != nil {
		return false, err
	}
	index := make(map[jid.JID]*bookmark, len(known))
	for i := range known {
		index[known[i].room] = &known[i]
	}
	wanted, rest := readStorage(e)
	var changed []Item
	for _, b := range wanted {
		old := index[b.room]
		if old != nil {
			b.id, b.extensions = old.id, old.extensions
			delete(index, b.room)
		}
		if old == nil || !b.same(old) {
			changed = append(changed, Item{ID: strings.Clone(b.id), Payload: b.append(nil, NSBookmarks)})
		}
	}
	if err := p.setBookmarkRest(ctx, owner, rest); err != nil {
		return true, err
	}
	if len(changed) > 0 {
		if _, err := p.publishAll(ctx, owner, NSBookmarks, changed, PublishOptions{}); err != nil {
			return true, err
		}
	}
	var gone []string
	for i := range known {
		if index[known[i].room] == &known[i] {
			gone = append(gone, known[i].id)
		}
	}
	if len(gone) == 0 {
		return true, nil
	}
	return true, p.Retract(ctx, owner, NSBookmarks, gone...)
}

// readStorage reads the rooms of the old form, and what else is there. Of several bookmarks of a room the last one counts: clients add what
// is new at the end.
func readStorage(e xmlstream.Element) (rooms []*bookmark, rest []byte) {
	at := map[jid.JID]int{}
	for c := range e.Children() {
		id, _ := c.Attr("jid")
		b, ok := readBookmark(c, id)
		if !ok || c.Space() != nsOldBookmarks {
			rest = append(rest, c.Standalone()...)
			continue
		}
		if i, known := at[b.room]; known {
			rooms[i] = &b
			continue
		}
		at[b.room] = len(rooms)
		rooms = append(rooms, &b)
	}
	return rooms, rest
}

// maxRest is how many bytes of things other than rooms are kept with old bookmarks.
const maxRest = 64 << 10

func (p *Service) bookmarkRest(ctx context.Context, owner jid.JID) (rest []byte, err error) {
	err = p.engine.db.QueryRow(ctx, `SELECT rest FROM pubsub_old_bookmarks WHERE owner = $1`, owner.String()).Scan(&rest)
	if err != nil && !isNone(err) {
		return nil, fmt.Errorf("read the bookmarks of %s: %w", owner, err)
	}
	return rest, nil
}

func (p *Service) setBookmarkRest(ctx context.Context, owner jid.JID, rest []byte) error {
	if len(rest) > maxRest {
		return xmppd.Errorf("resource-constraint", "bookmarks that are no rooms take at most %d bytes", maxRest)
	}
	old, err := p.bookmarkRest(ctx, owner)
	if err != nil || string(old) == string(rest) {
		return err
	}
	return p.engine.db.Commit(ctx, func(tx *store.Tx) error {
		if len(rest) == 0 {
			_, err := tx.Exec(`DELETE FROM pubsub_old_bookmarks WHERE owner = $1`, owner.String())
			return err
		}
		_, err := tx.Exec(`INSERT INTO pubsub_old_bookmarks (owner, rest) VALUES ($1, $2) ON CONFLICT (owner) DO UPDATE SET rest = excluded.rest`,
			owner.String(), rest)
		return err
	})
}
