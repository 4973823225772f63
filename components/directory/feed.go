package directory

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"plenum/xmppd/jid"
)

const (
	// keptChanges is how many changes the database remembers for nodes that were away; whoever missed more reads everything.
	keptChanges = 50000
	catchUpPage = 1000
	// lookInterval bounds how long a node acts on old data when the news of a change was lost.
	lookInterval = 30 * time.Second
	retryDelay   = time.Second
)

func (f *feed) start(d *Directory) {
	f.announce = func([]byte) {}
	f.ctx, f.cancel = context.WithCancel(context.Background())
	d.store.onCommit = func(revision int64) {
		if text, err := json.Marshal(news{revision}); err == nil {
			f.announce(text)
		}
	}
}

// news is what nodes tell each other: up to where there are changes. The changes themselves are in the database.
type news struct {
	Revision int64 `json:"revision"`
}

// OnChange adds a function that hears of every change, of this node and of others, in the order of revisions, when reads on this node show it: before
// the call that made it returns. Add it before the first change. It must not block, and must not change the directory itself; it may read.
func (d *Directory) OnChange(fn func(Change)) { d.feed.listeners = append(d.feed.listeners, fn) }

// OnAnnounce sets the function that gives texts to all other nodes, which hand them to Heard. It must not block.
func (d *Directory) OnAnnounce(fn func([]byte)) { d.feed.announce = fn }

// Heard takes what another node has announced. It does not wait: what changed is read in the background.
func (d *Directory) Heard(text []byte) error {
	var n news
	if err := json.Unmarshal(text, &n); err != nil {
		return fmt.Errorf("directory: news of another node: %w", err)
	}
	if n.Revision > d.model.at() {
		d.wake()
	}
	return nil
}

// Sync brings what this node has in memory up to what is committed.
func (d *Directory) Sync(ctx context.Context) error { return d.catchUp(ctx) }

// Run looks for changes whose news was lost, until ctx ends.
func (d *Directory) Run(ctx context.Context) {
	ticker := time.NewTicker(lookInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			d.wake()
		case <-ctx.Done():
			return
		}
	}
}

// Close ends what runs in the background. Nothing may be changed any more.
func (d *Directory) Close() {
	d.feed.mu.Lock()
	d.feed.closed = true
	d.feed.mu.Unlock()
	d.feed.cancel()
	d.feed.workers.Wait()
}

// wake has follow look for changes.
func (d *Directory) wake() {
	f := &d.feed
	f.mu.Lock()
	defer f.mu.Unlock()
	f.wanted = true
	if f.running || f.closed {
		return
	}
	f.running = true
	f.workers.Go(d.follow)
}

// follow reads changes until there are no more.
func (d *Directory) follow() {
	f := &d.feed
	for {
		f.mu.Lock()
		if !f.wanted || f.closed {
			f.running = false
			f.mu.Unlock()
			return
		}
		f.wanted = false
		f.mu.Unlock()
		if err := d.catchUp(f.ctx); err != nil && f.ctx.Err() == nil {
			d.log.Error("changes of the directory cannot be read; trying again", "err", err)
			f.mu.Lock()
			f.wanted = true
			f.mu.Unlock()
			select {
			case <-time.After(retryDelay):
			case <-f.ctx.Done():
			}
		}
	}
}

// show brings memory up to what is committed, for somebody who was told of it. When that fails now, it is tried again in the background.
func (d *Directory) show(ctx context.Context) {
	if err := d.catchUp(context.WithoutCancel(ctx)); err != nil {
		d.log.Error("changes of the directory cannot be read; trying again", "err", err)
		d.wake()
	}
}

// catchUp reads what changed since the model's revision and tells listeners of it.
func (d *Directory) catchUp(ctx context.Context) error {
	d.feed.catching.Lock()
	defer d.feed.catching.Unlock()
	for {
		known := d.model.at()
		latest, changes, err := d.store.changesAfter(ctx, known, catchUpPage)
		switch {
		case err != nil:
			return err
		case latest <= known:
			return nil
		case len(changes) == 0 || changes[0].Revision != known+1:
			if err := d.reload(ctx); err != nil {
				return err
			}
			changes = []Change{{Kind: Missed, Revision: d.model.at()}}
		default:
			if err := d.apply(ctx, changes); err != nil {
				return err
			}
		}
		for _, change := range changes {
			for _, listener := range d.feed.listeners {
				listener(change)
			}
		}
	}
}

// apply reads what the changes name and puts it into the model. What was read may be newer than the changes; later ones name it again.
func (d *Directory) apply(ctx context.Context, changes []Change) error {
	var w wanted
	for _, change := range changes {
		w.add(change)
	}
	found, err := d.store.read(ctx, &w)
	if err != nil {
		return err
	}
	found.unseal(d.seal, d.log)
	found.unsealKeys(d.seal, d.SIPRealm(), d.log)
	m := d.model
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drop(&w, found)
	m.take(found)
	m.revision = changes[len(changes)-1].Revision
	return nil
}

// reload reads everything. Those who ask meanwhile are answered from what was known before.
func (d *Directory) reload(ctx context.Context) error {
	revision, err := d.store.latest(ctx)
	if err != nil {
		return err
	}
	found, err := d.store.read(ctx, nil)
	if err != nil {
		return err
	}
	found.unseal(d.seal, d.log)
	found.unsealKeys(d.seal, d.SIPRealm(), d.log)
	fresh := newModel()
	fresh.take(found)
	fresh.revision = revision
	d.model.mu.Lock()
	defer d.model.mu.Unlock()
	d.model.tables = fresh.tables
	return nil
}

// wanted names what is to be read again.
type wanted struct{ accounts, objects, permissions, rooms, trunks, telephony, forwards, skills, profiles, profileUses, seats, teams, followMe, flows, callObjects []string }

func (w *wanted) add(c Change) {
	list, id := (*[]string)(nil), c.ID
	switch {
	case c.OfAccount():
		list, id = &w.accounts, c.JID.String()
	case c.OfPermission():
		list = &w.permissions
	case c.Kind == ObjectChanged:
		list = &w.objects
	case c.OfGuests():
		list, id = &w.rooms, c.JID.String()
	case c.Kind == SeatChanged:
		list, id = &w.seats, c.JID.String()
	case c.Kind == TrunkChanged:
		list = &w.trunks
	case c.Kind == ForwardChanged:
		list, id = &w.forwards, c.JID.String()
	case c.Kind == SkillsChanged:
		list, id = &w.skills, c.JID.String()
	case c.Kind == TeamChanged:
		list = &w.teams
	case c.Kind == FollowMeChanged:
		list = &w.followMe
	case c.Kind == CallFlowChanged:
		list = &w.flows
	case c.Kind == CallObjectChanged:
		list = &w.callObjects
	case c.Kind == TelephonyChanged:
		list, id = &w.telephony, "1"
	case c.Kind == ProfileChanged:
		list = &w.profiles
	case c.Kind == ProfileSet:
		list, id = &w.profileUses, c.JID.String()
	default: // of a newer program
		return
	}
	if !slices.Contains(*list, id) {
		*list = append(*list, id)
	}
}

// found is what the database holds of what was wanted.
type found struct {
	accounts    []Account
	objects     []objectRow
	permissions []Permission
	assigned    map[string][]assignment // by permission
	guests      []guestRow
	seats       []Seat
	recent      []Seat // that were taken before, and when
	trunks      []*trunkEntry
	forwards    []Forward
	skills      []UserSkills
	teams       []*Team // without their members, who are those in members
	members     []memberRow
	telephony   *Telephony // nil when it was not read, or nothing is set
	profiles    []*Profile
	profileUses []ProfileUse
	followMe    []FollowMeRow // without what their devices say
	flows       []*OwnedFlow
	callObjects []*CallObject
}

// take puts what was found into the model, after what was wanted and is not there any more was dropped.
func (m *model) take(f *found) {
	for i := range f.accounts {
		m.putAccount(&f.accounts[i])
	}
	for _, o := range f.objects {
		if o.Kind.Known() {
			m.putObject(o)
		}
	}
	for _, p := range f.permissions {
		m.putPermission(p, f.assigned[p.ID])
	}
	for _, g := range f.guests {
		m.guests.put(g.access)
	}
	for _, s := range f.seats {
		m.seats[s.User], m.sitters[s.Location] = s, s.User
	}
	m.takeRecent(f.recent)
	for _, t := range f.trunks {
		m.trunks[t.ID] = t
	}
	for _, x := range f.forwards {
		m.forwards[x.User] = x
	}
	for _, u := range f.skills {
		m.skills[u.User] = u
	}
	for _, t := range f.teams {
		t.withMembers(f.members)
		m.teams[t.ID] = t
	}
	if f.telephony != nil {
		m.telephony = *f.telephony
	}
	for _, p := range f.profiles {
		m.profiles[p.ID] = p
	}
	for _, u := range f.profileUses {
		m.profileUses[u.User] = u
	}
	for _, row := range f.followMe {
		if m.followMe[row.Holder] == nil {
			m.followMe[row.Holder] = make(map[string]FollowMeRow)
		}
		m.followMe[row.Holder][row.Device] = row
	}
	for _, o := range f.flows {
		m.flows[o.Owner] = o
	}
	for _, o := range f.callObjects {
		m.putCallObject(o)
	}
}

// drop takes out of the model what was wanted and not found.
func (m *model) drop(w *wanted, f *found) {
	for _, text := range w.accounts {
		if bare, err := jid.Parse(text); err == nil && !slices.ContainsFunc(f.accounts, func(a Account) bool { return a.JID == bare }) {
			m.dropAccount(bare)
		}
	}
	for _, id := range w.objects {
		if !slices.ContainsFunc(f.objects, func(o objectRow) bool { return o.ID == id }) {
			for _, kind := range []Kind{Devices, Teams, Locations} {
				m.dropObject(kind, id)
			}
		}
	}
	for _, id := range w.permissions {
		if !slices.ContainsFunc(f.permissions, func(p Permission) bool { return p.ID == id }) {
			m.dropPermission(id)
		}
	}
	for _, text := range w.rooms {
		if room, err := jid.Parse(text); err == nil {
			m.guests.drop(room)
		}
	}
	for _, text := range w.seats {
		if user, err := jid.Parse(text); err == nil {
			m.unseat(user)
		}
	}
	for _, text := range w.forwards {
		if user := jid.Canonical(text); !slices.ContainsFunc(f.forwards, func(x Forward) bool { return x.User == user }) {
			delete(m.forwards, user)
		}
	}
	for _, text := range w.skills {
		delete(m.skills, jid.Canonical(text))
	}
	for _, id := range w.trunks {
		if !slices.ContainsFunc(f.trunks, func(t *trunkEntry) bool { return t.ID == id }) {
			delete(m.trunks, id)
		}
	}
	for _, id := range w.profiles {
		if !slices.ContainsFunc(f.profiles, func(p *Profile) bool { return p.ID == id }) {
			delete(m.profiles, id)
		}
	}
	for _, text := range w.profileUses {
		if user, err := jid.Parse(text); err == nil && !slices.ContainsFunc(f.profileUses, func(u ProfileUse) bool { return u.User == user }) {
			delete(m.profileUses, user)
		}
	}
	for _, key := range w.flows {
		delete(m.flows, flowOwner(key))
	}
	for _, id := range w.callObjects {
		m.dropCallObject(id)
	}
	for _, holder := range w.followMe {
		delete(m.followMe, holder)
	}
	for _, id := range w.teams {
		if !slices.ContainsFunc(f.teams, func(t *Team) bool { return t.ID == id }) {
			delete(m.teams, id)
		}
	}
}
