package directory_test

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"

	"plenum/components/directory"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
)

var garden = jid.MustParse("garden@groups.capulet.lit")

//
func TestGuestAccess(t *testing.T) {
	token, pin := regexp.MustCompile(`^[a-z2-7]{26,}$`), regexp.MustCompile(`^[1-9][0-9]{8}$`)
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d, other := open(t, db), open(t, db)
		heard := changesOf(d)
		_, err := d.Guests.Get(garden)
		wantKind(t, err, fault.NotFound)
		must(t, d.Guests.Off(ctx, juliet, garden))
		on, err := d.Guests.On(ctx, juliet, garden)
		must(t, err)
		if on.Room != garden || !token.MatchString(on.Token) || !pin.MatchString(on.PIN) || on.By != juliet || on.Since.IsZero() || on.Limit != 0 {
			t.Errorf("access is %+v", on)
		}
		must(t, other.Sync(ctx))
		spaced := on.PIN[:3] + " " + on.PIN[3:6] + " " + on.PIN[6:]
		for name, d := range map[string]*directory.Directory{"here": d, "there": other, "after a restart": open(t, db)} {
			for what, ask := range map[string]func() (directory.Access, error){
				"room":  func() (directory.Access, error) { return d.Guests.Get(garden) },
				"token": func() (directory.Access, error) { return d.Guests.ByToken(on.Token) },
				"PIN":   func() (directory.Access, error) { return d.Guests.ByPIN(spaced) },
			} {
				if got, err := ask(); err != nil || got != on {
					t.Errorf("%s, by its %s, it is %+v, %v", name, what, got, err)
				}
			}
			for _, wrong := range []string{"", "x", on.PIN, strings.ToUpper(on.Token), on.Token[1:], on.Token + "a"} {
				wantKind(t, second(d.Guests.ByToken(wrong)), fault.NotFound)
			}
			for _, wrong := range []string{"", "123456789", on.Token, on.PIN[1:]} {
				wantKind(t, second(d.Guests.ByPIN(wrong)), fault.NotFound)
			}
		}
		again, err := d.Guests.On(ctx, romeo, garden)
		if err != nil || again != on {
			t.Errorf("switched on twice it is %+v, %v", again, err)
		}
		must(t, d.Guests.SetLimit(ctx, juliet, garden, 5))
		if got, _ := d.Guests.ByToken(on.Token); got.Limit != 5 || got.Token != on.Token {
			t.Errorf("with a limit it is %+v", got)
		}
		if all := d.Guests.All(); len(all) != 1 || all[0].Room != garden {
			t.Errorf("all are %+v", all)
		}

		must(t, d.Guests.Off(ctx, juliet, garden))
		must(t, other.Sync(ctx))
		for _, d := range []*directory.Directory{d, other} {
			wantKind(t, second(d.Guests.ByToken(on.Token)), fault.NotFound)
			wantKind(t, second(d.Guests.ByPIN(on.PIN)), fault.NotFound)
			wantKind(t, second(d.Guests.Get(garden)), fault.NotFound)
		}
		wantKind(t, d.Guests.SetLimit(ctx, juliet, garden, 5), fault.NotFound)
		wantKind(t, d.Guests.SetLimit(ctx, juliet, garden, -1), fault.Invalid)
		fresh, err := d.Guests.On(ctx, juliet, garden)
		must(t, err)
		if fresh.Token == on.Token || fresh.PIN == on.PIN {
			t.Error("switched on again it has old access data")
		}
		wantKind(t, second(d.Guests.ByToken(on.Token)), fault.NotFound)
		for _, room := range []jid.JID{{}, jid.MustParse("groups.capulet.lit"), jid.MustParse("garden@groups.capulet.lit/Bud")} {
			wantKind(t, second(d.Guests.On(ctx, juliet, room)), fault.Invalid)
		}
		var kinds []directory.ChangeKind
		for _, c := range heard() {
			kinds = append(kinds, c.Kind)
			if c.JID != garden || c.By != juliet || !c.OfGuests() {
				t.Errorf("heard %+v", c)
			}
		}
		if got := fmt.Sprint(kinds); got != "[guests-on guests-on guests-off guests-on]" {
			t.Errorf("heard %s", got)
		}
	})
}

func TestAccessDataIsSealed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		on, err := d.Guests.On(ctx, juliet, garden)
		must(t, err)
		var columns [4][]byte
		row := db.QueryRow(ctx, "SELECT token, token_hash, pin, pin_mac FROM directory_guest")
		must(t, row.Scan(&columns[0], &columns[1], &columns[2], &columns[3]))
		for _, column := range columns {
			if len(column) == 0 || bytes.Contains(column, []byte(on.Token)) || bytes.Contains(column, []byte(on.PIN)) {
				t.Errorf("stored is %q", column)
			}
		}
		// What cannot be read lets nobody in, and does not keep the server from starting.
		must(t, db.Commit(ctx, func(tx *store.Tx) error {
			_, err := tx.Exec("UPDATE directory_guest SET token = $1", []byte("damaged"))
			return err
		}))
		wantKind(t, second(open(t, db).Guests.Get(garden)), fault.NotFound)
	})
}

func TestManyRoomsHavePINsOfTheirOwn(t *testing.T) {
	db := storetest.Open(t)
	nodes := []*directory.Directory{open(t, db), open(t, db)}
	var mu sync.Mutex
	seen := make(map[string]bool)
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			access, err := nodes[i%2].Guests.On(ctx, juliet, jid.MustParse(fmt.Sprintf("room%d@groups.capulet.lit", i/2)))
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			seen[access.PIN], seen[access.Token] = true, true
		})
	}
	wg.Wait()
	if len(seen) != 50 { // of 25 rooms
		t.Errorf("%d different access data", len(seen))
	}
}
