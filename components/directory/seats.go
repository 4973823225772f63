package directory

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

// A Seat says where a user is logged in: the telephones of the location are his as long as he is.
type Seat struct {
	User     jid.JID
	Location string // its ID
	Since    time.Time
}

// MaxRecent is how many of the locations where somebody was logged in are remembered.
const MaxRecent = 8

// Seats is the service for who sits where: everybody at one location at most, and one at each. It answers from memory.
type Seats struct{ dir *Directory }

// At returns where a user is logged in. Who is disabled or put into the bin is logged out by that.
func (s *Seats) At(user jid.JID) (Seat, bool) {
	m := s.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	seat, ok := m.seats[user.Bare()]
	return seat, ok
}

// Who returns who is logged in at a location.
func (s *Seats) Who(location string) (Seat, bool) {
	m := s.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	seat, ok := m.seats[m.sitters[location]]
	return seat, ok
}

// Recent returns the locations where a user has logged in, the last one first.
func (s *Seats) Recent(user jid.JID) []string {
	m := s.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	return slices.Clone(m.recent[user.Bare()])
}

// Open returns the locations where a user may log in, sorted by name.
func (s *Seats) Open(user jid.JID) []Object {
	return slices.DeleteFunc(s.dir.Objects.List(Locations), func(o Object) bool { return !s.dir.Permissions.MayLogInAt(user, o.ID) })
}

// LogIn puts a user at a location, and who sits there out of it; that one is returned. Everybody may do so for himself, who manages users and who
// holds xmpp.supervisor for others; where the user may not log in, nobody may do it for him.
func (s *Seats) LogIn(ctx context.Context, by, user jid.JID, location string) (expelled jid.JID, err error) {
	user = user.Bare()
	err = s.dir.write(ctx, by, "log in at a location", func(t *txn) error {
		expelled = jid.JID{}
		record, err := s.mayMove(t, user)
		if err != nil {
			return err
		}
		place, err := t.object(Locations, location)
		switch {
		case err != nil:
			return err
		case !record.Active():
			return fault.New(fault.Conflict, "the user cannot log in")
		case !s.dir.Permissions.MayLogInAt(user, location):
			return fault.Newf(fault.Forbidden, "%s may not log in at %s", user, place.Name)
		}
		switch other, err := t.sitter(location); {
		case err != nil:
			return err
		case other == user:
			return errUnchanged
		case !other.IsZero():
			if err := t.leave(other); err != nil {
				return err
			}
			expelled = other
		}
		return t.sit(user, location)
	})
	return expelled, err
}

// LogOut takes a user from where he is: he roams. Who is nowhere stays there.
func (s *Seats) LogOut(ctx context.Context, by, user jid.JID) error {
	user = user.Bare()
	return s.dir.write(ctx, by, "log out of a location", func(t *txn) error {
		if _, err := s.mayMove(t, user); err != nil {
			return err
		}
		return t.leave(user)
	})
}

// mayMove refuses who may not say where a user is.
func (s *Seats) mayMove(t *txn, user jid.JID) (Record, error) {
	record, err := t.get(user)
	switch {
	case err != nil:
		return record, err
	case t.by == user && record.Active(), !t.by.IsZero() && s.dir.Permissions.Holds(t.by, Supervisor):
		return record, nil
	}
	return record, t.mayManageUser(record.Role)
}

// sitter reads who is logged in at a location; zero for nobody.
func (t *txn) sitter(location string) (jid.JID, error) {
	var user string
	switch err := t.QueryRow("SELECT member FROM directory_seat WHERE location = $1", location).Scan(&user); {
	case errors.Is(err, store.ErrNoRows):
		return jid.JID{}, nil
	case err != nil:
		return jid.JID{}, err
	}
	return jid.Parse(user)
}

// sit writes where a user is, and remembers it.
func (t *txn) sit(user jid.JID, location string) error {
	t.note(SeatChanged, user.String())
	at := millis(now())
	for _, table := range []string{"directory_seat (member, location, since) VALUES ($1, $2, $3) ON CONFLICT (member) DO UPDATE SET location = excluded.location,",
		"directory_recent (member, location, since) VALUES ($1, $2, $3) ON CONFLICT (member, location) DO UPDATE SET"} {
		if _, err := t.Exec("INSERT INTO "+table+" since = excluded.since", user.String(), location, at); err != nil {
			return err
		}
	}
	_, err := t.Exec("DELETE FROM directory_recent WHERE member = $1 AND location NOT IN"+
		" (SELECT location FROM directory_recent WHERE member = $1 ORDER BY since DESC, location LIMIT $2)", user.String(), MaxRecent)
	return err
}

// leave takes a user from where he is; nothing happens to who is nowhere.
func (t *txn) leave(user jid.JID) error {
	n, err := t.Exec("DELETE FROM directory_seat WHERE member = $1", user.String())
	if n > 0 {
		t.note(SeatChanged, user.String())
	}
	return err
}

// clearLocation takes users and devices from a location that goes.
func (t *txn) clearLocation(location string) error {
	rows, err := t.Query("SELECT member FROM directory_seat WHERE location = $1 UNION SELECT member FROM directory_recent WHERE location = $1", location)
	if err != nil {
		return err
	}
	for rows.Next() {
		var user string
		if err := rows.Scan(&user); err != nil {
			return err
		}
		t.note(SeatChanged, user)
	}
	for _, table := range []string{"directory_seat", "directory_recent"} {
		if _, err := t.Exec("DELETE FROM "+table+" WHERE location = $1", location); err != nil {
			return err
		}
	}
	rows, err = t.Query(objectSelect+" WHERE kind = $1 AND location = $2", string(Devices), location)
	if err != nil {
		return err
	}
	for rows.Next() {
		device, _, err := scanObject(rows)
		if err != nil {
			return err
		}
		device.Location = ""
		if err := t.putObject(&device); err != nil {
			return err
		}
	}
	return nil
}

const seatColumns = "member, location, since"

func scanSeat(rows *store.Rows) (s Seat, err error) {
	var user string
	var since int64
	if err := rows.Scan(&user, &s.Location, &since); err != nil {
		return s, err
	}
	s.Since = fromMillis(since)
	s.User, err = jid.Parse(user)
	return s, err
}

func (f *found) seat(rows *store.Rows) error {
	s, err := scanSeat(rows)
	f.seats = append(f.seats, s)
	return err
}

func (f *found) recently(rows *store.Rows) error {
	s, err := scanSeat(rows)
	f.recent = append(f.recent, s)
	return err
}

// takeRecent takes in where users were whose memory was empty.
func (m *model) takeRecent(all []Seat) {
	slices.SortFunc(all, func(a, b Seat) int { return cmp.Or(b.Since.Compare(a.Since), strings.Compare(a.Location, b.Location)) })
	for _, s := range all {
		m.recent[s.User] = append(m.recent[s.User], s.Location)
	}
}

// unseat forgets where a user is, and was.
func (m *model) unseat(user jid.JID) {
	if s, ok := m.seats[user]; ok && m.sitters[s.Location] == user {
		delete(m.sitters, s.Location)
	}
	delete(m.seats, user)
	delete(m.recent, user)
}

// holder is the user whose telephone a device is now: its owner, or who is logged in at its location.
func (m *model) holder(o *Object) jid.JID {
	if o.Location != "" {
		return m.sitters[o.Location]
	}
	return o.Owner
}

// DevicesAt returns the devices of a location, sorted by name.
func (o *Objects) DevicesAt(location string) []Object {
	m := o.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.sortedDevices(m.places[location])
}

// sortedDevices are devices by their IDs, sorted by name.
func (m *model) sortedDevices(ids []string) []Object {
	var devices []Object
	for _, id := range ids {
		devices = append(devices, m.objects[objectKey{Devices, id}].Object)
	}
	slices.SortFunc(devices, func(a, b Object) int { return strings.Compare(a.Name, b.Name) })
	return devices
}

// AssignDevicesAt gives devices that nobody has to a location, and takes others from it, in one transaction.
func (o *Objects) AssignDevicesAt(ctx context.Context, by jid.JID, location string, assign, unassign []string) error {
	return o.dir.write(ctx, by, "assign devices to a location", func(t *txn) error {
		if err := t.mayManage(); err != nil {
			return err
		}
		if _, err := t.object(Locations, location); err != nil {
			return err
		}
		given, err := t.moveDevices(assign, belonging{}, belonging{location: location})
		if err != nil {
			return err
		}
		taken, err := t.moveDevices(unassign, belonging{location: location}, belonging{})
		if err == nil && given+taken == 0 {
			err = errUnchanged
		}
		return err
	})
}
