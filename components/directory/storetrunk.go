package directory

import (
	"encoding/json"
	"errors"
	"slices"

	"plenum/xmppd/store"
)

// trunkEntry is a trunk in memory. It is never changed: another takes its place.
type trunkEntry struct {
	Trunk
	passwords []byte // sealed
}

func (e *trunkEntry) copy() Trunk {
	t := e.Trunk
	t.TrunkInput = t.clone()
	return t
}

const trunkColumns = "id, form, passwords, revision, changed, changed_by"

func scanTrunk(rows *store.Rows) (*trunkEntry, error) {
	e := &trunkEntry{}
	var form, by string
	var changed int64
	if err := rows.Scan(&e.ID, &form, &e.passwords, &e.Revision, &changed, &by); err != nil {
		return nil, err
	}
	e.Changed = fromMillis(changed)
	var err error
	e.ChangedBy, err = parseActor(by)
	return e, errors.Join(err, json.Unmarshal([]byte(form), &e.TrunkInput))
}

func (f *found) trunk(rows *store.Rows) error {
	e, err := scanTrunk(rows)
	if err == nil {
		f.trunks = append(f.trunks, e)
	}
	return err
}

// trunk reads one in the transaction, with its sealed passwords.
func (t *txn) trunk(id string) (Trunk, []byte, error) {
	rows, err := t.Query("SELECT "+trunkColumns+" FROM directory_trunk WHERE id = $1", id)
	if err != nil {
		return Trunk{}, nil, err
	}
	if !rows.Next() {
		return Trunk{}, nil, errNoTrunk()
	}
	e, err := scanTrunk(rows)
	if err != nil {
		return Trunk{}, nil, err
	}
	return e.Trunk, e.passwords, nil
}

// putTrunk writes a trunk, new or changed, with the passwords that its accounts have already.
func (t *txn) putTrunk(seal *Sealer, id string, in TrunkInput, passwords map[string]string) error {
	kept := make(map[string]string)
	in.Accounts = slices.Clone(in.Accounts) // a transaction may run twice
	for i := range in.Accounts {
		a := &in.Accounts[i]
		password, given := in.Passwords[a.ID]
		if !given {
			password = passwords[a.ID]
		}
		if a.HasPassword = password != ""; a.HasPassword {
			kept[a.ID] = password
		}
	}
	in.Passwords = nil
	form, err := json.Marshal(in)
	if err != nil {
		return err
	}
	text, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	sealed, err := seal.Seal(text)
	if err != nil {
		return err
	}
	folded := fold(in.Name)
	var other string
	switch err := t.QueryRow("SELECT id FROM directory_trunk WHERE folded = $1 AND id <> $2", folded, id).Scan(&other); {
	case err == nil:
		return FieldErrors{{Field: "name", Code: "taken", Text: "there is a trunk of this name already"}}.orNil()
	case !errors.Is(err, store.ErrNoRows):
		return err
	}
	_, err = t.Exec("INSERT INTO directory_trunk ("+trunkColumns+", folded) VALUES "+placeholders(1, 7)+" ON CONFLICT (id) DO UPDATE SET"+
		" folded = excluded.folded, form = excluded.form, passwords = excluded.passwords, revision = excluded.revision, changed = excluded.changed,"+
		" changed_by = excluded.changed_by", id, string(form), sealed, t.note(TrunkChanged, id), millis(now()), t.by.String(), folded)
	return err
}

// openPasswords decrypts the passwords of a trunk, by account.
func (s *Sealer) openPasswords(sealed []byte) (passwords map[string]string, err error) {
	text, err := s.Open(sealed)
	if err != nil {
		return nil, err
	}
	err = json.Unmarshal(text, &passwords)
	return passwords, err
}

const telephonyColumns = "form, revision, changed, changed_by"

func scanTelephony(rows *store.Rows) (Telephony, error) {
	var t Telephony
	var form, by string
	var changed int64
	if err := rows.Scan(&form, &t.Revision, &changed, &by); err != nil {
		return t, err
	}
	t.Changed = fromMillis(changed)
	var err error
	t.ChangedBy, err = parseActor(by)
	return t, errors.Join(err, json.Unmarshal([]byte(form), &t.TelephonyInput))
}

func (f *found) settings(rows *store.Rows) error {
	t, err := scanTelephony(rows)
	f.telephony = &t
	return err
}

// telephony reads the settings in the transaction.
func (t *txn) telephony() (Telephony, error) {
	rows, err := t.Query("SELECT " + telephonyColumns + " FROM directory_telephony WHERE id = 1")
	if err != nil {
		return Telephony{}, err
	}
	if !rows.Next() {
		return DefaultTelephony(), nil
	}
	return scanTelephony(rows)
}

func (t *txn) putTelephony(in TelephonyInput) error {
	form, err := json.Marshal(in)
	if err != nil {
		return err
	}
	_, err = t.Exec("INSERT INTO directory_telephony (id, "+telephonyColumns+") VALUES (1, $1, $2, $3, $4) ON CONFLICT (id) DO UPDATE SET"+
		" form = excluded.form, revision = excluded.revision, changed = excluded.changed, changed_by = excluded.changed_by",
		string(form), t.note(TelephonyChanged, ""), millis(now()), t.by.String())
	return err
}
