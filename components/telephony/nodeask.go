package telephony

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"plenum/components/call"
	"plenum/xmppd/cluster"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// askTime is how long another node may take for what it is asked.
const askTime = 5 * time.Second

// busyAsks is how many questions of other nodes are answered at a time; what comes on top waits for as long as it is asked.
const busyAsks = 64

// A nodeQuestion is what another node is to do, or to look up: one of the three.
type nodeQuestion struct {
	ID   string    `json:"id"`
	Wish *nodeWish `json:"wish,omitempty"`
	Dial *Start    `json:"dial,omitempty"`
	Team string    `json:"team,omitempty"`
}

// A nodeWish is a wish for a call of the other node.
type nodeWish struct {
	User jid.JID    `json:"user"`
	Call string     `json:"call"`
	Leg  call.LegID `json:"leg,omitempty"`
	Do   string     `json:"do"`
	To   string     `json:"to,omitempty"`
	With call.LegID `json:"with,omitempty"`
}

// A nodeAnswer is what has come of it.
type nodeAnswer struct {
	ID   string     `json:"id"`
	Kind fault.Kind `json:"kind"`
	Text string     `json:"text,omitempty"`
	Bad  bool       `json:"bad,omitempty"` // kind and text are of an error
	Call string     `json:"call,omitempty"`
	Team *TeamState `json:"team,omitempty"`
}

// wishes are the wishes by name, as nodes ask each other for them.
var wishes = map[string]func(w *nodeWish) Wish{
	"hangup": func(*nodeWish) Wish { return HangUp{} }, "hold": func(*nodeWish) Wish { return Hold{On: true} }, "resume": func(*nodeWish) Wish { return Hold{} },
	"answer": func(*nodeWish) Wish { return Answer{} }, "transfer": func(w *nodeWish) Wish { return Transfer{To: w.To} },
	"connect": func(w *nodeWish) Wish { return Connect{With: w.With} },
}

func (HangUp) write(w *nodeWish)     { w.Do = "hangup" }
func (Answer) write(w *nodeWish)     { w.Do = "answer" }
func (t Transfer) write(w *nodeWish) { w.Do, w.To = "transfer", t.To }
func (c Connect) write(w *nodeWish)  { w.Do, w.With = "connect", c.With }

func (h Hold) write(w *nodeWish) {
	if w.Do = "resume"; h.On {
		w.Do = "hold"
	}
}

// asks are the questions that other nodes have not answered yet.
type asks struct {
	busy chan struct{} // a token for each that is answered here

	mu      sync.Mutex
	waiting map[string]waitingAsk
}

type waitingAsk struct {
	node   cluster.NodeID
	answer chan nodeAnswer // has room for one
}

func newAsks() *asks {
	return &asks{busy: make(chan struct{}, busyAsks), waiting: make(map[string]waitingAsk)}
}

var errNodeGone = fault.New(fault.Unavailable, "the server that has this does not answer")

// ask has another node do or look up something.
func (n *nodes) ask(ctx context.Context, node cluster.NodeID, q nodeQuestion) (nodeAnswer, error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	q.ID = rand.Text()
	text, err := json.Marshal(q)
	if err != nil {
		return nodeAnswer{}, err
	}
	answer := make(chan nodeAnswer, 1)
	n.asks.mu.Lock()
	n.asks.waiting[q.ID] = waitingAsk{node, answer}
	n.asks.mu.Unlock()
	defer func() {
		n.asks.mu.Lock()
		defer n.asks.mu.Unlock()
		delete(n.asks.waiting, q.ID)
	}()
	if err := n.svc.srv.SendNode(node, kindAsk, text); err != nil {
		return nodeAnswer{}, fault.Wrap(fault.Unavailable, err, fault.Text(errNodeGone))
	}
	select {
	case a := <-answer:
		if a.Bad {
			return a, fault.New(a.Kind, a.Text)
		}
		return a, nil
	case <-ctx.Done():
		return nodeAnswer{}, errNodeGone
	}
}

func (a *asks) answered(text []byte) {
	var got nodeAnswer
	if json.Unmarshal(text, &got) != nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if w, ok := a.waiting[got.ID]; ok {
		w.answer <- got
		delete(a.waiting, got.ID)
	}
}

// lost answers what a node that is gone was asked.
func (a *asks) lost(node cluster.NodeID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for id, w := range a.waiting {
		if w.node == node {
			w.answer <- answerOf(id, errNodeGone)
			delete(a.waiting, id)
		}
	}
}

// answerOf is the answer that something went wrong, or well.
func answerOf(id string, err error) nodeAnswer {
	if err == nil {
		return nodeAnswer{ID: id}
	}
	return nodeAnswer{ID: id, Bad: true, Kind: fault.KindOf(err), Text: fault.Text(err)}
}

// question answers another node. What was asked is the other's to allow.
func (n *nodes) question(from cluster.NodeID, text []byte) {
	var q nodeQuestion
	if err := json.Unmarshal(text, &q); err != nil {
		n.svc.log.Error("what another node asks of telephony cannot be read", "node", from, "err", err)
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return
	}
	n.svc.work.Go(func() {
		ctx, cancel := context.WithTimeout(n.svc.ctx, askTime)
		defer cancel()
		select {
		case n.asks.busy <- struct{}{}:
			defer func() { <-n.asks.busy }()
		case <-ctx.Done():
			return
		}
		a := n.svc.answerNode(ctx, &q)
		b, err := json.Marshal(a)
		if err == nil {
			err = n.svc.srv.SendNode(from, kindAnswer, b)
		}
		if err != nil {
			n.svc.log.Info("another node is not answered", "node", from, "err", err)
		}
	})
}

// answerNode does here what another node asks for.
func (s *Service) answerNode(ctx context.Context, q *nodeQuestion) nodeAnswer {
	switch {
	case q.Wish != nil:
		w := wishes[q.Wish.Do]
		if w == nil {
			return answerOf(q.ID, fault.New(fault.Invalid, "this server does not know what is wanted"))
		}
		err := s.Wish(ctx, q.Wish.User, q.Wish.Call, q.Wish.Leg, w(q.Wish))
		if errors.Is(err, ctx.Err()) && err != nil {
			err = errNodeGone
		}
		return answerOf(q.ID, err)
	case q.Dial != nil:
		id, err := s.Dial(*q.Dial)
		a := answerOf(q.ID, err)
		a.Call = id
		return a
	}
	state, err := s.TeamState(ctx, q.Team)
	a := answerOf(q.ID, err)
	a.Team = &state
	return a
}
