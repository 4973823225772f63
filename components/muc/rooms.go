package muc

import (
	"context"
	"errors"
	"fmt"

	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

// The methods in this file are for the rest of the program: console, API, conferences. They wait for the room and for the
// store, so they are for HTTP handlers and tests and must not be called by the owner of anything.

// RoomInfo is what there is to know about a room.
type RoomInfo struct {
	JID       jid.JID
	Config    RoomConfig
	Locked    bool
	Subject   string
	Occupants []OccupantInfo // in no order
}

// OccupantInfo is somebody in a room.
type OccupantInfo struct {
	Nick        string
	ID          string // XEP-0421
	User        jid.JID
	Sessions    []jid.JID // full JIDs
	Affiliation Affiliation
	Role        Role
}

// Affiliated is an entry of a room's lists.
type Affiliated struct {
	JID         jid.JID // bare, or a domain
	Affiliation Affiliation
	Nick        string // reserved
	Reason      string // of a ban
}

// ask has a room do something for a caller who waits.
type ask struct {
	fn   func(r *Room, done func(error))
	done chan error // capacity 1
}

func (a *ask) apply(r *Room) { a.fn(r, func(err error) { a.done <- err }) }

// errElsewhere says that another node has the room.
var errElsewhere = fault.New(fault.Unavailable, "another server has this room")

// Ask has fn called on the goroutine of a room, and waits until done was called. It is for components that stand on
// rooms.
func (m *Service) ask(ctx context.Context, room jid.JID, fn func(r *Room, done func(error))) error {
	if room.Domain() != m.domain.Domain() || room.Local() == "" || room.IsFull() {
		return fault.Newf(fault.Invalid, "%s is not the address of a room", room)
	}
	a := &ask{fn: fn, done: make(chan error, 1)}
	if !m.post(room, a) {
		return errBusy
	}
	select {
	case err := <-a.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

var errNoRoom = fault.New(fault.NotFound, "there is no such room")

// existing is ask for a room that has to be there.
func (m *Service) existing(ctx context.Context, room jid.JID, fn func(r *Room, done func(error))) error {
	return m.ask(ctx, room, func(r *Room, done func(error)) {
		if r.state == absent {
			done(errNoRoom)
			return
		}
		fn(r, done)
	})
}

// Get tells about a room. The error is of kind NotFound when there is none.
func (m *Service) Get(ctx context.Context, room jid.JID) (info RoomInfo, err error) {
	err = m.existing(ctx, room, func(r *Room, done func(error)) {
		info = RoomInfo{JID: r.jid, Config: r.cfg, Locked: r.state == locked, Subject: r.subjectText()}
		for _, o := range r.occupants {
			x := OccupantInfo{Nick: o.nick, ID: o.id, User: o.bare, Affiliation: o.affiliation, Role: o.role}
			for _, s := range o.sessions {
				x.Sessions = append(x.Sessions, s.jid)
			}
			info.Occupants = append(info.Occupants, x)
		}
		done(nil)
	})
	return info, err
}

// Affiliations are a room's lists, ordered by address.
func (m *Service) Affiliations(ctx context.Context, room jid.JID) (list []Affiliated, err error) {
	rows, err := m.store.db.Query(ctx, `SELECT jid, affiliation, nick, reason FROM muc_affiliation WHERE room = $1 AND affiliation <> 'none' ORDER BY jid`, room.String())
	if err != nil {
		return nil, fmt.Errorf("read the lists of %s: %w", room, err)
	}
	for rows.Next() {
		var a Affiliated
		var who, name string
		if err := rows.Scan(&who, &name, &a.Nick, &a.Reason); err != nil {
			return nil, fmt.Errorf("read the lists of %s: %w", room, err)
		}
		a.Affiliation, _ = ParseAffiliation(name)
		if a.JID, err = jid.Parse(who); err == nil {
			list = append(list, a)
		}
	}
	return list, rows.Err()
}

// List names the rooms after a certain address, in order, at most limit of them.
func (m *Service) List(ctx context.Context, after string, limit int) (rooms []jid.JID, err error) {
	return m.names(ctx, `SELECT room FROM muc_room WHERE room > $1 ORDER BY room LIMIT $2`, after, limit)
}

// Of names the rooms in which a user has at least an affiliation.
func (m *Service) Of(ctx context.Context, user jid.JID, least Affiliation) (rooms []jid.JID, err error) {
	names := ""
	for a := max(least, Member); a <= Owner; a++ {
		names += ",'" + a.String() + "'"
	}
	return m.names(ctx, `SELECT room FROM muc_affiliation WHERE jid = $1 AND affiliation IN (''`+names+`) ORDER BY room`, user.Bare().String())
}

func (m *Service) names(ctx context.Context, sql string, args ...any) (out []jid.JID, err error) {
	rows, err := m.store.db.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("list rooms: %w", err)
	}
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, fmt.Errorf("list rooms: %w", err)
		}
		if j, err := jid.Parse(s); err == nil {
			out = append(out, j)
		}
	}
	return out, rows.Err()
}

// NewConfig is what a new room is like by default.
func (m *Service) NewConfig() RoomConfig { return m.cfg.newRoom() }

// Create makes an open room with one owner. The error is of kind Conflict when it exists.
func (m *Service) Create(ctx context.Context, room jid.JID, c RoomConfig, owner jid.JID) error {
	if err := m.checkConfig(&c); err != nil {
		return err
	}
	return m.ask(ctx, room, func(r *Room, done func(error)) {
		if r.state != absent {
			done(fault.New(fault.Conflict, "the room exists already"))
			return
		}
		r.make(open, c, owner.Bare(), done)
	})
}

// Configure changes the configuration of a room.
func (m *Service) Configure(ctx context.Context, room jid.JID, change func(*RoomConfig)) error {
	return m.existing(ctx, room, func(r *Room, done func(error)) {
		s := submitted{config: r.cfg}
		change(&s.config)
		if err := m.checkConfig(&s.config); err != nil {
			done(err)
			return
		}
		r.reconfigure(s, "", done)
	})
}

// checkConfig holds a configuration against the limits that the form has.
func (m *Service) checkConfig(c *RoomConfig) error {
	for _, f := range fields {
		if err := f.set(m, c, f.get(m, c)); err != nil {
			return fault.Wrap(fault.Invalid, err, "the configuration is not valid")
		}
	}
	if len(c.Password) > maxPassword {
		return fault.New(fault.Invalid, "the password is too long")
	}
	return nil
}

// SetAffiliations changes the lists of a room, all or none. The error is of kind Conflict when nobody would own it, or
// when a nickname is taken.
func (m *Service) SetAffiliations(ctx context.Context, room jid.JID, list ...Affiliated) error {
	return m.existing(ctx, room, func(r *Room, done func(error)) {
		var changes []affiliationChange
		for _, a := range list {
			c := affiliationChange{who: a.JID.Bare().Clone(), to: a.Affiliation, reason: a.Reason}
			if a.Nick != "" {
				nick, err := r.reservable(a.Nick, c.who)
				if err != nil {
					done(fault.Wrap(fault.Conflict, err, "the nickname is taken"))
					return
				}
				c.nick = &nick
			}
			changes = append(changes, c)
		}
		if err := r.checkOwners(changes); err != nil {
			done(fault.Wrap(fault.Conflict, err, "a room needs an owner, and its lists are limited"))
			return
		}
		b := new(store.Batch)
		r.saveAffiliations(b, changes)
		r.change(b, func(err error) {
			if err == nil {
				r.applyAffiliations(changes, "").tell(r)
			}
			done(err)
		})
	})
}

// Kick puts an occupant out by his nickname.
func (m *Service) Kick(ctx context.Context, room jid.JID, nick, reason string) error {
	return m.existing(ctx, room, func(r *Room, done func(error)) {
		o := r.occupants[nick]
		if o == nil {
			done(fault.New(fault.NotFound, "there is nobody of that name in the room"))
			return
		}
		r.changeRoles([]roleChange{{o, NoRole, reason}}, "", done)
	})
}

// Destroy ends a room. Alternate, which may be zero, is where people are to go instead.
func (m *Service) Destroy(ctx context.Context, room, alternate jid.JID, reason string) error {
	err := m.existing(ctx, room, func(r *Room, done func(error)) {
		r.destroy(destruction{alternate: alternate, reason: reason}, done)
	})
	if errors.Is(err, errNoRoom) {
		return errNoRoom
	}
	return err
}
