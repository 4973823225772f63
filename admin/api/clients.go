package api

import (
	"context"
	"time"

	"plenum/components/audit"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// Client is a connected client.
type Client struct {
	JID     jid.JID // full
	Program string  // its name, when it has told
	Address string  // IP address
	Since   time.Time
	State   string // available, away, dnd, unavailable, lost
	Secure  bool
	Guest   bool
	Node    string
}

// Clients are the connected clients on all servers.
type Clients interface {
	// Find returns those that match a text, in the order of their addresses, and how many there are in all.
	Find(ctx context.Context, text string, offset, limit int) ([]Client, int, error)
	// Presence is what others see of a user.
	Presence(user jid.JID) Presence
	// End disconnects a client, wherever it is, and reports whether it was there.
	End(full jid.JID) bool
}

func (a *API) sessions(ctx context.Context, req sessionsRequest) (ClientSessionPage, error) {
	found, total, err := a.Clients.Find(ctx, req.Text, req.Offset, req.Limit)
	if err != nil {
		return ClientSessionPage{}, err
	}
	page := ClientSessionPage{Items: make([]ClientSession, 0, len(found)), Total: total}
	for _, c := range found {
		item := ClientSession{JID: c.JID, User: c.JID.Bare(), DisplayName: a.Directory.Accounts.Name(c.JID.Bare()), Client: c.Program, Address: c.Address,
			State: c.State, Secure: c.Secure, Guest: c.Guest, Node: c.Node}
		if !c.Since.IsZero() {
			item.Since = &c.Since
		}
		page.Items = append(page.Items, item)
	}
	return page, nil
}

// endSession disconnects a client. It may connect again: who must not is disabled.
func (a *API) endSession(ctx context.Context, req sessionRequest) (none, error) {
	if !req.JID.IsFull() || !a.Clients.End(req.JID) {
		return none{}, fault.New(fault.NotFound, "no such client is connected")
	}
	note(ctx, audit.Entry{Action: "session.disconnect", Kind: "session", Object: req.JID.String(), Name: a.Directory.Accounts.Name(req.JID.Bare())})
	return none{}, nil
}
