package directory

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"log/slog"
	"math/big"
	"strconv"
	"strings"
	"time"

	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

// GuestAccess is the service for rooms that guests may enter. It answers from memory.
type GuestAccess struct{ dir *Directory }

// Access is how guests enter a room.
type Access struct {
	Room  jid.JID
	Token string // of the link: 26 letters and digits
	PIN   string // 9 digits, of which the first is not 0
	Since time.Time
	By    jid.JID // who allowed guests
	Limit int     // guests at a time; 0 for the server's limit
}

// On lets guests into a room, with a new token and a new PIN unless they are let in already. Whether by may decide that, is for the caller to know.
func (g *GuestAccess) On(ctx context.Context, by, room jid.JID) (Access, error) {
	if !room.IsBare() || room.IsDomain() {
		return Access{}, fault.Newf(fault.Invalid, "%q is no room", room)
	}
	err := g.dir.write(ctx, by, "allow guests in "+room.String(), func(t *txn) error {
		var one int
		switch err := t.QueryRow("SELECT 1 FROM directory_guest WHERE room = $1", room.String()).Scan(&one); {
		case err == nil:
			return errUnchanged
		case !errors.Is(err, store.ErrNoRows):
			return err
		}
		row, err := newGuestRow(t, room, g.dir.seal)
		if err != nil {
			return err
		}
		t.note(GuestsOn, room.String())
		_, err = t.Exec("INSERT INTO directory_guest ("+guestColumns+") VALUES "+placeholders(1, 8), room.String(), row.token, row.tokenHash, row.pin,
			row.pinMAC, millis(row.access.Since), row.access.By.String(), 0)
		return err
	})
	if err != nil {
		return Access{}, err
	}
	return g.Get(room)
}

// Off takes the access of guests from a room: token and PIN are worth nothing for ever. There need not be any.
func (g *GuestAccess) Off(ctx context.Context, by, room jid.JID) error {
	return g.dir.write(ctx, by, "end the access of guests to "+room.String(), func(t *txn) error {
		n, err := t.Exec("DELETE FROM directory_guest WHERE room = $1", room.String())
		if err != nil {
			return err
		}
		if n == 0 {
			return errUnchanged
		}
		t.note(GuestsOff, room.String())
		return nil
	})
}

// SetLimit changes how many guests may be in a room at a time; 0 for the server's limit.
func (g *GuestAccess) SetLimit(ctx context.Context, by, room jid.JID, limit int) error {
	if limit < 0 {
		return fault.New(fault.Invalid, "a limit may not be negative")
	}
	return g.dir.write(ctx, by, "limit the guests of "+room.String(), func(t *txn) error {
		n, err := t.Exec("UPDATE directory_guest SET guest_limit = $2 WHERE room = $1", room.String(), int64(limit))
		if err != nil {
			return err
		}
		if n == 0 {
			return errNoGuests()
		}
		t.note(GuestsOn, room.String())
		return nil
	})
}

func errNoGuests() error { return fault.New(fault.NotFound, "guests are not allowed there") }

// Get returns the access to a room; fault.NotFound when guests are not allowed there.
func (g *GuestAccess) Get(room jid.JID) (Access, error) {
	m := g.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	if access := m.guests.byRoom[room]; access != nil {
		return *access, nil
	}
	return Access{}, errNoGuests()
}

// ByToken returns the access that a link stands for; fault.NotFound for an unknown one. How long it takes tells nothing of other tokens: they are
// looked up by their hash.
func (g *GuestAccess) ByToken(token string) (Access, error) {
	m := g.dir.model
	hash := sha256.Sum256([]byte(token))
	m.mu.RLock()
	defer m.mu.RUnlock()
	if access := m.guests.byToken[hash]; access != nil {
		return *access, nil
	}
	return Access{}, errNoGuests()
}

// ByPIN returns the access that a PIN stands for; fault.NotFound for an unknown one. Spaces between digits do not matter.
func (g *GuestAccess) ByPIN(pin string) (Access, error) {
	pin = strings.Join(strings.Fields(pin), "")
	m := g.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	if access := m.guests.byPIN[sha256.Sum256([]byte(pin))]; access != nil {
		return *access, nil
	}
	return Access{}, errNoGuests()
}

// All returns all rooms that guests may enter, in no order.
func (g *GuestAccess) All() []Access {
	m := g.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	all := make([]Access, 0, len(m.guests.byRoom))
	for _, access := range m.guests.byRoom {
		all = append(all, *access)
	}
	return all
}

// guestTable is the access to rooms in memory.
type guestTable struct {
	byRoom         map[jid.JID]*Access
	byToken, byPIN map[[sha256.Size]byte]*Access
}

func newGuestTable() guestTable {
	return guestTable{make(map[jid.JID]*Access), make(map[[sha256.Size]byte]*Access), make(map[[sha256.Size]byte]*Access)}
}

func (g *guestTable) put(access Access) {
	g.drop(access.Room)
	g.byRoom[access.Room] = &access
	g.byToken[sha256.Sum256([]byte(access.Token))] = &access
	g.byPIN[sha256.Sum256([]byte(access.PIN))] = &access
}

func (g *guestTable) drop(room jid.JID) {
	access := g.byRoom[room]
	if access == nil {
		return
	}
	delete(g.byRoom, room)
	delete(g.byToken, sha256.Sum256([]byte(access.Token)))
	delete(g.byPIN, sha256.Sum256([]byte(access.PIN)))
}

// guestRow is the access to a room as it is stored.
type guestRow struct {
	access           Access
	token, tokenHash []byte // sealed, SHA-256
	pin, pinMAC      []byte // sealed, keyed
}

const guestColumns = "room, token, token_hash, pin, pin_mac, since, granted_by, guest_limit"

func (f *found) guest(rows *store.Rows) error {
	var g guestRow
	var room, by string
	var since int64
	err := rows.Scan(&room, &g.token, &g.tokenHash, &g.pin, &g.pinMAC, &since, &by, &g.access.Limit)
	if err != nil {
		return err
	}
	g.access.Since = fromMillis(since)
	var errs [2]error
	g.access.Room, errs[0] = jid.Parse(room)
	g.access.By, errs[1] = parseActor(by)
	f.guests = append(f.guests, g)
	return errors.Join(errs[:]...)
}

// unseal decrypts the access data. A room whose data cannot be read lets nobody in.
func (f *found) unseal(seal *Sealer, log *slog.Logger) {
	kept := f.guests[:0]
	for _, g := range f.guests {
		token, err1 := seal.Open(g.token)
		pin, err2 := seal.Open(g.pin)
		if err := errors.Join(err1, err2); err != nil {
			log.Error("the access data of a room cannot be read: allow guests there anew", "room", g.access.Room, "err", err)
			continue
		}
		g.access.Token, g.access.PIN = string(token), string(pin)
		kept = append(kept, g)
	}
	f.guests = kept
}

// pinTries is how often a PIN is drawn again that another room has: of 9·10^8 PINs so many would be in use only by a fault.
const pinTries = 100

// newGuestRow draws a token and a PIN that no room has.
func newGuestRow(t *txn, room jid.JID, seal *Sealer) (guestRow, error) {
	token := strings.ToLower(rand.Text())
	hash := sha256.Sum256([]byte(token))
	row := guestRow{access: Access{Room: room, Since: now(), By: t.by}, tokenHash: hash[:]}
	var err error
	if row.token, err = seal.Seal([]byte(token)); err != nil {
		return row, err
	}
	for range pinTries {
		pin := newPIN()
		row.pinMAC = seal.mac([]byte(pin))
		var one int
		switch err := t.QueryRow("SELECT 1 FROM directory_guest WHERE pin_mac = $1", row.pinMAC).Scan(&one); {
		case err == nil:
			continue
		case !errors.Is(err, store.ErrNoRows):
			return row, err
		}
		row.pin, err = seal.Seal([]byte(pin))
		return row, err
	}
	return row, fault.New(fault.Limit, "no PIN is free")
}

// newPIN draws 9 digits, the first of which is not 0.
func newPIN() string {
	n, _ := rand.Int(rand.Reader, big.NewInt(900_000_000)) // fails as little as rand.Read
	return strconv.FormatInt(n.Int64()+100_000_000, 10)
}
