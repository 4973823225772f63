package web_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"plenum/admin/web"
)

func load(t *testing.T) *web.Files {
	t.Helper()
	files, err := web.Load()
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func page(t *testing.T, files *web.Files, name string, status int, header http.Header) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	for k := range header {
		r.Header.Set(k, header.Get(k))
	}
	w := httptest.NewRecorder()
	files.Page(w, r, name, status)
	return w
}

func asset(files *web.Files, address string, header http.Header) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, address, nil)
	for k := range header {
		r.Header.Set(k, header.Get(k))
	}
	w := httptest.NewRecorder()
	files.Asset(w, r)
	return w
}

var (
	loaded  = regexp.MustCompile(`(?:src|href)="([^"]+)"`)
	inlined = regexp.MustCompile(`<style|\sstyle=|\son\w+=|<script[^>]*>[^<]`)
)

func TestPagesHaveNothingInlineAndLoadWhatIsServed(t *testing.T) {
	files := load(t)
	for _, name := range []string{web.Console, web.Guest, web.App} {
		html := page(t, files, name, http.StatusOK, nil).Body.String()
		if inline := inlined.FindString(html); inline != "" {
			t.Errorf("%s has %q, which the content security policy forbids", name, inline)
		}
		addresses := loaded.FindAllStringSubmatch(html, -1)
		if len(addresses) < 3 {
			t.Errorf("%s loads %d files, want at least icon, code and style", name, len(addresses))
		}
		for _, a := range addresses {
			w := asset(files, a[1], nil)
			if w.Code != http.StatusOK || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
				t.Errorf("%s loads %s: status %d, Cache-Control %q", name, a[1], w.Code, w.Header().Get("Cache-Control"))
			}
			if w.Header().Get("X-Content-Type-Options") != "nosniff" || w.Header().Get("Content-Type") == "" {
				t.Errorf("%s: headers %v", a[1], w.Header())
			}
		}
	}
}

func TestFilesAreCompressedAndRevalidated(t *testing.T) {
	files := load(t)
	plain := page(t, files, web.Console, http.StatusOK, nil)
	zipped := page(t, files, web.Console, http.StatusOK, http.Header{"Accept-Encoding": {"gzip, br"}})
	if zipped.Header().Get("Content-Encoding") != "gzip" || zipped.Body.Len() >= plain.Body.Len() {
		t.Fatalf("encoding %q, %d bytes beside %d", zipped.Header().Get("Content-Encoding"), zipped.Body.Len(), plain.Body.Len())
	}
	r, err := gzip.NewReader(zipped.Body)
	if err != nil {
		t.Fatal(err)
	}
	unzipped, err := io.ReadAll(r)
	if err != nil || string(unzipped) != plain.Body.String() {
		t.Errorf("the compressed page is another one (%v)", err)
	}
	again := page(t, files, web.Console, http.StatusOK, http.Header{"If-None-Match": {plain.Header().Get("ETag")}})
	if again.Code != http.StatusNotModified || again.Body.Len() != 0 {
		t.Errorf("a page that has not changed: status %d, %d bytes", again.Code, again.Body.Len())
	}
	unknown := page(t, files, web.Guest, http.StatusNotFound, http.Header{"If-None-Match": {plain.Header().Get("ETag")}})
	if unknown.Code != http.StatusNotFound || unknown.Body.Len() == 0 {
		t.Errorf("a page with status 404: status %d, %d bytes", unknown.Code, unknown.Body.Len())
	}
	if csp := plain.Header().Get("Content-Security-Policy"); csp != web.ContentSecurityPolicy || strings.Contains(csp, "unsafe") {
		t.Errorf("content security policy %q", csp)
	}
}

func TestNothingButAssetsIsServedAsAsset(t *testing.T) {
	files := load(t)
	for _, address := range []string{"/assets/", "/assets/none.js", "/console.html", "/assets/../console.html", "/package.json"} {
		if w := asset(files, address, nil); w.Code != http.StatusNotFound {
			t.Errorf("%s: status %d, want 404", address, w.Code)
		}
	}
}
