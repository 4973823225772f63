package directory

import "strings"

// A LabelRule says of the label that has the name of its object what calls have it from their beginning, and who sees it. Actions set labels without one too.
type LabelRule struct {
	Shown bool      // to users, in their journals; administrators see all in the records
	Value string    `json:",omitempty"` // that calls have at their beginning; empty: they have none
	When  Condition `json:",omitzero"`  // those for which this holds then
}

func (r LabelRule) tidy() LabelRule {
	return LabelRule{Shown: r.Shown, Value: strings.TrimSpace(r.Value), When: r.When.tidy()}
}

func (in *CallObjectInput) checkLabel(bad *FieldErrors) {
	*bad = append(*bad, lineErrors("label.value", "the value", in.Label.Value, MaxLabel)...)
	if in.Label.When.Kind == LabelIs {
		bad.add("label.when.kind", "unknown", "a label does not depend on labels")
		return
	}
	in.Label.When.check("label.when.", bad)
}

// Labels are those that there is a rule for, sorted by name.
func (s *CallFlows) Labels() []CallObject { return s.Objects(Labels) }
