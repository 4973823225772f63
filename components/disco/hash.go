package disco

import (
	"cmp"
	"crypto/sha1"
	"encoding/base64"
	"slices"
	"strings"

	"plenum/xmppd/dataform"
)

// Hash is the verification string with SHA-1 (XEP-0115#ver-gen). It is empty for an answer that must not be hashed because something
// stands in it twice (XEP-0115#ver-proc), and for one whose values contain what separates them in the hashed text: two such answers
// could have the same hash without a collision (XEP-0115#security-preimage).
func (i *Info) Hash() string {
	var h hashText
	identities := slices.SortedFunc(slices.Values(i.Identities), func(a, b Identity) int {
		return cmp.Or(strings.Compare(a.Category, b.Category), strings.Compare(a.Type, b.Type),
			strings.Compare(a.Lang, b.Lang), strings.Compare(a.Name, b.Name))
	})
	h.bad = hasTwice(identities)
	for _, id := range identities {
		h.bad = h.bad || strings.Contains(id.Category+id.Type+id.Lang, "/")
		h.add(id.Category + "/" + id.Type + "/" + id.Lang + "/" + id.Name)
	}
	features := slices.Sorted(slices.Values(i.Features))
	h.bad = h.bad || hasTwice(features)
	h.add(features...)
	h.forms(i.Forms)
	if h.bad {
		return ""
	}
	sum := sha1.Sum([]byte(h.text.String()))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// hasTwice reports whether a sorted list has something twice.
func hasTwice[E comparable](sorted []E) bool {
	return len(slices.Compact(slices.Clone(sorted))) != len(sorted)
}

// hashText is what is hashed.
type hashText struct {
	text strings.Builder
	bad  bool // must not be hashed
}

func (h *hashText) add(parts ...string) {
	for _, p := range parts {
		h.bad = h.bad || strings.Contains(p, "<")
		h.text.WriteString(p)
		h.text.WriteByte('<')
	}
}

// forms adds the forms that say what they are.
func (h *hashText) forms(forms []*dataform.Form) {
	var typed []*dataform.Form
	for _, f := range forms {
		ft := f.Field("FORM_TYPE")
		if ft == nil || ft.Type != dataform.Hidden || len(ft.Values) == 0 {
			continue
		}
		h.bad = h.bad || len(slices.Compact(slices.Clone(ft.Values))) > 1
		typed = append(typed, f)
	}
	slices.SortFunc(typed, func(a, b *dataform.Form) int { return strings.Compare(a.FormType(), b.FormType()) })
	for i, f := range typed {
		h.bad = h.bad || i > 0 && f.FormType() == typed[i-1].FormType()
		h.add(f.FormType())
		fields := slices.Clone(f.Fields)
		slices.SortFunc(fields, func(a, b dataform.Field) int { return strings.Compare(a.Var, b.Var) })
		for _, x := range fields {
			if x.Var != "FORM_TYPE" {
				h.add(x.Var)
				h.add(slices.Sorted(slices.Values(x.Values))...)
			}
		}
	}
}
