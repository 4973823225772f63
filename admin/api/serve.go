package api

import (
	"bytes"
	"context"
	"mime"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"plenum/components/audit"
	"plenum/components/directory"
	"plenum/components/websession"
)

// requestTime bounds a request: for its client to send the body, and for us to find the answer. No answer takes so long unless the server is in trouble.
const requestTime = 20 * time.Second

// call is a request on its way, as the routes' functions see it through their context.
type call struct {
	route   *Route
	echo    echo.Context
	session websession.Session // zero for a route without
	notes   []audit.Entry      // what is to be written into the audit log when the request has succeeded
}

type callKey struct{}

func callOf(ctx context.Context) *call { return ctx.Value(callKey{}).(*call) }

// me is who asks.
func me(ctx context.Context) directory.Account { return callOf(ctx).session.Account }

// note adds an entry to the audit log, once the request has succeeded.
func note(ctx context.Context, e audit.Entry) {
	c := callOf(ctx)
	c.notes = append(c.notes, e)
}

// serve is the way of a request to its route and back.
func (a *API) serve(r *Route) echo.HandlerFunc {
	return func(c echo.Context) error {
		begun := time.Now()
		ctx, cancel := context.WithTimeout(c.Request().Context(), requestTime)
		defer cancel()
		// The deadline stays: net/http reads what is left of a body before it answers, and sets one of its own for the next request. A transport without
		// deadlines has no slow clients.
		_ = http.NewResponseController(c.Response()).SetReadDeadline(begun.Add(requestTime))
		if err := a.answer(ctx, c, r); err != nil {
			Answer(c, err, a.Log)
		}
		if a.Observe != nil {
			a.Observe(r.Method, r.Path, c.Response().Status, time.Since(begun))
		}
		return nil
	}
}

func (a *API) answer(ctx context.Context, c echo.Context, r *Route) error {
	on := &call{route: r, echo: c}
	if err := a.admit(ctx, on); err != nil {
		return err
	}
	v, err := r.serve(context.WithValue(ctx, callKey{}, on), c)
	if err != nil {
		return err
	}
	a.write(ctx, on)
	if made, ok := v.(interface{ made() (any, string) }); ok {
		var location string
		v, location = made.made()
		c.Response().Header().Set(echo.HeaderLocation, Prefix+location)
	}
	if f, ok := v.(file); ok {
		if f.Name != "" {
			c.Response().Header().Set(echo.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
		}
		if f.Write != nil {
			return a.stream(c, r, f)
		}
		c.Response().Header().Set(echo.HeaderContentType, r.Produces)
		http.ServeContent(c.Response(), c.Request(), "", time.Time{}, bytes.NewReader(f.Body)) // players ask for parts
		return nil
	}
	if r.response == nil {
		return c.NoContent(r.status)
	}
	return c.JSON(r.status, v)
}

// streamTime bounds an answer that is written in portions, each of which the client is to take within requestTime.
const streamTime = time.Hour

// stream writes an answer in portions. One that cannot be finished is broken off, so that nobody takes a part for the whole.
func (a *API) stream(c echo.Context, r *Route, f file) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), streamTime)
	defer cancel()
	w := c.Response()
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Time{}) // there is nothing left to read
	w.Header().Set(echo.HeaderContentType, r.Produces)
	w.WriteHeader(r.status)
	err := f.Write(ctx, w, func() error {
		_ = control.SetWriteDeadline(time.Now().Add(requestTime)) // a transport without deadlines has no slow clients
		return control.Flush()
	})
	if err != nil {
		if c.Request().Context().Err() == nil {
			a.Log.Error("an answer could not be finished", "route", r.Method+" "+r.Path, "err", err)
		}
		panic(http.ErrAbortHandler)
	}
	return nil
}

// admit checks who asks, before anything of the request is read.
func (a *API) admit(ctx context.Context, on *call) error {
	request := on.echo.Request()
	changes := on.route.Method != http.MethodGet
	if changes && !websession.SameOrigin(request, a.PublicURL) {
		return &Problem{Status: http.StatusForbidden, Code: "origin", Detail: "this request comes from another page"}
	}
	if on.route.Right == Anyone {
		return nil
	}
	session, err := a.Logins.Find(ctx, websession.TokenOf(request))
	if err != nil {
		return err
	}
	on.session = session
	if changes && !session.Verify(request.Header.Get(csrfHeader)) {
		return &Problem{Status: http.StatusForbidden, Code: "csrf", Detail: "the token in " + csrfHeader + " is not that of the session"}
	}
	if !on.route.Right.allows(session.Account.Role) {
		return &Problem{Status: http.StatusForbidden, Code: "level", Detail: "this needs one of the levels " + levelNames(on.route.Right)}
	}
	return nil
}

func levelNames(r Right) string {
	names := make([]string, 0, len(levels[r]))
	for _, level := range levels[r] {
		names = append(names, level.String())
	}
	return strings.Join(names, ", ")
}

// write puts what was done into the audit log. It is done already, so a log that cannot be written is the operator's business and not the asker's.
func (a *API) write(ctx context.Context, on *call) {
	if len(on.notes) == 0 {
		return
	}
	for i := range on.notes {
		e := &on.notes[i]
		e.Address = addressOf(on.echo).String()
		if e.Actor == "" {
			e.Actor = on.session.Account.JID.String()
		}
	}
	if err := a.Audit.Add(context.WithoutCancel(ctx), on.notes...); err != nil {
		a.Log.Error("a change is not in the audit log", "route", on.route.Method+" "+on.route.Path, "actor", on.notes[0].Actor,
			"objects", len(on.notes), "first", on.notes[0].Object, "err", err)
	}
}

// addressOf is the IP address that a request comes from.
func addressOf(c echo.Context) netip.Addr {
	addr, err := netip.ParseAddr(c.RealIP())
	if err != nil {
		return netip.IPv4Unspecified()
	}
	return addr.Unmap()
}
