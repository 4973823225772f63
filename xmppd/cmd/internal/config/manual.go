package config

import (
	"fmt"
	"io"
	"reflect"
	"strings"
)

// commentWidth is where the lines of a comment are broken.
const commentWidth = 100

// Describe writes the file as an example: each key with its manual, commented out, with its default. The target is a
// pointer to a struct; what it holds, completed by its Validate methods, is shown as defaults.
func Describe(out io.Writer, target any) error {
	var b strings.Builder
	walk(target, func(s section) {
		if s.name != "" {
			b.WriteString("\n")
			comment(&b, s.doc)
			switch {
			case s.list:
				fmt.Fprintf(&b, "#[[%s]]\n", s.name)
			case len(s.fields) > 0 || s.free:
				fmt.Fprintf(&b, "[%s]\n", s.name)
			}
		}
		for _, f := range s.fields {
			comment(&b, f.doc)
			fmt.Fprintf(&b, "#%s = %s\n", f.key, literal(f.value))
		}
	})
	_, err := io.WriteString(out, b.String())
	return err
}

// Reference writes the same manual as Markdown: a table of keys for each table of the file.
func Reference(out io.Writer, target any) error {
	var b strings.Builder
	walk(target, func(s section) {
		switch {
		case s.list:
			fmt.Fprintf(&b, "\n## `[[%s]]`\n\n%s\n", s.name, s.doc)
		case s.name != "":
			fmt.Fprintf(&b, "\n## `[%s]`\n\n%s\n", s.name, s.doc)
		}
		if len(s.fields) > 0 {
			b.WriteString("\n| key | when not set | meaning |\n|---|---|---|\n")
		}
		for _, f := range s.fields {
			fmt.Fprintf(&b, "| `%s` | `%s` | %s |\n", f.key, literal(f.value), strings.ReplaceAll(f.doc, "|", `\|`))
		}
	})
	_, err := io.WriteString(out, b.String())
	return err
}

// A section is one table of the file.
type section struct {
	name, doc string
	list      bool // it is an array of tables
	free      bool // its keys are free
	fields    []field
}

// walk visits the tables of the file, each after the one it stands in.
func walk(target any, visit func(section)) {
	v := reflect.New(reflect.TypeOf(target).Elem()).Elem()
	v.Set(reflect.ValueOf(target).Elem())
	fillDefaults(v)
	walkTable(section{}, v, visit)
}

func walkTable(s section, v reflect.Value, visit func(section)) {
	var below []func()
	for f := range fields(v) {
		inner := section{name: strings.TrimPrefix(s.name+"."+f.key, "."), doc: f.doc}
		switch kind := f.value.Kind(); {
		case kind == reflect.Struct:
			below = append(below, func() { walkTable(inner, f.value, visit) })
		case kind == reflect.Map:
			inner.free = true
			below = append(below, func() { visit(inner) })
		case kind == reflect.Slice && f.value.Type().Elem().Kind() == reflect.Struct:
			inner.list = true
			below = append(below, func() { walkTable(inner, reflect.New(f.value.Type().Elem()).Elem(), visit) })
		default:
			s.fields = append(s.fields, f)
		}
	}
	visit(s)
	for _, f := range below {
		f()
	}
}

// fillDefaults lets the Validate methods complete what is empty; what they find wrong with emptiness does not matter.
func fillDefaults(v reflect.Value) {
	if v.Kind() != reflect.Struct {
		return
	}
	for f := range fields(v) {
		fillDefaults(f.value)
	}
	if c, ok := v.Addr().Interface().(interface{ Validate() error }); ok {
		_ = c.Validate()
	}
}

func comment(b *strings.Builder, text string) {
	line := "#"
	for word := range strings.FieldsSeq(text) {
		if len(line)+1+len(word) > commentWidth && line != "#" {
			b.WriteString(line + "\n")
			line = "#"
		}
		line += " " + word
	}
	if line != "#" {
		b.WriteString(line + "\n")
	}
}
