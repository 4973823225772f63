package directory

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// rollOutChunk is how many owners are changed in one transaction, so that other changes do not wait for thousands.
const rollOutChunk = 200

// A RollOut puts the actions of a template into the lists of those for whom it is.
type RollOut struct {
	All    bool
	To     []string // otherwise: addresses of users, or IDs of teams or menus
	Mode   RollOutMode
	Again  bool // a line is added even where it is already
	DryRun bool // nothing is changed
}

// A RollOutcome is what has become of one of them.
type RollOutcome string

const (
	RolledOut      RollOutcome = "changed"
	HadIt          RollOutcome = "unchanged" // all of it is there already
	HadOthers      RollOutcome = "skipped"   // there are other actions, and the mode leaves them alone
	RollOutRefused RollOutcome = "refused"
)

// A RollOutResult says it of one.
type RollOutResult struct {
	Owner   FlowOwner
	Name    string
	Outcome RollOutcome
	Why     string // it was refused; empty otherwise

	revision int64 // that it is meant for
	after    CallFlow
}

// RollOut puts a template into the lists of others, and returns what has become of each, by name. Who is refused does not stop the rest. An error may come
// when some are changed already; to do it again does no harm, unless the same is to be added again.
func (s *CallFlows) RollOut(ctx context.Context, by jid.JID, id string, r RollOut) ([]RollOutResult, error) {
	o, err := s.Object(id)
	if err == nil && o.Kind != Templates {
		err = fault.New(fault.NotFound, "there is no such template")
	}
	if err != nil {
		return nil, err
	}
	if !slices.Contains(RollOutModes(), r.Mode) {
		return nil, FieldErrors{{Field: "mode", Code: "unknown", Text: fmt.Sprintf("there is no mode %.32q", string(r.Mode))}}.orNil()
	}
	if !r.All && len(r.To) == 0 {
		return nil, FieldErrors{{Field: "to", Code: "missing", Text: "say who is to have it"}}.orNil()
	}
	list := s.flowOwners(o.Template.For, r)
	for i := range list {
		s.foresee(&list[i], &o, r)
	}
	for part := range slices.Chunk(list, rollOutChunk) {
		if err := s.rollOut(ctx, by, part, r.DryRun); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// flowOwners are those that a roll-out is for, each once, by name.
func (s *CallFlows) flowOwners(kind Kind, r RollOut) (list []RollOutResult) {
	m := s.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	add := func(id, name string) {
		list = append(list, RollOutResult{Owner: FlowOwner{kind, id}, Name: name})
	}
	wanted := make(map[string]bool)
	for _, id := range r.To {
		if user, err := jid.Parse(id); kind == Users && err == nil {
			id = user.Bare().String()
		}
		wanted[id] = true
	}
	chosen := func(id string) bool {
		is := r.All || wanted[id]
		delete(wanted, id)
		return is
	}
	switch kind {
	case Users:
		for user, e := range m.accounts {
			if id := user.String(); !e.inBin() && chosen(id) {
				add(id, cmp.Or(e.field(entryName), id))
			}
		}
	case Teams:
		for key, e := range m.objects {
			if key.kind == Teams && chosen(key.id) {
				add(key.id, e.Name)
			}
		}
	case OfMenus:
		for id, o := range m.callObjects {
			if o.Kind == Menus && chosen(id) {
				add(id, o.Name)
			}
		}
	}
	if !r.All {
		for id := range wanted {
			list = append(list, RollOutResult{Owner: FlowOwner{kind, id}, Name: id, Outcome: RollOutRefused, Why: "this does not exist"})
		}
	}
	slices.SortFunc(list, func(a, b RollOutResult) int {
		return cmp.Or(strings.Compare(fold(a.Name), fold(b.Name)), strings.Compare(a.Owner.ID, b.Owner.ID))
	})
	return list
}

// foresee finds out what a roll-out means for one.
func (s *CallFlows) foresee(one *RollOutResult, o *CallObject, r RollOut) {
	if one.Outcome == RollOutRefused {
		return
	}
	var now CallFlow
	if one.Owner.Kind == OfMenus {
		menu, _ := s.Object(one.Owner.ID)
		now, one.revision = menu.Menu.CallFlow, menu.Revision
	} else {
		f, _ := s.Get(one.Owner)
		now, one.revision = f.CallFlow, f.Revision
	}
	after, changed, skipped := o.Template.put(now, o.Actions, r.Mode, r.Again)
	switch {
	case changed:
		one.Outcome, one.after = RolledOut, after
		var bad FieldErrors
		if s.targetErrors("actions", one.Owner.ID, o.Actions, &bad); len(bad) > 0 {
			one.refuse(bad[0].Text)
		} else if !after.short() {
			one.refuse(fmt.Sprintf("a list has at most %d actions", MaxCallActions))
		}
	case skipped:
		one.Outcome = HadOthers
	default:
		one.Outcome = HadIt
	}
}

func (r *RollOutResult) refuse(why string) { r.Outcome, r.Why = RollOutRefused, why }

// rollOut changes some, as it was foreseen, unless somebody has changed them meanwhile.
func (s *CallFlows) rollOut(ctx context.Context, by jid.JID, part []RollOutResult, dry bool) error {
	return s.dir.write(ctx, by, "roll a template out", func(t *txn) error {
		if err := t.mayManage(); err != nil {
			return err
		}
		changed := false
		for i := range part {
			one := &part[i]
			if one.Outcome != RolledOut {
				continue
			}
			switch err := t.rollOut(one, dry); {
			case fault.Is(err, fault.Forbidden), fault.Is(err, fault.NotFound), fault.Is(err, fault.Conflict):
				one.refuse(err.Error())
			case err != nil:
				return err
			default:
				changed = true
			}
		}
		if dry || !changed {
			return errUnchanged
		}
		return nil
	})
}

var errMeanwhile = fault.New(fault.Conflict, "somebody has changed this meanwhile")

func (t *txn) rollOut(one *RollOutResult, dry bool) error {
	if one.Owner.Kind == OfMenus {
		menu, err := t.callObject(one.Owner.ID)
		switch {
		case err != nil:
			return err
		case menu.Revision != one.revision:
			return errMeanwhile
		case dry:
			return nil
		}
		menu.Menu.CallFlow = one.after
		return t.putCallObject(&menu)
	}
	before, err := t.flow(one.Owner)
	if err == nil && before.Revision != one.revision {
		err = errMeanwhile
	}
	if err == nil && one.Owner.Kind == Users {
		err = t.mayManageFlowOf(one.Owner)
	}
	if err != nil || dry {
		return err
	}
	if one.Owner.Kind == Users {
		if err := t.showVoicemail(one.Owner, &one.after); err != nil {
			return err
		}
	} else if _, err := t.object(Teams, one.Owner.ID); err != nil {
		return err
	}
	return t.putFlow(one.Owner, &one.after)
}

// mayManageFlowOf refuses who may not change a user.
func (t *txn) mayManageFlowOf(owner FlowOwner) error {
	record, err := t.get(jid.Canonical(owner.ID))
	if err != nil {
		return err
	}
	return t.mayManageUser(record.Role)
}
