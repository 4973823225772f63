package config

import (
	"fmt"
	"iter"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2/unstable"
)

var durationType = reflect.TypeFor[time.Duration]()

// A field is a key of a struct.
type field struct {
	key, doc string
	value    reflect.Value
}

// fields are the keys of a struct, in its order.
func fields(v reflect.Value) iter.Seq[field] {
	return func(yield func(field) bool) {
		for i := range v.NumField() {
			f := v.Type().Field(i)
			key, tagged := f.Tag.Lookup("toml")
			if tagged && key != "-" && !yield(field{key, f.Tag.Get("doc"), v.Field(i)}) {
				return
			}
		}
	}
}

func fieldByKey(v reflect.Value, key string) (reflect.Value, bool) {
	for f := range fields(v) {
		if f.key == key {
			return f.value, true
		}
	}
	return reflect.Value{}, false
}

// hasPath reports whether a path of keys leads somewhere from v.
func hasPath(v reflect.Value, path string) bool {
	for key := range strings.SplitSeq(path, ".") {
		if v.Kind() != reflect.Struct {
			return v.Kind() == reflect.Map
		}
		next, ok := fieldByKey(v, key)
		if !ok {
			return false
		}
		v = next
	}
	return true
}

// suggestion names the key that was probably meant.
func suggestion(v reflect.Value, wrong string) string {
	best, least := "", 3 // more than two letters wrong is another word
	for f := range fields(v) {
		if n := distance(f.key, wrong); n < least {
			best, least = f.key, n
		}
	}
	if best == "" {
		return "; `plenum config describe` lists all"
	}
	return "; did you mean " + best + "?"
}

// distance counts the letters to add, drop or change that lead from a to b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// set fills a place with a value of the file, or notes why it cannot.
func (d *document) set(at place, node *unstable.Node) {
	v := at.value
	switch {
	case v.Type() == durationType:
		if parsed, err := time.ParseDuration(string(node.Data)); node.Kind == unstable.String && err == nil {
			v.SetInt(int64(parsed))
			return
		}
	case v.Kind() == reflect.String && node.Kind == unstable.String:
		v.SetString(string(node.Data))
		return
	case v.Kind() == reflect.Bool && node.Kind == unstable.Bool:
		v.SetBool(string(node.Data) == "true")
		return
	case v.CanInt() && node.Kind == unstable.Integer:
		if n, err := strconv.ParseInt(string(node.Data), 0, v.Type().Bits()); err == nil {
			v.SetInt(n)
			return
		}
	case v.CanFloat() && (node.Kind == unstable.Float || node.Kind == unstable.Integer):
		if n, err := strconv.ParseFloat(string(node.Data), v.Type().Bits()); err == nil {
			v.SetFloat(n)
			return
		}
	case v.Kind() == reflect.Slice && node.Kind == unstable.Array:
		d.setList(at, node)
		return
	case (v.Kind() == reflect.Struct || v.Kind() == reflect.Map) && node.Kind == unstable.InlineTable:
		for it := node.Children(); it.Next(); {
			d.keyValue(at, it.Node())
		}
		return
	}
	d.fault(d.lines[at.path], at.path, "want %s", wanted(v))
}

func (d *document) setList(at place, node *unstable.Node) {
	list := reflect.MakeSlice(at.value.Type(), 0, 0)
	for it := node.Children(); it.Next(); {
		element := place{reflect.New(list.Type().Elem()).Elem(), at.path}
		d.set(element, it.Node())
		list = reflect.Append(list, element.value)
	}
	at.value.Set(list)
}

// wanted describes what kind of value belongs there.
func wanted(v reflect.Value) string {
	switch {
	case v.Type() == durationType:
		return `a time such as "30s", "5m" or "2h"`
	case v.Kind() == reflect.String:
		return `a text in quotes`
	case v.Kind() == reflect.Bool:
		return "true or false"
	case v.CanInt():
		return "a whole number"
	case v.CanFloat():
		return "a number"
	case v.Kind() == reflect.Slice:
		return "a list such as " + example(v.Type())
	}
	return "a table"
}

func example(list reflect.Type) string {
	switch list.Elem().Kind() {
	case reflect.String:
		return `["one", "two"]`
	case reflect.Struct:
		return "[{…}]"
	}
	return "[1, 2]"
}

// literal is a value as it is written in the file.
func literal(v reflect.Value) string {
	switch {
	case v.Type() == durationType:
		return strconv.Quote(shortDuration(time.Duration(v.Int())))
	case v.Kind() == reflect.String:
		return strconv.Quote(v.String())
	case v.Kind() == reflect.Slice:
		var elements []string
		for i := range v.Len() {
			elements = append(elements, literal(v.Index(i)))
		}
		return "[" + strings.Join(elements, ", ") + "]"
	}
	return fmt.Sprint(v.Interface())
}

// shortDuration leaves out the zeros at the end: "5m", not "5m0s".
func shortDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
