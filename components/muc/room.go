package muc

import (
	"log/slog"
	"sync/atomic"
	"time"

	"plenum/components/archive"
	"plenum/xmppd"
	"plenum/xmppd/actor"
	"plenum/xmppd/cluster"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// state is how far a room exists.
type state uint8

const (
	absent state = iota // nobody has created it, or it was destroyed
	locked              // created, but not configured yet: it is there for its creator only (XEP-0045#enter-locked)
	open
)

// Room is a chat room, or the place where one may be created. All fields below the inbox belong to its goroutine.
type Room struct {
	svc   *Service
	jid   jid.JID
	addr  string // jid as a string
	log   *slog.Logger
	inbox *actor.Inbox[event]
	done  chan struct{} // closed when the room has left this node
	lane  resultLane

	present atomic.Pointer[Present] // for others than the room's goroutine

	lease  cluster.Lease
	fence  int64 // goes with every write; 0 as long as the room is not stored
	lastID archive.ID
	state  state
	over   bool           // nothing more is done: the goroutine ends
	fenced bool           // the store says that another node owns the room
	heir   cluster.NodeID // the node that is to take the room over; "" for none
	turn   turn
	seq    *xmppd.Sequence // orders what the room routes to single users

	cfg     RoomConfig
	secret  []byte // makes occupant ids
	created moment // sets the archives of rooms with the same name apart
	subject subject
	affs    map[jid.JID]*affiliated // bare JIDs and domains
	nicks   map[string]jid.JID      // reserved nicknames
	owners  int

	occupants  map[string]*occupant // by nickname
	sessions   map[jid.JID]*session // by full JID
	all        []*session           // in no order; at the same place stands, in recipients, who gets what is for all
	recipients []*xmppd.Recipient
	lost       []*xmppd.Recipient // found dead while something was sent; they leave after the event
	scratch    [4][]*xmppd.Recipient

	history  history
	relays   map[string]*relay // IQs under way between occupants, by the id they got
	private  recentMessages
	mail     mail
	showing  *Showing // the presence of the resident; nil while it is not there
	guests   int      // sessions of guests
	public   bool     // guests are let in (see Doors.Public)
	deleting bool     // its end is being stored
	mirrored bool     // the occupants are in the store, for the case that this node dies
	attended int      // how many take part in what the resident does without being here
	idle     *time.Timer
}

// affiliated is what a room remembers of a user.
type affiliated struct {
	affiliation Affiliation
	nick        string // reserved; "" for none
	reason      string // of a ban
	role        Role   // given by a moderator in a moderated room and kept for the next visit; NoRole for none
}

func (a *affiliated) empty() bool { return a.affiliation == None && a.nick == "" && a.role == NoRole }

// occupant is a user in the room, with one session or several.
type occupant struct {
	nick        string
	addr        string // room@service/nick
	bare        jid.JID
	id          string // XEP-0421
	idXML       []byte // <occupant-id/>
	mark        []byte // what the room adds to his presence: the same, and the hat of a guest
	affiliation Affiliation
	role        Role
	guest       bool // an anonymous user: is never shown a real JID
	shown       bool // the others were told that he is here
	sessions    []*session
	bucket      bucket
	calls       bucket    // what is for the resident
	asked       time.Time // for voice
}

// session is one client of an occupant.
type session struct {
	occupant *occupant
	jid      jid.JID // full
	to       *xmppd.Recipient
	base     *xmlstream.Packet // its last presence, without what only the room may say
	lean     *xmlstream.Packet // base as guests get it; nil when it has to be made again
	at       int               // place in Room.all
	full     []byte            // what the room adds for those who see real JIDs; nil when it has to be made again
	anon     []byte            // what it adds for the others
}

// show sets the session's presence.
func (s *session) show(base *xmlstream.Packet) { s.base, s.lean = base, nil }

// primary is the session whose presence changed last.
func (o *occupant) primary() *session { return o.sessions[len(o.sessions)-1] }

// forget makes what the room says about the occupant be written anew.
func (o *occupant) forget() {
	for _, s := range o.sessions {
		s.full, s.anon = nil, nil
	}
}

// sees reports whether o is shown real JIDs (XEP-0045#enter-nonanon, XEP-0045#enter-semianon).
func (r *Room) sees(o *occupant) bool {
	return (r.cfg.NonAnonymous || o.role == Moderator) && !o.guest
}

// affiliation is what the room's lists say about a bare JID: the entry of the user, or that of his domain
// (XEP-0045#modifyban).
func (r *Room) affiliation(bare jid.JID) Affiliation {
	if a := r.affs[bare]; a != nil && a.affiliation != None {
		return a.affiliation
	}
	if a := r.affs[bare.DomainJID()]; a != nil {
		return a.affiliation
	}
	return None
}

// role is the role of a user who enters.
func (r *Room) role(bare jid.JID, a Affiliation) Role {
	if r.public && r.svc.isColleague(bare) {
		return Moderator
	}
	if e := r.affs[bare]; e != nil && e.role != NoRole && r.cfg.Moderated && a < Admin {
		return e.role
	}
	return defaultRole(a, r.cfg.Moderated)
}

// occupantOf is the occupant that sends from a full JID, or nil.
func (r *Room) occupantOf(full jid.JID) *occupant {
	if s := r.sessions[full]; s != nil {
		return s.occupant
	}
	return nil
}

// actor is what a user may do in the room: his affiliation, and the role of his session.
func (r *Room) actor(full jid.JID) (Affiliation, Role) {
	if o := r.occupantOf(full); o != nil {
		return o.affiliation, o.role
	}
	return r.affiliation(full.Bare()), NoRole
}

// add puts a session into the lists.
func (r *Room) add(s *session) {
	s.at = len(r.all)
	r.all = append(r.all, s)
	r.recipients = append(r.recipients, s.to)
	r.sessions[s.jid] = s
	if s.occupant.guest {
		r.guests++
	}
	r.count()
	r.seen(s.occupant, false, s)
	if r.idle != nil {
		r.idle.Stop()
		r.idle = nil
	}
}

// drop takes a session out of the lists and of its occupant; the occupant leaves the room with his last session.
func (r *Room) drop(s *session) (last bool) {
	n := len(r.all) - 1
	moved := r.all[n]
	r.all[s.at], r.recipients[s.at] = moved, r.recipients[n]
	moved.at = s.at
	r.all[n], r.recipients[n] = nil, nil
	r.all, r.recipients = r.all[:n], r.recipients[:n]
	delete(r.sessions, s.jid)
	o := s.occupant
	if o.guest {
		r.guests--
	}
	r.seen(o, true, s)
	defer r.count()
	for i, x := range o.sessions {
		if x == s {
			o.sessions = append(o.sessions[:i:i], o.sessions[i+1:]...)
			break
		}
	}
	if len(o.sessions) > 0 {
		return false
	}
	if r.occupants[o.nick] == o {
		delete(r.occupants, o.nick)
	}
	return true
}

// nickAddr is the occupant JID of a nickname.
func (r *Room) nickAddr(nick string) string { return r.addr + "/" + nick }
