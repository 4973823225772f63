package voicemail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"plenum/components/media/wav"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

// The exported methods in this file are for menus, the API and counters. They wait for the store. Who may call them is for the caller to know.

const messageColumns = "id, owner, left_at, duration, number, name, caller, heard"

// Messages are those of a box, the oldest first.
func (s *Service) Messages(ctx context.Context, owner jid.JID) ([]Message, error) {
	rows, err := s.DB.Query(ctx, `SELECT `+messageColumns+` FROM voicemail_message WHERE owner = $1 ORDER BY left_at, id`, owner.Bare().String())
	if err != nil {
		return nil, fmt.Errorf("read the messages of %s: %w", owner, err)
	}
	var list []Message
	for rows.Next() {
		m, err := scan(rows.Scan)
		if err != nil {
			return nil, fmt.Errorf("read the messages of %s: %w", owner, err)
		}
		list = append(list, m)
	}
	return list, rows.Err()
}

func scan(into func(...any) error) (m Message, err error) {
	var owner, caller string
	var at, duration int64
	if err := into(&m.ID, &owner, &at, &duration, &m.Number, &m.Name, &caller, &m.Heard); err != nil {
		return m, err
	}
	m.At, m.Duration = time.UnixMilli(at).UTC(), time.Duration(duration)*time.Millisecond
	if m.Owner, err = jid.Parse(owner); err == nil && caller != "" {
		m.Caller, err = jid.Parse(caller)
	}
	return m, err
}

// Message is one message of a box; fault.NotFound when there is none of this name.
func (s *Service) Message(ctx context.Context, owner jid.JID, id string) (Message, error) {
	m, err := scan(s.DB.QueryRow(ctx, `SELECT `+messageColumns+` FROM voicemail_message WHERE id = $1 AND owner = $2`, id, owner.Bare().String()).Scan)
	if errors.Is(err, store.ErrNoRows) {
		return m, fault.New(fault.NotFound, "there is no such message")
	}
	return m, err
}

// Count counts the messages of a box.
func (s *Service) Count(ctx context.Context, owner jid.JID) (n Counts, err error) {
	rows, err := s.DB.Query(ctx, `SELECT heard, COUNT(*) FROM voicemail_message WHERE owner = $1 GROUP BY heard`, owner.Bare().String())
	if err != nil {
		return n, fmt.Errorf("count the messages of %s: %w", owner, err)
	}
	for rows.Next() {
		var heard bool
		var count int
		if err := rows.Scan(&heard, &count); err != nil {
			return n, fmt.Errorf("count the messages of %s: %w", owner, err)
		}
		if heard {
			n.Old = count
		} else {
			n.New = count
		}
	}
	return n, rows.Err()
}

// Open opens the WAV file of a message.
func (s *Service) Open(ctx context.Context, owner jid.JID, id string) (*os.File, error) {
	m, err := s.Message(ctx, owner, id)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(s.file(m.Owner, m.ID))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.Wrap(fault.NotFound, err, "the sound of the message is missing")
	}
	return f, err
}

// SetHeard marks a message as listened to, or as new.
func (s *Service) SetHeard(ctx context.Context, owner jid.JID, id string, heard bool) error {
	n, err := s.exec(ctx, `UPDATE voicemail_message SET heard = $3 WHERE id = $1 AND owner = $2`, id, owner.Bare().String(), heard)
	switch {
	case err != nil:
		return fmt.Errorf("mark a message of %s: %w", owner, err)
	case n == 0:
		return fault.New(fault.NotFound, "there is no such message")
	}
	s.changed(owner.Bare())
	return nil
}

// Delete deletes a message; fault.NotFound when there is none.
func (s *Service) Delete(ctx context.Context, owner jid.JID, id string) error {
	m, err := s.Message(ctx, owner, id)
	if err != nil {
		return err
	}
	err = s.DB.Commit(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(`DELETE FROM voicemail_mail WHERE id = $1`, id); err != nil {
			return err
		}
		_, err := tx.Exec(`DELETE FROM voicemail_message WHERE id = $1`, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("delete a message of %s: %w", owner, err)
	}
	s.remove(s.file(m.Owner, m.ID))
	s.changed(m.Owner)
	return nil
}

// remove deletes a file that nothing leads to any more.
func (s *Service) remove(path string) {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.Log.Warn("a file of voicemail could not be removed", "path", path, "err", err)
	}
}

func (s *Service) exec(ctx context.Context, sql string, args ...any) (n int64, err error) {
	err = s.DB.Commit(ctx, func(tx *store.Tx) error {
		changed, err := tx.Exec(sql, args...)
		n = int64(changed)
		return err
	})
	return n, err
}

// insert stores a message whose file is there, and that it is to be mailed.
func (s *Service) insert(ctx context.Context, m *Message, mail bool) error {
	caller := ""
	if !m.Caller.IsZero() {
		caller = m.Caller.Bare().String()
	}
	err := s.DB.Commit(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`INSERT INTO voicemail_message (`+messageColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, m.ID, m.Owner.String(),
			m.At.UnixMilli(), m.Duration.Milliseconds(), m.Number, m.Name, caller, m.Heard)
		if err == nil && mail {
			_, err = tx.Exec(`INSERT INTO voicemail_mail (id, tries, next_at) VALUES ($1, 0, $2)`, m.ID, m.At.UnixMilli())
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("store a message for %s: %w", m.Owner, err)
	}
	return nil
}

// Settings are what is set for a box.
type Settings struct {
	Discard   bool    // messages are deleted when they were mailed (B12: not keeping them)
	Monitored jid.JID // whose box is listened to by *104; zero for one's own
}

// Settings are those of a user's box.
func (s *Service) Settings(ctx context.Context, owner jid.JID) (x Settings, err error) {
	var monitored string
	err = s.DB.QueryRow(ctx, `SELECT discard, monitored FROM voicemail_box WHERE owner = $1`, owner.Bare().String()).Scan(&x.Discard, &monitored)
	if errors.Is(err, store.ErrNoRows) {
		return Settings{}, nil
	}
	if err == nil && monitored != "" {
		x.Monitored, err = jid.Parse(monitored)
	}
	return x, err
}

// Watched is the box that a user listens to by *104: his own, unless he keeps an eye on another one.
func (s *Service) Watched(ctx context.Context, user jid.JID) (jid.JID, error) {
	x, err := s.Settings(ctx, user)
	if err != nil || x.Monitored.IsZero() {
		return user.Bare(), err
	}
	if _, ok := s.People.Owner(x.Monitored); !ok {
		return user.Bare(), nil
	}
	return x.Monitored, nil
}

// SetSettings changes them. The error is of kind Invalid when there is no user whose box is to be listened to.
func (s *Service) SetSettings(ctx context.Context, owner jid.JID, x Settings) error {
	monitored := ""
	old, err := s.Settings(ctx, owner)
	if err != nil {
		return err
	}
	if !x.Monitored.IsZero() && x.Monitored.Bare() != owner.Bare() {
		if _, ok := s.People.Owner(x.Monitored.Bare()); !ok {
			return fault.Newf(fault.Invalid, "%s is no user here", x.Monitored)
		}
		monitored = x.Monitored.Bare().String()
	}
	_, err = s.exec(ctx, `INSERT INTO voicemail_box (owner, discard, monitored) VALUES ($1, $2, $3)
		ON CONFLICT (owner) DO UPDATE SET discard = excluded.discard, monitored = excluded.monitored`, owner.Bare().String(), x.Discard, monitored)
	if err == nil {
		before := owner.Bare()
		if !old.Monitored.IsZero() {
			before = old.Monitored
		}
		s.changed(before) // who has watched this box may watch another one now
	}
	return err
}

const (
	greetingFile = "greeting"
	// longestGreeting bounds what callers hear before the tone.
	longestGreeting = 2 * time.Minute
)

// Greeting opens the WAV file that the owner has recorded; fault.NotFound when callers hear the standard one.
func (s *Service) Greeting(owner jid.JID) (*os.File, error) {
	f, err := os.Open(s.file(owner, greetingFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.NotFound, "the standard greeting is used")
	}
	return f, err
}

// SetGreeting makes a WAV file what callers hear. The errors are of kind Invalid and Limit.
func (s *Service) SetGreeting(owner jid.JID, r io.Reader) error {
	pcm, err := wav.Read(r, longestGreeting)
	if err != nil {
		return err
	}
	if len(pcm) == 0 {
		return fault.New(fault.Invalid, "there is no sound in the file")
	}
	part, err := s.create(owner)
	if err != nil {
		return err
	}
	w, err := wav.NewWriter(part, 1)
	if err == nil {
		err = errors.Join(w.Write(pcm), w.Close())
	}
	if err := errors.Join(err, part.Close()); err != nil {
		s.remove(part.Name())
		return fmt.Errorf("store the greeting of %s: %w", owner, err)
	}
	return os.Rename(part.Name(), s.file(owner, greetingFile))
}

// ResetGreeting lets callers hear the standard one again.
func (s *Service) ResetGreeting(owner jid.JID) error {
	if err := os.Remove(s.file(owner, greetingFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("reset the greeting of %s: %w", owner, err)
	}
	return nil
}

// create begins a file of a box.
func (s *Service) create(owner jid.JID) (*os.File, error) {
	dir := s.folder(owner)
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("voicemail of %s: %w", owner, err)
	}
	f, err := os.CreateTemp(dir, "*"+unfinished)
	if err != nil {
		return nil, fmt.Errorf("voicemail of %s: %w", owner, err)
	}
	return f, nil
}

// ForgetAccount removes the box of an account that is no more.
func (s *Service) ForgetAccount(ctx context.Context, owner jid.JID) error {
	bare := owner.Bare().String()
	err := s.DB.Commit(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(`DELETE FROM voicemail_mail WHERE id IN (SELECT id FROM voicemail_message WHERE owner = $1)`, bare); err != nil {
			return err
		}
		for _, sql := range []string{
			`DELETE FROM voicemail_message WHERE owner = $1`, `DELETE FROM voicemail_box WHERE owner = $1`, `UPDATE voicemail_box SET monitored = '' WHERE monitored = $1`,
		} {
			if _, err := tx.Exec(sql, bare); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("remove the voicemail of %s: %w", owner, err)
	}
	if err := os.RemoveAll(filepath.Clean(s.folder(owner))); err != nil {
		return fmt.Errorf("remove the voicemail of %s: %w", owner, err)
	}
	return nil
}
