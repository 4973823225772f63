package api

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// maxBody is the largest body of a request in bytes: 20,000 addresses fit.
const maxBody = 1 << 20

// A param is a part of a request's struct: `path:"jid"`, `query:"offset" min:"0" max:"1000" default:"0"`. The field Body is the JSON body.
type param struct {
	in, name string // in: path, query
	index    []int
	schema   *Schema
	standard string // of a query parameter that is missing
}

// request says how a request's struct is filled.
type request struct {
	params []param
	body   []int // of the field Body; nil when there is none
	schema *Schema
	upload string // the content type of a body that is taken as it is
}

// maxUpload is the largest body that is taken as it is, in bytes: two minutes of CD sound fit.
const maxUpload = 24 << 20

// An upload is a body that is taken as it is; the tag type of the field says what it is.
type upload []byte

// requestOf reads the tags of a request's struct. What is wrong with them is a bug and panics at registration.
func (s schemas) requestOf(t reflect.Type) request {
	var r request
	for _, f := range reflect.VisibleFields(t) {
		if f.Anonymous {
			continue
		}
		if f.Name == "Body" && f.Type == reflect.TypeFor[upload]() {
			r.body, r.upload = f.Index, f.Tag.Get("type")
			r.schema = &Schema{Type: "string", Format: "binary"}
			continue
		}
		if f.Name == "Body" {
			r.body, r.schema = f.Index, s.of(f.Type)
			s.shut(r.schema)
			continue
		}
		p := param{index: f.Index, schema: s.of(f.Type), standard: f.Tag.Get("default")}
		if p.name = f.Tag.Get("path"); p.name != "" {
			p.in = "path"
		} else if p.name = f.Tag.Get("query"); p.name != "" {
			p.in = "query"
		} else {
			panic("api: " + t.Name() + "." + f.Name + " is neither path nor query")
		}
		p.schema.Description = f.Tag.Get("doc")
		if values, ok := f.Tag.Lookup("enum"); ok {
			p.schema.Enum = strings.Split(values, ",")
		}
		p.schema.Minimum, p.schema.Maximum = numberTag(f, "min"), numberTag(f, "max")
		if p.standard != "" {
			p.schema.Default = p.standard
			if n, err := strconv.Atoi(p.standard); err == nil && p.schema.Type == "integer" {
				p.schema.Default = n
			}
		}
		r.params = append(r.params, p)
	}
	return r
}

func numberTag(f reflect.StructField, name string) *int {
	text, ok := f.Tag.Lookup(name)
	if !ok {
		return nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		panic(err) // a tag of ours
	}
	return &n
}

// bind fills the struct that into points to. Its error is a *Problem that names every field that does not fit.
func (a *API) bind(c echo.Context, r *request, into reflect.Value) error {
	check := checker{schemas: a.schemas}
	query := c.QueryParams()
	for _, p := range r.params {
		text := pathPart(c, p.name)
		if p.in == "query" {
			if text = cmp.Or(query.Get(p.name), p.standard); text == "" {
				continue
			}
		}
		check.param(&p, text, into.Elem().FieldByIndex(p.index))
	}
	for name := range query {
		if !r.has(name) {
			check.fail(shorten(name), codeUnknown, "there is no such parameter")
		}
	}
	if len(check.errs) > 0 {
		return invalid(check.errs)
	}
	if r.body == nil {
		return nil
	}
	return a.bindBody(c, r, into.Elem().FieldByIndex(r.body))
}

// pathPart is a parameter of the path. Echo hands it over as it came when the path has an escaped slash.
func pathPart(c echo.Context, name string) string {
	part := c.Param(name)
	if c.Request().URL.RawPath == "" {
		return part
	}
	plain, err := url.PathUnescape(part)
	if err != nil {
		return part // the URL was parsed before: it has no wrong escapes
	}
	return plain
}

func (r *request) has(name string) bool {
	for _, p := range r.params {
		if p.in == "query" && p.name == name {
			return true
		}
	}
	return false
}

// param reads a parameter of the path or of the query.
func (c *checker) param(p *param, text string, into reflect.Value) {
	switch p.schema.Type {
	case "boolean":
		v, err := strconv.ParseBool(text)
		if err != nil {
			c.fail(p.name, codeType, "want true or false")
			return
		}
		into.SetBool(v)
	case "integer":
		before := len(c.errs)
		if c.number(p.name, p.schema, json.Number(text)); len(c.errs) == before {
			n, _ := strconv.ParseInt(text, 10, 64) // number has looked
			into.SetInt(n)
		}
	default:
		before := len(c.errs)
		if c.text(p.name, p.schema, text); len(c.errs) > before {
			return
		}
		if into.Type() == jidType {
			address, _ := jid.Parse(text) // text has looked
			into.Set(reflect.ValueOf(address))
			return
		}
		into.SetString(text)
	}
}

func (a *API) bindBody(c echo.Context, r *request, into reflect.Value) error {
	want, most := echo.MIMEApplicationJSON, int64(maxBody)
	if r.upload != "" {
		want, most = r.upload, maxUpload
	}
	kind, _, err := mime.ParseMediaType(c.Request().Header.Get(echo.HeaderContentType))
	if err != nil || kind != want {
		return &Problem{Status: http.StatusUnsupportedMediaType, Code: "content_type", Detail: "send " + want}
	}
	text, err := io.ReadAll(http.MaxBytesReader(c.Response(), c.Request().Body, most))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &Problem{Status: http.StatusRequestEntityTooLarge, Code: "too_large", Detail: fmt.Sprintf("the request has more than %d MiB", most>>20)}
	}
	if err != nil {
		return &Problem{Status: http.StatusBadRequest, Code: "cut_off", Detail: "the request could not be read to its end"}
	}
	if r.upload != "" {
		into.SetBytes(text)
		return nil
	}
	v, err := decode(text)
	if err != nil {
		return &Problem{Status: http.StatusBadRequest, Code: "json", Detail: "this is not JSON"}
	}
	check := checker{schemas: a.schemas}
	check.check("", r.schema, v)
	if len(check.errs) > 0 {
		return invalid(check.errs)
	}
	if err := json.Unmarshal(text, into.Addr().Interface()); err != nil {
		return fault.Wrap(fault.Invalid, err, "this is not what the route takes")
	}
	return nil
}

// invalid is the answer to fields that do not fit.
func invalid(errs []FieldError) *Problem {
	return &Problem{Status: http.StatusUnprocessableEntity, Code: "fields", Detail: "some fields are not right", Errors: errs}
}
