package directory_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"plenum/components/directory"
	"plenum/xmppd/fault"
)

func TestParseCSV(t *testing.T) {
	juliet := directory.ImportRow{Line: 2, Username: "juliet", Password: "Wherefore4", DisplayName: "Juliet C."}
	romeo := directory.ImportRow{Line: 3, Username: "romeo", Password: "Art;thou,5"}
	tests := []struct {
		name, text string
		rows       []directory.ImportRow
		problems   string
	}{
		{"commas", "username,password,displayname\njuliet,Wherefore4,Juliet C.\nromeo,\"Art;thou,5\",\n", []directory.ImportRow{juliet, romeo}, ""},
		{"semicolons, other order, a byte order mark and CRLF", "\ufeffDisplayName; USERNAME ;password\r\nJuliet C.; juliet ;Wherefore4\r\n",
			[]directory.ImportRow{juliet}, ""},
		{"no display names", "username,password\nromeo,Wherefore4\n", []directory.ImportRow{{Line: 2, Username: "romeo", Password: "Wherefore4"}}, ""},
		{"blanks of a password stay", "username,password\nromeo, Where fore4 \n",
			[]directory.ImportRow{{Line: 2, Username: "romeo", Password: " Where fore4 "}}, ""},
		{"lines are counted across breaks in quotes", "username,password,displayname\n\njuliet,Wherefore4,\"a\nb\"\nX,Wherefore4,\n", nil,
			"line 3: the display name has characters that cannot be shown\nline 5: the login name must begin with a lower-case letter"},
		{"a header alone has no rows", "username,password\n", nil, ""},
		{"an empty file", "", nil, "line 1: there is no header line with the names of the columns"},
		{"a missing column", "username,displayname\n", nil, "line 1: column password is missing"},
		{"an unknown column", "username,password,shoesize\n", nil,
			`line 1: column "shoesize" is not known: columns are username, password, displayname`},
		{"a column twice", "username,password,username\n", nil, "line 1: column username is there twice"},
		{"everything wrong is told at once", "username,password\nJuliet,short\nromeo,Wherefore4\nromeo,Wherefore4\nnurse\n", nil,
			"line 5: wrong number of fields\n" +
				"line 2: the login name must begin with a lower-case letter\n" +
				"line 2: the password needs at least 8 characters, an upper-case letter and a digit\n" +
				"line 4: login name romeo stands in line 3 too"},
		{"a quote that is not closed", "username,password\nromeo,\"Wherefore4\n", nil, "line 2: extraneous or missing \" in quoted-field"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rows, err := directory.ParseCSV(strings.NewReader(test.text))
			if !reflect.DeepEqual(rows, test.rows) {
				t.Errorf("rows are %+v", rows)
			}
			wantProblems(t, err, test.problems)
		})
	}
	_, err := directory.ParseCSV(strings.NewReader("username,password\nm\xfcller,x"))
	wantInvalid(t, err, `the file is not in UTF-8: save it as "CSV UTF-8"`)
	_, err = directory.ParseCSV(strings.NewReader(strings.Repeat("x", directory.MaxImportBytes+1)))
	wantInvalid(t, err, "the file is larger than 8 MiB")
	_, err = directory.ParseCSV(strings.NewReader("username,password\n" + strings.Repeat("X,Wherefore4\n", 150)))
	if problems, ok := errors.AsType[*directory.ImportError](err); !ok || len(problems.Lines) != 100 || problems.More != 199 {
		t.Errorf("error is %v", err)
	}
}

// wantProblems expects an *ImportError with these lines.
func wantProblems(t *testing.T, err error, want string) {
	t.Helper()
	if want == "" {
		if err != nil {
			t.Error(err)
		}
		return
	}
	problems, ok := errors.AsType[*directory.ImportError](err)
	if !ok || problems.Error() != want || !fault.Is(err, fault.Invalid) {
		t.Errorf("error is\n%v\nwant\n%s", err, want)
	}
}

func FuzzParseCSV(f *testing.F) {
	f.Add("username,password,displayname\njuliet,Wherefore4,Juliet C.\n")
	f.Add("displayname;username;password\n\"a\"\"b\";x;\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		rows, err := directory.ParseCSV(strings.NewReader(text))
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("error has no kind: %v", err)
			}
			return
		}
		for _, row := range rows {
			if directory.CheckLoginName(row.Username) != nil || directory.CheckPassword(row.Password) != nil {
				t.Errorf("accepted %+v", row)
			}
		}
	})
}
