package directory

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"plenum/xmppd/fault"
)

// Limits of an import.
const (
	MaxImportBytes = 8 << 20
	MaxImportRows  = 20000 // one transaction, which others wait for: about a second
	// maxImportErrors is how many errors are listed; who has more has a mistake in every line.
	maxImportErrors = 100
)

// ImportRow is one user of a CSV file.
type ImportRow struct {
	Line                            int // in the file, from 1
	Username, Password, DisplayName string
}

// ImportError lists what is wrong with a file, line by line. Its kind is fault.Invalid.
type ImportError struct {
	Lines []LineError
	More  int // errors beyond those listed
}

// LineError is what is wrong with one line.
type LineError struct {
	Line int // from 1
	Text string
}

// Error lists all lines.
func (e *ImportError) Error() string {
	var b strings.Builder
	for i, line := range e.Lines {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "line %d: %s", line.Line, line.Text)
	}
	if e.More > 0 {
		fmt.Fprintf(&b, "\nand %d more errors", e.More)
	}
	return b.String()
}

func (e *ImportError) add(line int, err error) {
	if len(e.Lines) >= maxImportErrors {
		e.More++
		return
	}
	text := fault.Text(err)
	if text == "" {
		text = err.Error()
	}
	e.Lines = append(e.Lines, LineError{Line: line, Text: text})
}

// orNil returns e as an error of a kind, nil when it is empty.
func (e *ImportError) orNil() error {
	if len(e.Lines) == 0 {
		return nil
	}
	return fault.Wrap(fault.Invalid, e, "the file has errors; nothing was imported")
}

// columns are the header's names for the values of a row.
var columns = []string{"username", "password", "displayname"}

// ParseCSV reads users from a CSV file (RFC 4180) in UTF-8. Its first line names the columns, in any order and case: username, password,
// displayname, of which the last may be missing. A semicolon may stand for the comma, as spreadsheets write it where the comma is the decimal
// sign. All rules are applied; the error is an *ImportError with every line that breaks one.
func ParseCSV(file io.Reader) ([]ImportRow, error) {
	text, err := readText(file)
	if err != nil {
		return nil, err
	}
	header, _, _ := bytes.Cut(text, []byte("\n"))
	r := csv.NewReader(bytes.NewReader(text))
	if bytes.Count(header, []byte(";")) > bytes.Count(header, []byte(",")) {
		r.Comma = ';'
	}
	var problems ImportError
	index, err := readHeader(r)
	if err != nil {
		problems.add(1, err)
		return nil, problems.orNil()
	}
	rows := readRows(r, index, &problems)
	checkRows(rows, &problems)
	if err := problems.orNil(); err != nil {
		return nil, err
	}
	return rows, nil
}

func readText(file io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(file, MaxImportBytes+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read file: %w", err)
	case len(text) > MaxImportBytes:
		return nil, fault.Newf(fault.Invalid, "the file is larger than %d MiB", MaxImportBytes>>20)
	case !utf8.Valid(text):
		return nil, fault.New(fault.Invalid, "the file is not in UTF-8: save it as \"CSV UTF-8\"")
	}
	return bytes.TrimPrefix(text, []byte("\ufeff")), nil
}

// readHeader returns at which field each of columns stands, -1 for a missing one.
func readHeader(r *csv.Reader) ([]int, error) {
	fields, err := r.Read()
	if err != nil {
		return nil, fault.New(fault.Invalid, "there is no header line with the names of the columns")
	}
	index := slices.Repeat([]int{-1}, len(columns))
	for i, name := range fields {
		column := slices.Index(columns, strings.ToLower(strings.TrimSpace(name)))
		switch {
		case column < 0:
			return nil, fault.Newf(fault.Invalid, "column %.64q is not known: columns are %s", name, strings.Join(columns, ", "))
		case index[column] >= 0:
			return nil, fault.Newf(fault.Invalid, "column %s is there twice", columns[column])
		}
		index[column] = i
	}
	for column, required := range []bool{true, true, false} {
		if required && index[column] < 0 {
			return nil, fault.Newf(fault.Invalid, "column %s is missing", columns[column])
		}
	}
	return index, nil
}

func readRows(r *csv.Reader, index []int, problems *ImportError) []ImportRow {
	var rows []ImportRow
	for {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows
		}
		// A file in memory has no other errors than these.
		if parse, ok := errors.AsType[*csv.ParseError](err); ok {
			problems.add(parse.StartLine, parse.Err)
			if !errors.Is(err, csv.ErrFieldCount) {
				return rows // a quote that is not closed makes nonsense of what follows
			}
			continue
		}
		line, _ := r.FieldPos(0)
		if len(rows) == MaxImportRows {
			problems.add(line, fault.Newf(fault.Limit, "more than %d users at once", MaxImportRows))
			return rows
		}
		row := ImportRow{Line: line, Username: strings.TrimSpace(fields[index[0]]), Password: fields[index[1]]}
		if index[2] >= 0 {
			row.DisplayName = strings.TrimSpace(fields[index[2]])
		}
		rows = append(rows, row)
	}
}

func checkRows(rows []ImportRow, problems *ImportError) {
	first := make(map[string]int, len(rows))
	for _, row := range rows {
		for _, err := range []error{CheckLoginName(row.Username), CheckPassword(row.Password), CheckDisplayName(row.DisplayName)} {
			if err != nil {
				problems.add(row.Line, err)
			}
		}
		if line, ok := first[row.Username]; ok {
			problems.add(row.Line, fault.Newf(fault.Invalid, "login name %s stands in line %d too", row.Username, line))
		} else {
			first[row.Username] = row.Line
		}
	}
}
