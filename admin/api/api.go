// Package api is the JSON API of the administration, on which the console stands. Each thing it does is a typed function, registered in routes.go in
// one line with method, path and right; the OpenAPI document, the checks of requests and the table of rights come from that.
//
// What every request goes through is in serve.go: origin, session, synchroniser token, level, the request's form; then the function; then the audit log.
package api

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"plenum/components/audit"
	"plenum/components/directory"
	"plenum/components/profiles"
	"plenum/components/websession"
)

// Prefix is where the API is mounted.
const Prefix = "/api/v1"

// csrfHeader carries the synchroniser token of the session.
const csrfHeader = "X-CSRF-Token"

// Deps are the parts that the API stands on.
type Deps struct {
	Log         *slog.Logger
	Version     string   // of the program
	PublicURL   string   // where browsers reach the server
	Domains     []string // of the users, the main one first
	Logins      *websession.Service
	Audit       *audit.Service
	Directory   *directory.Directory
	Profiles    *profiles.Engine
	TimeZone    string        // in which the times of profiles are meant
	BinTime     time.Duration // that a deleted user can be restored
	Groups      Groups
	Clients     Clients
	Server      Server
	SIP         SIPServer
	Bindings    Bindings
	Calls       Calls
	TeamLines   TeamLines
	Journal     Journal
	KeepRecords time.Duration // of calls
	Prompts     Prompts
	Mailboxes   Mailboxes
	Messages    Messages
	// NumberDomain has the addresses of everything that can be dialled: 100@pbx.example.org.
	NumberDomain string
	SendsMail    bool // recordings are mailed to those who have an address
	// TrunkStates may be nil: nobody looks after trunks.
	TrunkStates TrunkStates
	// Observe hears of each request that was answered; it may be nil.
	Observe func(method, path string, status int, took time.Duration)
}

// SIPServer is where phones register.
type SIPServer struct {
	Host       string
	Transports []SIPTransport // the best one first
}

// API answers the requests.
type API struct {
	Deps
	routes   []*Route
	schemas  schemas
	recorder *Recorder
	document []byte
}

// New makes the API. The recorder gives the figures over time.
func New(d Deps, recorder *Recorder) (*API, error) {
	a := Describe()
	a.Deps, a.recorder = d, recorder
	var err error
	a.document, err = a.OpenAPI()
	return a, err
}

// Describe is the API without what it stands on: it knows its routes and answers nothing.
func Describe() *API {
	a := &API{schemas: schemas{}}
	a.register()
	return a
}

// Routes are all routes, in the order of the table.
func (a *API) Routes() []*Route { return a.routes }

// Mount puts the API on e.
func (a *API) Mount(e *echo.Echo) {
	e.GET(Prefix+"/openapi.json", func(c echo.Context) error { return c.JSONBlob(http.StatusOK, a.document) }, uncached)
	for _, r := range a.routes {
		e.Add(r.Method, Prefix+pathParameter.ReplaceAllString(r.Path, ":$1"), a.serve(r), uncached)
	}
}

// uncached keeps answers out of every cache.
func uncached(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Response().Header().Set(echo.HeaderCacheControl, "no-store")
		return next(c)
	}
}
