package api

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"plenum/xmppd/jid"
)

// Schema is as much of JSON Schema 2020-12 as our types need. The document shows it, and check holds each request against it: what is said is
// what is enforced.
type Schema struct {
	Ref                  string             `json:"$ref,omitempty"`
	Type                 string             `json:"type,omitempty"`
	Format               string             `json:"format,omitempty"`
	Description          string             `json:"description,omitempty"`
	Enum                 []string           `json:"enum,omitempty"`
	Default              any                `json:"default,omitempty"`
	Minimum              *int               `json:"minimum,omitempty"`
	Maximum              *int               `json:"maximum,omitempty"`
	MaxLength            int                `json:"maxLength,omitempty"`
	MaxItems             int                `json:"maxItems,omitempty"`
	Items                *Schema            `json:"items,omitempty"`
	Properties           map[string]*Schema `json:"properties,omitempty"`
	Required             []string           `json:"required,omitempty"`
	AdditionalProperties *bool              `json:"additionalProperties,omitempty"`
}

// Limits of what a request may hold, above what any rule allows: they keep the work on nonsense small.
const (
	maxText  = 4096  // characters of a string
	maxItems = 20000 // elements of a list: all users of a large organisation
)

const refPrefix = "#/components/schemas/"

// schemas makes and keeps the schemas of named types.
type schemas map[string]*Schema

var (
	timeType = reflect.TypeFor[time.Time]()
	jidType  = reflect.TypeFor[jid.JID]()
	textType = reflect.TypeFor[encoding.TextMarshaler]()
)

// of returns the schema of a type; structs become components and are referred to.
func (s schemas) of(t reflect.Type) *Schema {
	switch {
	case t == timeType:
		return &Schema{Type: "string", Format: "date-time"}
	case t == jidType:
		return &Schema{Type: "string", Format: "jid", MaxLength: maxText}
	case t.Kind() != reflect.Pointer && t.Implements(textType):
		return &Schema{Type: "string", MaxLength: maxText}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return s.of(t.Elem())
	case reflect.String:
		return &Schema{Type: "string", MaxLength: maxText}
	case reflect.Bool:
		return &Schema{Type: "boolean"}
	case reflect.Int, reflect.Int64:
		return &Schema{Type: "integer", Format: "int64"}
	case reflect.Float64:
		return &Schema{Type: "number"}
	case reflect.Slice:
		return &Schema{Type: "array", Items: s.of(t.Elem()), MaxItems: maxItems}
	case reflect.Struct:
		return s.component(t)
	}
	panic(fmt.Sprintf("api: no schema for %s", t)) // at registration: a bug
}

func (s schemas) component(t reflect.Type) *Schema {
	ref := &Schema{Ref: refPrefix + t.Name()}
	if s[t.Name()] != nil {
		return ref
	}
	c := &Schema{Type: "object", Properties: map[string]*Schema{}}
	s[t.Name()] = c
	s.fields(c, t)
	slices.Sort(c.Required)
	return ref
}

// fields adds the fields of a struct; those of an embedded one are its own.
func (s schemas) fields(c *Schema, t reflect.Type) {
	for f := range fieldsOf(t) {
		if f.Anonymous {
			s.fields(c, f.Type)
			continue
		}
		if !f.IsExported() {
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		p := s.of(f.Type)
		p.Description = f.Tag.Get("doc")
		if values, ok := f.Tag.Lookup("enum"); ok {
			list := p
			if p.Items != nil {
				list = p.Items
			}
			list.Enum = strings.Split(values, ",")
		}
		c.Properties[name] = p
		if options != "omitempty" {
			c.Required = append(c.Required, name)
		}
	}
}

func fieldsOf(t reflect.Type) func(yield func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for i := range t.NumField() {
			if !yield(t.Field(i)) {
				return
			}
		}
	}
}

// shut lets the objects of a request have no other fields than those named. Answers may get more fields later.
func (s schemas) shut(c *Schema) {
	c = s.resolve(c)
	if c.Items != nil {
		s.shut(c.Items)
	}
	if c.Properties != nil {
		c.AdditionalProperties = new(bool)
	}
	for _, p := range c.Properties {
		s.shut(p)
	}
}

// resolve follows a reference.
func (s schemas) resolve(c *Schema) *Schema {
	if name, ok := strings.CutPrefix(c.Ref, refPrefix); ok {
		return s[name]
	}
	return c
}
