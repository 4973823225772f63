package stack

import (
	"errors"
	"time"

	"github.com/emiago/sipgo/sip"
)

// The timers of RFC 3261 §17.1.1.1 and appendix A.
const (
	T1 = 500 * time.Millisecond // an estimate of the time to a peer and back
	T2 = 4 * time.Second        // the longest time between repetitions
	T4 = 5 * time.Second        // how long a message stays on the network
)

// tryingAfter is when an INVITE that nobody has answered is answered 100 (RFC 3261 §17.2.1).
const tryingAfter = 200 * time.Millisecond

// txState is the state of a transaction, by the names of RFC 3261 §17 and RFC 6026 §7.
type txState uint8

const (
	calling txState = iota // client INVITE
	trying
	proceeding
	completed
	accepted
	confirmed
	terminated
)

// A ServerTx is a request that is answered. It belongs to the mailbox of its Call-ID: its methods are called there.
type ServerTx struct {
	box      *mailbox
	request  *sip.Request
	flow     Flow
	key      txKey
	state    txState
	last     []byte // the last answer, as it went out
	onCancel func(*sip.Request)
	repeat   *time.Timer // timer G, or the one that sends 100
	end      *time.Timer // timers H, I, J, L
	pause    time.Duration
}

// ErrAnswered is the error of a response after the final one.
var ErrAnswered = errors.New("the request has been answered already")

// Respond sends a response. After a 2xx to INVITE the same response may be sent again until its ACK has come (RFC 6026 §7.1); any other request
// has one final response.
func (t *ServerTx) Respond(res *sip.Response) error {
	invite := t.request.Method == sip.INVITE
	switch {
	case t.state == accepted && invite && res.StatusCode/100 == 2:
	case t.state > proceeding:
		return ErrAnswered
	}
	t.stop(&t.repeat)
	t.last = render(res)
	t.box.stack.stats.response(res.StatusCode)
	err := t.box.stack.write(t.flow, t.last)
	if res.StatusCode >= 200 {
		t.onCancel = nil // with all that hangs on it
	}
	if res.StatusCode/100 == 2 && t.request.Method != sip.OPTIONS {
		t.box.stack.Trust(t.flow) // whose call or registration we have taken is no stranger
	}
	switch {
	case res.StatusCode < 200:
		t.state = proceeding
	case !invite:
		t.completed()
	case res.StatusCode < 300:
		if t.state != accepted {
			t.state = accepted
			t.after(&t.end, 64*T1, t.terminate) // timer L
		}
	default:
		t.state = completed
		t.pause = T1
		if !t.flow.Reliable() {
			t.after(&t.repeat, t.pause, t.again) // timer G
		}
		t.after(&t.end, 64*T1, t.terminate) // timer H
	}
	return err
}

// Answer sends a response that needs nothing but its code and some headers.
func (t *ServerTx) Answer(code int, headers ...sip.Header) error {
	return t.Respond(Response(t.request, code, headers...))
}

// AnswerOnce is Answer to somebody who has not shown that he is where his request seems to come from: the answer is not repeated, which would be
// multiplied for a victim, and nothing is remembered. A repeated request is carried out anew (RFC 3261 §26.3.2.4).
func (t *ServerTx) AnswerOnce(code int, headers ...sip.Header) error {
	if t.state > proceeding {
		return ErrAnswered
	}
	t.box.stack.stats.response(code)
	err := t.box.stack.write(t.flow, render(Response(t.request, code, headers...)))
	t.terminate()
	return err
}

// Drop leaves the request without an answer, for those who should believe that nobody is here.
func (t *ServerTx) Drop() {
	t.box.stack.stats.drop("refused")
	t.terminate()
}

// OnCancel says what is done when the peer cancels an INVITE that has no final response yet. The stack answers the CANCEL; fn answers the
// INVITE with 487. Without it the stack does that too.
func (t *ServerTx) OnCancel(fn func(*sip.Request)) { t.onCancel = fn }

// completed keeps the answer of a non-INVITE request for its repetitions, unless to carry it out once more gives the same answer.
func (t *ServerTx) completed() {
	t.state = completed
	if t.flow.Reliable() || repeatable(t.request.Method) || t.box.stack.stats.servers.Load() > int64(t.box.stack.cfg.Transactions) {
		t.terminate()
		return
	}
	t.request = &sip.Request{Method: t.request.Method}
	t.after(&t.end, 64*T1, t.terminate) // timer J
}

// repeatable says that a repeated request may simply be carried out again. A phone repeats its REGISTER with the CSeq of the first, and the registrar
// then answers what is registered; so thousands of phones that register cost no memory.
func repeatable(method sip.RequestMethod) bool {
	return method == sip.REGISTER || method == sip.OPTIONS
}

// again is timer G: the final answer of an INVITE is repeated until its ACK.
func (t *ServerTx) again() {
	if t.state != completed {
		return
	}
	_ = t.box.stack.write(t.flow, t.last) // timer H ends it when nothing arrives
	t.pause = min(2*t.pause, T2)
	t.after(&t.repeat, t.pause, t.again)
}

// received takes a repetition of the request.
func (t *ServerTx) received() {
	t.box.stack.stats.repeated.Add(1)
	if t.last != nil && (t.state == proceeding || t.state == completed) {
		_ = t.box.stack.write(t.flow, t.last) // the peer asks again when this is lost
	}
}

// acknowledged takes the ACK of a final answer other than 2xx.
func (t *ServerTx) acknowledged() {
	if t.state != completed {
		return
	}
	t.state = confirmed
	t.stop(&t.repeat)
	if t.flow.Reliable() {
		t.terminate()
		return
	}
	t.after(&t.end, T4, t.terminate) // timer I
}

func (t *ServerTx) cancel(cancel *sip.Request) {
	if t.request.Method != sip.INVITE || t.state > proceeding {
		return // RFC 3261 §9.2: too late to matter
	}
	if t.onCancel != nil {
		t.onCancel(cancel)
		return
	}
	_ = t.Answer(sip.StatusRequestTerminated) // a lost answer is repeated
}

func (t *ServerTx) terminate() {
	if t.state == terminated {
		return
	}
	t.state = terminated
	t.stop(&t.repeat)
	t.stop(&t.end)
	t.box.removeServer(t)
}

func (t *ServerTx) after(timer **time.Timer, d time.Duration, fn func()) {
	t.stop(timer)
	*timer = t.box.after(d, fn)
}

func (t *ServerTx) stop(timer **time.Timer) {
	if *timer != nil {
		(*timer).Stop()
		*timer = nil
	}
}

// after runs fn in the mailbox, which something must hold until then. fn must look whether it is still wanted: the timer may have fired just
// before it was stopped.
func (m *mailbox) after(d time.Duration, fn func()) *time.Timer {
	return time.AfterFunc(d, func() { m.post(fn) })
}

// txKey tells the transactions of a Call-ID apart (RFC 3261 §17.2.3). Before RFC 3261 a branch was not unique, hence the rest.
type txKey struct {
	branch, sentBy, fromTag string
	seq                     uint32
	method                  sip.RequestMethod // of the INVITE for its ACK and CANCEL
}

func keyOf(req *sip.Request) txKey {
	via := req.Via()
	k := txKey{sentBy: via.SentBy(), method: req.Method}
	k.branch, _ = via.Params.Get("branch")
	if len(k.branch) < len(sip.RFC3261BranchMagicCookie) || k.branch[:len(sip.RFC3261BranchMagicCookie)] != sip.RFC3261BranchMagicCookie {
		k.seq = req.CSeq().SeqNo
		k.fromTag, _ = req.From().Params.Get("tag")
	}
	if k.method == sip.ACK {
		k.method = sip.INVITE
	}
	return k
}

func (m *mailbox) server(k txKey) *ServerTx {
	for _, t := range m.servers {
		if t.key == k {
			return t
		}
	}
	return nil
}

func (m *mailbox) removeServer(t *ServerTx) {
	for i, other := range m.servers {
		if other == t {
			m.servers = append(m.servers[:i], m.servers[i+1:]...)
			m.stack.stats.servers.Add(-1)
			m.release()
			return
		}
	}
}

// request takes a request that has passed the checks.
func (m *mailbox) request(in *In) {
	key := keyOf(in.Request)
	method := in.Request.Method
	if t := m.server(key); t != nil {
		if method != sip.ACK {
			t.received()
			return
		}
		if t.state != accepted {
			t.acknowledged()
			return
		}
	}
	handler := m.stack.handlers[method]
	switch method {
	case sip.ACK:
		if handler != nil && m.held() {
			handler(in)
		}
		return
	case sip.CANCEL:
		m.cancelled(in, key)
		return
	}
	t := &ServerTx{box: m, request: in.Request, flow: in.Flow, key: key, state: trying}
	in.Tx = t
	m.servers = append(m.servers, t)
	m.stack.stats.servers.Add(1)
	m.hold()
	if code := m.objection(in.Request); code != 0 {
		_ = t.AnswerOnce(code) // the peer repeats its request
		return
	}
	if method == sip.INVITE {
		t.after(&t.repeat, tryingAfter, func() {
			if t.state == trying {
				_ = t.Answer(sip.StatusTrying) // the next answer says more
			}
		})
	}
	handler(in)
	if t.state == trying && method != sip.INVITE {
		t.after(&t.end, unanswered, t.terminate)
	}
}

// unanswered is when a request that no handler has answered is forgotten: its sender has given up by then (timer F).
const unanswered = 64*T1 + T4

// objection finds what only the mailbox knows: requests within dialogs that nobody has (RFC 3261 §12.2.2), and a request that came a second time by
// another way (RFC 3261 §8.2.2.2).
func (m *mailbox) objection(req *sip.Request) int {
	if tagged(req) {
		if !m.held() && !repeatable(req.Method) {
			return sip.StatusCallTransactionDoesNotExists
		}
		return 0
	}
	tag, _ := req.From().Params.Get("tag")
	for _, other := range m.servers[:len(m.servers)-1] {
		if other.key.method != req.Method || other.request.CSeq() == nil || other.request.CSeq().SeqNo != req.CSeq().SeqNo || tagged(other.request) {
			continue
		}
		if otherTag, _ := other.request.From().Params.Get("tag"); otherTag == tag {
			return sip.StatusLoopDetected
		}
	}
	return 0
}

// tagged says that a request claims to be within a dialog.
func tagged(req *sip.Request) bool { return req.To().Params.Has("tag") }

// cancelled answers a CANCEL and tells the INVITE that it names (RFC 3261 §9.2).
func (m *mailbox) cancelled(in *In, key txKey) {
	key.method = sip.INVITE
	invite := m.server(key)
	code := sip.StatusOK
	if invite == nil {
		code = sip.StatusCallTransactionDoesNotExists
	}
	m.stack.stats.response(code)
	_ = m.stack.write(in.Flow, render(Response(in.Request, code))) // a repeated CANCEL is answered again
	if invite != nil {
		invite.cancel(in.Request)
	}
}
