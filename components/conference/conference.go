// Package conference is what makes a group out of a room: the access of guests, the bookmarks of its members, and what the
// console can do with it.
//
// A group is a lasting room for members only. Package muc alone owns its members, configuration and history; the directory
// knows whether guests are let in, with which link and PIN; this package joins the two.
//
// A guest is an XMPP user. He logs in at the guest domain by SASL ANONYMOUS, over WebSocket usually, and sends the token of
// the link as the trace (RFC 4505). What names him is bound to the room and to that very token (admission.go), so that every
// node knows without asking where he belongs. He reaches that room and nothing else (confine.go), and nobody reaches him but
// through it.
//
// The way of a guest, as his client sees it:
//
//	GET /api/v1/public/guest/TOKEN        the room's address, its name, and whether there is a place
//	<auth mechanism='ANONYMOUS'>TOKEN     at the guest domain; a failure says in its text when there is no place
//	<bind/>, <enable resume='true'/>      guest@guest.example.org/resource
//	<presence to='ROOM/NAME'><x/>         the room lets him in as participant, without history
//
// When the connection is lost, the client has a minute to come back under the same name: it logs in with the trace
// TOKEN:LOCAL:ID, where LOCAL is the local part that it had and ID what <enabled/> has said, and resumes (XEP-0198). When
// that session is over, the login makes a new guest.
//
// The conference of a group is an occupant of its room, ROOM/Conference, which is called there (docs/conference.md): states.go decides
// what it is doing, policy.go who hears and sees whom, and a meeting carries that out on legs of package call and their media. What
// carries the calls is behind Signalling.
//
// The stream of a guest ends with policy-violation when he is put out of the room or when guests are no longer let in.
package conference

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"plenum/components/adhoc"
	"plenum/components/directory"
	"plenum/components/media/play"
	"plenum/components/muc"
	"plenum/xmppd"
	"plenum/xmppd/actor"
	"plenum/xmppd/jid"
	"plenum/xmppd/sasl"
	"plenum/xmppd/store"
)

// Config is what operators say about guests. The zero value of a field means its default, which Validate fills in.
type Config struct {
	PerGroup int `toml:"per_group" doc:"How many guests one group may have at the same time, unless an administrator has set another number for it. Default: 100."`

	Total int `toml:"total" doc:"How many guests there may be at the same time, in all groups together. Several servers count together, with a delay of a second. Default: 500."`

	RemovedFor time.Duration `toml:"removed_for" doc:"How long a guest whom a moderator has removed from a group is not let in again: from the same address, where an IPv6 address counts as its /64, under the same name. It is forgotten when the server is restarted. Default: 10m."`

	LoginsPerMinute int `toml:"logins_per_minute" doc:"How many guests may log in from one address within a minute; an IPv6 address counts as its /64, loopback is not limited. Default: 30."`
}

// Validate fills in defaults and reports every fault at once.
func (c *Config) Validate() error {
	var errs []error
	for _, f := range []struct {
		name     string
		value    *int
		def, max int
	}{
		{"per_group", &c.PerGroup, 100, 100_000},
		{"total", &c.Total, 500, 1 << 20},
		{"logins_per_minute", &c.LoginsPerMinute, 30, 1 << 20},
	} {
		if *f.value == 0 {
			*f.value = f.def
		}
		if *f.value < 1 || *f.value > f.max {
			errs = append(errs, fmt.Errorf("%s: %d is not within 1 and %d", f.name, *f.value, f.max))
		}
	}
	if c.RemovedFor == 0 {
		c.RemovedFor = 10 * time.Minute
	}
	if c.RemovedFor < time.Second || c.RemovedFor > 7*24*time.Hour {
		errs = append(errs, fmt.Errorf("removed_for: %v is not within 1s and 168h", c.RemovedFor))
	}
	return errors.Join(errs...)
}

// GuestAccess knows which rooms guests may enter. On and Off may block; the others answer from memory, with fault.NotFound for
// what does not exist. Whoever wires it calls Service.AccessChanged on every node.
type GuestAccess interface {
	On(ctx context.Context, by, room jid.JID) (directory.Access, error)
	Off(ctx context.Context, by, room jid.JID) error
	Get(room jid.JID) (directory.Access, error)
	ByToken(token string) (directory.Access, error)
	All() []directory.Access
}

// Bookmarks are the rooms that users remember (XEP-0402).
type Bookmarks interface {
	// AddBookmark adds a room that is entered by itself, unless the owner remembers it already.
	AddBookmark(ctx context.Context, owner, room jid.JID, name string) error
	// RenameBookmark gives a room that the owner remembers under the name was another name.
	RenameBookmark(ctx context.Context, owner, room jid.JID, was, name string) error
	// RemoveBookmark removes a room. There need not be any.
	RemoveBookmark(ctx context.Context, owner, room jid.JID) error
}

// Parts are what the service stands on.
type Parts struct {
	Rooms     *muc.Service
	Access    GuestAccess
	Bookmarks Bookmarks
	Limiter   *sasl.Limiter             // of failed logins; links that do not exist count
	Link      func(token string) string // the address of the guest page
	Names     func(user jid.JID) string // what a user of this server is called; nil for nothing but his address
	Number    func() string             // to dial in, in the form +49…; nil, or "", when there is none
	// Code is what is dialled from inside for the group of a number; nil where there are no telephones.
	Code func(n int) string
	// Say is what callers are told, in a language; nil to tell them nothing.
	Say func(lang string, what Announcement) *play.Clip

	Rules      Rules                     // of conferences
	Signalling Signalling                // carries their calls; nil when there are none
	AppLink    func(room jid.JID) string // where users join a group's conference in the browser; nil for nowhere
	Commands   *adhoc.Service            // by which moderators control conferences from any client; nil for none
}

// Service is the groups of one server.
type Service struct {
	Parts
	cfg  Config
	srv  *xmppd.Server
	log  *slog.Logger
	db   *store.DB
	here guestTable
	rate rateTable

	removals removalTable
	numbers  numberTable

	mu       sync.RWMutex // guards the following, and is held when the last meeting may begin
	meetings map[jid.JID]*meeting
	callers  map[callerKey]caller  // occupants who have sent something about calls
	cutOff   map[jid.JID]time.Time // conferences that have ended with a server, and until when that matters
	clip     *play.Clip            // the music on hold; nil for the program's own
	playing  sync.Once
	player   *play.Player

	inbox   *actor.Inbox[func(context.Context)] // what the goroutines of rooms must not do themselves
	pending chan struct{}                       // a token when there are bookmarks to write
	ctx     context.Context                     // ends when the service stops
	cancel  context.CancelFunc
	work    sync.WaitGroup
}

const (
	maxInbox   = 10_000
	sweepEvery = 2 * time.Second
)

// Register puts guests, and bookmarks for the members of groups, into s.
func Register(s *xmppd.Server, cfg Config, p Parts) (*Service, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("guests: %w", err)
	}
	c := &Service{
		Parts: p, cfg: cfg, srv: s, log: s.Log(), db: s.Store(), here: newGuestTable(), rate: newRateTable(cfg.LoginsPerMinute), removals: newRemovalTable(),
		inbox: actor.NewInbox[func(context.Context)](maxInbox), pending: make(chan struct{}, 1),
		meetings: map[jid.JID]*meeting{}, callers: map[callerKey]caller{}, cutOff: map[jid.JID]time.Time{},
	}
	if err := c.Rules.Validate(); err != nil {
		return nil, fmt.Errorf("conferences: %w", err)
	}
	clip, err := c.Rules.clip()
	if err != nil {
		return nil, fmt.Errorf("conferences: %w", err)
	}
	c.clip = clip
	if err := migrate(s.Context(), s.Store()); err != nil {
		return nil, fmt.Errorf("groups: %w", err)
	}
	c.ctx, c.cancel = context.WithCancel(s.Context())
	if c.Signalling != nil && c.Commands != nil {
		c.addCommands()
	}
	s.AdmitGuests(c)
	p.Rooms.SetDoors(muc.Doors{AdmitGuest: c.admitTo, Public: c.public, GuestRemoved: c.guestRemoved, NameTaken: c.nameTaken, Changed: c.roomChanged, Resident: c.resident()})
	p.Rooms.Extend(muc.Extension{Fields: c.formFields, Read: c.readForm})
	p.Rooms.ExtendInfo(c.infoFields)
	s.OnNode(kindGuests, c.heardGuests)
	s.OnNode(kindRemoved, c.heardRemoved)
	s.OnNode(kindCutOff, c.heardCutOff)
	s.OnNode(kindNumbers, c.heardNumbers)
	s.Hooks.SessionStart.Add(c.sessionStarted)
	s.Hooks.SessionEnd.Add(c.sessionEnded)
	s.Hooks.NodeDown.Add(c.nodeDown)
	s.Hooks.Start.Add(func() {
		if err := c.findCutOff(c.ctx, s.Node().ID); err != nil {
			c.log.Error("nobody will learn that his conference was cut off", "err", err)
		}
		c.work.Go(c.carryOut)
		c.work.Go(c.writeBookmarks)
		c.work.Go(c.watch)
		c.work.Go(c.beginNumbers)
	})
	s.Hooks.Stop.Add(func(context.Context) {
		c.mu.Lock()
		c.cancel()
		c.mu.Unlock()
		c.work.Wait()
	})
	return c, nil
}

// carryOut does what the inbox says, one thing after the other.
func (c *Service) carryOut() {
	for fn := range c.inbox.All(c.ctx) {
		fn(c.ctx)
	}
}

// later has fn done by a goroutine of the service's own.
func (c *Service) later(what string, fn func(context.Context)) {
	if !c.inbox.Post(fn) {
		c.log.Error("too much is to be done for groups; this is left out", "what", what)
	}
}

// AccessChanged has to be called on every node when guests are let into a room, or no longer, or under another token; with a
// zero room when it is not known which. It does not block.
func (c *Service) AccessChanged(room jid.JID) {
	if !room.IsZero() {
		c.Rooms.Reconsider(room)
	} else {
		c.Rooms.ReconsiderAll()
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	for _, m := range c.meetings {
		if room.IsZero() || m.room == room {
			m.inbox.Post(do((*meeting).publicChanged))
		}
	}
}

// public reports whether guests are let into a room.
func (c *Service) public(room jid.JID) bool {
	_, err := c.Access.Get(room)
	return err == nil
}
