package directory

import (
	"context"
	"errors"
	"io"
	"runtime"
	"sync"
	"sync/atomic"

	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/sasl"
)

// ImportOptions of Import.
type ImportOptions struct {
	Domain string // of the new accounts
	// Overwrite replaces password and display name of accounts that exist. Without it they are errors.
	Overwrite bool
}

// ImportResult counts what an import did.
type ImportResult struct{ Created, Replaced int }

// Import makes accounts from a CSV file (see ParseCSV): all of them, or none when a line has an error. That error is an *ImportError.
func (a *Accounts) Import(ctx context.Context, file io.Reader, options ImportOptions) (ImportResult, error) {
	rows, err := ParseCSV(file)
	if err != nil {
		return ImportResult{}, err
	}
	records, err := a.importRecords(rows, options.Domain)
	if err != nil {
		return ImportResult{}, err
	}
	if !options.Overwrite {
		// A first look, before minutes of hashing; the transaction decides.
		if err := a.refuseExisting(ctx, rows, records); err != nil {
			return ImportResult{}, err
		}
	}
	if err := a.deriveAll(ctx, rows, records); err != nil {
		return ImportResult{}, err
	}
	var created, replaced int
	err = a.dir.write(ctx, jid.JID{}, "import accounts", func(t *txn) (err error) {
		created, replaced, err = t.create(records, options.Overwrite)
		return err
	})
	if exists, ok := errors.AsType[*ExistsError](err); ok {
		return ImportResult{}, existing(rows, records, exists)
	}
	if err != nil {
		return ImportResult{}, err
	}
	return ImportResult{Created: created, Replaced: replaced}, nil
}

// importRecords makes records without keys, one for each row.
func (a *Accounts) importRecords(rows []ImportRow, domain string) ([]Record, error) {
	records := make([]Record, len(rows))
	var problems ImportError
	for i, row := range rows {
		address, err := jid.New(row.Username, domain, "")
		if err == nil {
			records[i], err = a.newRecord(NewAccount{JID: address, Password: row.Password, DisplayName: row.DisplayName})
		}
		if err != nil {
			problems.add(row.Line, err)
		}
	}
	return records, problems.orNil()
}

func (a *Accounts) refuseExisting(ctx context.Context, rows []ImportRow, records []Record) error {
	var taken []jid.JID
	for _, record := range records {
		if _, err := a.Get(ctx, record.JID); err == nil {
			taken = append(taken, record.JID)
		}
	}
	return existing(rows, records, &ExistsError{JIDs: taken})
}

// existing names the lines whose accounts exist; nil when there are none. They have the order of the records.
func existing(rows []ImportRow, records []Record, exists *ExistsError) error {
	var problems ImportError
	taken := exists.JIDs
	for i, record := range records {
		if len(taken) > 0 && record.JID == taken[0] {
			problems.add(rows[i].Line, fault.New(fault.Conflict, exists.about(record.JID)))
			taken = taken[1:]
		}
	}
	return problems.orNil()
}

// deriveAll makes the keys, some 10 ms of one core for each user, on half of the cores: the server goes on meanwhile.
func (a *Accounts) deriveAll(ctx context.Context, rows []ImportRow, records []Record) error {
	var next atomic.Int64
	var workers sync.WaitGroup
	errs := make([]error, len(rows))
	for range max(1, runtime.GOMAXPROCS(0)/2) {
		workers.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(rows) {
					return
				}
				records[i].Keys, errs[i] = sasl.DeriveKeys(rows[i].Password, a.Iterations())
			}
		})
	}
	workers.Wait()
	if err := ctx.Err(); err != nil {
		return err
	}
	var problems ImportError
	for i, err := range errs {
		if err != nil {
			problems.add(rows[i].Line, err)
		}
	}
	return problems.orNil()
}
