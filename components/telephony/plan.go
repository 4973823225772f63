package telephony

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"plenum/components/call"
	"plenum/components/directory"
	"plenum/components/telephony/prompts"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// A plan is what comes of what was dialled.
type plan struct {
	dialled  string
	party    call.Party      // who was called, as the caller and the records know him
	steps    [][]target      // tried one after the other; those of a step ring together
	team     *directory.Team // in whose line the caller waits instead; nil for none
	course   *course         // the actions around them; nil for none
	reason   call.Reason     // why there are none
	gate     bool            // the first step asks for a PIN
	text     prompts.ID      // what the caller is told then, instead of what is said for the reason
	forwards int             // how often the call was forwarded on the way, and
	hops     []hop           // whose forwards those were
	take     *ringing        // instead of steps: the call that the caller takes
}

// A target is one way to somebody: a leg to be.
type target struct {
	party  call.Party
	user   jid.JID // who is reached by it; zero for nobody of this server
	device string  // a telephone, or
	client bool    // his XMPP clients, or
	line   *Line   // the public network, with user and device for his mobile telephone, or
	app    App     // a service
	gate   bool    // that asks for a PIN, before the steps that follow
	menu   bool    // that lets the caller choose
	box    jid.JID // that is the voicemail of this user; zero for others

	delay time.Duration // before it is rung
	ring  time.Duration // how long then; 0 is as long as others
}

// resolveIn makes the plan for a call from outside, which may have a second place to go to.
func (d *dialPlan) resolveIn(who dialler, dialled, fallback string) plan {
	p := d.resolve(who, dialled)
	if !p.leads() && p.reason == call.NotFound && fallback != "" {
		return d.resolve(who, fallback)
	}
	return p
}

// group ties the ways to one person.
func (t *target) group() string { return groupOf(t.user) }

func groupOf(user jid.JID) string { return user.String() }

// A dialPlan says what numbers mean. It answers from memory, and the same for the same state of all that it asks.
type dialPlan struct {
	domain   string // of numbers
	people   People
	phones   Phones
	lines    Lines   // nil when there are no trunks
	clients  Clients // nil when XMPP clients cannot be called
	teams    Teams   // nil when there are none
	apps     Apps
	forwards Forwards                           // nil when nobody can forward
	flows    Flows                              // nil when there are no actions
	zone     *time.Location                     // in which their conditions are meant; nil is as the clock has it
	circle   func(dialled string, user jid.JID) // hears of a call that goes round in a circle of forwards
	busy     func(user jid.JID) bool            // whether he is in a call
	place    func(device string) string         // the location that a telephone belongs to; nil when there are none
	right    func(leg call.LegID)               // says that the PIN which the service at a leg has asked for was entered
	rings    func(picker jid.JID, may func(ringing) bool) (ringing, bool)
	chosen   func(leg call.LegID, entry int) // says what was chosen in the menu at a leg
}

// A dialler is who wants to reach somebody: the caller, or who transfers.
type dialler struct {
	Caller
	user User // zero for who is no user
}

func (d *dialPlan) dialler(c Caller) dialler {
	who := dialler{Caller: c}
	if c.Inside() {
		who.user, _ = d.people.Get(c.User)
	}
	return who
}

// resolve makes the plan for what somebody has dialled.
func (d *dialPlan) resolve(who dialler, dialled string) plan {
	number := clean(dialled)
	p := plan{dialled: number, party: call.Party{Number: number}}
	one, isOne := strings.CutPrefix(dialled, callToTake)
	standard, behind := d.apps.standard(number)
	code, rest, isCode := d.apps.code(number)
	switch {
	case d.apps.DialIn != nil && (dialled == dialIn || who.Inside() && d.lines != nil && d.lines.DialIn(number)):
		return p.app("", d.apps.DialIn)
	case isOne:
		return d.takeOne(p, who, one)
	case number == "":
		p.dialled = dialled[:min(len(dialled), maxDialled)]
		return p.refuse(call.NotFound)
	case who.Trunk == "" && d.lines != nil && d.lines.Emergency(number): // whatever else there may be
		return d.outside(p, who, number)
	case standard == codeEcho:
		return p.app("Echo", echo)
	case voicemailCodes[standard] != "" && d.apps.Voicemail != nil && who.Inside():
		return p.app("Voicemail", d.apps.Voicemail(voicemailCodes[standard]))
	case isCode && (who.Inside() || code.Anybody && who.Trunk == ""):
		p.dialled = code.shown(number)
		p.party.Number = p.dialled
		return p.app(code.Name, code.App(rest))
	case standard == PickupCode && !strings.ContainsAny(behind, "*#+"):
		return d.pickUp(p, who, behind)
	case standard == codeGroup && d.apps.Group != nil:
		if app, ok := d.apps.Group(behind); ok {
			return p.app("", app)
		}
		return p.refuse(call.NotFound)
	}
	if user, ok := d.people.AtExtension(number); ok {
		return d.user(p, who, user)
	}
	if t, ok := d.team(number); ok {
		return d.toTeam(p, who, t)
	}
	if o, ok := d.object(number); ok {
		return d.toObject(p, who, o)
	}
	if who.Inside() && d.lines != nil {
		return d.outside(p, who, number)
	}
	return p.refuse(call.NotFound)
}

// team is the team whose extension this is.
func (d *dialPlan) team(extension string) (directory.Team, bool) {
	if d.teams == nil {
		return directory.Team{}, false
	}
	return d.teams.AtExtension(extension)
}

// toTeam leads into the line of a team.
func (d *dialPlan) toTeam(p plan, who dialler, t directory.Team) plan {
	p.party = call.Party{Number: t.Extension, Name: t.Name}
	p.team = &t
	if p.course = d.courseOf(who, directory.OfTeam(t.ID), p.party); p.course != nil {
		p.course.team = &t
	}
	return p
}

func (p plan) app(name string, app App) plan {
	p.party.Name = name
	p.steps = [][]target{{{party: p.party, app: app}}}
	return p
}

func (p plan) refuse(why call.Reason) plan {
	p.reason = why
	return p
}

// announce is what tells a caller why his call comes to nothing, where there are words for that.
func (d *dialPlan) announce(why call.Reason, text prompts.ID) (target, bool) {
	var app App
	switch {
	case text != "" && d.apps.Tell != nil:
		app = d.apps.Tell(text, why)
	case d.apps.Announce != nil:
		app = d.apps.Announce(why)
	}
	return target{app: app}, app != nil
}

// ring rings what a user has: telephones, XMPP clients, a mobile telephone, each in its time.
func (d *dialPlan) ring(p plan, who dialler, u User) plan {
	p.party = call.Party{JID: u.JID, Number: u.Extension, Name: u.Name}
	if p.course = d.courseOf(who, directory.OfUser(u.JID), p.party); p.course != nil {
		p.course.user = u
	}
	if !u.CallWaiting && d.busy(u.JID) && who.User != u.JID {
		return p.refuse(call.Busy)
	}
	step := d.ways(who, u, who.class())
	if len(step) == 0 {
		return p.refuse(call.Unavailable)
	}
	p.steps = [][]target{step}
	return p
}

func (d *dialPlan) box(owner jid.JID, party call.Party, busy bool) target {
	return target{party: party, app: d.apps.Leave(owner, busy), box: owner}
}

// outside tries the trunks for a number one after the other, those that work first. When the rule that fits best asks for a PIN, it is asked for
// first, and no other rule leads around it that asks for another one.
func (d *dialPlan) outside(p plan, who dialler, number string) plan {
	lines, err := d.lines.Outbound(who.user, number, who.Anonymous)
	if err != nil {
		return p.refuse(lineReasons[fault.KindOf(err)])
	}
	var up, down [][]target
	for _, line := range lines {
		if line.PIN != "" && line.PIN != lines[0].PIN {
			continue
		}
		p.party.Number = cmp.Or(line.Called, line.Number)
		step := []target{{party: p.party, line: &line}}
		if d.lines.Up(line) {
			up = append(up, step)
		} else {
			down = append(down, step) // it may come back any moment
		}
	}
	if p.steps = slices.Concat(up, down); len(p.steps) == 0 {
		return p.refuse(call.Unavailable)
	}
	if pin := lines[0].PIN; pin != "" {
		if d.apps.PIN == nil {
			return plan{dialled: p.dialled, party: p.party}.refuse(call.Forbidden)
		}
		gate := target{party: p.party, app: d.apps.PIN(pin, d.right), gate: true}
		p.steps, p.gate = slices.Insert(p.steps, 0, []target{gate}), true
	}
	return p
}

// lineReasons says why a number cannot be called outside.
var lineReasons = map[fault.Kind]call.Reason{
	fault.NotFound: call.NotFound, fault.Invalid: call.NotFound, fault.Forbidden: call.Forbidden, fault.Unavailable: call.Unavailable,
	fault.Limit: call.Congestion,
}

// party is how a caller is shown to those whom he calls.
func (d *dialPlan) party(who dialler) call.Party {
	switch {
	case who.Anonymous:
		return call.Party{}
	case !who.Inside():
		return call.Party{Number: who.Number, Name: who.Name}
	}
	p := call.Party{JID: who.User, Number: who.user.ShownNumber, Name: who.user.Name}
	if p.Number == "" {
		p.Number = who.user.Extension
	}
	return p
}
