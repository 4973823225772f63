package conference

import (
	"context"
	"time"

	"plenum/components/adhoc"
	"plenum/components/media"
	"plenum/xmppd"
	"plenum/xmppd/dataform"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// What moderators do is offered as commands too (XEP-0050), for clients that know nothing of conferences.

const (
	fieldPerson = "nick"
	// orderWithin is how long a command waits for the conference.
	orderWithin = 5 * time.Second
)

// addCommands offers the commands.
func (c *Service) addCommands() {
	for _, x := range []struct {
		node, name, done string
		control          controlRequest
		whom             string // the question; "" when it is done to nobody in particular
	}{
		{"mute", "Mute somebody", "%s is muted.", controlRequest{do: "mute"}, "Who shall be muted?"},
		{"mute-all", "Mute everybody else", "All others are muted.", controlRequest{do: "mute-all"}, ""},
		{"stop-camera", "Stop a camera", "The camera of %s is stopped.", controlRequest{do: "stop", kind: media.Video}, "Whose camera?"},
		{"stop-screen", "Stop a shared screen", "The screen of %s is stopped.", controlRequest{do: "stop", kind: media.Screen}, "Whose screen?"},
		{"lock", "Lock the conference", "The conference is locked: who comes knocks.", controlRequest{do: "lock"}, ""},
		{"unlock", "Unlock the conference", "The conference is open.", controlRequest{do: "unlock"}, ""},
		{"admit", "Let in who knocks", "All who knocked are let in.", controlRequest{do: "admit"}, ""},
		{"reject", "Turn somebody away", "%s is turned away.", controlRequest{do: "reject"}, "Who shall not be let in?"},
		{"remove", "Remove somebody", "%s is removed.", controlRequest{do: "remove"}, "Who shall be removed from conference and room?"},
		{"end", "End the conference for all", "The conference has ended.", controlRequest{do: "end"}, ""},
	} {
		finish := func(ctx context.Context, r *adhoc.Request, nick string) (*adhoc.Step, error) {
			control := x.control
			control.nick = nick
			if err := c.order(ctx, r.To.Bare(), r.From, &control); err != nil {
				return refused(err)
			}
			if nick == "" {
				return adhoc.Done("%s", x.done), nil
			}
			return adhoc.Done(x.done, nick), nil
		}
		command := adhoc.Command{Node: NSConference + "#" + x.node, Name: x.name, Target: adhoc.ToComponent, Allow: c.mayOrder}
		command.Start = func(ctx context.Context, r *adhoc.Request) (*adhoc.Step, error) { return finish(ctx, r, "") }
		if x.whom != "" {
			command.Start = func(ctx context.Context, r *adhoc.Request) (*adhoc.Step, error) {
				people, err := c.nicks(ctx, r.To.Bare())
				if err != nil {
					return nil, err
				}
				if len(people) == 0 {
					return adhoc.Failed("There is nobody in the conference."), nil
				}
				f := dataform.New("form", NSConference).Add(dataform.Field{
					Var: fieldPerson, Type: dataform.ListSingle, Label: x.whom, Required: true, Options: people})
				return &adhoc.Step{Form: f, Next: func(ctx context.Context, r *adhoc.Request) (*adhoc.Step, error) {
					nick, _ := r.Form.Get(fieldPerson)
					return finish(ctx, r, nick)
				}}, nil
			}
		}
		c.Commands.Add(command)
	}
}

// refused tells people why something could not be done.
func refused(err error) (*adhoc.Step, error) {
	if e, ok := err.(*xmppd.StanzaError); ok && e.Condition != "forbidden" {
		return adhoc.Failed("It was not done: %s.", e.Text), nil
	}
	return nil, err
}

// mayOrder lets moderators who are in the room see and carry out commands.
func (c *Service) mayOrder(_ context.Context, from, to jid.JID) bool {
	c.mu.RLock()
	who, ok := c.callers[callerKey{to.Bare(), from}]
	c.mu.RUnlock()
	return ok && to.Resource() == Nick && c.moderates(to.Bare(), &who.OccupantInfo)
}

// order has a conference do something for one of its moderators, and waits until it is done.
func (c *Service) order(ctx context.Context, room, from jid.JID, control *controlRequest) error {
	c.mu.RLock()
	who, ok := c.callers[callerKey{room, from}]
	c.mu.RUnlock()
	if !ok {
		return xmppd.Errorf("forbidden", "you are not in the room")
	}
	return c.await(ctx, room, func(m *meeting) error { return m.control(control, &who.OccupantInfo) })
}

// nicks are who is in a conference, as a choice.
func (c *Service) nicks(ctx context.Context, room jid.JID) ([]dataform.Option, error) {
	var list []dataform.Option
	err := c.await(ctx, room, func(m *meeting) error {
		for _, p := range m.listed() {
			list = append(list, dataform.Option{Label: p.nick(), Value: p.nick()})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// await has the goroutine of a meeting do something, and waits for it.
func (c *Service) await(ctx context.Context, room jid.JID, fn func(*meeting) error) error {
	done := make(chan error, 1)
	if !c.post(room, do(func(m *meeting) { done <- fn(m) })) {
		return errBusy
	}
	late := time.NewTimer(orderWithin)
	defer late.Stop()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-late.C:
		return fault.New(fault.Unavailable, "the conference does not answer")
	}
}
