package api

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"plenum/components/audit"
	"plenum/components/directory"
	"plenum/components/telephony/prompts"
	"plenum/xmppd/fault"
)

func (a *API) userActions(_ context.Context, req userRequest) (CallFlow, error) {
	return a.flowOf(directory.OfUser(req.JID))
}

func (a *API) teamActions(_ context.Context, req teamRequest) (CallFlow, error) {
	return a.flowOf(directory.OfTeam(req.ID))
}

func (a *API) flowOf(owner directory.FlowOwner) (CallFlow, error) {
	f, err := a.Directory.CallFlows.Get(owner)
	if err != nil {
		return CallFlow{}, err
	}
	return callFlowOf(f), nil
}

func (a *API) changeUserActions(ctx context.Context, req userActionsRequest) (CallFlow, error) {
	return a.changeActions(ctx, directory.OfUser(req.JID), a.Directory.Accounts.Name(req.JID), req.Body)
}

func (a *API) changeTeamActions(ctx context.Context, req teamActionsRequest) (CallFlow, error) {
	t, err := a.Directory.Teams.Get(req.ID)
	if err != nil {
		return CallFlow{}, err
	}
	return a.changeActions(ctx, directory.OfTeam(req.ID), t.Name, req.Body)
}

func (a *API) changeActions(ctx context.Context, owner directory.FlowOwner, name string, body CallFlowChange) (CallFlow, error) {
	before, err := a.Directory.CallFlows.Get(owner)
	if err != nil {
		return CallFlow{}, err
	}
	after, err := a.Directory.CallFlows.Set(ctx, me(ctx).JID, owner, body.Revision, body.CallLists.input())
	if err != nil {
		return CallFlow{}, err
	}
	var d diff
	flowDiff(&d, "", &before.CallFlow, &after.CallFlow)
	note(ctx, audit.Entry{Action: string(owner.Kind) + ".actions", Kind: string(owner.Kind), Object: owner.ID, Name: name, Changes: d})
	return callFlowOf(after), nil
}

func (a *API) checkUserActions(_ context.Context, req userActionsCheckRequest) (Checked, error) {
	return a.checkActions(directory.OfUser(req.JID), req.Body)
}

func (a *API) checkTeamActions(_ context.Context, req teamActionsCheckRequest) (Checked, error) {
	return a.checkActions(directory.OfTeam(req.ID), req.Body)
}

func (a *API) checkActions(owner directory.FlowOwner, lists CallLists) (Checked, error) {
	if _, err := a.Directory.CallFlows.Get(owner); err != nil {
		return Checked{}, err
	}
	return checked(a.Directory.CallFlows.Check(owner, lists.input()))
}

func callFlowOf(f directory.OwnedFlow) CallFlow {
	return CallFlow{Revision: f.Revision, Changed: timeOrNone(f.Changed), ChangedBy: f.ChangedBy.String(), CallLists: callListsOf(&f.CallFlow)}
}

func callListsOf(f *directory.CallFlow) CallLists {
	return CallLists{
		BeforeInternal: callActionsOf(f.BeforeInternal), AfterInternal: callActionsOf(f.AfterInternal),
		BeforeExternal: callActionsOf(f.BeforeExternal), AfterExternal: callActionsOf(f.AfterExternal),
	}
}

func (l *CallLists) input() directory.CallFlow {
	return directory.CallFlow{
		BeforeInternal: callActionsIn(l.BeforeInternal), AfterInternal: callActionsIn(l.AfterInternal),
		BeforeExternal: callActionsIn(l.BeforeExternal), AfterExternal: callActionsIn(l.AfterExternal),
	}
}

func conditionOf(c directory.Condition) CallCondition {
	return CallCondition{Kind: string(c.Kind), Object: c.Object, Label: c.Label, Value: c.Value, Not: c.Not}
}

func (c *CallCondition) input() directory.Condition {
	return directory.Condition{Kind: directory.ConditionKind(c.Kind), Object: c.Object, Label: c.Label, Value: c.Value, Not: c.Not}
}

func callActionsOf(list []directory.CallAction) []CallAction {
	actions := []CallAction{}
	for _, a := range list {
		actions = append(actions, CallAction{
			Kind: string(a.Kind), Prompt: a.Prompt, Box: a.Box, Greeting: string(a.Greeting), Target: a.Target, Label: a.Label, Value: a.Value, Language: a.Language,
			Status: string(a.Status), When: conditionOf(a.When),
		})
	}
	return actions
}

func callActionsIn(list []CallAction) (actions []directory.CallAction) {
	for _, a := range list {
		actions = append(actions, directory.CallAction{
			Kind: directory.CallActionKind(a.Kind), Prompt: a.Prompt, Box: a.Box, Greeting: directory.Greeting(a.Greeting), Target: a.Target, Label: a.Label, Value: a.Value,
			Language: a.Language, Status: directory.CallStatus(a.Status), When: a.When.input(),
		})
	}
	return actions
}

func (a *API) callObjects(_ context.Context, req callObjectsRequest) (CallObjectPage, error) {
	words := strings.Fields(strings.ToLower(req.Text))
	page := CallObjectPage{Items: []CallObject{}, Zone: a.TimeZone}
	for _, o := range a.Directory.CallFlows.Objects(directory.CallObjectKind(req.Kind)) {
		if !containsAll(strings.ToLower(o.Name+"\n"+o.Extension), words) {
			continue
		}
		if page.Total >= req.Offset && len(page.Items) < req.Limit {
			page.Items = append(page.Items, callObjectOf(o))
		}
		page.Total++
	}
	return page, nil
}

func (a *API) callChoices(context.Context, noRequest) (CallChoices, error) {
	choices := CallChoices{Prompts: []PromptChoice{}, Teams: []CallObjectChoice{}, Objects: []CallObjectChoice{}, Skills: []string{}}
	seen := make(map[prompts.ID]bool)
	for _, p := range a.Prompts.List() {
		_, err := strconv.Atoi(string(p.ID))
		if number := err == nil; !number && !seen[p.ID] {
			choices.Prompts = append(choices.Prompts, PromptChoice{string(p.ID), p.Text})
		}
		seen[p.ID] = true
	}
	for _, t := range a.Directory.Teams.List() {
		choices.Teams = append(choices.Teams, CallObjectChoice{t.ID, string(directory.Teams), t.Name, t.Extension})
	}
	for _, o := range a.Directory.CallFlows.Objects("") {
		choices.Objects = append(choices.Objects, CallObjectChoice{o.ID, string(o.Kind), o.Name, o.Extension})
	}
	choices.Skills = append(choices.Skills, a.Directory.Skills.Names()...)
	return choices, nil
}

func callObjectOf(o directory.CallObject) CallObject {
	answer := CallObject{
		ID: o.ID, Kind: string(o.Kind), Revision: o.Revision, Changed: o.Changed, ChangedBy: o.ChangedBy.String(), On: o.On, CallObjectData: CallObjectData{
			Name: o.Name, Extension: o.Extension, Initial: o.Initial, Permissions: o.Permissions, Actions: callActionsOf(o.Actions), Hours: []CallHours{}, Days: []CallDay{},
			Menu: CallMenu{Prompt: o.Menu.Prompt, AnswerDelay: o.Menu.AnswerDelay, KeyTimeout: o.Menu.KeyTimeout, Entries: []CallMenuEntry{}, CallLists: callListsOf(&o.Menu.CallFlow)},
		},
	}
	if o.Kind == directory.Templates {
		answer.Template = templateOf(&o.Template)
	}
	if o.Kind == directory.Labels {
		answer.Label = &CallLabel{Shown: o.Label.Shown, Value: o.Label.Value, When: conditionOf(o.Label.When)}
	}
	for _, e := range o.Menu.Entries {
		answer.Menu.Entries = append(answer.Menu.Entries, CallMenuEntry{Keys: e.Keys, Actions: callActionsOf(e.Actions)})
	}
	for _, h := range o.Hours {
		days := []int{}
		for _, day := range h.Days {
			days = append(days, int(day))
		}
		answer.Hours = append(answer.Hours, CallHours{Days: days, From: h.From, To: h.To})
	}
	for _, d := range o.Days {
		answer.Days = append(answer.Days, CallDay(d))
	}
	return answer
}

func (d *CallObjectData) input() directory.CallObjectInput {
	in := directory.CallObjectInput{
		Name: d.Name, Extension: d.Extension, Initial: d.Initial, Permissions: d.Permissions, Actions: callActionsIn(d.Actions),
		Menu: directory.Menu{Prompt: d.Menu.Prompt, AnswerDelay: d.Menu.AnswerDelay, KeyTimeout: d.Menu.KeyTimeout, CallFlow: d.Menu.CallLists.input()},
	}
	if d.Template != nil {
		in.Template = d.Template.input()
	}
	if d.Label != nil {
		in.Label = directory.LabelRule{Shown: d.Label.Shown, Value: d.Label.Value, When: d.Label.When.input()}
	}
	for _, e := range d.Menu.Entries {
		in.Menu.Entries = append(in.Menu.Entries, directory.MenuEntry{Keys: e.Keys, Actions: callActionsIn(e.Actions)})
	}
	for _, h := range d.Hours {
		hours := directory.Hours{From: h.From, To: h.To}
		for _, day := range h.Days {
			hours.Days = append(hours.Days, time.Weekday(day))
		}
		in.Hours = append(in.Hours, hours)
	}
	for _, day := range d.Days {
		in.Days = append(in.Days, directory.Holiday(day))
	}
	return in
}

func (a *API) callObject(_ context.Context, req callObjectRequest) (CallObject, error) {
	o, err := a.Directory.CallFlows.Object(req.ID)
	if err != nil {
		return CallObject{}, err
	}
	return callObjectOf(o), nil
}

func (a *API) createCallObject(ctx context.Context, req newCallObjectRequest) (created[CallObject], error) {
	o, err := a.Directory.CallFlows.CreateObject(ctx, me(ctx).JID, directory.CallObjectKind(req.Body.Kind), req.Body.input())
	if err != nil {
		return created[CallObject]{}, err
	}
	note(ctx, callObjectEntry("callobject.create", o, a.callObjectDiff(directory.CallObject{}, o)))
	return created[CallObject]{callObjectOf(o), "/callobjects/" + url.PathEscape(o.ID)}, nil
}

func (a *API) checkCallObject(_ context.Context, req callObjectCheckRequest) (Checked, error) {
	return checked(a.Directory.CallFlows.CheckObject(req.Body.ID, directory.CallObjectKind(req.Body.Kind), req.Body.input()))
}

func (a *API) changeCallObject(ctx context.Context, req callObjectChangeRequest) (CallObject, error) {
	before, err := a.Directory.CallFlows.Object(req.ID)
	if err != nil {
		return CallObject{}, err
	}
	o, err := a.Directory.CallFlows.UpdateObject(ctx, me(ctx).JID, req.ID, req.Body.Revision, req.Body.input())
	if err != nil {
		return CallObject{}, err
	}
	note(ctx, callObjectEntry("callobject.change", o, a.callObjectDiff(before, o)))
	return callObjectOf(o), nil
}

func (a *API) deleteCallObject(ctx context.Context, req callObjectRequest) (none, error) {
	o, err := a.Directory.CallFlows.Object(req.ID)
	if err != nil {
		return none{}, err
	}
	if err := a.Directory.CallFlows.DeleteObject(ctx, me(ctx).JID, req.ID); err != nil {
		return none{}, err
	}
	note(ctx, callObjectEntry("callobject.delete", o, nil))
	return none{}, nil
}

func (a *API) turnSwitch(ctx context.Context, req switchRequest) (CallObject, error) {
	o, err := a.turn(ctx, req)
	if err != nil {
		return CallObject{}, err
	}
	return callObjectOf(o), nil
}

// turn has a switch turned, and notes who has done it.
func (a *API) turn(ctx context.Context, req switchRequest) (directory.CallObject, error) {
	before, err := a.Directory.CallFlows.Object(req.ID)
	if err == nil && before.Kind != directory.Switches {
		err = errNoSwitch()
	}
	if err != nil {
		return directory.CallObject{}, err
	}
	o, err := a.Directory.CallFlows.Switch(ctx, me(ctx).JID, req.ID, req.Body.On)
	if err != nil {
		return directory.CallObject{}, err
	}
	var d diff
	d.flag("on", before.On, o.On)
	note(ctx, callObjectEntry("callobject.switch", o, d))
	return o, nil
}

func errNoSwitch() error { return fault.New(fault.NotFound, "there is no such switch") }

func (a *API) ownSwitches(ctx context.Context, _ noRequest) (OwnSwitches, error) {
	answer := OwnSwitches{Items: []OwnSwitch{}}
	for _, o := range a.Directory.CallFlows.SwitchesOf(me(ctx).JID) {
		answer.Items = append(answer.Items, ownSwitchOf(o))
	}
	return answer, nil
}

func (a *API) turnOwnSwitch(ctx context.Context, req switchRequest) (OwnSwitch, error) {
	if !a.Directory.CallFlows.SeesSwitch(me(ctx).JID, req.ID) {
		return OwnSwitch{}, errNoSwitch()
	}
	o, err := a.turn(ctx, req)
	if err != nil {
		return OwnSwitch{}, err
	}
	return ownSwitchOf(o), nil
}

func ownSwitchOf(o directory.CallObject) OwnSwitch { return OwnSwitch{o.ID, o.Name, o.Extension, o.On} }

func callObjectEntry(action string, o directory.CallObject, changes []audit.Change) audit.Entry {
	return audit.Entry{Action: action, Kind: "callobject", Object: o.ID, Name: o.Name, Changes: changes}
}

func (a *API) callObjectDiff(before, after directory.CallObject) []audit.Change {
	var d diff
	d.text("kind", string(before.Kind), string(after.Kind))
	d.text("name", before.Name, after.Name)
	d.text("extension", before.Extension, after.Extension)
	d.flag("initial", before.Initial, after.Initial)
	d.text("permissions", a.permissionNames(before.Permissions), a.permissionNames(after.Permissions))
	d.text("actions", callActionTexts(before.Actions), callActionTexts(after.Actions))
	d.text("hours", someOf(texts(before.Hours)), someOf(texts(after.Hours)))
	d.text("days", someOf(texts(before.Days)), someOf(texts(after.Days)))
	d.text("prompt", before.Menu.Prompt, after.Menu.Prompt)
	d.text("answerDelay", fmt.Sprint(before.Menu.AnswerDelay), fmt.Sprint(after.Menu.AnswerDelay))
	d.text("keyTimeout", fmt.Sprint(before.Menu.KeyTimeout), fmt.Sprint(after.Menu.KeyTimeout))
	d.text("entries", menuTexts(before.Menu.Entries), menuTexts(after.Menu.Entries))
	flowDiff(&d, "menu.", &before.Menu.CallFlow, &after.Menu.CallFlow)
	templateDiff(&d, &before.Template, &after.Template)
	d.flag("shown", before.Label.Shown, after.Label.Shown)
	d.text("value", before.Label.Value, after.Label.Value)
	d.text("when", conditionText(before.Label.When), conditionText(after.Label.When))
	return d
}

// texts are things as the log shows them.
func texts[T any](list []T) (all []string) {
	for _, one := range list {
		all = append(all, strings.Trim(fmt.Sprint(one), "{}"))
	}
	return all
}

func menuTexts(list []directory.MenuEntry) string {
	var all []string
	for _, e := range list {
		all = append(all, e.Keys+": "+callActionTexts(e.Actions))
	}
	return someOf(all)
}

func flowDiff(d *diff, at string, before, after *directory.CallFlow) {
	d.text(at+"beforeInternal", callActionTexts(before.BeforeInternal), callActionTexts(after.BeforeInternal))
	d.text(at+"afterInternal", callActionTexts(before.AfterInternal), callActionTexts(after.AfterInternal))
	d.text(at+"beforeExternal", callActionTexts(before.BeforeExternal), callActionTexts(after.BeforeExternal))
	d.text(at+"afterExternal", callActionTexts(before.AfterExternal), callActionTexts(after.AfterExternal))
}

func callActionTexts(list []directory.CallAction) string {
	var all []string
	for _, a := range list {
		text := string(a.Kind)
		for _, about := range []string{a.Prompt, a.Box, a.Target, a.Label, a.Value, a.Language} {
			if about != "" {
				text += " " + about
			}
		}
		if a.Status != directory.StatusAny {
			text += " [" + string(a.Status) + "]"
		}
		if when := conditionText(a.When); when != "" {
			text += " when " + when
		}
		all = append(all, text)
	}
	return someOf(all)
}

// conditionText is a condition as the log shows it; empty for none.
func conditionText(c directory.Condition) string {
	if c.Kind == directory.Always {
		return ""
	}
	not := ""
	if c.Not {
		not = "not "
	}
	return strings.TrimSpace(fmt.Sprintf("%s%s %s%s %s", not, c.Kind, c.Object, c.Label, c.Value))
}
