package pubsub

import (
	"context"

	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// AddBookmark adds a room that the owner's clients enter by themselves (XEP-0402#adding-a-bookmark), unless he remembers it already. It
// does nothing while others can see his bookmarks: a room may be nobody's business.
func (p *Service) AddBookmark(ctx context.Context, owner, room jid.JID, name string) error {
	known, mine, err := p.bookmark(ctx, owner, room)
	if err != nil || known != nil || !mine {
		return err
	}
	return p.putBookmark(ctx, owner, &bookmark{id: room.String(), room: room, name: name, autojoin: true})
}

// RenameBookmark gives a room that the owner remembers as was another name. What he calls it himself stays.
func (p *Service) RenameBookmark(ctx context.Context, owner, room jid.JID, was, name string) error {
	known, _, err := p.bookmark(ctx, owner, room)
	if err != nil || known == nil || known.name != was {
		return err
	}
	known.name = name
	return p.putBookmark(ctx, owner, known)
}

// RemoveBookmark removes a room from the owner's bookmarks. There need not be any.
func (p *Service) RemoveBookmark(ctx context.Context, owner, room jid.JID) error {
	known, _, err := p.bookmark(ctx, owner, room)
	if err != nil || known == nil {
		return err
	}
	if err := p.Retract(ctx, owner, NSBookmarks, known.id); !fault.Is(err, fault.NotFound) {
		return err
	}
	return nil
}

// bookmark finds a room among an owner's bookmarks; nil when it is not there. Mine says that they are his alone to see.
func (p *Service) bookmark(ctx context.Context, owner, room jid.JID) (known *bookmark, mine bool, err error) {
	if _, err := p.engine.fresh(ctx, owner, NSBookmarks); err != nil {
		return nil, false, err
	}
	list, mine, err := p.bookmarks(ctx, owner)
	for i := range list {
		if list[i].room == room {
			return &list[i], mine, err
		}
	}
	return nil, mine, err
}

func (p *Service) putBookmark(ctx context.Context, owner jid.JID, b *bookmark) error {
	_, err := p.Publish(ctx, owner, NSBookmarks, b.id, b.append(nil, NSBookmarks), PublishOptions{})
	return err
}
