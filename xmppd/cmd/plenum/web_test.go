package main

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"plenum/xmppd/store"
)

func get(t *testing.T, h http.Handler, path string) (*http.Response, string) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://chat.example:8080"+path, nil))
	resp := w.Result()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(text)
}

func TestWebErrorsAreProblemsWithoutInnerText(t *testing.T) {
	e := newWeb(slog.New(slog.DiscardHandler))
	e.GET("/fails", func(echo.Context) error { return errors.New("inner secret") })
	e.GET("/panics", func(echo.Context) error { panic("inner secret") })
	for path, status := range map[string]int{"/nowhere": 404, "/fails": 500, "/panics": 500} {
		resp, text := get(t, e, path)
		if resp.StatusCode != status || resp.Header.Get("Content-Type") != "application/problem+json" || strings.Contains(text, "secret") {
			t.Errorf("%s: %d %v %s", path, resp.StatusCode, resp.Header, text)
		}
	}
}

func TestHostMetaNamesTheWebSocket(t *testing.T) {
	e := newWeb(slog.New(slog.DiscardHandler))
	mountHostMeta(e, "wss://chat.example/xmpp-websocket")
	for path, want := range map[string]string{
		"/.well-known/host-meta":      `<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0"><Link rel="urn:xmpp:alt-connections:websocket" href="wss://chat.example/xmpp-websocket"></Link></XRD>`,
		"/.well-known/host-meta.json": `{"links":[{"rel":"urn:xmpp:alt-connections:websocket","href":"wss://chat.example/xmpp-websocket"}]}`,
	} {
		resp, text := get(t, e, path)
		if !strings.Contains(text, want) || resp.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: %v\n%s", path, resp.Header, text)
		}
	}
}

func TestPlainHTTPLeadsToHTTPS(t *testing.T) {
	for port, want := range map[int]string{443: "https://chat.example/g/x?y=1", 9443: "https://chat.example:9443/g/x?y=1"} {
		if resp, _ := get(t, toHTTPS(port), "/g/x?y=1"); resp.StatusCode != http.StatusPermanentRedirect || resp.Header.Get("Location") != want {
			t.Errorf("%d: %s", resp.StatusCode, resp.Header.Get("Location"))
		}
	}
}

func TestMetricsShowTheStore(t *testing.T) {
	registry := newMetrics()
	registry.MustRegister(storeMetrics(func() store.Stats { return store.Stats{QueueRows: 7, CommitTime: 1500 * time.Millisecond} }))
	_, text := get(t, metricsHandler(registry, slog.New(slog.DiscardHandler)), "/metrics")
	for _, want := range []string{"plenum_store_queue_rows 7\n", "plenum_store_commit_seconds_total 1.5\n", "plenum_build_info{", "go_goroutines "} {
		if !strings.Contains(text, want) {
			t.Errorf("the metrics lack %q", want)
		}
	}
}
