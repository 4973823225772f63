package telephony

import (
	"context"
	"fmt"
	"strings"
	"time"

	"plenum/xmppd/store"
)

// What is searched for in records is part of who somebody is: of his JID, number or name, or of what was dialled for him. The same few people and
// numbers have a part in very many calls. So each combination of these is in telephony_party once, which is read through, and from there an index
// leads to the calls.

const (
	// mostFound is up to how many calls in which a text is found they are sorted for the newest. Beyond it the newest rows are read until there
	// are enough in which it is, which then are not far apart.
	mostFound = 20_000
	// mostFoundOf is the same for the calls of one user or team, of which there are fewer to be read.
	mostFoundOf = 2_000
	// partiesAtOnce is how many parties are looked at in one transaction when old calls are forgotten.
	partiesAtOnce = 500
)

// parties are the texts by which a row is found.
func (r *Record) parties() [2]string {
	text := func(parts ...string) string { return strings.ToLower(strings.Join(parts, "\n")) }
	return [2]string{
		text(r.Caller.User.String(), r.Caller.Number, r.Caller.Name),
		text(r.Callee.User.String(), r.Callee.Number, r.Callee.Name, r.Dialled),
	}
}

// link has a row found by its parties.
func link(tx *store.Tx, id string, parties [2]string) error {
	for _, text := range parties {
		if strings.Trim(text, "\n") == "" {
			continue
		}
		if _, err := tx.Exec(`INSERT INTO telephony_party (text) VALUES ($1) ON CONFLICT (text) DO NOTHING`, text); err != nil {
			return err
		}
		if _, err := tx.Exec(`INSERT INTO telephony_found (party, call) SELECT id, $1 FROM telephony_party WHERE text = $2 ON CONFLICT DO NOTHING`, id, text); err != nil {
			return err
		}
	}
	return nil
}

// search narrows conditions that ask for a text down to the rows in which it is found, when these are few. With one user's or team's rows they are
// fewer. It reports false when there are none.
func (s *Service) search(ctx context.Context, c *conditions, whole bool) (some bool, err error) {
	most := mostFoundOf
	if whole {
		most = mostFound
	}
	parties, err := s.list(ctx, `SELECT id FROM telephony_party WHERE text LIKE $1 ESCAPE '\' LIMIT $2`, c.like, most+1)
	if err != nil || len(parties) == 0 || len(parties) > most {
		return len(parties) > 0, err
	}
	sql, args := `SELECT call FROM telephony_found WHERE party IN `+s.in(1, "BIGINT"), append([]any{joined(parties)}, c.idArgs...)
	for i, comparison := range c.ids {
		sql += fmt.Sprintf(" AND call %s $%d", comparison, i+2)
	}
	args = append(args, most+1)
	calls, err := s.list(ctx, fmt.Sprintf("%s LIMIT $%d", sql, len(args)), args...)
	if err != nil || len(calls) == 0 || len(calls) > most {
		return len(calls) > 0, err
	}
	c.args = append(c.args, joined(calls))
	c.always(`id IN ` + s.in(len(c.args), "TEXT"))
	return true, nil
}

// list reads one column.
func (s *Service) list(ctx context.Context, sql string, args ...any) ([]string, error) {
	rows, err := s.db.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	list := make([]string, rows.Len())
	for i := range list {
		rows.Next()
		var v any
		if err := rows.Scan(&v); err != nil {
			return nil, err
		}
		list[i] = fmt.Sprint(v)
	}
	return list, nil
}

// in is the set of values, none of which has a comma or a quote, that the n-th argument has joined.
func (s *Service) in(n int, kind string) string {
	if s.db.Dialect() == store.Postgres {
		return fmt.Sprintf(`(SELECT CAST(unnest(string_to_array($%d, ',')) AS %s))`, n, kind)
	}
	return fmt.Sprintf(`(SELECT CAST(value AS %s) FROM json_each('["' || replace($%d, ',', '","') || '"]'))`, kind, n)
}

func joined(values []string) string { return strings.Join(values, ",") }

// forget takes the links of removed rows away, and parties that no call is left of.
func (s *Service) forget(ctx context.Context, before time.Time) error {
	for first := int64(0); ; {
		var last int64
		err := s.db.Commit(ctx, func(tx *store.Tx) error {
			err := tx.QueryRow(`SELECT COALESCE(MAX(id), 0) FROM (SELECT id FROM telephony_party WHERE id > $1 ORDER BY id LIMIT $2) AS part`, first, partiesAtOnce).Scan(&last)
			if err != nil || last == 0 {
				return err
			}
			if _, err = tx.Exec(`DELETE FROM telephony_found WHERE party IN (SELECT id FROM telephony_party WHERE id > $1 AND id <= $2) AND call < $3`,
				first, last, recordTime(before)); err != nil {
				return err
			}
			_, err = tx.Exec(`DELETE FROM telephony_party WHERE id > $1 AND id <= $2
				AND NOT EXISTS (SELECT 1 FROM telephony_found WHERE party = telephony_party.id)`, first, last)
			return err
		})
		if err != nil || last == 0 {
			return err
		}
		first = last
	}
}
