package adhoc

import (
	"cmp"
	"context"
	"slices"

	"plenum/xmppd"
	"plenum/xmppd/dataform"
	"plenum/xmppd/xmlstream"
)

// execute carries out one <command/> (XEP-0050#execute).
func (a *Service) execute(ctx context.Context, t xmppd.IQTarget, iq *xmppd.IQ) (any, error) {
	node, _ := iq.Payload.Attr("node")
	c, own := a.find(t, node)
	switch {
	case node == "":
		return nil, xmppd.Errorf("bad-request", "a command has a node")
	case c == nil:
		return nil, xmppd.Errorf("item-not-found", "there is no such command")
	case !a.allowed(ctx, c, iq.From, iq.To):
		return nil, errForbidden
	}
	action, _ := iq.Payload.Attr("action")
	switch action {
	case "":
		action = "execute"
	case "execute", "next", "prev", "complete", "cancel":
	default:
		return nil, errMalformedAction
	}
	form, err := submitted(iq.Payload)
	if err != nil {
		return nil, err
	}
	r := &Request{From: iq.From, To: iq.To, Origin: iq.Origin, Lang: langOf(iq), Form: form}
	if own {
		r.To = iq.From.Bare()
	}
	id, _ := iq.Payload.Attr("sessionid")
	if id == "" {
		return a.begin(ctx, c, r, action)
	}
	s, err := a.sessions.find(id, r.From, r.To, c)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return a.carryOn(ctx, s, r, action)
}

// submitted reads the form, if there is one. A cancelled form counts as a submitted one (XEP-0050#impl-forms).
func submitted(e xmlstream.Element) (*dataform.Form, error) {
	f, err := dataform.Find(e, "")
	switch {
	case err != nil:
		return nil, outcome(err)
	case f == nil:
		return &dataform.Form{Type: "submit"}, nil
	case f.Type != "submit" && f.Type != "cancel":
		return nil, BadPayload("the form is of type submit")
	}
	return f, nil
}

// langOf is the language of the command, or else of the stanza (XEP-0050#impl-i18n).
func langOf(iq *xmppd.IQ) string {
	if lang, ok := iq.Payload.Attr("xml:lang"); ok {
		return lang
	}
	return iq.Packet.Lang()
}

func (a *Service) begin(ctx context.Context, c *Command, r *Request, action string) (any, error) {
	if action != "execute" {
		return nil, errBadAction
	}
	s := a.sessions.start(c, r.From, r.To)
	step, err := c.Start(ctx, r)
	if err != nil {
		return nil, outcome(err)
	}
	return a.show(s, cmp.Or(step, &Step{}))
}

// carryOn applies an action to a session whose lock is held.
func (a *Service) carryOn(ctx context.Context, s *session, r *Request, action string) (any, error) {
	if len(s.steps) == 0 {
		return nil, errExpired // it ended while this waited
	}
	now := s.steps[len(s.steps)-1]
	switch action {
	case "cancel":
		a.sessions.end(s)
		s.steps = nil
		return s.answer("canceled", nil), nil
	case "prev":
		if len(s.steps) < 2 {
			return nil, errBadAction
		}
		s.steps = s.steps[:len(s.steps)-1]
		return a.show(s, nil)
	case "execute":
		action = string(now.actions()[0])
	}
	r.Action = Action(action)
	if !slices.Contains(now.actions(), r.Action) {
		return nil, errBadAction
	}
	if err := complete(now.Form, r.Form); err != nil {
		return nil, err
	}
	step, err := now.Next(ctx, r)
	if err != nil {
		if e, same := again(err); same {
			return nil, e
		}
		a.sessions.end(s)
		s.steps = nil
		return nil, err
	}
	now.remember(r.Form)
	return a.show(s, cmp.Or(step, &Step{}))
}

// complete checks that what a form demands was filled in.
func complete(asked, given *dataform.Form) error {
	if asked == nil {
		return nil
	}
	for _, f := range asked.Fields {
		if v, _ := given.Get(f.Var); f.Required && v == "" {
			name := f.Label
			if name == "" {
				name = f.Var
			}
			return BadPayload("%s is missing", name)
		}
	}
	return nil
}

// outcome gives the error of a function its form on the wire.
func outcome(err error) error {
	if e, same := again(err); same {
		return e
	}
	return err
}

// show answers with a step: a new one, or when that is nil the one before.
func (a *Service) show(s *session, step *Step) (any, error) {
	if step != nil {
		if step.Next == nil {
			a.sessions.end(s)
			s.steps = nil
			return s.answer("completed", step), nil
		}
		own := *step // a command may return the same one to many
		if s.steps = append(s.steps, &own); len(s.steps) > maxSteps {
			s.steps = slices.Delete(s.steps, 0, 1)
		}
	}
	if err := a.sessions.keep(s); err != nil {
		return nil, err
	}
	return s.answer("executing", s.steps[len(s.steps)-1]), nil
}

func (p *Step) actions() []Action {
	if len(p.Actions) == 0 {
		return []Action{Complete}
	}
	return p.Actions
}

// remember keeps what was filled in, for a user who comes back to the step. Secrets are not shown again.
func (p *Step) remember(given *dataform.Form) {
	if p.Form == nil {
		return
	}
	f := *p.Form
	f.Fields = slices.Clone(f.Fields)
	for i := range f.Fields {
		x := &f.Fields[i]
		if x.Type == dataform.Hidden || x.Type == dataform.Fixed || x.Type == dataform.TextPrivate {
			continue
		}
		if g := given.Field(x.Var); g != nil {
			x.Values = g.Values
		}
	}
	p.Form = &f
}

// answer writes <command/>. What it says is English, whatever was asked for.
func (s *session) answer(status string, step *Step) []byte {
	b := append(make([]byte, 0, 512), "<command xmlns='"+NS+"' xml:lang='en'"...)
	for _, a := range [...][2]string{{"node", s.command.Node}, {"sessionid", s.id}, {"status", status}} {
		b = xmlstream.AppendAttr(b, a[0], a[1])
	}
	b = append(b, '>')
	if step != nil {
		if status == "executing" {
			b = s.appendActions(b, step)
		}
		if step.Form != nil {
			b = step.Form.Append(b)
		}
		for _, n := range step.Notes {
			b = xmlstream.AppendAttr(append(b, "<note"...), "type", n.Type)
			b = append(xmlstream.AppendEscaped(append(b, '>'), n.Text), "</note>"...)
		}
	}
	return append(b, "</command>"...)
}

// appendActions says what may be done with the step (XEP-0050#impl-actions), in the order of the schema.
func (s *session) appendActions(b []byte, step *Step) []byte {
	may := step.actions()
	b = xmlstream.AppendAttr(append(b, "<actions"...), "execute", string(may[0]))
	b = append(b, '>')
	if len(s.steps) > 1 {
		b = append(b, "<prev/>"...)
	}
	for _, a := range []Action{Next, Complete} {
		if slices.Contains(may, a) {
			b = append(append(append(b, '<'), a...), "/>"...)
		}
	}
	return append(b, "</actions>"...)
}
