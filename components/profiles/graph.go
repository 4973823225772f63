package profiles

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// Limits of what Microsoft Graph is asked.
const (
	graphIDs      = 650              // users whose presence one request asks for: as many as Graph takes
	graphTimeout  = 10 * time.Second // for one request
	maxGraphBody  = 8 << 20          // bytes of an answer
	maxGraphPages = 1000             // of the list of users, 999 on each
)

// graph asks Microsoft Graph, in the name of an application (client credentials). It has the application permissions Presence.Read.All and
// User.ReadBasic.All.
type graph struct {
	base    string
	timeout time.Duration // of a request
	http    *http.Client
}

// newGraph makes the client, whose requests take so long at most. Its tokens are asked for when they are needed, and go nowhere else: nobody is followed
// to another address.
func newGraph(cfg *Config, tenant, client, secret string, timeout time.Duration) *graph {
	app := clientcredentials.Config{
		ClientID: client, ClientSecret: secret, TokenURL: cfg.LoginURL + "/" + url.PathEscape(tenant) + "/oauth2/v2.0/token",
		Scopes: []string{scopeOf(cfg.GraphURL)}, AuthStyle: oauth2.AuthStyleInParams,
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	ctx := context.WithValue(context.Background(), oauth2.HTTPClient, &http.Client{Timeout: timeout, CheckRedirect: stay})
	c := app.Client(ctx)
	c.CheckRedirect = stay
	return &graph{cfg.GraphURL, timeout, c}
}

// scopeOf is the scope of all that an application may do at a service.
func scopeOf(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return base
	}
	return u.Scheme + "://" + u.Host + "/.default"
}

// A graphError is why Graph did not answer as it should.
type graphError struct {
	text    string
	after   time.Duration // to be waited, as the server wants it; 0 when it says nothing
	refused bool          // the token is not good enough; another one may be
}

// half says that an answer is not whole.
func half() error {
	return &graphError{text: "Microsoft Graph answers with half of what was asked for"}
}

func (e *graphError) Error() string { return e.text }

// do asks, and reads the answer into v.
func (g *graph) do(ctx context.Context, method, address string, body, v any) error {
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		content = bytes.NewReader(text)
	}
	ctx, cancel := context.WithTimeout(ctx, g.timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, address, content)
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := g.http.Do(r)
	if err != nil {
		return unreachable(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxGraphBody))
	switch {
	case answer.StatusCode != http.StatusOK:
		refused := answer.StatusCode == http.StatusUnauthorized || answer.StatusCode == http.StatusForbidden
		return &graphError{refusal(answer.StatusCode, text), retryAfter(answer.Header), refused}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return half()
	case err != nil:
		return unreachable(err)
	}
	if err := json.Unmarshal(text, v); err != nil {
		return &graphError{text: "Microsoft Graph answers what is no JSON of the expected form"}
	}
	return nil
}

// unreachable says why there is no answer, without what might be secret.
func unreachable(err error) error {
	if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		text := "Microsoft gives no token"
		if refused.Response != nil {
			text += fmt.Sprintf(": status %d", refused.Response.StatusCode)
		}
		if refused.ErrorCode != "" {
			text += fmt.Sprintf(", %.64q", refused.ErrorCode)
		}
		var after time.Duration
		if refused.Response != nil {
			after = retryAfter(refused.Response.Header)
		}
		return &graphError{text: text, after: after}
	}
	var timeout interface{ Timeout() bool }
	if errors.As(err, &timeout) && timeout.Timeout() {
		return &graphError{text: "Microsoft does not answer in time"}
	}
	return &graphError{text: "Microsoft cannot be reached"}
}

// refusal is what Graph says with an error.
func refusal(status int, body []byte) string {
	var said struct {
		Error struct{ Code string }
	}
	text := fmt.Sprintf("Microsoft Graph answers with status %d", status)
	if json.Unmarshal(body, &said) == nil && said.Error.Code != "" {
		text += fmt.Sprintf(", %.64q", said.Error.Code)
	}
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		text += ": the application needs the permissions Presence.Read.All and User.ReadBasic.All, with the consent of an administrator"
	}
	return text
}

// retryAfter is how long a server wants to be left alone (RFC 9110 §10.2.3).
func retryAfter(h http.Header) time.Duration {
	value := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil && seconds > 0 {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, time.Until(at))
	}
	return 0
}

// users returns the IDs of the users of the tenant, by their addresses in lower case.
func (g *graph) users(ctx context.Context) (map[string]string, error) {
	ids := make(map[string]string)
	next := g.base + "/users?$select=id,mail,userPrincipalName&$top=999"
	for range maxGraphPages {
		var page struct {
			Value []struct{ ID, Mail, UserPrincipalName string }
			Next  string `json:"@odata.nextLink"`
		}
		if err := g.do(ctx, http.MethodGet, next, nil, &page); err != nil {
			return nil, err
		}
		if page.Value == nil {
			return nil, half()
		}
		for _, u := range page.Value {
			for _, address := range []string{u.UserPrincipalName, u.Mail} {
				if address != "" {
					ids[strings.ToLower(address)] = u.ID
				}
			}
		}
		if page.Next == "" {
			return ids, nil
		}
		if !strings.HasPrefix(page.Next, g.base+"/") { // the token is for nobody else
			return nil, &graphError{text: "Microsoft Graph leads to another server"}
		}
		next = page.Next
	}
	return nil, &graphError{text: "Microsoft Graph has more users than can be asked for"}
}

// calls returns of at most graphIDs users whether they are in a call; those of whom Graph knows nothing are left out.
func (g *graph) calls(ctx context.Context, ids []string) (map[string]bool, error) {
	var answer struct {
		Value []struct{ ID, Activity string }
	}
	if err := g.do(ctx, http.MethodPost, g.base+"/communications/getPresencesByUserId", map[string]any{"ids": ids}, &answer); err != nil {
		return nil, err
	}
	if answer.Value == nil {
		return nil, half()
	}
	calls := make(map[string]bool)
	for _, u := range answer.Value {
		switch u.Activity {
		case "", "PresenceUnknown":
		case "InACall", "InAConferenceCall", "Presenting":
			calls[u.ID] = true
		default:
			calls[u.ID] = false
		}
	}
	return calls, nil
}
