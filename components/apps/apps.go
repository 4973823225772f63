// Package apps serves what an app for users needs, over XMPP alone: a snapshot of all that concerns its user, events about what changes after it, and
// commands (docs/apps.md). Supervisors see and control everybody's calls.
//
//	parts.go, calls.go, teams.go   what there is, as XML
//	subscription.go, changes.go    who is told what has changed
//	commands.go, callcommands.go   what apps can have done
//	forms.go                       the same for any client, as ad-hoc commands
//
// Nothing is decided here: the services of the directory, of telephony and of profiles have the rules, and keep what is set.
package apps

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"plenum/components/adhoc"
	"plenum/components/directory"
	"plenum/xmppd"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

// NS is the namespace of all that apps send and get.
const NS = "urn:plenum:app:0"

// Limits.
const (
	// SnapshotsPerMinute is how many snapshots all clients of a user get: an app that comes back after each loss of its connection needs few.
	SnapshotsPerMinute = 30
	// CommandsPerMinute is how many commands a user may give: faster than anybody clicks, slower than a script that has gone wrong.
	CommandsPerMinute = 120
	// MaxCalls is how many calls a snapshot has at most: more than anybody looks at.
	MaxCalls = 1000
	// MaxJournal is how many entries of the journal a snapshot has at most, and defaultJournal how many it has when nothing else is asked for.
	MaxJournal     = 100
	defaultJournal = 20
	// coalesce is for how long changes are collected for one event.
	coalesce = 250 * time.Millisecond
	// lookAgain is when teams are looked at again whose members go on by themselves: who wraps up is free some time.
	lookAgain = 2 * time.Second
	// commandTime is how long a command may take that waits for a call to do something.
	commandTime = 5 * time.Second
)

// Parts are what the service stands on.
type Parts struct {
	Domain    string // of numbers, where boxes of teams are
	Org       *directory.Directory
	Calls     Calls
	Profiles  Profiles
	Voicemail Voicemail
	Devices   Devices
	Commands  *adhoc.Service
	Log       *slog.Logger
}

// Service serves apps.
type Service struct {
	Parts
	srv       *xmppd.Server
	db        *store.DB
	snapshots *meter
	orders    *meter

	mu     sync.Mutex
	subs   map[*xmppd.Session]*subscriber
	users  map[jid.JID]map[*subscriber]bool
	inCall map[string][]jid.JID // who is in each call
	teams  map[string]teamState // as they were last looked at; emptied when something happens
	again  *time.Timer          // for lookAgain
	work   sync.WaitGroup
	closed bool
}

// Register puts the service into s.
func Register(ctx context.Context, s *xmppd.Server, p Parts) (*Service, error) {
	if err := migrate(ctx, s.Store()); err != nil {
		return nil, fmt.Errorf("apps: %w", err)
	}
	a := &Service{
		Parts: p, srv: s, db: s.Store(), snapshots: newMeter(SnapshotsPerMinute), orders: newMeter(CommandsPerMinute),
		subs: make(map[*xmppd.Session]*subscriber), users: make(map[jid.JID]map[*subscriber]bool), inCall: make(map[string][]jid.JID),
		teams: make(map[string]teamState),
	}
	s.HandleIQ(xmppd.ToAccount, xmppd.Get, NS, "snapshot", a.snapshot)
	for name := range commands {
		s.HandleIQ(xmppd.ToAccount, xmppd.Set, NS, name, a.command)
	}
	for _, c := range a.forms() {
		p.Commands.Add(c)
	}
	s.OnNode(kindOutgoing, a.heardOutgoing)
	p.Org.OnChange(a.orgChanged)
	p.Org.OnChange(a.numbersMoved)
	p.Calls.OnCall(a.callMoved)
	p.Calls.OnTeams(a.teamsMoved)
	p.Calls.OnJournal(func(user jid.JID) { a.mark(user, keyJournal, keyMissed) })
	p.Calls.OnPhoneState(a.phoneMoved)
	p.Calls.OnPickups(func(user jid.JID) { a.mark(user, keyPickups) })
	p.Voicemail.OnChange(a.boxMoved)
	s.Hooks.Presence.Add(xmppd.Observe, a.presence)
	s.Hooks.SessionEnd.Add(a.ended)
	s.Hooks.Stop.Add(func(context.Context) { a.stop() })
	return a, nil
}

// own refuses everybody but users of this server, for their own accounts, by a client that is connected here.
func own(iq *xmppd.IQ) (jid.JID, error) {
	user := iq.To.Bare()
	if iq.From.Bare() != user || iq.Origin == nil {
		return jid.JID{}, fault.New(fault.Forbidden, "this is another's account")
	}
	return user, nil
}

// snapshot answers with all there is, and lets the client be told what changes from then on.
func (a *Service) snapshot(ctx context.Context, iq *xmppd.IQ) (any, error) {
	user, err := own(iq)
	if err != nil {
		return nil, err
	}
	want := wanted{journal: defaultJournal, events: true}
	if err := want.read(iq); err != nil {
		return nil, err
	}
	if want.all && !a.Org.Permissions.Holds(user, directory.Supervisor) {
		return nil, fault.Newf(fault.Forbidden, "this needs the permission %s", directory.Supervisor)
	}
	if !a.snapshots.take(user) {
		return nil, fault.New(fault.Limit, "these are too many snapshots in a minute")
	}
	x := a.subscribe(iq.Origin, user, want)
	xml, err := x.first(ctx)
	if err != nil {
		a.ended(iq.Origin)
		return nil, err
	}
	iq.Result(xml)
	if want.events {
		x.begin()
	} else {
		a.ended(iq.Origin)
	}
	return nil, xmppd.NoReply
}

// wanted is what a client has asked for.
type wanted struct {
	all     bool // everybody's calls, and all teams
	journal int
	events  bool
	numbers bool // those of colleagues and teams too
}

func (w *wanted) read(iq *xmppd.IQ) error {
	switch scope, _ := iq.Payload.Attr("scope"); scope {
	case "", "own":
	case "all":
		w.all = true
	default:
		return fault.New(fault.Invalid, "scope is own or all")
	}
	if text, ok := iq.Payload.Attr("journal"); ok {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n > MaxJournal {
			return fault.Newf(fault.Invalid, "journal is a number from 0 to %d", MaxJournal)
		}
		w.journal = n
	}
	text, _ := iq.Payload.Attr("events")
	on, err := strconv.ParseBool(cmp.Or(text, "true"))
	if err != nil {
		return fault.New(fault.Invalid, "events is true or false")
	}
	w.events = on
	w.numbers, _, err = flag(iq.Payload, "numbers")
	return err
}

// deviceOf is the device on which a call of a user begins: the one that he has named, the one that he always takes, or the first that can be called.
func (a *Service) deviceOf(ctx context.Context, user jid.JID, named string) (string, error) {
	rows := a.rows(user)
	if named == "" || named == anyDevice {
		chosen, err := a.outgoing(ctx, user)
		if err != nil {
			return "", err
		}
		for _, r := range rows {
			if r.Device == chosen && a.online(&r, user) {
				return chosen, nil
			}
		}
		for _, r := range rows {
			if a.dials(&r) && a.online(&r, user) {
				return r.Device, nil
			}
		}
		return "", xmppd.Errorf("recipient-unavailable", "none of the devices can be called")
	}
	for _, r := range rows {
		switch {
		case r.Device != named:
		case !a.dials(&r):
			return "", fault.New(fault.Invalid, "calls do not begin at a mobile telephone")
		case !a.online(&r, user):
			return "", xmppd.Errorf("recipient-unavailable", "this device cannot be called")
		default:
			return named, nil
		}
	}
	return "", fault.New(fault.NotFound, "there is no such device")
}

// rows are the devices of a user, and those of the location where he is.
func (a *Service) rows(user jid.JID) []directory.FollowMeRow {
	rows := a.Org.FollowMe.Of(user.String())
	if seat, ok := a.Org.Seats.At(user); ok {
		rows = append(a.Org.FollowMe.Of(seat.Location), rows...)
	}
	return rows
}

// dials reports whether a device can begin calls.
func (a *Service) dials(r *directory.FollowMeRow) bool { return r.Kind != directory.MobileDevice }

// online reports whether a device could be called now.
func (a *Service) online(r *directory.FollowMeRow, user jid.JID) bool {
	switch r.Kind {
	case directory.XMPPDevice:
		return a.Devices.Callable(user)
	case directory.MobileDevice:
		return r.Number != ""
	}
	return a.Devices.Registered(r.Device)
}
