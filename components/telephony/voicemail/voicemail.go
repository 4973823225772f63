// Package voicemail keeps what callers have to say to users who do not answer. Each user has a box; what leads callers there is for
// telephony to decide. A message is a row and a WAV file; it is listened to by telephone (menu.go), by the API, or comes by mail (mail.go).
//
// Files are in a folder for each box, whose name is made of the owner's address: the folder of the server must be common to all servers of a
// cluster for a message to be heard at each.
package voicemail

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"plenum/components/media"
	"plenum/components/media/play"
	"plenum/components/media/wav"
	"plenum/components/telephony/prompts"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

// Config is what operators say about voicemail. The zero value of a field means its default, which Validate fills in.
type Config struct {
	Longest time.Duration `toml:"longest" doc:"How long one message may be. Default: 3m."`

	Shortest time.Duration `toml:"shortest" doc:"A message in which less than this was said is not kept: the caller has hung up at the tone. Default: 2s."`

	Messages int `toml:"messages" doc:"How many messages a box may have; a caller then hears that it is full. A minute of sound takes 1.9 MB. Default: 100."`
}

// Validate fills in defaults and reports every fault at once.
func (c *Config) Validate() error {
	var errs []error
	for _, f := range []struct {
		name          string
		value         *time.Duration
		def, min, max time.Duration
	}{
		{"longest", &c.Longest, 3 * time.Minute, 10 * time.Second, 30 * time.Minute},
		{"shortest", &c.Shortest, 2 * time.Second, time.Millisecond, time.Minute},
	} {
		if *f.value == 0 {
			*f.value = f.def
		}
		if *f.value < f.min || *f.value > f.max {
			errs = append(errs, fmt.Errorf("%s: %v is not within %v and %v", f.name, *f.value, f.min, f.max))
		}
	}
	if c.Messages == 0 {
		c.Messages = 100
	}
	if c.Messages < 1 || c.Messages > 10_000 {
		errs = append(errs, fmt.Errorf("messages: %d is not within 1 and 10000", c.Messages))
	}
	return errors.Join(errs...)
}

// An Owner is a user or a team, as far as the box is concerned.
type Owner struct {
	JID      jid.JID
	Name     string
	Language string // "" for the server's
	Email    string // where his messages are sent; "" for nowhere
	Discard  bool   // messages are deleted when they were mailed, whatever Settings say
	Team     bool
}

// People are the users.
type People interface {
	// Owner is an active user or a team; AtExtension the one with a number.
	Owner(user jid.JID) (Owner, bool)
	AtExtension(extension string) (Owner, bool)
	// CheckPIN reports whether this is the PIN of a box.
	CheckPIN(ctx context.Context, user jid.JID, pin string) (bool, error)
}

// A Caller is who calls, as far as he is known.
type Caller struct {
	Number, Name string
	User         jid.JID // whose telephone it is; zero for others
	Language     string  // that he is spoken to in; "" for the server's
	Call         string  // the ID of its record; "" for none
}

// A Message is what somebody has left.
type Message struct {
	ID       string
	Owner    jid.JID
	At       time.Time
	Duration time.Duration
	Number   string // "" when it was withheld
	Name     string
	Caller   jid.JID // a user; zero for others
	Heard    bool
}

// Counts are how many messages a box has.
type Counts struct{ New, Old int }

// Parts are what the service stands on.
type Parts struct {
	DB      *store.DB
	Dir     string // the folder of messages and greetings
	People  People
	Prompts *prompts.Service
	Mail    Sender // nil to send none
	Log     *slog.Logger
	// Announce tells other servers of a change, which is given to Service.Heard there; nil when there are none.
	Announce func(text []byte)
	// Left is told which message was left in a call that has a record; nil is nobody.
	Left func(call, message string)
}

// Service is the boxes of all users.
type Service struct {
	Parts
	cfg   Config
	locks locks

	mu       sync.Mutex
	onChange []func(owner jid.JID)
	ctx      context.Context // ends with the service
	stop     context.CancelFunc
	work     sync.WaitGroup
	mailDue  chan struct{} // a token: there may be mail to send
}

//go:embed migrations
var migrations embed.FS

// New makes the service and begins to send what mail there is.
func New(ctx context.Context, cfg Config, p Parts) (*Service, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("voicemail: %w", err)
	}
	lite, _ := fs.Sub(migrations, "migrations/sqlite") // the path is a constant
	pg, _ := fs.Sub(migrations, "migrations/postgres")
	if err := p.DB.Migrate(ctx, "voicemail", lite, pg); err != nil {
		return nil, fmt.Errorf("voicemail: %w", err)
	}
	if err := os.MkdirAll(p.Dir, 0o750); err != nil {
		return nil, fmt.Errorf("voicemail: %w", err)
	}
	s := &Service{Parts: p, cfg: cfg, locks: newLocks(), mailDue: make(chan struct{}, 1)}
	s.ctx, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	s.sweep()
	if s.Mail != nil {
		s.work.Go(s.sendAll)
	}
	return s, nil
}

// Close ends all calls, and waits until what was said in them is stored.
func (s *Service) Close() {
	s.mu.Lock()
	s.stop()
	s.mu.Unlock()
	s.work.Wait()
}

// unfinished ends the names of files that are being recorded.
const unfinished = ".part"

// abandoned is how old a recording is that nobody finishes.
const abandoned = 24 * time.Hour

// sweep removes what the server had no time to finish.
func (s *Service) sweep() {
	list, _ := filepath.Glob(filepath.Join(s.Dir, "*", "*"+unfinished)) // the pattern is right
	for _, path := range list {
		if info, err := os.Stat(path); err == nil && time.Since(info.ModTime()) > abandoned {
			if err := os.Remove(path); err != nil {
				s.Log.Warn("an unfinished recording could not be removed", "path", path, "err", err)
			}
		}
	}
}

// OnChange has fn called whenever the messages of a box have changed, at this server or another; it must not block. It is called before calls
// are taken.
func (s *Service) OnChange(fn func(owner jid.JID)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onChange = append(s.onChange, fn)
}

// changed says that a box has changed.
func (s *Service) changed(owner jid.JID) {
	if s.Announce != nil {
		s.Announce([]byte(owner.String()))
	}
	s.tell(owner)
}

func (s *Service) tell(owner jid.JID) {
	s.mu.Lock()
	list := s.onChange
	s.mu.Unlock()
	for _, fn := range list {
		fn(owner)
	}
}

// Heard takes what another server has announced.
func (s *Service) Heard(text []byte) {
	owner, err := jid.Parse(string(text))
	if err != nil {
		s.Log.Error("another server's news of a voicemail box cannot be read", "err", err)
		return
	}
	s.tell(owner)
}

// folder is where the files of a box are. The name is made so that no address can lead elsewhere.
func (s *Service) folder(owner jid.JID) string {
	var b strings.Builder
	for _, c := range []byte(owner.Bare().String()) {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '@' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02x", c)
		}
	}
	return filepath.Join(s.Dir, b.String())
}

func (s *Service) file(owner jid.JID, id string) string {
	return filepath.Join(s.folder(owner), id+".wav")
}

// clip reads a file as sound.
func clip(path string, longest time.Duration) (*play.Clip, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	pcm, err := wav.Read(f, longest+time.Minute)
	if err == nil && len(pcm) < media.FrameSamples {
		err = fault.New(fault.Invalid, "there is no sound in the file")
	}
	if err != nil {
		return nil, err
	}
	return play.NewClip(pcm), nil
}
