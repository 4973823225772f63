package muc

import (
	"context"
	"fmt"

	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

// The exported methods in this file are for the rest of the program: console, API, conferences. They wait for the room,
// which may be on another node, and for the store; so they are for HTTP handlers and tests, and must not be called by the
// owner of anything. Their errors have kinds: NotFound for a room that does not exist, Conflict, Invalid, Limit.

// RoomInfo is what there is to know about a room.
type RoomInfo struct {
	JID       jid.JID
	Config    RoomConfig
	Locked    bool // waits for its creator to configure it
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
	Guest       bool
}

// Affiliated is an entry of a room's lists.
type Affiliated struct {
	JID         jid.JID // bare, or a domain
	Affiliation Affiliation
	Nick        string // reserved
	Reason      string // of a ban
}

// Get tells about a room.
func (m *Service) Get(ctx context.Context, room jid.JID) (RoomInfo, error) {
	return m.ask(ctx, room, command{Do: "get"})
}

func (r *Room) doGet(_ *command, done func(RoomInfo, error)) {
	info := RoomInfo{JID: r.jid, Config: r.cfg, Locked: r.state == locked, Subject: r.subjectText()}
	for _, o := range r.occupants {
		x := r.occupantInfo(o)
		for _, s := range o.sessions {
			x.Sessions = append(x.Sessions, s.jid)
		}
		info.Occupants = append(info.Occupants, x)
	}
	done(info, nil)
}

// NewConfig is what a new room is like by default, but lasting: for Create, as nobody is in it at first.
func (m *Service) NewConfig() RoomConfig {
	c := m.cfg.newRoom()
	c.Persistent = true
	return c
}

// Create makes an open room with one owner, however many he owns. The error is of kind Conflict when it exists.
func (m *Service) Create(ctx context.Context, room jid.JID, c RoomConfig, owner jid.JID) error {
	_, err := m.ask(ctx, room, command{Do: "create", Config: c, User: owner.Bare()})
	return err
}

func (r *Room) doCreate(c *command, done func(RoomInfo, error)) {
	if r.state != absent {
		done(RoomInfo{}, fault.New(fault.Conflict, "the room exists already"))
		return
	}
	if err := r.svc.checkConfig(&c.Config); err != nil {
		done(RoomInfo{}, err)
		return
	}
	r.make(open, c.Config, c.User, 0, func(err error) { done(RoomInfo{}, err) })
}

// Configure gives a room another configuration, and tells its occupants. Was, which may be nil, is the configuration that the
// new one was made of: when the room has another one meanwhile, the error is of kind Conflict.
func (m *Service) Configure(ctx context.Context, room jid.JID, c RoomConfig, was *RoomConfig) error {
	_, err := m.ask(ctx, room, command{Do: "configure", Config: c, Was: was})
	return err
}

func (r *Room) doConfigure(c *command, done func(RoomInfo, error)) {
	if c.Was != nil && *c.Was != r.cfg {
		done(RoomInfo{}, fault.New(fault.Conflict, "the configuration of the room was changed meanwhile"))
		return
	}
	if err := r.svc.checkConfig(&c.Config); err != nil {
		done(RoomInfo{}, err)
		return
	}
	r.reconfigure(submitted{config: c.Config}, "", func(err error) { done(RoomInfo{}, err) })
}

// checkConfig holds a configuration against the limits that the form has.
func (m *Service) checkConfig(c *RoomConfig) error {
	for _, f := range fields {
		if err := f.set(m, c, f.get(m, c)); err != nil {
			return fault.Wrap(fault.Invalid, err, err.Error())
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
	_, err := m.ask(ctx, room, command{Do: "affiliate", List: list})
	return err
}

func (r *Room) doAffiliate(c *command, done func(RoomInfo, error)) {
	var changes []affiliationChange
	for _, a := range c.List {
		x := affiliationChange{who: a.JID.Bare(), to: a.Affiliation, reason: a.Reason}
		if a.Nick != "" {
			nick, err := r.reservable(a.Nick, x.who)
			if err != nil {
				done(RoomInfo{}, fault.Wrap(fault.Conflict, err, "the nickname is taken"))
				return
			}
			x.nick = &nick
		}
		changes = append(changes, x)
	}
	if err := r.checkOwners(changes); err != nil {
		kind, text := kindOf(err)
		done(RoomInfo{}, fault.New(kind, text))
		return
	}
	r.affiliate(changes, func(err error) { done(RoomInfo{}, err) })
}

func (r *Room) affiliate(changes []affiliationChange, done func(error)) {
	b := new(store.Batch)
	r.saveAffiliations(b, stateOf(r.state, &r.cfg), changes)
	r.change(b, func(err error) {
		if err == nil {
			r.applyAffiliations(changes, "").tell(r)
		}
		done(err)
	})
}

// Kick puts an occupant out by his nickname. By is the nickname of the occupant who does it, "" for the server. The error is of kind NotFound when he is not there.
func (m *Service) Kick(ctx context.Context, room jid.JID, nick, by, reason string) error {
	_, err := m.ask(ctx, room, command{Do: "kick", Nick: nick, By: by, Reason: reason})
	return err
}

func (r *Room) doKick(c *command, done func(RoomInfo, error)) {
	o := r.occupants[c.Nick]
	if o == nil {
		done(RoomInfo{}, fault.New(fault.NotFound, "there is nobody of that name in the room"))
		return
	}
	r.changeRoles([]roleChange{{o, NoRole, c.Reason}}, c.By, func(err error) { done(RoomInfo{}, err) })
}

// Destroy ends a room. Alternate, which may be zero, is where people are to go instead.
func (m *Service) Destroy(ctx context.Context, room, alternate jid.JID, reason string) error {
	_, err := m.ask(ctx, room, command{Do: "destroy", Alternate: alternate, Reason: reason})
	return err
}

func (r *Room) doDestroy(c *command, done func(RoomInfo, error)) {
	r.destroy(destruction{alternate: c.Alternate, reason: c.Reason}, func(err error) { done(RoomInfo{}, err) })
}

// ForgetAccount takes a user that is no more off the lists of all rooms. A room that he alone owned gets its admins as
// owners, or, for lack of admins, its members; one that has neither is left without an owner until an operator names one.
func (m *Service) ForgetAccount(ctx context.Context, owner jid.JID) error {
	rooms, err := m.names(ctx, `SELECT room FROM muc_affiliation WHERE jid = $1`, owner.Bare().String())
	if err != nil {
		return err
	}
	for _, room := range rooms {
		_, err := m.ask(ctx, room, command{Do: "forget", User: owner.Bare()})
		if err != nil && !fault.Is(err, fault.NotFound) {
			return fmt.Errorf("take %s off the lists of %s: %w", owner, room, err)
		}
	}
	return nil
}

func (r *Room) doForget(c *command, done func(RoomInfo, error)) {
	e := r.affs[c.User]
	if e == nil {
		done(RoomInfo{}, nil)
		return
	}
	changes := []affiliationChange{{who: c.User, to: None}}
	if e.affiliation == Owner && r.owners == 1 {
		heirs := r.withAffiliation(Admin)
		if len(heirs) == 0 {
			heirs = r.withAffiliation(Member)
		}
		for _, h := range heirs {
			if j, err := jid.Parse(h); err == nil && j.Local() != "" && j != c.User {
				changes = append(changes, affiliationChange{who: j, to: Owner})
			}
		}
	}
	r.affiliate(changes, func(err error) { done(RoomInfo{}, err) })
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

// List names the rooms whose address comes after a certain one, in order, at most limit of them.
func (m *Service) List(ctx context.Context, after string, limit int) ([]jid.JID, error) {
	return m.names(ctx, `SELECT room FROM muc_room WHERE room > $1 ORDER BY room LIMIT $2`, after, limit)
}

// Of names the rooms of whose members, admins or owners a user is one.
func (m *Service) Of(ctx context.Context, user jid.JID) ([]jid.JID, error) {
	return m.names(ctx, `SELECT room FROM muc_affiliation WHERE jid = $1 AND affiliation IN ('member', 'admin', 'owner') ORDER BY room`, user.Bare().String())
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
