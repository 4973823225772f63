package archive_test

import (
	"math"
	"testing"
	"time"

	"plenum/components/archive"
)

func TestIDsGrowAndKeepTheTime(t *testing.T) {
	e := &archive.Engine{}
	before := time.Now().UTC().Truncate(time.Millisecond)
	last := archive.ID(0)
	for range 100_000 {
		id := e.NextID()
		if id <= last {
			t.Fatalf("%d after %d", id, last)
		}
		last = id
	}
	if at := e.NextID().Time(); at.Before(before) || at.After(time.Now().Add(time.Second)) {
		t.Errorf("100,000 ids from %v on end at %v", before, at)
	}
}

func TestIDsOfTwoNodesDiffer(t *testing.T) {
	a, b := &archive.Engine{}, &archive.Engine{}
	seen := map[archive.ID]bool{}
	twice := 0
	for range 2000 {
		for _, id := range []archive.ID{a.NextID(), b.NextID()} {
			if seen[id] {
				twice++
			}
			seen[id] = true
		}
	}
	if twice > 100 { // both make one each half a microsecond here
		t.Errorf("%d of 4000 ids were given twice", twice)
	}
}

func TestParseID(t *testing.T) {
	for s, want := range map[string]archive.ID{
		"1": 1, "9223372036854775807": math.MaxInt64,
		"": 0, "0": 0, "-1": 0, "+1": 0, "01": 0, " 1": 0, "1 ": 0, "0x1": 0, "9223372036854775808": 0, "one": 0, "1;DROP TABLE archive": 0,
	} {
		if id, ok := archive.ParseID(s); ok != (want != 0) || ok && (id != want || id.String() != s) {
			t.Errorf("%q: got %d, %v", s, id, ok)
		}
	}
}
