package profiles

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"plenum/components/directory"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

// TeamsSettings is how Microsoft is asked who is in a call in Teams.
type TeamsSettings struct {
	Enabled   bool
	Tenant    string // ID or domain of the organisation there
	Client    string // ID of the application
	HasSecret bool
	Revision  int64
	Asked     time.Time // the last time; zero for never
	Users     int       // who were asked for then
	Failures  int       // one after the other
	Failure   string    // why it failed the last time; empty when it did not

	sealed []byte
	next   time.Time
}

// TeamsInput is the form of the settings.
type TeamsInput struct {
	Enabled        bool
	Tenant, Client string
	Secret         *string // nil keeps the one there is
}

const maxTeamsSecret = 512 // characters

// A tenant is an ID or a domain, a client an ID.
var teamsName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$`)

func (in *TeamsInput) check(hasSecret bool) (bad directory.FieldErrors) {
	for _, f := range []struct{ field, value string }{{"tenant", in.Tenant}, {"client", in.Client}} {
		switch {
		case f.value == "" && in.Enabled:
			bad = append(bad, directory.FieldError{Field: f.field, Code: "missing", Text: "the " + f.field + " is missing"})
		case f.value != "" && !teamsName.MatchString(f.value):
			bad = append(bad, directory.FieldError{Field: f.field, Code: "bad_character", Text: "the " + f.field + " is an ID, or a domain, of letters, digits, dots and hyphens"})
		}
	}
	switch {
	case in.Secret != nil && len(*in.Secret) > maxTeamsSecret:
		bad = append(bad, directory.FieldError{Field: "secret", Code: "too_long", Text: fmt.Sprintf("the secret has more than %d characters", maxTeamsSecret)})
	case in.Enabled && (in.Secret == nil && !hasSecret || in.Secret != nil && *in.Secret == ""):
		bad = append(bad, directory.FieldError{Field: "secret", Code: "missing", Text: "the secret is missing"})
	}
	return bad
}

// Teams returns how Microsoft is asked, and what came of it.
func (e *Engine) Teams(ctx context.Context) (TeamsSettings, error) {
	var s TeamsSettings
	err := e.db.Commit(ctx, func(tx *store.Tx) (err error) {
		s, err = teamsSettings(tx)
		return err
	})
	return s, err
}

// SetTeams saves the settings that were read at a revision; fault.Conflict when they were changed since. They are asked with at once.
func (e *Engine) SetTeams(ctx context.Context, revision int64, in TeamsInput) (TeamsSettings, error) {
	in.Tenant, in.Client = strings.TrimSpace(in.Tenant), strings.TrimSpace(in.Client)
	err := e.db.Commit(ctx, func(tx *store.Tx) error {
		s, err := teamsSettings(tx)
		if err != nil {
			return err
		}
		if s.Revision != revision {
			return fault.New(fault.Conflict, "somebody else has changed this since")
		}
		if bad := in.check(s.HasSecret); len(bad) > 0 {
			return fault.Wrap(fault.Invalid, bad, bad[0].Text)
		}
		if in.Secret != nil {
			if s.sealed, err = e.org.Sealer().Seal([]byte(*in.Secret)); err != nil {
				return err
			}
			if *in.Secret == "" {
				s.sealed = nil
			}
		}
		_, err = tx.Exec("UPDATE profile_teams SET enabled = $1, tenant = $2, client = $3, secret = $4, revision = revision + 1, next = 0, failures = 0, failure = '' WHERE id = 1",
			in.Enabled, in.Tenant, in.Client, s.sealed)
		return err
	})
	if err != nil {
		return TeamsSettings{}, err
	}
	return e.Teams(ctx)
}

func teamsSettings(tx *store.Tx) (s TeamsSettings, err error) {
	var next, asked int64
	err = tx.QueryRow("SELECT enabled, tenant, client, secret, revision, next, asked, failures, failure, asked_for FROM profile_teams WHERE id = 1").
		Scan(&s.Enabled, &s.Tenant, &s.Client, &s.sealed, &s.Revision, &next, &asked, &s.Failures, &s.Failure, &s.Users)
	s.HasSecret, s.next = len(s.sealed) > 0, time.UnixMilli(next)
	if asked > 0 {
		s.Asked = time.UnixMilli(asked).UTC()
	}
	return s, err
}

// isTime reports whether it is time to ask. Later than a server may want it is only when the clock was put back.
func isTime(now time.Time, next int64) bool {
	wait := time.UnixMilli(next).Sub(now)
	return wait <= 0 || wait > teamsMostTold
}

// takeTeamsTurn returns the settings when it is time to ask, to one of all servers; when nobody is to be asked, that they are not enabled, to all.
func takeTeamsTurn(ctx context.Context, db *store.DB, now time.Time, interval time.Duration) (s TeamsSettings, mine bool, err error) {
	var next int64
	if err := db.QueryRow(ctx, "SELECT enabled, next FROM profile_teams WHERE id = 1").Scan(&s.Enabled, &next); err != nil || !s.Enabled || !isTime(now, next) {
		return s, err == nil && !s.Enabled, err
	}
	err = db.Commit(ctx, func(tx *store.Tx) (err error) {
		mine = false // a transaction may run twice
		if s, err = teamsSettings(tx); err != nil {
			return err
		}
		if !s.Enabled || !isTime(now, s.next.UnixMilli()) {
			return nil
		}
		var taken int64
		err = tx.QueryRow("UPDATE profile_teams SET next = $1 WHERE id = 1 AND next = $2 AND revision = $3 RETURNING next",
			now.Add(interval).UnixMilli(), s.next.UnixMilli(), s.Revision).Scan(&taken)
		if errors.Is(err, store.ErrNoRows) { // another was faster
			return nil
		}
		mine = err == nil
		return err
	})
	return s, mine && err == nil, err
}

// teamsAsked notes what came of asking, unless other settings hold now.
func teamsAsked(ctx context.Context, db *store.DB, revision int64, at, next time.Time, failures int, failure string, users int) error {
	return db.Commit(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec("UPDATE profile_teams SET asked = $1, next = $2, failures = $3, failure = $4, asked_for = $5 WHERE id = 1 AND revision = $6",
			at.UnixMilli(), next.UnixMilli(), failures, failure, users, revision)
		return err
	})
}

// teamsCallsOf are those who are in a call as far as it is known, with the profile for it.
func teamsCallsOf(ctx context.Context, db *store.DB) (map[jid.JID]string, error) {
	rows, err := db.Query(ctx, "SELECT owner, profile FROM profile_teams_call")
	if err != nil {
		return nil, err
	}
	known := make(map[jid.JID]string)
	for rows.Next() {
		var owner, profile string
		if err := rows.Scan(&owner, &profile); err != nil {
			return nil, err
		}
		user, err := jid.Parse(owner)
		if err != nil {
			return nil, err
		}
		known[user] = profile
	}
	return known, nil
}

func putTeamsCall(ctx context.Context, db *store.DB, user jid.JID, profile string) error {
	return db.Commit(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec("INSERT INTO profile_teams_call (owner, profile) VALUES ($1, $2) ON CONFLICT (owner) DO UPDATE SET profile = excluded.profile", user.String(), profile)
		return err
	})
}

func dropTeamsCall(ctx context.Context, db *store.DB, user jid.JID) error {
	return db.Commit(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec("DELETE FROM profile_teams_call WHERE owner = $1", user.String())
		return err
	})
}
