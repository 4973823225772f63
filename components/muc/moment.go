package muc

import "time"

// moment is a time in milliseconds since 1970, as the store has it; 0 is none.
type moment int64

func now() moment { return moment(time.Now().UnixMilli()) }

// String is the time as XEP-0082 writes it.
func (m moment) String() string {
	return time.UnixMilli(int64(m)).UTC().Format("2006-01-02T15:04:05.000Z")
}

// parseMoment reads a DateTime of XEP-0082.
func parseMoment(s string) (moment, bool) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return 0, false
	}
	return moment(t.UnixMilli()), true
}
