package transport

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"sync/atomic"

	"github.com/pion/dtls/v3"
	"github.com/pion/ice/v4"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
	"github.com/pion/transport/v5/packetio"

	"plenum/components/media"
	"plenum/xmppd/fault"
)

// A State is how a transport is doing.
type State int

const (
	New        State = iota
	Connecting       // the peer's description is known
	Connected        // media can pass
	Lost             // the peer does not answer; it may again
	Failed           // the peer is gone, or the handshake failed. Only an ICE restart may help, and only when the error is [ErrGone]
	Closed
)

func (s State) String() string {
	return [...]string{"new", "connecting", "connected", "lost", "failed", "closed"}[s]
}

// What a transport fails with.
var (
	ErrGone        = errors.New("the peer does not answer")
	ErrFingerprint = errors.New("the peer's certificate has another fingerprint than was announced")
	ErrPeerClosed  = errors.New("the peer has closed the transport")
	ErrProfile     = errors.New("no SRTP protection profile in common")
)

var errClosed = fault.New(fault.Unavailable, "the transport is closed")

// maxCandidates is how many candidates a peer may name, between two restarts.
const maxCandidates = 64

// A Handler is who uses a transport. Its methods are called by the transport's goroutines: they do not block, and do not call Close. RTP and RTCP
// are called one at a time, and so are Candidate, Gathered and State. None is called any more when Close has returned.
type Handler interface {
	// RTP takes a packet over, which is opened and parsed: the one reference to it is the handler's. It returns false for a
	// packet of a stream that it does not know.
	RTP(*media.Packet) bool
	// RTCP gets a compound packet that is opened but not parsed. It is valid until the method returns.
	RTCP([]byte)
	// Candidate gets each candidate of ours to tell the peer, Gathered is called after the last one.
	Candidate(Candidate)
	Gathered()
	// State is told each change; err says why a transport has failed.
	State(s State, err error)
}

// Options are what one transport is made with.
type Options struct {
	// Controlling says that we made the offer (RFC 8445 §6.1.1).
	Controlling bool
	Handler     Handler
}

// A Transport is one ICE, DTLS and SRTP transport. Its methods may be called from any goroutine and do not wait for the network; Close waits
// for its goroutines.
type Transport struct {
	engine   *Engine
	options  Options
	counters Counters
	inboxes  map[*port]chan message
	closed   atomic.Bool
	known    atomic.Pointer[media.Extensions]
	path     atomic.Pointer[path]

	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup
	ended   chan struct{}

	mu         sync.Mutex // guards what a session does with the transport
	agent      *ice.Agent
	local      Description
	remote     Description
	pending    []ice.Candidate // known before the description that they belong to
	candidates int
	restarting bool // our new credentials wait for the peer's

	handshake sync.Once
	dtlsIn    *packetio.Buffer
	dtls      atomic.Pointer[dtls.Conn]

	stateMu sync.Mutex // serializes calls of Candidate, Gathered and State
	state   State
	iceUp   bool
	secured bool

	inMu        sync.Mutex // serializes calls of RTP and RTCP
	in          *srtp.Context
	inHeader    rtp.Header
	inRTCP      rtcp.Header
	scratch     [maxPacket]byte
	heard       map[uint32]struct{}
	heardRTCP   map[uint32]struct{}
	handlerGone bool

	outMu     sync.Mutex
	out       *srtp.Context
	outHeader rtp.Header
	outRTCP   rtcp.Header
}

// A path is where packets to the peer go.
type path struct {
	port *port
	to   netip.AddrPort
	out  *queue

	voice, video flow
}

func newPath(p *port, to netip.AddrPort, out *queue) *path {
	return &path{port: p, to: to, out: out, voice: flow{to: to, class: Voice}, video: flow{to: to, class: Video}}
}

func (w *path) flow(c Class) *flow {
	if c == Video {
		return &w.video
	}
	return &w.voice
}

// NewTransport makes a transport. Nothing is sent before [Transport.Gather] and [Transport.SetRemote] were called.
func (e *Engine) NewTransport(o Options) (*Transport, error) {
	t := &Transport{
		engine: e, options: o, ended: make(chan struct{}), dtlsIn: packetio.NewBuffer(),
		heard: map[uint32]struct{}{}, heardRTCP: map[uint32]struct{}{}, inboxes: map[*port]chan message{},
	}
	t.ctx, t.cancel = context.WithCancel(context.Background())
	t.known.Store(new(media.Extensions))
	t.dtlsIn.SetLimitCount(maxHandshake)
	for _, p := range e.ports {
		t.inboxes[p] = make(chan message, inbox)
	}
	t.local = Description{Fingerprints: []Fingerprint{e.fingerprint}, Setup: Passive}
	if o.Controlling {
		t.local.Setup = ActPass
	}
	t.local.Ufrag, t.local.Pwd = credentials()
	agent, err := t.newAgent(t.local.Ufrag, t.local.Pwd)
	if err != nil {
		return nil, err
	}
	t.agent = agent
	_ = agent.OnCandidate(t.onCandidate)
	_ = agent.OnConnectionStateChange(t.onICE)
	_ = agent.OnSelectedCandidatePairChange(t.onSelected)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		_ = agent.Close()
		return nil, errClosed
	}
	e.byUfrag[t.local.Ufrag] = t
	e.all[t] = struct{}{}
	return t, nil
}

// Local is our description. Its Setup is passive, or actpass as long as an answer to our offer is not there.
func (t *Transport) Local() Description {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.local
}

// SetExtensions says which numbers the session gave to header extensions.
func (t *Transport) SetExtensions(known media.Extensions) { t.known.Store(&known) }

// Counters count for this transport.
func (t *Transport) Counters() *Counters { return &t.counters }

// Gather starts to look for our candidates; [Handler.Candidate] is told them.
func (t *Transport) Gather() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed.Load() {
		return errClosed
	}
	return t.agent.GatherCandidates()
}

// SetRemote gives the transport the peer's description, upon which it connects. A description with other credentials than before is the
// peer's part of an ICE restart (RFC 8445 §9). When we have not begun it, it is done here: restarted is true, and the peer must be told
// the new [Transport.Local]. The fingerprints of a peer cannot change; that takes another transport.
func (t *Transport) SetRemote(d Description) (restarted bool, err error) {
	if err := d.validate(); err != nil {
		return false, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed.Load() {
		return false, errClosed
	}
	if t.remote.Ufrag == "" {
		return false, t.begin(d)
	}
	if d.Ufrag == t.remote.Ufrag && d.Pwd == t.remote.Pwd {
		return false, nil
	}
	if !sameFingerprints(d.Fingerprints, t.remote.Fingerprints) {
		return false, fault.New(fault.Invalid, "the fingerprint must not change in an ICE restart")
	}
	if !t.restarting {
		if err := t.restart(); err != nil {
			return false, err
		}
		restarted = true
	}
	t.restarting = false
	t.remote.Ufrag, t.remote.Pwd = d.Ufrag, d.Pwd
	if err := t.agent.SetRemoteCredentials(d.Ufrag, d.Pwd); err != nil {
		return restarted, err
	}
	return restarted, t.addPending()
}

// begin starts ICE with the first description of the peer.
func (t *Transport) begin(d Description) (err error) {
	if t.options.Controlling && d.Setup == ActPass { // RFC 5763 §5
		return fault.New(fault.Invalid, "an answer must say who is the DTLS client")
	}
	t.local.Setup = Passive
	if d.Setup == Passive {
		t.local.Setup = Active
	}
	t.setState(Connecting, nil)
	if t.options.Controlling {
		_, err = t.agent.StartDial(d.Ufrag, d.Pwd)
	} else {
		_, err = t.agent.StartAccept(d.Ufrag, d.Pwd)
	}
	if err != nil {
		return err
	}
	t.remote = d
	return t.addPending()
}

func (t *Transport) addPending() error {
	var errs []error
	for _, c := range t.pending {
		errs = append(errs, t.agent.AddRemoteCandidate(c))
	}
	t.pending = nil
	return errors.Join(errs...)
}

// AddCandidate takes a candidate of the peer. It fails with fault.Invalid for one that is of no use, which is counted too; the transport
// goes on without it.
func (t *Transport) AddCandidate(c Candidate) error {
	candidate, err := c.agent()
	if err != nil {
		t.drop(BadCandidate)
		if fault.Is(err, fault.Invalid) {
			return err
		}
		return fault.Wrap(fault.Invalid, err, "the candidate cannot be used")
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed.Load() {
		return errClosed
	}
	if t.candidates++; t.candidates > maxCandidates {
		t.drop(BadCandidate)
		return fault.New(fault.Limit, "the peer has named too many candidates")
	}
	if t.remote.Ufrag == "" || t.restarting {
		t.pending = append(t.pending, candidate)
		return nil
	}
	return t.agent.AddRemoteCandidate(candidate)
}

// Restart begins an ICE restart and returns our new description, for the peer to answer. Media goes on by the old path until there is
// a new one. [Transport.Gather] must be called again.
func (t *Transport) Restart() (Description, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed.Load() {
		return Description{}, errClosed
	}
	if t.remote.Ufrag == "" {
		return Description{}, fault.New(fault.Conflict, "the transport has not begun")
	}
	if err := t.restart(); err != nil {
		return Description{}, err
	}
	t.restarting = true
	return t.local, nil
}

func (t *Transport) restart() error {
	before := t.local.Ufrag
	ufrag, pwd := credentials()
	t.engine.mu.Lock()
	t.engine.byUfrag[ufrag] = t
	t.engine.mu.Unlock()
	if err := t.agent.Restart(ufrag, pwd); err != nil {
		t.engine.mu.Lock()
		delete(t.engine.byUfrag, ufrag)
		t.engine.mu.Unlock()
		return err
	}
	t.engine.mu.Lock()
	delete(t.engine.byUfrag, before)
	t.engine.mu.Unlock()
	t.local.Ufrag, t.local.Pwd = ufrag, pwd
	t.candidates, t.pending = 0, nil
	return nil
}

// State is how the transport is doing.
func (t *Transport) State() State {
	t.stateMu.Lock()
	defer t.stateMu.Unlock()
	return t.state
}

// Remote is the address that packets are sent to; it is not valid before there is one. tcp says that they go over TCP.
func (t *Transport) Remote() (to netip.AddrPort, tcp bool) {
	if w := t.path.Load(); w != nil {
		return w.to, w.port.tcp
	}
	return netip.AddrPort{}, false
}

func (t *Transport) drop(d Drop) {
	t.counters.drop(d)
	t.engine.counters.drop(d)
}

// Close ends the transport, tells the peer, and waits until everything of it is gone.
func (t *Transport) Close() {
	if t.closed.Swap(true) {
		<-t.ended
		return
	}
	defer close(t.ended)
	e := t.engine
	e.mu.Lock()
	delete(e.byUfrag, t.Local().Ufrag)
	delete(e.all, t)
	e.mu.Unlock()
	if d := t.dtls.Load(); d != nil {
		_ = d.Close() // sends the alert
	}
	t.cancel()
	_ = t.dtlsIn.Close()
	t.mu.Lock() // a call that was under way when we began
	agent := t.agent
	t.mu.Unlock()
	_ = agent.GracefulClose()
	for _, p := range e.ports {
		p.forget(t)
	}
	t.running.Wait()
	t.inMu.Lock()
	t.handlerGone = true
	t.inMu.Unlock()
	t.setState(Closed, nil)
}
