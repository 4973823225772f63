package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"plenum/xmppd"
	"plenum/xmppd/cluster"
)

// poll asks the other servers what each of them alone knows. The answers are for people who look at a page: who does not answer in time is left out.
type poll struct {
	xmpp    *xmppd.Server
	log     *slog.Logger
	answers map[string]func(json.RawMessage) (any, error)
	busy    chan struct{} // a token for each answer that is being made
	work    sync.WaitGroup

	mu      sync.Mutex
	waiting map[string]chan<- json.RawMessage
}

const (
	pollKind      = "plenum.poll"        // a question
	pollReplyKind = "plenum.poll.answer" // its answer
	pollTime      = time.Second
	pollBusy      = 8 // questions answered at the same time; more are not, so that a flood of them costs little
)

// pollMessage is a question, or with the same ID its answer.
type pollMessage struct {
	ID   string          `json:"id"`
	What string          `json:"what,omitempty"`
	Body json.RawMessage `json:"body,omitempty"`
}

func newPoll(xmpp *xmppd.Server, log *slog.Logger) *poll {
	p := &poll{xmpp: xmpp, log: log, answers: map[string]func(json.RawMessage) (any, error){}, busy: make(chan struct{}, pollBusy),
		waiting: map[string]chan<- json.RawMessage{}}
	xmpp.OnNode(pollKind, p.asked)
	xmpp.OnNode(pollReplyKind, p.answered)
	return p
}

// answerPoll sets, before the server starts, what this server answers to a question.
func answerPoll[Q, A any](p *poll, what string, fn func(Q) A) {
	p.answers[what] = func(body json.RawMessage) (any, error) {
		var q Q
		err := json.Unmarshal(body, &q)
		if err != nil {
			return nil, err
		}
		return fn(q), nil
	}
}

// askPoll asks all other servers and returns what came back in time.
func askPoll[A any](ctx context.Context, p *poll, what string, question any) []A {
	peers := p.xmpp.Node().Peers()
	if len(peers) == 0 {
		return nil
	}
	body, err := json.Marshal(question)
	if err != nil {
		panic(fmt.Sprintf("a question that is no JSON: %v", err)) // all are types of ours
	}
	m := pollMessage{rand.Text(), what, body}
	replies := make(chan json.RawMessage, len(peers))
	p.expect(m.ID, replies)
	defer p.expect(m.ID, nil)
	asked := 0
	for _, node := range peers {
		if p.send(node, pollKind, m) {
			asked++
		}
	}
	late := time.NewTimer(pollTime)
	defer late.Stop()
	var all []A
	for range asked {
		select {
		case reply := <-replies:
			var a A
			if err := json.Unmarshal(reply, &a); err != nil {
				p.log.Warn("the answer of another server cannot be read", "what", what, "err", err)
				continue
			}
			all = append(all, a)
		case <-late.C:
			return all
		case <-ctx.Done():
			return all
		}
	}
	return all
}

// expect sets who gets the answers to a question; nil ends that.
func (p *poll) expect(id string, replies chan<- json.RawMessage) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if replies == nil {
		delete(p.waiting, id)
		return
	}
	p.waiting[id] = replies
}

func (p *poll) send(node cluster.NodeID, kind string, m pollMessage) bool {
	text, err := json.Marshal(m)
	if err == nil {
		err = p.xmpp.SendNode(node, kind, text)
	}
	if err != nil {
		p.log.Warn("another server cannot be reached", "node", node, "err", err)
	}
	return err == nil
}

// asked answers a question of another server, beside the bus.
func (p *poll) asked(from cluster.NodeID, text []byte) {
	var m pollMessage
	if err := json.Unmarshal(text, &m); err != nil {
		p.log.Error("a question of another server cannot be read", "node", from, "err", err)
		return
	}
	answer := p.answers[m.What]
	if answer == nil { // from a newer version
		return
	}
	select {
	case p.busy <- struct{}{}:
	default:
		return
	}
	p.work.Go(func() {
		defer func() {
			<-p.busy
			if r := recover(); r != nil {
				p.log.Error("panic in an answer to another server", "what", m.What, "panic", r, "stack", string(debug.Stack()))
			}
		}()
		a, err := answer(m.Body)
		if err == nil {
			m.Body, err = json.Marshal(a)
		}
		if err != nil {
			p.log.Error("a question of another server cannot be answered", "node", from, "what", m.What, "err", err)
			return
		}
		p.send(from, pollReplyKind, pollMessage{ID: m.ID, Body: m.Body})
	})
}

func (p *poll) answered(from cluster.NodeID, text []byte) {
	var m pollMessage
	if err := json.Unmarshal(text, &m); err != nil {
		p.log.Error("the answer of another server cannot be read", "node", from, "err", err)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if replies := p.waiting[m.ID]; replies != nil {
		select {
		case replies <- m.Body:
		default: // nobody answers twice
		}
	}
}

// close returns when no answer is being made any more. The server has stopped, so that nobody asks.
func (p *poll) close() { p.work.Wait() }
