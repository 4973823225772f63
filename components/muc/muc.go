// Package muc is the service of chat rooms.
//
// Each room is owned by one goroutine (Room.run), which takes events from its inbox, one at a time; nothing else touches the
// room. The owner does no I/O: what has to be stored is submitted to the store's writer, and the outcome comes back as a
// further event (turn.go). A message is in the room's archive before anybody gets it.
//
// With several nodes a room lives on the one that holds its lease; stanzas that arrive elsewhere are passed on (cluster.go).
// Rooms are loaded when somebody writes to them, and leave memory some time after the last occupant.
//
// Several sessions of one user under one nickname are one occupant: its presence is that of the session that changed last,
// each session's presence is passed on with its own full JID, and the occupant leaves with the last session.
//
// Spec: XEP-0045 1.35.5 complete
// Spec: XEP-0249 1.2 complete: invitations between users pass through untouched
// Spec: XEP-0313 1.1.3 complete: archives of rooms
// Spec: XEP-0317 0.3.1 partial: the hat of guests
// Spec: XEP-0359 0.7.0 complete
// Spec: XEP-0410 1.1.0 complete
// Spec: XEP-0421 1.0.1 complete
// Spec: XEP-0424 0.4.2 complete: tombstones in archives of rooms
// Spec: XEP-0425 0.3.0 complete
// Spec: XEP-0486 0.1.0 complete
package muc

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"plenum/components/archive"
	"plenum/xmppd"
	"plenum/xmppd/cluster"
	"plenum/xmppd/dataform"
	"plenum/xmppd/jid"
)

// Namespaces of XEP-0045.
const (
	NS        = "http://jabber.org/protocol/muc"
	NSUser    = "http://jabber.org/protocol/muc#user"
	NSAdmin   = "http://jabber.org/protocol/muc#admin"
	NSOwner   = "http://jabber.org/protocol/muc#owner"
	NSConfig  = "http://jabber.org/protocol/muc#roomconfig"
	NSInfo    = "http://jabber.org/protocol/muc#roominfo"
	NSRequest = "http://jabber.org/protocol/muc#request"
	NSJoining = "http://jabber.org/protocol/muc#register"
)

// Namespaces of what hangs on rooms.
const (
	nsStableID    = "http://jabber.org/protocol/muc#stable_id"
	nsTraffic     = "http://jabber.org/protocol/muc#traffic"
	nsSelfPing    = "http://jabber.org/protocol/muc#self-ping-optimization"
	nsRegister    = "jabber:iq:register"
	nsPing        = "urn:xmpp:ping"
	nsVCard       = "vcard-temp"
	nsPubSub      = "http://jabber.org/protocol/pubsub"
	nsDelay       = "urn:xmpp:delay"
	nsAddress     = "http://jabber.org/protocol/address"
	nsStanzaID    = "urn:xmpp:sid:0"
	nsOccupantID  = "urn:xmpp:occupant-id:0"
	nsModerate    = "urn:xmpp:message-moderate:1"
	nsRetract     = "urn:xmpp:message-retract:1"
	nodeReserved  = "x-roomuser-item"
	featTombstone = "urn:xmpp:message-retract:1#tombstone"
)

// Service is the rooms of one domain.
type Service struct {
	srv    *xmppd.Server
	cfg    Config
	domain jid.JID
	log    *slog.Logger
	store  *roomStore
	engine *archive.Engine
	doors  Doors

	extensions []Extension
	info       []func(room jid.JID) []dataform.Field

	mu        sync.RWMutex
	rooms     map[jid.JID]*Room           // by bare JID, on this node
	leaving   map[jid.JID]<-chan struct{} // rooms that give back their lease; closed when done
	elsewhere map[jid.JID]owner           // rooms known to be on another node
	opening   int                         // rooms that are being loaded
	stopped   bool

	ctx     context.Context // ends when the service stops
	cancel  context.CancelFunc
	calls   calls
	counts  counts
	work    sync.WaitGroup // rooms and jobs
	jobs    chan struct{}  // a token for each job that may run
	several atomic.Bool    // other nodes have been seen: occupants are mirrored, writes are fenced
}

// owner is the node that has a room.
type owner struct {
	node  cluster.NodeID
	until int64 // when to ask again, in Unix nanoseconds
}

// Register puts the service into s. The rooms keep their messages in history.
func Register(s *xmppd.Server, cfg Config, history *archive.Engine) (*Service, error) {
	if cfg.Domain == "" {
		cfg.Domain = "groups." + s.Domains()[0]
	}
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("rooms: %w", err)
	}
	st, err := openStore(s.Context(), s.Store())
	if err != nil {
		return nil, fmt.Errorf("rooms: %w", err)
	}
	m := &Service{
		srv: s, cfg: cfg, domain: jid.MustParse(cfg.Domain), log: s.Log(), store: st, engine: history,
		rooms: map[jid.JID]*Room{}, leaving: map[jid.JID]<-chan struct{}{}, elsewhere: map[jid.JID]owner{},
		jobs: make(chan struct{}, maxJobs), calls: calls{wait: map[string]func(RoomInfo, error){}},
	}
	m.ctx, m.cancel = context.WithCancel(s.Context())
	s.AddComponent(cfg.Domain, m)
	m.joinCluster()
	return m, nil
}

// Domain is the address of the service.
func (m *Service) Domain() jid.JID { return m.domain }

// maxJobs is how many reads of the store for rooms run at the same time; it is more than the store has connections.
const maxJobs = 64

// job runs fn, which may do I/O, on a goroutine of its own. It reports false when too many run already.
func (m *Service) job(fn func(ctx context.Context)) bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.stopped {
		return false
	}
	select {
	case m.jobs <- struct{}{}:
	default:
		return false
	}
	m.work.Add(1)
	go func() {
		defer m.work.Done()
		defer func() { <-m.jobs }()
		defer func() {
			if r := recover(); r != nil {
				m.bug("a job", r)
			}
		}()
		fn(m.ctx)
	}()
	return true
}
