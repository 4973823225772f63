package directory

import (
	"fmt"
	"slices"
)

// A Template is where the actions of one belong that are made once, and put into the lists of many (B8).
type Template struct {
	For    Kind       // Users, Teams or OfMenus
	After  bool       // they come when nobody has taken the call, and not before anything rings
	Origin CallOrigin // of the callers in whose lists they come
	First  bool       // they come before what is there, and not behind it
	Auto   bool       // all that are made from now on have them at first
}

// OfMenus are menus, as those for whom templates and roll-outs are. They are no kind of objects.
const OfMenus = Kind(Menus)

// TemplateKinds are for whom templates can be.
func TemplateKinds() []Kind { return []Kind{Users, Teams, OfMenus} }

// A CallOrigin says where callers are.
type CallOrigin string

const (
	FromAnywhere CallOrigin = ""
	FromInside   CallOrigin = "internal"
	FromOutside  CallOrigin = "external"
)

func (in *CallObjectInput) checkTemplate(bad *FieldErrors) {
	t := &in.Template
	if !slices.Contains(TemplateKinds(), t.For) {
		bad.add("template.for", "unknown", fmt.Sprintf("there are no templates for %.32q", string(t.For)))
	}
	if !slices.Contains([]CallOrigin{FromAnywhere, FromInside, FromOutside}, t.Origin) {
		bad.add("template.origin", "unknown", fmt.Sprintf("no callers are %.32q", string(t.Origin)))
	}
	if len(in.Actions) == 0 {
		bad.add("actions", "missing", "a template has an action")
	}
	rules := actionRules{own: t.For == Users || t.For == Teams}
	if t.After {
		rules.statuses = Statuses(t.For)
	}
	checkActions("actions", in.Actions, rules, bad)
}

// A RollOutMode says what is done with actions that are there already.
type RollOutMode string

const (
	AddToActions   RollOutMode = "append"  // they stay
	ReplaceActions RollOutMode = "replace" // they go
	SkipOthers     RollOutMode = "skip"    // who has some is left as he is
)

// RollOutModes are all that there are.
func RollOutModes() []RollOutMode { return []RollOutMode{AddToActions, ReplaceActions, SkipOthers} }

// lists are those of a flow that the template belongs in.
func (t *Template) lists(f *CallFlow) (lists []*[]CallAction) {
	inside, outside := &f.BeforeInternal, &f.BeforeExternal
	if t.After {
		inside, outside = &f.AfterInternal, &f.AfterExternal
	}
	if t.Origin != FromOutside {
		lists = append(lists, inside)
	}
	if t.Origin != FromInside {
		lists = append(lists, outside)
	}
	return lists
}

// put puts actions into a flow, as the template says. Again says that a line comes in even where it is already. Skipped reports that something else was
// there, and the mode has left it alone: of the lists each is looked at by itself.
func (t *Template) put(f CallFlow, actions []CallAction, mode RollOutMode, again bool) (after CallFlow, changed, skipped bool) {
	after = f.clone()
	for _, list := range t.lists(&after) {
		fresh := slices.Clone(actions)
		if !again && mode != ReplaceActions {
			fresh = slices.DeleteFunc(fresh, func(a CallAction) bool { return slices.Contains(*list, a) })
		}
		switch {
		case mode == ReplaceActions && slices.Equal(*list, fresh), len(fresh) == 0:
			continue
		case mode == ReplaceActions:
			*list = fresh
		case mode == SkipOthers && len(*list) > 0:
			skipped = true
			continue
		case t.First:
			*list = slices.Concat(fresh, *list)
		default:
			*list = append(*list, fresh...)
		}
		changed = true
	}
	return after, changed, skipped
}

// startWith are the actions that something new has at first.
func (m *model) startWith(kind Kind, f CallFlow) (after CallFlow, changed bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var templates []*CallObject
	for _, o := range m.callObjects {
		if o.Kind == Templates && o.Template.Auto && o.Template.For == kind {
			templates = append(templates, o)
		}
	}
	slices.SortFunc(templates, func(a, b *CallObject) int { return a.byName(b) })
	for _, o := range templates {
		next, some, _ := o.Template.put(f, o.Actions, AddToActions, false)
		if some && next.short() {
			f, changed = next, true
		}
	}
	return f, changed
}

// short reports whether no list is longer than it may be.
func (f *CallFlow) short() (ok bool) {
	ok = true
	f.lists(func(_ string, list []CallAction) { ok = ok && len(list) <= MaxCallActions })
	return ok
}

// startFlow gives a new user or team what it has at first by templates.
func (t *txn) startFlow(m *model, owner FlowOwner) error {
	before, err := t.flow(owner)
	if err != nil {
		return err
	}
	after, changed := m.startWith(owner.Kind, before.CallFlow)
	if !changed {
		return nil
	}
	if owner.Kind == Users {
		if err := t.showVoicemail(owner, &after); err != nil {
			return err
		}
	}
	return t.putFlow(owner, &after)
}

// startMenu gives a new menu what it has at first by templates.
func (t *txn) startMenu(m *model, o *CallObject) {
	o.Menu.CallFlow, _ = m.startWith(OfMenus, o.Menu.CallFlow)
}
