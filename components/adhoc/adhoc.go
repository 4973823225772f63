// Package adhoc lets components offer commands that people carry out from any client, step by step.
//
// A command is a name and a function. The function returns a Step: what the client shows, and who takes what the user fills in. Steps
// follow each other until one has no successor; going back, cancelling and lifetimes are dealt with here.
//
//	commands.Add(adhoc.Command{
//		Node: "urn:example:greet", Name: "Greet somebody", Target: xmppd.ToServer,
//		Start: func(context.Context, *adhoc.Request) (*adhoc.Step, error) {
//			form := dataform.New("form", "urn:example:greet").Add(dataform.Field{Var: "who", Type: dataform.TextSingle, Required: true})
//			return &adhoc.Step{Form: form, Next: greet}, nil
//		},
//	})
//
// Spec: XEP-0050 1.3.0 complete
package adhoc

import (
	"context"
	"fmt"

	"plenum/components/disco"
	"plenum/xmppd"
	"plenum/xmppd/dataform"
	"plenum/xmppd/jid"
)

// NS is the namespace of <command/>, and the disco node under which commands are listed.
const NS = "http://jabber.org/protocol/commands"

// Action is what a user may do with a step, besides cancelling.
type Action string

// The actions of XEP-0050#impl-actions that lead on from a step.
const (
	Next     Action = "next"
	Complete Action = "complete"
)

// Request is what a function of a command is called with.
type Request struct {
	From   jid.JID        // who carries out the command; always a full JID of a client, or a component
	To     jid.JID        // the domain or the account that was asked
	Origin *xmppd.Session // nil when the sender is not a session on this node
	Lang   string         // what the user would like to read; may be empty
	Action Action         // Next or Complete; empty at the start
	Form   *dataform.Form // what was filled in; never nil after the start, with no fields when nothing came
}

// Func does one step of a command. It runs in the turn of the requester and may use the store. A fault.Invalid says that the form is
// not right: the user may fill it in again. Any other error ends the command. No step and no error is the end, without a word.
type Func func(ctx context.Context, r *Request) (*Step, error)

// Step is what the client shows next.
type Step struct {
	Form    *dataform.Form // to fill in (type form), or to read (type result); nil for none
	Notes   []Note
	Next    Func     // takes what was filled in; nil when the command is over with this step
	Actions []Action // what may be done with the form, the usual one first; empty means Complete alone
}

// Note is a text for the user. Type is info, warn or error.
type Note struct{ Type, Text string }

// Done is the end of a command that went well.
func Done(format string, args ...any) *Step {
	return &Step{Notes: []Note{{"info", fmt.Sprintf(format, args...)}}}
}

// Failed is the end of a command that was carried out and did not succeed (XEP-0050#impl-commands).
func Failed(format string, args ...any) *Step {
	return &Step{Notes: []Note{{"error", fmt.Sprintf(format, args...)}}}
}

// Command is what users can carry out.
type Command struct {
	Node   string // names it within its target
	Name   string // for people
	Target xmppd.IQTarget
	// Allow says who may see and use it; it is asked again at each step. Nil means, for the server, its users but not guests; for an
	// account, its owner.
	Allow func(ctx context.Context, from, to jid.JID) bool
	Start Func
	// AtServer offers a command of accounts at the server too, for the account of who asks: that is where clients such as Gajim look for commands.
	AtServer bool
}

type commandKey struct {
	target xmppd.IQTarget
	node   string
}

// Service carries out commands.
type Service struct {
	srv      *xmppd.Server
	commands map[commandKey]*Command
	order    []*Command
	sessions *sessions
}

// Register puts ad-hoc commands into s. Commands are added before the server starts.
func Register(s *xmppd.Server, d *disco.Service) *Service {
	a := &Service{srv: s, commands: map[commandKey]*Command{}, sessions: newSessions()}
	for _, t := range []xmppd.IQTarget{xmppd.ToServer, xmppd.ToAccount} {
		s.HandleIQ(t, xmppd.Set, NS, "command", func(ctx context.Context, iq *xmppd.IQ) (any, error) { return a.execute(ctx, t, iq) })
		d.AddNodes(t, a.info(t), a.items(t))
	}
	s.Hooks.SessionEnd.Add(func(x *xmppd.Session) { a.sessions.forget(x.JID()) })
	return a
}

// Add offers a command. Two of the same node for one target are a bug.
func (a *Service) Add(c Command) {
	k := commandKey{c.Target, c.Node}
	if a.commands[k] != nil || c.Node == "" || c.Node == NS || c.Start == nil {
		panic("adhoc: command " + c.Node + " cannot be added")
	}
	a.commands[k] = &c
	a.order = append(a.order, &c)
}

// find returns the command of a target that has a node; own is set for one that is carried out for the account of who asks the server.
func (a *Service) find(t xmppd.IQTarget, node string) (c *Command, own bool) {
	if c = a.commands[commandKey{t, node}]; c != nil || t != xmppd.ToServer {
		return c, false
	}
	if c = a.commands[commandKey{xmppd.ToAccount, node}]; c == nil || !c.AtServer {
		return nil, false
	}
	return c, true
}

// allowed applies the command's own rule, or the usual one.
func (a *Service) allowed(ctx context.Context, c *Command, from, to jid.JID) bool {
	switch {
	case c.Allow != nil:
		return c.Allow(ctx, from, to)
	case c.Target == xmppd.ToAccount && to.Local() != "":
		return from.Bare() == to && from.Domain() != a.srv.GuestDomain()
	}
	return from.Local() != "" && a.srv.IsHost(from.Domain()) && from.Domain() != a.srv.GuestDomain()
}
