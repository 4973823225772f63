package api

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"plenum/components/directory"
	"plenum/components/websession"
)

//go:generate go run ./gen ../../docs/openapi.json

// The parts of an OpenAPI 3.1 document that we use.
type (
	document struct {
		OpenAPI    string                           `json:"openapi"`
		Info       info                             `json:"info"`
		Servers    []server                         `json:"servers"`
		Paths      map[string]map[string]*operation `json:"paths"`
		Components components                       `json:"components"`
	}
	info struct {
		Title       string `json:"title"`
		Version     string `json:"version"`
		Description string `json:"description"`
	}
	server struct {
		URL string `json:"url"`
	}
	operation struct {
		ID          string                `json:"operationId"`
		Summary     string                `json:"summary"`
		Description string                `json:"description,omitempty"`
		Tags        []string              `json:"tags"`
		Security    []map[string][]string `json:"security"`
		Parameters  []parameter           `json:"parameters,omitempty"`
		Body        *body                 `json:"requestBody,omitempty"`
		Responses   map[string]*body      `json:"responses"`
	}
	parameter struct {
		Name        string  `json:"name"`
		In          string  `json:"in"`
		Description string  `json:"description,omitempty"`
		Required    bool    `json:"required"`
		Schema      *Schema `json:"schema"`
	}
	body struct {
		Description string             `json:"description,omitempty"`
		Required    bool               `json:"required,omitempty"`
		Content     map[string]content `json:"content,omitempty"`
	}
	content struct {
		Schema *Schema `json:"schema"`
	}
	components struct {
		Schemas         schemas                   `json:"schemas"`
		SecuritySchemes map[string]securityScheme `json:"securitySchemes"`
	}
	securityScheme struct {
		Type        string `json:"type"`
		In          string `json:"in"`
		Name        string `json:"name"`
		Description string `json:"description"`
	}
)

// Version is that of the API. Fields may be added to answers without a new one.
const Version = "1"

// OpenAPI returns the document that describes all routes, as it is served and kept under docs/.
func (a *API) OpenAPI() ([]byte, error) {
	d := document{
		OpenAPI: "3.1.0",
		Info: info{"Plenum", Version, "The administration of Plenum. Log in with POST /session; the answer sets a cookie and holds a token, " +
			"which goes into the header X-CSRF-Token of every request that changes something. Every error is a Problem (RFC 9457)."},
		Servers: []server{{Prefix}},
		Paths:   map[string]map[string]*operation{},
		Components: components{Schemas: a.schemas, SecuritySchemes: map[string]securityScheme{
			"cookie": {"apiKey", "cookie", websession.CookieName, "Set by POST /session."},
			"csrf":   {"apiKey", "header", csrfHeader, "For every method but GET."},
		}},
	}
	a.schemas.of(reflect.TypeFor[Problem]())
	for _, r := range a.routes {
		if d.Paths[r.Path] == nil {
			d.Paths[r.Path] = map[string]*operation{}
		}
		d.Paths[r.Path][strings.ToLower(r.Method)] = a.operationOf(r)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(d)
	return b.Bytes(), err
}

// whoMay names the levels, or all users where those without a level may too.
func whoMay(of []directory.Role) string {
	if slices.Contains(of, directory.NoRole) {
		return "every user"
	}
	names := make([]string, len(of))
	for i, level := range of {
		names[i] = level.String()
	}
	return strings.Join(names, ", ")
}

func (a *API) operationOf(r *Route) *operation {
	op := &operation{
		ID: operationID(r), Summary: r.Summary, Tags: []string{strings.Split(r.Path, "/")[1]}, Security: []map[string][]string{},
		Responses: map[string]*body{"default": {Description: "A problem.", Content: map[string]content{
			"application/problem+json": {&Schema{Ref: refPrefix + "Problem"}}}}},
	}
	if r.Right != Anyone {
		need := map[string][]string{"cookie": {}}
		if r.Method != http.MethodGet {
			need["csrf"] = []string{}
		}
		op.Security = append(op.Security, need)
		op.Description = "For " + whoMay(levels[r.Right]) + "."
	}
	for _, p := range r.request.params {
		described := parameter{Name: p.name, In: p.in, Description: p.schema.Description, Required: p.in == "path"}
		plain := *p.schema
		plain.Description = ""
		described.Schema = &plain
		op.Parameters = append(op.Parameters, described)
	}
	if r.request.schema != nil {
		op.Body = &body{Required: true, Content: map[string]content{cmp.Or(r.request.upload, "application/json"): {r.request.schema}}}
	}
	ok := &body{Description: http.StatusText(r.status) + "."}
	if r.response != nil {
		ok.Content = map[string]content{"application/json": {a.schemas.of(r.response)}}
	}
	if r.Produces != "" {
		ok.Content = map[string]content{r.Produces: {&Schema{Type: "string", Format: "binary"}}}
	}
	op.Responses[strconv.Itoa(r.status)] = ok
	return op
}

var pathParameter = regexp.MustCompile(`\{(\w+)\}`)

// operationID makes "getUsersJid" of GET /users/{jid}.
func operationID(r *Route) string {
	var b strings.Builder
	b.WriteString(strings.ToLower(r.Method))
	for part := range strings.FieldsFuncSeq(r.Path, func(c rune) bool { return c < 'A' || c > 'z' || c > 'Z' && c < 'a' }) {
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return b.String()
}
