package api

import "reflect"

// CheckAnswer holds an answer of a route against what the document says of it.
func (a *API) CheckAnswer(r *Route, text []byte) []FieldError {
	if r.Produces != "" {
		if len(text) == 0 {
			return []FieldError{{Text: "the file is empty"}}
		}
		return nil
	}
	if r.response == nil {
		if len(text) > 0 {
			return []FieldError{{Text: "there is content"}}
		}
		return nil
	}
	return a.checkAs(a.schemas.of(r.response), text)
}

// CheckProblem does so for an error.
func (a *API) CheckProblem(text []byte) []FieldError {
	return a.checkAs(a.schemas.of(reflect.TypeFor[Problem]()), text)
}

func (a *API) checkAs(s *Schema, text []byte) []FieldError {
	v, err := decode(text)
	if err != nil {
		return []FieldError{{Text: err.Error()}}
	}
	c := checker{schemas: a.schemas}
	c.check("", s, v)
	return c.errs
}

// Status is that of a success.
func (r *Route) Status() int { return r.status }

// SeriesOf is seriesOf.
var SeriesOf = seriesOf

// TakesBody reports whether the route reads a body.
func (r *Route) TakesBody() bool { return r.request.body != nil }
