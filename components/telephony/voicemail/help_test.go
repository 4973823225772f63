package voicemail_test

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/call"
	"plenum/components/media"
	"plenum/components/media/jitter"
	"plenum/components/media/play"
	"plenum/components/media/tone"
	"plenum/components/telephony/prompts"
	"plenum/components/telephony/voicemail"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

var (
	juliet = jid.MustParse("juliet@example.org")
	romeo  = jid.MustParse("romeo@example.org")
	nurse  = jid.MustParse("nurse@example.org")

	stranger     = voicemail.Caller{Number: "+498912345", Language: "en"}
	julietsPhone = voicemail.Caller{Number: "100", Name: "Juliet", User: juliet, Language: "de"}
	romeosPhone  = voicemail.Caller{Number: "101", Name: "Romeo", User: romeo, Language: "en"}
)

// people are juliet at 100 with the PIN 4711 and mail, romeo at 101 without either.
type people struct{}

func (people) Owner(user jid.JID) (voicemail.Owner, bool) {
	switch user {
	case juliet:
		return voicemail.Owner{JID: juliet, Name: "Juliet", Language: "de", Email: "juliet@mail.example.org"}, true
	case romeo:
		return voicemail.Owner{JID: romeo, Name: "Romeo"}, true
	}
	return voicemail.Owner{}, false
}

func (p people) AtExtension(extension string) (voicemail.Owner, bool) {
	return p.Owner(map[string]jid.JID{"100": juliet, "101": romeo}[extension])
}

func (people) CheckPIN(_ context.Context, user jid.JID, pin string) (bool, error) {
	return user == juliet && pin == "4711", nil
}

// postbox is a mail server.
type postbox struct {
	mu   sync.Mutex
	got  []voicemail.Mail
	errs []error // of the next mails
}

func (p *postbox) Send(_ context.Context, m voicemail.Mail) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.errs) > 0 {
		err := p.errs[0]
		p.errs = p.errs[1:]
		return err
	}
	p.got = append(p.got, m)
	return nil
}

func (p *postbox) sent() []voicemail.Mail {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.got
}

// office is the service and what it stands on.
type office struct {
	t *testing.T
	*voicemail.Service
	db       *store.DB
	dir      string
	cfg      voicemail.Config
	mail     *postbox
	announce func([]byte)
	log      strings.Builder
	mu       sync.Mutex
	changes  []jid.JID
	left     []string // the calls in which messages were left, with the message
}

// newOffice must be called outside of the bubble for the folder, and start inside.
func newOffice(t *testing.T) *office { return &office{t: t, dir: t.TempDir(), mail: &postbox{}} }

func (o *office) start(t *testing.T) {
	t.Helper()
	o.t = t
	if o.db == nil {
		db, err := store.OpenMemory()
		if err != nil {
			t.Fatal(err)
		}
		o.db = db
		t.Cleanup(func() { db.Close() })
	}
	spoken, err := prompts.New("", "en")
	if err != nil {
		t.Fatal(err)
	}
	o.Service, err = voicemail.New(t.Context(), o.cfg, voicemail.Parts{DB: o.db, Dir: o.dir, People: people{}, Prompts: spoken, Mail: o.mail, Announce: o.announce,
		Left: func(call, message string) { o.left = append(o.left, call+" "+message) },
		Log:  slog.New(slog.NewTextHandler(&o.log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	if err != nil {
		t.Fatal(err)
	}
	o.OnChange(func(owner jid.JID) {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.changes = append(o.changes, owner)
	})
	t.Cleanup(o.Close)
}

// has checks how many messages a box has.
func (o *office) has(owner jid.JID, fresh, old int) {
	o.t.Helper()
	synctest.Wait()
	if n, err := o.Count(o.t.Context(), owner); err != nil || n != (voicemail.Counts{New: fresh, Old: old}) {
		o.t.Errorf("%s has %+v, %v, and not %d new and %d old messages", owner, n, err, fresh, old)
	}
}

func (o *office) messages(owner jid.JID) []voicemail.Message {
	o.t.Helper()
	list, err := o.Messages(o.t.Context(), owner)
	if err != nil {
		o.t.Fatal(err)
	}
	return list
}

// A line is a caller's end.
type line struct {
	t    *testing.T
	leg  *call.PipeEnd
	mu   sync.Mutex
	got  []call.Event
	on   *media.Layer
	ears *jitter.Buffer
}

func (l *line) Post(e call.Event) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.got = append(l.got, e)
	return true
}

func (l *line) ended() (call.Reason, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.got {
		if e, ok := e.(call.Ended); ok {
			return e.Reason, true
		}
	}
	return 0, false
}

func (l *line) endsWith(want call.Reason) {
	l.t.Helper()
	if r, ok := l.ended(); !ok || r != want {
		l.t.Errorf("the call has ended: %v, %v, not for %v", ok, r, want)
	}
}

func (l *line) press(keys string) {
	l.leg.Send(call.SendDTMF{Keys: keys})
	synctest.Wait()
}

func (l *line) hangUp() {
	l.leg.Send(call.Hangup{Reason: call.Success})
	synctest.Wait()
}

// dial has somebody call what take takes.
func (o *office) dial(take func(leg call.Leg) (call.Sink, error)) *line {
	o.t.Helper()
	l := &line{t: o.t}
	callee, end := call.Pipe(call.Offer{ID: "line"}, l)
	l.leg = callee
	sink, err := take(end)
	if err != nil {
		o.t.Fatal(err)
	}
	end.SetSink(sink)
	synctest.Wait()
	return l
}

func (o *office) calls(owner jid.JID, c voicemail.Caller, busy bool) *line {
	o.t.Helper()
	return o.dial(func(leg call.Leg) (call.Sink, error) { return o.Leave(owner, busy, c, leg) })
}

func (o *office) own(c voicemail.Caller) *line {
	o.t.Helper()
	return o.dial(func(leg call.Leg) (call.Sink, error) { return o.Own(c, leg) })
}

func (o *office) other(c voicemail.Caller) *line {
	o.t.Helper()
	return o.dial(func(leg call.Leg) (call.Sink, error) { return o.Other(c, leg) })
}

// speak lets the caller say something: a tone.
func (l *line) speak(hz float64, d time.Duration) {
	l.t.Helper()
	pcm := make([]int16, int(d*media.Rate/time.Second))
	tone.NewGenerator(tone.Signal{Tone: tone.Tone{Hz: []float64{hz}, Amplitude: 8000}}).Read(pcm)
	player := play.NewPlayer(false, play.NewClip(pcm))
	if err := l.leg.Bind(0, player); err != nil {
		l.t.Fatal(err)
	}
	if err := player.Run(l.t.Context()); err != nil {
		l.t.Fatal(err)
	}
	if err := l.leg.Bind(0, nil); err != nil {
		l.t.Fatal(err)
	}
}

// hears waits until the caller hears a tone, not longer than d.
func (l *line) hears(hz float64, d time.Duration) bool {
	l.t.Helper()
	frame := make([]int16, media.FrameSamples)
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(media.FrameTime) {
		if l.leg.Media() == nil {
			continue
		}
		for t := range l.leg.Media().Tracks() {
			if layer := t.Layers()[0]; layer != l.on {
				b, err := jitter.New(t.Codec())
				if err != nil {
					l.t.Fatal(err)
				}
				l.on, l.ears = layer, b
				layer.Subscribe(b)
			}
		}
		if l.ears != nil {
			l.ears.Frame(frame)
			if tone.Amplitude(frame, hz) > 4000 && tone.Heard(frame, hz) {
				return true
			}
		}
	}
	return false
}

const (
	beep   = 1000.0
	minute = time.Minute
)
