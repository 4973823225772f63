package conference

import (
	"context"
	"fmt"
	"strings"
	"time"

	"plenum/xmppd/cluster"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

// That a conference runs is in the store, so that those who come back after the end of a server learn why they wait. Nothing else of it
// outlives the server: whoever took part calls again.

var runningRow = store.NewInsert("conference_running", []string{"room", "node", "since"},
	"ON CONFLICT (room) DO UPDATE SET node = excluded.node, since = excluded.since")

// cutOffFor is how long it is remembered that a conference was cut off: whoever was in it is back by then, or will not be.
const cutOffFor = 15 * time.Minute

// note stores that the conference has begun or ended.
func (m *meeting) note() {
	b := new(store.Batch)
	room := m.room.String()
	switch runs := m.state.running(); {
	case runs && !m.began:
		b.Insert(runningRow, room, string(m.svc.srv.Node().ID), m.state.since.UnixMilli())
	case !runs && m.began:
		b.Do(func(tx *store.Tx) error {
			_, err := tx.Exec(`DELETE FROM conference_running WHERE room = $1`, room)
			return err
		})
	default:
		return
	}
	m.began = m.state.running()
	b.OnCommit(func(err error) {
		if err != nil {
			m.log.Warn("that a conference runs, or does not, could not be stored", "err", err)
		}
	})
	if err := m.svc.db.Submit(b); err != nil {
		m.log.Warn("that a conference runs, or does not, could not be stored", "err", err)
	}
}

// kindCutOff carries the rooms, one a line, whose conferences were cut off on a node that is gone.
const kindCutOff = "conference.cutoff"

// findCutOff learns which conferences a node has not ended itself, and tells the others.
func (c *Service) findCutOff(ctx context.Context, node cluster.NodeID) error {
	rows, err := c.db.Query(ctx, `SELECT room FROM conference_running WHERE node = $1`, string(node))
	if err != nil {
		return fmt.Errorf("read which conferences were cut off: %w", err)
	}
	var list []jid.JID
	for rows.Next() {
		var room string
		if err := rows.Scan(&room); err != nil {
			return fmt.Errorf("read which conferences were cut off: %w", err)
		}
		if j, err := jid.Parse(room); err == nil {
			list = append(list, j)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read which conferences were cut off: %w", err)
	}
	if len(list) == 0 {
		return nil
	}
	c.noteCutOff(list)
	if len(c.srv.Node().Peers()) > 0 {
		lines := make([]string, len(list))
		for i, room := range list {
			lines[i] = room.String()
		}
		c.srv.Announce(kindCutOff, []byte(strings.Join(lines, "\n")))
	}
	return c.db.Commit(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`DELETE FROM conference_running WHERE node = $1`, string(node))
		return err
	})
}

// heardCutOff takes what another node has found.
func (c *Service) heardCutOff(_ cluster.NodeID, b []byte) {
	var list []jid.JID
	for line := range strings.Lines(string(b)) {
		if room, err := jid.Parse(strings.TrimSpace(line)); err == nil {
			list = append(list, room)
		}
	}
	c.noteCutOff(list)
}

func (c *Service) noteCutOff(list []jid.JID) {
	until := time.Now().Add(cutOffFor)
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, room := range list {
		c.cutOff[room] = until
	}
}

// wasCutOff reports whether a conference ran in a room when a server ended. It is asked once for each.
func (c *Service) wasCutOff(room jid.JID) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	until, ok := c.cutOff[room]
	delete(c.cutOff, room)
	return ok && time.Now().Before(until)
}
