package voicemail

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"time"

	"plenum/xmppd/fault"
	"plenum/xmppd/store"
)

// What is to be mailed is in the store before the caller hears goodbye, and stays there until the mail server has taken it; so nothing is lost
// by a restart. Several servers share the work: who sends a message first puts its next try off.

// A Mail is a message for a mail server.
type Mail struct {
	To, Subject, Text string
	File, Name        string // what is attached: the path, and what it is called
}

// A Sender gives a mail to the mail server. An error of kind Invalid is final: trying again would not help.
type Sender interface {
	Send(ctx context.Context, m Mail) error
}

const (
	sendWithin  = 2 * time.Minute // one mail
	lookForMail = time.Minute     // what other servers have left
	firstRetry  = time.Minute     // each further one waits twice as long,
	lastRetry   = 2 * time.Hour   // but not longer than this,
	maxTries    = 40              // for three days
	mailsAtOnce = 20
)

func (s *Service) wakeMail() {
	select {
	case s.mailDue <- struct{}{}:
	default:
	}
}

// sendAll sends what is due until the service ends.
func (s *Service) sendAll() {
	look := time.NewTicker(lookForMail)
	defer look.Stop()
	s.wakeMail()
	for {
		select {
		case <-s.mailDue:
		case <-look.C:
		case <-s.ctx.Done():
			return
		}
		for more := true; more && s.ctx.Err() == nil; {
			var err error
			if more, err = s.sendDue(s.ctx, time.Now()); err != nil && s.ctx.Err() == nil {
				s.Log.Error("what is to be mailed cannot be read", "err", err)
			}
		}
	}
}

// queued is a message that is to be sent.
type queued struct {
	Message
	tries int
	next  int64
}

// sendDue tries to send what is due, and reports whether there may be more.
func (s *Service) sendDue(ctx context.Context, now time.Time) (more bool, err error) {
	rows, err := s.DB.Query(ctx, `SELECT q.tries, q.next_at, m.id, m.owner, m.left_at, m.duration, m.number, m.name, m.caller, m.heard
		FROM voicemail_mail q JOIN voicemail_message m ON m.id = q.id WHERE q.next_at <= $1 ORDER BY q.next_at LIMIT $2`, now.UnixMilli(), mailsAtOnce)
	if err != nil {
		return false, err
	}
	var list []queued
	for rows.Next() {
		var q queued
		q.Message, err = scan(func(into ...any) error { return rows.Scan(append([]any{&q.tries, &q.next}, into...)...) })
		if err != nil {
			return false, err
		}
		list = append(list, q)
	}
	if err := rows.Err(); err != nil {
		return false, err
	}
	for i := range list {
		if err := s.sendOne(ctx, &list[i], now); err != nil {
			return false, err
		}
	}
	return len(list) == mailsAtOnce, nil
}

// sendOne sends a message that no other server is sending. The error is that of the store.
func (s *Service) sendOne(ctx context.Context, q *queued, now time.Time) error {
	wait := firstRetry
	for range q.tries {
		if wait *= 2; wait > lastRetry {
			wait = lastRetry
			break
		}
	}
	n, err := s.exec(ctx, `UPDATE voicemail_mail SET tries = tries + 1, next_at = $3 WHERE id = $1 AND next_at = $2`, q.ID, q.next, now.Add(wait+sendWithin).UnixMilli())
	if err != nil || n == 0 {
		return err
	}
	err = s.send(ctx, q)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil:
		s.Log.Info("a message was mailed", "box", q.Owner, "message", q.ID)
		return s.mailed(ctx, q)
	case fault.Is(err, fault.Invalid) || q.tries+1 >= maxTries:
		s.Log.Error("a message cannot be mailed, and stays in its box", "box", q.Owner, "message", q.ID, "err", err)
		_, err = s.exec(ctx, `DELETE FROM voicemail_mail WHERE id = $1`, q.ID)
		return err
	}
	s.Log.Warn("a message could not be mailed; trying again", "box", q.Owner, "message", q.ID, "try", q.tries+1, "err", err)
	_, err = s.exec(ctx, `UPDATE voicemail_mail SET next_at = $2 WHERE id = $1`, q.ID, now.Add(wait).UnixMilli())
	return err
}

// send gives one mail to the mail server.
func (s *Service) send(ctx context.Context, q *queued) error {
	owner, ok := s.People.Owner(q.Owner)
	if !ok || owner.Email == "" {
		return fault.New(fault.Invalid, "the owner has no address for mail any more")
	}
	ctx, stop := context.WithTimeout(ctx, sendWithin)
	defer stop()
	err := s.Mail.Send(ctx, s.compose(owner, &q.Message))
	if errors.Is(err, fs.ErrNotExist) {
		return fault.Wrap(fault.Invalid, err, "the sound of the message is missing")
	}
	return err
}

// mailed takes a message off the queue, and deletes it where its owner does not want to keep it.
func (s *Service) mailed(ctx context.Context, q *queued) error {
	err := s.DB.Commit(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`DELETE FROM voicemail_mail WHERE id = $1`, q.ID)
		return err
	})
	if err != nil {
		return err
	}
	x, err := s.Settings(ctx, q.Owner)
	owner, _ := s.People.Owner(q.Owner)
	if err != nil || !x.Discard && !owner.Discard {
		return err
	}
	if err := s.Delete(ctx, q.Owner, q.ID); err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	return nil
}

// mailTexts are what a mail says in one language.
var mailTexts = map[string]struct{ subject, unknown, text, team, layout string }{
	"en": {"Voice message from %s (%s)", "an unknown number", "%s has left you a message.\n\nWhen: %s\nLength: %s\n\nYou hear it in the attached file, or by dialling *100.\n",
		"%s has left a message for %s.\n\nWhen: %s\nLength: %s\n\nYou hear it in the attached file, or by dialling *101 and the team's extension.\n", "2006-01-02 15:04"},
	"de": {"Sprachnachricht von %s (%s)", "einer unbekannten Nummer", "Sie haben eine Nachricht von %s.\n\nWann: %s\nLänge: %s\n\nSie hören sie in der angehängten Datei oder unter *100.\n",
		"%s hat eine Nachricht für %s hinterlassen.\n\nWann: %s\nLänge: %s\n\nSie hören sie in der angehängten Datei oder unter *101 mit der Nebenstelle des Teams.\n", "02.01.2006 15:04"},
}

// compose writes the mail about a message.
func (s *Service) compose(owner Owner, m *Message) Mail {
	t := mailTexts[s.Prompts.Language(owner.Language)]
	text, from := t.text, m.Name
	if owner.Team {
		text = t.team
	}
	switch {
	case from == "" && m.Number == "":
		from = t.unknown
	case from == "":
		from = m.Number
	case m.Number != "":
		from += " (" + m.Number + ")"
	}
	seconds := int(m.Duration.Round(time.Second).Seconds())
	length := strconv.Itoa(seconds/60) + fmt.Sprintf(":%02d", seconds%60)
	at := m.At.Local()
	said := fmt.Sprintf(text, from, at.Format(t.layout), length)
	if owner.Team {
		said = fmt.Sprintf(text, from, owner.Name, at.Format(t.layout), length)
	}
	return Mail{
		To: owner.Email, Subject: fmt.Sprintf(t.subject, from, length), Text: said,
		File: s.file(m.Owner, m.ID), Name: "message-" + at.Format("2006-01-02-150405") + ".wav",
	}
}
