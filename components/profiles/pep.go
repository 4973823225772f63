package profiles

import (
	"bytes"
	"context"
	"sync"
	"time"

	"plenum/components/directory"
	"plenum/components/pubsub"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// Besides presence, which is as old as a session, icon and colour are an item of the node NS of the user's account (XEP-0163#notify-last): who sees his
// presence gets it when it asks for the node with +notify, whether he is online or not. A profile without icon is an empty <profile/>, and an account
// that never had an icon has no node.

// Nodes publishes in the name of accounts.
type Nodes interface {
	Publish(ctx context.Context, owner jid.JID, node, id string, payload []byte, o pubsub.PublishOptions) (string, error)
	Items(ctx context.Context, owner jid.JID, node string, ids ...string) ([]pubsub.Item, error)
}

// itemID is that of the one item of the node.
const itemID = "current"

// stopTime bounds what is still published when the server ends.
const stopTime = 5 * time.Second

// A board has the users whose profile is to be published. One after the other is, each as he is then: what he was in between nobody needs to know.
type board struct {
	mu    sync.Mutex
	users map[jid.JID]bool
	wake  chan struct{}
}

func newBoard() *board { return &board{users: make(map[jid.JID]bool), wake: make(chan struct{}, 1)} }

func (b *board) add(users ...jid.JID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, user := range users {
		b.users[user.Bare()] = true
	}
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

func (b *board) next() (user jid.JID, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for user = range b.users {
		delete(b.users, user)
		return user, true
	}
	return user, false
}

// publishAll publishes what is on the board, until ctx ends.
func (p *Service) publishAll(ctx context.Context) {
	for ctx.Err() == nil {
		select {
		case <-p.board.wake:
			p.publishNow(ctx)
		case <-ctx.Done():
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	p.publishNow(ctx)
}

func (p *Service) publishNow(ctx context.Context) {
	for user, ok := p.board.next(); ok && ctx.Err() == nil; user, ok = p.board.next() {
		if err := p.publish(ctx, user); err != nil {
			p.log.Error("the icon of a profile cannot be published", "user", user, "err", err)
		}
	}
}

// publish makes the node of a user show the profile that he is in.
func (p *Service) publish(ctx context.Context, user jid.JID) error {
	profile, _ := p.org.Of(user)
	payload := element(&profile)
	items, err := p.nodes.Items(ctx, user, NS, itemID)
	switch {
	case err != nil:
		return err
	case len(items) == 0 && !profile.ShowIcon, len(items) > 0 && bytes.Equal(items[0].Payload, payload):
		return nil
	}
	_, err = p.nodes.Publish(ctx, user, NS, itemID, payload, pubsub.PublishOptions{})
	return err
}

// element is <profile/>, with what others may see.
func element(p *directory.Profile) []byte {
	if !p.ShowIcon {
		return xmlstream.NewBuilder().Element("profile", NS, "").Bytes()
	}
	return xmlstream.NewBuilder().Element("profile", NS, "", "name", p.Name, "icon", p.Icon, "colour", p.Colour).Bytes()
}
