package telephony

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"plenum/components/call"
	"plenum/components/directory"
	"plenum/components/telephony/prompts"
	"plenum/xmppd/jid"
)

// A town has a few people with telephones, teams, a trunk and announcements, and the calls among them, whose machines are stepped as their runners
// would. What calls and lines tell each other takes its time, in any order between two of them.
type town struct {
	t     *testing.T
	rnd   *rand.Rand
	now   time.Time
	legs  *legs
	plan  *dialPlan
	calls []*liveCall // that are not over
	made  int

	alive   []call.LegID             // legs that exist
	answers map[call.LegID]*liveCall // and the call that is answerable for each
	does    map[*liveCall][]userDialog
	mail    map[*liveCall][]call.Event // of lines
	rows    map[string]Record
	log     []fmt.Stringer

	lines    *lines
	letters  []lineMessage // to the lines
	teams    []directory.Team
	deleted  []bool
	silent   map[jid.JID]bool
	gone     map[string]bool // devices that have not registered
	quiet    bool            // all devices are there and ring at once
	circles  int             // of forwards, or of actions
	acted    int             // lists that calls have gone through
	chosen   int             // entries of menus
	handed   int             // legs from one call to another
	served   [3]int          // callers of teams who were answered, sent away, picked up
	messages int             // in this act
}

var townsfolk = func() map[string]User {
	all := make(map[string]User)
	for _, ext := range []string{"10", "11", "12", "13", "14", "15"} {
		all[ext] = User{JID: jid.MustParse("u" + ext + "@example.org"), Extension: ext, Name: "User " + ext, CallWaiting: ext != "13"}
	}
	return all
}()

func (w *town) fail(format string, args ...any) {
	w.t.Helper()
	for _, line := range w.log {
		w.t.Log(line)
	}
	w.t.Fatalf(format, args...)
}

// A logged line is put together when somebody reads it.
type logged struct {
	format string
	args   []any
}

func (l logged) String() string                 { return fmt.Sprintf(l.format, l.args...) }
func (w *town) note(format string, args ...any) { w.log = append(w.log, logged{format, args}) }

func newTown(t *testing.T, seed uint64) *town {
	w := &town{
		t: t, rnd: rand.New(rand.NewPCG(seed, 1)), now: time.Unix(1e9, 0), legs: newLegs(), answers: map[call.LegID]*liveCall{}, rows: map[string]Record{},
		does: map[*liveCall][]userDialog{}, mail: map[*liveCall][]call.Event{}, silent: map[jid.JID]bool{}, gone: map[string]bool{"u14a": true, "u14b": true},
	}
	for i, members := range [][]string{{"10", "11", "12", "13", "14"}, {"13", "14", "15"}} {
		in := directory.DefaultTeam()
		in.Name, in.Extension = fmt.Sprint("Team ", i), fmt.Sprint(50+i)
		in.InternalTimeout, in.ExternalTimeout, in.MaxWaiting, in.Weight = 60, 90, 4, i
		in.Strategy = directory.Strategies()[w.rnd.IntN(len(directory.Strategies()))]
		one := directory.Team{ID: fmt.Sprint("team", i), TeamInput: in}
		for weight, ext := range members {
			m := directory.TeamMember{User: townsfolk[ext].JID, Dynamic: true, Weight: weight}
			one.Members = append(one.Members, m)
			one.Agents = append(one.Agents, directory.Agent{TeamMember: m, In: true})
		}
		w.teams, w.deleted = append(w.teams, one), append(w.deleted, false)
	}
	w.plan = &dialPlan{
		people: w, phones: phonesOf{w, noEdges{}}, lines: trunksOf{w, noEdges{}}, clients: clientsOf{w, noEdges{}}, teams: teamsOf{w},
		apps: Apps{
			Announce: w.announce, Position: func(int) App { return echo }, Play: func(prompts.ID) App { return echo }, Leave: func(jid.JID, bool) App { return echo },
			Menu: func(directory.Menu, func(call.LegID, int)) App { return echo },
		}, flows: flowsOf{w}, busy: w.busy, forwards: forwardsOf{w, nil},
		circle: func(string, jid.JID) { w.circles++ }, rings: w.rings,
	}
	w.lines = newLines(lineWorld{
		teams: teamsOf{w}, phone: w.phone, skills: w.Skills, now: func() time.Time { return w.now }, tell: func(l *liveCall, e call.Event) { w.mail[l] = append(w.mail[l], e) },
		chance: func() *rand.Rand { return rand.New(rand.NewPCG(seed, 2)) },
	})
	return w
}

func (w *town) newLeg() call.LegID {
	w.made++
	return call.LegID(fmt.Sprintf("leg%d", w.made))
}
