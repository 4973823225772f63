// Package sessions lets users see which of their clients are connected, and disconnect others, by ad-hoc commands of their account.
package sessions

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"plenum/components/adhoc"
	"plenum/components/disco"
	"plenum/xmppd"
	"plenum/xmppd/dataform"
	"plenum/xmppd/jid"
)

// Nodes of the commands; the second is the FORM_TYPE of its form too.
const (
	NodeList = "urn:plenum:sessions:list"
	NodeEnd  = "urn:plenum:sessions:end"
)

// Service knows the sessions.
type Service struct {
	srv  *xmppd.Server
	caps *disco.Caps
}

// Register adds the commands.
func Register(s *xmppd.Server, d *disco.Service, commands *adhoc.Service) *Service {
	c := &Service{srv: s, caps: d.Caps}
	commands.Add(adhoc.Command{Node: NodeList, Name: "Show my connected clients", Target: xmppd.ToAccount, Start: c.list})
	commands.Add(adhoc.Command{Node: NodeEnd, Name: "Disconnect one of my clients", Target: xmppd.ToAccount, Start: c.choose})
	return c
}

// all are the account's sessions, in the order of their resources.
func (c *Service) all(account jid.JID) []xmppd.Target {
	list := c.srv.Targets(account)
	slices.SortFunc(list, func(a, b xmppd.Target) int { return cmp.Compare(a.JID.Resource(), b.JID.Resource()) })
	return list
}

// columns are what is shown of a session. What another server of the cluster alone knows is left empty.
var columns = []dataform.Field{
	{Var: "resource", Label: "Connection"}, {Var: "client", Label: "Client"}, {Var: "address", Label: "Address"},
	{Var: "since", Label: "Connected since"}, {Var: "state", Label: "State"},
}

func (c *Service) row(t xmppd.Target, own bool) []dataform.Field {
	value := func(name, v string) dataform.Field { return dataform.Field{Var: name, Values: []string{v}} }
	address, since, state := "", "", ""
	if x := t.Session(); x != nil {
		address = x.RemoteAddr()
		since = x.Since().UTC().Format(time.DateTime + " MST")
		state = stateOf(x)
	}
	if own {
		state = strings.TrimSpace("this client, " + state)
	}
	return []dataform.Field{
		value("resource", t.JID.Resource()), value("client", c.client(t)), value("address", address), value("since", since), value("state", state),
	}
}

func stateOf(x *xmppd.Session) string {
	switch {
	case x.Detached():
		return "connection lost"
	case x.Presence().Available:
		return "available"
	}
	return "not available"
}

// client is the name under which a client has made itself known.
func (c *Service) client(t xmppd.Target) string {
	x := t.Session()
	if x == nil {
		return ""
	}
	if known := c.caps.Of(x); known != nil && len(known.Info.Identities) > 0 {
		return known.Info.Identities[0].Name
	}
	return ""
}

func (c *Service) list(_ context.Context, r *adhoc.Request) (*adhoc.Step, error) {
	f := &dataform.Form{Type: "result", Title: "Connected clients", Reported: columns}
	for _, t := range c.all(r.To) {
		f.Items = append(f.Items, c.row(t, t.JID == r.From))
	}
	return &adhoc.Step{Form: f}, nil
}

// choose asks which ones to disconnect.
func (c *Service) choose(_ context.Context, r *adhoc.Request) (*adhoc.Step, error) {
	field := dataform.Field{Var: "sessions", Type: dataform.ListMulti, Label: "Clients to disconnect", Required: true}
	for _, t := range c.all(r.To) {
		if t.JID == r.From {
			continue
		}
		label := t.JID.Resource()
		if name := c.client(t); name != "" {
			label += " (" + name + ")"
		}
		field.Options = append(field.Options, dataform.Option{Label: label, Value: t.SID})
	}
	if len(field.Options) == 0 {
		return adhoc.Done("No other client is connected"), nil
	}
	f := dataform.New("form", NodeEnd).Add(field)
	f.Title = "Disconnect clients"
	return &adhoc.Step{Form: f, Next: c.end}, nil
}

// end disconnects what was chosen. Others than the user's own sessions cannot be named.
func (c *Service) end(_ context.Context, r *adhoc.Request) (*adhoc.Step, error) {
	chosen := r.Form.All("sessions")
	n := 0
	for _, t := range c.all(r.To) {
		if slices.Contains(chosen, t.SID) && t.JID != r.From {
			c.srv.CloseSession(t, "not-authorized", "disconnected by another client of this account")
			n++
		}
	}
	if n == 0 {
		return adhoc.Failed("None of them is connected any more"), nil
	}
	if n == 1 {
		return adhoc.Done("The client was disconnected"), nil
	}
	return adhoc.Done("%d clients were disconnected", n), nil
}
