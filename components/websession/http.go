package websession

import (
	"net/http"
	"net/url"
	"strings"
)

// CookieName has the prefix that binds the cookie to this host, to TLS and to all its paths (RFC 6265bis §4.1.3.2).
const CookieName = "__Host-plenum"

// SetCookie gives a browser the token of a session that begins. Without a Max-Age the cookie leaves with the browser.
func SetCookie(w http.ResponseWriter, token string) {
	http.SetCookie(w, &http.Cookie{Name: CookieName, Value: token, Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode})
}

// ClearCookie takes it away.
func ClearCookie(w http.ResponseWriter) {
	http.SetCookie(w, &http.Cookie{Name: CookieName, Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode, MaxAge: -1})
}

// TokenOf is the token that a request came with, or nothing. Two cookies of the name are none: one of them was put there by somebody else.
func TokenOf(r *http.Request) string {
	cookies := r.CookiesNamed(CookieName)
	if len(cookies) != 1 {
		return ""
	}
	return cookies[0].Value
}

// SameOrigin reports whether a request that changes something came from a page of this server, or from no page at all. Browsers say where from by
// Sec-Fetch-Site, all but the oldest; and by Origin, all. Public is the address under which browsers reach the server when it is not the one in the
// request, as behind a proxy.
func SameOrigin(r *http.Request, public string) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" {
		return false
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	if err != nil || u.Scheme != "https" {
		return false
	}
	own, err := url.Parse(public)
	return strings.EqualFold(u.Host, r.Host) || err == nil && own.Host != "" && strings.EqualFold(u.Host, own.Host)
}
