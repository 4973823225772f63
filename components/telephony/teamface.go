package telephony

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"plenum/components/directory"
	"plenum/components/telephony/team"
	"plenum/xmppd"
	"plenum/xmppd/actor"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// Here is how teams look to those who have them as contacts: the presence of <team's ID>@<domain of numbers>. Members of the team and supervisors
// see what goes on in it; others see that it is there, in red and without data (B9), and so hear of no change.

// NSTeam is the namespace of <team/> in the presence of a team.
const NSTeam = "urn:plenum:team:0"

// TeamAddress is where a team is a contact.
func TeamAddress(domain, team string) jid.JID { return TeamBox(domain, team) }

// Viewers knows who sees teams.
type Viewers interface {
	// SeesTeam reports whether a user has a team in his contact list.
	SeesTeam(user jid.JID, team string) bool
	// Holds reports whether a user has a permission of a type.
	Holds(user jid.JID, t directory.PermissionType) bool
}

const (
	// facesInbox is how many events of faces may wait: each session asks for each team that its user sees.
	facesInbox = 1 << 20
	// faceGather is how long a change of a team waits for those that come with it.
	faceGather = 50 * time.Millisecond
)

// teamFaces sends the presence of teams to this node's sessions. One goroutine owns it.
type teamFaces struct {
	svc   *Service
	inbox *actor.Inbox[faceMessage]
	caps  []byte // <c/>; set before the server starts

	// Of the goroutine that runs.
	timer  *time.Timer
	bosses []jid.JID            // see supervisors; nil: not known
	faces  map[string]*teamFace // of teams that somebody has asked for
	due    map[string]time.Time // when it is looked next who is to be told what
}

// A teamFace is how one team looks.
type teamFace struct {
	sum     team.Sum
	known   bool // the sum is
	shown   *xmlstream.Packet
	version int             // of what is shown; 0 is nothing
	told    map[jid.JID]int // users here who see the data: the version that they were told
	bosses  bool            // other supervisors may see it than before
	far     bool            // something may have happened at another node, or here, and all nodes are to be asked
	asking  bool            // that is under way
	last    time.Time       // when it was looked who is to be told
}

// A faceMessage is what comes to the goroutine of faces.
type faceMessage interface{ apply(*teamFaces) }

type (
	faceAsked struct {
		team string
		who  jid.JID // full
	}
	faceStood struct {
		team string
		sum  team.Sum
	}
	faceTurned struct { // who sees what of a team, or of any, may be another than before
		team   string // empty for any
		bosses bool
	}
	faceTick  struct{}
	faceMoved struct{} // something has happened at another node
	faceTold  struct { // what all nodes do
		team string
		sum  team.Sum
		err  error
	}
)

func newTeamFaces(s *Service) *teamFaces {
	return &teamFaces{svc: s, inbox: actor.NewInbox[faceMessage](facesInbox), faces: make(map[string]*teamFace), due: make(map[string]time.Time)}
}

func (f *teamFaces) run(ctx context.Context) {
	f.timer = time.AfterFunc(time.Hour, func() { f.inbox.Post(faceTick{}) })
	defer f.timer.Stop()
	for e := range f.inbox.All(ctx) {
		e.apply(f)
		f.setTimer()
	}
}

// stood takes what the line of a team does as a whole. It does not block.
func (f *teamFaces) stood(id string, s team.Sum) { f.inbox.Post(faceStood{id, s}) }

func (f *teamFaces) setTimer() {
	var next time.Time
	for _, at := range f.due {
		if next.IsZero() || at.Before(next) {
			next = at
		}
	}
	f.timer.Stop()
	if !next.IsZero() {
		f.timer.Reset(time.Until(next))
	}
}

func (e faceAsked) apply(f *teamFaces) {
	t, err := f.svc.Teams.Get(e.team)
	if err != nil {
		return
	}
	face := f.faces[e.team]
	if face == nil {
		face = &teamFace{told: make(map[jid.JID]int)}
		f.faces[e.team] = face
	}
	user := e.who.Bare()
	switch {
	case !f.inside(user, &t):
		f.send(f.red(e.team), e.who)
	case !face.known:
		face.told[user] = 0
		f.svc.lines.inbox.Post(lineSum{e.team})
	case face.told[user] == face.version:
		f.send(face.shown, e.who)
	default: // his other sessions have been told something else
		face.told[user] = face.version
		f.sendAll(face.shown, user)
	}
}

func (e faceStood) apply(f *teamFaces) {
	switch face := f.faces[e.team]; {
	case face == nil:
	case f.svc.nodes.many.Load():
		face.far = true
		f.plan(e.team, face)
	default:
		if face.sum, face.known = e.sum, true; face.version == 0 {
			f.look(e.team, face)
			return
		}
		f.plan(e.team, face)
	}
}

func (faceMoved) apply(f *teamFaces) {
	for id, face := range f.faces {
		if len(face.told) > 0 {
			face.far = true
			f.plan(id, face)
		}
	}
}

func (e faceTold) apply(f *teamFaces) {
	face := f.faces[e.team]
	if face == nil {
		return
	}
	face.asking = false
	if e.err == nil {
		face.sum, face.known = e.sum, true
	}
	again := face.far
	face.far = false
	f.look(e.team, face)
	if face.far = again; again {
		f.plan(e.team, face)
	}
}

// ask asks all nodes of the cluster what goes on in a team.
func (f *teamFaces) ask(t directory.Team) {
	f.svc.work.Go(func() {
		state, err := Everywhere{f.svc}.TeamState(f.svc.ctx, t.ID)
		f.inbox.Post(faceTold{t.ID, state.sum(&t), err})
	})
}

// sum is what the team does, seen from afar.
func (s *TeamState) sum(t *directory.Team) team.Sum {
	sum := team.Sum{Waiting: len(s.Waiting)}
	for _, a := range t.Agents {
		if a.In {
			sum.In++
		}
		sum.Count(s.Members[a.User].Doing)
	}
	return sum
}

func (e faceTurned) apply(f *teamFaces) {
	if e.bosses {
		f.bosses = nil
	}
	for id, face := range f.faces {
		if e.team == "" || e.team == id {
			face.bosses = face.bosses || e.bosses
			f.plan(id, face)
		}
	}
}

// plan has it looked who is to be told what, not more often than the limit says.
func (f *teamFaces) plan(id string, face *teamFace) {
	if !f.due[id].IsZero() {
		return
	}
	due := time.Now().Add(faceGather)
	if earliest := face.last.Add(f.svc.cfg.TeamPresence); due.Before(earliest) {
		due = earliest
	}
	f.due[id] = due
}

func (faceTick) apply(f *teamFaces) {
	now := time.Now()
	for id, at := range f.due {
		if !at.After(now) {
			f.look(id, f.faces[id])
		}
	}
}

// supervisors are those who had sessions here when it was last told that there may be others. Who comes later asks by himself.
func (f *teamFaces) supervisors() []jid.JID {
	if f.bosses != nil {
		return f.bosses
	}
	list, seen := []jid.JID{}, make(map[jid.JID]bool)
	for _, x := range f.svc.srv.AllSessions() {
		user := x.JID().Bare()
		if !seen[user] && f.svc.Viewers.Holds(user, directory.Supervisor) {
			list = append(list, user)
		}
		seen[user] = true
	}
	f.bosses = list
	return list
}

// look tells those of a team's presence who know another one.
func (f *teamFaces) look(id string, face *teamFace) {
	delete(f.due, id)
	t, err := f.svc.Teams.Get(id)
	if err != nil {
		delete(f.faces, id)
		return
	}
	if face.far || face.asking {
		if !face.asking {
			face.far, face.asking = false, true
			f.ask(t)
		}
		return // it is looked again when the others have answered
	}
	face.last = time.Now()
	users := make(map[jid.JID]bool, len(face.told)+len(t.Agents))
	for user := range face.told {
		users[user] = true
	}
	for _, a := range t.Agents {
		users[a.User] = true
	}
	if face.bosses {
		face.bosses = false
		for _, user := range f.supervisors() {
			users[user] = true
		}
	}
	if face.known {
		if next := f.presence(id, &face.sum); face.shown == nil || !bytes.Equal(next.Raw(), face.shown.Raw()) {
			face.shown = next
			face.version++
		}
	}
	for user := range users {
		f.tell(id, face, &t, user)
	}
}

// tell tells one user, when he is to see something else than before.
func (f *teamFaces) tell(id string, face *teamFace, t *directory.Team, user jid.JID) {
	version, told := face.told[user]
	switch inside := f.inside(user, t); {
	case len(f.sessions(user)) == 0, !inside && !f.svc.Viewers.SeesTeam(user, id):
		delete(face.told, user)
	case !inside && told:
		delete(face.told, user)
		f.sendAll(f.red(id), user)
	case inside && !face.known:
		face.told[user] = 0
		f.svc.lines.inbox.Post(lineSum{id})
	case inside && version != face.version:
		face.told[user] = face.version
		f.sendAll(face.shown, user)
	}
}

// inside reports whether a user sees the team, and what goes on in it.
func (f *teamFaces) inside(user jid.JID, t *directory.Team) bool {
	_, member := t.Agent(user)
	return (member || f.svc.Viewers.Holds(user, directory.Supervisor)) && f.svc.Viewers.SeesTeam(user, t.ID)
}

// sessions are those of a user's clients here that are available. The one that shows what his telephones do hears nothing.
func (f *teamFaces) sessions(user jid.JID) (list []jid.JID) {
	for _, x := range f.svc.srv.Sessions(user) {
		if x.JID().Resource() != phoneResource && x.Presence().Available {
			list = append(list, x.JID())
		}
	}
	return list
}

func (f *teamFaces) sendAll(p *xmlstream.Packet, user jid.JID) {
	for _, full := range f.sessions(user) {
		f.send(p, full)
	}
}

func (f *teamFaces) send(p *xmlstream.Packet, to jid.JID) {
	f.svc.srv.Route(p.Rewrite(xmlstream.Rewrite{To: xmlstream.Set(to.String())}))
}

// presence is what those inside see.
func (f *teamFaces) presence(id string, s *team.Sum) *xmlstream.Packet {
	b := f.start(id)
	if show := teamShow(s); show != "" {
		b.Element("show", "", show)
	}
	b.Element("status", "", teamStatus(s))
	var at []string
	for _, n := range []struct {
		name  string
		value int
	}{{"in", s.In}, {"free", s.Free}, {"busy", s.Busy}, {"paused", s.Paused}, {"waiting", s.Waiting}} {
		at = append(at, n.name, fmt.Sprint(n.value))
	}
	return b.Element("team", NSTeam, "", at...).Raw(f.caps).End().Packet()
}

// red is what others see.
func (f *teamFaces) red(id string) *xmlstream.Packet {
	return f.start(id).Element("show", "", "dnd").Raw(f.caps).End().Packet()
}

func (f *teamFaces) start(id string) *xmlstream.Builder {
	return xmlstream.NewBuilder().Start("presence", "", "from", TeamAddress(f.svc.domain, id).String()+"/"+resource)
}

// gone takes the team out of the sight of a client that does not see it any more.
func (f *teamFaces) gone(id string, who jid.JID) {
	p := xmlstream.NewBuilder().Element("presence", "", "", "type", "unavailable", "from", TeamAddress(f.svc.domain, id).String()+"/"+resource).Packet()
	f.send(p, who)
}

// teamShow is how available a team is: somebody is free, all who work talk, all pause or cannot be reached, nobody is in.
func teamShow(s *team.Sum) string {
	switch {
	case s.Free > 0:
		return ""
	case s.In == 0:
		return "xa"
	case s.Busy > 0:
		return "dnd"
	}
	return "away"
}

// teamStatus is the same in words, and who waits.
func teamStatus(s *team.Sum) string {
	text := ""
	switch teamShow(s) {
	case "":
		text = fmt.Sprintf("%d agents free", s.Free)
		if s.Free == 1 {
			text = "1 agent free"
		}
	case "xa":
		text = "Nobody is logged in"
	case "dnd":
		text = "All agents are busy"
	default:
		text = "No agent is available"
	}
	switch {
	case s.Waiting == 1:
		text += ", 1 caller waiting"
	case s.Waiting > 1:
		text += fmt.Sprintf(", %d callers waiting", s.Waiting)
	}
	return text
}

// ClientMoved says that a client of a user came or went, or that it is known what it can do: members of teams can be called by it.
func (s *Service) ClientMoved(user jid.JID) { s.lines.inbox.Post(phoneMoved{user}) }

// TeamsTurned says that others may be supervisors, or see teams, than before.
func (s *Service) TeamsTurned() { s.teamFaces.inbox.Post(faceTurned{bosses: true}) }

// watchClients tells lines of the clients of their members.
func (s *Service) watchClients() {
	moved := func(x *xmppd.Session) {
		if x.JID().Resource() != phoneResource {
			s.ClientMoved(x.JID().Bare())
		}
	}
	s.srv.Hooks.SessionStart.Add(moved)
	s.srv.Hooks.SessionEnd.Add(moved)
}
