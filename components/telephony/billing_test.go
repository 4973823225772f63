package telephony

import (
	"slices"
	"strings"
	"testing"

	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
)

// a record says in which groups it is billed, under the names that they had then, and is found by them.
func TestRecordsByBillingGroup(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newRecords(t, db)
		groups := map[RecordParty][]string{romeo: {`The "Montagues", 100%`, "Verona"}, juliet: {"Verona"}}
		w.ledger.billing = func(r *Record) []string { return append(slices.Clone(groups[r.Caller]), groups[r.Callee]...) }
		mixed := w.call(romeo, paris, nil)
		town := w.call(paris, juliet, nil)
		w.call(nurse, paris, nil)
		groups = nil
		w.call(romeo, nurse, nil)
		for name, want := range map[string][]string{
			"": nil, "Verona": {town.ID, mixed.ID}, `The "Montagues", 100%`: {mixed.ID}, "Montagues": {}, "100%": {}, "Vero": {}, `Verona","x`: {}, "%": {}, "V_rona": {},
		} {
			list, err := w.Records(t.Context(), RecordQuery{Billing: name})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range list {
				got = append(got, r.ID)
			}
			if name == "" {
				if len(got) != 4 || strings.Join(list[3].Billing.Names(), "; ") != `The "Montagues", 100%; Verona` || list[0].Billing.Names() != nil {
					t.Errorf("all: %+v", list)
				}
			} else if !slices.Equal(got, want) {
				t.Errorf("billed in %q: %q, want %q", name, got, want)
			}
		}
	})
}
