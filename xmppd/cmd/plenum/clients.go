package main

import (
	"context"
	"net"
	"slices"
	"strings"

	"plenum/admin/api"
	"plenum/components/disco"
	"plenum/xmppd"
	"plenum/xmppd/jid"
)

// clients shows the console who is connected, on all servers.
type clients struct {
	xmpp *xmppd.Server
	caps *disco.Caps
	name func(user jid.JID) string
	poll *poll
}

const pollClients = "clients"

// clientQuery asks a server for its first clients.
type clientQuery struct {
	Text  string `json:"text"`
	Limit int    `json:"limit"`
}

type clientList struct {
	Clients []api.Client `json:"clients"`
	Total   int          `json:"total"`
}

func newClients(xmpp *xmppd.Server, caps *disco.Caps, name func(jid.JID) string, p *poll) *clients {
	c := &clients{xmpp, caps, name, p}
	answerPoll(p, pollClients, c.here)
	return c
}

// Find implements api.Clients.
func (c *clients) Find(ctx context.Context, text string, offset, limit int) ([]api.Client, int, error) {
	q := clientQuery{text, offset + limit}
	all := c.here(q)
	for _, other := range askPoll[clientList](ctx, c.poll, pollClients, q) {
		all.Clients = append(all.Clients, other.Clients...)
		all.Total += other.Total
	}
	slices.SortFunc(all.Clients, byAddress)
	end := min(offset+limit, len(all.Clients))
	return all.Clients[min(offset, end):end], all.Total, nil
}

func byAddress(a, b api.Client) int { return a.JID.Compare(b.JID) }

// here are the clients of this server.
func (c *clients) here(q clientQuery) clientList {
	words := strings.Fields(strings.ToLower(q.Text))
	var list clientList
	for _, x := range c.xmpp.AllSessions() {
		if client := c.client(x); c.matches(&client, words) {
			list.Clients = append(list.Clients, client)
		}
	}
	list.Total = len(list.Clients)
	slices.SortFunc(list.Clients, byAddress)
	list.Clients = list.Clients[:min(q.Limit, list.Total)]
	return list
}

func (c *clients) matches(client *api.Client, words []string) bool {
	if len(words) == 0 {
		return true
	}
	text := strings.ToLower(strings.Join([]string{client.JID.String(), c.name(client.JID.Bare()), client.Program, client.Address}, "\n"))
	return !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(text, word) })
}

func (c *clients) client(x *xmppd.Session) api.Client {
	address := x.RemoteAddr()
	if host, _, err := net.SplitHostPort(address); err == nil {
		address = host
	}
	client := api.Client{JID: x.JID(), Address: address, Since: x.Since().UTC(), State: "unavailable", Secure: x.Secure(),
		Guest: x.JID().Domain() == c.xmpp.GuestDomain(), Node: string(c.xmpp.Node().ID)}
	if known := c.caps.Of(x); known != nil && len(known.Info.Identities) > 0 {
		client.Program = known.Info.Identities[0].Name
	}
	switch p := x.Presence(); {
	case x.Detached():
		client.State = "lost"
	case p.Available:
		client.State = string(presenceOf(p))
	}
	return client
}

// presenceOf is what an available presence shows (RFC 6121 §4.7.2.1).
func presenceOf(p *xmppd.SessionPresence) api.Presence {
	show, ok := p.Packet.Child(p.Packet.ContentNS(), "show")
	if !ok {
		return api.Available
	}
	switch strings.TrimSpace(show.Text()) {
	case "away", "xa":
		return api.Away
	case "dnd":
		return api.Busy
	}
	return api.Available
}

// Presence implements api.Clients: that of the client with the highest priority, and among equals of the one that came last. What another server
// alone knows is that a client is available.
func (c *clients) Presence(user jid.JID) api.Presence {
	var best *xmppd.SessionPresence
	for _, x := range c.xmpp.Sessions(user) {
		p := x.Presence()
		if p.Available && (best == nil || p.Priority > best.Priority || p.Priority == best.Priority && p.Since.After(best.Since)) {
			best = p
		}
	}
	if best != nil {
		return presenceOf(best)
	}
	if len(c.availableOn(user)) > 0 {
		return api.Available
	}
	return api.Offline
}

// availableOn are the other servers on which a user has available clients.
func (c *clients) availableOn(user jid.JID) (nodes []string) {
	remote, err := c.xmpp.Node().Registry.Remote(c.xmpp.Context(), user.String())
	if err != nil {
		return nil // the page shows what is known
	}
	for _, r := range remote {
		if r.Available {
			nodes = append(nodes, string(r.Node))
		}
	}
	return nodes
}

// End implements api.Clients.
func (c *clients) End(full jid.JID) bool {
	for _, t := range c.xmpp.Targets(full.Bare()) {
		if t.JID == full {
			c.xmpp.CloseSession(t, "not-authorized", "disconnected by an administrator")
			return true
		}
	}
	return false
}

// figures counts the clients of this server.
func (c *clients) figures() api.Figures {
	own := string(c.xmpp.Node().ID)
	f := api.Figures{Node: own}
	users := make(map[jid.JID]bool)
	for _, x := range c.xmpp.AllSessions() {
		f.Sessions++
		bare := x.JID().Bare()
		if bare.Domain() == c.xmpp.GuestDomain() {
			f.Guests++
		} else if x.Presence().Available {
			users[bare] = true
		}
	}
	for user := range users {
		if !slices.ContainsFunc(c.availableOn(user), func(other string) bool { return other < own }) {
			f.Users++
		}
	}
	return f
}
