// Package config reads a TOML file into structs, and writes the manual of the file from the same structs.
//
// A field with a `toml` tag is a key, and its `doc` tag says in full sentences what it does, with unit and default. A
// struct is a table, a slice of structs an array of tables, a map of strings a table with free keys, a time.Duration a
// string such as "30s". The zero value stands for the default. A struct may have a method Validate() error; each line
// of its error is one fault, and may begin with the key it is about: "queue_rows: must not be negative".
package config

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// A Fault is something wrong with a file, on a line when that is known (0 when not).
type Fault struct {
	File string
	Line int
	Key  string // with its tables: "xmpp.domains"
	Text string
}

func (f *Fault) Error() string {
	var b strings.Builder
	b.WriteString(f.File)
	if f.Line > 0 {
		fmt.Fprintf(&b, ":%d", f.Line)
	}
	if f.Key != "" {
		b.WriteString(": " + f.Key)
	}
	return b.String() + ": " + f.Text
}

// Load reads text, the contents of file, into target, a pointer to a struct, and validates it. The error joins one
// *Fault for each thing that is wrong.
func Load(file string, text []byte, target any) error {
	var plain map[string]any
	if err := toml.Unmarshal(text, &plain); err != nil {
		return syntaxFault(file, err)
	}
	d := document{file: file, lines: make(map[string]int)}
	root := place{value: reflect.ValueOf(target).Elem()}
	d.parser.Reset(text)
	table, known := root, true
	for d.parser.NextExpression() {
		switch e := d.parser.Expression(); e.Kind {
		case unstable.Table, unstable.ArrayTable:
			table, known = d.open(root, e)
		case unstable.KeyValue:
			if known {
				d.keyValue(table, e)
			}
		}
	}
	d.validate(root)
	return errors.Join(d.faults...)
}

// Validate checks a target that was not filled from a file; its faults have the file's name and no line.
func Validate(file string, target any) error {
	d := document{file: file, lines: make(map[string]int)}
	d.validate(place{value: reflect.ValueOf(target).Elem()})
	return errors.Join(d.faults...)
}

func syntaxFault(file string, err error) error {
	var where *toml.DecodeError
	if !errors.As(err, &where) {
		return &Fault{File: file, Text: err.Error()}
	}
	line, _ := where.Position()
	return &Fault{File: file, Line: line, Key: strings.Join(where.Key(), "."), Text: strings.TrimPrefix(where.Error(), "toml: ")}
}

// A document is a file while it is read.
type document struct {
	file   string
	parser unstable.Parser
	lines  map[string]int // of keys and tables, by path
	faults []error
}

// A place is a value that the file can fill, and the path of keys that leads to it.
type place struct {
	value reflect.Value
	path  string
}

func (p place) at(key string) string {
	if p.path == "" {
		return key
	}
	return p.path + "." + key
}

func (d *document) fault(line int, path, format string, args ...any) {
	d.faults = append(d.faults, &Fault{d.file, line, path, fmt.Sprintf(format, args...)})
}

// open follows a table's header. It reports false, once, for a table that nobody knows.
func (d *document) open(root place, e *unstable.Node) (place, bool) {
	at := root
	for it := e.Key(); it.Next(); {
		next, ok := d.step(at, it.Node())
		if !ok {
			return at, false
		}
		if at = next; at.value.Kind() != reflect.Slice {
			continue
		}
		if e.Kind == unstable.ArrayTable && it.IsLast() {
			at.value.Set(reflect.Append(at.value, reflect.Zero(at.value.Type().Elem())))
		}
		if at.value.Len() == 0 {
			d.fault(d.line(it.Node()), at.path, "write [[%s]]: it is a list of tables", at.path)
			return at, false
		}
		at.value = at.value.Index(at.value.Len() - 1)
	}
	if kind := at.value.Kind(); kind != reflect.Struct && kind != reflect.Map {
		d.fault(d.lines[at.path], at.path, "is a value, not a table: write %s = …", at.path)
		return at, false
	}
	return at, true
}

// step goes from a struct to the field that a key names.
func (d *document) step(at place, key *unstable.Node) (place, bool) {
	name := string(key.Data)
	path := at.at(name)
	if at.value.Kind() == reflect.Struct {
		if field, ok := fieldByKey(at.value, name); ok {
			d.lines[path] = d.line(key)
			return place{field, path}, true
		}
		d.fault(d.line(key), path, "there is no such setting%s", suggestion(at.value, name))
		return at, false
	}
	d.fault(d.line(key), path, "there is no such setting: %s is a value, not a table", at.path)
	return at, false
}

func (d *document) line(key *unstable.Node) int {
	return d.parser.Shape(key.Raw).Start.Line
}

// keyValue assigns one "key = value", whose key may have dots.
func (d *document) keyValue(table place, e *unstable.Node) {
	at := table
	for it := e.Key(); it.Next(); {
		if it.IsLast() && at.value.Kind() == reflect.Map {
			d.putInMap(at, it.Node(), e.Value())
			return
		}
		next, ok := d.step(at, it.Node())
		if !ok {
			return
		}
		at = next
	}
	d.set(at, e.Value())
}

func (d *document) putInMap(at place, key, value *unstable.Node) {
	element := place{reflect.New(at.value.Type().Elem()).Elem(), at.at(string(key.Data))}
	d.lines[element.path] = d.line(key)
	d.set(element, value)
	if at.value.IsNil() {
		at.value.Set(reflect.MakeMap(at.value.Type()))
	}
	at.value.SetMapIndex(reflect.ValueOf(string(bytes.Clone(key.Data))), element.value)
}

// validate asks each struct for its faults, the inner ones first.
func (d *document) validate(at place) {
	switch at.value.Kind() {
	case reflect.Struct:
		for f := range fields(at.value) {
			d.validate(place{f.value, at.at(f.key)})
		}
	case reflect.Slice:
		for i := range at.value.Len() {
			d.validate(place{at.value.Index(i), at.path})
		}
		return
	default:
		return
	}
	v, ok := at.value.Addr().Interface().(interface{ Validate() error })
	if !ok {
		return
	}
	err := v.Validate()
	if err == nil {
		return
	}
	for text := range strings.Lines(err.Error()) {
		path, text := d.blame(at, strings.TrimSpace(text))
		d.fault(d.lines[path], path, "%s", text)
	}
}

// blame finds the key that a validation error begins with. An error without one is about the table.
func (d *document) blame(at place, text string) (path, rest string) {
	key, rest, found := strings.Cut(text, ": ")
	if found {
		if path := at.at(key); d.lines[path] > 0 || hasPath(at.value, key) {
			return path, rest
		}
		if key == at.path {
			return at.path, rest
		}
	}
	return at.path, text
}
