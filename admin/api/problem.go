package api

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"plenum/xmppd/fault"
)

// Problem is every answer that is not what was asked for (RFC 9457). As an error it is answered as it is.
type Problem struct {
	Type     string       `json:"type" doc:"Always about:blank: code says what it is."`
	Title    string       `json:"title" doc:"Of the status."`
	Status   int          `json:"status"`
	Code     string       `json:"code" doc:"Stable, for translations: that of the fault, such as not_found, conflict, forbidden, fields, csrf."`
	Detail   string       `json:"detail,omitempty" doc:"What is wrong, in English."`
	Instance string       `json:"instance,omitempty" doc:"Of an unexpected fault: the log has the same ID."`
	Errors   []FieldError `json:"errors,omitempty"`
	Conflict *Conflict    `json:"conflict,omitempty"`

	retryAfter time.Duration
}

// Conflict says who has changed the object in the meantime.
type Conflict struct {
	By      string    `json:"by" doc:"Address of who it was; empty for the server itself, and where nobody knows."`
	At      time.Time `json:"at,omitzero" doc:"When; none where nobody knows."`
	Current int64     `json:"current,omitempty" doc:"The object's revision now."`
}

// Error is for the log.
func (p *Problem) Error() string { return http.StatusText(p.Status) + ": " + p.Detail }

// kinds is the table of STYLE §6: a kind's status, its code, and when to try again.
var kinds = map[fault.Kind]struct {
	status     int
	code       string
	retryAfter time.Duration
}{
	fault.NotFound:        {http.StatusNotFound, "not_found", 0},
	fault.Conflict:        {http.StatusConflict, "conflict", 0},
	fault.Forbidden:       {http.StatusForbidden, "forbidden", 0},
	fault.Invalid:         {http.StatusUnprocessableEntity, "invalid", 0},
	fault.Busy:            {http.StatusConflict, "busy", 0},
	fault.Limit:           {http.StatusTooManyRequests, "limit", 5 * time.Second},
	fault.Unauthenticated: {http.StatusUnauthorized, "unauthenticated", 0},
	fault.Unavailable:     {http.StatusServiceUnavailable, "unavailable", 5 * time.Second},
}

// problemOf turns an error into an answer. The text of an unexpected one goes into the log and nowhere else.
func problemOf(err error, path string, log *slog.Logger) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	if e, ok := errors.AsType[*echo.HTTPError](err); ok {
		return &Problem{Status: e.Code, Code: codeOf(e.Code)}
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return &Problem{Status: http.StatusServiceUnavailable, Code: "timeout", Detail: "it took too long", retryAfter: 5 * time.Second}
	}
	k, ok := kinds[fault.KindOf(err)]
	if !ok {
		id := rand.Text()
		log.Error("a request failed", "path", path, "id", id, "err", err)
		return &Problem{Status: http.StatusInternalServerError, Code: "internal", Detail: "something went wrong here; the log of the server says what", Instance: id}
	}
	p := &Problem{Status: k.status, Code: k.code, Detail: fault.Text(err), retryAfter: k.retryAfter}
	p.explain(err)
	return p
}

// codeOf names the statuses that the router answers with.
func codeOf(status int) string {
	switch status {
	case http.StatusNotFound:
		return "not_found"
	case http.StatusMethodNotAllowed:
		return "method"
	}
	return "http_" + strconv.Itoa(status)
}

// Answer writes err to whoever asked. It is the error handler of the whole HTTP side.
func Answer(c echo.Context, err error, log *slog.Logger) {
	if c.Response().Committed {
		return
	}
	p := problemOf(err, c.Path(), log)
	p.Type, p.Title = "about:blank", http.StatusText(p.Status)
	if p.retryAfter > 0 {
		c.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(int((p.retryAfter+time.Second-1)/time.Second)))
	}
	c.Response().Header().Set(echo.HeaderCacheControl, "no-store")
	c.Response().Header().Set(echo.HeaderContentType, "application/problem+json")
	c.Response().WriteHeader(p.Status)
	if c.Request().Method != http.MethodHead {
		_ = json.NewEncoder(c.Response()).Encode(p) // who has gone away gets no answer
	}
}
