package apps

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"plenum/components/directory"
	"plenum/xmppd"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// A command is what an app can have done. It answers with an element, or nothing.
type command struct {
	do     func(*Service, context.Context, *request) ([]byte, error)
	others bool // it can be for another user
}

// A request is one that is carried out now.
type request struct {
	by, user jid.JID // who wants it, and for whom
	el       xmlstream.Element
}

var commands = map[string]command{
	"dial": {(*Service).dial, true}, "pickup": {(*Service).pickup, true}, "answer": {do: (*Service).answer}, "hangup": {do: (*Service).hangUp},
	"hold": {do: (*Service).hold}, "resume": {do: (*Service).resume}, "transfer": {do: (*Service).transfer}, "outgoing": {do: (*Service).chooseOutgoing},
	"profile": {(*Service).setProfile, true}, "followme": {do: (*Service).setFollowMe}, "location": {(*Service).setLocation, true},
	"forward": {(*Service).setForward, true}, "team": {(*Service).setTeam, true}, "seen": {do: (*Service).seen},
	"switch": {do: (*Service).turnSwitch},
}

// command carries one out.
func (a *Service) command(ctx context.Context, iq *xmppd.IQ) (any, error) {
	by, err := own(iq)
	if err != nil {
		return nil, err
	}
	if !a.orders.take(by) {
		return nil, fault.New(fault.Limit, "these are too many commands in a minute")
	}
	c := commands[iq.Payload.Local()]
	r := &request{by: by, user: by, el: iq.Payload}
	if other, ok := r.el.Attr("for"); ok {
		if r.user, err = jid.Parse(other); err != nil || !c.others || r.user.Local() == "" {
			return nil, fault.New(fault.Invalid, "for is the address of a user, where a command can be for another")
		}
		r.user = r.user.Bare()
	}
	ctx, cancel := context.WithTimeout(ctx, commandTime)
	defer cancel()
	xml, err := c.do(a, ctx, r)
	if err != nil {
		return nil, readable(err)
	}
	return xml, nil // a nil slice is an empty result
}

// readable makes the first of what is wrong with several fields the text of the error, and says that something takes too long.
func readable(err error) error {
	if bad, ok := errors.AsType[directory.FieldErrors](err); ok && len(bad) > 0 {
		return fault.New(fault.Invalid, bad[0].Text)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fault.Wrap(fault.Unavailable, err, "this takes too long")
	}
	return err
}

// text is an attribute of the command; empty when it is not there.
func (r *request) text(name string) string {
	value, _ := r.el.Attr(name)
	return value
}

// needs are attributes that have to be there.
func (r *request) needs(names ...string) error {
	for _, n := range names {
		if r.text(n) == "" {
			return fault.Newf(fault.Invalid, "%s is missing", n)
		}
	}
	return nil
}

// revision is the one that the app has read; any when it says none.
func (r *request) revision() (int64, error) {
	text, ok := r.el.Attr("revision")
	if !ok {
		return directory.AnyRevision, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, fault.New(fault.Invalid, "revision is a number")
	}
	return n, nil
}

// flag reads an attribute that is true or false.
func flag(e xmlstream.Element, name string) (on, said bool, err error) {
	text, said := e.Attr(name)
	if !said {
		return false, false, nil
	}
	if on, err = strconv.ParseBool(text); err != nil {
		return false, false, fault.Newf(fault.Invalid, "%s is true or false", name)
	}
	return on, true, nil
}

func (a *Service) setProfile(ctx context.Context, r *request) ([]byte, error) {
	if err := r.needs("id"); err != nil {
		return nil, err
	}
	run, err := a.Profiles.Choose(ctx, r.by, r.user, r.text("id"))
	if err != nil {
		return nil, err
	}
	b := xmlstream.NewBuilder().Start("profile", NS, "id", run.Profile)
	for _, s := range run.Steps {
		b.Element("step", "", s.String(), "outcome", string(s.Outcome))
	}
	return b.End().Bytes(), nil
}

func (a *Service) setFollowMe(ctx context.Context, r *request) ([]byte, error) {
	if err := r.needs("device"); err != nil {
		return nil, err
	}
	holder := r.text("holder")
	if holder == "" {
		holder = r.user.String()
	}
	rows := a.rows(r.user)
	i := slices.IndexFunc(rows, func(row directory.FollowMeRow) bool { return row.Holder == holder && row.Device == r.text("device") })
	if i < 0 {
		return nil, fault.New(fault.NotFound, "there is no such device")
	}
	form := rows[i].FollowMeInput
	said := 0
	for t := range r.el.Children() {
		if t.Is(NS, "timer") {
			said++
			if err := readTimer(t, &form); err != nil {
				return nil, err
			}
		}
	}
	gsm, named, err := flag(r.el, "gsm")
	if err != nil {
		return nil, err
	}
	if named {
		form.GSM = gsm
	}
	revision, err := r.revision()
	if err == nil && said == 0 && !named {
		err = fault.New(fault.Invalid, "there is no timer")
	}
	if err != nil {
		return nil, err
	}
	_, err = a.Org.FollowMe.Set(ctx, r.by, holder, r.text("device"), revision, form)
	return nil, err
}

// readTimer puts a timer into the form of a device.
func readTimer(e xmlstream.Element, form *directory.FollowMeInput) error {
	class, _ := e.Attr("class")
	timers := map[string]*directory.Timer{
		string(directory.RingInternal): &form.Internal, string(directory.RingExternal): &form.External, string(directory.RingQueue): &form.Queue,
	}
	t := timers[class]
	if t == nil {
		return fault.New(fault.Invalid, "class is internal, external or queue")
	}
	next := directory.Timer{Timeout: directory.NoTimeout}
	var err error
	if next.Enabled, _, err = flag(e, "enabled"); err != nil {
		return err
	}
	for name, into := range map[string]*int{"delay": &next.Delay, "ring": &next.Timeout} {
		if text, ok := e.Attr(name); ok {
			if *into, err = strconv.Atoi(text); err != nil {
				return fault.Newf(fault.Invalid, "%s is a number of seconds", name)
			}
		}
	}
	*t = next
	return nil
}

func (a *Service) setLocation(ctx context.Context, r *request) ([]byte, error) {
	if id := r.text("id"); id != "" {
		_, err := a.Org.Seats.LogIn(ctx, r.by, r.user, id)
		return nil, err
	}
	return nil, a.Org.Seats.LogOut(ctx, r.by, r.user)
}

func (a *Service) setForward(ctx context.Context, r *request) ([]byte, error) {
	target, named := r.el.Attr("target")
	active, said, err := flag(r.el, "active")
	if err != nil {
		return nil, err
	}
	revision, err := r.revision()
	switch {
	case err != nil:
		return nil, err
	case !named && !said:
		return nil, fault.New(fault.Invalid, "there is neither target nor active")
	case named && target == "":
		if err = a.Org.Forwards.Clear(ctx, r.by, r.user); fault.Is(err, fault.NotFound) {
			err = nil
		}
	case named:
		_, err = a.Org.Forwards.Set(ctx, r.by, r.user, revision, directory.ForwardInput{Target: target, Active: active || !said})
	default:
		_, err = a.Org.Forwards.Switch(ctx, r.by, r.user, active)
	}
	return nil, err
}

func (a *Service) setTeam(ctx context.Context, r *request) ([]byte, error) {
	if err := r.needs("id", "do"); err != nil {
		return nil, err
	}
	id := r.text("id")
	switch r.text("do") {
	case "login":
		return nil, a.Org.Teams.LogIn(ctx, r.by, id, r.user, true)
	case "logout":
		return nil, a.Org.Teams.LogIn(ctx, r.by, id, r.user, false)
	case "pause":
		if err := r.needs("reason"); err != nil {
			return nil, err
		}
		return nil, a.Org.Teams.Pause(ctx, r.by, id, r.user, r.text("reason"))
	case "unpause":
		return nil, a.Org.Teams.Pause(ctx, r.by, id, r.user, "")
	}
	return nil, fault.New(fault.Invalid, "do is login, logout, pause or unpause")
}

// seen notes that the user has seen what he had missed until now.
func (a *Service) seen(ctx context.Context, r *request) ([]byte, error) {
	return nil, a.Calls.Journal().See(ctx, r.user, time.Now())
}

// turnSwitch turns a switch of the user's on or off, or over.
func (a *Service) turnSwitch(ctx context.Context, r *request) ([]byte, error) {
	if err := r.needs("id"); err != nil {
		return nil, err
	}
	on, said, err := flag(r.el, "on")
	switch id := r.text("id"); {
	case err != nil:
	case !a.Org.CallFlows.SeesSwitch(r.user, id):
		err = errNoSwitch()
	case said:
		_, err = a.Org.CallFlows.Switch(ctx, r.by, id, on)
	default:
		_, err = a.Org.CallFlows.Toggle(ctx, r.by, id)
	}
	return nil, err
}

func errNoSwitch() error {
	return fault.New(fault.NotFound, "there is no switch of this ID that you may turn here")
}
