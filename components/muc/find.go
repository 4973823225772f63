package muc

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"plenum/xmppd/jid"
)

// RoomQuery chooses among the rooms that last. They come in the order of their names, those without a name last.
type RoomQuery struct {
	Text          string    // stands in the name or the address, in any case; empty for all
	Among         []jid.JID // only these, when not nil
	Without       []jid.JID // not these
	Offset, Limit int
}

// RoomSummary is what the store knows of a room.
type RoomSummary struct {
	JID     jid.JID
	Config  RoomConfig
	Members int // admins and owners among them
}

// Find lists a part of the lasting rooms, and says how many there are in all.
func (m *Service) Find(ctx context.Context, q RoomQuery) (list []RoomSummary, total int, err error) {
	where, args := `WHERE persistent AND NOT locked`, []any{}
	arg := func(v any) string {
		args = append(args, v)
		return fmt.Sprintf("$%d", len(args))
	}
	if q.Text != "" {
		p := arg("%" + likeEscaper.Replace(strings.ToLower(q.Text)) + "%")
		where += ` AND (lower(name) LIKE ` + p + ` ESCAPE '!' OR room LIKE ` + p + ` ESCAPE '!')`
	}
	set := func(rooms []jid.JID) string {
		marks := []string{"''"}
		for _, j := range rooms {
			marks = append(marks, arg(j.String()))
		}
		return "(" + strings.Join(marks, ", ") + ")"
	}
	if q.Among != nil {
		where += ` AND room IN ` + set(q.Among)
	}
	if len(q.Without) > 0 {
		where += ` AND room NOT IN ` + set(q.Without)
	}
	if err := m.store.db.QueryRow(ctx, `SELECT count(*) FROM muc_room `+where, args...).Scan(&total); err != nil {
		return nil, 0, fmt.Errorf("count rooms: %w", err)
	}
	sql := `SELECT room, config, (SELECT count(*) FROM muc_affiliation a WHERE a.room = muc_room.room AND a.affiliation IN ('member', 'admin', 'owner'))
		FROM muc_room ` + where + ` ORDER BY name = '', lower(name), room LIMIT ` + arg(q.Limit) + ` OFFSET ` + arg(q.Offset)
	rows, err := m.store.db.Query(ctx, sql, args...)
	if err != nil {
		return nil, 0, fmt.Errorf("list rooms: %w", err)
	}
	for rows.Next() {
		var s RoomSummary
		var room string
		var config []byte
		if err = rows.Scan(&room, &config, &s.Members); err == nil {
			err = json.Unmarshal(config, &s.Config)
		}
		if err == nil {
			s.JID, err = jid.Parse(room)
		}
		if err != nil {
			return nil, 0, fmt.Errorf("list rooms: %w", err)
		}
		list = append(list, s)
	}
	return list, total, rows.Err()
}

var likeEscaper = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")
