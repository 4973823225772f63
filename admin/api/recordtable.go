package api

import (
	"context"
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"time"

	"plenum/components/directory"
	"plenum/components/telephony"
)

// recordColumns are those of the table.
var recordColumns = []string{"id", "chain", "parent", "began", "answered", "ended", "seconds", "direction",
	"caller_user", "caller_name", "caller_number", "caller_device", "caller_location", "caller_trunk",
	"callee_user", "callee_name", "callee_number", "callee_device", "callee_location", "callee_trunk",
	"dialled", "prefix", "team", "via", "via_detail", "result", "result_detail", "reason", "voicemail", "missed", "labels", "billing"}

// recordTable writes all records that are chosen, of which there may be millions: it has a few hundred of them in memory at a time.
func (a *API) recordTable(_ context.Context, req recordTableRequest) (file, error) {
	q, err := req.query()
	if err != nil {
		return file{}, err
	}
	return file{Name: "calls-" + time.Now().UTC().Format("2006-01-02") + ".csv", Write: func(ctx context.Context, out io.Writer, sent func() error) error {
		w := csv.NewWriter(out)
		if err := w.Write(recordColumns); err != nil {
			return err
		}
		for {
			list, err := a.Calls.Records(ctx, q)
			if err != nil {
				return err
			}
			for _, r := range list {
				if err := w.Write(cellsOf(a.recordOf(r))); err != nil {
					return err
				}
			}
			w.Flush()
			if err := w.Error(); err != nil {
				return err
			}
			if err := sent(); err != nil || len(list) < telephony.MaxRecords {
				return err
			}
			q.Before = list[len(list)-1].ID
		}
	}}, nil
}

func cellsOf(r CallRecord) []string {
	row := []string{r.ID, r.Chain, r.Parent, timeText(&r.Began), timeText(r.Answered), timeText(r.Ended), strconv.Itoa(r.Seconds), r.Direction}
	for _, p := range []CallParty{r.Caller, r.Callee} {
		row = append(row, p.User, p.Name, p.Number, p.Device, p.Location, p.Trunk)
	}
	row = append(row, r.Dialled, r.Prefix, r.TeamName, r.Via, r.By, r.Result, r.Detail, r.Reason, r.Voicemail, strconv.FormatBool(r.Missed), labelText(r.Labels), strings.Join(r.Billing, "; "))
	for i := range row {
		row[i] = harmless(row[i])
	}
	return row
}

func labelText(list []LabelValue) string {
	var all []string
	for _, l := range list {
		all = append(all, l.Name+"="+l.Value)
	}
	return strings.Join(all, "; ")
}

func timeText(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// harmless keeps a spreadsheet from taking what a caller has called himself for a formula. A full number stays one.
func harmless(cell string) string {
	if cell == "" || !strings.ContainsRune("=+-@\t\r", rune(cell[0])) || directory.IsE164(cell) {
		return cell
	}
	return "'" + cell
}
