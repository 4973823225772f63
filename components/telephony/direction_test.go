package telephony_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/call"
	"plenum/components/telephony"
)

// Records are chosen by where calls came from and went to, and by what became of them.
func TestRecordsByDirectionAndOutcome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, telephony.Config{})
		w.lines = []telephony.Line{{Trunk: "b"}}
		inside := w.calls("romeo", "13")
		w.rings("nurse1").does(t, call.Answered{})
		inside.does(t, call.Ended{Reason: call.Success})
		time.Sleep(time.Second)
		out := w.calls("romeo", "00891234")
		w.rings("b").does(t, call.Ended{Reason: call.Busy})
		out.was(t, "hangup: busy")
		time.Sleep(time.Second)
		in := w.incoming(telephony.Caller{Trunk: "a", Number: "4930777"}, "498913", call.Offer{})
		w.rings("nurse1").does(t, call.Answered{})
		in.does(t, call.Ended{Reason: call.Success})
		synctest.Wait()
		yes, no := true, false
		for _, tc := range []struct {
			q    telephony.RecordQuery
			want string // what was dialled, the newest first
		}{
			{telephony.RecordQuery{}, "13 00891234 13"},
			{telephony.RecordQuery{Direction: telephony.Internal}, "13"},
			{telephony.RecordQuery{Direction: telephony.External}, "13 00891234"},
			{telephony.RecordQuery{Direction: telephony.Inbound}, "13"},
			{telephony.RecordQuery{Direction: telephony.Outbound}, "00891234"},
			{telephony.RecordQuery{Answered: &yes}, "13 13"},
			{telephony.RecordQuery{Answered: &no}, "00891234"},
			{telephony.RecordQuery{Answered: &no, Direction: telephony.Inbound}, ""},
			{telephony.RecordQuery{Answered: &yes, Direction: telephony.External, User: user("nurse")}, "13"},
		} {
			rows, err := w.Records(context.Background(), tc.q)
			if err != nil {
				t.Fatal(err)
			}
			var dialled []string
			for _, r := range rows {
				dialled = append(dialled, r.Dialled)
			}
			if got := strings.Join(dialled, " "); got != tc.want {
				t.Errorf("%+v: %q, want %q", tc.q, got, tc.want)
			}
		}
	})
}
