package muc

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"sync"

	"plenum/xmppd"
	"plenum/xmppd/cluster"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// command is something that the rest of the program wants of a room, in a form that can be sent to the node that has it.
type command struct {
	Do        string // which of commands
	Config    RoomConfig
	Was       *RoomConfig // of configure
	User      jid.JID
	List      []Affiliated
	Nick      string
	By        string // of kick: the nickname of who does it
	Reason    string
	Alternate jid.JID
}

// commands are carried out on the goroutine of the room; done is called once, with what is to be returned.
var commands = map[string]func(r *Room, c *command, done func(RoomInfo, error)){
	"get": (*Room).doGet, "create": (*Room).doCreate, "configure": (*Room).doConfigure, "affiliate": (*Room).doAffiliate,
	"kick": (*Room).doKick, "destroy": (*Room).doDestroy, "forget": (*Room).doForget,
}

// ask brings a command to a room.
type ask struct {
	command
	done func(RoomInfo, error) // does not block
}

func (a *ask) apply(r *Room) {
	fn := commands[a.Do]
	switch {
	case fn == nil: // from a newer node
		a.done(RoomInfo{}, fault.New(fault.Unavailable, "the servers are of different versions"))
	case r.state == absent && a.Do != "create":
		a.done(RoomInfo{}, errNoRoom)
	default:
		fn(r, &a.command, a.done)
	}
}

var errNoRoom = fault.New(fault.NotFound, "there is no such room")

const (
	kindCall  = "muc.call"  // a command for a room
	kindReply = "muc.reply" // its outcome
)

// call is a command on its way to another node, reply is what comes back.
type call struct {
	ID      string
	Room    jid.JID
	Command command
}

type reply struct {
	ID   string
	Info RoomInfo
	Kind fault.Kind
	Text string // of the error; empty when there is none
}

// calls are the commands that other nodes carry out.
type calls struct {
	mu   sync.Mutex
	wait map[string]func(RoomInfo, error)
}

// ask has a room do something, wherever it is, and waits for the outcome.
func (m *Service) ask(ctx context.Context, room jid.JID, c command) (RoomInfo, error) {
	if room.Domain() != m.domain.Domain() || room.Local() == "" || room.IsFull() {
		return RoomInfo{}, fault.Newf(fault.Invalid, "%s is not the address of a room", room)
	}
	type outcome struct {
		info RoomInfo
		err  error
	}
	got := make(chan outcome, 1)
	a := &ask{c, func(i RoomInfo, err error) {
		select {
		case got <- outcome{i, err}:
		default:
		}
	}}
	if node, ok := m.ownedBy(room); ok {
		m.passAsk(node, room, a)
	} else if !m.post(room, a) {
		return RoomInfo{}, fault.New(fault.Limit, errBusy.Text)
	}
	select {
	case o := <-got:
		return o.info, o.err
	case <-ctx.Done():
		return RoomInfo{}, ctx.Err()
	}
}

// passAsk sends a command to the node that has the room.
func (m *Service) passAsk(node cluster.NodeID, room jid.JID, a *ask) {
	c := call{rand.Text(), room, a.command}
	b, err := json.Marshal(c)
	if err == nil {
		m.calls.mu.Lock()
		m.calls.wait[c.ID] = a.done
		m.calls.mu.Unlock()
		err = m.srv.SendNode(node, kindCall, b)
	}
	if err != nil {
		m.calls.take(c.ID)
		m.lost(room)
		a.done(RoomInfo{}, fault.Wrap(fault.Unavailable, err, "the server that has this room does not answer"))
	}
}

func (c *calls) take(id string) func(RoomInfo, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	fn := c.wait[id]
	delete(c.wait, id)
	return fn
}

// called carries out another node's command.
func (m *Service) called(from cluster.NodeID, b []byte) {
	var c call
	if err := json.Unmarshal(b, &c); err != nil {
		m.log.Error("a command from another node cannot be read", "node", from, "err", err)
		return
	}
	answer := func(i RoomInfo, err error) {
		r := reply{ID: c.ID, Info: i}
		if err != nil {
			r.Kind, r.Text = kindOf(err)
		}
		b, err := json.Marshal(r)
		if err == nil {
			err = m.srv.SendNode(from, kindReply, b)
		}
		if err != nil {
			m.log.Warn("a command could not be answered", "node", from, "err", err)
		}
	}
	if !m.post(c.Room, &ask{c.Command, answer}) {
		answer(RoomInfo{}, fault.New(fault.Limit, errBusy.Text))
	}
}

// kindOf is an error in the terms of the domain. The text of a stanza error was made for others to read.
func kindOf(err error) (fault.Kind, string) {
	var e *xmppd.StanzaError
	if !errors.As(err, &e) {
		return fault.KindOf(err), err.Error()
	}
	kind := map[string]fault.Kind{
		"item-not-found": fault.NotFound, "conflict": fault.Conflict, "forbidden": fault.Forbidden, "not-allowed": fault.Forbidden,
		"bad-request": fault.Invalid, "not-acceptable": fault.Invalid, "jid-malformed": fault.Invalid, "policy-violation": fault.Invalid,
		"resource-constraint": fault.Limit,
	}[e.Condition]
	return kind, e.Error()
}

func (m *Service) replied(_ cluster.NodeID, b []byte) {
	var r reply
	if err := json.Unmarshal(b, &r); err != nil {
		m.log.Error("the answer of another node cannot be read", "err", err)
		return
	}
	if fn := m.calls.take(r.ID); fn != nil {
		var err error
		if r.Text != "" {
			err = fault.New(r.Kind, r.Text)
		}
		fn(r.Info, err)
	}
}
