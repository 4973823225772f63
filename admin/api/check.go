package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"plenum/xmppd/jid"
)

// Codes of fields that do not fit their schema. Rules of the services have codes of their own.
const (
	codeMissing = "missing"
	codeUnknown = "unknown_field"
	codeType    = "wrong_type"
	codeEnum    = "not_allowed"
	codeFormat  = "malformed"
	codeLength  = "too_long"
	codeRange   = "out_of_range"
)

// maxFieldErrors is how many faults of one request are told; nobody mends more at once.
const maxFieldErrors = 100

// checker holds a decoded value against a schema and collects what does not fit.
type checker struct {
	schemas schemas
	errs    []FieldError
}

// decode reads one JSON value, as checker wants it: numbers stay text.
func decode(text []byte) (any, error) {
	if !utf8.Valid(text) {
		return nil, errors.New("not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("text after the value")
	}
	return v, nil
}

func (c *checker) fail(field, code, format string, args ...any) {
	if len(c.errs) < maxFieldErrors {
		c.errs = append(c.errs, FieldError{Field: field, Code: code, Text: fmt.Sprintf(format, args...)})
	}
}

func (c *checker) check(field string, s *Schema, v any) {
	s = c.schemas.resolve(s)
	switch s.Type {
	case "object":
		c.object(field, s, v)
	case "array":
		c.array(field, s, v)
	case "string":
		c.text(field, s, v)
	case "boolean":
		if _, ok := v.(bool); !ok {
			c.fail(field, codeType, "want true or false")
		}
	case "integer", "number":
		c.number(field, s, v)
	}
}

func (c *checker) object(field string, s *Schema, v any) {
	m, ok := v.(map[string]any)
	if !ok {
		c.fail(field, codeType, "want an object")
		return
	}
	for _, name := range s.Required {
		if _, ok := m[name]; !ok {
			c.fail(join(field, name), codeMissing, "the field is missing")
		}
	}
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if p := s.Properties[name]; p == nil {
			c.fail(join(field, shorten(name)), codeUnknown, "there is no such field")
		} else {
			c.check(join(field, name), p, m[name])
		}
	}
}

func (c *checker) array(field string, s *Schema, v any) {
	list, ok := v.([]any)
	switch {
	case !ok:
		c.fail(field, codeType, "want a list")
	case len(list) > s.MaxItems:
		c.fail(field, codeLength, "at most %d elements", s.MaxItems)
	default:
		for i, item := range list {
			if len(c.errs) >= maxFieldErrors {
				return
			}
			c.check(join(field, strconv.Itoa(i)), s.Items, item)
		}
	}
}

func (c *checker) text(field string, s *Schema, v any) {
	text, ok := v.(string)
	switch {
	case !ok:
		c.fail(field, codeType, "want a text")
	case s.MaxLength > 0 && utf8.RuneCountInString(text) > s.MaxLength:
		c.fail(field, codeLength, "at most %d characters", s.MaxLength)
	case strings.ContainsRune(text, 0):
		c.fail(field, codeFormat, "it has a character that cannot be stored")
	case len(s.Enum) > 0 && !slices.Contains(s.Enum, text):
		c.fail(field, codeEnum, "want one of: %s", strings.Join(s.Enum, ", "))
	case s.Format == "jid":
		if _, err := jid.Parse(text); err != nil {
			c.fail(field, codeFormat, "this is no address")
		}
	case s.Format == "date-time":
		if _, err := time.Parse(time.RFC3339, text); err != nil {
			c.fail(field, codeFormat, "want a time as in RFC 3339")
		}
	}
}

func (c *checker) number(field string, s *Schema, v any) {
	number, ok := v.(json.Number)
	if !ok {
		c.fail(field, codeType, "want a number")
		return
	}
	if s.Type == "number" {
		return
	}
	n, err := strconv.ParseInt(number.String(), 10, 64)
	switch {
	case err != nil:
		c.fail(field, codeType, "want a whole number")
	case s.Minimum != nil && n < int64(*s.Minimum), s.Maximum != nil && n > int64(*s.Maximum):
		c.fail(field, codeRange, "want a number from %d to %d", *s.Minimum, *s.Maximum)
	}
}

func join(field, name string) string {
	if field == "" {
		return name
	}
	return field + "." + name
}

// shorten keeps a name that the asker made up from filling the answer.
func shorten(name string) string {
	const longest = 40
	if utf8.RuneCountInString(name) <= longest {
		return name
	}
	return string([]rune(name)[:longest]) + "…"
}
