// Package dataform reads and writes data forms.
//
// Submitted forms are read by the name of their fields only, since clients may leave out the types; what a value has to
// look like is known by the one who asked for it.
//
// Spec: XEP-0004 2.13.1 complete
// Spec: XEP-0068 1.3.0 complete
package dataform

import (
	"strings"

	"plenum/xmppd/fault"
	"plenum/xmppd/xmlstream"
)

// NS is the namespace of <x/>.
const NS = "jabber:x:data"

// Limits for forms that others send.
const (
	MaxFields = 200       // fields in a form, those of a table's cells among them
	MaxValues = 1000      // values in all fields together
	MaxBytes  = 128 << 10 // of values
)

// Field types (XEP-0004#protocol-fieldtypes).
const (
	Boolean     = "boolean"
	Fixed       = "fixed"
	Hidden      = "hidden"
	JIDMulti    = "jid-multi"
	JIDSingle   = "jid-single"
	ListMulti   = "list-multi"
	ListSingle  = "list-single"
	TextMulti   = "text-multi"
	TextPrivate = "text-private"
	TextSingle  = "text-single"
)

// Form is a data form. Type is form, submit, cancel or result.
type Form struct {
	Type         string
	Title        string
	Instructions string
	Fields       []Field
	Reported     []Field   // the columns of a table (XEP-0004#protocol-results); nil without one
	Items        [][]Field // its rows
}

// Field is one field. Type may be empty in submitted forms.
type Field struct {
	Var, Type, Label, Desc string
	Required               bool
	Open                   bool // a list that takes other values than its options (XEP-0122#usercases-validation.open); only written
	Values                 []string
	Options                []Option
}

// Option is a choice of a list field.
type Option struct{ Label, Value string }

// Parse reads an <x xmlns='jabber:x:data'/>. The error is of kind Invalid.
func Parse(x xmlstream.Element) (*Form, error) {
	if x.Space() != NS || x.Local() != "x" {
		return nil, fault.New(fault.Invalid, "a data form was expected")
	}
	f := &Form{}
	f.Type, _ = x.Attr("type")
	switch f.Type {
	case "form", "submit", "cancel", "result":
	default:
		return nil, fault.New(fault.Invalid, "the type of a data form is form, submit, cancel or result")
	}
	var b bounds
	for e := range x.Children() {
		if e.Space() != NS {
			continue
		}
		switch e.Local() {
		case "title":
			f.Title = e.Text()
		case "instructions":
			f.Instructions = e.Text()
		case "field":
			f.Fields = append(f.Fields, b.field(e))
		case "reported":
			f.Reported = b.list(e)
		case "item":
			f.Items = append(f.Items, b.list(e))
		}
		if len(f.Items) > MaxValues || b.exceeded() {
			return nil, fault.New(fault.Limit, "the data form is too large")
		}
	}
	return f, nil
}

// bounds counts what is in a form.
type bounds struct{ fields, values, bytes int }

func (b *bounds) exceeded() bool {
	return b.fields > MaxFields || b.values > MaxValues || b.bytes > MaxBytes
}

func (b *bounds) field(e xmlstream.Element) Field {
	f := parseField(e)
	b.fields++
	b.values += len(f.Values)
	for _, v := range f.Values {
		b.bytes += len(v)
	}
	return f
}

func (b *bounds) list(e xmlstream.Element) (list []Field) {
	for c := range e.Children() {
		if c.Is(NS, "field") && !b.exceeded() {
			list = append(list, b.field(c))
		}
	}
	return list
}

func parseField(e xmlstream.Element) Field {
	var f Field
	f.Var, _ = e.Attr("var")
	f.Type, _ = e.Attr("type")
	f.Label, _ = e.Attr("label")
	for c := range e.Children() {
		if c.Space() != NS {
			continue
		}
		switch c.Local() {
		case "value":
			f.Values = append(f.Values, c.Text())
		case "required":
			f.Required = true
		case "desc":
			f.Desc = c.Text()
		case "option":
			label, _ := c.Attr("label")
			if v, ok := c.Child(NS, "value"); ok {
				f.Options = append(f.Options, Option{label, v.Text()})
			}
		}
	}
	return f
}

// Find gives the first form with this FORM_TYPE among the children of e, or the first form without one when formType is
// empty. It is nil when there is none.
func Find(e xmlstream.Element, formType string) (*Form, error) {
	for c := range e.Children() {
		if c.Space() != NS || c.Local() != "x" {
			continue
		}
		f, err := Parse(c)
		if err != nil {
			return nil, err
		}
		if formType == "" || f.FormType() == formType || f.FormType() == "" {
			return f, nil
		}
	}
	return nil, nil
}

// FormType is the value of FORM_TYPE (XEP-0068).
func (f *Form) FormType() string { v, _ := f.Get("FORM_TYPE"); return v }

// Field gives the field with this name, or nil.
func (f *Form) Field(name string) *Field {
	for i := range f.Fields {
		if f.Fields[i].Var == name {
			return &f.Fields[i]
		}
	}
	return nil
}

// Get is the first value of a field; ok reports whether the field is there at all.
func (f *Form) Get(name string) (value string, ok bool) {
	x := f.Field(name)
	if x == nil {
		return "", false
	}
	if len(x.Values) == 0 {
		return "", true
	}
	return x.Values[0], true
}

// All are all values of a field.
func (f *Form) All(name string) []string {
	if x := f.Field(name); x != nil {
		return x.Values
	}
	return nil
}

// Lines joins the values of a text-multi field.
func (f *Form) Lines(name string) string { return strings.Join(f.All(name), "\n") }

// Bool reads a boolean field (XEP-0004#protocol-fieldtypes): 1, true, 0 or false. Anything else is an error of kind Invalid.
func (f *Form) Bool(name string) (value, ok bool, err error) {
	v, ok := f.Get(name)
	if !ok {
		return false, false, nil
	}
	switch v {
	case "1", "true":
		return true, true, nil
	case "0", "false":
		return false, true, nil
	}
	return false, true, fault.Newf(fault.Invalid, "%s is 1 or 0", name)
}

// Add appends a field and returns f.
func (f *Form) Add(field Field) *Form {
	f.Fields = append(f.Fields, field)
	return f
}

// New starts a form with a FORM_TYPE.
func New(typ, formType string) *Form {
	f := &Form{Type: typ}
	if formType != "" {
		f.Add(Field{Var: "FORM_TYPE", Type: Hidden, Values: []string{formType}})
	}
	return f
}

// BoolValue is how a boolean is written.
func BoolValue(v bool) string {
	if v {
		return "1"
	}
	return "0"
}

// Append writes the form.
func (f *Form) Append(b []byte) []byte {
	b = append(b, "<x xmlns='"+NS+"'"...)
	b = xmlstream.AppendAttr(b, "type", f.Type)
	b = append(b, '>')
	b = appendText(b, "title", f.Title)
	b = appendText(b, "instructions", f.Instructions)
	b = appendFields(b, "", f.Fields)
	if f.Reported != nil {
		b = appendFields(b, "reported", f.Reported)
	}
	for _, item := range f.Items {
		b = appendFields(b, "item", item)
	}
	return append(b, "</x>"...)
}

// appendFields writes fields, within an element when it has a name.
func appendFields(b []byte, name string, list []Field) []byte {
	if name != "" {
		b = append(append(append(b, '<'), name...), '>')
	}
	for i := range list {
		b = list[i].append(b)
	}
	if name != "" {
		b = append(append(append(b, "</"...), name...), '>')
	}
	return b
}

func (f *Field) append(b []byte) []byte {
	b = append(b, "<field"...)
	for _, a := range [...][2]string{{"var", f.Var}, {"type", f.Type}, {"label", f.Label}} {
		if a[1] != "" {
			b = xmlstream.AppendAttr(b, a[0], a[1])
		}
	}
	b = append(b, '>')
	b = appendText(b, "desc", f.Desc)
	if f.Required {
		b = append(b, "<required/>"...)
	}
	if f.Open {
		b = append(b, "<validate xmlns='http://jabber.org/protocol/xdata-validate' datatype='xs:string'><open/></validate>"...)
	}
	for _, v := range f.Values {
		b = append(b, "<value>"...)
		b = xmlstream.AppendEscaped(b, v)
		b = append(b, "</value>"...)
	}
	for _, o := range f.Options {
		b = append(b, "<option"...)
		if o.Label != "" {
			b = xmlstream.AppendAttr(b, "label", o.Label)
		}
		b = append(b, "><value>"...)
		b = xmlstream.AppendEscaped(b, o.Value)
		b = append(b, "</value></option>"...)
	}
	return append(b, "</field>"...)
}

func appendText(b []byte, name, text string) []byte {
	if text == "" {
		return b
	}
	b = append(append(append(b, '<'), name...), '>')
	b = xmlstream.AppendEscaped(b, text)
	return append(append(append(b, "</"...), name...), '>')
}
