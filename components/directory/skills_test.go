package directory_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"plenum/components/directory"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
)

// B9: what users can is kept with its levels, by name, on both databases, and goes with them.
func TestSkills(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		member(t, d, "juliet", directory.NoRole)
		none := d.Skills.Get(juliet)
		if none.Revision != 0 || len(none.Skills) != 0 || d.Skills.Levels(juliet) != nil {
			t.Errorf("at first she has %+v", none)
		}
		var told []directory.Change
		d.OnChange(func(c directory.Change) { told = append(told, c) })
		set, err := d.Skills.Set(ctx, operator, juliet, 0, []directory.Skill{{Name: " Spanish ", Level: 3}, {Name: "Billing", Level: 100}})
		must(t, err)
		want := []directory.Skill{{Name: "Billing", Level: 100}, {Name: "Spanish", Level: 3}}
		for _, d := range []*directory.Directory{d, open(t, db)} {
			if got := d.Skills.Get(juliet); !slices.Equal(got.Skills, want) || got.Revision == 0 || got.Revision != set.Revision {
				t.Errorf("she has %+v", got)
			}
			if got := d.Skills.Levels(juliet); !maps.Equal(got, map[string]int{"Billing": 100, "Spanish": 3}) {
				t.Errorf("her levels are %v", got)
			}
			if got := d.Skills.Names(); !slices.Equal(got, []string{"Billing", "Spanish"}) {
				t.Errorf("there are %q", got)
			}
		}
		if len(told) != 1 || told[0].Kind != directory.SkillsChanged || told[0].JID != juliet {
			t.Errorf("it is told as %+v", told)
		}
		_, err = d.Skills.Set(ctx, operator, juliet, 0, nil)
		wantKind(t, err, fault.Conflict)
		same, err := d.Skills.Set(ctx, operator, juliet, set.Revision, want)
		must(t, err)
		if same.Revision != set.Revision {
			t.Error("the same was stored again")
		}
		_, err = d.Skills.Set(ctx, juliet, juliet, directory.AnyRevision, nil)
		wantKind(t, err, fault.Forbidden)
		must(t, d.Accounts.Trash(ctx, operator, juliet))
		if got := d.Skills.Names(); len(got) > 0 {
			t.Errorf("of who is in the bin %q is left", got)
		}
		_, err = d.Skills.Set(ctx, operator, juliet, directory.AnyRevision, nil)
		wantKind(t, err, fault.NotFound)
		must(t, d.Accounts.Delete(ctx, juliet))
		member(t, d, "juliet", directory.NoRole)
		if got := d.Skills.Get(juliet); len(got.Skills) > 0 {
			t.Errorf("the next of her name has %+v", got)
		}
	})
}

func TestBadSkills(t *testing.T) {
	d := open(t, storetest.Open(t))
	member(t, d, "juliet", directory.NoRole)
	many := make([]directory.Skill, directory.MaxSkills+1)
	for i := range many {
		many[i] = directory.Skill{Name: fmt.Sprint(i), Level: 1}
	}
	for want, list := range map[string][]directory.Skill{
		"skills too_many":              many,
		"skills.0.name missing":        {{Name: " ", Level: 1}},
		"skills.1.name taken":          {{Name: "a", Level: 1}, {Name: " a", Level: 2}},
		"skills.0.level out_of_range":  {{Name: "a", Level: 0}},
		"skills.0.level out_of_range ": {{Name: "a", Level: 101}},
		"skills.0.name too_long":       {{Name: fmt.Sprintf("%065d", 1), Level: 1}},
	} {
		_, err := d.Skills.Set(ctx, operator, jid.MustParse(address("juliet")), 0, list)
		wantCodes(t, err, strings.TrimSpace(want))
	}
	for value, want := range map[string]bool{"": true, "1": true, "100": true, "0": false, "101": false, "01": false, "+1": false, "x": false, "-1": false} {
		if _, ok := directory.SkillLevel(value); ok != want {
			t.Errorf("level %q: %v", value, ok)
		}
	}
}
