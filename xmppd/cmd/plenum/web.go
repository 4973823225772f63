package main

import (
	"context"
	"encoding/xml"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"plenum/admin/api"
)

// Limits of HTTP connections: a header is a few hundred bytes, so whoever needs longer is not a browser.
const (
	httpHeaderTimeout = 10 * time.Second
	httpIdleTimeout   = 2 * time.Minute
	httpHeaderBytes   = 64 << 10
)

// newWeb is the HTTP side of the server, on which wire.go mounts what there is.
func newWeb(log *slog.Logger) *echo.Echo {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = echo.ExtractIPDirect() // a header could claim any address
	e.HTTPErrorHandler = func(err error, c echo.Context) { api.Answer(c, err, log) }
	e.Use(middleware.RecoverWithConfig(middleware.RecoverConfig{
		LogErrorFunc: func(c echo.Context, err error, stack []byte) error {
			log.Error("a request ended in a panic", "path", c.Path(), "err", err, "stack", string(stack))
			return err
		}}))
	e.Use(secureHeaders)
	return e
}

func secureHeaders(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		return next(c)
	}
}

// onlyTLS tells browsers to come by HTTPS alone, for a year (RFC 6797). It is not for a server on localhost, whose other services it would catch.
func onlyTLS(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Response().Header().Set("Strict-Transport-Security", "max-age=31536000")
		return next(c)
	}
}

// serveHTTP answers on a listener until ctx ends; then it waits for requests under way, at most until grace has passed.
// What a handler has taken over, such as a WebSocket, is not waited for.
func serveHTTP(ctx context.Context, listener net.Listener, handler http.Handler, grace time.Duration, log *slog.Logger) error {
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: httpHeaderTimeout, IdleTimeout: httpIdleTimeout, MaxHeaderBytes: httpHeaderBytes,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	err := server.Shutdown(last)
	if err != nil {
		err = errors.Join(err, server.Close())
	}
	<-ended
	return err
}

// toHTTPS leads every address of plain HTTP to its like on HTTPS.
func toHTTPS(port int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if name, _, err := net.SplitHostPort(r.Host); err == nil {
			host = name
		}
		if port != 443 {
			host = net.JoinHostPort(strings.Trim(host, "[]"), strconv.Itoa(port))
		}
		http.Redirect(w, r, "https://"+host+r.URL.RequestURI(), http.StatusPermanentRedirect)
	})
}

// relWebSocket is the link relation of XMPP over WebSocket (XEP-0156#httpformat).
const relWebSocket = "urn:xmpp:alt-connections:websocket"

type hostMetaLink struct {
	Rel  string `xml:"rel,attr" json:"rel"`
	Href string `xml:"href,attr" json:"href"`
}

type hostMeta struct {
	XMLName xml.Name       `xml:"http://docs.oasis-open.org/ns/xri/xrd-1.0 XRD" json:"-"`
	Links   []hostMetaLink `xml:"Link" json:"links"`
}

// mountHostMeta tells web clients where the WebSocket is (XEP-0156, RFC 6415).
func mountHostMeta(e *echo.Echo, webSocket string) {
	meta := hostMeta{Links: []hostMetaLink{{relWebSocket, webSocket}}}
	allowAll := func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			c.Response().Header().Set(echo.HeaderAccessControlAllowOrigin, "*")
			return next(c)
		}
	}
	e.GET("/.well-known/host-meta", func(c echo.Context) error {
		text, err := xml.Marshal(meta)
		if err != nil {
			return err
		}
		return c.Blob(http.StatusOK, "application/xrd+xml", append([]byte(xml.Header), text...))
	}, allowAll)
	e.GET("/.well-known/host-meta.json", func(c echo.Context) error {
		return c.JSON(http.StatusOK, meta)
	}, allowAll)
}
