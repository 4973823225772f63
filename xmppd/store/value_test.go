package store

import (
	"database/sql"
	"math"
	"reflect"
	"testing"
)

type text string
type number uint16
type blob []byte

func TestValues(t *testing.T) {
	s, n := "s", 5
	for name, c := range map[string]struct {
		in, want any
		fails    bool
	}{
		"nil":                     {nil, nil, false},
		"a nil pointer":           {(*string)(nil), nil, false},
		"a pointer":               {&s, "s", false},
		"a pointer to an integer": {&n, int64(5), false},
		"an int":                  {7, int64(7), false},
		"an int32":                {int32(-7), int64(-7), false},
		"a type of text":          {text("x"), "x", false},
		"a type of number":        {number(9), int64(9), false},
		"a type of bytes":         {blob("x"), []byte("x"), false},
		"a large uint64":          {uint64(math.MaxUint64), nil, true},
		"sql.Null set":            {sql.Null[string]{V: "x", Valid: true}, "x", false},
		"sql.Null unset":          {sql.Null[string]{}, nil, false},
		"a map":                   {map[string]int{}, nil, true},
		"a slice of ints":         {[]int{1}, nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := values([]any{int64(1), c.in, "end"})
			if (err != nil) != c.fails {
				t.Fatal(err)
			}
			if err == nil && !reflect.DeepEqual(got, []any{int64(1), c.want, "end"}) {
				t.Errorf("%#v", got)
			}
		})
	}
}

func TestAssign(t *testing.T) {
	for name, c := range map[string]struct {
		dst, src, want any
		fails          bool
	}{
		"an int":                    {new(int), int64(5), 5, false},
		"too much for an int8":      {new(int8), int64(500), nil, true},
		"negative in a uint":        {new(uint), int64(-1), nil, true},
		"a type of number":          {new(number), int64(5), number(5), false},
		"a type of text":            {new(text), "x", text("x"), false},
		"text from bytes":           {new(string), []byte("x"), "x", false},
		"bytes from text":           {new([]byte), "x", []byte("x"), false},
		"a type of bytes":           {new(blob), []byte("x"), blob("x"), false},
		"bool from a number":        {new(bool), int64(1), true, false},
		"a number from bool":        {new(int), true, 1, false},
		"float":                     {new(float64), 1.5, 1.5, false},
		"float from a number":       {new(float64), int64(2), 2.0, false},
		"a number from a float":     {new(int64), 3.0, int64(3), false},
		"a fraction in a number":    {new(int64), 3.5, nil, true},
		"NULL in an int":            {new(int), nil, nil, true},
		"NULL in a string":          {new(string), nil, nil, true},
		"NULL in bytes":             {new([]byte), nil, []byte(nil), false},
		"text in an int":            {new(int), "5", nil, true},
		"anything":                  {new(any), int64(5), int64(5), false},
		"sql.Null":                  {new(sql.Null[int64]), int64(5), sql.Null[int64]{V: 5, Valid: true}, false},
		"NULL in sql.Null":          {new(sql.Null[int64]), nil, sql.Null[int64]{}, false},
		"a variable, not pointer":   {5, int64(5), nil, true},
		"a number in a string":      {new(string), int64(5), "5", false},
		"NULL in pointer to string": {new(*string), nil, (*string)(nil), false},
	} {
		t.Run(name, func(t *testing.T) {
			err := assign(c.dst, c.src)
			if (err != nil) != c.fails {
				t.Fatal(err)
			}
			if err == nil && !reflect.DeepEqual(reflect.ValueOf(c.dst).Elem().Interface(), c.want) {
				t.Errorf("%#v", reflect.ValueOf(c.dst).Elem().Interface())
			}
		})
	}
	var p *string
	if err := assign(&p, "x"); err != nil || p == nil || *p != "x" {
		t.Errorf("a pointer to a string: %v %v", p, err)
	}
}
