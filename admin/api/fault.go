package api

import (
	"errors"
	"net/http"

	"plenum/components/directory"
)

// fieldNames are the fields whose names in a form of the directory are not those of the API.
var fieldNames = map[string]string{"role": "level", "device": "kind"}

// explain adds what the directory says about fields and about who was faster.
func (p *Problem) explain(err error) {
	if bad, ok := errors.AsType[directory.FieldErrors](err); ok {
		p.Status, p.Code, p.Errors = http.StatusUnprocessableEntity, "fields", fieldErrors(bad)
	}
	if c, ok := errors.AsType[*directory.ConflictError](err); ok {
		p.Code, p.Conflict = "changed", &Conflict{By: c.By.String(), At: c.At}
		switch now := c.Current.(type) {
		case directory.Account:
			p.Conflict.Current = now.Revision
		case directory.Permission:
			p.Conflict.Current = now.Revision
		case directory.Object:
			p.Conflict.Current = now.Revision
		case directory.Trunk:
			p.Conflict.Current = now.Revision
		case directory.Forward:
			p.Conflict.Current = now.Revision
		case directory.FollowMeRow:
			p.Conflict.Current = now.Revision
		case directory.Team:
			p.Conflict.Current = now.Revision
		case directory.Profile:
			p.Conflict.Current = now.Revision
		case directory.Telephony:
			p.Conflict.Current = now.Revision
		}
	}
}

func fieldErrors(bad directory.FieldErrors) []FieldError {
	out := make([]FieldError, 0, len(bad))
	for _, e := range bad {
		if name, ok := fieldNames[e.Field]; ok {
			e.Field = name
		}
		out = append(out, FieldError(e))
	}
	return out
}
