package apps

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"plenum/components/adhoc"
	"plenum/components/directory"
	"plenum/xmppd"
	"plenum/xmppd/dataform"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// Any client sets by ad-hoc commands what apps set by commands of their own. Each node is the FORM_TYPE of its form too.
const (
	NodeForward  = NS + "#forward"
	NodeLocation = NS + "#location"
	NodeFollowMe = NS + "#followme"
	NodeSwitch   = NS + "#switch"
)

// nowhere stands for no location: clients cannot choose an empty value everywhere.
const nowhere = "none"

func (a *Service) forms() []adhoc.Command {
	return []adhoc.Command{
		{Node: NodeForward, Name: "Forward my calls", Target: xmppd.ToAccount, AtServer: true, Start: a.askForward},
		{Node: NodeLocation, Name: "Log in at a location", Target: xmppd.ToAccount, AtServer: true, Start: a.askLocation},
		{Node: NodeFollowMe, Name: "When my devices ring", Target: xmppd.ToAccount, AtServer: true, Start: a.askDevice},
		{Node: NodeSwitch, Name: "Turn a switch", Target: xmppd.ToAccount, AtServer: true, Start: a.askSwitch},
	}
}

func (a *Service) askForward(_ context.Context, r *adhoc.Request) (*adhoc.Step, error) {
	now, _ := a.Org.Forwards.Get(r.To.Bare())
	f := dataform.New("form", NodeForward).
		Add(dataform.Field{Var: "active", Type: dataform.Boolean, Label: "Forward all calls", Values: []string{dataform.BoolValue(now.Active)}}).
		Add(dataform.Field{
			Var: "target", Type: dataform.TextSingle, Label: "To", Values: []string{now.Target},
			Desc: "An extension, or a number as you would dial it; " + directory.ForwardToBox + " is your voicemail",
		})
	f.Title = "Forward my calls"
	f.Instructions = "To an extension, or a number as you would dial it. " + directory.ForwardToBox + " is your voicemail."
	return &adhoc.Step{Form: f, Next: a.fillForward}, nil
}

func (a *Service) fillForward(ctx context.Context, r *adhoc.Request) (*adhoc.Step, error) {
	by := r.From.Bare()
	active, _, err := r.Form.Bool("active")
	if err != nil {
		return nil, err
	}
	target, named := r.Form.Get("target")
	if target = strings.TrimSpace(target); !active && (!named || target == "") {
		if _, err = a.Org.Forwards.Switch(ctx, by, r.To, false); err != nil && !fault.Is(err, fault.NotFound) {
			return nil, readable(err)
		}
		return adhoc.Done("Your calls are not forwarded"), nil
	}
	set, err := a.Org.Forwards.Set(ctx, by, r.To, directory.AnyRevision, directory.ForwardInput{Target: target, Active: active})
	switch {
	case err != nil:
		return nil, readable(err)
	case !set.Active:
		return adhoc.Done("Your calls are not forwarded"), nil
	case set.Target == directory.ForwardToBox:
		return adhoc.Done("Your calls go to your voicemail now"), nil
	}
	return adhoc.Done("Your calls are forwarded to %s now", set.Target), nil
}

func (a *Service) askLocation(_ context.Context, r *adhoc.Request) (*adhoc.Step, error) {
	user := r.To.Bare()
	here := nowhere
	if seat, ok := a.Org.Seats.At(user); ok {
		here = seat.Location
	}
	field := dataform.Field{Var: "location", Type: dataform.ListSingle, Label: "Location", Required: true, Values: []string{here}}
	field.Options = append(field.Options, dataform.Option{Label: "None (roaming)", Value: nowhere})
	for _, o := range a.Org.Seats.Open(user) {
		label := o.Name
		if seat, ok := a.Org.Seats.Who(o.ID); ok && seat.User != user {
			label += fmt.Sprintf(" (%s is logged in there, and will not be any more)", a.Org.Accounts.Name(seat.User))
		}
		field.Options = append(field.Options, dataform.Option{Label: label, Value: o.ID})
	}
	f := dataform.New("form", NodeLocation).Add(field)
	f.Title = "Log in at a location"
	f.Instructions = "The telephones of the location are yours as long as you are logged in there."
	return &adhoc.Step{Form: f, Next: a.fillLocation}, nil
}

func (a *Service) fillLocation(ctx context.Context, r *adhoc.Request) (*adhoc.Step, error) {
	id, _ := r.Form.Get("location")
	if id == nowhere {
		if err := a.Org.Seats.LogOut(ctx, r.From.Bare(), r.To); err != nil {
			return nil, err
		}
		return adhoc.Done("You are logged in nowhere now"), nil
	}
	expelled, err := a.Org.Seats.LogIn(ctx, r.From.Bare(), r.To, id)
	if err != nil {
		return nil, err
	}
	place, err := a.Org.Objects.Get(directory.Locations, id)
	if err != nil {
		return nil, err
	}
	step := adhoc.Done("You are logged in at %s now", place.Name)
	if !expelled.IsZero() {
		step.Notes = append(step.Notes, adhoc.Note{Type: "info", Text: a.Org.Accounts.Name(expelled) + " was logged out there"})
	}
	return step, nil
}

// askDevice lets the user choose the device; those that an administrator has set are shown, and cannot be.
func (a *Service) askDevice(_ context.Context, r *adhoc.Request) (*adhoc.Step, error) {
	field := dataform.Field{Var: "device", Type: dataform.ListSingle, Label: "Device", Required: true}
	var locked []string
	for _, row := range a.rows(r.To.Bare()) {
		if !row.UserConfigurable {
			locked = append(locked, deviceName(&row))
			continue
		}
		field.Options = append(field.Options, dataform.Option{Label: deviceName(&row), Value: row.Device})
	}
	if len(field.Options) == 0 {
		return adhoc.Failed("When your devices ring is set by an administrator"), nil
	}
	field.Values = []string{field.Options[0].Value}
	f := dataform.New("form", NodeFollowMe).Add(field)
	f.Title = "When my devices ring"
	if len(locked) > 0 {
		f.Instructions = "Set by an administrator: " + strings.Join(locked, ", ") + "."
	}
	return &adhoc.Step{Form: f, Next: a.askTimers, Actions: []adhoc.Action{adhoc.Next}}, nil
}

func deviceName(r *directory.FollowMeRow) string {
	if r.Kind == directory.XMPPDevice {
		return "XMPP clients"
	}
	return r.Name
}

// classes are what people call the classes of calls.
var classes = []struct {
	class directory.RingClass
	name  string
}{
	{directory.RingInternal, "Calls from inside"}, {directory.RingExternal, "Calls from outside"}, {directory.RingQueue, "Calls of teams"},
}

func (a *Service) askTimers(_ context.Context, r *adhoc.Request) (*adhoc.Step, error) {
	id, _ := r.Form.Get("device")
	for _, row := range a.rows(r.To.Bare()) {
		if row.Device == id {
			return a.timersForm(row), nil
		}
	}
	return nil, fault.New(fault.Invalid, "there is no such device")
}

func (a *Service) timersForm(row directory.FollowMeRow) *adhoc.Step {
	f := dataform.New("form", NodeFollowMe)
	f.Title = "When " + deviceName(&row) + " rings"
	f.Instructions = "Times are in seconds. Without one for how long, it rings as long as others do."
	for _, c := range classes {
		t := row.Of(c.class)
		ring := strconv.Itoa(t.Timeout)
		if t.Timeout == directory.NoTimeout {
			ring = ""
		}
		f.Add(dataform.Field{Var: string(c.class), Type: dataform.Boolean, Label: c.name, Values: []string{dataform.BoolValue(t.Enabled)}})
		f.Add(dataform.Field{Var: string(c.class) + "_delay", Type: dataform.TextSingle, Label: c.name + ": begin after", Values: []string{strconv.Itoa(t.Delay)}})
		f.Add(dataform.Field{Var: string(c.class) + "_ring", Type: dataform.TextSingle, Label: c.name + ": ring for", Values: []string{ring}})
	}
	if row.Kind == directory.MobileDevice {
		f.Add(dataform.Field{Var: "gsm", Type: dataform.Boolean, Label: "GSM mode: it alone rings, at once", Values: []string{dataform.BoolValue(row.GSM)}})
	}
	return &adhoc.Step{Form: f, Next: func(ctx context.Context, r *adhoc.Request) (*adhoc.Step, error) { return a.fillTimers(ctx, r, row) }}
}

func (a *Service) fillTimers(ctx context.Context, r *adhoc.Request, row directory.FollowMeRow) (*adhoc.Step, error) {
	form := row.FollowMeInput
	for _, c := range []struct {
		class directory.RingClass
		timer *directory.Timer
	}{
		{directory.RingInternal, &form.Internal}, {directory.RingExternal, &form.External}, {directory.RingQueue, &form.Queue},
	} {
		if err := fillTimer(r.Form, string(c.class), c.timer); err != nil {
			return nil, err
		}
	}
	if on, said, err := r.Form.Bool("gsm"); err != nil {
		return nil, err
	} else if said {
		form.GSM = on
	}
	if _, err := a.Org.FollowMe.Set(ctx, r.From.Bare(), row.Holder, row.Device, row.Revision, form); err != nil {
		return nil, readable(err)
	}
	return adhoc.Done("When %s rings is saved", deviceName(&row)), nil
}

// fillTimer reads the fields of a class; those that are not there stay.
func fillTimer(f *dataform.Form, class string, t *directory.Timer) error {
	on, said, err := f.Bool(class)
	if err != nil {
		return err
	}
	if said {
		t.Enabled = on
	}
	for _, field := range []struct {
		name  string
		empty int
		into  *int
	}{{"_delay", 0, &t.Delay}, {"_ring", directory.NoTimeout, &t.Timeout}} {
		text, there := f.Get(class + field.name)
		if !there {
			continue
		}
		if text = strings.TrimSpace(text); text == "" {
			*field.into = field.empty
		} else if *field.into, err = strconv.Atoi(text); err != nil {
			return fault.New(fault.Invalid, "times are whole numbers of seconds")
		}
	}
	return nil
}

// askSwitch lets the user choose a switch of his, each with what it is now, and what it is to be.
func (a *Service) askSwitch(_ context.Context, r *adhoc.Request) (*adhoc.Step, error) {
	field := dataform.Field{Var: "switch", Type: dataform.ListSingle, Label: "Switch", Required: true}
	for _, o := range a.Org.CallFlows.SwitchesOf(r.To.Bare()) {
		field.Options = append(field.Options, dataform.Option{Label: o.Name + " (" + position(o.On) + ")", Value: o.ID})
	}
	if len(field.Options) == 0 {
		return adhoc.Failed("There is no switch that you may turn here"), nil
	}
	field.Values = []string{field.Options[0].Value}
	f := dataform.New("form", NodeSwitch).Add(field).Add(dataform.Field{
		Var: "to", Type: dataform.ListSingle, Label: "To", Values: []string{"over"},
		Options: []dataform.Option{{Label: "the other way", Value: "over"}, {Label: "on", Value: "on"}, {Label: "off", Value: "off"}},
	})
	f.Title = "Turn a switch"
	return &adhoc.Step{Form: f, Next: a.fillSwitch}, nil
}

// position is how a switch stands, for people.
func position(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

func (a *Service) fillSwitch(ctx context.Context, r *adhoc.Request) (*adhoc.Step, error) {
	id, _ := r.Form.Get("switch")
	if !a.Org.CallFlows.SeesSwitch(r.To, id) {
		return nil, errNoSwitch()
	}
	turn := a.Org.CallFlows.Toggle
	switch to, _ := r.Form.Get("to"); to {
	case "on", "off":
		turn = func(ctx context.Context, by jid.JID, id string) (directory.CallObject, error) {
			return a.Org.CallFlows.Switch(ctx, by, id, to == "on")
		}
	case "", "over":
	default:
		return nil, fault.New(fault.Invalid, "to is on, off or over")
	}
	o, err := turn(ctx, r.From.Bare(), id)
	if err != nil {
		return nil, err
	}
	return adhoc.Done("%s is %s now", o.Name, position(o.On)), nil
}
