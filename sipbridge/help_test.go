package sipbridge_test

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emiago/sipgo/sip"

	"plenum/components/call"
	"plenum/components/media"
	"plenum/sipbridge"
	"plenum/sipbridge/rtp"
	"plenum/sipbridge/siptest"
	"plenum/sipbridge/stack"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

const serverAt = "192.0.2.1:5060"

// A world is a service with its phones, on fake time.
type world struct {
	*testing.T
	wire     *siptest.Wire
	service  *sipbridge.Service
	bindings map[string][]sipbridge.Binding
	trunks   map[netip.AddrPort]string
	line     sipbridge.Line
	refuse   error
	came     chan *arrival
	halves   []*fakeMedia
}

// An arrival is a call that has come in.
type arrival struct {
	sipbridge.Incoming
	call.Offer
	*leg
}

// A leg is one with what it reports.
type leg struct {
	call.Leg
	t      *testing.T
	events chan call.Event
}

// play runs a test on fake time.
func play(t *testing.T, script func(w *world)) { playWith(t, sipbridge.Config{}, script) }

func playWith(t *testing.T, cfg sipbridge.Config, script func(w *world)) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{
			T: t, wire: &siptest.Wire{}, bindings: make(map[string][]sipbridge.Binding), trunks: make(map[netip.AddrPort]string), came: make(chan *arrival, 10),
		}
		log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))
		st, err := stack.New(stack.Config{}, stack.Parts{Log: log, Domains: []string{"example.com"}})
		if err != nil {
			t.Fatal(err)
		}
		w.service, err = sipbridge.New(cfg, sipbridge.Parts{
			Stack: st, Phones: w, Trunks: w, Media: w.media, Owner: w, Domain: "example.com", Log: log,
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		served := make(chan error, 1)
		conn := w.wire.Listen(serverAt)
		go func() { served <- st.ServePackets(ctx, conn) }()
		synctest.Wait()
		t.Cleanup(func() {
			if n := w.service.Calls(); n != 0 {
				t.Errorf("%d calls are left", n)
			}
			closing, done := context.WithTimeout(context.Background(), time.Minute)
			defer done()
			if err := w.service.Close(closing); err != nil {
				t.Errorf("close: %v", err)
			}
			for _, m := range w.halves {
				if m.closed != 1 {
					t.Errorf("a media half was closed %d times", m.closed)
				}
			}
			cancel()
			if err := <-served; err != nil {
				t.Error(err)
			}
			if err := st.Close(context.Background()); err != nil {
				t.Error(err)
			}
		})
		script(w)
		time.Sleep(time.Minute) // all transactions and timers of calls that are over
	})
}

// phone makes one that is registered, at 192.0.2.n.
func (w *world) phone(user string, n int) *siptest.Phone {
	p := siptest.New(w, w.wire.Listen(fmt.Sprintf("192.0.2.%d:5060", n)), netip.MustParseAddrPort(serverAt), user, "", "example.com")
	w.bind(user, p)
	return p
}

// bind registers a place of a device.
func (w *world) bind(device string, p *siptest.Phone) {
	w.bindings[device] = append(w.bindings[device], sipbridge.Binding{
		Contact: p.Contact(), Flow: stack.Flow{Transport: stack.UDP, Remote: p.Address(), Local: netip.MustParseAddrPort(serverAt)},
	})
}

// Authenticate implements [sipbridge.Phones]: who says who he is is believed.
func (w *world) Authenticate(in *stack.In) (sipbridge.Phone, bool) {
	user := in.Request.From().Address.User
	if len(w.bindings[user]) == 0 {
		_ = in.Tx.Answer(sip.StatusForbidden)
		return sipbridge.Phone{}, false
	}
	return sipbridge.Phone{Device: user, Owner: jid.MustParse(user + "@example.com")}, true
}

// Bindings implements [sipbridge.Phones].
func (w *world) Bindings(device string) []sipbridge.Binding { return w.bindings[device] }

// Identify implements [sipbridge.Trunks].
func (w *world) Identify(in *stack.In) (trunk, account string, ok bool) {
	trunk, ok = w.trunks[in.Flow.Remote]
	return trunk, "main", ok
}

// Dialled implements [sipbridge.Trunks].
func (w *world) Dialled(_, _ string, req *sip.Request) string { return req.To().Address.User }

// Target implements [sipbridge.Trunks].
func (w *world) Target(sipbridge.TrunkTarget) (sipbridge.Line, error) {
	if len(w.line.Flows) == 0 {
		return w.line, fault.New(fault.Unavailable, "the trunk is not registered")
	}
	return w.line, nil
}

// Incoming implements [sipbridge.Owner].
func (w *world) Incoming(in sipbridge.Incoming, l call.Leg, o call.Offer) (call.Sink, error) {
	if w.refuse != nil {
		return nil, w.refuse
	}
	a := &arrival{in, o, &leg{l, w.T, make(chan call.Event, 100)}}
	w.came <- a
	return a.leg, nil
}

// Post implements [call.Sink].
func (l *leg) Post(e call.Event) bool {
	l.events <- e
	return true
}

// incoming waits for a call to come in.
func (w *world) incoming() *arrival {
	w.Helper()
	select {
	case a := <-w.came:
		return a
	case <-time.After(5 * time.Second):
		w.Fatal("no call has come in")
		return nil
	}
}

// dial calls a device.
func (w *world) dial(device string) *leg {
	w.Helper()
	l := &leg{t: w.T, events: make(chan call.Event, 100)}
	var err error
	l.Leg, err = w.service.DialDevice(w.Context(), device, call.Offer{
		ID: "out", From: call.Party{Number: "+4930123", Name: `Ann "A" Other`}, To: call.Party{Number: device},
	}, l)
	if err != nil {
		w.Fatal(err)
	}
	return l
}

// says waits for events of the leg, in this order.
func (l *leg) says(want ...call.Event) {
	l.t.Helper()
	for _, w := range want {
		select {
		case e := <-l.events:
			if e != w {
				l.t.Fatalf("the leg reports %T%+v, want %T%+v", e, e, w, w)
			}
		case <-time.After(5 * time.Second):
			l.t.Fatalf("the leg does not report %T%+v", w, w)
		}
	}
}

// quiet checks that the leg has said all.
func (l *leg) quiet() {
	l.t.Helper()
	synctest.Wait()
	if len(l.events) > 0 {
		l.t.Fatalf("the leg reports %#v", <-l.events)
	}
}

// fakeMedia plays a media half: an offer is "offer N", its answer "answer to offer N".
type fakeMedia struct {
	rtp.Options
	made, agreed int
	hold         bool
	prefer       []media.Codec
	accepted     []string
	keys         string
	noKeys       bool
	watching     bool
	closed       int
	partner      *fakeMedia // a fax may pass to it
	fax          bool
	insists      int // how often it can offer encryption alone
}

func (w *world) media(o rtp.Options) (sipbridge.Media, error) {
	m := &fakeMedia{Options: o}
	w.halves = append(w.halves, m)
	return m, nil
}

func (m *fakeMedia) direction() string {
	if m.hold {
		return " a=sendonly"
	}
	return ""
}

func (m *fakeMedia) settle(sdp string) error {
	if strings.Contains(sdp, "nothing in common") {
		return fault.New(fault.Invalid, "nothing in common")
	}
	if m.agreed++; m.agreed == 1 {
		m.Events.MediaReady()
	}
	m.Events.Held(strings.Contains(sdp, "a=sendonly"))
	return nil
}

func (m *fakeMedia) Offer() ([]byte, error) {
	m.made++
	return fmt.Appendf(nil, "offer %d%s", m.made, m.direction()), nil
}

// Partner, OfferFax and Faxing are what a leg asks for a fax.
func (m *fakeMedia) Partner() rtp.Events {
	if m.partner == nil {
		return nil
	}
	return m.partner.Events
}

func (m *fakeMedia) OfferFax(offer []byte) ([]byte, error) {
	return append([]byte("as "), offer...), nil
}

func (m *fakeMedia) Faxing() bool { return m.fax }

// Insist is asked when a phone has refused the offer.
func (m *fakeMedia) Insist() bool {
	m.insists--
	return m.insists >= 0
}

func (m *fakeMedia) Takes(offer []byte) error {
	if strings.Contains(string(offer), "nothing in common") {
		return fault.New(fault.Invalid, `nothing "in" common`)
	}
	return nil
}

func (m *fakeMedia) Answer(offer []byte) ([]byte, error) {
	if rtp.OffersFax(offer) {
		if m.partner == nil || !m.partner.fax {
			return nil, fault.New(fault.Invalid, "no fax")
		}
		m.fax = true
		return []byte("fax answer"), nil
	}
	m.fax = false
	if err := m.settle(string(offer)); err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "answer to %s%s", bytes.TrimSuffix(offer, []byte(" a=sendonly")), m.direction()), nil
}

func (m *fakeMedia) Accept(answer []byte) error {
	m.accepted = append(m.accepted, string(answer))
	if m.fax = strings.HasPrefix(string(answer), "fax"); m.fax {
		return nil
	}
	return m.settle(string(answer))
}

func (m *fakeMedia) SendDTMF(keys string, d time.Duration) error {
	if m.noKeys {
		return fault.New(fault.Unavailable, "no events")
	}
	m.keys += keys
	return nil
}

func (m *fakeMedia) Hold(on bool)                        { m.hold = on }
func (m *fakeMedia) Prefer(codecs []media.Codec)         { m.prefer = codecs }
func (m *fakeMedia) Watch()                              { m.watching = true }
func (m *fakeMedia) Close()                              { m.closed++ }
func (m *fakeMedia) Tracks() iter.Seq[*media.Track]      { return slices.Values([]*media.Track(nil)) }
func (m *fakeMedia) Slots() []media.Slot                 { return []media.Slot{{Kind: media.Audio}} }
func (m *fakeMedia) Bind(slot int, _ media.Source) error { return nil }

// body checks what a message carries.
func (w *world) body(m interface{ Body() []byte }, want string) {
	w.Helper()
	if got := string(m.Body()); got != want {
		w.Fatalf("the body is %q, want %q", got, want)
	}
}

// has checks a header field.
func (w *world) has(m interface {
	GetHeaders(string) []sip.Header
}, name, want string) {
	w.Helper()
	var got []string
	for _, h := range m.GetHeaders(name) {
		got = append(got, h.Value())
	}
	if s := strings.Join(got, " | "); s != want {
		w.Fatalf("%s is %q, want %q", name, s, want)
	}
}

// talk brings a call to life that a phone makes, and returns both ends.
func (w *world) talk(p *siptest.Phone, number string) (*siptest.Call, *arrival) {
	w.Helper()
	c := p.Dial(number, []byte("sdp of phone"), sip.NewHeader("Allow", "INVITE, ACK, BYE, CANCEL, UPDATE, INFO, NOTIFY"), sip.NewHeader("Supported", "timer"))
	a := w.incoming()
	a.Send(call.Answer{})
	c.Hears("200 INVITE")
	c.Ack(nil)
	a.says(call.MediaReady{}, call.Resumed{}, call.Answered{})
	return c, a
}

// reach brings a call to life that we make to a phone.
func (w *world) reach(p *siptest.Phone) (*siptest.Call, *leg) {
	w.Helper()
	l := w.dial(p.User)
	c := p.Rung()
	c.Say(200, []byte("sdp of phone"), sip.NewHeader("Allow", "INVITE, ACK, BYE, CANCEL, UPDATE, INFO, NOTIFY"))
	p.Request(sip.ACK)
	l.says(call.MediaReady{}, call.Resumed{}, call.Answered{})
	return c, l
}

// half is the first media half, as soon as nothing is going on.
func (w *world) half() *fakeMedia {
	synctest.Wait()
	return w.halves[0]
}
