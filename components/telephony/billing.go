package telephony

import (
	"encoding/json"
	"strings"
)

// BillingGroups are the names of those in which a call is billed, as JSON: an array; empty for none.
type BillingGroups string

func billingGroups(names []string) BillingGroups {
	if len(names) == 0 {
		return ""
	}
	text, err := json.Marshal(names)
	if err != nil { // strings can be written
		return ""
	}
	return BillingGroups(text)
}

// Names are the names of the groups.
func (b BillingGroups) Names() (names []string) {
	if b != "" {
		_ = json.Unmarshal([]byte(b), &names) // it was written by billingGroups; what is not has none
	}
	return names
}

// holdsBilling is the pattern of groups of which one has a name.
func holdsBilling(name string) string {
	return "%" + escape(strings.Trim(string(billingGroups([]string{name})), "[]")) + "%"
}
