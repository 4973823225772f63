package stack

import (
	"errors"
	"fmt"
	"time"

	"github.com/emiago/sipgo/sip"
)

// What ends a client transaction without a final response.
var (
	ErrTimeout  = errors.New("the peer does not answer")
	ErrFlowLost = errors.New("the connection to the peer is lost")
	ErrClosed   = errors.New("the server is ending")
	ErrTooLong  = errors.New("the message is too long")
)

// A ClientTx is a request that we sent. Its Cancel may be called anywhere.
type ClientTx struct {
	stack   *Stack
	box     *mailbox // nil until the first step in it
	request *sip.Request
	flow    Flow
	text    []byte
	branch  string
	on      func(*sip.Response, error)
	state   txState
	repeat  *time.Timer // timers A, E
	end     *time.Timer // timers B, D, F, K, M
	pause   time.Duration
	ack     []byte // of the final answer other than 2xx
	cancel  []sip.Header
	doomed  bool  // Cancel was called
	asked   bool  // CANCEL has gone out
	conn    *conn // by which the answer is to come
}

// Do sends a request and calls on, in the mailbox of its Call-ID, for each response: provisional ones, and one final. For INVITE each 2xx is
// reported, the repeated ones too, for 32 s: the dialog acknowledges them all (RFC 6026 §7.2). When no final response comes, on gets an error,
// once. Do fills in Via, Max-Forwards and Content-Length; it returns an error when the request cannot go out at all, and then never calls on.
func (s *Stack) Do(req *sip.Request, f Flow, on func(*sip.Response, error)) (*ClientTx, error) {
	if req.CallID() == nil || req.CSeq() == nil || req.From() == nil || req.To() == nil {
		return nil, fmt.Errorf("a %s without Call-ID, CSeq, From or To", req.Method)
	}
	if req.CSeq().MethodName != req.Method || req.Method == sip.ACK || req.Method == sip.CANCEL {
		return nil, fmt.Errorf("no transaction begins with a %s of CSeq %s", req.Method, req.CSeq().MethodName)
	}
	t := &ClientTx{stack: s, request: req, flow: f, on: on, state: calling, branch: sip.GenerateBranch()}
	if req.Method != sip.INVITE {
		t.state = trying
	}
	if err := s.complete(req, f, t.branch); err != nil {
		return nil, err
	}
	if t.text = render(req); len(t.text) > maxMessage {
		return nil, ErrTooLong
	}
	s.stats.request(req.Method, true)
	posted := s.post(string(*req.CallID()), true, func(m *mailbox) {
		t.box = m
		m.hold()
		m.clients = append(m.clients, t)
		s.stats.clients.Add(1)
		t.start()
	})
	if !posted {
		return nil, ErrClosed
	}
	return t, nil
}

// start sends the request for the first time.
func (t *ClientTx) start() {
	s := t.stack
	t.deadline(64 * T1) // timers B, F
	if t.flow.Reliable() {
		s.connect(t.flow, func(c *conn, err error) {
			t.box.post(func() { t.connected(c, err) })
		})
		return
	}
	if err := s.write(t.flow, t.text); err != nil {
		t.fail(err)
		return
	}
	t.pause = T1
	t.after(&t.repeat, t.pause, t.again)
}

// connected goes on when there is a connection, or none.
func (t *ClientTx) connected(c *conn, err error) {
	switch {
	case t.state == terminated:
	case err != nil:
		t.fail(err)
	case !c.watch(t):
		t.fail(ErrFlowLost)
	default:
		t.conn, t.flow = c, c.flow
		if err := c.write(t.text); err != nil {
			t.fail(err)
		}
	}
}

// Flow is what the request went out by: once there is a response, it names the connection.
func (t *ClientTx) Flow() Flow { return t.flow }

// Request is what was sent.
func (t *ClientTx) Request() *sip.Request { return t.request }

// Cancel asks the peer to give up an INVITE that has no final response yet (RFC 3261 §9.1). The headers, such as Reason, go with the CANCEL.
// The INVITE's final response comes as usual, 487 when it is in time; when none comes within 32 s, ErrTimeout.
func (t *ClientTx) Cancel(headers ...sip.Header) {
	t.stack.post(string(*t.request.CallID()), false, func(*mailbox) {
		if t.doomed || t.request.Method != sip.INVITE || t.state > proceeding {
			return
		}
		t.doomed, t.cancel = true, headers
		if t.state == proceeding {
			t.sendCancel()
		}
	})
}

func (t *ClientTx) sendCancel() {
	t.asked = true
	req := cancelOf(t.request, t.cancel)
	c := &ClientTx{stack: t.stack, box: t.box, request: req, flow: t.flow, text: render(req), branch: t.branch, on: func(*sip.Response, error) {}, state: trying}
	t.box.hold()
	t.box.clients = append(t.box.clients, c)
	t.stack.stats.clients.Add(1)
	t.stack.stats.request(sip.CANCEL, true)
	c.start()
	t.deadline(64 * T1)
}

// again is timer A or E: the request is repeated.
func (t *ClientTx) again() {
	switch {
	case t.state == calling:
		t.pause *= 2
	case t.request.Method == sip.INVITE:
		return
	case t.state == trying:
		t.pause = min(2*t.pause, T2)
	case t.state == proceeding:
		t.pause = T2
	default:
		return
	}
	t.stack.stats.repeats.Add(1)
	if err := t.stack.write(t.flow, t.text); err != nil {
		t.fail(err)
		return
	}
	t.after(&t.repeat, t.pause, t.again)
}

// received takes a response.
func (t *ClientTx) received(res *sip.Response) {
	invite := t.request.Method == sip.INVITE
	switch {
	case t.state == terminated, t.state == completed && !invite:
	case t.state == completed:
		if res.StatusCode >= 300 {
			_ = t.stack.write(t.flow, t.ack) // the peer repeats its answer when this is lost
		}
	case t.state == accepted:
		if res.StatusCode/100 == 2 {
			t.on(res, nil)
		}
	case res.StatusCode < 200:
		t.provisional(res, invite)
	case invite && res.StatusCode < 300:
		t.state = accepted
		t.stop(&t.repeat)
		t.after(&t.end, 64*T1, t.terminate) // timer M
		t.on(res, nil)
	default:
		t.final(res, invite)
	}
}

func (t *ClientTx) provisional(res *sip.Response, invite bool) {
	first := t.state != proceeding
	t.state = proceeding
	if invite && first {
		t.stop(&t.repeat)
		t.stop(&t.end) // who rings may ring long
		if t.doomed && !t.asked {
			t.sendCancel()
		}
	}
	t.on(res, nil)
}

func (t *ClientTx) final(res *sip.Response, invite bool) {
	t.state = completed
	t.stop(&t.repeat)
	wait := T4 // timer K
	if invite {
		wait = 64 * T1 // timer D
		t.ack = render(ackOf(t.request, res))
		_ = t.stack.write(t.flow, t.ack) // the peer repeats its answer when this is lost
	}
	if t.flow.Reliable() {
		t.terminate()
	} else {
		t.after(&t.end, wait, t.terminate)
	}
	t.on(res, nil)
}

// fail ends the transaction without a final response.
func (t *ClientTx) fail(err error) {
	if t.state >= completed {
		return
	}
	t.terminate()
	t.on(nil, err)
}

func (t *ClientTx) terminate() {
	if t.state == terminated {
		return
	}
	t.state = terminated
	t.stop(&t.repeat)
	t.stop(&t.end)
	if t.conn != nil {
		t.conn.unwatch(t)
	}
	for i, other := range t.box.clients {
		if other == t {
			t.box.clients = append(t.box.clients[:i], t.box.clients[i+1:]...)
			t.stack.stats.clients.Add(-1)
			t.box.release()
			return
		}
	}
}

func (t *ClientTx) deadline(d time.Duration) {
	t.after(&t.end, d, func() { t.fail(ErrTimeout) })
}

func (t *ClientTx) after(timer **time.Timer, d time.Duration, fn func()) {
	t.stop(timer)
	*timer = t.box.after(d, fn)
}

func (t *ClientTx) stop(timer **time.Timer) {
	if *timer != nil {
		(*timer).Stop()
		*timer = nil
	}
}

// response takes a response. Those that answer nothing are dropped: dialogs repeat their 2xx by themselves.
func (m *mailbox) response(res *sip.Response) {
	branch, _ := res.Via().Params.Get("branch")
	for _, t := range m.clients {
		if t.branch == branch && t.request.Method == res.CSeq().MethodName {
			t.received(res)
			return
		}
	}
	m.stack.stats.drop("response")
}

// SendACK sends the ACK of a 2xx, which is no transaction (RFC 3261 §13.2.2.4).
func (s *Stack) SendACK(req *sip.Request, f Flow) error {
	if req.Method != sip.ACK || req.CSeq() == nil || req.CSeq().MethodName != sip.ACK || req.CallID() == nil {
		return errors.New("this is no ACK")
	}
	if err := s.complete(req, f, sip.GenerateBranch()); err != nil {
		return err
	}
	s.stats.request(sip.ACK, true)
	text := render(req)
	if !f.Reliable() {
		return s.write(f, text)
	}
	s.connect(f, func(c *conn, err error) {
		if err == nil {
			_ = c.write(text) // the peer repeats its 2xx when this is lost
		}
	})
	return nil
}
