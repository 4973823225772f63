package api

import (
	"context"
	"io"
	"net/http"
	"reflect"

	"github.com/labstack/echo/v4"
)

// Route is one thing that the API does.
type Route struct {
	Method, Path string // as in OpenAPI: /users/{jid}
	Right        Right  // who may
	Summary      string
	Reads        bool // nothing is changed, whatever the method says, but what one has seen oneself: it leaves no trace in the audit log

	Produces string // content type of an answer that is a file; else it is JSON

	request  request
	response reflect.Type // nil: no content
	status   int
	serve    func(context.Context, echo.Context) (any, error)
}

// created is the answer of a route that has made something, with its path under the API.
type created[T any] struct {
	Value    T
	Location string
}

func (c created[T]) made() (value any, location string) { return c.Value, c.Location }

// file is an answer that is no JSON.
type file struct {
	Name string // as which it is saved; empty: it is shown
	Body []byte
	// Write writes the answer instead of Body, when it is too long to be had at once. It calls sent after each portion.
	Write func(ctx context.Context, w io.Writer, sent func() error) error
}

// getFile registers a route whose answer is a file.
func getFile[Req any](a *API, path string, right Right, summary, contentType string, fn func(context.Context, Req) (file, error)) {
	r := route(a, http.MethodGet, path, right, summary, fn)
	r.Reads, r.Produces = true, contentType
}

// none is the answer without content.
type none struct{}

// route registers fn. All functions below are route with a method.
func route[Req, Resp any](a *API, method, path string, right Right, summary string, fn func(context.Context, Req) (Resp, error)) *Route {
	r := &Route{Method: method, Path: path, Right: right, Summary: summary, status: http.StatusOK, request: a.schemas.requestOf(reflect.TypeFor[Req]())}
	switch t := reflect.TypeFor[Resp](); {
	case t == reflect.TypeFor[none]():
		r.status = http.StatusNoContent
	case t == reflect.TypeFor[file]():
	case t.Implements(reflect.TypeFor[interface{ made() (any, string) }]()):
		r.status, r.response = http.StatusCreated, t.Field(0).Type
	default:
		r.response = t
	}
	if r.response != nil {
		a.schemas.of(r.response)
	}
	r.serve = func(ctx context.Context, c echo.Context) (any, error) {
		req := new(Req)
		if err := a.bind(c, &r.request, reflect.ValueOf(req)); err != nil {
			return nil, err
		}
		return fn(ctx, *req)
	}
	a.routes = append(a.routes, r)
	return r
}

func get[Req, Resp any](a *API, path string, right Right, summary string, fn func(context.Context, Req) (Resp, error)) {
	route(a, http.MethodGet, path, right, summary, fn).Reads = true
}

func post[Req, Resp any](a *API, path string, right Right, summary string, fn func(context.Context, Req) (Resp, error)) *Route {
	return route(a, http.MethodPost, path, right, summary, fn)
}

func put[Req, Resp any](a *API, path string, right Right, summary string, fn func(context.Context, Req) (Resp, error)) {
	route(a, http.MethodPut, path, right, summary, fn)
}

func del[Req, Resp any](a *API, path string, right Right, summary string, fn func(context.Context, Req) (Resp, error)) {
	route(a, http.MethodDelete, path, right, summary, fn)
}
