package telephony

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"plenum/components/call"
	"plenum/components/directory"
	"plenum/components/telephony/team"
	"plenum/xmppd/cluster"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// Everywhere is the telephony of all nodes of a cluster as one, for who shows and controls calls. On a node that is alone it is that of the node. What
// is seen of others is as they were some moments ago; what is wished of their calls they decide.
type Everywhere struct{ *Service }

// teamTime is how long another node may take to say what goes on in a team.
const teamTime = 2 * time.Second

// teamAgain is when teams are looked at again of which a node has said nothing.
const teamAgain = 3 * time.Second

// Calls are the calls that go on, the oldest first.
func (e Everywhere) Calls() []LiveCall {
	list := e.Service.Calls()
	n := e.nodes
	if !n.many.Load() {
		return list
	}
	n.mu.Lock()
	for _, o := range n.known {
		for _, c := range o.calls {
			list = append(list, c)
		}
	}
	n.mu.Unlock()
	slices.SortFunc(list, func(a, b LiveCall) int { return strings.Compare(a.ID, b.ID) })
	return list
}

// Call is one of them; false when it is over.
func (e Everywhere) Call(id string) (LiveCall, bool) {
	if c, ok := e.Service.Call(id); ok {
		return c, true
	}
	c, _, ok := e.nodes.call(id)
	return c, ok
}

// call is a call of another node.
func (n *nodes) call(id string) (LiveCall, cluster.NodeID, bool) {
	if !n.many.Load() {
		return LiveCall{}, "", false
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for node, o := range n.known {
		if c, ok := o.calls[id]; ok {
			return c, node, true
		}
	}
	return LiveCall{}, "", false
}

// Wish has something done to a call, as [Service.Wish] does, wherever the call is.
func (e Everywhere) Wish(ctx context.Context, user jid.JID, id string, leg call.LegID, w Wish) error {
	_, node, far := e.nodes.call(id)
	if c, ok := w.(Connect); ok && e.nodes.at(c.With) != node {
		return fault.New(fault.Conflict, "the two calls are at different servers")
	}
	if !far {
		return e.Service.Wish(ctx, user, id, leg, w)
	}
	q := &nodeWish{User: user, Call: id, Leg: leg}
	w.write(q)
	_, err := e.nodes.ask(ctx, node, nodeQuestion{Wish: q})
	return err
}

// at is the other node that has a leg; empty for this one.
func (n *nodes) at(leg call.LegID) cluster.NodeID {
	if !n.many.Load() {
		return ""
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for node, o := range n.known {
		for _, c := range o.calls {
			if slices.ContainsFunc(c.Parties, func(p LiveParty) bool { return p.Leg == leg }) {
				return node
			}
		}
	}
	return ""
}

// HangUp ends a call; fault.NotFound when it is over.
func (e Everywhere) HangUp(id string) error {
	if _, _, far := e.nodes.call(id); far {
		return e.Wish(e.ctx, jid.JID{}, id, "", HangUp{})
	}
	return e.Service.HangUp(id)
}

// Dial begins a call for a user, as [Service.Dial] does, at the node where his telephone has registered.
func (e Everywhere) Dial(ctx context.Context, c Start) (string, error) {
	node, far := e.nodes.dials(c.Device)
	if !far {
		return e.Service.Dial(c)
	}
	a, err := e.nodes.ask(ctx, node, nodeQuestion{Dial: &c})
	return a.Call, err
}

// dials is the other node at which calls of a device begin.
func (n *nodes) dials(device string) (cluster.NodeID, bool) {
	if !n.many.Load() {
		return "", false
	}
	if device == directory.XMPPDevice {
		return n.elsewhere()
	}
	if n.svc.Phones.Registered(device) {
		return "", false
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for node, o := range n.known {
		if o.devices[device] {
			return node, true
		}
	}
	return "", false
}

// Registered reports whether a telephone can be called now at another node.
func (e Everywhere) Registered(device string) bool {
	if !e.nodes.many.Load() {
		return false
	}
	e.nodes.mu.Lock()
	defer e.nodes.mu.Unlock()
	for _, o := range e.nodes.known {
		if o.devices[device] {
			return true
		}
	}
	return false
}

// TeamState is what goes on in a team now. Where one node speaks SIP it is what goes on there; else what all say that can be reached, together.
func (e Everywhere) TeamState(ctx context.Context, id string) (TeamState, error) {
	asked := e.nodes.others()
	node, far := e.nodes.elsewhere()
	if far {
		asked = []cluster.NodeID{node}
	}
	state, err := e.Service.TeamState(ctx, id)
	if err != nil || len(asked) == 0 {
		return state, err
	}
	if far {
		state = TeamState{Members: make(map[jid.JID]TeamMember)}
	}
	for _, other := range asked {
		ctx, cancel := context.WithTimeout(ctx, teamTime)
		a, err := e.nodes.ask(ctx, other, nodeQuestion{Team: id})
		cancel()
		if err == nil && a.Team != nil {
			state.join(a.Team)
			continue
		}
		e.log.Info("what goes on in a team at another node is not known", "team", id, "node", other, "err", err)
		time.AfterFunc(teamAgain, e.nodes.teamsAgain)
	}
	return state, nil
}

// teamsAgain has teams looked at again of which a node has said nothing.
func (n *nodes) teamsAgain() {
	if n.svc.ctx.Err() == nil {
		n.teamsMoved()
	}
}

// doingRank orders what a member does at several nodes: the greatest is what he does.
var doingRank = map[team.Doing]int{team.Free: 1, team.Occupied: 2, team.WrappedUp: 3, team.Ringing: 4, team.Talking: 5}

// join adds what goes on in the team at another node.
func (s *TeamState) join(other *TeamState) {
	s.Waiting = append(s.Waiting, other.Waiting...)
	slices.SortStableFunc(s.Waiting, func(a, b TeamCaller) int { return cmp.Or(a.Since.Compare(b.Since), strings.Compare(a.Call, b.Call)) })
	for user, m := range other.Members {
		own, here := s.Members[user]
		if !here || doingRank[m.Doing] > doingRank[own.Doing] {
			own.Doing = m.Doing
		}
		own.Calls += m.Calls
		s.Members[user] = own
	}
}

// Pickups are the callers of teams of whom a user is to know that he may pick them up, the oldest first.
func (e Everywhere) Pickups(user jid.JID) []Pickup {
	list := e.Service.Pickups(user)
	if !e.nodes.many.Load() {
		return list
	}
	e.nodes.mu.Lock()
	for _, o := range e.nodes.known {
		list = append(list, o.pickups[user.Bare()]...)
	}
	e.nodes.mu.Unlock()
	slices.SortFunc(list, func(a, b Pickup) int { return strings.Compare(a.Call, b.Call) })
	return list
}

// OnCall has fn told of each call that is another than before, or over. Of this and all that follows: fn must not block; it is set before the server starts.
func (e Everywhere) OnCall(fn func(id string)) {
	e.Service.OnCall(fn)
	e.nodes.watchers.call = append(e.nodes.watchers.call, fn)
}

// OnTeams has fn told when what goes on in lines of teams may be another than before.
func (e Everywhere) OnTeams(fn func()) {
	e.Service.OnTeams(fn)
	e.nodes.watchers.team = append(e.nodes.watchers.team, fn)
}

// OnPhoneState has fn told who does something else with his telephones; the zero JID is anybody.
func (e Everywhere) OnPhoneState(fn func(user jid.JID)) {
	e.Service.OnPhoneState(fn)
	e.nodes.watchers.phone = append(e.nodes.watchers.phone, fn)
}

// OnPickups has fn told for whom there are others to be picked up than before.
func (e Everywhere) OnPickups(fn func(user jid.JID)) {
	e.Service.OnPickups(func(user jid.JID, _ []Pickup) { fn(user) })
	e.nodes.watchers.pickup = append(e.nodes.watchers.pickup, fn)
}

// OnJournal has fn told who has other entries in his journal than before, or has seen which calls he had missed.
func (e Everywhere) OnJournal(fn func(user jid.JID)) {
	e.Journal().OnEntry(func(user jid.JID, _ JournalEntry) { fn(user) })
	e.Journal().OnSeen(fn)
	e.nodes.watchers.journal = append(e.nodes.watchers.journal, fn)
}

// A TelephonyNode is a node, and whether it speaks SIP.
type TelephonyNode struct {
	ID  string
	SIP bool
}

// Nodes are those of the cluster whose calls are known, this one first.
func (e Everywhere) Nodes() []TelephonyNode {
	list := []TelephonyNode{{e.node, e.SIP}}
	for _, id := range e.nodes.others() {
		e.nodes.mu.Lock()
		o := e.nodes.known[id]
		e.nodes.mu.Unlock()
		if o != nil {
			list = append(list, TelephonyNode{string(id), o.sip})
		}
	}
	return list
}
