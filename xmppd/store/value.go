package store

import (
	"database/sql"
	"database/sql/driver"
	"fmt"
	"math"
	"reflect"
	"strconv"

	"github.com/jackc/pgx/v5/pgtype"
)

// values turns arguments into the few types that both databases take: nil, int64, float64, bool, string, []byte.
func values(args []any) ([]any, error) {
	var out []any
	for i, a := range args {
		v, err := value(a)
		if err != nil {
			return nil, fmt.Errorf("store: argument $%d: %w", i+1, err)
		}
		if out == nil {
			if same(a) {
				continue
			}
			out = append(make([]any, 0, len(args)), args[:i]...)
		}
		out = append(out, v)
	}
	if out == nil {
		return args, nil
	}
	return out, nil
}

// same reports whether value returns a as it is.
func same(a any) bool {
	switch a.(type) {
	case nil, int64, float64, bool, string, []byte:
		return true
	}
	return false
}

func value(a any) (any, error) {
	switch v := a.(type) {
	case nil, int64, float64, bool, string, []byte:
		return a, nil
	case int:
		return int64(v), nil
	case driver.Valuer:
		if rv := reflect.ValueOf(a); rv.Kind() == reflect.Pointer && rv.IsNil() {
			return nil, nil
		}
		inner, err := v.Value()
		if err != nil {
			return nil, err
		}
		if !same(inner) {
			return nil, fmt.Errorf("type %T cannot be stored", inner)
		}
		return inner, nil
	}
	return reflectValue(reflect.ValueOf(a))
}

func reflectValue(rv reflect.Value) (any, error) {
	switch rv.Kind() {
	case reflect.Pointer:
		if rv.IsNil() {
			return nil, nil
		}
		return value(rv.Elem().Interface())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return rv.Int(), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if rv.Uint() > math.MaxInt64 {
			return nil, fmt.Errorf("%d is out of range", rv.Uint())
		}
		return int64(rv.Uint()), nil
	case reflect.Float32, reflect.Float64:
		return rv.Float(), nil
	case reflect.Bool:
		return rv.Bool(), nil
	case reflect.String:
		return rv.String(), nil
	case reflect.Slice:
		if rv.Type().Elem().Kind() == reflect.Uint8 {
			return rv.Bytes(), nil
		}
	}
	return nil, fmt.Errorf("type %s cannot be stored", rv.Type())
}

// assign stores the database value src (as in values) in the variable that dst points to. The common targets stand first;
// sql.Null[T] and other scanners, pointers to pointers (NULL is nil) and types of basic kinds work too. NULL goes only into *any, a
// scanner, *[]byte (nil) and a pointer to a pointer.
func assign(dst, src any) error {
	switch d := dst.(type) {
	case *int64:
		if v, ok := src.(int64); ok {
			*d = v
			return nil
		}
	case *string:
		switch v := src.(type) {
		case string:
			*d = v
			return nil
		case []byte:
			*d = string(v)
			return nil
		}
	case *[]byte:
		switch v := src.(type) {
		case []byte:
			*d = v
			return nil
		case string:
			*d = []byte(v)
			return nil
		case nil:
			*d = nil
			return nil
		}
	case *bool:
		switch v := src.(type) {
		case bool:
			*d = v
			return nil
		case int64:
			*d = v != 0
			return nil
		}
	case *any:
		*d = src
		return nil
	case sql.Scanner:
		return d.Scan(src)
	}
	rv := reflect.ValueOf(dst)
	if rv.Kind() != reflect.Pointer || rv.IsNil() {
		return fmt.Errorf("destination %T is not a pointer", dst)
	}
	return assignReflect(rv.Elem(), src)
}

func assignReflect(d reflect.Value, src any) error {
	if d.Kind() == reflect.Pointer {
		if src == nil {
			d.SetZero()
			return nil
		}
		p := reflect.New(d.Type().Elem())
		if err := assign(p.Interface(), src); err != nil {
			return err
		}
		d.Set(p)
		return nil
	}
	switch v := src.(type) {
	case int64:
		return assignInt(d, v)
	case float64:
		if d.CanFloat() {
			d.SetFloat(v)
			return nil
		}
		if i := int64(v); float64(i) == v {
			return assignInt(d, i)
		}
	case bool:
		if d.Kind() == reflect.Bool {
			d.SetBool(v)
			return nil
		}
		if v {
			return assignInt(d, 1)
		}
		return assignInt(d, 0)
	case string:
		return assignText(d, v)
	case []byte:
		return assignText(d, string(v))
	}
	return fmt.Errorf("cannot store %T in %s", src, d.Type())
}

func assignInt(d reflect.Value, v int64) error {
	switch {
	case d.CanInt() && !d.OverflowInt(v):
		d.SetInt(v)
	case d.CanUint() && v >= 0 && !d.OverflowUint(uint64(v)):
		d.SetUint(uint64(v))
	case d.CanFloat():
		d.SetFloat(float64(v))
	case d.Kind() == reflect.Bool:
		d.SetBool(v != 0)
	case d.Kind() == reflect.String:
		d.SetString(strconv.FormatInt(v, 10))
	default:
		return fmt.Errorf("cannot store %d in %s", v, d.Type())
	}
	return nil
}

func assignText(d reflect.Value, v string) error {
	switch {
	case d.Kind() == reflect.String:
		d.SetString(v)
	case d.Kind() == reflect.Slice && d.Type().Elem().Kind() == reflect.Uint8:
		d.SetBytes([]byte(v))
	default:
		return fmt.Errorf("cannot store text in %s", d.Type())
	}
	return nil
}

// fromPostgres turns what pgx decodes into the types of values, so that both databases scan alike. numeric (what
// SUM over BIGINT gives) becomes int64 when it fits, else float64.
func fromPostgres(v any) any {
	switch n := v.(type) {
	case int16:
		return int64(n)
	case int32:
		return int64(n)
	case uint32:
		return int64(n)
	case float32:
		return float64(n)
	case pgtype.Numeric:
		if i, err := n.Int64Value(); err == nil && i.Valid {
			return i.Int64
		}
		if f, err := n.Float64Value(); err == nil && f.Valid {
			return f.Float64
		}
		return nil
	}
	return v
}
