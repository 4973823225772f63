package apps

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"plenum/components/directory"
	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// Names of what may have changed. Those of single calls and teams have their IDs behind them.
const (
	keySelf      = "self"
	keyProfiles  = "profiles"
	keyDevices   = "devices"
	keyLocations = "locations"
	keyForward   = "forward"
	keyVoicemail = "voicemail"
	keyMissed    = "missed"
	keyPickups   = "pickups"
	keySwitches  = "switches"
	keyJournal   = "journal"
	keyTeams     = "teams" // all of them
	keyCalls     = "calls" // all of them
	keyTeam      = "team:"
	keyCall      = "call:"
	keyEntry     = "entry:"
)

// A part is one that is told as a whole.
type part struct {
	key  string
	make func(*Service, context.Context, jid.JID) ([]byte, error)
}

var parts = []part{
	{keySelf, (*Service).selfPart}, {keyProfiles, (*Service).profilesPart}, {keyDevices, (*Service).devicesPart}, {keyLocations, (*Service).locationsPart},
	{keyForward, (*Service).forwardPart}, {keyVoicemail, (*Service).voicemailPart}, {keyMissed, (*Service).missedPart},
	{keyPickups, (*Service).pickupsPart}, {keySwitches, (*Service).switchesPart},
}

// A subscriber is a client that is told what changes. It is told by one goroutine at a time, which is busy then.
type subscriber struct {
	svc          *Service
	session      *xmppd.Session
	user         jid.JID
	journal      int // how many entries it has wanted
	wantsNumbers bool
	all          atomic.Bool // it sees everybody's calls, and all teams

	mu     sync.Mutex
	dirty  map[string]bool
	timer  *time.Timer
	busy   bool
	closed bool

	// Of who is busy.
	n       int
	sent    map[string][]byte // what the client knows, by key
	numbers numbers
}

// subscribe makes a subscriber in the place of the one that the session may have. It tells nothing before begin.
func (a *Service) subscribe(session *xmppd.Session, user jid.JID, w wanted) *subscriber {
	x := &subscriber{svc: a, session: session, user: user, journal: w.journal, wantsNumbers: w.numbers, dirty: make(map[string]bool), busy: true, sent: make(map[string][]byte)}
	x.all.Store(w.all)
	a.ended(session)
	a.mu.Lock()
	defer a.mu.Unlock()
	x.closed = a.closed
	a.subs[session] = x
	if a.users[user] == nil {
		a.users[user] = make(map[*subscriber]bool)
	}
	a.users[user][x] = true
	return x
}

// ended forgets the subscriber of a session.
func (a *Service) ended(session *xmppd.Session) {
	a.mu.Lock()
	x := a.subs[session]
	if x != nil {
		delete(a.subs, session)
		if delete(a.users[x.user], x); len(a.users[x.user]) == 0 {
			delete(a.users, x.user)
		}
	}
	a.mu.Unlock()
	if x != nil {
		x.close()
	}
}

// stop tells nobody anything any more.
func (a *Service) stop() {
	a.mu.Lock()
	a.closed = true
	if a.again != nil {
		a.again.Stop()
	}
	list := slices.Collect(maps.Values(a.subs))
	a.mu.Unlock()
	for _, x := range list {
		x.close()
	}
	a.work.Wait()
}

// close ends what is told; an event that is being made is not sent.
func (x *subscriber) close() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.closed = true
	if x.timer != nil {
		x.timer.Stop()
	}
}

// begin lets the client be told of what has changed since the snapshot was begun.
func (x *subscriber) begin() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.busy = false
	x.arm()
}

// mark says that something may have changed. It does not block.
func (x *subscriber) mark(keys ...string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, k := range keys {
		x.dirty[k] = true
	}
	x.arm()
}

// arm sets the timer, when there is something to be told and nobody is at it. The lock is held.
func (x *subscriber) arm() {
	if len(x.dirty) > 0 && !x.busy && !x.closed && x.timer == nil {
		x.timer = time.AfterFunc(coalesce, x.due)
	}
}

func (x *subscriber) due() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.timer = nil
	if x.closed || x.busy {
		return
	}
	x.busy = true
	dirty := x.dirty
	x.dirty = make(map[string]bool)
	x.svc.work.Go(func() {
		x.tell(dirty)
		x.begin()
	})
}

// tell sends an event about what is different now.
func (x *subscriber) tell(dirty map[string]bool) {
	if x.all.Load() && !x.svc.Org.Permissions.Holds(x.user, directory.Supervisor) {
		x.all.Store(false)
		dirty[keyTeams], dirty[keyCalls] = true, true
	}
	children := x.changes(x.svc.srv.Context(), dirty)
	if len(children) == 0 {
		return
	}
	b := xmlstream.NewBuilder().Start("message", "", "type", "headline", "from", x.user.String(), "to", x.session.JID().String())
	b.Start("event", NS, "n", strconv.Itoa(x.n+1))
	for _, c := range children {
		b.Raw(c)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if !x.closed && x.session.Send(b.End().End().Packet()) {
		x.n++
	}
}

// changes are the elements of an event.
func (x *subscriber) changes(ctx context.Context, dirty map[string]bool) (children [][]byte) {
	for _, p := range parts {
		if dirty[p.key] {
			if xml, err := p.make(x.svc, ctx, x.user); x.fine(err) {
				children = x.differs(children, p.key, xml)
			}
		}
	}
	ids := make(map[string]bool)
	for key := range dirty {
		if id, ok := strings.CutPrefix(key, keyCall); ok {
			ids[id] = true
		}
	}
	if dirty[keyCalls] {
		for _, id := range x.idsOf(keyCall) {
			ids[id] = true
		}
	}
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		children = x.changedCall(children, id)
	}
	if dirty[keyTeams] {
		children = x.changedTeams(ctx, children)
	}
	if dirty[keyJournal] && x.journal > 0 {
		children = x.changedJournal(ctx, children)
	}
	return x.changedNumbers(ctx, children, dirty)
}

// fine reports whether there was no error; else what the client knows stays as it is until the next change.
func (x *subscriber) fine(err error) bool {
	if err != nil && x.svc.srv.Context().Err() == nil {
		x.svc.Log.Warn("an app is not told of a change", "user", x.user, "err", err)
	}
	return err == nil
}

// differs adds an element that the client does not know yet.
func (x *subscriber) differs(children [][]byte, key string, xml []byte) [][]byte {
	if bytes.Equal(x.sent[key], xml) {
		return children
	}
	x.sent[key] = xml
	return append(children, xml)
}

// gone adds that something is not there any more, if the client knows it.
func (x *subscriber) gone(children [][]byte, key, local, id string) [][]byte {
	if _, known := x.sent[key]; !known {
		return children
	}
	delete(x.sent, key)
	return append(children, fragment(local, attributes{"id", id, "over", "true"}).End().Bytes())
}

func (x *subscriber) changedCall(children [][]byte, id string) [][]byte {
	if xml := x.callPart(id); xml != nil {
		return x.differs(children, keyCall+id, xml)
	}
	return x.gone(children, keyCall+id, "call", id) // it is over, or of no concern to the user any more
}

func (x *subscriber) changedTeams(ctx context.Context, children [][]byte) [][]byte {
	known := x.idsOf(keyTeam)
	for _, t := range x.teamsOf() {
		known = slices.DeleteFunc(known, func(id string) bool { return id == t.ID })
		if state, err := x.svc.look(ctx, t); x.fine(err) {
			children = x.differs(children, keyTeam+t.ID, x.svc.teamXML(&state))
		}
	}
	for _, id := range known {
		children = x.gone(children, keyTeam+id, "team", id)
	}
	return children
}

// changedJournal adds the entries that are new, the oldest of them first.
func (x *subscriber) changedJournal(ctx context.Context, children [][]byte) [][]byte {
	ids, entries, err := x.svc.journal(ctx, x.user, x.journal)
	if !x.fine(err) {
		return children
	}
	known := x.idsOf(keyEntry)
	for _, id := range slices.Backward(ids) {
		children = x.differs(children, keyEntry+id, entries[id])
	}
	for _, id := range known { // what is older is not looked at again
		if entries[id] == nil {
			delete(x.sent, keyEntry+id)
		}
	}
	return children
}

// idsOf are the IDs of what the client knows of a kind.
func (x *subscriber) idsOf(prefix string) (ids []string) {
	for key := range x.sent {
		if id, ok := strings.CutPrefix(key, prefix); ok {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// first makes the snapshot.
func (x *subscriber) first(ctx context.Context) ([]byte, error) {
	b := xmlstream.NewBuilder().Start("snapshot", NS, "n", "0")
	add := func(key string, xml []byte) {
		x.sent[key] = xml
		b.Raw(xml)
	}
	for _, p := range parts {
		xml, err := p.make(x.svc, ctx, x.user)
		if err != nil {
			return nil, err
		}
		add(p.key, xml)
	}
	if x.wantsNumbers {
		b.Raw(x.numbersPart(ctx))
	}
	b.Start("teams", "")
	for _, t := range x.teamsOf() {
		state, err := x.svc.look(ctx, t)
		if err != nil {
			return nil, err
		}
		add(keyTeam+t.ID, x.svc.teamXML(&state))
	}
	b.End().Start("journal", "")
	ids, entries, err := x.svc.journal(ctx, x.user, x.journal)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		add(keyEntry+id, entries[id])
	}
	b.End().Start("calls", "")
	for _, c := range x.callsOf() {
		add(keyCall+c.ID, callXML(&c, x.user, x.all.Load()))
	}
	return b.End().End().Bytes(), nil
}
