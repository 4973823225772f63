package telephony

import "encoding/json"

// Labels are those of a call, as JSON: an object with their values; empty for none.
type Labels string

func labelsOf(values map[string]string) Labels {
	if len(values) == 0 {
		return ""
	}
	text, err := json.Marshal(values)
	if err != nil { // strings can be written
		return ""
	}
	return Labels(text)
}

// Values are the values by the names of the labels.
func (l Labels) Values() (values map[string]string) {
	if l != "" {
		_ = json.Unmarshal([]byte(l), &values) // it was written by labelsOf; what is not has none
	}
	return values
}
