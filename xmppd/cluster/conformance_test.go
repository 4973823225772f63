package cluster_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"plenum/xmppd/cluster"
)

// join makes a node of the cluster under test; it is not started.
type join func(id cluster.NodeID) *cluster.Node

// probe is a started node that remembers what its handlers were given.
type probe struct {
	*cluster.Node
	mu          sync.Mutex
	envelopes   []cluster.Envelope
	downs       []cluster.Down
	undelivered []cluster.Envelope
	displaced   []cluster.Session
	returned    int
	gate        chan struct{} // when not nil, the envelope handler waits here before each envelope
}

func startProbe(t *testing.T, newNode join, id cluster.NodeID) *probe {
	t.Helper()
	return startGated(t, newNode, id, nil)
}

func startGated(t *testing.T, newNode join, id cluster.NodeID, gate chan struct{}) *probe {
	t.Helper()
	p := &probe{Node: newNode(id), gate: gate}
	p.Bus.Handle(func(e cluster.Envelope) {
		if p.gate != nil {
			<-p.gate
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		p.envelopes = append(p.envelopes, e)
	})
	p.OnNodeDown(func(d cluster.Down) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.downs = append(p.downs, d)
	})
	p.OnUndelivered(func(_ cluster.NodeID, e cluster.Envelope) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.undelivered = append(p.undelivered, e)
	})
	p.OnDisplaced(func(s cluster.Session) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.displaced = append(p.displaced, s)
	})
	p.OnReturned(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.returned++
	})
	if err := p.Start(t.Context()); err != nil {
		t.Fatalf("start %s: %v", id, err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		p.Close(ctx)
	})
	return p
}

func (p *probe) got() []cluster.Envelope {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.envelopes)
}

func (p *probe) gotDowns() []cluster.Down {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.downs)
}

func (p *probe) wasReturned() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.returned
}

// eventually polls, since a cluster over Redis has no moment at which it is known to be at rest.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func session(bare, resource, sid string) cluster.Session {
	return cluster.Session{Bare: bare, Resource: resource, SID: sid}
}

// conformance runs what every implementation must do; newCluster makes an empty cluster for each case.
func conformance(t *testing.T, newCluster func(t *testing.T) join) {
	cases := []struct {
		name string
		run  func(t *testing.T, newNode join)
	}{
		{"a session is found from every node with all its values", sessionIsFoundEverywhere},
		{"bind replaces the session of the same resource and returns it", bindReplaces},
		{"update and unbind need the present SID", updateAndUnbindNeedSID},
		{"remote shows other nodes only and follows changes", remoteFollowsChanges},
		{"concurrent binds of one resource leave one session and displace the others", concurrentBinds},
		{"envelopes come once and in order under load from two senders", orderUnderLoad},
		{"a node can send to itself", sendToSelf},
		{"send to an unknown node is refused", sendToUnknown},
		{"publish reaches all others and not the sender", publishReachesOthers},
		{"a lease has one owner and its fence grows", leaseHasOneOwner},
		{"leases of a node that leaves are free", leavingFreesLeases},
		{"concurrent acquires give one owner", concurrentAcquires},
		{"a node that leaves is no peer and nobody hears of a death", leavingIsNoDeath},
		{"a node that leaves handles what was sent to it", leavingHandlesInbox},
		{"a killed node is reported once with sessions and undelivered envelopes", killIsReportedOnce},
		{"leases of a killed node go to another with a greater fence", killFreesLeases},
		{"a node that dies alone hears of itself in its next life", nextLifeHearsOfItself},
		{"an id in use is refused", idInUse},
		{"a node that ended refuses work", endedRefuses},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { c.run(t, newCluster(t)) })
	}
}

func sessionIsFoundEverywhere(t *testing.T, newNode join) {
	a, b := startProbe(t, newNode, "a"), startProbe(t, newNode, "b")
	s := cluster.Session{Bare: "romeo@example", Resource: "a b/ü:\x00\"", SID: "s1", Priority: -128, Available: true, Interested: true, Flags: 1<<31 | 5}
	if d := must[*cluster.Session](t)(a.Registry.Bind(t.Context(), s)); d != nil {
		t.Fatalf("displaced %+v", d)
	}
	s.Node, s.Epoch = "a", a.Epoch()
	for _, n := range []*probe{a, b} {
		got := must[[]cluster.Session](t)(n.Registry.Lookup(t.Context(), s.Bare))
		if !slices.Equal(got, []cluster.Session{s}) {
			t.Errorf("node %s: got %+v, want %+v", n.ID, got, s)
		}
		if got := must[[]cluster.Session](t)(n.Registry.Lookup(t.Context(), "nobody@example")); len(got) != 0 {
			t.Errorf("node %s: got %+v", n.ID, got)
		}
	}
}

func bindReplaces(t *testing.T, newNode join) {
	a, b := startProbe(t, newNode, "a"), startProbe(t, newNode, "b")
	bind := must[*cluster.Session](t)
	bind(a.Registry.Bind(t.Context(), session("romeo@example", "orchard", "1")))
	bind(a.Registry.Bind(t.Context(), session("romeo@example", "garden", "2")))
	if d := bind(a.Registry.Bind(t.Context(), session("romeo@example", "orchard", "1"))); d != nil {
		t.Errorf("the same session displaced itself: %+v", d)
	}
	d := bind(b.Registry.Bind(t.Context(), session("romeo@example", "orchard", "3")))
	if d == nil || d.SID != "1" || d.Node != "a" {
		t.Fatalf("displaced %+v, want session 1 of a", d)
	}
	d = bind(b.Registry.Bind(t.Context(), session("romeo@example", "orchard", "4")))
	if d == nil || d.SID != "3" || d.Node != "b" {
		t.Fatalf("displaced %+v, want session 3 of b", d)
	}
	for _, n := range []*probe{a, b} {
		eventually(t, "both nodes see sessions 2 and 4", func() bool { return sids(t, n, "romeo@example") == "2 4" })
	}
}

// sids is what Lookup returns, as sorted SIDs.
func sids(t *testing.T, n *probe, bare string) string {
	t.Helper()
	return joinSIDs(must[[]cluster.Session](t)(n.Registry.Lookup(t.Context(), bare)))
}

func joinSIDs(list []cluster.Session) string {
	var ids []string
	for _, s := range list {
		ids = append(ids, s.SID)
	}
	slices.Sort(ids)
	return fmt.Sprint(ids)[1 : len(fmt.Sprint(ids))-1]
}

func updateAndUnbindNeedSID(t *testing.T, newNode join) {
	a, b := startProbe(t, newNode, "a"), startProbe(t, newNode, "b")
	s := session("romeo@example", "orchard", "1")
	must[*cluster.Session](t)(a.Registry.Bind(t.Context(), s))
	s.Priority, s.Available = 7, true
	if err := a.Registry.Update(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	eventually(t, "b sees the new priority", func() bool {
		got := must[[]cluster.Session](t)(b.Registry.Lookup(t.Context(), s.Bare))
		return len(got) == 1 && got[0].Priority == 7 && got[0].Available
	})
	must[*cluster.Session](t)(b.Registry.Bind(t.Context(), session("romeo@example", "orchard", "2")))
	s.Priority = 9
	if err := a.Registry.Update(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if err := a.Registry.Unbind(t.Context(), s.Bare, s.Resource, s.SID); err != nil {
		t.Fatal(err)
	}
	for _, n := range []*probe{a, b} { // what a node remembers may be older for a moment
		eventually(t, "session 2 is untouched", func() bool {
			got := must[[]cluster.Session](t)(n.Registry.Lookup(t.Context(), s.Bare))
			return len(got) == 1 && got[0].SID == "2" && got[0].Priority == 0
		})
	}
	if err := b.Registry.Unbind(t.Context(), s.Bare, s.Resource, "2"); err != nil {
		t.Fatal(err)
	}
	for _, n := range []*probe{a, b} {
		eventually(t, "the user has no session", func() bool { return sids(t, n, s.Bare) == "" })
	}
}

func remoteFollowsChanges(t *testing.T, newNode join) {
	a := startProbe(t, newNode, "a")
	remote := func(n *probe) string {
		return joinSIDs(must[[]cluster.Session](t)(n.Registry.Remote(t.Context(), "romeo@example")))
	}
	must[*cluster.Session](t)(a.Registry.Bind(t.Context(), session("romeo@example", "x", "1")))
	if got := remote(a); got != "" {
		t.Fatalf("alone: %q", got)
	}
	b := startProbe(t, newNode, "b")
	eventually(t, "a sees b", func() bool { return slices.Equal(a.Peers(), []cluster.NodeID{"b"}) })
	for i := range 20 {
		sid := fmt.Sprint("b", i)
		must[*cluster.Session](t)(b.Registry.Bind(t.Context(), session("romeo@example", "y", sid)))
		eventually(t, "a sees the session of b", func() bool { return remote(a) == sid })
		if got := remote(b); got != "1" {
			t.Fatalf("b sees %q", got)
		}
		if err := b.Registry.Unbind(t.Context(), "romeo@example", "y", sid); err != nil {
			t.Fatal(err)
		}
		eventually(t, "a sees that it went", func() bool { return remote(a) == "" })
	}
}

func concurrentBinds(t *testing.T, newNode join) {
	nodes := []*probe{startProbe(t, newNode, "a"), startProbe(t, newNode, "b")}
	const each = 50
	var mu sync.Mutex
	alive := map[string]bool{}
	var wg sync.WaitGroup
	for _, n := range nodes {
		wg.Go(func() {
			for i := range each {
				sid := fmt.Sprint(n.ID, i)
				d, err := n.Registry.Bind(t.Context(), session("romeo@example", "orchard", sid))
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				alive[sid] = !alive[sid] // displaced may be reported before the bind that it displaced has returned
				if d != nil {
					alive[d.SID] = !alive[d.SID]
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	var left []string
	for sid, yes := range alive {
		if yes {
			left = append(left, sid)
		}
	}
	if len(left) != 1 {
		t.Fatalf("sessions that nobody displaced: %v", left)
	}
	for _, n := range nodes {
		eventually(t, "the last one is in the registry", func() bool { return sids(t, n, "romeo@example") == left[0] })
	}
}

func number(i int) []byte { return binary.BigEndian.AppendUint32(nil, uint32(i)) }

// sendAll sends count numbered envelopes and waits where the queue is full.
func sendAll(t *testing.T, from *probe, to cluster.NodeID, kind string, count int) {
	for i := range count {
		for {
			err := from.Bus.Send(to, cluster.Envelope{Kind: kind, Payload: number(i)})
			if err == nil {
				break
			}
			if err != cluster.ErrFull {
				t.Errorf("send %d: %v", i, err)
				return
			}
			time.Sleep(time.Millisecond)
		}
	}
}

// inOrder tells whether p has count envelopes of each sender, in order and none twice.
func inOrder(t *testing.T, p *probe, count int, from ...cluster.NodeID) bool {
	t.Helper()
	next := map[cluster.NodeID]uint32{}
	for _, e := range p.got() {
		if i := binary.BigEndian.Uint32(e.Payload); i != next[e.From] {
			t.Fatalf("from %s: got %d, want %d", e.From, i, next[e.From])
		}
		next[e.From]++
	}
	return !slices.ContainsFunc(from, func(id cluster.NodeID) bool { return next[id] != uint32(count) })
}

func orderUnderLoad(t *testing.T, newNode join) {
	const count = 2000 // some batches of each
	a, b, c := startProbe(t, newNode, "a"), startProbe(t, newNode, "b"), startProbe(t, newNode, "c")
	eventually(t, "a and b see c", func() bool { return slices.Contains(a.Peers(), "c") && slices.Contains(b.Peers(), "c") })
	var wg sync.WaitGroup
	wg.Go(func() { sendAll(t, a, "c", "load", count) })
	wg.Go(func() { sendAll(t, b, "c", "load", count) })
	wg.Wait()
	eventually(t, "all arrived", func() bool { return inOrder(t, c, count, "a", "b") })
}

func sendToSelf(t *testing.T, newNode join) {
	a := startProbe(t, newNode, "a")
	sendAll(t, a, "a", "self", 100)
	eventually(t, "all arrived", func() bool { return inOrder(t, a, 100, "a") })
}

func sendToUnknown(t *testing.T, newNode join) {
	a := startProbe(t, newNode, "a")
	if err := a.Bus.Send("ghost", cluster.Envelope{Kind: "x"}); err != cluster.ErrNoNode {
		t.Fatalf("got %v, want ErrNoNode", err)
	}
}

func publishReachesOthers(t *testing.T, newNode join) {
	a, b, c := startProbe(t, newNode, "a"), startProbe(t, newNode, "b"), startProbe(t, newNode, "c")
	eventually(t, "a sees both", func() bool { return len(a.Peers()) == 2 })
	if err := a.Bus.Publish(cluster.Envelope{Kind: "hint", Payload: []byte("read again")}); err != nil {
		t.Fatal(err)
	}
	for _, n := range []*probe{b, c} {
		eventually(t, "the hint arrived", func() bool { return len(n.got()) == 1 })
		if e := n.got()[0]; e.Kind != "hint" || e.From != "a" || string(e.Payload) != "read again" {
			t.Errorf("got %+v", e)
		}
	}
	if len(a.got()) != 0 {
		t.Error("the sender got its own hint")
	}
}

func acquire(t *testing.T, n *probe, key string) (cluster.Lease, cluster.NodeID) {
	t.Helper()
	l, owner, err := n.Leaser.Acquire(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return l, owner
}

func lost(l cluster.Lease) bool {
	select {
	case <-l.Lost():
		return true
	default:
		return false
	}
}

func leaseHasOneOwner(t *testing.T, newNode join) {
	a, b := startProbe(t, newNode, "a"), startProbe(t, newNode, "b")
	if owner := must[cluster.NodeID](t)(a.Leaser.Owner(t.Context(), "room")); owner != "" {
		t.Fatalf("owner %q of a free key", owner)
	}
	var fence int64
	for range 5 {
		for _, pair := range [][2]*probe{{a, b}, {b, a}} {
			mine, other := pair[0], pair[1]
			l, owner := acquire(t, mine, "room")
			if l == nil || owner != mine.ID || l.Key() != "room" || l.Fence() <= fence {
				t.Fatalf("lease %+v of %s after fence %d", l, owner, fence)
			}
			fence = l.Fence()
			if again, _ := acquire(t, mine, "room"); again != l {
				t.Fatal("a second acquire gave another lease")
			}
			if l, owner := acquire(t, other, "room"); l != nil || owner != mine.ID {
				t.Fatalf("the other node got %v, owner %s", l, owner)
			}
			if owner := must[cluster.NodeID](t)(other.Leaser.Owner(t.Context(), "room")); owner != mine.ID {
				t.Fatalf("owner is %s", owner)
			}
			if err := l.Release(t.Context()); err != nil || !lost(l) {
				t.Fatalf("release: %v, lost %v", err, lost(l))
			}
		}
	}
}

func leavingFreesLeases(t *testing.T, newNode join) {
	a, b := startProbe(t, newNode, "a"), startProbe(t, newNode, "b")
	l, _ := acquire(t, a, "room")
	if err := a.Close(t.Context()); err != nil || !lost(l) {
		t.Fatalf("close: %v, lost %v", err, lost(l))
	}
	if l2, _ := acquire(t, b, "room"); l2 == nil || l2.Fence() <= l.Fence() {
		t.Fatalf("got %+v after fence %d", l2, l.Fence())
	}
}

func concurrentAcquires(t *testing.T, newNode join) {
	nodes := []*probe{startProbe(t, newNode, "a"), startProbe(t, newNode, "b"), startProbe(t, newNode, "c")}
	for i := range 20 {
		key := fmt.Sprint("room", i)
		var mu sync.Mutex
		owners := map[cluster.NodeID]bool{}
		leases := 0
		var wg sync.WaitGroup
		for _, n := range nodes {
			wg.Go(func() {
				l, owner, err := n.Leaser.Acquire(t.Context(), key)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				owners[owner] = true
				if l != nil {
					leases++
				}
			})
		}
		wg.Wait()
		if leases != 1 || len(owners) != 1 {
			t.Fatalf("%d leases, owners %v", leases, owners)
		}
	}
}

func leavingIsNoDeath(t *testing.T, newNode join) {
	a, b := startProbe(t, newNode, "a"), startProbe(t, newNode, "b")
	eventually(t, "b sees a", func() bool { return slices.Equal(b.Peers(), []cluster.NodeID{"a"}) })
	must[*cluster.Session](t)(a.Registry.Bind(t.Context(), session("romeo@example", "x", "1")))
	if err := a.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "b is alone", func() bool { return len(b.Peers()) == 0 && sids(t, b, "romeo@example") == "" })
	again := startProbe(t, newNode, "a")
	eventually(t, "b sees a again", func() bool { return slices.Equal(b.Peers(), []cluster.NodeID{"a"}) })
	if len(b.gotDowns())+len(again.gotDowns()) != 0 {
		t.Fatalf("downs %v %v", b.gotDowns(), again.gotDowns())
	}
	if err := b.Bus.Send("a", cluster.Envelope{Kind: "x"}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the new life hears b", func() bool { return len(again.got()) == 1 })
}

func leavingHandlesInbox(t *testing.T, newNode join) {
	gate := make(chan struct{})
	a, b := startProbe(t, newNode, "a"), startGated(t, newNode, "b", gate)
	eventually(t, "a sees b", func() bool { return slices.Contains(a.Peers(), "b") })
	sendAll(t, a, "b", "x", 50)
	close(gate)
	eventually(t, "some arrived", func() bool { return len(b.got()) > 0 })
	if err := b.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "handled or given back", func() bool {
		a.mu.Lock()
		defer a.mu.Unlock()
		return len(b.got())+len(a.undelivered) == 50
	})
}

func killIsReportedOnce(t *testing.T, newNode join) {
	gate := make(chan struct{})
	nodes := []*probe{startProbe(t, newNode, "a"), startProbe(t, newNode, "b"), startProbe(t, newNode, "c")}
	dead := startGated(t, newNode, "d", gate)
	for i := range 30 {
		must[*cluster.Session](t)(dead.Registry.Bind(t.Context(), session(fmt.Sprint("u", i, "@example"), "x", fmt.Sprint("sid", i))))
	}
	eventually(t, "a sees d", func() bool { return slices.Contains(nodes[0].Peers(), "d") })
	gone := make(chan struct{})
	sendAll(t, nodes[0], "d", "x", 100)
	go func() { // three are handled, the fourth is in the handler when the node dies
		for range 3 {
			gate <- struct{}{}
		}
		eventually(t, "three handled", func() bool { return len(dead.got()) == 3 })
		go dead.Kill()
		eventually(t, "d is dead", func() bool { return dead.Health() != nil })
		close(gate)
		close(gone)
	}()
	<-gone
	downs := func() (all []cluster.Down) {
		for _, n := range nodes {
			all = append(all, n.gotDowns()...)
		}
		return all
	}
	eventually(t, "somebody is told", func() bool { return len(downs()) > 0 })
	d := downs()[0]
	if d.Node != "d" || d.Epoch != dead.Epoch() || len(d.Sessions) != 30 {
		t.Fatalf("down %s %d with %d sessions", d.Node, d.Epoch, len(d.Sessions))
	}
	covered := map[uint32]bool{}
	for _, e := range dead.got() {
		covered[binary.BigEndian.Uint32(e.Payload)] = true
	}
	last := -1
	for _, e := range d.Undelivered {
		i := int(binary.BigEndian.Uint32(e.Payload))
		if i <= last || e.From != "a" || e.Kind != "x" {
			t.Fatalf("undelivered %+v after %d", e, last)
		}
		last = i
		covered[uint32(i)] = true
	}
	if len(covered) != 100 || last != 99 {
		t.Fatalf("%d of 100 handled or undelivered, last %d", len(covered), last)
	}
	for _, n := range nodes {
		eventually(t, "d is no peer", func() bool { return !slices.Contains(n.Peers(), "d") })
		eventually(t, "its sessions are gone", func() bool { return sids(t, n, "u7@example") == "" })
		if err := n.Bus.Send("d", cluster.Envelope{}); err != cluster.ErrNoNode {
			t.Errorf("send to the dead: %v", err)
		}
	}
	again := startProbe(t, newNode, "d")
	if again.Epoch() <= dead.Epoch() {
		t.Errorf("epoch %d after %d", again.Epoch(), dead.Epoch())
	}
	must[*cluster.Session](t)(again.Registry.Bind(t.Context(), session("u1@example", "x", "new")))
	for _, n := range nodes {
		eventually(t, "the new life is seen", func() bool { return sids(t, n, "u1@example") == "new" })
	}
	if all := append(downs(), again.gotDowns()...); len(all) != 1 {
		t.Fatalf("%d downs", len(all))
	}
}

func killFreesLeases(t *testing.T, newNode join) {
	a, b := startProbe(t, newNode, "a"), startProbe(t, newNode, "b")
	l, _ := acquire(t, a, "room")
	a.Kill()
	eventually(t, "the dead node's lease is lost", func() bool { return lost(l) })
	eventually(t, "b owns the room", func() bool {
		l2, _ := acquire(t, b, "room")
		return l2 != nil && l2.Fence() > l.Fence()
	})
}

func nextLifeHearsOfItself(t *testing.T, newNode join) {
	a := startProbe(t, newNode, "a")
	must[*cluster.Session](t)(a.Registry.Bind(t.Context(), session("romeo@example", "x", "1")))
	a.Kill()
	again := startProbe(t, newNode, "a")
	eventually(t, "the next life is told", func() bool { return len(again.gotDowns()) == 1 })
	if d := again.gotDowns()[0]; d.Node != "a" || d.Epoch != a.Epoch() || joinSIDs(d.Sessions) != "1" {
		t.Fatalf("got %+v", d)
	}
	if got := sids(t, again, "romeo@example"); got != "" {
		t.Fatalf("session %s of the former life is there", got)
	}
}

func idInUse(t *testing.T, newNode join) {
	startProbe(t, newNode, "a")
	if err := newNode("a").Start(t.Context()); err != cluster.ErrInUse {
		t.Fatalf("got %v, want ErrInUse", err)
	}
}

func endedRefuses(t *testing.T, newNode join) {
	a, b, never := startProbe(t, newNode, "a"), startProbe(t, newNode, "b"), newNode("c")
	a.Kill()
	if err := b.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, n := range []*cluster.Node{a.Node, b.Node, never} {
		if _, err := n.Registry.Bind(t.Context(), session("romeo@example", "x", "1")); err != cluster.ErrClosed {
			t.Errorf("%s bind: %v", n.ID, err)
		}
		if err := n.Bus.Send("a", cluster.Envelope{}); err != cluster.ErrClosed {
			t.Errorf("%s send: %v", n.ID, err)
		}
		if err := n.Bus.Publish(cluster.Envelope{}); err != cluster.ErrClosed {
			t.Errorf("%s publish: %v", n.ID, err)
		}
		if _, _, err := n.Leaser.Acquire(t.Context(), "room"); err != cluster.ErrClosed {
			t.Errorf("%s acquire: %v", n.ID, err)
		}
		if err := n.Health(); err == nil {
			t.Errorf("%s is healthy", n.ID)
		}
		if err := n.Close(t.Context()); err != nil {
			t.Errorf("%s second close: %v", n.ID, err)
		}
	}
}
