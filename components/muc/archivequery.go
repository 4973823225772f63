package muc

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"plenum/xmppd"
	"plenum/xmppd/dataform"
	"plenum/xmppd/jid"
	"plenum/xmppd/rsm"
	"plenum/xmppd/store"
	"plenum/xmppd/xmlstream"
)

const (
	maxPage   = 100 // messages in one answer
	maxIDs    = 200 // ids that one query may name
	nsForward = "urn:xmpp:forward:0"
)

// archiveQuery answers with a page of the archive (XEP-0313#query). It reads outside the room's goroutine.
func (r *Room) archiveQuery(q request) {
	err := r.mayRead(q.From)
	var s search
	if err == nil {
		s, err = r.readSearch(q)
	}
	if err != nil {
		r.svc.refuse(q.Stanza, err)
		return
	}
	m := r.svc
	if !m.job(func(ctx context.Context) { m.answerSearch(ctx, q, &s) }) {
		m.refuse(q.Stanza, errBusy)
	}
}

// search is what somebody wants of an archive.
type search struct {
	room           string
	named          bool // the answer may say who wrote what
	queryID        string
	start, end     int64 // ids; 0: not said
	after, before  int64 // ids that have to exist
	nick           string
	author         jid.JID
	ids            []int64
	page           rsm.Request
	pageAt         [2]int64 // after and before of the page
	max            int
	backward, flip bool
}

var errNoSuchID = xmppd.Errorf("item-not-found", "there is no message with that id")

func (r *Room) readSearch(q request) (s search, err error) {
	s = search{room: r.addr, named: r.knows(q.From), queryID: attr(q.payload, "queryid"), max: maxPage}
	_, s.flip = q.payload.Child(nsArchive, "flip-page")
	if s.page, err = rsm.Parse(q.payload); err != nil {
		return s, err
	}
	if s.page.Index >= 0 {
		return s, xmppd.Errorf("feature-not-implemented", "pages by index are not supported")
	}
	if s.page.Max >= 0 {
		s.max = min(s.max, s.page.Max)
	}
	s.backward = s.page.Last || s.page.Before != ""
	for i, id := range []string{s.page.After, s.page.Before} {
		if id == "" {
			continue
		}
		if s.pageAt[i], err = readID(id); err != nil {
			return s, err
		}
	}
	f, err := dataform.Find(q.payload, nsArchive)
	if err != nil || f == nil {
		return s, err
	}
	return s, r.readFilter(f, &s)
}

func readID(s string) (int64, error) {
	id, ok := parseID(s)
	if !ok {
		return 0, errNoSuchID
	}
	return id, nil
}

// readFilter reads the form (XEP-0313#filter).
func (r *Room) readFilter(f *dataform.Form, s *search) error {
	for _, x := range f.Fields {
		v := first(x.Values)
		var err error
		switch x.Var {
		case "", "FORM_TYPE", "include-groupchat":
		case "start", "end":
			at, ok := parseMoment(v)
			if !ok {
				return xmppd.Errorf("bad-request", "%s is a time such as 2010-06-07T00:00:00Z", x.Var)
			}
			if x.Var == "start" {
				s.start = int64(at) << idShift
			} else {
				s.end = (int64(at)+1)<<idShift - 1
			}
		case "with":
			err = r.readWith(v, s)
		case "before-id":
			s.before, err = readID(v)
		case "after-id":
			s.after, err = readID(v)
		case "ids":
			err = s.readIDs(x.Values)
		default:
			return xmppd.Errorf("bad-request", "the field %q is unknown", x.Var)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *search) readIDs(values []string) error {
	if len(values) > maxIDs {
		return xmppd.Errorf("policy-violation", "no more than %d ids can be asked for", maxIDs)
	}
	for _, v := range values {
		id, err := readID(v)
		if err != nil {
			return err
		}
		s.ids = append(s.ids, id)
	}
	return nil
}

// readWith reads the author: an occupant, or somebody by his real address where the asker may know it.
func (r *Room) readWith(v string, s *search) error {
	j, err := jid.Parse(v)
	switch {
	case err != nil:
		return xmppd.Errorf("jid-malformed", "%q is not an address", v)
	case j.Bare() == r.jid:
		s.nick = j.Resource()
	case !s.named:
		return xmppd.Errorf("forbidden", "you must not know who has written what")
	default:
		s.author = j
	}
	return nil
}

// found is a message of the archive.
type found struct {
	id                int64
	author, resource  string
	affiliation, role string
	packet            *xmlstream.Packet
}

func (m *Service) answerSearch(ctx context.Context, q request, s *search) {
	list, complete, err := m.store.search(ctx, s)
	count := -1
	if err == nil && s.page.Max == 0 {
		count, err = m.store.count(ctx, s)
	}
	if err != nil {
		if errors.Is(err, errNoSuchID) {
			err = errNoSuchID
		}
		m.refuse(q.Stanza, err)
		return
	}
	page := rsm.Page{Index: -1, Count: count}
	if n := len(list); n > 0 {
		page.First, page.Last = formatID(list[0].id), formatID(list[n-1].id)
	}
	for i := range list {
		if s.flip {
			i = len(list) - 1 - i
		}
		m.reply(q.Stanza, s.result(q.Packet.From(), &list[i]))
	}
	b := append([]byte(nil), "<fin xmlns='"+nsArchive+"'"...)
	if complete {
		b = append(b, " complete='true'"...)
	}
	m.result(q.Stanza, append(page.Append(append(b, '>')), "</fin>"...))
}

// result is one message of the answer (XEP-0313#results).
func (s *search) result(to string, f *found) *xmlstream.Packet {
	var extra []byte
	if s.named && f.author != s.room {
		i := item{jid: f.author}
		if f.resource != "" {
			i.jid += "/" + f.resource
		}
		i.affiliation, _ = ParseAffiliation(f.affiliation)
		i.role, _ = ParseRole(f.role)
		extra = appendUser(nil, &i, nil)
	}
	b := xmlstream.NewBuilder().Start("message", "", "from", s.room, "to", to, "id", newStanzaID())
	b.Start("result", nsArchive, "queryid", s.queryID, "id", formatID(f.id)).Start("forwarded", nsForward)
	b.Start("delay", nsDelay, "stamp", idMoment(f.id).String()).End()
	return b.Raw(f.packet.Render(nil, "", "", extra, xmlstream.Standalone)).Packet()
}

// where makes the condition of a search, apart from the page.
func (s *search) where() (sql string, args []any) {
	sql, args = `room = $1`, []any{s.room}
	add := func(cond string, v any) {
		args = append(args, v)
		sql += " AND " + strings.ReplaceAll(cond, "?", "$"+strconv.Itoa(len(args)))
	}
	for _, c := range []struct {
		cond string
		id   int64
	}{{"id >= ?", s.start}, {"id <= ?", s.end}, {"id > ?", s.after}, {"id < ?", s.before}} {
		if c.id != 0 {
			add(c.cond, c.id)
		}
	}
	if s.nick != "" {
		add("nick = ?", s.nick)
	}
	if !s.author.IsZero() {
		add("author = ?", s.author.Bare().String())
		if s.author.IsFull() {
			add("resource = ?", s.author.Resource())
		}
	}
	if len(s.ids) > 0 {
		list := make([]string, len(s.ids))
		for i, id := range s.ids {
			list[i] = strconv.FormatInt(id, 10)
		}
		sql += " AND id IN (" + strings.Join(list, ", ") + ")"
	}
	return sql, args
}

// search reads a page. The error is errNoSuchID when an id that the search names is not in the archive.
func (s *roomStore) search(ctx context.Context, q *search) (list []found, complete bool, err error) {
	named := append([]int64{q.after, q.before, q.pageAt[0], q.pageAt[1]}, q.ids...)
	if err := s.haveIDs(ctx, q.room, named); err != nil {
		return nil, false, err
	}
	if q.max == 0 {
		return nil, false, nil
	}
	where, args := q.where()
	for i, cond := range []string{" AND id > ", " AND id < "} {
		if q.pageAt[i] != 0 {
			where += cond + strconv.FormatInt(q.pageAt[i], 10)
		}
	}
	order := " ORDER BY id LIMIT "
	if q.backward {
		order = " ORDER BY id DESC LIMIT "
	}
	rows, err := s.db.Query(ctx, `SELECT id, author, resource, affiliation, role, stanza FROM muc_message WHERE `+where+order+strconv.Itoa(q.max+1), args...)
	if err != nil {
		return nil, false, fmt.Errorf("search the archive of %s: %w", q.room, err)
	}
	if list, err = readFound(rows); err != nil {
		return nil, false, fmt.Errorf("search the archive of %s: %w", q.room, err)
	}
	complete = len(list) <= q.max
	list = list[:min(len(list), q.max)]
	if q.backward {
		for i, j := 0, len(list)-1; i < j; i, j = i+1, j-1 {
			list[i], list[j] = list[j], list[i]
		}
	}
	return list, complete, nil
}

func readFound(rows *store.Rows) (list []found, err error) {
	for rows.Next() {
		var f found
		var raw []byte
		if err := rows.Scan(&f.id, &f.author, &f.resource, &f.affiliation, &f.role, &raw); err != nil {
			return nil, err
		}
		if f.packet, err = parseStored(raw); err != nil {
			return nil, err
		}
		list = append(list, f)
	}
	return list, rows.Err()
}

// haveIDs checks that all ids apart from 0 are in the archive (XEP-0313#query-limit-id, XEP-0059).
func (s *roomStore) haveIDs(ctx context.Context, room string, ids []int64) error {
	want := map[int64]bool{}
	var list []string
	for _, id := range ids {
		if id != 0 && !want[id] {
			want[id] = true
			list = append(list, strconv.FormatInt(id, 10))
		}
	}
	if len(list) == 0 {
		return nil
	}
	n := 0
	err := s.db.QueryRow(ctx, `SELECT count(*) FROM muc_message WHERE room = $1 AND id IN (`+strings.Join(list, ", ")+`)`, room).Scan(&n)
	if err == nil && n < len(list) {
		err = errNoSuchID
	}
	return err
}

// count is the number of messages that a search finds in all.
func (s *roomStore) count(ctx context.Context, q *search) (n int, err error) {
	where, args := q.where()
	if err = s.db.QueryRow(ctx, `SELECT count(*) FROM muc_message WHERE `+where, args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("count the archive of %s: %w", q.room, err)
	}
	return n, nil
}

// archiveForm answers which fields a search may have (XEP-0313#query-form).
func (r *Room) archiveForm(q request) {
	if err := r.mayRead(q.From); err != nil {
		r.svc.refuse(q.Stanza, err)
		return
	}
	f := dataform.New("form", nsArchive).
		Add(dataform.Field{Var: "with", Type: dataform.JIDSingle}).
		Add(dataform.Field{Var: "start", Type: dataform.TextSingle}).
		Add(dataform.Field{Var: "end", Type: dataform.TextSingle}).
		Add(dataform.Field{Var: "before-id", Type: dataform.TextSingle}).
		Add(dataform.Field{Var: "after-id", Type: dataform.TextSingle}).
		Add(dataform.Field{Var: "ids", Type: dataform.ListMulti})
	r.svc.result(q.Stanza, append(f.Append([]byte("<query xmlns='"+nsArchive+"'>")), "</query>"...))
}

// archiveMetadata answers with the first and the last message (XEP-0313#archive-metadata).
func (r *Room) archiveMetadata(q request) {
	if err := r.mayRead(q.From); err != nil {
		r.svc.refuse(q.Stanza, err)
		return
	}
	m, room := r.svc, r.addr
	ok := m.job(func(ctx context.Context) {
		var first, last *int64
		err := m.store.db.QueryRow(ctx, `SELECT min(id), max(id) FROM muc_message WHERE room = $1`, room).Scan(&first, &last)
		if err != nil {
			m.refuse(q.Stanza, fmt.Errorf("read the ends of the archive of %s: %w", room, err))
			return
		}
		b := xmlstream.NewBuilderIn("").Start("metadata", nsArchive)
		if first != nil && last != nil {
			b.Start("start", "", "id", formatID(*first), "timestamp", idMoment(*first).String()).End()
			b.Start("end", "", "id", formatID(*last), "timestamp", idMoment(*last).String()).End()
		}
		m.result(q.Stanza, b.Bytes())
	})
	if !ok {
		m.refuse(q.Stanza, errBusy)
	}
}
