package telephony

import (
	"crypto/rand"
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"plenum/xmppd/cluster"
	"plenum/xmppd/jid"
)

// Here is what the nodes of a cluster tell each other about calls, so that each can show all of them ([Everywhere]). A node keeps in memory what the
// others have told, and forgets it when they are gone: nothing of it is stored. A node that is alone tells nobody, and looks once in peersEvery whether
// it still is.

// Envelopes between nodes.
const (
	kindNews   = "telephony.news"   // what goes on at the sender
	kindAsk    = "telephony.ask"    // what the receiver is to do, or to look up
	kindAnswer = "telephony.answer" // what has come of that
)

const (
	// peersEvery is how often a node looks who the others are.
	peersEvery = time.Second
	// shareDelay is for how long changes are collected before the others are told: a call that rings at five telephones is one change.
	shareDelay = 100 * time.Millisecond
	// newsCalls is how many calls one envelope has.
	newsCalls = 200
)

// nodeNews is what a node tells.
type nodeNews struct {
	Run     string               `json:"run"`             // of the sender: another one after each start
	Whole   bool                 `json:"whole,omitempty"` // forget what you knew; also where there is nothing
	Ask     bool                 `json:"ask,omitempty"`   // and tell me all of yours
	SIP     bool                 `json:"sip"`             // the sender speaks SIP
	Calls   []LiveCall           `json:"calls,omitempty"` // as they are now
	Over    []string             `json:"over,omitempty"`  // calls that have ended
	Devices map[string]bool      `json:"devices,omitempty"`
	Pickups map[jid.JID][]Pickup `json:"pickups,omitempty"` // of each user
	States  map[jid.JID]string   `json:"states,omitempty"`  // what the telephones of users do: <phone/>, empty for none
	Journal []jid.JID            `json:"journal,omitempty"` // who has other entries, or has seen those he had missed
	Teams   bool                 `json:"teams,omitempty"`   // something has happened in lines of teams
}

// nodes is what a node knows of the others.
type nodes struct {
	svc  *Service
	run  string
	many atomic.Bool // there are others
	wake chan struct{}
	asks *asks

	out sync.Mutex // is held while something is told: what was told first is so of everybody

	mu       sync.Mutex
	known    map[cluster.NodeID]*otherNode
	told     map[cluster.NodeID]bool // who has been told everything, and needs changes alone
	asked    map[cluster.NodeID]bool // who was asked for everything
	changes  changes
	timer    *time.Timer
	devices  map[string]bool // that the others know to have registered here; guarded by out
	closed   bool
	watchers nodeWatchers
}

// otherNode is what another node has told.
type otherNode struct {
	run     string
	sip     bool
	calls   map[string]LiveCall
	devices map[string]bool
	pickups map[jid.JID][]Pickup
	states  map[jid.JID]string
}

// changes are what the others have not been told yet.
type changes struct {
	calls           map[string]bool
	pickups         map[jid.JID]bool
	phones, journal map[jid.JID]bool
	teams           bool
}

// nodeWatchers hear of what happens at other nodes. They must not block.
type nodeWatchers struct {
	call    []func(id string)
	team    []func()
	phone   []func(user jid.JID) // zero: anybody's
	pickup  []func(user jid.JID)
	journal []func(user jid.JID)
}

func newNodes(s *Service) *nodes {
	n := &nodes{
		svc: s, run: rand.Text(), wake: make(chan struct{}, 1), known: make(map[cluster.NodeID]*otherNode), told: make(map[cluster.NodeID]bool),
		asked: make(map[cluster.NodeID]bool), devices: make(map[string]bool), asks: newAsks(),
	}
	s.OnCall(func(id string) { n.note(func(c *changes) { add(&c.calls, id) }) })
	s.OnTeams(func() { n.note(func(c *changes) { c.teams = true }) })
	s.OnPhoneState(func(user jid.JID) { n.note(func(c *changes) { add(&c.phones, user) }) })
	s.OnPickups(func(user jid.JID, _ []Pickup) { n.note(func(c *changes) { add(&c.pickups, user) }) })
	s.Journal().OnEntry(func(user jid.JID, _ JournalEntry) { n.note(func(c *changes) { add(&c.journal, user) }) })
	s.Journal().OnSeen(func(user jid.JID) { n.note(func(c *changes) { add(&c.journal, user) }) })
	s.srv.OnNode(kindNews, n.hear)
	s.srv.OnNode(kindAsk, n.question)
	s.srv.OnNode(kindAnswer, func(_ cluster.NodeID, b []byte) { n.asks.answered(b) })
	return n
}

func add[K comparable](m *map[K]bool, key K) {
	if *m == nil {
		*m = make(map[K]bool)
	}
	(*m)[key] = true
}

// note has the others told of a change soon.
func (n *nodes) note(change func(*changes)) {
	if !n.many.Load() {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	change(&n.changes)
	if n.timer == nil && !n.closed {
		n.timer = time.AfterFunc(shareDelay, n.tellChanges)
	}
}

// watch follows who the others are, until the service ends.
func (n *nodes) watch() {
	t := time.NewTicker(peersEvery)
	defer t.Stop()
	for {
		n.look()
		select {
		case <-t.C:
		case <-n.wake:
		case <-n.svc.ctx.Done():
			n.mu.Lock()
			defer n.mu.Unlock()
			if n.closed = true; n.timer != nil {
				n.timer.Stop()
			}
			return
		}
	}
}

// look tells all to nodes that do not know it, and forgets those that are gone.
func (n *nodes) look() {
	peers := n.svc.srv.Node().Peers()
	n.many.Store(len(peers) > 0)
	var gone, fresh []cluster.NodeID
	n.mu.Lock()
	for id := range n.known {
		if !slices.Contains(peers, id) {
			gone = append(gone, id)
		}
	}
	keep := func(m map[cluster.NodeID]bool) {
		maps.DeleteFunc(m, func(id cluster.NodeID, _ bool) bool { return !slices.Contains(peers, id) })
	}
	keep(n.told)
	keep(n.asked)
	for _, id := range peers {
		if !n.told[id] {
			fresh = append(fresh, id)
		}
	}
	n.mu.Unlock()
	for _, id := range gone {
		n.forget(id)
	}
	for _, id := range fresh {
		n.tellAll(id)
	}
}

// tellAll tells a node everything.
func (n *nodes) tellAll(to cluster.NodeID) {
	n.out.Lock()
	defer n.out.Unlock()
	if moved := n.moved(); len(moved) > 0 {
		n.tell(&nodeNews{Devices: moved})
	}
	n.mu.Lock()
	news := nodeNews{Whole: true, Ask: !n.asked[to], Devices: maps.Clone(n.devices), Pickups: n.svc.pickups.all(), Teams: true}
	news.States = n.states(n.svc.states.phones.shown())
	n.told[to], n.asked[to] = true, true // what changes from now on it is told after this
	n.mu.Unlock()
	calls := n.svc.Calls()
	for {
		most := min(len(calls), newsCalls)
		news.Calls, calls = calls[:most], calls[most:]
		if !n.send(to, n.marshal(&news)) || len(calls) == 0 {
			return
		}
		news = nodeNews{}
	}
}

// tellChanges tells the others what has changed.
func (n *nodes) tellChanges() {
	n.out.Lock()
	defer n.out.Unlock()
	n.mu.Lock()
	c := n.changes
	n.changes, n.timer = changes{}, nil
	n.mu.Unlock()
	news := nodeNews{Teams: c.teams, States: n.states(slices.Collect(maps.Keys(c.phones))), Journal: slices.Collect(maps.Keys(c.journal))}
	if len(c.phones) > 0 {
		news.Devices = n.moved()
	}
	for id := range c.calls {
		if seen, ok := n.svc.Call(id); ok {
			news.Calls = append(news.Calls, seen)
		} else {
			news.Over = append(news.Over, id)
		}
	}
	if len(c.pickups) > 0 {
		news.Pickups = make(map[jid.JID][]Pickup)
		for user := range c.pickups {
			news.Pickups[user] = n.svc.Pickups(user)
		}
	}
	n.tell(&news)
}

// states are what the telephones of users do here.
func (n *nodes) states(users []jid.JID) map[jid.JID]string {
	list := make(map[jid.JID]string, len(users))
	for _, user := range users {
		list[user] = string(n.svc.phoneXML(n.svc.PhoneState(user)))
	}
	return list
}

// moved are the telephones that have registered, or gone, since the others were told. The lock for what is told is held.
func (n *nodes) moved() map[string]bool {
	if n.svc.Online == nil {
		return nil
	}
	now, moved := make(map[string]bool), make(map[string]bool)
	for _, device := range n.svc.Online() {
		if now[device] = true; !n.devices[device] {
			moved[device] = true
		}
	}
	for device := range n.devices {
		if !now[device] {
			moved[device] = false
		}
	}
	n.devices = now
	return moved
}

// tell tells those who know the rest. The lock for what is told is held.
func (n *nodes) tell(news *nodeNews) {
	n.mu.Lock()
	told := slices.Collect(maps.Keys(n.told))
	n.mu.Unlock()
	text := n.marshal(news)
	for _, id := range told {
		n.send(id, text)
	}
}

func (n *nodes) marshal(news *nodeNews) []byte {
	news.Run, news.SIP = n.run, n.svc.SIP
	text, err := json.Marshal(news)
	if err != nil {
		n.svc.log.Error("what goes on here cannot be told to the other nodes", "err", err)
	}
	return text
}

// send sends to a node. One that it does not reach is told everything when it is looked at next.
func (n *nodes) send(to cluster.NodeID, text []byte) bool {
	err := n.svc.srv.SendNode(to, kindNews, text)
	if err != nil {
		n.svc.log.Info("another node is not told of calls yet", "node", to, "err", err)
		n.mu.Lock()
		defer n.mu.Unlock()
		delete(n.told, to)
	}
	return err == nil
}

// hear takes what another node tells.
func (n *nodes) hear(from cluster.NodeID, text []byte) {
	var news nodeNews
	if err := json.Unmarshal(text, &news); err != nil {
		n.svc.log.Error("what another node tells of calls cannot be read", "node", from, "err", err)
		return
	}
	n.mu.Lock()
	o := n.known[from]
	was := o
	switch {
	case news.Whole:
		o = &otherNode{run: news.Run, sip: news.SIP, calls: make(map[string]LiveCall), devices: make(map[string]bool), pickups: make(map[jid.JID][]Pickup), states: make(map[jid.JID]string)}
		n.known[from] = o
	case o == nil || o.run != news.Run: // the beginning was lost
		delete(n.told, from)
		delete(n.asked, from)
		n.mu.Unlock()
		n.lookSoon()
		return
	default:
		was = nil
	}
	if news.Ask {
		delete(n.told, from)
	}
	o.take(&news, from)
	n.mu.Unlock()
	if news.Ask {
		n.lookSoon()
	}
	n.pass(&news, was)
}

// take notes what was told.
func (o *otherNode) take(news *nodeNews, from cluster.NodeID) {
	for _, c := range news.Calls {
		c.Node = string(from)
		o.calls[c.ID] = c
	}
	for _, id := range news.Over {
		delete(o.calls, id)
	}
	for device, on := range news.Devices {
		if o.devices[device] = on; !on {
			delete(o.devices, device)
		}
	}
	for user, list := range news.Pickups {
		if o.pickups[user] = list; len(list) == 0 {
			delete(o.pickups, user)
		}
	}
	for user, state := range news.States {
		if o.states[user] = state; state == "" {
			delete(o.states, user)
		}
	}
}

func (n *nodes) lookSoon() {
	select {
	case n.wake <- struct{}{}:
	default:
	}
}

// forget forgets a node that is gone, and all of its calls.
func (n *nodes) forget(id cluster.NodeID) {
	n.mu.Lock()
	was := n.known[id]
	delete(n.known, id)
	n.mu.Unlock()
	n.asks.lost(id)
	if was != nil {
		n.svc.log.Info("the calls of a node are over, since it is gone", "node", id, "calls", len(was.calls))
		n.pass(&nodeNews{Teams: true}, was)
	}
}

// pass lets watchers know what has happened at another node; was is what it had before, where nothing of that is sure any more.
func (n *nodes) pass(news *nodeNews, was *otherNode) {
	calls, pickups, phones := make(map[string]bool), make(map[jid.JID]bool), make(map[jid.JID]bool)
	for _, c := range news.Calls {
		calls[c.ID] = true
	}
	for _, id := range news.Over {
		calls[id] = true
	}
	for user := range news.Pickups {
		pickups[user] = true
	}
	for user := range news.States {
		phones[user] = true
	}
	if was != nil {
		for id := range was.calls {
			calls[id] = true
		}
		for user := range was.pickups {
			pickups[user] = true
		}
		for user := range was.states {
			phones[user] = true
		}
	}
	if was != nil || news.Whole {
		phones[jid.JID{}] = true
		n.svc.PhonesChanged() // another node may have them now, or this one
	}
	tellEach(n.watchers.call, calls)
	tellEach(n.watchers.pickup, pickups)
	tellEach(n.watchers.phone, phones)
	for _, user := range news.Journal {
		for _, fn := range n.watchers.journal {
			fn(user)
		}
	}
	if news.Teams {
		n.teamsMoved()
	}
}

func tellEach[K comparable](fns []func(K), keys map[K]bool) {
	for k := range keys {
		for _, fn := range fns {
			fn(k)
		}
	}
}

func (n *nodes) teamsMoved() {
	for _, fn := range n.watchers.team {
		fn()
	}
}

// others are the nodes whose calls are known.
func (n *nodes) others() []cluster.NodeID {
	if !n.many.Load() {
		return nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Sorted(maps.Keys(n.known))
}

// elsewhere is the one node that speaks SIP, when this one does not: there are the telephones, and so the lines of teams and all that is called by a
// number. Where none does, or several, each node has its own.
func (n *nodes) elsewhere() (id cluster.NodeID, ok bool) {
	if n.svc.SIP || !n.many.Load() {
		return "", false
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for other, o := range n.known {
		if o.sip && ok {
			return "", false
		}
		if o.sip {
			id, ok = other, true
		}
	}
	return id, ok
}
